"""The checks of the reports fail when what they name happens; Dagster shows a report without people's names."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ops_platform_tests.defs.retail.conftest import Shop
from ops_platform_tests.defs.retail.test_checks import ask, complains
from ops_platform_tests.flows.retail.conftest import AS_OF

YESTERDAY = datetime(2026, 5, 13)  # noqa: DTZ001  # as Counterpoint writes it
TODAY = YESTERDAY + timedelta(days=1)


def ring_up(shop: Shop, total: float, *payments: tuple[str, float], day: datetime = YESTERDAY, number: int = 1) -> None:
    """A ticket and how it was paid."""
    key = {"BUS_DAT": day, "DOC_ID": 5000 + number}
    shop.pos.insert("PS_TKT_HIST", {**key, "TKT_NO": str(number), "STR_ID": "1", "TOT": total})
    for place, (code, amount) in enumerate(payments, start=1):
        shop.pos.insert("PS_TKT_HIST_PMT", {**key, "PMT_SEQ_NO": place, "PAY_COD": code, "AMT": amount})


def test_payments_that_are_not_what_the_tickets_came_to_are_told_by_day(sound: Shop) -> None:
    ring_up(sound, 100, ("CASH", 120), ("CASH", -20))
    assert ask("payments_equal_tickets", "revenue_report").passed
    ring_up(sound, 50, ("VISA", 49.98), number=2)
    said, rows = complains("payments_equal_tickets", "revenue_report")
    assert said.startswith("1 of 1 days have other payments than tickets: 2026-05-13.")
    assert rows == [{"day": "2026-05-13", "paid": 149.98, "tickets": 150.0, "difference": -0.02}]


@pytest.mark.parametrize(("paid", "passes"), [(99.99, True), (100.02, False)])
def test_a_cent_is_no_difference_and_two_are(sound: Shop, paid: float, passes: bool) -> None:
    ring_up(sound, 100, ("CASH", paid))
    assert ask("payments_equal_tickets", "revenue_report").passed is passes


def test_today_is_not_judged_before_it_is_over_and_the_long_past_not_any_more(sound: Shop) -> None:
    ring_up(sound, 100, day=TODAY)
    ring_up(sound, 100, day=YESTERDAY - timedelta(days=28), number=2)
    assert ask("payments_equal_tickets", "revenue_report").passed
    ring_up(sound, 100, day=YESTERDAY - timedelta(days=27), number=3)
    assert not ask("payments_equal_tickets", "revenue_report").passed


def test_a_pay_code_nobody_named_is_told(sound: Shop) -> None:
    ring_up(sound, 100, ("cash ", 60), ("TAPPY", 40))
    said, rows = complains("pay_codes_are_known", "revenue_report")
    assert said.startswith("1 of 2 pay codes stand in no group: TAPPY.")
    assert rows == [{"pay code": "TAPPY", "amount": 40.0}]


def test_a_web_item_in_no_category_is_told(sound: Shop) -> None:
    sound.item("LOST")
    assert complains("web_items_are_in_a_category", "item_report")[0].startswith(
        "1 of 7 web items are in no category: LOST"
    )


def test_stock_that_nobody_can_buy_is_told(sound: Shop) -> None:
    sound.item("OFF", IS_ECOMM_ITEM="N")
    sound.item("HID", IS_ECOMM_ITEM="N", ADDL_DESCR_1="EXCLUDE")
    sound.item("OLD", STAT="V")
    assert "items in stock are not on the web: OFF." in complains("stock_is_on_the_web", "item_report")[0]
    said, rows = complains("inactive_items_are_not_in_stock", "item_report")
    assert "inactive items are in stock: OLD." in said
    assert rows == [{"item_no": "OLD", "item": "Plant OLD", "available": 10.0}]


def test_a_section_that_could_not_be_computed_is_told_until_the_report_is_made_anew(sound: Shop) -> None:
    sound.db.execute('ALTER TABLE "SY_USR" RENAME TO "SY_GONE"')
    try:
        sound.run("admin_report", apply=None)
    finally:
        sound.db.execute('ALTER TABLE "SY_GONE" RENAME TO "SY_USR"')
    said, rows = complains("every_section_was_computed", "admin_report")
    assert said.startswith("1 of 8 sections of the last report could not be computed: Sales reps.")
    assert "ops retail apply admin_report --force" in said
    assert rows[0]["section"] == "Sales reps"
    sound.run("admin_report", apply=None)  # known: nothing is made
    assert not ask("every_section_was_computed", "admin_report").passed
    sound.run("admin_report", apply=None, as_of=AS_OF + timedelta(days=1))
    assert ask("every_section_was_computed", "admin_report").passed


def test_a_report_is_shown_with_its_chart_and_tables_and_without_names(sound: Shop) -> None:
    sound.pos.add_customer("W1", CATEG_COD="WHOLESALE", NAM="Canary Customer", EMAIL_ADRS_1="canary@customers.example")
    sound.pos.ticket("1", "2026-05-15", "W1", ("A", 1, 40.0))
    # Of another day than other tests: what the ledger knows stays known.
    assert sound.materialize("admin_report", "item_report", at=AS_OF + timedelta(days=7)).success
    told = sound.told("admin_report")
    assert told["status"] == "done"
    assert told["chart of weeks"].startswith("![weeks](data:image/png;base64,")
    assert told["Revenue"][0]["Period"] == "Wed May 20"
    assert told["Revenue"][1] | {"Change": ""} == {
        "Period": "Last week, May 10\N{EN DASH}16", "Revenue": "$40.00", "Change": "", "Tickets": "1"
    }  # fmt: skip
    assert told["Wholesale"] == "names are only in the mail"
    assert "Canary" not in str(told)
    assert "office@" not in str(told)
    assert sound.told("item_report")["Inactive, but in stock"] == []
