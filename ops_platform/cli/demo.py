"""`ops demo`: an invented week of each business through Dagster, one table of what came out, then the UI."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

import psutil

from ops_platform.adapters.sandbox_address import announced
from ops_platform.cli import demo_restaurant, demo_retail, demo_vehicles
from ops_platform.cli.demo_run import materialize
from ops_platform.cli.demo_sandbox import Sandbox, sandbox_settings, wipe
from ops_platform.cli.demo_steps import Part, Step, check_name
from ops_platform.cli.errors import FAILED
from ops_platform.cli.output import heading, indented, line, print_json, print_table, warn
from ops_platform.cli.sandbox import all_services
from ops_platform.cli.services import refused
from ops_platform.cli.session import Platform, open_session
from ops_platform.cli.up import serve as serve_platform
from ops_platform.defs.run import materialize_daily, materialize_restaurant, materialize_retail
from ops_platform.sandbox.server import running_sandbox
from ops_platform.settings import Settings


def run(*, cars: int | None, days: int | None, fresh: bool, serve: bool, port: int | None, as_json: bool) -> int:
    """Run the demo and return the exit code: 0 when every asset and every blocking check passed."""
    loaded, began = _age(), time.perf_counter()
    settings = sandbox_settings()
    if fresh:
        if (mark := Sandbox.read(settings.home)) is not None:
            with open_session(settings) as platform:
                demo_vehicles.refuse_real(platform, mark)
                demo_restaurant.refuse_real(platform)
        wipe(settings)
    with open_session(settings) as platform, ExitStack() as outside:
        opened = time.perf_counter() - began
        assert platform.session.urls is not None  # open_session always knows them
        if serve and not as_json and (code := refused(settings, platform.session.urls, port=port)):
            return code  # now, and not after half a minute of work
        parts, between = _work(platform, settings, outside, cars, days)
        steps = [Step("start", "Python, pandas, Dagster", loaded), Step("database", _database(parts), opened), between]
        total = _age()
        ok = all(part.daily.success for part in parts)
        if as_json:
            print_json(_document(platform, parts, steps, total))
        else:
            _show(platform, parts, steps, total)
            if not serve:
                line("To look at it in the UI: ops up")
        if as_json or not serve:
            return 0 if ok else FAILED
        # The sandbox goes on beside the UI: the schedule asks it for orders that come in meanwhile.
        code = serve_platform(platform, port=port, browser=True)
    if code == 0:
        line("The demo is stopped; `ops demo` starts it again, on the same data.")
    return code


def _work(
    platform: Platform, settings: Settings, outside: ExitStack, cars: int | None, days: int | None
) -> tuple[list[Part], Step]:
    """Invent what is missing, start the outside systems, run each business; return what each did, and the sandbox."""
    cars, scrapes = demo_vehicles.prepare(platform, cars, days)
    menu = demo_restaurant.prepare(platform)
    web_shop, store = demo_retail.prepare(platform, cars)
    began = time.perf_counter()
    services = all_services(settings, web_shop=web_shop)
    sandbox = outside.enter_context(running_sandbox(services, folder=settings.home / "sandbox"))
    outside.enter_context(announced(settings.home, sandbox.url))
    said = Step("outside systems", f"{len(services)} stand-ins at {sandbox.url}", time.perf_counter() - began)
    (vehicles, first), (restaurant, second), (retail, third) = materialize(
        platform,
        [
            lambda instance, tags: materialize_daily(instance, tags=tags),
            lambda instance, tags: materialize_restaurant(instance, tags=tags),
            lambda instance, tags: materialize_retail(instance, tags=tags),
        ],
    )
    parts = [
        demo_vehicles.told(platform, vehicles, first, scrapes),
        demo_restaurant.told(platform, restaurant, second, menu),
        demo_retail.told(platform, retail, third, store),
    ]
    return parts, said


def _age() -> float:
    """Seconds since this process began: what a person waits for includes loading the programs."""
    return time.time() - float(psutil.Process().create_time())


def _database(parts: list[Part]) -> str:
    counts = parts[0].counts
    return f"PostgreSQL {counts['server_version'].partition(' ')[0]}, {counts['dealerships']} dealerships"


def _show(platform: Platform, parts: list[Part], steps: list[Step], total: float) -> None:
    rows = [("", step) for step in steps] + [(part.business, step) for part in parts for step in part.steps]
    shown, before = [], None
    for business, step in rows:
        shown.append(["" if business == before else business, step.step, step.result, f"{step.seconds:.1f}"])
        before = business
    columns = ["", "step", "result", "seconds"]
    print_table("", columns, [*shown, ["all", "", "", f"{total:.1f}"]], right=["seconds"], whole=["", "step"])
    for part in parts:
        for name, folder in part.folders.items():
            line(f"{name:<9} {folder}")
        for text in part.lines:
            line(text)
    line("")
    _show_warnings(parts)
    for part in parts:
        for check in part.daily.failed_checks:
            warn(f"failed, without blocking: {check}")
        for name in (*part.daily.failed_assets, *part.daily.failed_blocking_checks):
            warn(f"failed: {name}")
    if all(part.daily.success for part in parts):
        heading("Every asset and every blocking check passed.")
    else:
        warn(f"the run did not pass; see its log in {platform.settings.home / 'logs' / 'demo.log'} or in the UI")


def _show_warnings(parts: list[Part]) -> None:
    warned = [(check, part.expected.get(check_name(check))) for part in parts for check in part.daily.warned_checks]
    if any(why for _, why in warned):
        line("These checks warn, because the demo holds what they look for:")
    together: dict[str, list[str]] = {}
    for check, why in warned:
        if why:
            together.setdefault(why, []).append(check_name(check))
    for why, checks in together.items():
        indented(f"{', '.join(checks)}: {why}", 2)
    for check, why in warned:
        if not why:
            warn(f"warned: {check}; the UI says why")


def _document(platform: Platform, parts: list[Part], steps: list[Step], total: float) -> dict[str, Any]:
    vehicles, *others = parts
    return {
        "ok": all(part.daily.success for part in parts),
        "seconds": round(total, 2),
        **_of_part(vehicles, [*steps, *vehicles.steps]),
        "folders": {name: str(folder) for name, folder in vehicles.folders.items()}
        | {"home": str(platform.settings.home)},
        **{part.business: _of_part(part, part.steps) for part in others},
    }


def _of_part(part: Part, steps: list[Step]) -> dict[str, Any]:
    return {
        "run_id": part.daily.run_id,
        "steps": [asdict(step) | {"seconds": round(step.seconds, 2)} for step in steps],
        "counts": part.counts,
        "checks": {
            "passed": part.daily.passed_checks,
            "warned": {name: part.expected.get(check_name(name), "") for name in part.daily.warned_checks},
            "failed": part.daily.failed_checks,
            "failed_blocking": part.daily.failed_blocking_checks,
        },
        "failed_assets": part.daily.failed_assets,
    }
