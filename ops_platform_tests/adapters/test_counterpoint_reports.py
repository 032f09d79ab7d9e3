"""What reports read of Counterpoint: sums by the server, with either sign of returns and whatever else tills write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from ops_platform.adapters import counterpoint_reports as reports
from ops_platform.adapters.counterpoint import Counterpoint, CounterpointError
from ops_platform.retail.reports import needs
from ops_platform.settings_retail import CounterpointSettings
from ops_platform_tests.adapters.counterpoint_rows import Store, counted, store

START, END = date(2026, 5, 10), date(2026, 5, 16)
DAY = date(2026, 5, 12)


@pytest.fixture
def shop(database_url: str) -> Iterator[Store]:
    with store(database_url) as made:
        yield made


def at(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour)  # noqa: DTZ001  # as Counterpoint writes it


class Till:
    """Rings up tickets, each with a number of its own."""

    def __init__(self, shop: Store) -> None:
        self.shop, self.number = shop, 0

    def ticket(self, *lines: tuple[str, Any, Any, Any], day: date = DAY, **head: Any) -> int:
        """A ticket with lines of kind, quantity, price, cost. Keys of `head` with an L_ before are of its lines."""
        self.number += 1
        own = {name.removeprefix("L_"): value for name, value in head.items() if name.startswith("L_")}
        head = {name: value for name, value in head.items() if not name.startswith("L_")}
        key = {"BUS_DAT": at(day), "DOC_ID": self.number}
        self.shop.insert("PS_TKT_HIST", {**key, "TKT_NO": str(self.number), "STR_ID": "1", "SAL_LINS": 1, **head})
        for place, (kind, quantity, price, cost) in enumerate(lines, start=1):
            line = {"LIN_TYP": kind, "ITEM_NO": "A", "QTY_SOLD": quantity, "EXT_PRC": price, "EXT_COST": cost}
            self.shop.insert("PS_TKT_HIST_LIN", {**key, "LIN_SEQ_NO": place, "STR_ID": "1", **line, **own})
        return self.number

    def pay(self, document: int, *payments: tuple[str | None, Any], day: date = DAY) -> None:
        for place, (code, amount) in enumerate(payments, start=1):
            row = {"BUS_DAT": at(day), "DOC_ID": document, "PMT_SEQ_NO": place, "PAY_COD": code, "AMT": amount}
            self.shop.insert("PS_TKT_HIST_PMT", row)


@pytest.fixture
def till(shop: Store) -> Till:
    return Till(shop)


def rows(frame: pd.DataFrame) -> list[list[Any]]:
    return [list(row) for row in frame.itertuples(index=False, name=None)]


def test_every_frame_has_just_the_columns_the_reports_know(shop: Store) -> None:
    pos = shop.counterpoint
    assert list(reports.history_start(pos).columns) == list(needs.HISTORY_START)
    assert list(reports.daily_sales(pos, START, END).columns) == list(needs.DAILY_SALES)
    assert list(reports.rep_sales(pos, START, END).columns) == list(needs.REP_SALES)
    assert list(reports.customer_sales(pos, START, END, ["X"]).columns) == list(needs.CUSTOMER_SALES)
    assert list(reports.category_sales(pos, START, END).columns) == list(needs.CATEGORY_SALES)
    assert list(reports.payments(pos, START, END).columns) == list(needs.PAYMENTS)
    assert list(reports.ticket_totals(pos, START, END).columns) == list(needs.TICKET_TOTALS)
    assert list(reports.deposits(pos, START, END).columns) == list(needs.DEPOSITS)
    assert list(reports.gift_cards(pos, START, END).columns) == list(needs.GIFT_CARDS)
    assert list(reports.web_categories(pos).columns) == list(needs.WEB_CATEGORIES)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_return_of_20_dollars_lowers_revenue_by_20_whichever_sign_it_is_written_with(till: Till, sign: int) -> None:
    till.ticket(("S", 3, 120, 60), ("R", sign * 1, sign * 20, sign * 8), ("O", 1, 999, 999))
    [row] = rows(reports.daily_sales(till.shop.counterpoint, START, END))
    assert row == [DAY, "1", None, Decimal(100), Decimal(52), 1]
    [item] = rows(reports.category_sales(till.shop.counterpoint, START, END))
    assert item[3:] == [Decimal(2), Decimal(100)]
    [rep] = rows(reports.rep_sales(till.shop.counterpoint, START, END))
    assert rep[2] == Decimal(100)


def test_days_are_business_days_both_ends_included_whatever_the_time(till: Till) -> None:
    for day, hour in ((START, 0), (END, 0), (END, 23), (date(2026, 5, 9), 23), (date(2026, 5, 17), 0)):
        number = till.ticket(day=day)
        till.shop.insert("PS_TKT_HIST_LIN", {
            "BUS_DAT": at(day, hour), "DOC_ID": number + 500, "LIN_SEQ_NO": 1, "LIN_TYP": "S", "STR_ID": "1",
            "EXT_PRC": 10, "EXT_COST": 1,
        })  # fmt: skip
    found = reports.daily_sales(till.shop.counterpoint, START, END)
    assert {row[0]: row[3] for row in rows(found)} == {START: Decimal(10), END: Decimal(20)}


def test_sales_are_told_apart_by_store_and_category_of_the_customer(till: Till) -> None:
    till.shop.add_customer("W1", CATEG_COD="wholesale ")
    till.shop.add_customer("R1", CATEG_COD=None)
    till.ticket(("S", 1, 10, 4), CUST_NO="W1")
    till.ticket(("S", 1, 20, 5), CUST_NO="R1", STR_ID="web ", L_STR_ID="WEB")
    till.ticket(("S", 1, 40, 6), CUST_NO=None, STR_ID="WEB", L_STR_ID=None)
    till.ticket(("S", 1, 80, 7), CUST_NO="GONE", STR_ID=None, L_STR_ID=" ")
    assert rows(reports.daily_sales(till.shop.counterpoint, START, END)) == [
        [DAY, "1", "WHOLESALE", Decimal(10), Decimal(4), 1],
        [DAY, "WEB", None, Decimal(60), Decimal(11), 2],
        [DAY, None, None, Decimal(80), Decimal(7), 1],
    ]


def test_tickets_are_those_on_which_something_was_sold(till: Till) -> None:
    till.ticket(("S", 1, 10, 4))
    till.ticket(("S", 1, 10, 4), SAL_LINS=None)
    till.ticket(("R", 1, 10, 4), SAL_LINS=0)
    [row] = rows(reports.daily_sales(till.shop.counterpoint, START, END))
    assert (row[3], row[5]) == (Decimal(10), 2)


def test_a_line_without_its_ticket_was_sold_all_the_same(till: Till) -> None:
    till.shop.line("A", 1, 30, BUS_DAT=at(DAY), STR_ID="1", EXT_COST=None)
    [row] = rows(reports.daily_sales(till.shop.counterpoint, START, END))
    assert row == [DAY, "1", None, Decimal(30), Decimal(0), 0]


def test_the_rep_of_a_line_counts_before_that_of_its_ticket_and_has_a_name(till: Till) -> None:
    till.shop.insert("SY_USR", {"USR_ID": "ann", "NAM": "Ann Lee "}, {"USR_ID": "BO", "NAM": None})
    till.ticket(("S", 1, 10, 1), ("S", 1, 5, 1), SLS_REP="BO", L_SLS_REP="ANN ")
    till.ticket(("S", 1, 20, 1), SLS_REP="bo", L_SLS_REP=" ")
    till.ticket(("S", 1, 40, 1), SLS_REP="BO", L_SLS_REP=None)
    till.ticket(("S", 1, 80, 1))
    assert rows(reports.rep_sales(till.shop.counterpoint, START, END)) == [
        ["ANN", "Ann Lee", Decimal(15), 1], ["BO", None, Decimal(60), 2], [None, None, Decimal(80), 1],
    ]  # fmt: skip


def test_customers_of_some_categories_are_summed_and_others_left_out(till: Till) -> None:
    till.shop.add_customer("W1", CATEG_COD="WHOLESALE ", NAM="Ann's Yard ")
    till.shop.add_customer("W2", CATEG_COD="wholesale")
    till.shop.add_customer("R1", CATEG_COD="RETAIL")
    for who, price in (("W1", 10), ("W1", 5), ("W2", 7), ("R1", 99), (None, 99)):
        till.ticket(("S", 1, price, 1), CUST_NO=who)
    found = reports.customer_sales(till.shop.counterpoint, START, END, ["Wholesale"])
    assert sorted(rows(found)) == [["W1", "Ann's Yard", Decimal(15), 2], ["W2", "Customer W2", Decimal(7), 1]]
    assert found["cust_no"].tolist() != []


def test_categories_and_items_are_evened_out_and_named_by_their_tickets(till: Till) -> None:
    till.ticket(("S", 2, 10, 1), L_CATEG_COD="trees", L_ITEM_NO="A ", L_DESCR="Oak")
    till.ticket(("S", 1, 5, 1), L_CATEG_COD="TREES", L_ITEM_NO="A", L_DESCR=None)
    till.ticket(("S", 1, 7, 1), L_CATEG_COD=None, L_ITEM_NO="B")
    till.ticket(("S", 1, 9, 1), L_ITEM_NO=None)
    assert rows(reports.category_sales(till.shop.counterpoint, START, END)) == [
        ["TREES", "A", "Oak", Decimal(3), Decimal(15)], [None, "B", None, Decimal(1), Decimal(7)],
    ]  # fmt: skip


def test_payments_are_summed_by_day_store_and_code_and_refunds_subtracted(till: Till) -> None:
    one, web = till.ticket(("S", 1, 100, 1)), till.ticket(STR_ID="WEB")
    till.pay(one, ("CASH", 105), ("cash ", -5), ("VISA", 50))
    till.pay(web, (None, 7))
    till.pay(999, ("CASH", 1))
    assert rows(reports.payments(till.shop.counterpoint, START, END)) == [
        [DAY, "1", "CASH", Decimal(100), 2], [DAY, "1", "VISA", Decimal(50), 1], [DAY, "WEB", None, Decimal(7), 1],
        [DAY, None, "CASH", Decimal(1), 1],
    ]  # fmt: skip


def test_tickets_deposits_and_gift_cards_are_summed_by_day_and_store(till: Till) -> None:
    till.ticket(TOT=107, TAX_AMT=7)
    till.ticket(TOT=-20, TAX_AMT=None, day=END)
    assert rows(reports.ticket_totals(till.shop.counterpoint, START, END)) == [
        [DAY, "1", 1, Decimal(107), Decimal(7)], [END, "1", 1, Decimal(-20), Decimal(0)],
    ]  # fmt: skip
    till.shop.insert("PS_DOC_HDR", {"DOC_ID": 1, "STR_ID": "1"})
    for document, place, amount, final, day in (
        (1, 1, 30, "N", DAY), (1, 2, 5, "N", DAY), (1, 3, 99, "Y", DAY), (1, 4, 99, "N", date(2026, 5, 17)),
        (7, 1, 2, "N", END),
    ):  # fmt: skip
        till.shop.insert("PS_DOC_PMT", {
            "DOC_ID": document, "PMT_SEQ_NO": place, "AMT": amount, "FINAL_PMT": final, "PAY_DAT": at(day, 13)
        })  # fmt: skip
    assert rows(reports.deposits(till.shop.counterpoint, START, END)) == [
        [DAY, "1", Decimal(35)], [END, None, Decimal(2)],
    ]  # fmt: skip
    for number, day in (("G1", DAY), ("G2", DAY), ("G3", date(2026, 5, 9))):
        card = {"GFC_NO": number, "ORIG_AMT": 25, "ORIG_DAT": at(day, 9), "ORIG_STR_ID": "1", "CURR_AMT": 0}
        till.shop.insert("SY_GFC", card)
    assert rows(reports.gift_cards(till.shop.counterpoint, START, END)) == [[DAY, "1", Decimal(50)]]


def test_the_history_begins_with_the_first_ticket(till: Till) -> None:
    assert rows(reports.history_start(till.shop.counterpoint)) == []
    till.ticket(day=END)
    till.ticket(day=START)
    assert rows(reports.history_start(till.shop.counterpoint)) == [[START]]


def test_an_item_in_two_web_categories_is_in_one_row(till: Till) -> None:
    till.shop.insert("EC_CATEG_ITEM", *({"ITEM_NO": "A", "CATEG_ID": each} for each in ("X", "Y")))
    assert rows(reports.web_categories(till.shop.counterpoint)) == [["A"]]


def test_a_year_of_sales_takes_two_statements(till: Till) -> None:
    till.ticket(("S", 1, 10, 4))
    with counted(till.shop.counterpoint) as sent:
        reports.daily_sales(till.shop.counterpoint, date(2025, 1, 1), END)
    assert len([statement for statement in sent if "SELECT" in statement and "PS_TKT" in statement]) == 2


def test_a_database_that_is_away_is_an_error_and_no_empty_report() -> None:
    away = Counterpoint(CounterpointSettings(), "postgresql://ops:canary-secret@127.0.0.1:1/none")
    with pytest.raises(CounterpointError, match="does not answer") as refused:
        reports.payments(away, START, END)
    assert "canary-secret" not in str(refused.value)
    away.close()
