"""Order-processing jobs: which cars, in which file, and what is recorded of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.jobs import JobRequest
from ops_platform_tests.flows.conftest import BMW, DAY, NOW, car
from ops_platform_tests.flows.parts import (
    COLUMBIA,
    edit_rules,
    load,
    one,
    rows,
    run,
    set_folder,
    values,
    vin,
)

pytestmark = pytest.mark.usefixtures("kept_directory")

Write = Callable[..., Path]
OFALLON = "Serra Honda of O'Fallon"


def job(db: Database, job_id: int) -> dict[str, Any]:
    return one(db, "SELECT * FROM order_processing_jobs WHERE id = :id", id=job_id)


def test_a_completed_job_is_recorded_with_its_cars_its_file_and_who_asked(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(n, model=f"X{9 - n}") for n in range(3)]))
    [outcome] = run(db, folders, JobRequest(BMW, filters={"year_min": 2021}), run_id="run-7")
    assert outcome.export_file is not None
    path = Path(outcome.export_file)
    assert path == folders.export_file(f"bmw_west_stl_standard_20250313_060000_job{outcome.job_id}.csv")
    assert [row["vin"] for row in rows(path)] == [vin(2), vin(1), vin(0)] == outcome.vins  # sorted by model
    recorded = job(db, outcome.job_id)
    assert (recorded["status"], recorded["vehicle_count"], recorded["final_vehicle_count"]) == ("completed", 3, 3)
    assert (recorded["export_file"], recorded["as_of"]) == (str(path), DAY)
    assert (recorded["filters"], recorded["created_by"], recorded["run_id"]) == ({"year_min": 2021}, "a test", "run-7")
    assert recorded["completed_at"] > recorded["created_at"]
    cars = db.frame("SELECT vin, position FROM order_processing_job_vehicles ORDER BY position")
    assert (cars["vin"].tolist(), cars["position"].tolist()) == (outcome.vins, [1, 2, 3])
    exported = one(db, "SELECT * FROM export_history")
    assert (exported["export_type"], exported["dealership_name"], exported["record_count"]) == ("standard", BMW, 3)
    assert (exported["file_path"], exported["file_size"]) == (str(path), path.stat().st_size)
    assert (exported["job_id"], exported["exported_by"], exported["export_date"]) == (outcome.job_id, "a test", DAY)


def test_outcomes_come_in_the_order_of_the_requests(db: Database, write_scrape: Write, folders: VehicleFolders) -> None:
    load(db, write_scrape([car(1), car(2, location=COLUMBIA), car(3, location=OFALLON)]))
    names = [OFALLON, "Nobody Motors", BMW, COLUMBIA, BMW]
    outcomes = run(db, folders, *names)
    assert [outcome.dealership for outcome in outcomes] == names
    assert [outcome.job_id for outcome in outcomes] == sorted(outcome.job_id for outcome in outcomes)
    assert values(db, "SELECT dealership_name FROM order_processing_jobs ORDER BY id") == names
    assert run(db, folders) == []


def test_a_dealership_without_cars_gets_an_empty_job_that_says_so(db: Database, folders: VehicleFolders) -> None:
    [outcome] = run(db, folders, BMW)
    assert (outcome.status, outcome.success, outcome.export_file) == ("empty", True, None)
    recorded = job(db, outcome.job_id)
    assert (recorded["status"], recorded["vehicle_count"], recorded["final_vehicle_count"]) == ("empty", 0, 0)
    assert recorded["notes"] == "no car of this dealership is on hand" and recorded["completed_at"] is not None
    assert values(db, "SELECT count(*) FROM export_history") == [0]


def test_an_empty_job_counts_why_no_car_is_eligible(db: Database, write_scrape: Write, folders: VehicleFolders) -> None:
    load(db, write_scrape([car(1, year="2019"), car(2, year="2018"), car(3, status="In Transit")]))
    [outcome] = run(db, folders, BMW)
    assert outcome.reasons == {"year_below_min": 2, "condition_excluded": 1}
    assert job(db, outcome.job_id)["notes"] == (
        "none of 3 cars on hand is eligible: year_below_min 2, condition_excluded 1"
    )


def test_a_premium_job_takes_cars_from_25000_on_and_none_without_a_price(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    prices = ["24999", "25000", "60000", "Please Call"]
    load(db, write_scrape([car(n, price=price) for n, price in enumerate(prices)]))
    premium, standard = run(db, folders, JobRequest(BMW, "premium"), BMW)
    assert sorted(premium.vins) == [vin(1), vin(2)]
    assert sorted(standard.vins) == [vin(0), vin(1), vin(2), vin(3)]


@pytest.mark.parametrize(
    ("of_dealership", "of_job", "expected"), [(30000, 40000, 40000), (40000, 30000, 40000), (0, 10000, 25000)]
)
def test_the_strictest_of_dealership_job_type_and_filters_wins(
    db: Database, write_scrape: Write, folders: VehicleFolders, of_dealership: int, of_job: int, expected: int
) -> None:
    edit_rules(db, BMW, min_price=of_dealership)
    load(db, write_scrape([car(n, price=str(n * 5000)) for n in range(1, 11)]))
    [outcome] = run(db, folders, JobRequest(BMW, "premium", {"min_price": of_job}))
    assert min(vehicle["price"] for vehicle in outcome.vehicles) == expected


def test_seven_days_back_end_with_the_newest_scan_not_with_the_calendar(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(1, location=COLUMBIA), car(2, location=OFALLON)], "d_2025-03-05.csv"))
    load(db, write_scrape([car(2, location=OFALLON)], "d_2025-03-06.csv"))
    load(db, write_scrape([car(3)], "d_2025-03-13.csv"))
    half_a_year_later = NOW + timedelta(days=180)
    outcomes = run(db, folders, BMW, OFALLON, COLUMBIA, now=half_a_year_later)
    assert [outcome.status for outcome in outcomes] == ["completed", "completed", "empty"]
    assert outcomes[2].reasons == {"not_seen_recently": 1}
    assert set(values(db, "SELECT as_of FROM order_processing_jobs")) == {DAY}


def test_a_job_dated_before_the_newest_scan_counts_from_its_own_day(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(1)], "d_2025-03-20.csv"))
    [outcome] = run(db, folders, BMW)
    assert job(db, outcome.job_id)["as_of"] == NOW.date()


def test_a_comparing_order_repeats_on_its_day_and_brings_only_new_cars_the_next(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    edit_rules(db, BMW, order_type="cao")
    first = [car(n) for n in range(3)]
    load(db, write_scrape(first, "d_2025-03-13.csv"))
    once, again = run(db, folders, BMW), run(db, folders, BMW)
    assert once[0].vins == again[0].vins and len(once[0].vins) == 3
    load(db, write_scrape([*first, car(7), car(8)], "d_2025-03-14.csv"))
    [later] = run(db, folders, BMW, now=NOW + timedelta(days=1))
    assert sorted(later.vins) == [vin(7), vin(8)]
    assert later.reasons == {"already_ordered": 3}
    [repeated] = run(db, folders, BMW, now=NOW + timedelta(days=1))
    assert repeated.vins == later.vins


def test_only_completed_orders_of_the_same_dealership_count_as_ordered(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    day_one = [car(1), car(2), car(1, location=COLUMBIA), car(2, location=COLUMBIA)]
    load(db, write_scrape(day_one, "d_2025-03-13.csv"))
    run(db, folders, COLUMBIA, JobRequest(BMW, filters={"year_min": 2030}), JobRequest(BMW, "no such type"))
    load(db, write_scrape(day_one, "d_2025-03-14.csv"))
    [outcome] = run(db, folders, JobRequest(BMW, filters={"order_type": "cao"}), now=NOW + timedelta(days=1))
    assert len(outcome.vins) == 2


def test_a_folder_without_its_last_separator_gives_the_same_picture_paths(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(1)]))
    paths = []
    for folder in ("C:\\qr_codes\\bmw_west_stl\\", "C:\\qr_codes\\bmw_west_stl"):
        set_folder(db, BMW, folder)
        [outcome] = run(db, folders, BMW)
        assert outcome.export_file is not None
        paths += [rows(outcome.export_file)[0]["qr_code_path"], outcome.vehicles[0]["qr_code_path"]]
    assert set(paths) == {f"C:\\qr_codes\\bmw_west_stl\\{vin(1)}.png"}


def test_a_dealership_without_qr_files_needs_no_folder_here(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(1)]))
    set_folder(db, BMW, "X:\\nowhere\\bmw\\")
    edit_rules(db, BMW, "output_rules", include_qr=False)
    [outcome] = run(db, folders, BMW)
    assert outcome.export_file is not None
    assert list(rows(outcome.export_file)[0]) == ["vin", "stock", "year", "make", "model", "price", "condition"]


def test_the_moment_in_a_file_name_is_the_business_zones(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(1)]))
    night = datetime(2025, 3, 13, 23, 30, 5, tzinfo=NOW.tzinfo)
    [outcome] = run(db, folders, BMW, now=night)
    assert outcome.export_file is not None and "_20250313_233005_" in outcome.export_file
    assert one(db, "SELECT export_date FROM export_history")["export_date"] == DAY
