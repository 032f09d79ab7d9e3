from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.automation import Items, Plan, Sales
from ops_platform.retail.automations.set_always_online import AUTOMATION
from ops_platform.settings_retail import RetailSettings
from ops_platform_tests.retail.store import (
    AS_OF,
    ZONE,
    applied,
    bound,
    items,
    noted,
    planned,
    reasons,
    row,
    sales,
    same_plan,
    shuffled,
    wanted,
)
from ops_platform_tests.retail.store_strategies import stores


def store(*rows: Any, sold: dict[str, tuple[Any, Any]]) -> dict[str, pd.DataFrame]:
    return {"items": items(*(rows or sold)), "sales": sales(sold)}


def plan(inputs: dict[str, pd.DataFrame], **rules: Any) -> Plan:
    return planned(AUTOMATION, inputs, always_online=rules)


def ladder(count: int) -> dict[str, tuple[int, int]]:
    """Items that sold the better the lower their number."""
    return {f"{10000 + place}": (1, 1000 - place) for place in range(count)}


def test_the_200_best_are_marked_and_the_201st_is_not() -> None:
    found = plan(store(sold=ladder(201)))
    assert len(found.changes) == 200
    assert "10200" not in wanted(found)
    assert set(wanted(found).values()) == {"Y"}
    assert found.changes[["target", "field"]].drop_duplicates().to_numpy().tolist() == [
        ["counterpoint", "always_online"]
    ]


@pytest.mark.parametrize("today", [datetime(2026, 1, 1, 4, tzinfo=ZONE), AS_OF, datetime(2026, 12, 31, 4, tzinfo=ZONE)])
def test_sales_count_from_january_of_last_year_to_today(today: datetime) -> None:
    assert AUTOMATION.needs(RetailSettings(), today) == {
        "items": Items(),
        "sales": Sales(date(2025, 1, 1), today.date()),
    }


def test_the_reason_tells_the_rank_and_the_revenue() -> None:
    found = plan(store(sold={"A": (2, "4210.50"), "B": (1, "9.90")}), top_n=1)
    assert reasons(found) == {"A": "rank 1 of the best 1: 4,210.50 since 2025-01-01"}
    assert found.changes["label"].tolist() == ["Item A"]


def test_at_the_last_place_equal_revenue_goes_by_units_and_then_by_item_number() -> None:
    assert set(wanted(plan(store(sold={"C": (1, 5), "B": (2, 5), "A": (1, 5)}), top_n=2))) == {"A", "B"}


def test_with_fewer_sold_items_all_of_them_are_marked() -> None:
    assert set(wanted(plan(store("A", "B", "C", sold={"A": (1, 5), "B": (1, 4)})))) == {"A", "B"}


def test_an_item_that_came_back_entirely_is_no_best_seller() -> None:
    assert set(wanted(plan(store(sold={"A": (1, 5), "B": (0, 0), "C": (-1, -5)})))) == {"A"}


def test_services_gift_cards_and_deposits_take_no_place() -> None:
    rows = [row("A", item_type="S"), row("B", item_type="N"), "C", "D"]
    sold = {"A": (1, 50), "B": (1, 40), "C": (1, 30), "D": (1, 20)}
    assert set(wanted(plan(store(*rows, sold=sold), top_n=2))) == {"C", "D"}
    assert set(wanted(plan(store(*rows, sold=sold), top_n=2, only_inventory=False))) == {"A", "B"}


def test_sold_items_that_are_no_longer_there_take_no_place_and_are_noted() -> None:
    found = plan(store("B", sold={"OLD": (9, 90), "B": (1, 5)}), top_n=1)
    assert set(wanted(found)) == {"B"}
    assert noted(found) == {("unknown_item", "OLD")}


@pytest.mark.parametrize("mark", ["N", None])
def test_an_item_is_marked_whether_it_had_n_or_nothing(mark: str | None) -> None:
    assert wanted(plan(store(row("A", always_online=mark), sold={"A": (1, 5)}))) == {"A": "Y"}


def test_a_marked_item_is_not_written_again() -> None:
    assert plan(store(row("A", always_online="Y"), sold={"A": (1, 5)})).changes.empty


