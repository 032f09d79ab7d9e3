"""The store's daily log, out of what its automations really recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.files import FileWriteError
from ops_platform.core.daily_log import Process
from ops_platform.flows.operations.daily_log import day_log, days_to_write, store_processes, write
from ops_platform.settings import Settings
from ops_platform_tests.flows.operations.conftest import make_unwritable, settings_of
from ops_platform_tests.flows.retail.conftest import Shop, selling, shop

__all__ = ["selling", "shop"]

STORE = ZoneInfo("America/New_York")


def today() -> date:
    return datetime.now(STORE).date()


def process_of(found: list[Process], name: str) -> Process:
    [process] = [each for each in found if each.name.startswith(name)]
    return process


def test_a_day_of_the_store_tells_what_was_done_and_what_went_wrong(selling: Shop) -> None:
    selling.sandbox.faults.add("webdav", "status", status=507, times=None)
    selling.run("total_sold", "inventory_upload", "stock_buffer")
    found = store_processes(selling.db, today(), selling.settings)
    assert [process.name for process in sorted(found, key=lambda each: each.started_at)] == [
        "Update total sold (10)",
        "Set stock buffers (8)",
        "Upload inventory (4)",
    ]
    sold = process_of(found, "Update total sold")
    assert (sold.status, sold.errors) == ("done", ())
    assert sold.notes == ("5 looked at, 3 changes planned, 3 made",)
    assert sold.seconds is not None
    assert 0 < sold.seconds < 60
    upload = process_of(found, "Upload inventory")
    assert upload.status == "failed"
    assert upload.error_count == 2
    [(count, text)] = upload.errors
    assert count == 2
    assert text.startswith("2 files were not published: ")

    log = day_log("retail", today(), selling.settings, found)
    assert write(log)
    assert (
        log.file == selling.settings.home / "retail/logs/business_automations" / f"automations_{today():%m_%d_%y}.txt"
    )
    text = log.file.read_text(encoding="utf-8")
    assert text.startswith("Business automations: ")
    assert text.endswith("Total errors: 2\n")
    assert not write(log)  # nothing changed, so nothing is written


def test_what_waits_for_a_person_says_why(selling: Shop) -> None:
    selling.use(total_sold__max_share=0.0)
    for number in range(20):
        selling.item(f"X{number}", product=200 + number)
        selling.pos.line(f"X{number}", 1, 10, BUS_DAT=datetime(2025, 5, 21), STR_ID="1")  # noqa: DTZ001
    selling.run("total_sold")
    held = process_of(store_processes(selling.db, today(), selling.settings), "Update total sold")
    assert held.status == "held"
    assert "approve it" in held.notes[-1]
    assert held.errors == ()


def test_runs_by_hand_are_told_apart(selling: Shop) -> None:
    selling.run("stock_buffer")
    selling.db.execute("UPDATE retail.automation_runs SET run_id = NULL")
    found = store_processes(selling.db, today(), selling.settings)
    assert [process.name for process in found] == ["Set stock buffers (8), by hand"]


def put(db: Database, at: datetime, **values: Any) -> None:
    row = {"automation": "brands", "status": "applied", "seconds": 1.0, "error": None, **values}
    db.execute(
        "INSERT INTO retail.automation_runs (automation, as_of, status, seconds, error, created_at) "
        "VALUES (:automation, :at, :status, :seconds, :error, :ended)",
        at=at,
        ended=at + timedelta(seconds=row["seconds"]),
        **row,
    )


@pytest.mark.parametrize(
    ("day", "runs"),
    [
        (date(2026, 3, 8), 23),  # clocks go forward
        (date(2026, 11, 1), 25),  # and back
        (date(2028, 2, 29), 24),
        (date(2027, 1, 1), 24),
    ],
)
def test_every_hour_of_a_day_is_in_its_log_and_no_other(db: Database, settings: Settings, day: date, runs: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=STORE).astimezone(UTC)
    for hour in range(-2, 28):
        put(db, start + timedelta(hours=hour))
    assert len(store_processes(db, day, settings)) == runs
    neighbours = [day - timedelta(days=1), day + timedelta(days=1)]
    assert [len(store_processes(db, each, settings)) for each in neighbours] == [2, 28 - runs]


def test_one_that_ends_after_midnight_belongs_to_the_day_it_began(db: Database, settings: Settings) -> None:
    put(db, datetime(2026, 5, 14, 23, 59, tzinfo=STORE), seconds=300.0)
    assert len(store_processes(db, date(2026, 5, 14), settings)) == 1
    assert store_processes(db, date(2026, 5, 15), settings) == []


def test_an_error_that_names_a_customer_is_masked(db: Database, settings: Settings) -> None:
    put(db, datetime(2026, 5, 14, 4, tzinfo=STORE), status="failed", error="pat@canary.example, 828-555-0142: no")
    [process] = store_processes(db, date(2026, 5, 14), settings)
    assert process.errors == ((1, "p***@c***.example, ***42: no"),)


def test_the_days_to_write_are_those_of_the_business(settings: Settings) -> None:
    moment = datetime(2027, 1, 1, 3, 0, tzinfo=UTC)
    assert days_to_write("retail", settings, moment) == [date(2026, 12, 30), date(2026, 12, 31)]
    assert days_to_write("restaurant", settings, moment) == [date(2026, 12, 31), date(2027, 1, 1)]


@pytest.fixture
def a_process() -> Iterator[Process]:
    yield Process("Brands (7)", datetime(2026, 5, 14, 4, tzinfo=UTC), 1.0, "done")


def test_a_day_without_a_process_has_no_file_and_one_that_lost_them_is_put_right(
    tmp_path: Path, a_process: Process
) -> None:
    settings = settings_of(tmp_path, daily_log__folder=str(tmp_path / "elsewhere"))
    empty = day_log("vehicles", date(2026, 5, 14), settings, [])
    assert not write(empty)
    assert not empty.file.exists()
    assert write(day_log("vehicles", date(2026, 5, 14), settings, [a_process]))
    assert empty.file == tmp_path / "elsewhere" / "vehicles_05_14_26.txt"
    assert write(empty)
    assert "Processes:    0" in empty.file.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_told_and_the_old_file_stays(settings: Settings, a_process: Process) -> None:
    log = day_log("retail", date(2026, 5, 14), settings, [a_process])
    write(log)
    before = log.file.read_bytes()
    make_unwritable(settings.daily_log.folder)
    with pytest.raises(FileWriteError):
        write(day_log("retail", date(2026, 5, 14), settings, [a_process, replace(a_process, name="Another")]))
    assert (settings.daily_log.folder.with_name("moved") / log.file.name).read_bytes() == before
