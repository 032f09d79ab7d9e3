"""Why a row is not loaded, said to a person."""

from __future__ import annotations

from datetime import date

import pytest

from ops_platform.vehicles.layouts import read_scrape
from ops_platform.vehicles.normalize import normalize
from ops_platform_tests.vehicles.scrape_files import DIRECTORY, IGNORED, SCAN_DATE, VINS, Car, car, file


def reject(scan_date: date = SCAN_DATE, **cells: str) -> Car:
    """The reject of the second of three rows."""
    table = read_scrape(file(car(0), car(1, **cells), car(2)), "a.csv")
    scrape = normalize(table, DIRECTORY, scan_date=scan_date)
    [found] = scrape.rejects.to_dict("records")
    assert found["line_no"] == 3 and len(scrape.vehicles) == 2
    return found


@pytest.mark.parametrize(
    ("cells", "code", "column", "says"),
    [
        ({"location": ""}, "missing_location", "location", "names no location"),
        ({"location": "Suntrup Frd West"}, "unknown_location", "location", 'Did you mean "Suntrup Ford West"?'),
        ({"location": "Zanzibar Bicycles"}, "unknown_location", "location", "No known dealership resembles it"),
        ({"location": IGNORED}, "ignored_location", "location", "left out on purpose"),
        ({"vin": VINS[1][:-1]}, "vin_format", "vin", "has 16 characters"),
        (
            {"year": "1979"},
            "year_range",
            "year",
            'The year "1979" is not in 1980..2027. The VIN stands for 1989 or 2019.',
        ),
        ({"year": ""}, "year_range", "year", "The year is empty. The VIN stands for 1989 or 2019."),
        ({"type": "Wholesale"}, "unknown_type", "type", 'The type "Wholesale" is none of'),
        ({"type": " "}, "unknown_type", "type", "The type is empty"),
    ],
)
def test_each_reason_has_its_code_its_column_and_a_sentence(
    cells: dict[str, str], code: str, column: str, says: str
) -> None:
    found = reject(**cells)
    assert (found["code"], found["column"]) == (code, column)
    assert says in found["detail"]


def test_a_reject_keeps_the_whole_row_as_it_was_read() -> None:
    found = reject(vin="short ", location=" suntrup ford  westport", trim="XL &amp; T", price="$1")
    assert found["vin"] == "SHORT" and found["location"] == "suntrup ford westport"
    assert found["raw"]["vin"] == "short " and found["raw"]["trim"] == "XL &amp; T" and found["raw"]["price"] == "$1"
    assert len(found["raw"]) == 21


def test_a_row_with_several_faults_tells_them_all_under_the_weightiest_code() -> None:
    found = reject(location="Nowhere at all", vin="X", year="", type="")
    assert found["code"] == "unknown_location"
    for part in ("Nowhere at all", '"X" has 1 characters', "The year is empty", "The type is empty"):
        assert part in found["detail"]
    assert "stands for" not in found["detail"]  # a malformed VIN tells no year


def test_a_missing_vin_and_location_are_none_not_empty_text() -> None:
    found = reject(location=" ", vin="")
    assert found["location"] is None and found["vin"] is None


@pytest.mark.parametrize(("year", "sound"), [("1980", True), ("1979", False), ("2027", True), ("2028", False)])
def test_model_years_reach_from_1980_to_two_years_after_the_scan(year: str, sound: bool) -> None:
    table = read_scrape(file(car(0, year=year)), "a.csv")
    assert len(normalize(table, DIRECTORY, scan_date=date(2025, 12, 31)).vehicles) == sound


def test_the_year_limit_moves_with_the_day_of_the_scrape() -> None:
    table = read_scrape(file(car(0, year="2028")), "a.csv")
    assert len(normalize(table, DIRECTORY, scan_date=date(2026, 1, 1)).vehicles) == 1


def test_a_huge_cell_does_not_make_a_huge_sentence() -> None:
    assert len(reject(location="x" * 50_000)["detail"]) < 400
    assert len(reject(type="x" * 50_000)["detail"]) < 400
    assert len(reject(year="9" * 50_000)["detail"]) < 400
