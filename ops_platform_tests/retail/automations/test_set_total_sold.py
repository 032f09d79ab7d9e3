from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.automation import Catalogue, Items, Plan, ProductMap, Sales
from ops_platform.retail.automations.set_total_sold import AUTOMATION
from ops_platform.settings_retail import RetailSettings
from ops_platform_tests.retail.store import (
    AS_OF,
    TODAY,
    applied,
    bound,
    catalogue,
    items,
    noted,
    planned,
    product_map,
    reasons,
    row,
    sales,
    same_plan,
    shuffled,
    wanted,
)
from ops_platform_tests.retail.store_strategies import stores


def store(
    *rows: Any, sold: dict[str, tuple[Any, Any]], mapped: Any, products: list[Any] | None = None
) -> dict[str, pd.DataFrame]:
    ids = sorted(set(mapped.values())) if products is None else products
    return {
        "items": items(*rows),
        "sales": sales(sold),
        "product_map": product_map(mapped),
        "catalogue": catalogue(*ids),
    }


def plan(inputs: dict[str, pd.DataFrame], **rules: Any) -> Plan:
    return planned(AUTOMATION, inputs, total_sold=rules)


def test_it_asks_for_all_that_was_ever_sold_in_any_store_up_to_today() -> None:
    assert AUTOMATION.needs(RetailSettings(), AS_OF) == {
        "items": Items(),
        "sales": Sales(start=None, end=TODAY, stores=()),
        "product_map": ProductMap(),
        "catalogue": Catalogue(),
    }


def test_the_first_day_and_the_stores_can_be_set() -> None:
    rules = RetailSettings.model_validate({"total_sold": {"since": "2020-01-01", "stores": ["1"]}})
    assert AUTOMATION.needs(rules, AS_OF)["sales"] == Sales(date(2020, 1, 1), TODAY, ("1",))


def test_an_unbound_item_counts_for_its_product() -> None:
    found = plan(store("A", sold={"A": (31, 400)}, mapped={"A": 7}))
    assert wanted(found) == {"7": 31}
    assert reasons(found) == {"7": "31 sold less returned since the start"}
    assert found.changes[["target", "field", "label"]].to_numpy().tolist() == [
        ["bigcommerce", "total_sold", "Product 7"]
    ]


def test_the_children_of_a_bound_product_are_added_up_for_its_parent() -> None:
    """The owner's example: 3, 4 and 5 sold, one returned: 11."""
    children = bound("B0001", "C1", "C2", "C3", parent="P")
    inputs = store(*children, sold={"C1": (3, 30), "C2": (4, 40), "C3": (4, 40)}, mapped={"B0001": 7})
    found = plan(inputs)
    assert wanted(found) == {"7": 11}
    assert reasons(found) == {"7": "11 sold less returned since the start, 4 items together"}


def test_a_parents_own_sales_count_once() -> None:
    inputs = store(*bound("B0001", "C1", parent="P"), sold={"P": (2, 20), "C1": (3, 30)}, mapped={"B0001": 7, "P": 7})
    assert wanted(plan(inputs)) == {"7": 5}


def test_a_product_that_came_back_more_often_than_it_was_sold_shows_zero() -> None:
    inputs = store("A", sold={"A": (-2, -20)}, mapped={"A": 7}, products=[row(7, total_sold=3)])
    assert wanted(plan(inputs)) == {"7": 0}


def test_a_childs_returns_count_against_its_siblings() -> None:
    inputs = store(*bound("B0001", "C1", "C2", parent="P"), sold={"C1": (5, 1), "C2": (-2, 1)}, mapped={"B0001": 7})
    assert wanted(plan(inputs)) == {"7": 3}


@pytest.mark.parametrize(("units", "shown"), [("2.5", 3), ("2.4999", 2), ("0.5", 1), ("1.5", 2), ("-0.5", 0)])
def test_half_a_yard_of_mulch_rounds_up(units: str, shown: int) -> None:
    found = plan(store("A", sold={"A": (units, 1)}, mapped={"A": 7}, products=[row(7, total_sold=99)]))
    assert wanted(found) == {"7": shown}


def test_halves_of_children_are_added_before_they_are_rounded() -> None:
    halves = {"C1": ("0.5", 1), "C2": ("0.5", 1)}
    assert wanted(plan(store(*bound("B0001", "C1", "C2", parent="P"), sold=halves, mapped={"B0001": 7}))) == {"7": 1}


def test_a_product_that_was_never_sold_shows_zero_whatever_the_web_shop_counted() -> None:
    found = plan(store("A", sold={}, mapped={"A": 7}, products=[row(7, total_sold=3)]))
    assert wanted(found) == {"7": 0}
    assert reasons(found) == {"7": "nothing sold less returned since the start"}


def test_the_number_replaces_the_web_shops_count_and_is_not_added_to_it() -> None:
    inputs = store("A", sold={"A": (31, 400)}, mapped={"A": 7}, products=[row(7, total_sold=30)])
    assert wanted(plan(inputs)) == {"7": 31}


