"""Which column of a scrape is which."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.vehicles.headers import RAW_FIELDS, HeaderError, is_header, read_header
from ops_platform_tests.vehicles.scrape_files import COMPLETE_DATA, SCRAPER, VINS

REAL = list(COMPLETE_DATA.values())
NEW = list(SCRAPER.values())


def test_the_usual_header_names_every_field_in_file_order() -> None:
    header = read_header(REAL, 1)
    assert header.names == RAW_FIELDS and header.layout == "complete_data"


def test_the_scrapers_header_is_told_apart_and_keeps_its_own_columns() -> None:
    header = read_header(NEW, 2)
    assert header.layout == "scraper" and header.line_no == 2
    assert header.names == tuple(SCRAPER)


@given(st.permutations(list(COMPLETE_DATA.items())), st.randoms(use_true_random=False))
def test_columns_are_recognised_in_any_order_and_case(columns: list[tuple[str, str]], chance: random.Random) -> None:
    titles = ["".join(chance.choice([char.upper(), char.lower()]) for char in title) for _, title in columns]
    header = read_header(titles, 1)
    assert header.names == tuple(field for field, _ in columns) and header.layout == "complete_data"


@given(st.permutations(list(SCRAPER.items())))
def test_the_scrapers_columns_are_recognised_in_any_order(columns: list[tuple[str, str]]) -> None:
    header = read_header([title for _, title in columns], 1)
    assert header.names == tuple(field for field, _ in columns) and header.layout == "scraper"


@pytest.mark.parametrize("title", ["Vechile URL", "Vehicle URL", "vehicle_url", "URL", " VDP-URL "])
def test_the_mistyped_url_header_and_the_right_one_mean_the_same(title: str) -> None:
    assert read_header([*REAL[:-1], title], 1).names[-1] == "vehicle_url"


@pytest.mark.parametrize(
    ("field", "title"),
    [
        ("stock", "Stock #"),
        ("stock", "STOCK_NUMBER"),
        ("type", "condition"),
        ("ext_color", "Exterior Color"),
        ("location", "Dealer Name"),
        ("price", "Selling Price"),
        ("date_in_stock", "date_in_stock"),
        ("postal_code", "Zip"),
        ("vin", "\ufeffVIN"),
    ],
)
def test_other_names_of_a_column_are_understood(field: str, title: str) -> None:
    names = read_header([title if name == field else old for name, old in COMPLETE_DATA.items()], 1).names
    assert names == RAW_FIELDS


def test_the_best_name_wins_and_the_other_column_is_kept_under_its_own() -> None:
    header = read_header([*REAL, "Condition", "Sale Price"], 1)
    assert header.names == (*RAW_FIELDS, "Condition", "Sale Price")


def test_columns_without_a_usable_name_get_one_of_their_own() -> None:
    header = read_header([*REAL, "", "line_no", "Notes", "Notes"], 1)
    assert header.names[21:] == ("(column 22)", "line_no (column 23)", "Notes", "Notes (column 25)")


def test_a_column_that_stands_there_twice_is_named_with_both_places() -> None:
    with pytest.raises(HeaderError, match=r'"Price" twice \(columns 10 and 22\)') as error:
        read_header([*REAL, "Price"], 1)
    assert error.value.column == 22


@pytest.mark.parametrize("field", ["vin", "stock", "type", "year", "make", "model", "price", "location", "vehicle_url"])
@pytest.mark.parametrize("layout", [COMPLETE_DATA, SCRAPER], ids=["complete_data", "scraper"])
def test_without_a_needed_column_there_is_no_import(field: str, layout: dict[str, str]) -> None:
    with pytest.raises(HeaderError, match="is missing"):
        read_header([title for name, title in layout.items() if name != field], 1)


def test_only_the_layout_that_has_a_status_needs_one() -> None:
    with pytest.raises(HeaderError, match='"Status" is missing'):
        read_header([title for name, title in COMPLETE_DATA.items() if name != "status"], 1)
    assert "status" not in read_header(NEW, 1).names


def test_a_mistyped_needed_column_is_guessed_for_the_person() -> None:
    with pytest.raises(HeaderError, match='Is "Prise" meant'):
        read_header([title if field != "price" else "Prise" for field, title in COMPLETE_DATA.items()], 1)


def test_rows_metadata_and_other_tables_are_no_headers() -> None:
    assert is_header(REAL) and is_header(NEW)
    assert not is_header([VINS[0], "T1", "Used", "2019", "Ford"])
    assert not is_header(["", "", "", "2025-07-08", "10:41:10"])
    assert not is_header(["name", "filtering_rules", "output_rules"])
    assert not is_header([])
