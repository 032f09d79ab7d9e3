"""Loading scrape files: wholly or not at all, once, nothing lost, dates never go back."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles import tables
from ops_platform.flows.vehicles.dealerships import load_directory, refresh_eligibility
from ops_platform.flows.vehicles.importing import ImportReport, import_file
from ops_platform.vehicles.layouts import ScrapeFileError
from ops_platform.vehicles.scans import ScanDateError
from ops_platform_tests.flows.conftest import BMW, DAY, car
from ops_platform_tests.flows.parts import vin

Write = Callable[..., Path]
COUNTED = (
    "vehicle_imports",
    "vehicle_import_rejects",
    "raw_vehicle_data",
    "normalized_vehicle_data",
    "vin_history",
    "location_scans",
    "qr_file_tracking",
)


def load(db: Database, path: Path, *, as_of: date = date(2025, 12, 31), **options: object) -> ImportReport:
    return import_file(db, path, as_of=as_of, drop_ratio=0.5, **options)  # type: ignore[arg-type]


def counts(db: Database) -> dict[str, int]:
    return {name: int(db.frame(f"SELECT count(*) AS n FROM {name}")["n"].iloc[0]) for name in COUNTED}


def vehicle(db: Database, vin: str, location: str = BMW) -> dict[str, object]:
    rows = db.frame("SELECT * FROM normalized_vehicle_data WHERE vin = :vin AND location = :l", vin=vin, l=location)
    assert len(rows) == 1
    return {str(key): value for key, value in rows.iloc[0].items()}


def fingerprint(db: Database) -> str:
    """Everything the tables hold, as one hash; what must not change is compared by it."""
    parts = [
        db.frame(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS h FROM {name} t")["h"].iloc[0]
        for name in COUNTED
    ]
    return "/".join(map(str, parts))


def test_a_row_lands_in_raw_normalized_history_and_qr_tracking(db: Database, write_scrape: Write) -> None:
    report = load(db, write_scrape([car(1, price="$65,000.00", trim="xDrive40i ")]))
    assert (report.rows_total, report.rows_loaded, report.conserved) == (1, 1, True)
    stored = vehicle(db, vin(1))
    assert stored["trim"] == "xDrive40i"
    assert str(stored["price"]) == "65000.00"
    assert stored["vin_warnings"] == ["check_digit", "model_year"]  # K is 2019, the file says 2023
    assert (stored["first_seen_date"], stored["last_seen_date"], stored["gone_date"]) == (DAY, DAY, None)
    raw = db.frame("SELECT * FROM raw_vehicle_data").iloc[0]
    assert (raw["price_text"], raw["line_no"], raw["id"]) == ("$65,000.00", 2, stored["raw_data_id"])
    history = db.frame("SELECT * FROM vin_history").iloc[0]
    assert (history["scan_date"], history["vehicle_type"], str(history["last_price"])) == (DAY, "po", "65000.00")
    tracked = db.frame("SELECT * FROM qr_file_tracking").iloc[0]
    assert tracked["qr_file_path"] == f"C:\\qr_codes\\bmw_west_stl\\{vin(1)}.png"
    assert tracked["file_exists"] is False


def test_the_same_file_twice_changes_nothing_also_under_another_name(db: Database, write_scrape: Write) -> None:
    rows = [car(n) for n in range(5)]
    first = load(db, write_scrape(rows))
    before = fingerprint(db)
    again = load(db, write_scrape(rows))
    copy = load(db, write_scrape(rows, "copy of the scrape.csv"))
    assert again.already_loaded and again.import_id == first.import_id
    assert copy.already_loaded and copy.note == "same content as complete_data_2025-03-13.csv"
    assert fingerprint(db) == before


def test_the_same_cars_on_another_day_are_another_scan(db: Database, write_scrape: Write) -> None:
    rows = [car(n) for n in range(5)]
    load(db, write_scrape(rows))
    later = load(db, write_scrape(rows, "complete_data_2025-03-14.csv"))
    assert not later.already_loaded
    assert vehicle(db, vin(1))["last_seen_date"] == date(2025, 3, 14)
    assert load(db, write_scrape(rows, "complete_data_2025-03-14.csv")).already_loaded


def test_an_older_file_never_moves_dates_back_nor_overwrites_newer_facts(db: Database, write_scrape: Write) -> None:
    load(db, write_scrape([car(1, price="60000"), car(2)], "complete_data_2025-03-13.csv"))
    report = load(db, write_scrape([car(1, price="70000"), car(3)], "complete_data_2025-03-10.csv"))
    stored = vehicle(db, vin(1))
    assert (stored["first_seen_date"], stored["last_seen_date"]) == (date(2025, 3, 10), DAY)
    assert str(stored["price"]) == "60000.00"
    assert vehicle(db, vin(2))["gone_date"] is None
    # The late file's own car is not in the newer scan: it has been gone since that day.
    assert vehicle(db, vin(3))["gone_date"] == DAY
    assert report.gone_vehicles == 1


def test_a_car_missing_from_the_next_scan_is_gone_and_comes_back_as_relisted(db: Database, write_scrape: Write) -> None:
    load(db, write_scrape([car(1), car(2)], "d_2025-03-13.csv"))
    gone = load(db, write_scrape([car(1)], "d_2025-03-14.csv"))
    assert gone.gone_vehicles == 1
    stored = vehicle(db, vin(2))
    assert (stored["gone_date"], stored["eligible"]) == (date(2025, 3, 14), False)
    assert stored["ineligible_reason"] == "gone: not in the scan of 2025-03-14"
    back = load(db, write_scrape([car(1), car(2)], "d_2025-03-15.csv"))
    assert back.relisted_vehicles == 1
    assert vehicle(db, vin(2))["gone_date"] is None
    events = db.frame("SELECT event, event_date FROM vin_events WHERE vin = :v ORDER BY event_date", v=vin(2))
    assert events["event"].tolist() == ["first_seen", "relisted"]


def test_a_dealership_that_is_not_in_the_file_loses_no_car(db: Database, write_scrape: Write) -> None:
    load(db, write_scrape([car(1), car(2, location="Columbia BMW")], "d_2025-03-13.csv"))
    load(db, write_scrape([car(1)], "d_2025-03-14.csv"))
    assert vehicle(db, vin(2), "Columbia BMW")["gone_date"] is None


def test_a_dealership_that_halved_is_held_until_a_person_accepts(db: Database, write_scrape: Write) -> None:
    load(db, write_scrape([car(n) for n in range(10)], "d_2025-03-13.csv"))
    report = load(db, write_scrape([car(n) for n in range(4)], "d_2025-03-14.csv"))
    assert report.held_locations == [BMW] and report.gone_vehicles == 0
    assert vehicle(db, vin(9))["gone_date"] is None
    held = db.frame("SELECT cars, previous_cars, status FROM location_scans ORDER BY import_id").iloc[1]
    assert (held["cars"], held["previous_cars"], held["status"]) == (4, 10, "held")
    # Exactly half is not less than half.
    assert load(db, write_scrape([car(n) for n in range(5)], "d_2025-03-15.csv")).held_locations == []
    assert vehicle(db, vin(9))["gone_date"] == date(2025, 3, 15)


def test_a_held_scan_counts_once_it_is_accepted(db: Database, write_scrape: Write) -> None:
    load(db, write_scrape([car(n) for n in range(10)], "d_2025-03-13.csv"))
    load(db, write_scrape([car(n) for n in range(4)], "d_2025-03-14.csv"))
    assert db.execute("vehicles/accept_scan", dealership=BMW) == 1
    assert db.execute("vehicles/mark_gone", locations=[BMW]) == 6
    assert vehicle(db, vin(9))["gone_date"] == date(2025, 3, 14)


def test_a_car_at_another_dealership_has_moved(db: Database, write_scrape: Write) -> None:
    load(db, write_scrape([car(1), car(2), car(3), car(4, location="Columbia BMW")], "d_2025-03-13.csv"))
    moved = [car(1), car(2), car(3, location="Columbia BMW"), car(4, location="Columbia BMW")]
    load(db, write_scrape(moved, "d_2025-03-14.csv"))
    events = db.frame("SELECT dealership_name, event FROM vin_events WHERE vin = :v", v=vin(3))
    assert set(events.itertuples(index=False, name=None)) == {
        (BMW, "first_seen"),
        (BMW, "moved_out"),
        ("Columbia BMW", "moved_in"),
    }


def test_bad_rows_are_kept_whole_with_line_code_and_reason_and_the_rest_is_loaded(
    db: Database, write_scrape: Write
) -> None:
    rows = [
        car(1),
        car(2, vin="SHORT"),
        car(3, location="Nobody Motors"),
        car(4, location="Tom Stehouwer Auto Sales"),
        car(5, year="1066"),
        car(6, type="Hovercraft"),
        car(1, price="1"),
    ]
    report = load(db, write_scrape(rows))
    assert (report.rows_total, report.rows_loaded, report.rows_rejected, report.rows_duplicate) == (7, 1, 5, 1)
    assert str(vehicle(db, vin(1))["price"]) == "1.00"  # the last row of the file wins
    rejects = db.frame("SELECT line_no, code, column_name, detail, raw FROM vehicle_import_rejects ORDER BY line_no")
    assert list(zip(rejects["line_no"], rejects["code"], strict=True)) == [
        (3, "vin_format"),
        (4, "unknown_location"),
        (5, "ignored_location"),
        (6, "year_range"),
        (7, "unknown_type"),
    ]
    assert rejects["raw"].iloc[0]["vin"] == "SHORT" and len(rejects["raw"].iloc[0]) >= 21
    assert all(rejects["detail"].str.len() > 20)
    assert report.unknown_locations == {"Nobody Motors": 1}


def test_a_file_that_cannot_be_read_is_recorded_as_failed_and_loads_nothing(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(b"this is not a scrape\n1,2,3\n")
    with pytest.raises(ScrapeFileError, match=r"broken\.csv, line 1"):
        load(db, path)
    failed = db.frame("SELECT status, error, rows_total FROM vehicle_imports").iloc[0]
    assert failed["status"] == "failed" and "broken.csv, line 1" in failed["error"]
    assert counts(db)["raw_vehicle_data"] == 0


def test_a_failure_in_the_middle_of_the_writing_leaves_nothing_and_may_be_tried_again(
    db: Database, write_scrape: Write
) -> None:
    path = write_scrape([car(n) for n in range(20)])
    db.execute(f"ALTER TABLE vin_history ADD CONSTRAINT broken_on_purpose CHECK (vin <> '{vin(7)}')")
    try:
        with pytest.raises(Exception, match="broken_on_purpose"):
            load(db, path)
    finally:
        db.execute("ALTER TABLE vin_history DROP CONSTRAINT broken_on_purpose")
    after = counts(db)
    assert after.pop("vehicle_imports") == 1 and set(after.values()) == {0}
    assert load(db, path).rows_loaded == 20


def test_a_date_in_the_future_is_refused_with_what_to_do(db: Database, write_scrape: Write) -> None:
    with pytest.raises(ScanDateError, match="lies in the future"):
        load(db, write_scrape([car(1)], "complete_data_2052-03-13.csv"))
    assert load(db, write_scrape([car(1)], "x_2052-03-13.csv"), scan_date=DAY).scan_date == DAY


def test_a_price_beyond_the_column_does_not_stop_the_file(db: Database, write_scrape: Write) -> None:
    report = load(db, write_scrape([car(1, price="99999999999999999999"), car(2), car(3, stock="S" * 900)]))
    assert report.rows_loaded == 3


def test_eligibility_is_recorded_with_its_reason_and_follows_a_rule_change(db: Database, write_scrape: Write) -> None:
    load(db, write_scrape([car(1), car(2, year="2015", stock="S2"), car(3, status="In Transit")]))
    assert vehicle(db, vin(1))["eligible"] is True
    assert vehicle(db, vin(2))["ineligible_reason"] == "year_below_min: 2015 < 2020"
    assert "offlot" in str(vehicle(db, vin(3))["ineligible_reason"])
    set_year = "UPDATE dealership_configs SET filtering_rules = filtering_rules || CAST(:rule AS jsonb) WHERE name = :n"
    db.execute(set_year, rule='{"year_min": 2010}', n=BMW)
    try:
        assert refresh_eligibility(db, today=DAY) == 1
        assert vehicle(db, vin(2))["eligible"] is True
        assert refresh_eligibility(db, today=DAY) == 0
    finally:
        db.execute(set_year, rule='{"year_min": 2020}', n=BMW)


def test_a_dealership_with_unreadable_rules_stops_only_itself(db: Database, write_scrape: Write) -> None:
    db.execute("UPDATE dealership_configs SET filtering_rules = '{\"min_prise\": 1}' WHERE name = 'Columbia BMW'")
    try:
        load(db, write_scrape([car(1), car(2, location="Columbia BMW")]))
    finally:
        db.execute(
            "UPDATE dealership_configs SET filtering_rules = (SELECT filtering_rules FROM dealership_configs "
            "WHERE name = :n) WHERE name = 'Columbia BMW'",
            n=BMW,
        )
    assert vehicle(db, vin(1))["eligible"] is True
    reason = str(vehicle(db, vin(2), "Columbia BMW")["ineligible_reason"])
    assert reason.startswith("rules_invalid") and 'did you mean "min_price"' in reason


def test_another_qr_folder_resets_what_is_known_of_its_files(db: Database, write_scrape: Write) -> None:
    load(db, write_scrape([car(1)]))
    db.execute("UPDATE qr_file_tracking SET file_exists = true, file_size = 500, last_verified = now()")
    set_folder = "UPDATE dealership_configs SET qr_output_path = :folder WHERE name = :n"
    db.execute(set_folder, folder="D:\\new\\", n=BMW)
    try:
        tracked = db.frame("SELECT * FROM qr_file_tracking").iloc[0]
        assert tracked["qr_file_path"] == f"D:\\new\\{vin(1)}.png"
        assert (tracked["file_exists"], tracked["file_size"]) == (False, None)
    finally:
        db.execute(set_folder, folder="C:\\qr_codes\\bmw_west_stl\\", n=BMW)


def test_updated_at_moves_only_when_a_car_changes(db: Database, write_scrape: Write) -> None:
    load(db, write_scrape([car(1)]))
    before = vehicle(db, vin(1))["updated_at"]
    db.execute("UPDATE normalized_vehicle_data SET price = price")
    assert vehicle(db, vin(1))["updated_at"] == before
    db.execute("UPDATE normalized_vehicle_data SET price = 1")
    assert vehicle(db, vin(1))["updated_at"] > before  # type: ignore[operator]


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("raw_vehicle_data", tables.RAW),
        ("vehicle_import_rejects", tables.REJECTS),
        ("location_scans", tables.SCANS),
    ],
)
def test_the_copied_columns_are_those_of_the_migration(db: Database, table: str, columns: dict[str, str]) -> None:
    found = db.frame(
        "SELECT column_name, udt_name FROM information_schema.columns "
        "WHERE table_schema = 'vehicles' AND table_name = :t",
        t=table,
    )
    types = dict(zip(found["column_name"], found["udt_name"], strict=True))
    assert {name: types.get(name) for name in columns} == columns


@pytest.mark.realdata
def test_the_real_files_in_date_order_lose_no_row_and_no_location(db: Database, real_vehicles: Path) -> None:
    files = sorted(real_vehicles.glob("complete_data_*.csv"))
    assert len(files) == 5
    for path in files:
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        report = load(db, path)
        assert report.conserved and report.rows_total == len(rows)
        assert report.unknown_locations == {}
        per_location = Counter(row["Location"] for row in rows)
        rejected = db.frame(
            "SELECT location, count(*) AS n FROM vehicle_import_rejects WHERE import_id = :i GROUP BY 1",
            i=report.import_id,
        )
        raw = db.frame(
            "SELECT location, count(*) AS n FROM raw_vehicle_data WHERE import_id = :i GROUP BY 1", i=report.import_id
        )
        found: Counter[str] = Counter()
        for part in (rejected, raw):
            for location, number in part.itertuples(index=False):
                found[location] += number
        assert found == per_location
        assert sum(entry["total"] for entry in report.dealerships) == len(rows)
    march = db.frame("SELECT * FROM vehicle_imports WHERE scan_date = '2025-03-13'").iloc[0]
    assert (march["rows_total"], march["rows_loaded"], march["rows_rejected"]) == (10843, 10780, 63)
    loaded = db.frame("SELECT count(*) AS n FROM normalized_vehicle_data")["n"].iloc[0]
    distinct = db.frame(
        "SELECT count(*) AS n FROM (SELECT DISTINCT r.vin, n.location FROM raw_vehicle_data r "
        "JOIN normalized_vehicle_data n ON n.vin = r.vin) x"
    )["n"].iloc[0]
    assert loaded == distinct


def test_an_alias_that_contradicts_a_name_stops_nothing_and_is_told(db: Database, write_scrape: Write) -> None:
    db.execute(
        "INSERT INTO location_aliases (alias_norm, alias, dealership_name) VALUES ('x', 'Columbia  BMW.', :n)", n=BMW
    )
    try:
        assert load(db, write_scrape([car(1), car(2, location="Columbia BMW")])).rows_loaded == 2
        assert vehicle(db, vin(2), "Columbia BMW")["eligible"] is True
        assert "Columbia  BMW." in load_directory(db).alias_problems
    finally:
        db.execute("DELETE FROM location_aliases WHERE alias_norm = 'x'")
