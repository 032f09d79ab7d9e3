"""`ops demo`: invented scrapes, the daily job through Dagster, one table of what came out, then the UI."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from ops_platform.cli.demo_run import Ran, materialize
from ops_platform.cli.demo_sandbox import (
    Sandbox,
    refuse_real_scrapes,
    refuse_waiting_scrapes,
    sandbox_settings,
    wipe,
)
from ops_platform.cli.errors import FAILED
from ops_platform.cli.output import heading, indented, line, print_json, print_table, warn
from ops_platform.cli.session import Platform, open_session
from ops_platform.cli.up import serve as serve_platform
from ops_platform.defs.run import DailyResult
from ops_platform.vehicles.demo_data import DemoScrape

# Which steps of the run stand in which row; every other step is a check.
_IMPORT: Final = ("import_scrapes", "vehicles__dealership_configs")
_EXPORTS: Final = ("vehicles__dealership_exports",)
_QR: Final = ("vehicles__qr_files",)
_PRINT: Final = ("vehicles__illustrator_files",)

# Why a check that warns in the demo is right to do so: the mistakes are planted.
EXPECTED: Final = {
    "locations_are_known": (
        "Each day holds 15 cars of a location nobody knows. `ops vehicles alias add` would say whose it is."
    ),
    "no_feed_is_held": (
        "On the third day one dealership shows 40 % of its cars. They are kept until `ops vehicles accept`."
    ),
    "no_location_is_stale": "One dealership's feed is held back, so its last believed scan grows old.",
    "scrapes_are_recent": "The demo's newest scrape is some days old; `ops demo --fresh` begins anew.",
}


@dataclass(frozen=True)
class _Step:
    """A row of the table."""

    step: str
    result: str
    seconds: float


def run(*, cars: int | None, days: int | None, fresh: bool, serve: bool, port: int | None, as_json: bool) -> int:
    """Run the demo and return the exit code: 0 when every asset and every blocking check passed."""
    loaded, began = _age(), time.perf_counter()
    settings = sandbox_settings()
    if fresh:
        if (mark := Sandbox.read(settings.home)) is not None:
            with open_session(settings) as platform:
                _refuse_real(platform, mark)
        wipe(settings)
    with open_session(settings) as platform:
        opened = time.perf_counter() - began
        scrapes, written = _prepare(platform, cars, days)
        daily, ran = materialize(platform)
        [counts] = platform.rows("vehicles/run_counts", run_id=daily.run_id, since=ran.began)
        steps = [
            _Step("start", "Python, pandas, Dagster", loaded),
            _Step("database", _database(counts), opened),
            _Step("invented scrapes", f"{len(scrapes)} days, {_rows(scrapes):,} rows", written),
            *_run_steps(daily, counts),
            _Step("Dagster", f"run {daily.run_id[:8]}, its start and its records", _around_steps(daily, ran)),
        ]
        total = _age()
        if as_json:
            print_json(_document(platform, daily, counts, steps, total))
        else:
            _show(platform, daily, steps, total)
            if not serve:
                line("To look at it in the UI: ops up")
        if as_json or not serve:
            return 0 if daily.success else FAILED
        code = serve_platform(platform, port=port, browser=True)
    if code == 0:
        line("The demo is stopped; `ops demo` starts it again, on the same data.")
    return code


def _age() -> float:
    """Seconds since this process began: what a person waits for includes loading the programs."""
    return time.time() - float(psutil.Process().create_time())


def _prepare(platform: Platform, cars: int | None, days: int | None) -> tuple[list[DemoScrape], float]:
    """Refuse a home with real scrapes, else write the invented ones; return them and the seconds it took."""
    began = time.perf_counter()
    home = platform.settings.home
    earlier = Sandbox.read(home)
    _refuse_real(platform, earlier)
    refuse_waiting_scrapes(platform.folders.imports, earlier)
    sandbox = Sandbox.open(home, cars=cars, days=days, today=platform.today())
    scrapes = sandbox.write_scrapes(platform.folders.imports, home, platform.today())
    return scrapes, time.perf_counter() - began


def _refuse_real(platform: Platform, sandbox: Sandbox | None) -> None:
    loaded = {row["file_sha256"]: row["file_name"] for row in platform.rows("vehicles/loaded_files")}
    refuse_real_scrapes(platform.settings.home, loaded, sandbox)


def _database(counts: dict[str, Any]) -> str:
    return f"PostgreSQL {counts['server_version'].partition(' ')[0]}, {counts['dealerships']} dealerships"


def _around_steps(daily: DailyResult, ran: Ran) -> float:
    return max(0.0, ran.seconds - sum(daily.seconds.values()))


def _rows(scrapes: list[DemoScrape]) -> int:
    return sum(scrape.facts.rows for scrape in scrapes)


def _run_steps(daily: DailyResult, counts: dict[str, Any]) -> list[_Step]:
    named = {*_IMPORT, *_EXPORTS, *_QR, *_PRINT}

    def seconds(*steps: str) -> float:
        return sum(daily.seconds.get(step, 0.0) for step in steps)

    imported = (
        f"{counts['files_loaded']} files: {counts['rows_read']:,} rows = {counts['rows_loaded']:,} loaded + "
        f"{counts['rows_rejected']:,} rejected + {counts['rows_duplicate']:,} duplicate"
        if counts["files_loaded"]
        else f"nothing new: {counts['files_in_all']} files were loaded before"
    )
    warned = f", {len(daily.warned_checks)} warned" if daily.warned_checks else ""
    failed = len(daily.failed_checks) + len(daily.failed_blocking_checks)
    return [
        _Step("import", imported, seconds(*_IMPORT)),
        _Step(
            "exports",
            f"{counts['jobs_completed']} of {counts['jobs']} dealerships, {counts['cars_exported']:,} of "
            f"{counts['cars_on_hand']:,} cars",
            seconds(*_EXPORTS),
        ),
        _Step(
            "QR files",
            f"{counts['qr_existing']:,} of {counts['qr_wanted']:,} stand, {counts['qr_made']:,} made now",
            seconds(*_QR),
        ),
        _Step("print files", f"{counts['files_handed_out'] - counts['jobs_completed']:,} files", seconds(*_PRINT)),
        _Step(
            "checks",
            f"{daily.passed_checks} passed{warned}{f', {failed} failed' if failed else ''}",
            sum(value for step, value in daily.seconds.items() if step not in named),
        ),
    ]


def _folders(platform: Platform) -> dict[str, Path]:
    vehicles = platform.settings.vehicles
    return {"scrapes": vehicles.imports_dir, "exports": vehicles.exports_dir, "QR files": vehicles.qr_dir}


def _show(platform: Platform, daily: DailyResult, steps: list[_Step], total: float) -> None:
    print_table(
        "",
        ["step", "result", "seconds"],
        [*([s.step, s.result, f"{s.seconds:.1f}"] for s in steps), ["all", "", f"{total:.1f}"]],
        right=["seconds"],
        whole=["step"],
    )
    for name, folder in _folders(platform).items():
        line(f"{name:<9} {folder}")
    line("")
    expected = [check for check in daily.warned_checks if _check_name(check) in EXPECTED]
    if expected:
        line("These checks warn, because the demo holds what they look for:")
        for check in expected:
            indented(f"{_check_name(check)}: {EXPECTED[_check_name(check)]}", 2)
    for check in daily.warned_checks:
        if check not in expected:
            warn(f"warned: {check}; the UI says why")
    for check in daily.failed_checks:
        warn(f"failed, without blocking: {check}")
    for name in (*daily.failed_assets, *daily.failed_blocking_checks):
        warn(f"failed: {name}")
    if daily.success:
        heading("Every asset and every blocking check passed.")
    else:
        warn(f"the run did not pass; see its log in {platform.settings.home / 'logs' / 'demo.log'} or in the UI")


def _check_name(check: str) -> str:
    return check.partition(": ")[2]


def _document(
    platform: Platform, daily: DailyResult, counts: dict[str, Any], steps: list[_Step], total: float
) -> dict[str, Any]:
    folders = _folders(platform) | {"home": platform.settings.home}
    return {
        "ok": daily.success,
        "seconds": round(total, 2),
        "run_id": daily.run_id,
        "steps": [asdict(step) | {"seconds": round(step.seconds, 2)} for step in steps],
        "counts": counts,
        "checks": {
            "passed": daily.passed_checks,
            "warned": {name: EXPECTED.get(_check_name(name), "") for name in daily.warned_checks},
            "failed": daily.failed_checks,
            "failed_blocking": daily.failed_blocking_checks,
        },
        "failed_assets": daily.failed_assets,
        "folders": {name: str(folder) for name, folder in folders.items()},
    }
