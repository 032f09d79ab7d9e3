"""The agency's real files, read and normalised, against a plain reading by the standard library.

Belongs here: what only real files can show. The expected numbers are worked out in the tests, row by row, with
csv.DictReader and rules written a second time; nothing of the files is copied.
"""

from __future__ import annotations

import csv
import importlib.resources
import re
from collections import Counter
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pytest

from ops_platform.vehicles.conditions import condition_of, lot_of
from ops_platform.vehicles.dealerships import SHIPPED_FILE, SHIPPED_PACKAGE, load_dealerships
from ops_platform.vehicles.eligibility import ineligible_reason
from ops_platform.vehicles.layouts import read_scrape
from ops_platform.vehicles.locations import LocationDirectory
from ops_platform.vehicles.normalize import NormalizedScrape, normalize
from ops_platform.vehicles.rules import FilteringRules, parse_rules
from ops_platform_tests.vehicles.scrape_files import assert_conserved

pytestmark = pytest.mark.realdata

COMPLETE = ["2025-03-13", "2025-03-14", "2025-03-20", "2025-05-22", "2025-08-04"]
FILES = [*(f"complete_data_{day}.csv" for day in COMPLETE), "layout_b_2025-07-24.csv"]
SOUND_VIN = re.compile("[A-HJ-NPR-Z0-9]{17}")
NAMES = (
    "BMW of West St. Louis; Columbia BMW; Audi Ranch Mirage; Jaguar Ranch Mirage; Land Rover Ranch Mirage; "
    "Auffenberg Hyundai; Joe Machens Hyundai; Columbia Honda; Honda of Frontenac; Frank Leta Honda; "
    "Serra Honda of O'Fallon; Joe Machens Toyota; Pappas Toyota; Twin City Toyota; Joe Machens Nissan; "
    "Kia of Columbia; Suntrup Kia South; H&W Kia; Joe Machens Chrysler Dodge Jeep Ram; Glendale Chrysler Jeep; "
    "Dave Sinclair Lincoln South; Dave Sinclair Lincoln St. Peters; Suntrup Ford West; Suntrup Ford Kirkwood; "
    "Pundmann Ford; Thoroughbred Ford; Rusty Drewing Chevrolet Buick GMC; Weber Chevrolet; Suntrup Buick GMC; "
    "Bommarito Cadillac; Rusty Drewing Cadillac; Bommarito West County; Suntrup Hyundai South; MINI of St. Louis; "
    "Porsche St. Louis; Spirit Lexus; West County Volvo Cars; Indigo Auto Group; South County Autos; Premier Auto Plaza"
)
ON_LOT = {"onlot", "instock", "onthelot", "available", "availableatretailer"}

Row = dict[str, str]


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def aliases(folder: Path) -> dict[str, str | None]:
    return {row["csv_location"]: row["config_name"] or None for row in rows_of(folder / "location_aliases.csv")}


@cache
def scraped(folder: Path, name: str) -> NormalizedScrape:
    table = read_scrape((folder / name).read_bytes(), name)
    directory = LocationDirectory(NAMES.split("; "), aliases(folder))
    scrape = normalize(table, directory, scan_date=date.fromisoformat(name[-14:-4]))
    assert_conserved(scrape, table.rows_read)
    return scrape


@pytest.fixture(params=FILES)
def name(request: pytest.FixtureRequest, real_vehicles: Path) -> str:
    if not (real_vehicles / request.param).exists():
        pytest.skip(f"{request.param} is not among the real files")
    return request.param


@pytest.fixture(params=[f"complete_data_{day}.csv" for day in COMPLETE])
def complete(request: pytest.FixtureRequest, real_vehicles: Path) -> str:
    if not (real_vehicles / request.param).exists():
        pytest.skip(f"{request.param} is not among the real files")
    return request.param


def clients(folder: Path, name: str) -> list[tuple[Row, str]]:
    """The rows of clients that have a sound VIN, with their dealership, as a plain reader sees them."""
    known = {spelling.casefold(): target for spelling, target in aliases(folder).items()}
    known |= {client.casefold(): client for client in NAMES.split("; ")}
    found = ((row, known.get(row["Location"].casefold())) for row in rows_of(folder / name))
    return [(row, client) for row, client in found if client and SOUND_VIN.fullmatch(row["Vin"])]


def seen_plainly(row: Row) -> tuple[str, str, str]:
    """Condition, status in letters only, and lot of a row, by rules written a second time."""
    kind, status = row["Type"], re.sub("[^a-z]", "", row["Status"].lower())
    condition = "new" if kind in {"New", "Demo"} else "po" if kind in {"Used", "Pre-Owned"} else "cpo"
    if row["Stock"].strip() in {"", "N/A"}:
        return condition, status, "offlot"
    blank = "unknown" if condition == "new" else "onlot"
    return condition, status, blank if not status else "onlot" if status in ON_LOT else "offlot"


