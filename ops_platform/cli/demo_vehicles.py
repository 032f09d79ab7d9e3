"""The vehicles part of `ops demo`: its invented scrapes, and its run in figures."""

from __future__ import annotations

import time
from typing import Any, Final

from ops_platform.cli.demo_run import Ran
from ops_platform.cli.demo_sandbox import Sandbox, refuse_real_scrapes, refuse_waiting_scrapes
from ops_platform.cli.demo_steps import Part, Step, checks_step, dagster_step, seconds_of
from ops_platform.cli.session import Platform
from ops_platform.defs.run import DailyResult
from ops_platform.vehicles.demo_data import DemoScrape

# Which steps of the run stand in which row; every other step is a check.
_IMPORT: Final = ("import_scrapes", "vehicles__dealership_configs")
_EXPORTS: Final = ("vehicles__dealership_exports",)
_QR: Final = ("vehicles__qr_files",)
_PRINT: Final = ("vehicles__illustrator_files",)

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


def prepare(platform: Platform, cars: int | None, days: int | None) -> tuple[int, Step]:
    """Refuse a home with real scrapes, else write the invented ones; return their cars a day and the row about them."""
    began = time.perf_counter()
    home = platform.settings.home
    earlier = Sandbox.read(home)
    refuse_real(platform, earlier)
    refuse_waiting_scrapes(platform.folders.imports, earlier)
    sandbox = Sandbox.open(home, cars=cars, days=days, today=platform.today())
    scrapes = sandbox.write_scrapes(platform.folders.imports, home, platform.today())
    said = f"{len(scrapes)} days, {_rows(scrapes):,} rows"
    return sandbox.cars, Step("invented scrapes", said, time.perf_counter() - began)


def refuse_real(platform: Platform, sandbox: Sandbox | None) -> None:
    """Raise CommandError when the database holds scrapes that no demo made."""
    loaded = {row["file_sha256"]: row["file_name"] for row in platform.rows("vehicles/loaded_files")}
    refuse_real_scrapes(platform.settings.home, loaded, sandbox)


def told(platform: Platform, daily: DailyResult, ran: Ran, scrapes: Step) -> Part:
    """What the run did."""
    [counts] = platform.rows("vehicles/run_counts", run_id=daily.run_id, since=ran.began)
    vehicles = platform.settings.vehicles
    return Part(
        "vehicles",
        daily,
        counts,
        [scrapes, *_steps(daily, counts), dagster_step(daily, ran)],
        EXPECTED,
        {"scrapes": vehicles.imports_dir, "exports": vehicles.exports_dir, "QR files": vehicles.qr_dir},
    )


def _rows(scrapes: list[DemoScrape]) -> int:
    return sum(scrape.facts.rows for scrape in scrapes)


def _steps(daily: DailyResult, counts: dict[str, Any]) -> list[Step]:
    imported = (
        f"{counts['files_loaded']} files: {counts['rows_read']:,} rows = {counts['rows_loaded']:,} loaded + "
        f"{counts['rows_rejected']:,} rejected + {counts['rows_duplicate']:,} duplicate"
        if counts["files_loaded"]
        else f"nothing new: {counts['files_in_all']} files were loaded before"
    )
    return [
        Step("import", imported, seconds_of(daily, *_IMPORT)),
        Step(
            "exports",
            f"{counts['jobs_completed']} of {counts['jobs']} dealerships, {counts['cars_exported']:,} of "
            f"{counts['cars_on_hand']:,} cars",
            seconds_of(daily, *_EXPORTS),
        ),
        Step(
            "QR files",
            f"{counts['qr_existing']:,} of {counts['qr_wanted']:,} stand, {counts['qr_made']:,} made now",
            seconds_of(daily, *_QR),
        ),
        Step(
            "print files",
            f"{counts['files_handed_out'] - counts['jobs_completed']:,} files",
            seconds_of(daily, *_PRINT),
        ),
        checks_step(daily, {*_IMPORT, *_EXPORTS, *_QR, *_PRINT}),
    ]
