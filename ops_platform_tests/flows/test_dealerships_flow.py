"""What the platform keeps of its dealerships: operators' edits stay, a file is taken wholly or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles.dealerships import (
    Stored,
    business_day,
    import_directory,
    load_directory,
    load_shipped,
    refresh_eligibility,
)
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.jobs import JobRequest
from ops_platform.vehicles.rule_errors import RulesError
from ops_platform_tests.flows.conftest import BMW, DAY, NOW, car
from ops_platform_tests.flows.parts import COLUMBIA, edit_rules, load, one, run, values
from ops_platform_tests.flows.together import at_once

pytestmark = pytest.mark.usefixtures("kept_directory")

Write = Callable[..., Path]

STATE = """
SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS hash FROM (
    SELECT (name, filtering_rules, output_rules, qr_output_path, is_active)::text FROM dealership_configs
    UNION ALL SELECT (alias_norm, alias, dealership_name)::text FROM location_aliases
) t (t)
"""

FILE = r"""
qr_root: D:\print
dealerships:
  lakeside: {name: Lakeside Motors, filtering_rules: {year_min: 2018}, aliases: [Lakeside Auto]}
  columbia_bmw: {name: Columbia BMW, filtering_rules: {min_price: 100}}
not_clients: [Harborlight Motor Exchange]
"""


def test_forty_dealerships_are_shipped_and_a_second_start_changes_nothing(db: Database) -> None:
    assert len(load_directory(db).clients) == 40
    before = one(db, STATE)
    assert load_shipped(db) == Stored(0, 0)
    assert one(db, STATE) == before


def test_a_missing_dealership_comes_back_with_its_aliases(db: Database) -> None:
    before = one(db, STATE)
    db.execute("DELETE FROM location_aliases WHERE dealership_name = :name", name=COLUMBIA)
    db.execute("DELETE FROM dealership_configs WHERE name = :name", name=COLUMBIA)
    assert load_shipped(db) == Stored(1, 1)
    assert one(db, STATE) == before


def test_shipped_data_never_undo_what_the_operator_edited(db: Database) -> None:
    edit_rules(db, BMW, year_min=2015)
    edit_rules(db, BMW, "output_rules", google_feed=True)
    db.execute("UPDATE dealership_configs SET is_active = false, qr_output_path = 'D:\\x\\' WHERE name = :n", n=BMW)
    db.execute("UPDATE location_aliases SET dealership_name = NULL WHERE alias = 'BMW of Columbia'")
    before = one(db, STATE)
    assert load_shipped(db) == Stored(0, 0)
    assert one(db, STATE) == before


def test_a_renamed_dealership_is_not_added_again_under_its_shipped_name(db: Database) -> None:
    db.execute("UPDATE dealership_configs SET name = 'Bimmer World' WHERE name = :name", name=COLUMBIA)
    db.execute("DELETE FROM location_aliases WHERE alias = 'BMW of Columbia'")  # shipped, and of a name that is gone
    load_shipped(db)
    directory = load_directory(db)
    assert len(directory.clients) == 40 and COLUMBIA not in directory.clients


def test_a_renamed_dealership_keeps_its_cars_jobs_history_and_orders(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(n, location=COLUMBIA) for n in range(3)], "d_2025-03-12.csv"))
    comparing = JobRequest(COLUMBIA, filters={"order_type": "cao"})
    assert run(db, folders, comparing)[0].vehicle_count == 3
    db.execute("UPDATE dealership_configs SET name = 'Bimmer World' WHERE name = :name", name=COLUMBIA)
    for table, column in (
        ("normalized_vehicle_data", "location"),
        ("vin_history", "dealership_name"),
        ("qr_file_tracking", "dealership_name"),
        ("location_scans", "dealership_name"),
        ("order_processing_jobs", "dealership_name"),
        ("export_history", "dealership_name"),
    ):
        assert set(values(db, f"SELECT {column} FROM {table}")) == {"Bimmer World"}, table
    cars = [car(n, location="Bimmer World") for n in range(4)]
    load(db, write_scrape(cars, "d_2025-03-13.csv"))
    [outcome] = run(db, folders, JobRequest("Bimmer World", filters={"order_type": "cao"}))
    assert outcome.vins == [car(3)["vin"]]


def test_a_shipped_spelling_the_operator_gave_a_meaning_keeps_it(db: Database) -> None:
    """ "BMW of Columbia" is a shipped alias; here it became a dealership of its own."""
    db.execute("DELETE FROM location_aliases WHERE alias = 'BMW of Columbia'")
    db.execute(
        "INSERT INTO dealership_configs (name, qr_output_path) VALUES ('BMW of Columbia', 'C:\\qr_codes\\other\\')"
    )
    load_shipped(db)
    directory = load_directory(db)
    assert directory.locations.resolve("bmw of columbia") == "BMW of Columbia"
    assert directory.alias_problems == {}


def test_two_first_starts_at_once_ship_everything_once(db: Database, database_url: str) -> None:
    before = one(db, STATE)
    db.execute("DELETE FROM location_aliases")
    db.execute("DELETE FROM dealership_configs")
    at_once(database_url, load_shipped)
    assert one(db, STATE) == before


def test_an_imported_file_adds_and_replaces_and_leaves_the_rest(db: Database) -> None:
    assert import_directory(db, FILE) == Stored(2, 2)
    directory = load_directory(db)
    assert len(directory.clients) == 41
    assert directory.clients["Lakeside Motors"].qr_output_path == "D:\\print\\lakeside\\"
    assert directory.clients[COLUMBIA].filtering.min_price == 100
    assert directory.clients[COLUMBIA].filtering.year_min is None  # replaced, not merged
    assert directory.locations.resolve("LAKESIDE AUTO") == "Lakeside Motors"
    assert directory.locations.is_ignored("Harborlight Motor Exchange")
    assert import_directory(db, FILE) == Stored(0, 0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (FILE.replace("min_price: 100", "min_prise: 100"), 'Columbia BMW.*did you mean "min_price"'),
        (FILE.replace("Lakeside Motors", "Columbia B.M.W."), "Columbia"),
        (FILE.replace("Lakeside Auto", "Audi Ranch Mirage"), "does not fit what is stored.*Audi Ranch Mirage"),
        (FILE.replace("Lakeside Motors", "B.M.W. of West St Louis"), "does not fit what is stored.*BMW of West"),
        (FILE.replace("qr_root", "qr_rot"), "qr_rot"),
        ("not: [yaml", "YAML"),
    ],
)
def test_a_file_with_one_mistake_changes_nothing_and_says_where(db: Database, text: str, says: str) -> None:
    before = one(db, STATE)
    with pytest.raises(RulesError, match=f"(?s){says}"):
        import_directory(db, text)
    assert one(db, STATE) == before
    load_directory(db)


def test_a_dealership_whose_rules_cannot_be_read_is_named_and_the_others_are_active(db: Database) -> None:
    edit_rules(db, BMW, min_prise=1)
    db.execute("UPDATE dealership_configs SET is_active = false WHERE name = :name", name=COLUMBIA)
    directory = load_directory(db)
    assert list(directory.problems) == [BMW]
    assert 'did you mean "min_price"' in directory.problems[BMW]
    assert len(directory.active) == 38


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("template_settings", '{"filters": {"min_prise": 1}}', 'job type "quick".*did you mean "min_price"'),
        ("template_settings", "[1]", 'job type "quick".*no mapping'),
        ("qr_settings", '{"size": 3}', 'job type "quick".*size_px'),
    ],
)
def test_a_job_type_that_cannot_be_read_stops_only_its_own_jobs(
    db: Database, write_scrape: Write, folders: VehicleFolders, column: str, value: str, says: str
) -> None:
    db.execute(f"UPDATE order_processing_config SET {column} = CAST(:v AS jsonb) WHERE config_name = 'quick'", v=value)
    load(db, write_scrape([car(1)]))
    quick, standard = run(db, folders, JobRequest(BMW, "quick"), BMW)
    assert (quick.status, standard.status) == ("failed", "completed")
    assert quick.error is not None
    assert pd.Series([quick.error]).str.contains(f"(?s)cannot be read: {says}").all()


def test_a_job_type_that_is_switched_off_is_unknown(db: Database, folders: VehicleFolders) -> None:
    db.execute("UPDATE order_processing_config SET is_active = false WHERE config_name = 'quick'")
    [outcome] = run(db, folders, JobRequest(BMW, "quick"))
    assert outcome.error == 'job type "quick": is not known; known are custom, premium, standard'


def test_rules_count_from_the_newest_scan_and_never_from_a_day_to_come(db: Database, write_scrape: Write) -> None:
    with db.transaction() as connection:
        assert business_day(connection, DAY) == DAY  # nothing imported yet: today
    load(db, write_scrape([car(1)], "d_2025-03-12.csv"))
    load(db, write_scrape([car(2)], "d_2025-03-10.csv"))
    with db.transaction() as connection:
        assert business_day(connection, date(2025, 9, 1)) == date(2025, 3, 12)
        assert business_day(connection, date(2025, 3, 11)) == date(2025, 3, 11)


def test_judging_all_cars_at_once_gives_what_each_dealerships_rules_give(db: Database, write_scrape: Write) -> None:
    edit_rules(db, "Honda of Frontenac", min_prise=1)
    names = [BMW, COLUMBIA, "Honda of Frontenac", "Columbia Honda", "Spirit Lexus", "Weber Chevrolet"]
    cars = [
        car(
            n, location=names[n % 6], year=str(2015 + n % 9), status=("On-Lot", "In Transit")[n % 2], price=str(n * 900)
        )
        for n in range(60)
    ]
    load(db, write_scrape(cars))
    directory = load_directory(db)
    stored = db.frame("vehicles/inventory", locations=names)
    judged = directory.judge(stored, as_of=DAY)
    for name, mine in stored.groupby("location"):
        expected = directory.reasons(str(name), mine, as_of=DAY)
        assert judged[mine.index].tolist() == expected.tolist()
    assert judged.notna().sum() not in (0, len(stored))
    assert judged[stored["location"] == "Honda of Frontenac"].str.startswith("rules_invalid").all()


def test_a_day_that_goes_by_changes_the_verdict_on_cars_nobody_sees_any_more(db: Database, write_scrape: Write) -> None:
    load(db, write_scrape([car(1, location=COLUMBIA)], "d_2025-03-01.csv"))
    load(db, write_scrape([car(2)], "d_2025-03-13.csv"))
    assert refresh_eligibility(db, today=NOW.date()) == 1
    reason = one(db, "SELECT ineligible_reason AS r FROM normalized_vehicle_data WHERE location = :n", n=COLUMBIA)["r"]
    assert reason == "not_seen_recently: last seen 2025-03-01"
