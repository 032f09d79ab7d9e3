from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.automation import Catalogue, Items, Plan, ProductMap, Receivings, Sales, Stock
from ops_platform.retail.automations.set_sort_order import AUTOMATION
from ops_platform.settings_retail import RetailSettings
from ops_platform_tests.retail.store import (
    AS_OF,
    TODAY,
    ZONE,
    applied,
    bound,
    catalogue,
    noted,
    planned,
    reasons,
    receivings,
    row,
    sales,
    same_plan,
    selling,
    shuffled,
    stock,
    wanted,
)
from ops_platform_tests.retail.store_strategies import stores

LATELY = TODAY - timedelta(days=4)


def store(*rows: Any, sold: dict[str, Any], new: dict[str, date] | None = None, **more: Any) -> dict[str, pd.DataFrame]:
    """A store that sells, and what came in lately."""
    return {**selling(*rows, sold=sold, **more), "receivings": receivings(new or {})}


def plan(inputs: dict[str, pd.DataFrame], **rules: Any) -> Plan:
    return planned(AUTOMATION, inputs, sort_order=rules)


def till(inputs: dict[str, pd.DataFrame], **rules: Any) -> Plan:
    return plan({**inputs, "catalogue": catalogue()}, target="counterpoint", **rules)


def ladder(count: int) -> dict[str, int]:
    """Items that sold the better the lower their number."""
    return {f"{10000 + place}": 2000 - place for place in range(count)}


def test_the_owners_example() -> None:
    """A 300, B 200, C 100, F 50 but sold out, D new, E without history."""
    inputs = store(
        "A", "B", "C", "F", "D", "E",
        sold={"A": 300, "B": 200, "C": 100, "F": 50}, left={"F": 0}, new={"D": LATELY},
        products=[row(product_id, sort_order=77) for product_id in range(1, 7)],
    )  # fmt: skip
    found = plan(inputs)
    assert wanted(found) == {"1": -4, "2": -3, "3": -2, "4": 0, "5": -1, "6": -1}
    assert reasons(found) == {
        "1": "rank 1 of 4: 300.00 last year",
        "2": "rank 2 of 4: 200.00 last year",
        "3": "rank 3 of 4: 100.00 last year",
        "4": "out of stock",
        "5": "new: received on 2026-05-10",
        "6": "not sold in these days last year",
    }
    assert found.figures == {"ranked": 4, "new": 1, "web_items": 6, "out_of_stock": 1}


def test_with_820_ranked_items_the_best_gets_minus_820_the_last_minus_1_and_new_ones_minus_812() -> None:
    sold = ladder(820)
    found = wanted(plan(store(*sold, "NEW", sold=sold, new={"NEW": LATELY})))
    assert [found["1"], found["2"], found["820"], found["821"]] == [-820, -819, -1, -812]


def test_it_asks_for_the_same_45_days_last_year_and_what_came_in_lately() -> None:
    assert AUTOMATION.needs(RetailSettings(), AS_OF) == {
        "items": Items(),
        "stock": Stock(),
        "sales": Sales(date(2025, 5, 14), date(2025, 6, 28)),
        "receivings": Receivings(since=date(2026, 4, 30)),
        "product_map": ProductMap(),
        "catalogue": Catalogue(),
    }


@pytest.mark.parametrize(
    ("today", "start", "end"),
    [
        (date(2028, 2, 29), date(2027, 2, 28), date(2027, 4, 14)),
        (date(2026, 12, 10), date(2025, 12, 10), date(2026, 1, 24)),
    ],
)
def test_the_days_of_last_year_know_29_february_and_the_new_year(today: date, start: date, end: date) -> None:
    as_of = datetime(today.year, today.month, today.day, 4, tzinfo=ZONE)
    assert AUTOMATION.needs(RetailSettings(), as_of)["sales"] == Sales(start, end)


