from __future__ import annotations

import csv
import io
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.upload_inventory import AUTOMATION, file_names
from ops_platform.settings_retail import InventoryUploadSettings
from ops_platform_tests.retail.store import bound, items, noted, planned, published, row, shuffled, stock
from ops_platform_tests.retail.store_strategies import stores


def plan(available: dict[str, Any], *rows: Any, last: pd.DataFrame | None = None, **rules: Any) -> Plan:
    inputs = {
        "items": items(*(rows or available)),
        "stock": stock(available),
        "published": published() if last is None else last,
    }
    return planned(AUTOMATION, inputs, inventory_upload=rules)


def lines(found: Plan, name: str = "availability.csv") -> list[list[str]]:
    [file] = [file for file in found.files if file.name == name]
    read = list(csv.reader(io.StringIO(file.content.decode())))
    assert len(read) >= file.rows
    return read


def listed(found: Plan, name: str = "availability.csv") -> list[str]:
    return [line[0] for line in lines(found, name)]


def test_active_items_with_none_left_are_listed_and_below_that_or_inactive_ones_not() -> None:
    available = {"A": 5, "B": 0, "C": -1, "D": 9}
    rows = ("A", "B", "C", row("D", status="V"))
    assert listed(plan(available, *rows)) == ["A", "B"]
    assert listed(plan(available, *rows, min_available=1)) == ["A"]


def test_a_line_is_number_description_price_and_whole_pieces_without_a_header() -> None:
    found = plan({"A": "5.9"}, row("A", long_descr="Fern, 1 gal", price="14.5"))
    assert found.files[0].content == b'A,"Fern, 1 gal",14.50,5\n'


def test_lines_are_in_the_order_of_their_descriptions() -> None:
    rows = (row("A", long_descr="Zinnia"), row("B", long_descr="Aster"), row("C", long_descr="aster"))
    assert listed(plan({"A": 1, "B": 1, "C": 1}, *rows)) == ["B", "C", "A"]


def test_the_trade_sees_its_categories_with_the_regular_price() -> None:
    rows = (row("A", category="TREES", regular_price="9.999", long_descr="Oak"), row("B", category="POTTERY"))
    assert lines(plan({"A": 2, "B": 2}, *rows), "commercial.csv") == [["A", "Oak", "10.00", "2", "TREES"]]


def test_without_trade_categories_there_is_no_list_for_the_trade() -> None:
    found = plan({"A": 1}, wholesale_categories=[])
    assert [file.name for file in found.files] == ["availability.csv"]
    assert found.held is None


def test_an_item_without_a_price_is_left_out_and_noted() -> None:
    found = plan({"A": 1, "B": 1}, row("A", price=None), row("B"), wholesale_categories=[])
    assert listed(found) == ["B"]
    assert noted(found) == {("no_price", "A")}


def test_an_item_without_a_description_shows_its_short_one() -> None:
    assert lines(plan({"A": 1}, row("A", long_descr=None, descr="Fern")))[0][1] == "Fern"


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "@cmd", "-2"])
def test_a_description_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    assert lines(plan({"A": 1}, row("A", long_descr=text)))[0][1] == f"'{text}"


def test_stock_less_its_buffer_is_shown_where_the_store_wants_it() -> None:
    kept = row("A", stock_buffer=3)
    assert lines(plan({"A": 5}, kept))[0][3] == "5"
    assert lines(plan({"A": 5}, kept, use_buffer=True))[0][3] == "2"


def test_what_the_buffer_keeps_back_wholly_is_sold_out_where_sold_out_items_are_left_out() -> None:
    rows = (row("A", stock_buffer=5), row("B", stock_buffer=4))
    assert listed(plan({"A": 5, "B": 5}, *rows, use_buffer=True, min_available=1)) == ["B"]
    assert listed(plan({"A": 5, "B": 5, "C": -1}, *rows, "C", use_buffer=True)) == ["A", "B"]


def test_a_header_and_a_json_twin_can_be_had() -> None:
    found = plan({"A": 1}, row("A", long_descr="Fern"), header=True, json_twin=True, wholesale_categories=[])
    assert lines(found)[0] == ["item_no", "long_descr", "prc_1", "qty_avail"]
    assert json.loads(found.files[1].content) == {"data": [["A", "Fern", "19.95", "1"]]}
    assert found.files[1].name == "availability.json"


def test_the_json_twin_has_the_description_as_it_is() -> None:
    """No spreadsheet opens it, and its page would show the apostrophe."""
    found = plan({"A": 1}, row("A", long_descr="+Fern 'é'"), json_twin=True)
    assert json.loads(found.files[1].content)["data"][0][1] == "+Fern 'é'"


@pytest.mark.parametrize("rules", [{}, {"json_twin": True}, {"wholesale_categories": []}])
def test_the_settings_say_which_files_there_are(rules: dict[str, Any]) -> None:
    chosen = InventoryUploadSettings.model_validate(rules)
    assert file_names(chosen) == [file.name for file in plan({"A": 1}, **rules).files]


def test_an_empty_list_is_held_back() -> None:
    assert "would be empty" in (plan({"A": -1}).held or "")


def test_a_list_half_as_long_as_the_last_one_is_held_back() -> None:
    last = published(("availability.csv", 100, "x"), ("commercial.csv", 1, "x"))
    available = {f"{number:03}": 1 for number in range(60)}
    rows = [row(number, regular_price=5) for number in available]
    assert plan(available, *rows, last=last).held is None
    few = dict(list(available.items())[:49])
    assert "49 rows, the last one had 100" in (plan(few, *rows, last=last).held or "")


def test_a_list_that_would_give_most_goods_away_is_held_back() -> None:
    rows = [row(f"{number}", price=int(number > 1)) for number in range(3)]
    available = {"0": 1, "1": 1, "2": 1}
    assert "2 of 3 items for nothing" in (plan(available, *rows, wholesale_categories=[]).held or "")
    assert plan(available, *rows[1:], wholesale_categories=[]).held is None


def test_an_item_without_a_row_of_stock_is_left_out_and_noted() -> None:
    found = plan({"A": 1}, "A", "B", wholesale_categories=[])
    assert listed(found) == ["A"]
    assert noted(found) == {("no_stock_row", "B")}


def test_parent_rows_are_no_goods() -> None:
    assert listed(plan({"P": 1, "S": 1}, *bound("B0001", "S", parent="P"))) == ["S"]
    assert listed(plan({"P": 1}, row("P", is_parent=True))) == ["P"]  # one without a product


@settings(max_examples=50, deadline=None)
@given(stores())
def test_the_same_store_gives_the_same_bytes_in_any_order_of_rows(inputs: dict[str, pd.DataFrame]) -> None:
    inputs = {**inputs, "published": published()}
    files = planned(AUTOMATION, inputs).files
    assert files == planned(AUTOMATION, shuffled(inputs, 3)).files
    assert all(len(line) == 4 for line in csv.reader(io.StringIO(files[0].content.decode())))
