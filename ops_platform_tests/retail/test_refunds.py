"""What was brought back wholly, and which numbers are refunds."""

from __future__ import annotations

import pytest

from ops_platform.retail.refunds import Bought, bought, original_of
from ops_platform_tests.retail.customer_store import refund, sale, tickets


def one(*made: list[dict[str, object]]) -> Bought:
    [found] = bought(tickets(*made)).values()
    return found


def kept(*made: list[dict[str, object]]) -> list[str]:
    return [ticket.number for ticket in one(*made).kept]


@pytest.mark.parametrize("number", ["200R1", "200R2", "200R12"])
def test_a_refund_is_the_number_of_a_ticket_that_exists_with_r_and_digits(number: str) -> None:
    assert original_of(number, {"200"}) == "200"


@pytest.mark.parametrize("number", ["FAIR739R1", "200R", "200R123", "R1", "200"])
def test_a_number_that_only_looks_so_is_no_refund(number: str) -> None:
    assert original_of(number, {"200"}) is None


def test_a_refund_of_a_ticket_whose_own_number_ends_so_is_one() -> None:
    assert original_of("FAIR739R1R1", {"FAIR739R1"}) == "FAIR739R1"


def test_a_ticket_of_which_every_piece_came_back_is_undone() -> None:
    assert kept(sale("200", "2026-05-20", "1", A=2, B=1), refund("200R1", "2026-05-21", "1", A=2, B=1)) == []


def test_a_part_that_came_back_leaves_the_sale() -> None:
    assert kept(sale("200", "2026-05-20", "1", amount=30, A=2, B=1), refund("200R1", "2026-05-21", "1", A=2)) == ["200"]
    assert kept(sale("200", "2026-05-20", "1", amount=30, A=2), refund("200R1", "2026-05-21", "1", A=1)) == ["200"]


def test_two_refunds_together_may_be_all_of_it() -> None:
    made = (
        sale("200", "2026-05-20", "1", amount=30, A=2, B=1),
        refund("200R1", "2026-05-21", "1", A=2),
        refund("200R2", "2026-05-24", "1", B=1),
    )
    assert kept(*made) == []
    assert [ticket.number for ticket in one(*made).refunds] == ["200R1", "200R2"]


@pytest.mark.parametrize("sign", [1, -1])
def test_all_of_the_money_back_is_all_of_it_whatever_item_and_sign_the_refund_is_rung_with(sign: int) -> None:
    back = refund("200R1", "2026-05-21", "1", amount=sign * 30, WEBREFUND=1)
    assert kept(sale("200", "2026-05-20", "1", amount=30, A=2), back) == []


def test_an_exchange_is_a_sale() -> None:
    assert kept(sale("201", "2026-05-22", "1", A=1, B=-1)) == ["201"]


def test_an_exchange_at_the_return_desk_is_not_money_back() -> None:
    made = (sale("200", "2026-05-20", "1", amount=30, A=2), sale("200R1", "2026-05-21", "1", amount=40, A=-1, C=3))
    assert kept(*made) == ["200", "200R1"]


def test_what_was_taken_instead_of_all_that_came_back_is_bought() -> None:
    """Else who brought A back and went with two of B would never have bought."""
    made = (sale("200", "2026-05-20", "1", A=1), sale("200R1", "2026-05-22", "1", A=-1, B=2))
    assert kept(*made) == ["200R1"]
    assert [ticket.number for ticket in one(*made).undone] == ["200"]


def test_what_was_taken_instead_can_be_brought_back_too() -> None:
    made = (
        sale("200", "2026-05-20", "1", A=1),
        sale("200R1", "2026-05-22", "1", A=-1, B=2),
        refund("200R1R1", "2026-05-24", "1", B=2),
    )
    assert kept(*made) == []


def test_pieces_brought_back_without_a_receipt_are_no_sale() -> None:
    assert bought(tickets(refund("300", "2026-05-20", "1", A=1))) == {}


def test_a_ticket_that_sold_nothing_yet_is_no_sale() -> None:
    order = [{**row, "sold": row["sold"] * 0} for row in sale("400", "2026-05-20", "1", A=1)]
    assert bought(tickets(order)) == {}


# -- several tickets with one number

LONG_AGO = sale("200", "2019-05-20", "1", A=1)
LATELY = sale("200", "2026-05-20", "2", A=1)


def undone(*made: list[dict[str, object]]) -> dict[str, list[str]]:
    """Days of the sales that were brought back wholly, by customer."""
    return {who: [str(ticket.day) for ticket in found.undone] for who, found in bought(tickets(*made)).items()}


@pytest.mark.parametrize("booked_on", ["2", "3", None])
def test_a_refund_is_of_the_newest_sale_with_its_number(booked_on: str | None) -> None:
    back = refund("200R1", "2026-05-22", booked_on, A=1)
    for made in ((LONG_AGO, LATELY, back), (back, LATELY, LONG_AGO)):
        assert undone(*made) == {"1": [], "2": ["2026-05-20"]}


def test_a_refund_is_of_no_sale_after_it() -> None:
    back = refund("200R1", "2026-05-19", None, A=1)
    assert undone(LONG_AGO, LATELY, back) == {"1": ["2019-05-20"], "2": []}
    assert undone(LATELY, back) == {"2": []}


def test_a_refund_is_of_the_customers_own_sale_before_it_is_of_a_newer_one() -> None:
    assert undone(LONG_AGO, LATELY, refund("200R1", "2026-05-22", "1", A=1)) == {"1": ["2019-05-20"], "2": []}


def test_of_two_sales_of_a_customer_with_one_number_the_newer_is_brought_back() -> None:
    made = (LONG_AGO, sale("200", "2026-05-20", "1", A=1), refund("200R1", "2026-05-22", "1", A=1))
    assert undone(*made) == {"1": ["2026-05-20"]}
    assert kept(*made) == ["200"]


@pytest.mark.parametrize("booked_on", ["2", None])
def test_a_refund_is_of_a_sale_of_its_store(booked_on: str | None) -> None:
    web = sale("200", "2026-05-19", "2", store="WEB", A=1)
    back = refund("200R1", "2026-05-22", booked_on, store="WEB", A=1)
    assert undone(sale("200", "2026-05-20", "1", A=1), web, back) == {"1": [], "2": ["2026-05-19"]}


def test_what_was_bought_in_one_store_may_be_brought_back_to_another_by_who_bought_it() -> None:
    web = sale("200", "2026-05-19", "2", store="WEB", A=1)
    assert undone(web, refund("200R1", "2026-05-22", "2", A=1)) == {"2": ["2026-05-19"]}
    assert undone(web, refund("200R1", "2026-05-22", "3", A=1)) == {"2": []}
    assert undone(web, refund("200R1", "2026-05-22", None, A=1)) == {"2": []}


def test_who_only_has_the_same_number_is_not_judged_by_the_one_ticket_that_was_read_of_them() -> None:
    other = sale("200", "2026-05-20", "2", all_read=False, A=1)
    assert undone(LONG_AGO, other, refund("200R1", "2026-05-22", "2", A=1)) == {"1": []}


@pytest.mark.parametrize("booked_on", [None, "2"])
def test_a_refund_booked_on_somebody_else_undoes_the_sale_of_who_bought(booked_on: str | None) -> None:
    assert kept(sale("200", "2026-05-20", "1", A=2), refund("200R1", "2026-05-21", booked_on, A=2)) == []
