"""Scrape files as text tables: both layouts, encodings, line ends, exact cells and lines."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.vehicles.headers import RAW_FIELDS
from ops_platform.vehicles.layouts import REJECT_COLUMNS, ScrapeFileError, read_scrape, rejects_frame
from ops_platform_tests.vehicles.scrape_files import COMPLETE_DATA, SCRAPER, VINS, as_bytes, car, file, lines

CELL = st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8)


def test_every_cell_of_the_usual_layout_is_read_as_it_stands() -> None:
    cars = [car(0, trim="  XL &amp; T ", price="$31,985"), car(1, vehicle_url=" https://x.example/a,b ")]
    table = read_scrape(file(*cars), "a.csv")
    assert table.layout == "complete_data" and table.metadata is None and table.encoding == "utf-8"
    assert list(table.frame.columns) == ["line_no", *RAW_FIELDS]
    assert table.frame["line_no"].tolist() == [2, 3] and table.frame["line_no"].dtype == "int64"
    # Blanks before a cell are the one thing that is not kept (a blank before a quotation mark breaks CSV).
    assert table.frame["trim"].tolist() == ["XL &amp; T ", "XLT"]
    assert table.frame["price"].tolist() == ["$31,985", "31985"]
    assert [row.split(",")[0] for row in table.frame["vehicle_url"]] == [
        "https://www.example.com/used/0",
        " https://x.example/a",
    ]
    assert table.rows_read == 2 and table.rejects.empty


def test_the_scrapers_layout_fills_the_same_fields_and_keeps_its_own_columns() -> None:
    table = read_scrape(file(car(0, type="certified"), car(1), header=SCRAPER), "b.csv")
    assert table.layout == "scraper"
    assert list(table.frame.columns) == [
        "line_no",
        *RAW_FIELDS,
        "mileage",
        "interior_color",
        "transmission",
        "scraped_at",
    ]
    first = table.frame.iloc[0]
    assert (first["type"], first["stock"], first["ext_color"]) == ("certified", "T00000", "Oxford White")
    assert (first["location"], first["vehicle_url"]) == ("Suntrup Ford West", "https://www.example.com/used/0")
    assert first["scraped_at"] == "2025-03-13T02:46:31.091709" and first["mileage"] == "41000"
    assert (table.frame[["status", "body_style", "date_in_stock", "country"]] == "").all(axis=None)


@given(st.permutations(list(COMPLETE_DATA)))
@settings(max_examples=25)
def test_the_order_of_the_columns_changes_nothing(fields: list[str]) -> None:
    shuffled = {field: COMPLETE_DATA[field] for field in fields}
    usual, other = (read_scrape(file(car(0), car(1), header=header), "a.csv") for header in (COMPLETE_DATA, shuffled))
    pd.testing.assert_frame_equal(usual.frame, other.frame)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_and_line_ends_change_nothing(encoding: str, end: str) -> None:
    text = end.join([*lines(car(0, trim="AMG® Café"), car(1), car(2)), ""])
    table = read_scrape(text.encode(encoding), "a.csv")
    assert table.encoding == encoding
    assert table.frame["vin"].tolist() == list(VINS[:3]) and table.frame["line_no"].tolist() == [2, 3, 4]
    assert table.frame["trim"][0] == "AMG® Café"


def test_a_line_about_the_export_may_stand_before_the_header() -> None:
    table = read_scrape(as_bytes([",,,,2025-07-08,10:41:10,,", *lines(car(0), car(1))]), "a.csv")
    assert table.metadata == ",,,,2025-07-08,10:41:10,,"
    assert table.frame["line_no"].tolist() == [3, 4]


def test_lines_are_those_of_the_file_with_blank_lines_and_line_ends_in_cells() -> None:
    header, *rows = lines(car(0, trim="two\nlines"), car(1, trim="three\n\nlines"), car(2))
    table = read_scrape(as_bytes(["", header, "", *rows[:2], "", rows[2]]), "a.csv")
    assert table.frame["line_no"].tolist() == [4, 6, 10]
    assert table.frame["trim"].tolist() == ["two\nlines", "three\n\nlines", "XLT"]


def test_blank_lines_are_no_rows_but_a_row_of_empty_cells_is() -> None:
    table = read_scrape(as_bytes([*lines(car(0)), "", "   ", "," * 20]), "a.csv")
    assert table.rows_read == 2 and table.frame["line_no"].tolist() == [2, 5]


def test_a_row_of_another_width_is_rejected_with_its_line_and_all_its_cells() -> None:
    header, first, second = lines(car(0), car(1))
    table = read_scrape(as_bytes([header, first, f"{second},surplus", "only,two"]), "a.csv")
    assert table.frame["vin"].tolist() == [VINS[0]]
    long, short = table.rejects.to_dict("records")
    assert list(long) == list(REJECT_COLUMNS)
    assert (long["line_no"], long["code"], long["column"]) == (3, "field_count", None)
    assert "22 cells, the header has 21" in long["detail"]
    assert long["raw"]["vin"] == VINS[1] and long["raw"]["(column 22)"] == "surplus"
    assert short["line_no"] == 4 and short["raw"] == {"vin": "only", "stock": "two"}
    assert table.rows_read == 3


def test_equal_cells_are_one_object_so_that_a_large_file_stays_small() -> None:
    table = read_scrape(file(*[car(number % 5) for number in range(20)]), "a.csv")
    assert len({id(text) for text in table.frame["location"]}) == 1


def test_a_file_of_many_thousand_rows_keeps_their_order_and_lines() -> None:
    header, row = lines(car(0))
    count = 9_000
    table = read_scrape(as_bytes([header, *(row.replace("T00000", f"T{number}") for number in range(count))]), "a.csv")
    assert table.frame["stock"].tolist() == [f"T{number}" for number in range(count)]
    assert table.frame["line_no"].tolist() == list(range(2, count + 2))
    assert set(table.frame["vin"]) == {VINS[0]}


def test_the_message_names_file_line_and_column_and_says_what_to_do() -> None:
    with pytest.raises(ScrapeFileError) as error:
        read_scrape(file(car(0), header=COMPLETE_DATA | {"msrp": "Price"}), "today.csv")
    assert str(error.value) == (
        'today.csv, line 1, column 13: the header names "Price" twice (columns 10 and 13). Remove one. '
        "Nothing of this file was loaded."
    )
    assert error.value.file_name == "today.csv"


def test_an_empty_frame_of_rejects_has_the_columns_and_types_of_a_full_one() -> None:
    empty = rejects_frame([])
    full = rejects_frame([dict.fromkeys(REJECT_COLUMNS, None) | {"line_no": 1}])
    assert list(empty.columns) == list(REJECT_COLUMNS) and empty.empty
    assert empty.dtypes.equals(full.dtypes)


@settings(max_examples=60)
@given(st.lists(st.lists(CELL, min_size=21, max_size=21), min_size=1, max_size=4))
def test_whatever_a_csv_writer_wrote_is_read_back_cell_by_cell(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([list(COMPLETE_DATA.values()), *rows])
    table = read_scrape(out.getvalue().encode(), "a.csv")
    assert table.frame[list(RAW_FIELDS)].to_numpy().tolist() == rows
    assert table.rejects.empty
