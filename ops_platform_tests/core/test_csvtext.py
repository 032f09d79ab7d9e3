from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core.csvtext import (
    cell_text,
    column_texts,
    csv_text,
    harmless_in_spreadsheet,
    number_text,
    one_line,
)

printable = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]))
tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(printable, min_size=width, max_size=width), min_size=1, max_size=6)
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (65000, "65000"),
        (65000.0, "65000"),
        (65000.5, "65000.50"),
        (65000.05, "65000.05"),
        (0, "0"),
        (-5.5, "-5.50"),
        (0.999, "1"),
        (2023, "2023"),
        (Decimal("65000.00"), "65000"),
        (Decimal("754880.10"), "754880.10"),
        (np.float64(12.5), "12.50"),
        (np.int64(7), "7"),
        (None, ""),
        (float("nan"), ""),
        (float("inf"), ""),
        (Decimal("NaN"), ""),
        (pd.NA, ""),
    ],
)
def test_a_number_has_one_text_form(number: object, text: str) -> None:
    assert number_text(number) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("X5", "X5"),
        ("", ""),
        (None, ""),
        (pd.NaT, ""),
        (date(2025, 3, 13), "2025-03-13"),
        (datetime(2025, 3, 13, 8, 30, tzinfo=UTC), "2025-03-13"),
        (65000.0, "65000"),
    ],
)
def test_a_cell_has_one_text_form(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_a_column_of_integers_with_gaps_has_no_decimal_points() -> None:
    assert column_texts(pd.Series([2023, None], dtype="Int64")) == ["2023", ""]


@given(tables)
def test_what_csv_reader_reads_is_what_was_written(rows: list[list[str]]) -> None:
    text = csv_text(rows[0], rows[1:])
    assert list(csv.reader(io.StringIO(text, newline=""))) == rows


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2), max_size=6))
def test_a_record_is_always_one_line(rows: list[list[str]]) -> None:
    text = csv_text(["a", "b"], rows)
    assert len(text.splitlines()) == len(rows) + 1
    assert len(list(csv.reader(io.StringIO(text, newline="")))) == len(rows) + 1


def test_lines_end_with_a_line_feed_and_cells_are_quoted_only_when_they_must_be() -> None:
    assert csv_text(["a", "b"], [["x y", 'say "hi", you']]) == 'a,b\nx y,"say ""hi"", you"\n'


def test_line_breaks_inside_a_cell_become_one_blank() -> None:
    assert one_line("a\r\nb\u2028c\x00d") == "a b c d"


def test_a_row_of_the_wrong_width_is_refused() -> None:
    with pytest.raises(ValueError, match="row 2 has 1 cells, the header has 2"):
        csv_text(["a", "b"], [["1", "2"], ["3"]])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_a_formula_is_harmless_in_a_sheet_for_people_and_unchanged_for_machines(start: str) -> None:
    cell = f"{start}cmd|'/c calc'!A1"
    assert harmless_in_spreadsheet(cell) == f"'{cell}"
    (people,) = csv.reader(io.StringIO(csv_text(None, [[cell]], for_people=True), newline=""))
    (machine,) = csv.reader(io.StringIO(csv_text(None, [[cell]]), newline=""))
    assert people[0].startswith("'")
    assert machine[0] == one_line(cell)


def test_ordinary_text_is_not_changed_for_people() -> None:
    assert csv_text(["VIN", "Price"], [["1GK-X", "65000"]], for_people=True) == "VIN,Price\n1GK-X,65000\n"
