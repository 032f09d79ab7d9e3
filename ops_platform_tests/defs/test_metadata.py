"""Facts as the UI shows them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import PurePosixPath

import dagster as dg
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.defs.metadata import MAX_ROWS, column_schema, listing, money, percent, table

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(),
    st.lists(st.integers()),
    st.dictionaries(st.text(), st.lists(st.text())),
)


@given(st.lists(st.fixed_dictionaries({"a": VALUES, "b": VALUES}), max_size=5))
def test_any_row_of_a_query_can_be_shown(rows: list[dict[str, object]]) -> None:
    shown = table(rows, ["a", "b"])
    assert [set(record.data) for record in shown.records] == [{"a", "b"}] * len(rows)
    assert [column.name for column in shown.schema.columns] == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (float("nan"), ""),
        (pd.NaT, ""),
        (np.int64(3), 3),
        (np.float64(2.5), 2.5),
        (Decimal("12.50"), 12.5),
        (date(2026, 3, 8), "2026-03-08"),
        (datetime(2026, 3, 8, 6, 0, 1, 5, tzinfo=UTC), "2026-03-08 06:00:01+00:00"),
        (["a", 1], "a, 1"),
        ({"exclude": ["x", "y"], "min": 2}, "exclude: x, y, min: 2"),
        (PurePosixPath("a/b"), "a/b"),
        (True, True),
    ],
)
def test_each_kind_of_value_has_its_form(value: object, cell: object) -> None:
    [record] = table([{"x": value}]).records
    assert record.data["x"] == cell


def test_numbers_are_numbers_so_that_the_ui_aligns_them() -> None:
    schema = table([{"n": 1, "x": 1.5, "t": "a", "b": True}, {"n": None, "x": 2, "t": "", "b": False}]).schema
    assert {column.name: column.type for column in schema.columns} == {
        "n": "int",
        "x": "float",
        "t": "string",
        "b": "bool",
    }


def test_a_long_table_is_cut_and_says_how_much_is_missing() -> None:
    shown = table([{"n": number} for number in range(MAX_ROWS + 1234)]).records
    assert len(shown) == MAX_ROWS + 1
    assert shown[-1].data["n"] == "and 1,234 more"


def test_an_empty_table_still_shows_its_columns() -> None:
    assert [column.name for column in table([], ["file", "reason"]).schema.columns] == ["file", "reason"]


def test_small_helpers() -> None:
    assert (percent(1, 3), percent(0, 0)) == (33.33, 100.0)
    assert (money(31450.0), money(None), money(Decimal("1000000.00"))) == ("$31,450", "", "$1,000,000")
    assert listing(["a", "b"]) == "a, b"
    assert listing(list("abcdefg"), limit=2) == "a, b and 5 more"


def test_a_column_schema_holds_names_types_and_meanings() -> None:
    found = column_schema({"vin": ("varchar(17)", "the car")})["dagster/column_schema"]
    assert found == dg.TableSchema(columns=[dg.TableColumn("vin", "varchar(17)", description="the car")])
