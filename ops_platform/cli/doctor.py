"""`ops doctor`: everything the platform needs, for a person as lines and for a script as one JSON document.

An embedded database that exists and does not run is started to see whether it can: for a person until the last line is
written, for a script ten minutes longer, because the URL in its document is there to be used. Nothing else is changed,
and nothing is created: a home that was never used is reported as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import psycopg
from rich.table import Table
from rich.text import Text

from ops_platform.adapters.apprise_channel import check, kind_of
from ops_platform.adapters.health import check_all, healthy
from ops_platform.adapters.health_probe import Probe
from ops_platform.adapters.postgres.databases import database_urls, embedded_server, needs_embedded
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.postgres.urls import Urls, mask_url
from ops_platform.cli.database import keep
from ops_platform.cli.errors import FAILED, USAGE, CommandError, report
from ops_platform.cli.intake import served
from ops_platform.cli.output import console, heading, line, print_json
from ops_platform.cli.services.ports import PortTakenError, require_free_port
from ops_platform.dagster_instance.daemon_lock import daemon_lock_holder
from ops_platform.settings import Settings, SettingsError, load_settings

SECONDS_FOR_A_SCRIPT: Final = 600
_PACKAGES: Final = ("dagster", "pandas", "SQLAlchemy", "psycopg")


def run(*, as_json: bool) -> int:
    """Report, and return 0 when nothing required is missing, 1 when something is, 2 for wrong settings."""
    try:
        settings = load_settings()
    except SettingsError as error:
        if as_json:
            advice = "correct the keys that are named"
            print_json(_document(None, None, [Probe("settings", False, None, str(error), advice)]))
            return USAGE
        return report(error)
    with _started(settings, for_a_script=as_json):
        urls = _running(settings)
        ours = [packages(), platform(settings, urls), forms(settings), alerts(settings)]
        probes = [*map(_in_short, check_all(settings)), *ours]
        if as_json:
            print_json(_document(settings, urls, probes))
        else:
            _show(settings, probes)
    return 0 if healthy(probes) else FAILED


@contextmanager
def _started(settings: Settings, *, for_a_script: bool) -> Iterator[None]:
    """Have the embedded database running, if it is needed, exists, and can be started; the probes tell what cannot."""
    with ExitStack() as stack:
        exists = (settings.home / "postgres" / "data" / "PG_VERSION").is_file()
        if needs_embedded(settings) and exists and _running(settings) is None:
            with suppress(PostgresError, CommandError):
                if for_a_script:
                    keep(settings, SECONDS_FOR_A_SCRIPT)
                else:
                    stack.enter_context(embedded_server(settings))
        yield


def packages() -> Probe:
    """The libraries whose versions must fit together (docs/adr/0009)."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            return Probe("packages", False, None, f"{name} is not installed", "run `make venv`")
    return Probe("packages", True, found["dagster"], ", ".join(f"{name} {text}" for name, text in found.items()))


def platform(settings: Settings, urls: Urls | None) -> Probe:
    """Whether `ops up` runs; if not, whether its port is free."""
    where = f"{settings.ui.host}:{settings.ui.port}"
    try:
        holder = daemon_lock_holder(urls.dagster) if urls else None
    except psycopg.Error:
        holder = None  # the database's own line says what is wrong with it
    if holder:
        return Probe("platform", True, None, f"is up: {holder}", optional=True)
    try:
        require_free_port(settings.ui.host, settings.ui.port)
    except PortTakenError as error:
        return Probe("platform", False, None, f"is not up: {error}", "end that program, or set OPS_UI__PORT", True)
    return Probe("platform", True, None, f"is not up; its port {where} is free", optional=True)