def test_a_mark_is_never_taken_away_unless_the_settings_say_so() -> None:
    inputs = store("A", row("B", always_online="Y"), row("C", always_online="N"), sold={"A": (1, 5), "B": (1, 4)})
    assert wanted(plan(inputs, top_n=1)) == {"A": "Y"}
    found = plan(inputs, top_n=1, unset_dropouts=True)
    assert wanted(found) == {"A": "Y", "B": "N"}
    assert reasons(found)["B"] == "no longer among the best 1 since 2025-01-01"


def test_without_any_sales_no_mark_is_taken_away() -> None:
    found = plan(store(row("A", always_online="Y"), sold={}), unset_dropouts=True)
    assert found.changes.empty
    assert noted(found) == {("no_sales_in_window", "2025-01-01")}


def test_taking_away_too_many_marks_waits_for_a_person() -> None:
    rows = [row(f"{10000 + place}", always_online="Y") for place in range(30)]
    inputs = store(*rows, sold=ladder(10))
    found = plan(inputs, unset_dropouts=True)
    assert found.held is not None
    assert found.held.startswith("20 of 30 marked items would change")
    assert plan(inputs, unset_dropouts=True, max_share=0.7).held is None
    assert plan(inputs).held is None


def test_marking_the_first_200_waits_for_nobody() -> None:
    assert plan(store(sold=ladder(200))).held is None


def test_a_child_is_marked_itself_and_its_parent_only_when_the_settings_say_so() -> None:
    inputs = store(*bound("B0001", "C1", "C2", parent="P"), "A", sold={"C1": (1, 9), "C2": (1, 8), "A": (1, 7)})
    assert set(wanted(plan(inputs))) == {"C1", "C2", "A"}
    found = plan(inputs, mark_parent=True)
    assert set(wanted(found)) == {"C1", "C2", "A", "P"}
    assert reasons(found)["P"] == "parent of C1, rank 1 of the best 200: 9.00 since 2025-01-01"
    assert reasons(found)["C1"] == "rank 1 of the best 200: 9.00 since 2025-01-01"


def test_a_best_seller_whose_binding_has_no_parent_row_is_marked_alone_and_noted() -> None:
    two = bound("B0002", "D1", row("Q2", is_parent=True), parent="Q1")
    inputs = store(*bound("B0001", "C1", parent=None), *two, sold={"C1": (1, 9)})
    found = plan(inputs, mark_parent=True)
    assert set(wanted(found)) == {"C1"}
    assert noted(found) == {("no_parent", "B0001"), ("several_parents", "B0002")}
    assert plan(inputs).notes.empty


def test_an_item_that_never_had_a_mark_is_not_unmarked() -> None:
    inputs = store("A", row("B", always_online=None), row("C", always_online="Y"), sold={"A": (1, 5)})
    found = plan(inputs, unset_dropouts=True)
    assert wanted(found) == {"A": "Y", "C": "N"}
    assert (found.figures["marked"], found.figures["unset"]) == (1, 1)


def test_a_parent_that_is_marked_for_its_children_is_no_dropout() -> None:
    inputs = store(*bound("B0001", "C1", parent=None), row("P", binding_id="B0001", is_parent=True, always_online="Y"),
                   sold={"C1": (1, 9)})  # fmt: skip
    assert wanted(plan(inputs, mark_parent=True, unset_dropouts=True)) == {"C1": "Y"}


def test_an_empty_store_plans_nothing() -> None:
    found = plan({"items": items(), "sales": sales({})})
    assert (len(found.changes), found.considered, found.held) == (0, 0, None)


def test_the_figures_tell_how_many_dropped_out() -> None:
    inputs = store("A", row("B", always_online="Y"), sold={"A": (1, 5), "B": (1, 4)})
    assert plan(inputs, top_n=1).figures == {"sold_items": 2, "best": 1, "marked": 1, "unset": 0, "dropped_out": 1}


@settings(deadline=None, max_examples=60)
@given(stores(), st.integers(0, 9), st.booleans(), st.booleans())
def test_a_second_run_changes_nothing_and_the_order_of_rows_does_not_matter(
    inputs: dict[str, pd.DataFrame], seed: int, unset: bool, parent: bool
) -> None:
    rules = {"top_n": 2, "unset_dropouts": unset, "mark_parent": parent}
    found = plan(inputs, **rules)
    after = applied(inputs, found.changes)
    assert plan(after, **rules).changes.empty
    assert same_plan(found, plan(shuffled(inputs, seed), **rules))
    if unset and found.figures["best"] and not parent:
        assert (after["items"]["always_online"] == "Y").sum() == found.figures["best"]