def test_every_row_of_every_file_is_accounted_for_by_location(name: str, real_vehicles: Path) -> None:
    scrape, rows = scraped(real_vehicles, name), rows_of(real_vehicles / name)
    assert scrape.counts["total"].sum() == len(rows)
    place = "Location" if "Location" in rows[0] else "dealer_name"
    known = LocationDirectory(NAMES.split("; "), aliases(real_vehicles))
    expected = Counter(known.resolve(row[place]) or row[place] for row in rows)
    assert scrape.counts.set_index("location")["total"].to_dict() == expected


def test_the_table_holds_every_cell_as_the_standard_reader_gives_it(complete: str, real_vehicles: Path) -> None:
    table = read_scrape((real_vehicles / complete).read_bytes(), complete)
    assert table.layout == "complete_data" and table.rejects.empty and table.metadata is None
    cells = table.frame.drop(columns="line_no").to_numpy().tolist()
    assert cells == [list(row.values()) for row in rows_of(real_vehicles / complete)]
    assert table.frame["line_no"].tolist() == list(range(2, len(cells) + 2))


def test_no_location_of_the_largest_file_is_unknown(real_vehicles: Path) -> None:
    rejects = scraped(real_vehicles, "complete_data_2025-03-13.csv").rejects
    assert set(rejects["code"]) == {"vin_format", "ignored_location"}
    assert set(rejects.loc[rejects["code"] == "ignored_location", "location"]) == {"Tom Stehouwer Auto Sales"}
    assert all("holds" in detail for detail in rejects.loc[rejects["code"] == "vin_format", "detail"])


def test_without_the_aliases_fourteen_spellings_are_quarantined_with_the_right_suggestion(real_vehicles: Path) -> None:
    directory = LocationDirectory(NAMES.split("; "))
    for spelling, client in aliases(real_vehicles).items():
        if directory.resolve(spelling) is None:
            assert directory.suggest(spelling) == client, spelling
        else:
            assert directory.resolve(spelling) == client


def test_the_cars_are_those_a_plain_reading_finds(complete: str, real_vehicles: Path) -> None:
    expected = {(row["Vin"], client) for row, client in clients(real_vehicles, complete)}
    vehicles = scraped(real_vehicles, complete).vehicles
    assert set(zip(vehicles["vin"], vehicles["location"], strict=True)) == expected
    assert len(vehicles) == len(expected)


def test_prices_are_those_a_plain_reading_finds(complete: str, real_vehicles: Path) -> None:
    expected: Counter[float | None] = Counter()
    for row, _ in clients(real_vehicles, complete):
        number = float(row["Price"]) if re.fullmatch(r"-?\d+(\.\d+)?", row["Price"]) else 0.0
        expected[number if number > 0 else None] += 1
    vehicles = scraped(real_vehicles, complete).vehicles
    assert Counter(None if price != price else price for price in vehicles["price"]) == expected  # noqa: PLR0124
    # Nothing in the real files is left unread.
    assert not any("unreadable" in flag for flags in vehicles["flags"] for flag in flags)


def test_dates_are_those_a_plain_reading_finds(complete: str, real_vehicles: Path) -> None:
    expected: Counter[date | None] = Counter()
    for row, _ in clients(real_vehicles, complete):
        text = row["Date In Stock"]
        form = "%m/%d/%Y" if text[2:3] == "/" else f"%Y{text[4:5]}%m{text[4:5]}%d"
        expected[datetime.strptime(text, form).date() if text else None] += 1  # noqa: DTZ007
    assert Counter(scraped(real_vehicles, complete).vehicles["date_in_stock"]) == expected


def test_conditions_and_lots_are_those_a_plain_reading_finds(complete: str, real_vehicles: Path) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    for row, _ in clients(real_vehicles, complete):
        condition, _, lot = seen_plainly(row)
        expected[condition, lot] += 1
    vehicles = scraped(real_vehicles, complete).vehicles
    assert Counter(zip(vehicles["vehicle_condition"], vehicles["on_lot_status"], strict=True)) == expected
    assert not any("unknown_status" in flags for flags in vehicles["flags"])


def test_no_markup_or_stray_blank_is_left_in_any_text(complete: str, real_vehicles: Path) -> None:
    vehicles = scraped(real_vehicles, complete).vehicles
    for column in ("make", "model", "trim", "ext_color", "body_style", "fuel_type", "status"):
        for text in vehicles[column].dropna().unique():
            assert not re.search(r"<|&\w+;|^\s|\s$|\s\s", text), (column, text)