def forms(settings: Settings) -> Probe:
    """Whether the forms of the shop's web page are served; where they are not though they should, is the port free?"""
    own = settings.intake
    if served(own.host, own.port):
        names = ", ".join(own.allowed_hosts) or "this machine only: intake.allowed_hosts is empty"
        return Probe("forms", True, None, f"are served at {own.host}:{own.port}, opened by {names}", optional=True)
    if not own.enabled:
        return Probe("forms", True, None, "are not served; intake.enabled lets `ops up` do it", optional=True)
    try:
        require_free_port(own.host, own.port, what="the forms", section="intake")
    except PortTakenError as error:
        advice = "end that program, or set OPS_INTAKE__PORT"
        return Probe("forms", False, None, f"are not served: {error}", advice, optional=True)
    return Probe("forms", True, None, f"are served once `ops up` runs; their port {own.port} is free", optional=True)


def alerts(settings: Settings) -> Probe:
    """Whether anybody is told when something is wrong."""
    wrong = check(settings.alerts.urls)
    if wrong:
        return Probe("alerts", False, None, "; ".join(wrong), "mend OPS_ALERTS__APPRISE_URLS in .env")
    live = settings.mail.mode == "live"
    ways = [f"mail to {len(settings.alerts.to)}"] if live and settings.alerts.to else []
    ways += map(kind_of, settings.alerts.urls)
    if not ways:
        where = "" if live else " (mail.mode is sandbox)"
        advice = "set alerts.to in ops.yaml, or OPS_ALERTS__APPRISE_URLS in .env; then try `ops alerts test`"
        return Probe("alerts", False, None, f"nobody is told when something is wrong{where}", advice, optional=True)
    return Probe("alerts", True, None, f"{', '.join(ways)}; `ops alerts test` tries it", optional=True)


def _running(settings: Settings) -> Urls | None:
    try:
        return database_urls(settings)
    except PostgresError:
        return None


def _in_short(probe: Probe) -> Probe:
    """The state a home is in most of the time, in a sentence instead of the advice of other commands."""
    if probe.name != "database" or not probe.optional:
        return probe
    return replace(
        probe,
        detail="is not running; the embedded server runs as long as an ops command does",
        what_to_do="start it with `ops up`, or by itself with `ops database start`",
    )


def _document(settings: Settings | None, urls: Urls | None, probes: list[Probe]) -> dict[str, Any]:
    """What a script reads. A URL is null while its database does not run."""
    document: dict[str, Any] = {
        "ok": healthy(probes),
        "database_url": None,
        "dagster_database_url": None,
        "counterpoint_database_url": None,
        "checks": [
            {
                "name": probe.name,
                "ok": probe.ok,
                "required": not probe.optional,
                "version": probe.version,
                "detail": probe.detail,
                "what_to_do": probe.what_to_do,
            }
            for probe in probes
        ],
        "home": None,
        "folders": {},
    }
    if settings is None:
        return document
    vehicles = settings.vehicles
    folders = {"imports": vehicles.imports_dir, "exports": vehicles.exports_dir, "qr": vehicles.qr_dir}
    document |= {"home": str(settings.home), "folders": {name: str(path) for name, path in folders.items()}}
    if urls is not None:
        document |= {
            "database_url": _shown(urls.ops, own=settings.database_url is not None),
            "dagster_database_url": _shown(urls.dagster, own=settings.dagster_database_url is not None),
            "counterpoint_database_url": _shown(urls.counterpoint, own=settings.counterpoint_database_url is not None),
        }
    return document


def _shown(url: str, *, own: bool) -> str:
    """The embedded server's URL whole (it listens on loopback only); a server of the person's own without password."""
    return mask_url(url) if own else url


def _show(settings: Settings, probes: list[Probe]) -> None:
    line(f"home: {settings.home}")
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for probe in probes:
        mark = Text("ok", "green") if probe.ok else Text("--", "yellow") if probe.optional else Text("!!", "bold red")
        detail = Text(probe.detail)
        if probe.what_to_do and not probe.ok:
            detail.append(f"\n{probe.what_to_do}", "yellow")
        table.add_row(mark, Text(probe.name), Text(probe.version or ""), detail)
    console.print(table)
    missing = [probe.name for probe in probes if not probe.ok and not probe.optional]
    heading("Everything required is there." if not missing else f"Missing: {', '.join(missing)}.")
