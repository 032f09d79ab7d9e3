"""From a competitor's page to typed rows, and what changed between two lists."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.retail.notes import CODES
from ops_platform.retail.price_changes import KINDS, changes_sheet, compare, counts
from ops_platform.retail.scraping import COLUMNS, LayoutError, cents, read_pages, shrank
from ops_platform.settings_retail_outside import SiteSettings

HEADER = ("Name", "Available", "Size", "Price")
FIVE = [
    ("Acer", "1,200", "1 gal", "$1,234.50"),
    ("Buxus", "0", "3 gal", "call"),
    ("Hosta", "12", "1 gal", "$9"),
    ("Ilex", "sold out", "1 gal", "$10 - $12"),
    ("Rosa", "n/a", "1 gal", ""),
]


def page(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> str:
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table id=list><tr>{''.join(f'<th>{name}</th>' for name in header)}</tr>{lines}</table>"


def site(**values: Any) -> SiteSettings:
    return SiteSettings(**{"url": "https://grower.example/list", "table": "#list", **values})


def read(*pages: str, **values: Any) -> Any:
    return read_pages("grower", pages, site(**values))


def codes(found: Any) -> list[str]:
    assert {row["code"] for row in found.notes} <= set(CODES)
    assert {row["key"] for row in found.notes} <= {"grower"}
    return [row["code"] for row in found.notes]


def test_a_table_of_five_is_five_typed_rows() -> None:
    found = read(page(FIVE))
    assert list(found.rows.columns) == COLUMNS
    typed = [tuple(row) for row in found.rows[["name", "size", "available", "price"]].itertuples(index=False)]
    assert typed == [
        ("Acer", "1 gal", 1200, Decimal("1234.50")),
        ("Buxus", "3 gal", 0, None),
        ("Hosta", "1 gal", 12, Decimal(9)),
        ("Ilex", "1 gal", 0, None),
        ("Rosa", "1 gal", None, None),
    ]
    assert found.rows["price_raw"].tolist() == ["$1,234.50", "call", "$9", "$10 - $12", ""]
    assert found.rows["available_raw"].tolist() == ["1,200", "0", "12", "sold out", "n/a"]
    assert codes(found) == ["unread_number"]


def test_columns_may_stand_in_any_order_and_be_written_in_any_case() -> None:
    found = read(page([("$5", "x", "Acer", "3", "1 gal")], ("PRICE ", "Code", "name", " Available", "size")))
    assert found.rows.iloc[0][["name", "available", "price"]].tolist() == ["Acer", 3, Decimal(5)]


def test_a_renamed_column_is_an_error_that_names_it() -> None:
    with pytest.raises(LayoutError, match=r"the column 'Price' is not in the table.*Size, Your cost. Is 'Price' now"):
        read(page(FIVE, (*HEADER[:3], "Your cost")))


def test_several_missing_columns_are_all_named() -> None:
    with pytest.raises(LayoutError, match="the columns 'Size' and 'Price' are not in") as told:
        read(page([], ("Name", "Available")))
    assert told.value.code == "missing_column"


def test_a_column_that_is_there_twice_is_no_guess() -> None:
    with pytest.raises(LayoutError, match="more than once") as told:
        read(page(FIVE, ("Name", "Price", "Size", "Price")), columns={"name": "Name", "price": "Price", "size": "Size"})
    assert told.value.code == "ambiguous_column"


@pytest.mark.parametrize("content", ["", "<p>The list is being brought up to date.</p>", "<table id=list></table>"])
def test_a_page_without_the_table_is_an_error_and_no_empty_list(content: str) -> None:
    with pytest.raises(LayoutError, match="no table '#list'") as told:
        read(content)
    assert told.value.code == "no_table"


def test_the_second_page_is_named_when_it_is_the_wrong_one() -> None:
    with pytest.raises(LayoutError, match="page 2"):
        read(page(FIVE), page(FIVE, ("Name", "Available", "Size", "Cost")))


TALK = ("Prices are net.", "", "", "")


def test_pages_are_one_list_and_talk_on_the_first_costs_the_others_no_plant() -> None:
    found = read(page([TALK, TALK, *FIVE[:2]]), page(FIVE[2:4]), page(FIVE[4:]), drop_rows=2)
    assert found.rows["name"].tolist() == ["Acer", "Buxus", "Hosta", "Ilex", "Rosa"]
    assert codes(found) == codes(read(page(FIVE)))


def test_talk_that_is_said_again_on_every_page_is_dropped_from_each() -> None:
    pages = [page([TALK, *FIVE[:2]]), page([TALK, *FIVE[2:]])]
    found = read(*pages, drop_rows=1, drop_rows_on="each_page")
    assert found.rows["name"].tolist() == ["Acer", "Buxus", "Hosta", "Ilex", "Rosa"]


def test_a_dropped_row_that_is_a_plant_is_told() -> None:
    found = read(page(FIVE), drop_rows=1)
    assert found.rows["name"].tolist() == ["Buxus", "Hosta", "Ilex", "Rosa"]
    assert codes(found)[0] == "dropped_row"


def test_the_name_of_a_group_and_a_row_without_a_name_are_told_and_no_plants() -> None:
    found = read(page([("Trees",), FIVE[0], ("", "3", "1 gal", "$5"), ("", "", "", "")]))
    assert found.rows["name"].tolist() == ["Acer"]
    assert codes(found) == ["skipped_row", "skipped_row"]


def test_two_rows_of_one_name_are_both_kept_and_told() -> None:
    found = read(page([FIVE[0], ("ACER", "1", "1  gal", "$2")]))
    assert found.rows["key"].tolist() == ["acer | 1 gal", "acer | 1 gal | 2"]
    assert codes(found) == ["scraped_twice"]


def test_a_site_without_sizes_and_stock_has_a_name_and_a_price() -> None:
    found = read(page([("Acer", "$5")], ("Plant", "Net")), columns={"name": "Plant", "price": "Net"}, key=("name",))
    assert found.rows.iloc[0].tolist() == ["acer", "Acer", None, None, None, Decimal(5), "$5"]


@pytest.mark.parametrize(
    ("rows", "before", "held"),
    [(0, None, True), (0, 10, True), (4, 10, True), (5, 10, False), (1, None, False), (20, 10, False)],
)
def test_a_list_is_held_when_it_is_empty_or_has_lost_half_of_its_rows(
    rows: int, before: int | None, held: bool
) -> None:
    assert (shrank(rows, before, 0.5) is not None) == held


def test_an_empty_list_is_held_even_if_any_share_is_allowed() -> None:
    assert shrank(0, 10, 0.0) is not None
    assert shrank(1, 10, 0.0) is None


# -- what changed


def listed(**prices: str | None) -> pd.DataFrame:
    rows = [(name, "9", "1 gal", "call" if price is None else f"${price}") for name, price in prices.items()]
    return read(page(rows)).rows


def told(before: pd.DataFrame, now: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(compare(before, now)[["name", "kind", "change", "percent"]].itertuples(index=False, name=None))


def test_new_gone_dearer_cheaper_and_prices_that_come_and_go_are_told() -> None:
    before = listed(same="5", up="10", down="10", hidden="3", gone="7", shown=None)
    now = listed(same="5.00", up="12.5", down="9", hidden=None, shown="4", new="1")
    assert told(before, now) == [
        ("up", "up", Decimal("2.5"), Decimal("25.0")),
        ("down", "down", Decimal(-1), Decimal("-10.0")),
        ("shown", "price_shown", None, None),
        ("hidden", "price_hidden", None, None),
        ("new", "new", None, None),
        ("gone", "gone", None, None),
    ]
    assert counts(compare(before, now)) == dict.fromkeys(KINDS, 1)


def test_the_largest_change_comes_first() -> None:
    assert [row[0] for row in told(listed(a="10", b="10", c="10"), listed(a="11", b="15", c="12"))] == ["b", "c", "a"]


def test_a_price_that_was_nothing_has_no_percent() -> None:
    assert told(listed(a="0"), listed(a="5")) == [("a", "up", Decimal(5), None)]


def test_the_sheet_keeps_falls_as_numbers_and_names_as_text() -> None:
    before, now = listed(Acer="10"), listed(Acer="9")
    before["name"] = now["name"] = "=cmd|x"
    sheet = changes_sheet(compare(before, now)).splitlines()
    assert sheet[1] == "cheaper,'=cmd|x,1 gal,10.00,9.00,-1.00,-10.0,9"


@pytest.mark.parametrize(
    ("amount", "text"), [("9", "9.00"), ("9.5000", "9.50"), ("0.125", "0.125"), ("1E+2", "100.00")]
)
def test_a_price_is_written_with_two_decimals_or_as_many_as_it_has(amount: str, text: str) -> None:
    assert cents(Decimal(amount)) == text


PRICES = st.dictionaries(
    st.sampled_from("abcdefgh"), st.none() | st.decimals(0, 999, places=2, allow_nan=False), max_size=8
)


@given(PRICES, PRICES)
def test_every_difference_is_told_once_and_the_way_back_is_its_mirror(old: dict[str, Any], new: dict[str, Any]) -> None:
    def frame(prices: dict[str, Any]) -> pd.DataFrame:
        rows = [(name, name, None, None, None, price, "") for name, price in prices.items()]
        return pd.DataFrame(rows, columns=COLUMNS, dtype=object)

    there = compare(frame(old), frame(new))
    back = compare(frame(new), frame(old))
    differing = {name for name in {**old, **new} if name not in old or name not in new or old[name] != new[name]}
    assert sorted(there["key"]) == sorted(differing)
    mirror = {"up": "down", "down": "up", "new": "gone", "gone": "new"}
    mirror |= {"price_shown": "price_hidden", "price_hidden": "price_shown"}
    assert {row["key"]: mirror[row["kind"]] for row in there.to_dict("records")} == dict(
        zip(back["key"], back["kind"], strict=True)
    )