def test_the_web_shop_is_not_asked_when_only_the_point_of_sale_is_written() -> None:
    rules = RetailSettings.model_validate({"sort_order": {"target": "counterpoint"}})
    assert set(AUTOMATION.needs(rules, AS_OF)) == {"items", "stock", "sales", "receivings"}


def test_a_new_item_that_ranks_better_than_new_ones_keeps_its_rank() -> None:
    sold = ladder(20)
    found = wanted(plan(store(sold=sold, new={"10000": LATELY, "10015": LATELY})))
    assert (found["1"], found["16"]) == (-20, -12)


def test_a_new_item_in_a_shop_with_few_sales_never_stands_below_the_others() -> None:
    found = wanted(plan(store("A", "B", "NEW", sold={"A": 1}, new={"NEW": LATELY})))
    assert found == {"1": -1, "2": -1, "3": -1}


def test_how_far_below_the_top_new_items_stand_can_be_set() -> None:
    sold = ladder(20)
    found = plan(store(*sold, "NEW", sold=sold, new={"NEW": LATELY}), new_places_below_top=4)
    assert wanted(found)["21"] == -16


@pytest.mark.parametrize(
    ("days_ago", "price", "place"),
    [(14, "14.95", -12), (15, "14.95", -1), (0, "14.95", -12), (-1, "99", -1), (4, "14.94", -1), (4, None, -1)],
)
def test_new_is_what_came_in_within_14_days_at_14_95_or_more(days_ago: int, price: str | None, place: int) -> None:
    sold = ladder(20)
    inputs = store(*sold, row("NEW", price=price), sold=sold, new={"NEW": TODAY - timedelta(days=days_ago)})
    assert wanted(plan(inputs))["21"] == place


def test_what_came_in_for_the_shop_alone_is_not_new_on_the_web() -> None:
    found = plan(store("A", row("SHOP", is_web_item=False), sold={"A": 1}, new={"SHOP": LATELY, "GONE": LATELY}))
    assert found.figures["new"] == 0


def test_a_new_item_that_is_sold_out_already_stands_last() -> None:
    found = plan(
        store("A", "NEW", sold={"A": 1}, new={"NEW": LATELY}, left={"NEW": 0}, products=[1, row(2, sort_order=3)])
    )
    assert wanted(found)["2"] == 0


def test_stock_that_is_kept_back_is_no_stock() -> None:
    inputs = store(
        row("A", stock_buffer=5), row("B", stock_buffer=4), sold={"A": 2, "B": 1}, products=[row(1, sort_order=1), 2]
    )
    assert wanted(plan(inputs)) == {"1": 0, "2": -1}


def test_an_item_without_a_row_of_stock_is_out_of_stock() -> None:
    inputs = {**store("A", "B", sold={"A": 2, "B": 1}), "stock": stock({"B": 1})}
    assert wanted(plan(inputs)) == {"2": -1}


def test_items_that_are_not_on_the_web_take_no_ranks_unless_the_settings_say_so() -> None:
    inputs = store("A", row("SHOP", is_web_item=False), "B", sold={"A": 30, "SHOP": 20, "B": 10})
    assert wanted(plan(inputs)) == {"1": -2, "3": -1}
    assert wanted(plan(inputs, only_web_items_rank=False)) == {"1": -3, "3": -1}


def test_what_came_back_entirely_has_no_history() -> None:
    assert wanted(plan(store(sold={"A": 10, "B": 0, "C": -5}))) == {"1": -1, "2": -1, "3": -1}


def test_equal_revenue_goes_by_units_and_then_by_item_number() -> None:
    inputs = store("A", "B", "C", sold=dict.fromkeys("ABC", 10))
    inputs["sales"] = sales({"C": (2, 10), "B": (1, 10), "A": (1, 10)})
    assert wanted(plan(inputs)) == {"3": -3, "1": -2, "2": -1}


CHILDREN = bound("B0001", "C1", "C2", parent="P")
BOUND = {"A": 1, "B": 2, "B0001": 7}


