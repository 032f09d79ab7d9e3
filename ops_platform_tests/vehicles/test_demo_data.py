"""Demo scrapes: the same bytes for a seed, days that follow from each other, facts that add up."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.vehicles.dealerships import load_aliases
from ops_platform.vehicles.demo_data import DemoDealership, DemoScrape, generate_scrapes
from ops_platform.vehicles.layouts import read_scrape
from ops_platform.vehicles.locations import LocationDirectory
from ops_platform.vehicles.normalize import normalize
from ops_platform_tests.chaos import FULL
from ops_platform_tests.vehicles.demo_reading import (
    DEALERSHIPS,
    FIRST_DAY,
    IGNORED,
    NAMES,
    SHIPPED,
    Row,
    check_digit,
    read,
    reject_code,
    three_days,
    vehicles,
)


def test_the_header_is_the_real_one_with_its_typo_and_every_field_is_quoted() -> None:
    lines = three_days()[0].text.split(b"\n")
    names = (
        "Vin|Stock|Type|Year|Make|Model|Trim|Ext Color|Status|Price|Body Style|Fuel Type|MSRP|Date In Stock|"
        "Street Address|Locality|Postal Code|Region|Country|Location|Vechile URL"
    )
    assert lines[0].decode() == ",".join(f'"{name}"' for name in names.split("|"))
    assert all(line.startswith(b'"') and line.endswith(b'"') for line in lines[:-1])
    assert lines[-1] == b""
    assert b"\r" not in three_days()[0].text


def test_the_files_are_named_after_consecutive_days() -> None:
    assert [scrape.scan_date for scrape in three_days()] == [FIRST_DAY + timedelta(days=day) for day in range(3)]
    assert [scrape.file_name for scrape in three_days()] == [
        "complete_data_2026-11-16.csv",
        "complete_data_2026-11-17.csv",
        "complete_data_2026-11-18.csv",
    ]


def test_the_same_seed_gives_the_same_bytes_in_a_process_with_other_hashes() -> None:
    code = (
        "import hashlib; from ops_platform_tests.vehicles.demo_reading import three_days\n"
        "for scrape in three_days(): print(hashlib.sha256(scrape.text).hexdigest())"
    )
    here = [hashlib.sha256(scrape.text).hexdigest() for scrape in three_days()]
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split() == here


def test_another_seed_gives_other_cars() -> None:
    (other,) = generate_scrapes(dealerships=DEALERSHIPS, first_day=FIRST_DAY, days=1, seed=7)
    here = {vin for vin, _ in vehicles(three_days()[0])}
    assert len(here & {vin for vin, _ in vehicles(other)}) <= 1  # the VIN somebody typed in is always there


def test_fewer_days_are_the_first_ones_of_more_days() -> None:
    (alone,) = generate_scrapes(dealerships=DEALERSHIPS, first_day=FIRST_DAY, days=1, ignored_location=IGNORED)
    assert alone == three_days()[0]


def test_a_group_site_lists_cars_of_its_sister_sites() -> None:
    makes: dict[str, set[str]] = {}
    for row in vehicles(three_days()[0]).values():
        makes.setdefault(row["Vin"], set()).add(row["Location"])
    shared = Counter(tuple(sorted(sites)) for sites in makes.values() if len(sites) > 1)
    assert set(shared) == {
        ("Jaguar Rancho Mirage", "indiGO Auto Group"),
        ("LAND ROVER RANCHO MIRAGE", "indiGO Auto Group"),
    }
    assert 0.003 < sum(shared.values()) / len(makes) < 0.03


def test_some_sites_write_their_location_in_another_way_than_the_settings() -> None:
    written = set(three_days()[0].facts.by_location)
    assert {
        "Frank Leta Honda",
        "BMW of Columbia",
        "LAND ROVER RANCHO MIRAGE",
        "Serra Honda O&#x27;Fallon",
        "Volvo Cars West County ",
    } <= written


def test_one_dealership_is_missing_on_the_second_day_and_back_on_the_third() -> None:
    missing = three_days()[1].facts.missing
    assert [scrape.facts.missing for scrape in three_days()] == [None, missing, None]
    counts = [scrape.facts.by_dealership.get(str(missing), 0) for scrape in three_days()]
    assert counts[1] == 0 < counts[0]
    assert counts[2] >= 0.9 * counts[0]


def test_one_dealership_shows_less_than_half_of_its_cars_on_the_third_day() -> None:
    halved = three_days()[2].facts.halved
    assert [scrape.facts.halved for scrape in three_days()] == [None, None, halved]
    before, after = (scrape.facts.by_dealership[str(halved)] for scrape in three_days()[1:])
    assert 0 < after < before / 2


def test_changes_from_day_to_day_have_their_measured_size() -> None:
    for scrape in three_days()[1:]:
        changes, stock = scrape.facts.changes, three_days()[0].facts.vehicles
        assert 0.017 < changes.gone / stock < 0.023
        assert 0.030 < changes.first_seen / stock < 0.040
        assert 0.06 < changes.price_changes / stock < 0.09
        assert changes.moved == 1
    assert [scrape.facts.changes.relisted for scrape in three_days()] == [0, 0, 1]


@pytest.mark.chaos
@pytest.mark.skipif(not FULL, reason="ten seconds for what a thousand cars show, too: make chaos")
def test_a_hundred_thousand_cars_can_be_had() -> None:
    (scrape,) = generate_scrapes(dealerships=DEALERSHIPS, first_day=FIRST_DAY, days=1, cars_per_day=100_000)
    assert 100_000 <= scrape.facts.rows <= 102_500
    assert scrape.text.count(b"\n") == scrape.facts.rows + 1


def recount(scrape: DemoScrape) -> None:
    """Every number of the facts, counted anew from the bytes."""
    facts = scrape.facts
    rows, ragged = read(scrape)
    rejects = Counter(code for row in rows if (code := reject_code(row)))
    rejects["field_count"] += ragged
    assert rejects == Counter(facts.rejects)
    assert len(rows) + ragged == facts.rows
    assert Counter(row["Location"] for row in rows) == facts.by_location
    found = vehicles(scrape)
    assert len(found) == facts.vehicles == sum(facts.by_dealership.values())
    assert facts.rows == facts.vehicles + facts.duplicates + sum(facts.rejects.values())
    assert sum(check_digit(vin) != vin[8] for vin, _ in found) == facts.check_digit
    assert sum(not vin[13:].isdigit() for vin, _ in found) == facts.serial_letters


def follow(scrapes: Sequence[DemoScrape]) -> None:
    """What an importer must see change from file to file, keeping the cars of sites it did not see whole."""
    stock: dict[tuple[str, str], Row] = {}
    ever: set[tuple[str, str]] = set()
    for scrape in scrapes:
        changes, found = scrape.facts.changes, vehicles(scrape)
        before = Counter(location for _, location in stock)
        now = Counter(location for _, location in found)
        whole = {location for location in now if now[location] >= before[location] / 2}
        gone = {key for key in stock if key not in found and key[1] in whole}
        assert len(gone) == changes.gone + changes.moved
        assert len(found.keys() - ever) == changes.first_seen + changes.moved
        assert len((found.keys() & ever) - stock.keys()) == changes.relisted
        both = found.keys() & stock.keys()
        assert sum(found[key]["Price"] != stock[key]["Price"] for key in both) == changes.price_changes
        stock = {key: row for key, row in (stock | found).items() if key not in gone}
        ever |= found.keys()


def test_the_facts_are_what_a_plain_reader_counts() -> None:
    for scrape in three_days():
        recount(scrape)
    follow(three_days())


def test_the_import_rules_find_what_the_generator_put_in() -> None:
    directory = LocationDirectory(NAMES, load_aliases(SHIPPED))
    for scrape in three_days():
        facts = scrape.facts
        found = normalize(read_scrape(scrape.text, scrape.file_name), directory, scan_date=scrape.scan_date)
        assert found.rejects["code"].value_counts().to_dict() == facts.rejects
        assert found.raw["is_duplicate"].sum() == facts.duplicates
        assert found.vehicles["location"].value_counts().to_dict() == facts.by_dealership
        warnings = Counter(code for codes in found.vehicles["vin_warnings"] for code in codes)
        assert warnings["check_digit"] == facts.check_digit
        assert warnings["serial_letters"] == facts.serial_letters
        assert warnings["model_year"] <= 1  # the VIN somebody typed in
        assert warnings["make_mismatch"] == 0
        assert found.vehicles["price"].notna().mean() > 0.9
        flags = Counter(flag for codes in found.vehicles["flags"] for flag in codes)
        assert not flags.keys() & {"unknown_status", "date_unreadable", "price_unreadable", "url_unusable"}


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(min_value=0, max_value=2**40),
    cars=st.integers(min_value=1, max_value=250),
    days=st.integers(min_value=1, max_value=5),
    dealerships=st.integers(min_value=1, max_value=len(DEALERSHIPS)),
    first_day=st.dates(min_value=date(2012, 1, 1), max_value=date(2037, 12, 31)),
)
def test_the_facts_add_up_for_every_seed_and_size(
    seed: int, cars: int, days: int, dealerships: int, first_day: date
) -> None:
    names = {one.name for one in DEALERSHIPS[-dealerships:]}
    chosen = [
        replace(one, lists_cars_of=tuple(name for name in one.lists_cars_of if name in names))
        for one in DEALERSHIPS[-dealerships:]
    ]
    scrapes = generate_scrapes(
        dealerships=chosen,
        first_day=first_day,
        days=days,
        cars_per_day=cars,
        seed=seed,
        ignored_location=IGNORED,
    )
    assert len(scrapes) == days
    for scrape in scrapes:
        recount(scrape)
    follow(scrapes)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"dealerships": []}, "at least one dealership"),
        ({"days": 0}, "one day"),
        ({"cars_per_day": 0}, "one car a day"),
        ({"dealerships": [DEALERSHIPS[0], DEALERSHIPS[0]]}, "named twice: BMW of West St. Louis"),
        ({"dealerships": [DemoDealership("A", "A", (), ("B",))]}, "A can list .* not of: B"),
        ({"dealerships": [DemoDealership("A", "A", (), ("A",))]}, "A can list .* not of: A"),
        ({"cars_per_day": 1_000_001}, "at most 1,000,000 different cars"),
    ],
)
def test_a_demo_that_cannot_be_made_is_refused_with_the_reason(changed: dict, message: str) -> None:
    arguments = {"dealerships": DEALERSHIPS[:1], "first_day": FIRST_DAY} | changed
    with pytest.raises(ValueError, match=message):
        generate_scrapes(**arguments)
