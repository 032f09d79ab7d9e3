from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.set_inactive_products import AUTOMATION, status_log, status_log_name
from ops_platform_tests.retail.store import (
    AS_OF,
    applied,
    bound,
    items,
    noted,
    open_documents,
    own,
    planned,
    reasons,
    row,
    stock,
    wanted,
)
from ops_platform_tests.retail.store_strategies import stores


def plan(
    available: dict[str, Any],
    *rows: Any,
    ordered: tuple[str, ...] = (),
    on_order: dict[str, Any] | None = None,
    mine: pd.DataFrame | None = None,
    **rules: Any,
) -> Plan:
    inputs = {"items": items(*(rows or available)), "stock": stock(available, on_order)}
    if mine is not None:
        inputs["own"] = mine
    if ordered:
        inputs["open_documents"] = open_documents(*ordered)
    return planned(AUTOMATION, inputs, inactive_products=rules)


@pytest.mark.parametrize(("available", "becomes"), [("0.5", "V"), (0, "V"), (-3, "V"), (1, None), ("1.5", None)])
def test_less_than_one_available_makes_an_item_inactive(available: Any, becomes: str | None) -> None:
    assert wanted(plan({"A": available})).get("A") == becomes


def test_services_stay() -> None:
    assert wanted(plan({"A": 0}, row("A", category="SERVICES"))) == {}


def test_a_vendors_own_rack_stays_by_its_description() -> None:
    rows = (row("A", long_descr="Bonnie tomato"), row("B", long_descr="Tomato"))
    assert wanted(plan({"A": 0, "B": 0}, *rows, exclude_description=["bonnie"])) == {"B": "V"}


@pytest.mark.parametrize("kind", [{"tracks_stock": False}, {"item_type": "N"}])
def test_what_has_no_stock_to_track_stays_unless_the_store_wants_otherwise(kind: dict[str, Any]) -> None:
    assert wanted(plan({"A": 0}, row("A", **kind))) == {}
    assert wanted(plan({"A": 0}, row("A", **kind), exclude_non_inventory=False)) == {"A": "V"}


def test_an_item_without_a_row_of_stock_is_unknown_and_stays() -> None:
    found = plan({}, row("A"))
    assert wanted(found) == {}
    assert noted(found) == {("no_stock_row", "A")}


def test_the_parent_row_of_a_bound_product_stays() -> None:
    assert wanted(plan({"S": 0, "P": 0}, *bound("B0001", "S", parent="P"))) == {"S": "V"}


def test_items_on_open_orders_stay_where_the_store_wants_it() -> None:
    rules: dict[str, Any] = {"exclude_on_open_documents": True}
    assert wanted(plan({"A": 0, "B": 0}, ordered=("A",), **rules)) == {"B": "V"}


def test_always_online_protects_only_where_the_store_wants_it() -> None:
    kept = row("A", always_online="Y")
    assert wanted(plan({"A": 0}, kept)) == {"A": "V"}
    assert wanted(plan({"A": 0}, kept, protect_always_online=True)) == {}


def test_an_inactive_item_in_stock_is_noted_and_not_made_active() -> None:
    found = plan({"A": 4}, row("A", status="V"))
    assert wanted(found) == {}
    assert noted(found) == {("inactive_with_stock", "A")}


def test_a_parent_row_that_lost_its_binding_is_an_item_like_any_other() -> None:
    assert wanted(plan({"A": 0}, row("A", is_parent=True))) == {"A": "V"}


def test_what_it_made_inactive_itself_comes_back_where_the_store_wants_it() -> None:
    rows = (row("OURS", status="V"), row("STAFFS", status="V"), row("GONE", status="V"), row("SOLD", status="V"))
    available = {"OURS": 1, "STAFFS": 4, "GONE": 4, "SOLD": "0.5"}
    mine = own({"OURS": "V", "SOLD": "V", "GONE": "A"})  # GONE came back once, and somebody took it off the shelves
    found = plan(available, *rows, mine=mine, reactivate=True)
    assert wanted(found) == {"OURS": "A"}
    assert reasons(found) == {"OURS": "1 available"}
    assert noted(found) == {("inactive_with_stock", "STAFFS"), ("inactive_with_stock", "GONE")}
    assert wanted(plan(available, *rows)) == {}


def test_too_many_coming_back_at_once_wait_for_a_person() -> None:
    numbers = [f"{number:03}" for number in range(60)]
    others = [f"K{number}" for number in numbers]
    rows = [*(row(number, status="V") for number in numbers), *others]
    mine = own(dict.fromkeys(numbers, "V"))
    found = plan(dict.fromkeys([*numbers, *others], 5), *rows, mine=mine, reactivate=True)
    assert "60 of 60 active items would change" in str(found.held)


def test_an_item_that_is_on_order_goes_all_the_same_and_is_noted() -> None:
    found = plan({"A": 0, "B": 0}, on_order={"A": 12})
    assert wanted(found) == {"A": "V", "B": "V"}
    assert noted(found) == {("inactive_on_order", "A")}
    assert found.notes["detail"].tolist() == ["12 on order"]


def test_a_stock_import_that_zeroed_everything_waits_for_a_person() -> None:
    assert "60 of 60" in (plan({f"{number}": 0 for number in range(60)}).held or "")


def test_a_fifth_of_the_items_may_become_inactive_at_once() -> None:
    available = {f"{number:03}": int(number >= 20) for number in range(100)}
    found = plan(available)
    assert (len(found.changes), found.held) == (20, None)


def test_the_log_has_the_owners_columns_and_name() -> None:
    found = plan({"A": -3}, row("A", descr="=Fern"))
    assert status_log_name(AS_OF) == "inactive_products_05_14_26.csv"
    assert status_log(found.changes.to_dict("records"), AS_OF, header=True) == (
        "date,item_no,product_name,qty_avail,status\n2026-05-14 04:00:00,A,'=Fern,-3,V\n"
    )


def test_what_a_person_put_back_has_no_quantity_in_the_log() -> None:
    [row] = plan({"A": 0}).changes.to_dict("records")
    back = {**row, "old": "V", "new": "A", "reason": "batch 12 taken back by anna"}
    assert status_log([back], AS_OF, header=False) == "2026-05-14 04:00:00,A,Item A,,A\n"


@settings(max_examples=50, deadline=None)
@given(stores())
def test_a_second_run_changes_nothing(inputs: dict[str, pd.DataFrame]) -> None:
    first = planned(AUTOMATION, inputs)
    assert len(planned(AUTOMATION, applied(inputs, first.changes)).changes) == 0
    assert set(first.changes["new"]) <= {"V"}
