from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.restore_sale_dates import AUTOMATION
from ops_platform.retail.customer_needs import RefundedTickets
from ops_platform.settings_retail import RetailSettings
from ops_platform_tests.retail.customer_store import (
    AS_OF,
    applied_to,
    customers,
    person,
    planned,
    refund,
    sale,
    tickets,
    values,
)
from ops_platform_tests.retail.store import noted

MAY_1, MAY_20 = "2026-05-01", "2026-05-20"
FIRST = sale("100", MAY_1, "7", amount=40, A=1)
SECOND = sale("200", MAY_20, "7", amount=55, A=2, B=1)
ALL_BACK = refund("200R1", "2026-05-22", "7", amount=-55, A=2, B=1)
NOTHING = {"first_sale": None, "last_sale": None, "last_sale_amount": None}


def plan(found: dict[str, Any] | list[dict[str, Any]], *made: list[dict[str, Any]], **rules: Any) -> Plan:
    rows = found if isinstance(found, list) else [found]
    inputs = {"customers": customers(*rows), "tickets": tickets(*made)}
    return planned(AUTOMATION, inputs, refunded_customers=rules)


def bought(first: str | None, last: str | None, amount: Any = 55, number: str = "7") -> dict[str, Any]:
    return person(number, first_sale=first, last_sale=last, last_sale_amount=amount)


def test_the_last_sale_goes_back_to_the_one_before() -> None:
    found = plan(bought(MAY_1, MAY_20), FIRST, SECOND, ALL_BACK)
    assert values(found) == {"7": {"last_sale": date(2026, 5, 1), "last_sale_amount": Decimal(40)}}
    assert set(found.changes["reason"]) == {"all of ticket 200 of 2026-05-20 came back"}


def test_who_bought_nothing_else_never_bought() -> None:
    found = plan(bought(MAY_20, MAY_20), SECOND, ALL_BACK)
    assert values(found) == {"7": NOTHING}
    assert found.figures["without_a_sale_left"] == 1


def test_a_part_that_came_back_changes_nothing() -> None:
    part = refund("200R1", "2026-05-22", "7", A=1)
    assert values(plan(bought(MAY_1, MAY_20), FIRST, SECOND, part)) == {}


def test_the_second_part_that_completes_it_does() -> None:
    parts = (refund("200R1", "2026-05-22", "7", A=2), refund("200R2", "2026-05-24", "7", B=1))
    assert set(values(plan(bought(MAY_1, MAY_20), FIRST, SECOND, *parts))) == {"7"}


def test_the_first_sale_that_came_back_gives_its_place_to_the_next() -> None:
    back = refund("100R1", "2026-05-03", "7", amount=-40, A=1)
    assert values(plan(bought(MAY_1, MAY_20), FIRST, SECOND, back)) == {"7": {"first_sale": date(2026, 5, 20)}}


def test_the_refund_of_an_old_ticket_leaves_a_newer_last_sale() -> None:
    old = sale("50", "2026-04-01", "7", amount=40, A=1)
    back = refund("50R1", "2026-05-23", "7", amount=-40, A=1)
    assert values(plan(bought("2026-03-01", MAY_20), old, SECOND, back)) == {}


def test_another_sale_of_the_same_day_keeps_it() -> None:
    same_day = sale("201", MAY_20, "7", amount=9, C=1)
    assert values(plan(bought(MAY_20, MAY_20), SECOND, same_day, ALL_BACK)) == {}


def test_an_exchange_afterwards_is_a_sale() -> None:
    exchange = sale("210", "2026-05-21", "7", amount=2, C=1, A=-1)
    found = plan(bought(MAY_20, "2026-05-21", 2), SECOND, exchange, ALL_BACK)
    assert values(found) == {"7": {"first_sale": date(2026, 5, 21)}}


def test_an_exchange_on_the_refund_itself_is_a_sale() -> None:
    """Whatever day the till gave the last sale: who went with two of B has bought, and stays in the texts."""
    instead = sale("200R1", "2026-05-22", "7", amount=0, A=-2, B=2)
    only_a = sale("200", MAY_20, "7", amount=55, A=2)
    for last in (MAY_20, "2026-05-22"):
        assert values(plan(bought(MAY_20, last), only_a, instead)) == {"7": {"first_sale": date(2026, 5, 22)}}


def test_the_day_of_an_exchange_that_was_booked_on_somebody_else_stays() -> None:
    instead = sale("200R1", "2026-05-22", None, amount=0, A=-2, B=-1, C=1)
    assert "last_sale" not in values(plan(bought(MAY_1, "2026-05-22"), FIRST, SECOND, instead)).get("7", {})