def test_real_makes_are_written_one_way_each(complete: str, real_vehicles: Path) -> None:
    makes = set(scraped(real_vehicles, complete).vehicles["make"])
    assert len({make.casefold() for make in makes}) == len(makes)
    assert "CHEV" not in makes


def test_hardly_a_real_vin_is_warned_of_and_none_for_its_make(complete: str, real_vehicles: Path) -> None:
    vehicles = scraped(real_vehicles, complete).vehicles
    found = Counter(code for codes in vehicles["vin_warnings"] for code in codes)
    # A warning that is often wrong is no warning: of 26,707 real VINs four fail the check digit.
    assert found["make_mismatch"] == 0 and found["check_digit"] <= 4 and found["model_year"] <= 4


def test_the_scrapers_mock_rows_are_all_rejected_with_their_reasons(real_vehicles: Path) -> None:
    scrape = scraped(real_vehicles, "layout_b_2025-07-24.csv")
    rows = rows_of(real_vehicles / "layout_b_2025-07-24.csv")
    assert scrape.vehicles.empty and len(scrape.rejects) == len(rows)
    unknown = sum(row["dealer_name"] == "Stehouwer Auto" for row in rows)
    assert scrape.rejects["code"].value_counts().to_dict() == {
        "vin_format": len(rows) - unknown,
        "unknown_location": unknown,
    }
    assert scrape.rejects["detail"].str.contains("19 characters").all()


def test_every_line_of_the_operators_own_table_of_types_and_statuses_holds(real_vehicles: Path) -> None:
    for row in rows_of(real_vehicles / "normalization_map.csv"):
        meaning = row["Normalized"]
        found = lot_of(row["Raw"]) if meaning in {"onlot", "offlot"} else condition_of(row["Raw"])
        assert found == meaning, row["Raw"]


def eligible(scrape: NormalizedScrape, client: str, rules: FilteringRules, day: date) -> set[str]:
    cars = scrape.vehicles[scrape.vehicles["location"] == client]
    stored = cars.assign(first_seen_date=day, last_seen_date=day, gone_date=None)
    return set(cars.loc[ineligible_reason(stored, rules, as_of=day).isna(), "vin"])


def test_the_orders_of_all_forty_dealerships_hold_the_cars_a_plain_reading_finds(
    complete: str, real_vehicles: Path
) -> None:
    day, scrape = date.fromisoformat(complete[-14:-4]), scraped(real_vehicles, complete)
    rows = clients(real_vehicles, complete)
    shipped = load_dealerships(importlib.resources.files(SHIPPED_PACKAGE).joinpath(SHIPPED_FILE).read_text("utf-8"))
    assert len(shipped) == 40
    for dealership in shipped:
        rules = dealership.filtering_rules
        expected = set()
        for row, client in rows:
            _, status, lot = seen_plainly(row)
            if client != dealership.name or row["Stock"].strip() in {"", "N/A"}:
                continue
            if lot == "offlot" and "offlot" in rules.get("exclude_conditions", ()):
                continue
            if rules.get("exclude_in_transit") and (status.startswith("intransit") or status in {"allocated", "sold"}):
                continue
            if int(row["Year"]) >= rules.get("year_min", 0):
                expected.add(row["Vin"])
        assert eligible(scrape, dealership.name, dealership.rules, day) == expected, dealership.name


FILTER_OUT = {
    "In-Transit": {"exclude_in_transit": True},
    "Missing Stock #": {"require_stock": True},
    "Missing PRICE": {"exclude_missing_price": True},
    "New": {"exclude_conditions": ["new"]},
    "Used": {"exclude_conditions": ["used"]},
}


def test_what_the_operator_filters_out_today_can_be_said_in_rules(real_vehicles: Path) -> None:
    day, name = date(2025, 3, 13), "complete_data_2025-03-13.csv"
    scrape, rows = scraped(real_vehicles, name), clients(real_vehicles, name)
    settings = rows_of(real_vehicles / "dealership_filter_out.csv")
    assert len(settings) >= 35
    for phrases in {row["Filter Out"] for row in settings}:
        words = phrases.split(", ")
        rules = parse_rules({key: value for word in words for key, value in FILTER_OUT[word].items()}, phrases)
        for client in ("Dave Sinclair Lincoln South", "Pappas Toyota", "Glendale Chrysler Jeep"):
            expected = set()
            for row, owner in rows:
                condition, status, _ = seen_plainly(row)
                out = {
                    "In-Transit": status.startswith("intransit"),
                    "Missing Stock #": not row["Stock"].strip(),
                    "Missing PRICE": not re.fullmatch(r"[1-9]\d*(\.\d+)?", row["Price"]),
                    "New": condition == "new",
                    "Used": condition != "new",
                }
                if owner == client and not any(out[word] for word in words):
                    expected.add(row["Vin"])
            assert eligible(scrape, client, rules, day) == expected, (client, phrases)
