from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.fix_negative_balances import AUTOMATION
from ops_platform.retail.loyalty import imbalance
from ops_platform_tests.retail.customer_store import applied_to, customers, of_customers, person, values


def plan(*rows: Any, **rules: Any) -> Plan:
    return of_customers(AUTOMATION, *rows, negative_balances=rules)


NEGATIVE: dict[str, Any] = {"points": -15, "points_earned": 10, "points_redeemed": 25}


def test_the_owners_example() -> None:
    found = plan(person("1", **NEGATIVE), person("2"), person("3", points=7, points_earned=7))
    assert values(found) == {
        "1": {
            "points": Decimal(0),
            "points_adjusted": Decimal(15),
            "loyalty_adjusted_on": date(2026, 5, 14),
            "loyalty_last_adjustment": Decimal(15),
        }
    }
    assert set(found.changes["reason"]) == {"its balance was -15"}
    assert found.figures == {"negative_balances": 1, "points_given": 15.0}


def test_none_is_a_success_without_changes() -> None:
    found = plan("1", person("2", points=None))
    assert (len(found.changes), found.held, found.considered) == (0, None, 2)


def test_the_totals_may_be_left() -> None:
    assert values(plan(person("1", **NEGATIVE), adjust_totals=False)) == {"1": {"points": Decimal(0)}}


def test_a_fraction_below_zero_is_below_zero() -> None:
    assert values(plan(person("1", points="-0.5", points_adjusted="-0.5")))["1"]["points_adjusted"] == 0


def test_more_balances_than_allowed_wait_for_a_till_may_be_broken() -> None:
    many = [person(str(number), **NEGATIVE) for number in range(4)]
    assert "4 balances would be set to zero at once, more than 3" in (plan(*many, max_customers=3).held or "")
    assert plan(*many, max_customers=4).held is None


amounts = st.decimals(-500, 500, places=4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(amounts, amounts, amounts), max_size=6))
def test_what_balanced_before_balances_after_and_a_second_run_changes_nothing(
    totals: list[tuple[Decimal, Decimal, Decimal]],
) -> None:
    rows = [
        person(str(number), points=earned - used + adjusted, points_earned=earned, points_redeemed=used,
               points_adjusted=adjusted)
        for number, (earned, used, adjusted) in enumerate(totals)
    ]  # fmt: skip
    after = applied_to(customers(*rows), plan(*rows)).to_dict("records")
    assert all(imbalance(each) == 0 and each["points"] >= 0 for each in after)
    assert len(plan(*after).changes) == 0