def test_the_refund_of_another_ticket_with_the_number_leaves_the_dates() -> None:
    long_ago = sale("200", "2019-05-20", "8", amount=12, A=1)
    rows = [bought("2019-05-20", "2019-05-20", 12, number="8"), bought(MAY_20, MAY_20)]
    assert values(plan(rows, long_ago, SECOND, ALL_BACK)) == {"7": NOTHING}
    assert values(plan(rows, sale("200", MAY_20, "8", store="WEB", A=1), SECOND, ALL_BACK)) == {"7": NOTHING}


def test_a_till_that_dates_the_last_sale_to_the_refund_is_set_right() -> None:
    found = plan(bought(MAY_1, "2026-05-22"), FIRST, SECOND, ALL_BACK)
    assert values(found)["7"]["last_sale"] == date(2026, 5, 1)


@pytest.mark.parametrize("last", ["2019-08-01", "2026-05-11", None])
def test_a_date_behind_which_no_refunded_ticket_stands_stays(last: str | None) -> None:
    """It is older than the history, or somebody typed it, or there is none."""
    assert "last_sale" not in values(plan(bought(last, last), SECOND, ALL_BACK)).get("7", {})


def test_a_first_sale_older_than_the_history_stays() -> None:
    found = plan(bought("2019-08-01", MAY_20), SECOND, ALL_BACK)
    assert values(found) == {"7": {"last_sale": None, "last_sale_amount": None}}


def test_a_date_is_never_moved_forward() -> None:
    """The till's last sale is before the newest ticket: whatever the reason is, no text is to begin anew."""
    later = sale("300", "2026-06-01", "7", C=1)
    assert "last_sale" not in values(plan(bought(MAY_20, MAY_20), SECOND, later, ALL_BACK))["7"]


def test_a_number_that_only_looks_like_a_refund_is_a_sale() -> None:
    fair = sale("FAIR739R1", MAY_20, "7", A=1)
    assert values(plan(bought(MAY_20, MAY_20), fair)) == {}


def test_a_refund_booked_on_nobody_counts_for_who_bought() -> None:
    found = plan(bought(MAY_20, MAY_20), SECOND, refund("200R1", "2026-05-22", None, amount=-55, A=2, B=1))
    assert values(found) == {"7": NOTHING}


def test_a_customer_who_was_merged_away_is_noted() -> None:
    found = plan(bought(MAY_1, MAY_1, number="8"), SECOND, ALL_BACK)
    assert values(found) == {}
    assert noted(found) == {("refunded_customer_gone", "7")}


def test_of_several_sales_on_the_day_before_the_last_ticket_gives_the_amount() -> None:
    two = (sale("100", MAY_1, "7", amount=40, A=1), sale("101", MAY_1, "7", amount=8, A=1))
    assert values(plan(bought(MAY_1, MAY_20), *two, SECOND, ALL_BACK))["7"]["last_sale_amount"] == Decimal(8)


def test_more_customers_than_allowed_wait() -> None:
    rows = [bought(MAY_20, MAY_20, number=str(number)) for number in range(4)]
    made = [
        ticket
        for number in range(4)
        for ticket in (
            sale(f"2{number}0", MAY_20, str(number), A=1),
            refund(f"2{number}0R1", "2026-05-22", str(number), A=1),
        )
    ]
    assert "4 customers would get earlier dates" in (plan(rows, *made, max_customers=3).held or "")
    assert plan(rows, *made, max_customers=4).held is None


def test_it_looks_back_a_week_and_at_some_stores_only_when_they_are_set() -> None:
    def asked(as_of: datetime, **rules: Any) -> RefundedTickets:
        settings = RetailSettings.model_validate({"refunded_customers": rules})
        need = AUTOMATION.needs(settings, as_of)["tickets"]
        assert isinstance(need, RefundedTickets)
        return need

    assert asked(AS_OF) == RefundedTickets(date(2026, 5, 7), (), "refunded_customers")
    assert asked(AS_OF, lookback_days=0, stores=["WEB"]) == RefundedTickets(
        date(2026, 5, 14), ("WEB",), "refunded_customers"
    )


days = st.integers(0, 6).map(lambda number: (date(2026, 5, 1) + timedelta(days=number)).isoformat())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(days, st.booleans(), days), min_size=1, max_size=6), days, days)
def test_a_second_run_changes_nothing_and_no_last_sale_moves_forward(
    made: list[tuple[str, bool, str]], first: str, last: str
) -> None:
    history: list[list[dict[str, Any]]] = []
    for number, (day, comes_back, back_on) in enumerate(made):
        history.append(sale(f"{number}", day, "7", amount=10, A=1))
        if comes_back:
            history.append(refund(f"{number}R1", max(day, back_on), "7", amount=-10, A=1))
    before = customers(bought(first, last))
    after = applied_to(before, plan(before.to_dict("records"), *history))
    assert values(plan(after.to_dict("records"), *history)) == {}
    assert after["last_sale"][0] is None or after["last_sale"][0] <= before["last_sale"][0]
