"""Demo cars: VINs that hold, the dirt of real scrapes in about its measured share, invented addresses."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ops_platform.vehicles.demo_catalog import MODELS, TRADE_INS
from ops_platform_tests.vehicles.demo_reading import (
    TYPED_IN_VIN,
    Row,
    check_digit,
    first_rows,
    read,
    three_days,
    vehicles,
    year_code,
)


def share(rows: list[Row], column: str, pattern: str) -> float:
    return sum(re.search(pattern, row[column]) is not None for row in rows) / len(rows)


def test_every_vehicle_has_a_vin_that_holds_but_for_the_announced_flaws() -> None:
    for scrape in three_days():
        found = vehicles(scrape)
        vins = [vin for vin, _ in found]
        assert sum(check_digit(vin) != vin[8] for vin in vins) == scrape.facts.check_digit > 0
        assert sum(not vin[13:].isdigit() for vin in vins) == scrape.facts.serial_letters > 0
        wrong_years = [vin for (vin, _), row in found.items() if year_code(int(row["Year"])) != vin[9]]
        assert wrong_years == [TYPED_IN_VIN]
        era = [vin for (vin, _), row in found.items() if vin[6].isalpha() != (int(row["Year"]) >= 2010)]
        assert era in ([], [TYPED_IN_VIN])


def test_the_makers_identifier_fits_the_model() -> None:
    rows = first_rows()
    known = {model.wmi for models in MODELS.values() for model in models}
    strange = {row["Vin"][:3] for row in rows if len(row["Vin"]) == 17} - known
    assert strange <= {"123"}
    assert {row["Vin"][:3] for row in rows if row["Make"] == "Lexus"} == {"2T2", "5TD", "58A"}


def test_a_vin_is_one_car_and_has_one_address_at_a_location() -> None:
    for scrape in three_days():
        rows = read(scrape)[0]
        assert set(Counter(row["Vechile URL"] for row in rows).values()) <= {1, 2}
        pages = {(row["Vin"], row["Location"]): row["Vechile URL"] for row in rows if row["Vin"]}
        assert len(set(pages.values())) == len(pages)
        cars = {(row["Vin"], row["Model"], row["Year"]) for row in rows if row["Vin"]}
        assert len({vin for vin, _, _ in cars}) == len(cars)


def test_addresses_are_invented_and_as_long_as_the_measured_ones() -> None:
    rows = first_rows()
    addresses = sorted((row["Vechile URL"] for row in rows), key=len)
    assert all(re.match(r"https://www\.[a-z0-9]+\.example/\S+$", address) for address in addresses)
    assert len(addresses[-1]) < 170
    assert 98 <= len(addresses[len(addresses) // 2]) <= 112
    assert 0.002 < sum("," in address for address in addresses) / len(addresses) < 0.03
    assert any("?" in address for address in addresses)


@pytest.mark.parametrize(
    ("column", "pattern", "least", "most"),
    [
        ("Type", r"^New$", 0.57, 0.68),
        ("Type", r"^(Used|Pre-Owned)$", 0.25, 0.38),
        ("Type", r"Certified|CarBravo", 0.03, 0.09),
        ("Type", r"^Demo$", 0.0005, 0.005),
        ("Status", r"^$", 0.10, 0.24),
        ("Status", r"(?i)transit|buil[dt]|order|courtesy|fctp|alloc|production|arriv|in-service", 0.10, 0.20),
        ("Price", r"^\d+$", 0.78, 0.93),
        ("Price", r"\.0$", 0.03, 0.16),
        ("Price", r"^$", 0.02, 0.05),
        ("Price", r"^Please Call$", 0.008, 0.022),
        ("Price", r"<span class=", 0.0008, 0.005),
        ("Price", r"^0$", 0.001, 0.006),
        ("MSRP", r"^$", 0.20, 0.35),
        ("Date In Stock", r"^\d\d/\d\d/\d{4}$", 0.30, 0.60),
        ("Date In Stock", r"^\d{4}/\d\d/\d\d$", 0.20, 0.45),
        ("Date In Stock", r"^\d{4}-\d\d-\d\d$", 0.001, 0.01),
        ("Date In Stock", r"^$", 0.15, 0.30),
        ("Stock", r"^$", 0.07, 0.15),
        ("Stock", r"/", 0.002, 0.015),
        ("Trim", r" $", 0.02, 0.05),
        ("Trim", r"[^\x00-\x7f]", 0.005, 0.04),
        ("Trim", r"&quot;", 0.0001, 0.01),
        ("Trim", r'"', 0.0001, 0.02),
        ("Ext Color", r"<", 0.002, 0.015),
        ("Fuel Type", r"^a:2:\{s:", 0.003, 0.02),
        ("Make", r"^(HYUNDAI|RAM|CHEV|DODGE TRUCK)$", 0.02, 0.20),
    ],
)
def test_the_dirt_of_real_scrapes_is_there_in_about_its_measured_share(
    column: str, pattern: str, least: float, most: float
) -> None:
    rows = first_rows()
    assert least <= share(rows, column, pattern) <= most


def test_every_word_of_the_measured_vocabularies_is_used() -> None:
    types = "New|Used|Certified Pre-Owned|Pre-Owned|Certified|Certified Used|CarBravo|Demo"
    statuses = (
        "|On-Lot|In Stock|In-stock|In-Stock|InStock|In Transit|In-Transit|In-transit|On Lot|available|"
        "Available|In-Build-Phase|Courtesy Vehicle|On The Lot|Build Phase|In-Service Courtesy Vehicle|Dealer Ordered|"
        "In-Service FCTP|Available at Retailer|Being Built|Courtesy Transportation Unit|Allocated|In-service|"
        "In Transit to U.S.|In Production|Arriving Soon"
    )
    rows = first_rows()
    assert {row["Type"] for row in rows} == set(types.split("|"))
    assert {row["Status"] for row in rows} >= set(statuses.split("|"))


def test_stock_numbers_are_missing_for_cars_not_there_yet_and_sometimes_reused_or_the_vin() -> None:
    rows = first_rows()
    without = Counter(row["Status"] for row in rows if not row["Stock"])
    assert without
    on_lot = "|On-Lot|In Stock|In-stock|In-Stock|InStock|On Lot|On The Lot|available|Available"
    assert without.keys().isdisjoint(on_lot.split("|"))
    assert sum(row["Stock"] == row["Vin"] for row in rows) >= 5
    assert sum(row["Stock"] == "N/A" for row in rows) >= 5
    uses: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        uses.setdefault((row["Location"], row["Stock"]), set()).add(row["Vin"])
    assert any(len(vins) > 1 for (_, stock), vins in uses.items() if stock not in {"", "N/A"})


def test_prices_are_those_of_cars() -> None:
    rows = first_rows()
    prices = [float(row["Price"]) for row in rows if re.fullmatch(r"\d+(\.0)?", row["Price"])]
    assert 20_000 < sorted(prices)[len(prices) // 2] < 60_000
    assert max(prices) > 500_000
    assert all(price == 0 or price >= 2_000 for price in prices)


def test_placeholders_of_cars_not_built_hold_a_letter_no_vin_may_hold() -> None:
    rows = first_rows()
    placeholders = [row for row in rows if set(row["Vin"]) & set("IOQ") and len(row["Vin"]) == 17]
    assert placeholders
    assert {row["Make"].casefold() for row in placeholders} <= {"toyota", "lexus"}


def test_bad_vins_are_too_short_too_long_or_missing_too() -> None:
    rows = first_rows()
    assert {len(row["Vin"]) for row in rows} == {0, 16, 17, 18, 19}


def test_a_lot_without_a_franchise_sells_used_cars_only() -> None:
    rows = [row for row in first_rows() if row["Location"].strip() == "Premier Auto Plaza"]
    assert rows
    assert {row["Type"] for row in rows}.isdisjoint({"New", "Demo"})
    assert len({row["Make"] for row in rows}) > len(TRADE_INS) / 2
