from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.automation import Catalogue, Items, Plan, ProductMap, Sales
from ops_platform.retail.automations.set_related_items import AUTOMATION
from ops_platform.settings_retail import RelatedItemsSettings, RetailSettings
from ops_platform_tests.retail.store import (
    AS_OF,
    ZONE,
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

POTS = {"A": 1, "B": 2, "C": 3, "D": 4}
"""The items of one category and their products."""


def store(
    *rows: Any, sold: Any = None, recent: Any = None, mapped: Any = POTS, products: list[Any] | None = None
) -> dict[str, pd.DataFrame]:
    """Four items of one category unless `rows` say otherwise; `recent` was sold in the last days."""
    return {
        "items": items(*(rows or mapped)),
        "sales": sales(sold or {}),
        "recent_sales": sales(recent or {}),
        "product_map": product_map(mapped),
        "catalogue": catalogue(*(sorted(set(mapped.values())) if products is None else products)),
    }


def plan(inputs: dict[str, pd.DataFrame], **rules: Any) -> Plan:
    return planned(AUTOMATION, inputs, related_items=rules)


def recommended(*numbers: Any, category: str = "PERENNIAL") -> dict[str, Any]:
    return {"recommended": {category: list(numbers)}}


POPULAR = {"B": (30, 30), "C": (20, 20), "D": (10, 10)}


def test_recommended_come_first_then_popular_ones_each_once_and_never_the_product_itself() -> None:
    """The owner's example: recommended A, B; popular B, C, D; product C shows A, B, D."""
    found = plan(store(sold=POPULAR), **recommended("A", "B"))
    assert wanted(found) == {"1": [2, 3, 4], "2": [1, 3, 4], "3": [1, 2, 4], "4": [1, 2, 3]}
    assert reasons(found)["3"] == "PERENNIAL: 2 recommended, 1 popular from 2025-05-14 to 2025-06-28"
    assert set(found.changes["target"]) == {"bigcommerce"}
    assert set(found.changes["field"]) == {"related_products"}


def test_it_asks_for_the_same_days_last_year_and_the_last_days_to_fall_back_on() -> None:
    assert AUTOMATION.needs(RetailSettings(), AS_OF) == {
        "items": Items(),
        "sales": Sales(date(2025, 5, 14), date(2025, 6, 28)),
        "recent_sales": Sales(date(2026, 4, 30), date(2026, 5, 13)),
        "product_map": ProductMap(),
        "catalogue": Catalogue(),
    }


def test_on_29_february_the_days_of_last_year_start_on_the_28th() -> None:
    leap_day = datetime(2028, 2, 29, 2, 0, tzinfo=ZONE)
    assert AUTOMATION.needs(RetailSettings(), leap_day)["sales"] == Sales(date(2027, 2, 28), date(2027, 4, 14))


def test_an_offset_of_no_years_takes_the_last_days() -> None:
    """As the store's own program did: nothing is sold in the days to come, so the last ones are taken."""
    rules = RetailSettings.model_validate({"related_items": {"offset_years": 0}})
    assert AUTOMATION.needs(rules, AS_OF)["sales"] == Sales(AS_OF.date(), date(2026, 6, 28))
    assert wanted(plan(store(recent={"B": (1, 1)}), offset_years=0))["1"] == [2]


def test_popular_ones_are_those_of_the_same_category() -> None:
    rows = [row("A", category="POTTERY"), row("B", category="TREES"), row("C", category="POTTERY"), "D"]
    assert wanted(plan(store(*rows, sold=POPULAR))) == {"1": [3]}


def test_a_category_nobody_recommends_for_shows_popular_ones_only() -> None:
    found = plan(store("A", "B", "C", row("D", category="TREES"), sold=POPULAR), **recommended("A", category="TREES"))
    assert wanted(found) == {"1": [2, 3], "2": [3], "3": [2], "4": [1]}


def test_popular_is_by_quantity_and_can_be_by_revenue() -> None:
    sold = {"B": (1, 900), "C": (5, 50), "D": (5, 40)}
    assert wanted(plan(store(sold=sold)))["1"] == [3, 4, 2]
    assert wanted(plan(store(sold=sold), mode="revenue"))["1"] == [2, 3, 4]


def test_equally_popular_ones_stand_in_the_order_of_their_products() -> None:
    assert wanted(plan(store(sold=dict.fromkeys("DCB", (5, 50)))))["1"] == [2, 3, 4]


def test_what_came_back_entirely_is_not_popular() -> None:
    assert wanted(plan(store(sold={"B": (1, 1), "C": (0, 5), "D": (-1, 5)})))["1"] == [2]


def test_children_stand_for_their_product_and_are_popular_together() -> None:
    children = bound("B0001", "C1", "C2", parent="P")
    sold = {"C1": (3, 3), "C2": (3, 3), "A": (5, 5), "B": (4, 4)}
    inputs = store("A", "B", *children, sold=sold, mapped={"A": 1, "B": 2, "B0001": 7})
    assert wanted(plan(inputs, **recommended("c1"))) == {"1": [7, 2], "2": [7, 1], "7": [1, 2]}


def test_a_bound_product_is_in_its_parents_category() -> None:
    children = bound("B0001", row("C1", category="TREES"), parent="P")
    assert wanted(plan(store("A", *children, sold={"A": (1, 1)}, mapped={"A": 1, "B0001": 7}))) == {"7": [1]}


def test_a_binding_without_a_parent_is_in_the_category_of_its_first_item_that_has_one() -> None:
    children = bound("B0001", row("C1", category=None), row("C2", category="PERENNIAL"), parent=None)
    assert wanted(plan(store("A", *children, sold={"A": (1, 1)}, mapped={"A": 1, "B0001": 7}))) == {"7": [1]}


def test_a_product_customers_cannot_see_is_not_shown_beside_others() -> None:
    rows = ["A", row("B", status="V"), row("C", is_web_item=False), row("D", is_web_visible=False), "E"]
    mapped = {"A": 1, "B": 2, "C": 3, "D": 4, "E": 5}
    sold = dict.fromkeys("BCDE", (1, 1))
    inputs = store(*rows, sold=sold, mapped=mapped, products=[1, 2, 3, 4, row(5, is_visible=False), 6])
    found = plan(inputs, **recommended("B", "C", "D", "E"))
    assert found.changes.empty
    assert {(code, key) for code, key in noted(found) if code == "recommended_not_shown"} == {
        ("recommended_not_shown", number) for number in "BCDE"
    }


def test_a_bound_product_is_shown_as_long_as_one_of_its_items_is_active() -> None:
    children = bound("B0001", row("C1", status="V"), "C2", parent=None)
    inputs = store("A", *children, sold={"C1": (1, 1)}, mapped={"A": 1, "B0001": 7})
    assert wanted(plan(inputs)) == {"1": [7]}


def test_products_that_are_not_on_the_web_keep_what_they_have() -> None:
    assert "1" not in wanted(plan(store(row("A", is_web_item=False), "B", "C", "D", sold=POPULAR)))


def test_only_so_many_popular_ones_are_taken_and_only_so_many_shown() -> None:
    mapped = {f"{100 + place}": place for place in range(1, 31)}
    sold = {number: (50 - place, 1) for number, place in mapped.items()}
    inputs = store(sold=sold, mapped=mapped)
    assert wanted(plan(inputs))["30"] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert wanted(plan(inputs, **recommended("120", "121", "122")))["30"] == [20, 21, 22, 1, 2, 3, 4, 5, 6, 7]
    assert wanted(plan(inputs, top_n=2, **recommended("120")))["30"] == [20, 1, 2]
    assert wanted(plan(inputs, top_n=50, at_most=50))["30"] == list(range(1, 30))


def test_item_numbers_written_as_numbers_in_the_settings_are_item_numbers() -> None:
    rules = RelatedItemsSettings.model_validate({"recommended": {"POTTERY": [10093, "BTSP4MP"]}})
    assert rules.recommended == {"POTTERY": ("10093", "BTSP4MP")}


def test_numbers_and_categories_are_found_however_a_person_typed_them() -> None:
    found = plan(store(), **recommended(" b ", "B0009", category="perennial "))
    assert wanted(found) == {"1": [2], "3": [2], "4": [2]}
    assert noted(found) == {("unknown_recommended_item", "B0009")}


def test_a_bound_product_can_be_recommended_by_its_binding_id() -> None:
    inputs = store("A", *bound("B0001", "C1", parent="P"), mapped={"A": 1, "B0001": 7})
    assert wanted(plan(inputs, **recommended("b0001"))) == {"1": [7]}


def test_what_of_the_recommendations_cannot_be_used_is_noted_and_the_others_go_on() -> None:
    children = bound("B0001", "C1", "C2", parent="P")
    inputs = store("A", *children, row("N", is_web_item=False), mapped={"A": 1, "B0001": 7})
    rules = {"recommended": {"PERENNIAL": ["NONE", "N", "C1", "C2", "A"], "CACTI": ["A"]}}
    found = plan(inputs, **rules)
    assert wanted(found) == {"1": [7], "7": [1]}
    assert noted(found) == {
        ("unknown_recommended_item", "NONE"),
        ("recommended_not_shown", "N"),
        ("recommended_twice", "C2"),
        ("unknown_category", "CACTI"),
    }


def test_a_category_without_sales_last_year_takes_the_last_days_and_says_so() -> None:
    rows = ["A", "B", row("C", category="TREES"), row("D", category="TREES")]
    found = plan(store(*rows, sold={"B": (1, 1)}, recent={"A": (9, 9), "D": (1, 1)}))
    assert wanted(found) == {"1": [2], "3": [4]}
    assert reasons(found)["3"] == "TREES: 1 popular from 2026-04-30 to 2026-05-13"
    assert noted(found) == {("fallback_window", "TREES")}
    assert found.figures["categories_fallen_back"] == 1


def test_without_popular_ones_wanted_the_last_days_do_not_matter() -> None:
    found = plan(store(recent={"A": (9, 9)}), top_n=0, **recommended("B"))
    assert wanted(found) == {"1": [2], "3": [2], "4": [2]}
    assert found.notes.empty


def test_items_without_a_category_are_popular_in_none() -> None:
    found = plan(store(row("A", category=None), "B", "C", "D", recent={"A": (9, 9)}))
    assert (len(found.changes), len(found.notes)) == (0, 0)


def test_the_reason_counts_what_is_shown_once() -> None:
    found = plan(store(sold={"A": (1, 1), "B": (1, 1)}), **recommended("A", "B"))
    assert reasons(found)["3"] == "PERENNIAL: 2 recommended"


def test_numbers_that_exist_but_are_no_product_are_not_called_unknown() -> None:
    children = bound("B0001", "C1", row("P2", is_parent=True), parent="P")
    inputs = store("A", "B", *children, mapped={"A": 1, "OLD": 1, "B": 2})
    found = plan(inputs, **recommended("C1", "B0001", "old"))
    assert wanted(found) == {"2": [1]}
    assert noted(found) == {
        ("recommended_not_shown", "C1"),
        ("recommended_not_shown", "B0001"),
        ("unmatched_item", "B0001"),
        ("several_parents", "B0001"),
    }
    assert found.figures["categories_recommended"] == 1
    assert plan(inputs, **recommended("C1")).figures["categories_recommended"] == 0


def test_a_product_nothing_is_known_for_keeps_what_it_has() -> None:
    inputs = store("A", row("B", category=None), mapped={"A": 1, "B": 2}, products=[row(1, related_products=[9]), 2])
    assert plan(inputs).changes.empty


def test_what_is_there_is_taken_away_only_when_the_settings_say_so() -> None:
    products = [row(1, related_products=[9]), row(2, related_products=[-1]), 3, 4]
    found = plan(store(products=products), clear_empty=True)
    assert wanted(found) == {"1": []}
    assert reasons(found) == {"1": "nothing is recommended or popular any more"}


def test_the_order_of_the_list_counts_when_it_is_compared() -> None:
    products = [row(1, related_products=[2, 3, 4]), row(2, related_products=[4, 3]), 3, 4]
    assert set(wanted(plan(store(sold=POPULAR, products=products)))) == {"2", "3", "4"}


def test_a_list_the_web_shop_chose_itself_is_replaced_when_something_is_known() -> None:
    found = plan(store(sold={"B": (1, 1)}, products=[row(1, related_products=[-1]), 2]))
    assert wanted(found) == {"1": [2]}


def test_web_items_without_a_product_are_noted() -> None:
    inputs = store("A", "B", "X", sold={"X": (9, 9), "B": (1, 1)}, mapped={"A": 1, "B": 2})
    assert (wanted(plan(inputs)), noted(plan(inputs))) == ({"1": [2]}, {("unmatched_item", "X")})


def test_a_mass_change_can_be_made_to_wait() -> None:
    mapped = {f"{100 + place}": place for place in range(1, 31)}
    inputs = store(sold=dict.fromkeys(mapped, (1, 1)), mapped=mapped)
    assert plan(inputs).held is None
    assert "30 of 30 products would change" in str(plan(inputs, max_share=0.5).held)


def test_an_empty_store_plans_nothing() -> None:
    found = plan(store(row("A", is_web_item=False), mapped={}))
    assert (len(found.changes), found.considered, found.held) == (0, 0, None)


@settings(deadline=None, max_examples=60)
@given(stores(), st.integers(0, 9), st.booleans(), st.sampled_from(["quantity", "revenue"]))
def test_a_second_run_changes_nothing_and_lists_hold_only_other_products_that_are_shown(
    inputs: dict[str, pd.DataFrame], seed: int, clear: bool, mode: str
) -> None:
    rules = {"clear_empty": clear, "mode": mode, "at_most": 3, **recommended("10001", 10002, "B0001", category="TREES")}
    found = plan(inputs, **rules)
    assert plan(applied(inputs, found.changes), **rules).changes.empty
    assert same_plan(found, plan(shuffled(inputs, seed), **rules))
    products = inputs["catalogue"]
    visible = set(products["product_id"][products["is_visible"].astype(bool)])
    for key, new in wanted(found).items():
        assert len(new) == len(set(new)) <= 3
        assert set(new) <= visible - {int(key)}


@pytest.mark.parametrize("category", [None, "NOBODY"])
def test_an_item_without_a_known_category_does_not_stop_the_others(category: str | None) -> None:
    found = plan(store(row("A", category=category), "B", "C", "D", sold=POPULAR), **recommended("B"))
    assert set(wanted(found)) == {"2", "3", "4"}