def test_a_product_whose_number_stands_is_not_written() -> None:
    inputs = store("A", sold={"A": ("31.0000", 400)}, mapped={"A": 7}, products=[row(7, total_sold=31)])
    assert plan(inputs).changes.empty


def test_only_what_differs_is_written() -> None:
    """The owner's example: of many products 23 changed, so 23 are sent (in tens, which is the web shop's business)."""
    numbers = [f"{10000 + place}" for place in range(100)]
    mapped = {number: place + 1 for place, number in enumerate(numbers)}
    inputs = store(
        *numbers,
        sold=dict.fromkeys(numbers, (5, 50)),
        mapped=mapped,
        products=[row(product_id, total_sold=4 if product_id <= 23 else 5) for product_id in mapped.values()],
    )
    assert sorted(map(int, wanted(plan(inputs)))) == list(range(1, 24))


def test_items_that_are_not_on_the_web_but_are_products_count_as_well() -> None:
    inputs = store(row("A", is_web_item=False, status="V"), sold={"A": (2, 20)}, mapped={"A": 7})
    assert wanted(plan(inputs)) == {"7": 2}


def test_sales_under_an_old_number_that_the_mapping_knows_count_for_the_product() -> None:
    found = plan(store("A", sold={"A": (2, 20), "OLD": (3, 30)}, mapped={"A": 7, "OLD": 7}))
    assert wanted(found) == {"7": 5}
    assert found.notes.empty


def test_two_items_that_are_one_product_count_together_and_are_noted() -> None:
    found = plan(store("A", "B", sold={"A": (2, 20), "B": (3, 30)}, mapped={"A": 7, "B": 7}))
    assert wanted(found) == {"7": 5}
    assert noted(found) == {("shared_product", "7")}


def test_what_cannot_be_matched_is_noted_and_the_others_go_on() -> None:
    children = bound("B0001", "C1", parent="P")
    inputs = store(
        "A", "GONE", "LOST", *children,
        sold={"A": (2, 20), "GONE": (1, 1), "LOST": (1, 1), "C1": (1, 1), "OLD": (1, 1)},
        mapped={"A": 7, "GONE": 8},
        products=[7, 9],
    )  # fmt: skip
    found = plan(inputs)
    assert wanted(found) == {"7": 2}
    assert noted(found) == {
        ("product_gone", "GONE"),
        ("unmatched_item", "LOST"),
        ("unmatched_item", "B0001"),
        ("unknown_item", "OLD"),
        ("product_without_item", "9"),
    }
    assert found.figures == {"products": 1, "units": 2, "never_sold": 0, "unmatched": 3}


def test_a_product_without_items_keeps_its_number() -> None:
    inputs = store("A", sold={}, mapped={"A": 7, "OLD": 9}, products=[7, row(8, total_sold=4), row(9, total_sold=5)])
    assert plan(inputs).changes.empty


def test_a_bound_product_whose_parent_row_is_missing_counts_all_the_same() -> None:
    inputs = store(*bound("B0001", "C1", "C2", parent=None), sold={"C1": (3, 1), "C2": (4, 1)}, mapped={"B0001": 7})
    found = plan(inputs)
    assert wanted(found) == {"7": 7}
    assert reasons(found) == {"7": "7 sold less returned since the start, 2 items together"}
    assert found.notes.empty


def test_a_bound_product_with_two_parent_rows_counts_and_is_noted() -> None:
    children = bound("B0001", row("P2", is_parent=True), parent="P1")
    found = plan(store(*children, sold={"P1": (1, 1), "P2": (1, 1)}, mapped={"B0001": 7}))
    assert (wanted(found), noted(found)) == ({"7": 2}, {("several_parents", "B0001")})


def test_the_reason_tells_since_when_sales_count() -> None:
    found = plan(store("A", sold={"A": (1, 1)}, mapped={"A": 7}), since="2020-01-01")
    assert reasons(found) == {"7": "1 sold less returned since 2020-01-01"}


def test_a_history_that_is_missing_does_not_set_the_whole_shop_to_zero_unasked() -> None:
    numbers = [f"{10000 + place}" for place in range(30)]
    mapped = {number: place + 1 for place, number in enumerate(numbers)}
    products = [row(product_id, total_sold=5) for product_id in mapped.values()]
    inputs = store(*numbers, sold={}, mapped=mapped, products=products)
    found = plan(inputs)
    assert found.held is not None
    assert found.held.startswith("30 of 30 products would change, more than 50%")
    assert plan(inputs, max_share=1.0).held is None


def test_an_empty_store_plans_nothing() -> None:
    found = plan(store(sold={}, mapped={}))
    assert (len(found.changes), found.considered, found.held, len(found.notes)) == (0, 0, None, 0)


@settings(deadline=None, max_examples=60)
@given(stores(), st.integers(0, 9))
def test_a_second_run_changes_nothing_and_the_order_of_rows_does_not_matter(
    inputs: dict[str, pd.DataFrame], seed: int
) -> None:
    found = plan(inputs)
    assert plan(applied(inputs, found.changes)).changes.empty
    assert same_plan(found, plan(shuffled(inputs, seed)))
    assert all(type(new) is int and new >= 0 for new in found.changes["new"])
