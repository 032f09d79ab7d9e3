"""The views and functions people look at: each over cars, scans, jobs and files made by the flows themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.jobs import JobRequest
from ops_platform.flows.vehicles.qr import make_qr
from ops_platform.settings import Settings
from ops_platform_tests.flows.conftest import BMW, NOW, car
from ops_platform_tests.flows.parts import COLUMBIA, load, one, run, values, vin

pytestmark = pytest.mark.usefixtures("kept_directory")

Write = Callable[..., Path]


def test_a_dealership_without_cars_misses_nothing_and_has_no_percentage(db: Database) -> None:
    status = one(db, "SELECT * FROM dealership_qr_status WHERE dealership_name = :n", n=BMW)
    assert (status["total_vehicles"], status["tracked_qr_files"], status["existing_qr_files"]) == (0, 0, 0)
    assert (status["missing_qr_files"], status["qr_completion_percentage"]) == (0, None)
    assert status["last_qr_verification"] is None
    assert values(db, "SELECT count(*) FROM dealership_qr_status") == [40]


def test_qr_status_counts_cars_on_hand_and_their_files(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(n) for n in range(4)], "d_2025-03-12.csv"))
    make_qr(db, folders, platform_settings)
    load(db, write_scrape([car(n) for n in range(1, 6)], "d_2025-03-13.csv"))  # 0 is gone, 4 and 5 are new
    status = one(db, "SELECT * FROM dealership_qr_status WHERE dealership_name = :n", n=BMW)
    assert (status["total_vehicles"], status["tracked_qr_files"], status["existing_qr_files"]) == (5, 5, 3)
    assert (status["missing_qr_files"], float(status["qr_completion_percentage"])) == (2, 60.0)
    assert status["last_qr_verification"] is not None
    db.execute("UPDATE dealership_configs SET is_active = false WHERE name = :n", n=BMW)
    assert values(db, "SELECT count(*) FROM dealership_qr_status WHERE dealership_name = :n", n=BMW) == [0]


def test_job_status_counts_the_files_of_the_jobs_own_cars(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(1, price="20000"), car(2), car(3), car(2, location=COLUMBIA)]))
    dear, everything, nothing = run(
        db, folders, JobRequest(BMW, "premium"), BMW, JobRequest(BMW, filters={"year_min": 2030})
    )
    make_qr(db, folders, platform_settings, job_id=dear.job_id)
    found = {row["id"]: row for row in db.frame("SELECT * FROM current_job_status").to_dict("records")}
    counted = {key: (row["qr_files_tracked"], row["qr_files_exist"]) for key, row in found.items()}
    assert counted == {dear.job_id: (2, 2), everything.job_id: (3, 2), nothing.job_id: (0, 0)}
    assert found[dear.job_id]["status"] == "completed" and found[nothing.job_id]["status"] == "empty"
    assert all(row["duration_minutes"] >= 0 for row in found.values())


def test_a_printed_code_is_dead_once_its_car_is_gone_and_alive_when_it_comes_back(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(1), car(2), car(3)], "d_2025-03-12.csv"))
    run(db, folders, BMW)
    db.execute("UPDATE normalized_vehicle_data SET vehicle_url = vehicle_url || 'x' WHERE vin = :v", v=vin(3))
    make_qr(db, folders, platform_settings)
    db.execute("UPDATE qr_file_tracking SET file_exists = false WHERE vin = :v", v=vin(3))  # never printed
    load(db, write_scrape([car(1)], "d_2025-03-13.csv"))
    dead = one(db, "SELECT * FROM dead_qr_codes")
    assert (dead["vin"], dead["dealership_name"]) == (vin(2), BMW)
    assert (dead["last_seen_date"], dead["gone_date"]) == (date(2025, 3, 12), date(2025, 3, 13))
    assert dead["qr_file_path"] == f"C:\\qr_codes\\bmw_west_stl\\{vin(2)}.png"
    load(db, write_scrape([car(1), car(2)], "d_2025-03-14.csv"))
    assert values(db, "SELECT vin FROM dead_qr_codes") == []


def test_a_car_at_two_dealerships_is_a_duplicate_until_one_of_them_lacks_it(db: Database, write_scrape: Write) -> None:
    both = [car(1), car(2, price="30000"), car(2, location=COLUMBIA, price="31000"), car(3, location=COLUMBIA)]
    load(db, write_scrape(both, "d_2025-03-12.csv"))
    twice = one(db, "SELECT * FROM duplicate_vins")
    assert (twice["vin"], twice["dealerships"], twice["locations"]) == (vin(2), 2, [BMW, COLUMBIA])
    assert (float(twice["lowest_price"]), float(twice["highest_price"])) == (30000, 31000)
    load(db, write_scrape([car(1), car(3, location=COLUMBIA), car(2)], "d_2025-03-13.csv"))
    assert values(db, "SELECT vin FROM duplicate_vins") == []


def test_price_history_shows_each_change_also_across_a_day_without_a_price(db: Database, write_scrape: Write) -> None:
    prices = ["60000", "60000", "58000", "Please Call", "57000", "57000"]
    for day, price in enumerate(prices, 10):
        cars = [car(1, price=price), car(2), car(3, price="Please Call" if day < 13 else "9000")]
        load(db, write_scrape(cars, f"d_2025-03-{day}.csv"))
    changes = db.frame("SELECT * FROM price_history ORDER BY scan_date")
    assert changes["vin"].unique().tolist() == [vin(1)]
    assert changes["scan_date"].tolist() == [date(2025, 3, 12), date(2025, 3, 14)]
    assert [float(value) for value in changes["previous_price"]] == [60000, 58000]
    assert [float(value) for value in changes["change"]] == [-2000, -1000]


def test_a_price_that_changes_twice_on_one_day_is_compared_with_the_day_before(
    db: Database, write_scrape: Write
) -> None:
    load(db, write_scrape([car(1, price="60000")], "d_2025-03-12.csv"))
    load(db, write_scrape([car(1, price="59000")], "morning_2025-03-13.csv"))
    load(db, write_scrape([car(1, price="58500")], "noon_2025-03-13.csv"))
    day = one(db, "SELECT first_price, last_price FROM vin_history WHERE scan_date = '2025-03-13'")
    assert (float(day["first_price"]), float(day["last_price"])) == (59000, 58500)
    assert float(one(db, "SELECT change FROM price_history")["change"]) == -1500


def test_recent_exports_show_their_jobs_state_and_end_after_30_days(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(1), car(2, location=COLUMBIA)]))
    today = values(db, "SELECT current_date")[0]
    run(db, folders, JobRequest(BMW, "premium"), now=NOW + (today - NOW.date()))
    run(db, folders, COLUMBIA, now=NOW + (today - NOW.date()) - timedelta(days=31))
    recent = one(db, "SELECT * FROM recent_export_activity")
    assert (recent["dealership_name"], recent["export_type"], recent["job_type"]) == (BMW, "premium", "premium")
    assert (recent["job_status"], recent["record_count"], recent["exported_by"]) == ("completed", 1, "a test")


def test_the_summary_counts_what_was_seen_in_the_seven_days_up_to_the_newest_scan(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(1, location=COLUMBIA)], "d_2025-03-06.csv"))
    load(db, write_scrape([car(2, location="Columbia Honda")], "d_2025-03-07.csv"))
    load(db, write_scrape([car(3)], "d_2025-03-13.csv"))
    run(db, folders, BMW)
    found = db.frame("SELECT * FROM get_order_processing_summary()")
    assert dict(found.itertuples(index=False, name=None)) == {
        "Active Dealerships": "40",
        "Total Vehicles (Last 7 Days)": "2",
        "Order Processing Jobs (Last 30 Days)": "1",
        "QR Files Tracked": "3",
        "QR Files Existing": "0",
        "Recent Exports (Last 7 Days)": "0",  # dated 13 March 2025
    }


def test_current_inventory_leaves_out_gone_cars_and_inactive_dealerships(db: Database, write_scrape: Write) -> None:
    load(db, write_scrape([car(1), car(2), car(3, location=COLUMBIA)], "d_2025-03-12.csv"))
    load(db, write_scrape([car(1)], "d_2025-03-13.csv"))
    db.execute("UPDATE dealership_configs SET is_active = false WHERE name = :n", n=COLUMBIA)
    assert values(db, "SELECT vin FROM current_inventory") == [vin(1)]
