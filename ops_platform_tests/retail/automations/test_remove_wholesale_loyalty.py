from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.remove_wholesale_loyalty import AUTOMATION
from ops_platform.retail.loyalty import imbalance
from ops_platform_tests.retail.customer_store import applied_to, customers, of_customers, person, values


def plan(*rows: Any, **rules: Any) -> Plan:
    return of_customers(AUTOMATION, *rows, wholesale_loyalty=rules)


def trade(number: str, **differences: Any) -> dict[str, Any]:
    return person(number, **{"category": "WHOLESALE", "name_type": "B", **differences})


ENROLLED: dict[str, Any] = {"loyalty_program": "BASIC", "points": 120, "points_earned": 120, "loyalty_card": "WM7"}


def test_the_owners_example() -> None:
    """Of three wholesale customers the one who is enrolled with 120 points is written; retail is not touched."""
    rows = (trade("1"), trade("2", **ENROLLED), trade("3"), person("4", **ENROLLED))
    assert values(plan(*rows)) == {
        "2": {
            "loyalty_program": None,
            "points": Decimal(0),
            "loyalty_card": "VOID",
            "points_adjusted": Decimal(-120),
            "loyalty_adjusted_on": date(2026, 5, 14),
            "loyalty_last_adjustment": Decimal(-120),
        }
    }


def test_what_is_taken_away_is_told() -> None:
    assert plan(trade("2", **ENROLLED)).figures == {"customers": 1, "points_taken": 120.0}


def test_points_without_a_program_are_taken_too() -> None:
    assert set(values(plan(trade("1", points=5, points_earned=5)))) == {"1"}


def test_points_may_be_left() -> None:
    assert values(plan(trade("1", **ENROLLED), zero_points=False)) == {
        "1": {"loyalty_program": None, "loyalty_card": "VOID"}
    }
    assert values(plan(trade("1", points=5), zero_points=False)) == {}


def test_the_totals_and_the_card_may_be_left() -> None:
    found = values(plan(trade("1", **ENROLLED), adjust_totals=False, card=""))
    assert found == {"1": {"loyalty_program": None, "points": Decimal(0)}}


def test_another_store_calls_its_wholesale_customers_otherwise() -> None:
    rows = (trade("1", **ENROLLED), person("2", category="TRADE", **ENROLLED))
    assert set(values(plan(*rows, category="trade"))) == {"2"}


def test_more_customers_than_allowed_wait() -> None:
    many = [trade(str(number), **ENROLLED) for number in range(4)]
    assert "4 wholesale customers would leave at once, more than 3" in (plan(*many, max_customers=3).held or "")
    assert plan(*many, max_customers=4).held is None


amounts = st.integers(-500, 500)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(amounts, amounts, amounts, st.booleans()), max_size=6))
def test_what_balanced_before_balances_after_and_a_second_run_changes_nothing(
    totals: list[tuple[int, int, int, bool]],
) -> None:
    rows = [
        trade(str(n), points=earned - used + adjusted, points_earned=earned, points_redeemed=used,
              points_adjusted=adjusted, loyalty_program="BASIC" if enrolled else None)
        for n, (earned, used, adjusted, enrolled) in enumerate(totals)
    ]  # fmt: skip
    after = applied_to(customers(*rows), plan(*rows)).to_dict("records")
    assert all(imbalance(each) == 0 and each["points"] == 0 for each in after)
    assert len(plan(*after).changes) == 0


@pytest.mark.parametrize("points", [None, 0])
def test_who_has_nothing_and_is_in_nothing_is_not_touched(points: int | None) -> None:
    assert values(plan(trade("1", points=points))) == {}
