"""QR files looked at: what validation counts and records, and what the nightly audit finds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database, held_lock
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.jobs import JobRequest
from ops_platform.flows.vehicles.qr import TRACKING_LOCK, audit_qr, make_qr, validate_many, validate_qr
from ops_platform.settings import Settings
from ops_platform_tests.flows.conftest import BMW, NOW, car
from ops_platform_tests.flows.parts import (
    COLUMBIA,
    file_of,
    load,
    one,
    run,
    set_folder,
    temps,
    tracked,
    values,
    vin,
)
from ops_platform_tests.flows.together import at_once

pytestmark = pytest.mark.usefixtures("kept_directory")

Write = Callable[..., Path]


def test_validation_counts_missing_empty_torn_and_swapped_files_and_records_them(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(n) for n in range(6)]))
    make_qr(db, folders, platform_settings)
    file_of(folders, 1).unlink()
    file_of(folders, 2).write_bytes(b"")
    file_of(folders, 3).write_bytes(b"not a picture")
    file_of(folders, 4).write_bytes(file_of(folders, 5).read_bytes())
    result = validate_qr(db, folders, platform_settings, BMW, now=NOW)
    assert (result["total_vehicles"], result["qr_files_exist"], result["qr_files_missing"]) == (6, 2, 4)
    assert [missing["vin"] for missing in result["missing_files"]] == [vin(n) for n in (1, 2, 3, 4)]
    assert result["missing_files"][0] == {
        "vin": vin(1),
        "stock": "STK001",
        "expected_path": f"C:\\qr_codes\\bmw_west_stl\\{vin(1)}.png",
    }
    assert (result["dealership"], result["validation_date"]) == (BMW, NOW)
    assert [tracked(db, n)["file_exists"] for n in range(6)] == [True, False, False, False, False, True]
    status = one(db, "SELECT * FROM dealership_qr_status WHERE dealership_name = :n", n=BMW)
    assert (status["existing_qr_files"], float(status["qr_completion_percentage"])) == (2, 33.33)
    assert make_qr(db, folders, platform_settings).made == 4
    assert validate_qr(db, folders, platform_settings, BMW, now=NOW)["qr_files_missing"] == 0


def test_a_file_put_there_by_a_person_counts_when_it_says_the_right_page(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(1)]))
    make_qr(db, folders, platform_settings)
    content = file_of(folders, 1).read_bytes()
    db.execute("UPDATE qr_file_tracking SET file_exists = false, file_sha256 = NULL, file_size = NULL")
    file_of(folders, 1).write_bytes(content)
    assert validate_qr(db, folders, platform_settings, BMW, now=NOW)["qr_files_exist"] == 1
    assert tracked(db, 1)["file_exists"] is True


def test_validating_many_gives_what_validating_each_gives(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    names = [BMW, COLUMBIA, "Nobody Motors", "Columbia Honda"]
    load(db, write_scrape([car(n, location=name) for n, name in enumerate([BMW, BMW, COLUMBIA])]))
    make_qr(db, folders, platform_settings)
    file_of(folders, 0).unlink()
    many = validate_many(db, folders, platform_settings, names, now=NOW)
    assert many == [validate_qr(db, folders, platform_settings, name, now=NOW) for name in names]
    assert [result["total_vehicles"] for result in many] == [2, 1, 0, 0]


def test_validation_of_a_job_looks_at_its_cars_also_at_one_that_is_gone(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(1, price="10000"), car(2), car(3)], "d_2025-03-12.csv"))
    [job] = run(db, folders, JobRequest(BMW, "premium"))
    make_qr(db, folders, platform_settings, job_id=job.job_id)
    load(db, write_scrape([car(1, price="10000"), car(2)], "d_2025-03-13.csv"))
    result = validate_qr(db, folders, platform_settings, BMW, job_id=job.job_id, now=NOW)
    assert (result["total_vehicles"], result["qr_files_exist"]) == (2, 2)
    other = validate_qr(db, folders, platform_settings, COLUMBIA, job_id=job.job_id, now=NOW)
    assert other["total_vehicles"] == 0


def test_files_of_a_folder_nobody_can_reach_any_more_count_as_missing(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(1)]))
    set_folder(db, BMW, "X:\\print\\bmw\\")
    db.execute("UPDATE qr_file_tracking SET file_exists = true, payload = 'kept'")
    result = validate_qr(db, folders, platform_settings, BMW, now=NOW)
    assert (result["total_vehicles"], result["qr_files_missing"]) == (1, 1)
    assert (tracked(db, 1)["file_exists"], tracked(db, 1)["payload"]) == (False, "kept")


def test_the_audit_finds_torn_swapped_and_lost_files_although_their_records_are_fine(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(n) for n in range(8)]))
    make_qr(db, folders, platform_settings)
    before = values(db, "SELECT xmin::text FROM qr_file_tracking ORDER BY vin")
    file_of(folders, 1).write_bytes(file_of(folders, 1).read_bytes()[:200])
    file_of(folders, 2).write_bytes(file_of(folders, 3).read_bytes())
    file_of(folders, 4).unlink()
    # The record is made to fit the swapped file: only reading the code itself can tell.
    db.execute(
        "UPDATE qr_file_tracking t SET file_sha256 = o.file_sha256, file_size = o.file_size FROM qr_file_tracking o "
        "WHERE t.vin = :two AND o.vin = :three",
        two=vin(2),
        three=vin(3),
    )
    audit = audit_qr(db, folders, platform_settings, sample=100, seed=4)
    assert (audit.checked, audit.ok, audit.missing, audit.torn, audit.swapped) == (8, 5, 1, 1, 1)
    found = {problem["vin"]: problem["state"] for problem in audit.problems}
    assert found == {vin(1): "torn", vin(2): "swapped", vin(4): "missing"}
    swapped = next(problem for problem in audit.problems if problem["state"] == "swapped")
    assert "/inventory/3" in swapped["reason"] and "/inventory/2" in swapped["reason"]
    assert swapped["dealership"] == BMW and Path(swapped["path"]) == file_of(folders, 2)
    after = values(db, "SELECT xmin::text FROM qr_file_tracking WHERE vin <> :two ORDER BY vin", two=vin(2))
    assert after == [version for number, version in enumerate(before) if number != 2]  # nothing is recorded


def test_each_night_looks_at_other_files_and_a_repeat_at_the_same(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(n) for n in range(40)]))
    make_qr(db, folders, platform_settings)
    for number in range(40):
        file_of(folders, number).unlink()

    def night(seed: int) -> list[str]:
        audit = audit_qr(db, folders, platform_settings, sample=10, seed=seed)
        assert audit.checked == audit.missing == 10
        return [problem["vin"] for problem in audit.problems]

    assert night(20250313) == night(20250313)
    assert set(night(20250313)) != set(night(20250314))


def test_an_audit_before_the_first_file_checks_nothing(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(1)]))
    assert audit_qr(db, folders, platform_settings, sample=10, seed=1).checked == 0


def test_records_are_written_one_after_the_other(
    db: Database, database_url: str, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    """Two updates of the same rows in different order would be a deadlock; each waits for the other's lock instead."""
    load(db, write_scrape([car(1)]))
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    other = Database(database_url)
    maker = threading.Thread(target=make_qr, args=(other, folders, platform_settings))
    with held_lock(db, TRACKING_LOCK):
        maker.start()
        while maker.is_alive() and values(db, waiting) == [0]:
            time.sleep(0.01)
        assert maker.is_alive()
        assert tracked(db, 1)["file_exists"] is False
    maker.join()
    other.close()
    assert tracked(db, 1)["file_exists"] is True


def test_makers_and_validators_at_once_do_not_lock_each_other_out(
    db: Database, database_url: str, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    cars = [car(n, location=(BMW, COLUMBIA)[n % 2]) for n in range(120)]
    load(db, write_scrape(cars))
    root = folders.qr_file("C:\\qr_codes\\x").parent
    numbers = iter(range(4))

    def work(other: Database) -> None:
        number = next(numbers)
        names = [BMW, COLUMBIA][:: 1 if number % 2 else -1]
        for turn in range(6):
            if number < 2:
                for path in sorted(root.rglob("*.png"))[turn::4]:
                    path.unlink(missing_ok=True)
                make_qr(other, folders, platform_settings)
            else:
                validate_many(other, folders, platform_settings, names, now=NOW)

    at_once(database_url, work)
    make_qr(db, folders, platform_settings)
    assert audit_qr(db, folders, platform_settings, sample=120, seed=1).ok == 120
    assert temps(root) == []
