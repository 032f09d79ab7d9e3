from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.set_stock_buffer import AUTOMATION
from ops_platform.settings_retail import StockBufferSettings
from ops_platform_tests.retail.store import (
    applied,
    bound,
    items,
    noted,
    planned,
    reasons,
    row,
    same_plan,
    shuffled,
    wanted,
)
from ops_platform_tests.retail.store_strategies import stores


def plan(*rows: Any, **rules: Any) -> Plan:
    return planned(AUTOMATION, {"items": items(*rows)}, stock_buffer=rules)


def pottery(number: str, price: Any, **differences: Any) -> dict[str, Any]:
    return row(number, category="POTTERY", price=price, **differences)


def test_pottery_above_100_keeps_none_and_at_20_three() -> None:
    assert wanted(plan(pottery("A", 150), pottery("B", 20))) == {"A": 0, "B": 3}


def test_exactly_100_is_not_above_100() -> None:
    assert wanted(plan(pottery("A", "100.00"), pottery("B", "100.01"), pottery("C", "50.00"))) == {
        "A": 1,
        "B": 0,
        "C": 3,
    }


def test_what_costs_nothing_is_in_the_last_tier() -> None:
    assert wanted(plan(pottery("A", 0))) == {"A": 3}


def test_every_other_category_has_the_default() -> None:
    found = plan("A")
    assert wanted(found) == {"A": 5}
    assert reasons(found) == {"A": "the default"}


def test_the_brand_comes_before_the_category() -> None:
    assert wanted(plan(pottery("A", 20, brand="EVERGREEN", stock_buffer=3), vendors={"Evergreen": 0})) == {"A": 0}


def test_the_precedence_can_be_turned_round() -> None:
    rules = {"vendors": {"EVERGREEN": 0}, "precedence": ["category", "vendor", "default"]}
    assert wanted(plan(pottery("A", 20, brand="EVERGREEN"), **rules)) == {"A": 3}


def test_vendors_may_be_vendor_numbers() -> None:
    assert wanted(plan(row("A", vendor="V100", brand="X"), vendors={"v100": 2}, vendor_field="vendor")) == {"A": 2}


def test_an_item_without_a_price_is_noted_and_left() -> None:
    found = plan(pottery("A", None, stock_buffer=4))
    assert wanted(found) == {}
    assert noted(found) == {("no_price", "A")}


def test_an_item_no_rule_fits_is_noted_and_left() -> None:
    assert noted(plan("A", precedence=["vendor", "category"])) == {("no_buffer_rule", "A")}


def test_each_size_of_a_bound_product_goes_by_its_own_price_and_the_parent_row_has_none() -> None:
    sizes = bound("B0001", pottery("S", 20), pottery("L", 120), parent="P")
    assert wanted(plan(*sizes)) == {"S": 3, "L": 0}


def test_only_active_web_items_are_looked_at() -> None:
    assert wanted(plan(row("A", status="V"), row("B", is_web_item=False))) == {}


def test_a_buffer_that_is_right_is_not_written() -> None:
    assert wanted(plan(row("A", stock_buffer="5.0000"))) == {}


def test_a_plan_for_more_than_half_of_the_items_waits() -> None:
    many = [row(f"{number}") for number in range(30)]
    assert "30 of 30" in (plan(*many).held or "")
    assert plan(*many, max_share=1.0).held is None


@pytest.mark.parametrize(
    "tiers",
    [[], [{"above": 50, "buffer": 1}], [{"above": 0, "buffer": 1}, {"above": 50, "buffer": 0}]],
)
def test_tiers_with_a_gap_or_out_of_order_are_refused(tiers: list[dict[str, int]]) -> None:
    with pytest.raises(ValidationError, match="dearest down"):
        StockBufferSettings.model_validate({"categories": {"POTTERY": tiers}})


def test_a_negative_buffer_is_refused() -> None:
    with pytest.raises(ValidationError, match="0 or more"):
        StockBufferSettings(vendors={"X": -1})


@settings(max_examples=50, deadline=None)
@given(stores(), st.integers(0, 5))
def test_a_second_run_changes_nothing_and_row_order_does_not_matter(inputs: dict[str, pd.DataFrame], seed: int) -> None:
    first = planned(AUTOMATION, inputs)
    assert len(planned(AUTOMATION, applied(inputs, first.changes)).changes) == 0
    assert same_plan(first, planned(AUTOMATION, shuffled(inputs, seed)))
    assert all(isinstance(value, Decimal) and value >= 0 for value in first.changes["new"])
