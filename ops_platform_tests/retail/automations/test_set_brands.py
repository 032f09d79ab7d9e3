from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.set_brands import AUTOMATION
from ops_platform_tests.retail.store import applied, items, noted, planned, reasons, row, wanted
from ops_platform_tests.retail.store_strategies import stores

RULES = {"keywords": {"Espoma": "ESPOMA", "Bee": "BEECO"}, "company_brand": "OURS"}


def plan(*rows: Any, **rules: Any) -> Plan:
    return planned(AUTOMATION, {"items": items(*rows)}, brands={**RULES, **rules})


def named(number: str, description: str | None, **differences: Any) -> dict[str, Any]:
    return row(number, long_descr=description, **differences)


def test_a_brand_in_the_description_is_taken() -> None:
    found = plan(named("A", "Espoma Bio-tone 4lb"))
    assert wanted(found) == {"A": "ESPOMA"}
    assert reasons(found) == {"A": "its description names Espoma"}


def test_any_other_item_gets_the_companys_brand() -> None:
    assert wanted(plan(named("A", "Fern"))) == {"A": "OURS"}


def test_without_a_company_brand_such_items_stay() -> None:
    assert wanted(plan(named("A", "Fern"), company_brand="")) == {}


def test_a_brand_that_is_there_stays() -> None:
    assert wanted(plan(named("A", "Espoma Bio-tone", brand="PROVEN"))) == {}


def test_overwriting_is_for_brands_that_are_named_and_never_for_the_companys_own() -> None:
    rows = (named("A", "Espoma Bio-tone", brand="PROVEN"), named("B", "Fern", brand="PROVEN"))
    assert wanted(plan(*rows, overwrite=True)) == {"A": "ESPOMA"}


@pytest.mark.parametrize("text", ["Beetroot", "Honeybee mix", "frisbee"])
def test_a_brand_inside_another_word_is_not_meant(text: str) -> None:
    assert wanted(plan(named("A", text))) == {"A": "OURS"}


@pytest.mark.parametrize("text", ["BEE food", "bee-food", "the Bee", "(bee)"])
def test_a_brand_is_found_in_any_case_and_beside_any_mark(text: str) -> None:
    assert wanted(plan(named("A", text))) == {"A": "BEECO"}


def test_of_two_brands_the_longer_word_counts_and_both_are_noted() -> None:
    found = plan(named("A", "Bee by Espoma"))
    assert wanted(found) == {"A": "ESPOMA"}
    assert noted(found) == {("two_brands", "A")}


def test_signs_that_mean_something_in_patterns_are_only_signs() -> None:
    rules = {"keywords": {"50% off": "HALF", "a_b": "AB"}}
    assert wanted(plan(named("A", "Pots 50% off"), named("B", "axb"), **rules)) == {"A": "HALF", "B": "OURS"}


def test_a_brand_too_long_for_the_point_of_sale_is_noted_and_not_cut() -> None:
    found = plan(named("A", "Longwood fern"), keywords={"Longwood": "LONGWOOD-FARMS"})
    assert wanted(found) == {}
    assert noted(found) == {("brand_too_long", "LONGWOOD-FARMS")}


def test_an_item_without_a_description_goes_by_its_short_one() -> None:
    assert wanted(plan(row("A", long_descr=None, descr="Espoma lime"))) == {"A": "ESPOMA"}


def test_more_changes_than_allowed_wait() -> None:
    many = [named(f"{number}", "Fern") for number in range(30)]
    assert "30 brands would change at once, more than 20" in str(plan(*many, max_changes=20).held)
    assert plan(*many, max_changes=30).held is None


def test_without_a_word_the_vendor_names_the_brand() -> None:
    rows = (
        named("A", "Fern", vendor="V100"),
        named("B", "Espoma Bio-tone", vendor="V100"),
        named("C", "Moss", vendor="V200"),
    )
    found = plan(*rows, vendors={" v100 ": "Fernco"})
    assert wanted(found) == {"A": "FERNCO", "B": "ESPOMA", "C": "OURS"}
    assert reasons(found)["A"] == "vendor V100"


def test_a_vendors_brand_never_replaces_one_that_is_there() -> None:
    rules = {"vendors": {"V100": "FERNCO"}, "overwrite": True}
    assert wanted(plan(named("A", "Fern", vendor="V100", brand="PROVEN"), **rules)) == {}


def test_a_vendors_brand_too_long_for_the_point_of_sale_is_noted_and_not_cut() -> None:
    found = plan(named("A", "Fern", vendor="V100"), vendors={"V100": "FERN COMPANY"})
    assert wanted(found) == {}
    assert noted(found) == {("brand_too_long", "FERN COMPANY")}


@settings(max_examples=50, deadline=None)
@given(stores())
def test_a_second_run_changes_nothing(inputs: dict[str, pd.DataFrame]) -> None:
    first = planned(AUTOMATION, inputs, brands=RULES)
    assert len(planned(AUTOMATION, applied(inputs, first.changes), brands=RULES).changes) == 0