def test_a_bound_product_takes_the_best_place_of_its_items() -> None:
    found = plan(store("A", "B", *CHILDREN, sold={"A": 40, "C2": 30, "B": 20, "C1": 10}, mapped=BOUND))
    assert wanted(found) == {"1": -4, "7": -3, "2": -2}
    assert reasons(found)["7"] == "rank 2 of 4: 30.00 last year (C2)"


def test_a_bound_product_is_out_of_stock_only_when_all_its_items_are() -> None:
    sold = {"A": 40, "C2": 30}
    some = store("A", "B", *CHILDREN, sold=sold, left={"P": 0, "C2": 0}, mapped=BOUND)
    none = store("A", "B", *CHILDREN, sold=sold, left={"P": 0, "C1": -2, "C2": 0}, mapped=BOUND)
    assert wanted(plan(some))["7"] == -1
    assert "7" not in wanted(plan(none))


def test_a_bound_product_is_new_when_one_of_its_items_is() -> None:
    sold = ladder(20)
    inputs = store(*sold, *CHILDREN, sold=sold, new={"C1": LATELY}, mapped={**dict.fromkeys(sold, 1), "B0001": 7})
    assert wanted(plan(inputs))["7"] == -12


def test_at_the_point_of_sale_the_parent_row_carries_the_order_as_text_and_the_children_are_cleared() -> None:
    children = bound("B0001", row("C1", sort_order="-9"), row("C2", sort_order=None), parent="P")
    found = till(store(row("A", sort_order="-2"), *children, sold={"A": 40, "C2": 30}))
    assert wanted(found) == {"P": "-1", "C1": None}
    assert reasons(found) == {"P": "rank 2 of 2: 30.00 last year (C2)", "C1": "its parent P carries the order"}
    assert found.changes[["target", "field"]].drop_duplicates().to_numpy().tolist() == [["counterpoint", "sort_order"]]


def test_at_the_point_of_sale_a_binding_without_a_parent_row_is_left_alone_and_noted() -> None:
    children = bound("B0001", row("C1", sort_order="-9"), "C2", parent=None)
    found = till(store("A", *children, sold={"A": 40, "C2": 30}))
    assert wanted(found) == {"A": "-2"}
    assert noted(found) == {("no_parent", "B0001")}


def test_at_the_point_of_sale_items_that_are_not_on_the_web_are_left_alone() -> None:
    found = till(store("A", row("SHOP", is_web_item=False, sort_order="-5"), sold={"A": 1, "SHOP": 2}))
    assert wanted(found) == {"A": "-1"}


def test_both_targets_get_the_same_places() -> None:
    found = plan(store("A", *CHILDREN, sold={"A": 40, "C2": 30}, mapped=BOUND, products=[1, 7]), target="both")
    assert wanted(found, "bigcommerce") == {"1": -2, "7": -1}
    assert wanted(found, "counterpoint") == {"A": "-2", "P": "-1"}


def test_only_places_that_differ_are_written() -> None:
    inputs = store("A", "B", sold={"A": 2, "B": 1}, products=[row(1, sort_order=-2), row(2, sort_order=-2)])
    assert wanted(plan(inputs)) == {"2": -1}


def test_what_does_not_find_each_other_is_noted_and_left_alone() -> None:
    inputs = store(
        "A", "LOST", "GONE", row("SHOP", is_web_item=False),
        sold={"A": 3, "LOST": 2, "OLD": 1}, mapped={"A": 1, "GONE": 8, "SHOP": 3}, products=[1, 3, 9],
    )  # fmt: skip
    found = plan(inputs)
    assert wanted(found) == {"1": -2}
    assert noted(found) == {
        ("unmatched_item", "LOST"),
        ("product_gone", "GONE"),
        ("product_without_item", "9"),
        ("unknown_item", "OLD"),
    }


def test_a_product_with_two_parent_rows_is_noted() -> None:
    children = bound("B0001", row("P2", is_parent=True), parent="P1")
    found = till(store("A", *children, sold={"P2": 1}))
    assert wanted(found) == {"A": "-1", "P1": "-1"}
    assert noted(found) == {("several_parents", "B0001")}


def test_a_history_that_is_missing_does_not_level_the_whole_shop_unasked() -> None:
    found = plan(store("A", "B", sold={}, products=[row(1, sort_order=-2), row(2, sort_order=-1)]))
    assert wanted(found) == {"1": -1}
    assert "Nothing was sold in the days last year" in str(found.held)
    assert noted(found) == {("no_sales_in_window", "2025-05-14")}


def test_a_new_store_that_was_approved_once_does_not_wait_again() -> None:
    found = plan(store("A", sold={}, products=[row(1, sort_order=-1)]))
    assert (len(found.changes), found.held) == (0, None)


def test_a_mass_change_can_be_made_to_wait() -> None:
    inputs = store(sold=ladder(30))
    assert plan(inputs).held is None
    assert "30 of 30 places would change" in str(plan(inputs, max_share=0.5).held)


def test_stock_that_was_not_read_does_not_put_the_whole_shop_last_unasked() -> None:
    shown = [row(place, sort_order=-place) for place in range(1, 31)]
    inputs = store(sold=ladder(30), products=shown)
    inputs["stock"] = stock({})
    found = plan(inputs)
    assert set(wanted(found).values()) == {0}
    assert "30 of 30 products would be out of stock at once, more than 50%" in str(found.held)
    assert plan(inputs, max_sold_out_share=1).held is None
    half = dict.fromkeys(list(ladder(30))[:15], 0)
    assert plan(store(sold=ladder(30), left=half, products=shown)).held is None


def test_what_is_out_of_stock_already_does_not_wait_every_night() -> None:
    inputs = store(sold=ladder(30), products=[row(place, sort_order=0) for place in range(1, 31)])
    inputs["stock"] = stock({})
    assert plan(inputs).held is None


def test_an_empty_store_plans_nothing() -> None:
    found = plan(store(row("A", is_web_item=False), sold={}, products=[]))
    assert (len(found.changes), found.considered, found.held) == (0, 0, None)


@settings(deadline=None, max_examples=60)
@given(stores(), st.integers(0, 9), st.sampled_from(["bigcommerce", "counterpoint", "both"]), st.booleans())
def test_a_second_run_changes_nothing_and_the_order_of_rows_does_not_matter(
    inputs: dict[str, pd.DataFrame], seed: int, target: str, only_web: bool
) -> None:
    rules = {"target": target, "only_web_items_rank": only_web}
    found = plan(inputs, **rules)
    assert plan(applied(inputs, found.changes), **rules).changes.empty
    assert same_plan(found, plan(shuffled(inputs, seed), **rules))


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(st.integers(10000, 10030).map(str), st.integers(-2, 9), max_size=20),
    st.sets(st.integers(10000, 10030).map(str), max_size=6),
    st.sets(st.integers(10000, 10030).map(str), max_size=6),
)
def test_places_are_unique_and_within_bounds_and_new_items_never_stand_below_unsold_ones(
    sold: dict[str, int], new: set[str], sold_out: set[str]
) -> None:
    numbers = sorted({*sold, *new, *sold_out})
    inputs = store(*numbers, sold=sold, new=dict.fromkeys(new, LATELY), left=dict.fromkeys(sold_out, 0))
    inputs["catalogue"]["sort_order"] = 99
    place = {number: wanted(plan(inputs))[str(index)] for index, number in enumerate(numbers, start=1)}
    ranked = [number for number in numbers if sold.get(number, 0) > 0]
    assert all(place[number] == 0 for number in sold_out)
    here = set(numbers) - sold_out
    assert all(-max(len(ranked), 1) <= place[number] <= -1 for number in here)
    known = [place[number] for number in ranked if number in here - new]
    assert len(known) == len(set(known))
    unsold = [place[number] for number in here - new if number not in ranked]
    assert all(place[number] <= min(unsold, default=-1) for number in here & new)
