"""Customers and their tickets: plain values, only those concerned, and all fields of a customer written or none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from ops_platform.adapters.counterpoint import Counterpoint, CounterpointError
from ops_platform.adapters.counterpoint_customers import customers, customers_like, refunded_tickets
from ops_platform.adapters.counterpoint_writes import update_customers
from ops_platform.core.changes import change_set
from ops_platform.retail import snapshots
from ops_platform.retail.refunds import bought
from ops_platform.settings_retail import CounterpointSettings
from ops_platform_tests.adapters.counterpoint_rows import NOW, Store, counted, store

SINCE = date(2026, 5, 20)
BEFORE = datetime(2026, 1, 1)  # noqa: DTZ001


@pytest.fixture
def shop(database_url: str) -> Iterator[Store]:
    with store(database_url, batch_rows=2) as made:
        yield made


def one(frame: pd.DataFrame) -> dict[str, Any]:
    [row] = frame.to_dict("records")
    return {str(name): value for name, value in row.items()}


# -- customers


def test_the_frames_have_just_the_columns_the_rules_know(shop: Store) -> None:
    assert list(customers(shop.counterpoint).columns) == list(snapshots.CUSTOMERS)
    assert list(refunded_tickets(shop.counterpoint, SINCE).columns) == list(snapshots.CUSTOMER_TICKETS)


def test_a_customer_comes_trimmed_with_days_as_days_codes_in_capitals_and_nothing_as_none(shop: Store) -> None:
    shop.add_customer(
        "1001 ", FST_NAM="Ada ", LST_NAM="  ", CATEG_COD="retail", CONTCT_1="  ", PHONE_1="(828) 555-0142",
        INCLUDE_IN_MARKETING_MAILOUTS="y", LOY_PTS_BAL=Decimal("12.5"), LST_SAL_DAT=datetime(2026, 5, 20, 13, 5),  # noqa: DTZ001
        STATE="nc",
    )  # fmt: skip
    found = one(customers(shop.counterpoint))
    assert (found["cust_no"], found["first_name"], found["last_name"]) == ("1001", "Ada", None)
    assert (found["category"], found["mail_opt_in"], found["state"]) == ("RETAIL", "Y", "NC")
    assert (found["contact_1"], found["phone_1"]) == ("", "(828) 555-0142")
    assert (found["points"], found["last_sale"], found["first_sale"]) == (Decimal("12.5"), date(2026, 5, 20), None)


def test_the_walk_in_customer_is_nobody(database_url: str) -> None:
    with store(database_url, walk_in_customers=["CASH", "0"]) as shop:
        for number in ("CASH ", "0", "1001"):
            shop.add_customer(number)
        assert customers(shop.counterpoint)["cust_no"].tolist() == ["1001"]


def test_a_store_may_keep_a_meaning_in_another_column(database_url: str) -> None:
    with store(database_url, customer_columns={"birth_month": "PROF_COD_1"}) as shop:
        shop.add_customer("1001", PROF_COD_1="4", PROF_COD_2="9")
        assert one(customers(shop.counterpoint))["birth_month"] == "4"


def test_an_unknown_meaning_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(
        ValueError, match="customer_columns names 'birthmonth', which is no meaning; did you mean birth_month"
    ):
        Counterpoint(CounterpointSettings(customer_columns={"birthmonth": "X"}), "postgresql://nobody@localhost/none")


def test_columns_and_tables_of_customers_that_are_missing_are_named(database_url: str) -> None:
    with store(database_url, customer_columns={"sms_consent_1": "USR_SMS"}) as shop:
        assert shop.counterpoint.missing_columns() == ["AR_CUST.USR_SMS (sms_consent_1)"]
        with shop.counterpoint.engine.begin() as connection:
            connection.execute(sa.text('ALTER TABLE "PS_TKT_HIST" RENAME TO away'))
        try:
            assert "PS_TKT_HIST" in shop.counterpoint.missing_columns()
        finally:
            with shop.counterpoint.engine.begin() as connection:
                connection.execute(sa.text('ALTER TABLE away RENAME TO "PS_TKT_HIST"'))


def test_a_server_that_is_away_is_an_error_and_no_empty_list() -> None:
    away = Counterpoint(CounterpointSettings(), "postgresql://ops:canary-secret@127.0.0.1:1/counterpoint")
    for read in (customers, lambda pos: customers_like(pos, email="a@x.com", phone=None),
                 lambda pos: refunded_tickets(pos, SINCE)):  # fmt: skip
        with pytest.raises(CounterpointError, match="does not answer"):
            read(away)


@pytest.mark.parametrize(
    "stored", ["828-555-1234", "(828) 555-1234", "8285551234", "+1 828.555.1234", "828 555 1234 x5"]
)
def test_who_may_have_a_phone_is_found_in_any_form_with_one_query(shop: Store, stored: str) -> None:
    shop.add_customer("1001", MBL_PHONE_1=stored)
    shop.add_customer("1002", PHONE_1="828-555-4321")
    with counted(shop.counterpoint) as sent:
        found = customers_like(shop.counterpoint, email=None, phone="8285551234")
    assert (found["cust_no"].tolist(), len(sent)) == (["1001"], 1)


def test_who_may_have_an_address_is_found_in_any_case_and_with_blanks(shop: Store) -> None:
    shop.add_customer("1001", EMAIL_ADRS_2="  O'Hare@X.com ")
    shop.add_customer("CASH", EMAIL_ADRS_1="o'hare@x.com")
    assert customers_like(shop.counterpoint, email="o'hare@x.com", phone=None)["cust_no"].tolist() == ["1001"]


def test_asked_for_nothing_nobody_is_alike(shop: Store) -> None:
    shop.add_customer("1001", EMAIL_ADRS_1="", PHONE_1="")
    assert len(customers_like(shop.counterpoint, email=None, phone=None)) == 0


# -- tickets


def test_all_tickets_of_who_brought_something_back_are_read_and_nobody_elses(shop: Store) -> None:
    shop.ticket("100", "2026-05-01", "7", ("A", 1, 40))
    shop.ticket("200", "2026-05-19", "7", ("A", 2, 40), ("B", 1, 15))
    shop.ticket("200R1", "2026-05-22", "7", ("A", -2, -40), ("B", -1, -15))
    shop.ticket("300", "2026-05-21", "8", ("A", 1, 40))
    shop.ticket("400", "2026-05-01", "9", ("A", 1, 40))
    shop.ticket("400R1", "2026-05-19", "9", ("A", -1, -40))  # before the day that is asked for
    read = refunded_tickets(shop.counterpoint, SINCE)
    assert set(read["cust_no"]) == {"7"}
    found = bought(read)["7"]
    assert ([t.number for t in found.kept], [t.number for t in found.undone]) == (["100"], ["200"])
    assert found.kept[0].subtotal == Decimal(40)


@pytest.mark.parametrize("booked_on", [None, "", "CASH", "8"])
def test_a_refund_booked_on_somebody_else_concerns_who_bought(shop: Store, booked_on: str | None) -> None:
    shop.ticket("200", "2026-05-19", "7", ("A", 2, 40))
    shop.ticket("200R1", "2026-05-22", booked_on, ("A", -2, -40))
    shop.ticket("900", "2026-05-22", booked_on, ("A", 1, 40))
    assert [ticket.number for ticket in bought(refunded_tickets(shop.counterpoint, SINCE))["7"].undone] == ["200"]


def undone(shop: Store) -> dict[str, list[str]]:
    """Days of what was brought back wholly, by who is told of at all."""
    found = bought(refunded_tickets(shop.counterpoint, SINCE))
    return {who: [str(ticket.day) for ticket in each.undone] for who, each in found.items()}


@pytest.mark.parametrize("booked_on", ["8", None, "CASH"])
def test_a_refund_concerns_nobody_who_had_the_number_years_ago_or_in_another_store(
    shop: Store, booked_on: str | None
) -> None:
    shop.ticket("200", "2019-05-20", "7", ("A", 1, 20))
    shop.ticket("200", "2026-05-19", "9", ("A", 1, 20), store="WEB")
    shop.ticket("200", "2026-05-19", "8", ("A", 2, 40))
    shop.ticket("200R1", "2026-05-22", booked_on, ("A", -2, -40))
    assert {who: days for who, days in undone(shop).items() if days} == {"8": ["2026-05-19"]}
    assert "9" not in undone(shop)


def test_an_old_refund_of_another_ticket_with_the_number_is_not_taken_for_ones_own(shop: Store) -> None:
    """7 is looked at because of 300. Whose 200 came back is seen only when the other 200 is read as well."""
    shop.ticket("200", "2019-05-20", "7", ("A", 1, 20))
    shop.ticket("300", "2026-05-19", "7", ("A", 1, 20))
    shop.ticket("300R1", "2026-05-22", "7", ("A", -1, -20))
    shop.ticket("200", "2026-01-10", "8", ("A", 1, 20))
    shop.ticket("200R1", "2026-01-12", None, ("A", -1, -20))
    assert undone(shop) == {"7": ["2026-05-19"]}  # and 8, of whom not all was read, is not judged


def test_the_walk_in_customer_of_years_ago_is_not_the_one_of_today(shop: Store) -> None:
    shop.ticket("200", "2019-05-20", "CASH", ("A", 1, 20))
    shop.ticket("200", "2026-05-19", "8", ("A", 1, 20))
    shop.ticket("200R1", "2026-05-22", "CASH", ("A", -1, -20))
    assert undone(shop) == {"8": ["2026-05-19"]}


def test_a_sale_after_the_refund_concerns_nobody(shop: Store) -> None:
    shop.ticket("200R1", "2026-05-22", None, ("A", -1, -20))
    shop.ticket("200", "2026-05-23", "8", ("A", 1, 20))
    assert len(refunded_tickets(shop.counterpoint, SINCE)) == 0


def test_tickets_of_nobody_and_of_the_walk_in_customer_are_never_read_whole(shop: Store) -> None:
    for customer in (None, "", "CASH"):
        shop.ticket(f"2{customer}", "2026-05-19", customer, ("A", 1, 9))
        shop.ticket(f"2{customer}R1", "2026-05-22", customer, ("A", -1, -9))
    assert len(refunded_tickets(shop.counterpoint, SINCE)) == 0


def test_the_refunds_of_some_stores_may_be_all_that_count(shop: Store) -> None:
    shop.ticket("200", "2026-05-19", "7", ("A", 1, 9))
    shop.ticket("200R1", "2026-05-22", "7", ("A", -1, -9))
    assert len(refunded_tickets(shop.counterpoint, SINCE, ["WEB"])) == 0
    assert len(refunded_tickets(shop.counterpoint, SINCE, ["WEB", "1"])) == 2


def test_a_hundred_customers_take_no_more_statements_than_one(shop: Store) -> None:
    for number in range(100):
        shop.ticket(f"T{number}", "2026-05-19", str(number), ("A", 1, 9))
        shop.ticket(f"T{number}R1", "2026-05-22", str(number), ("A", -1, -9))
    with counted(shop.counterpoint) as sent:
        read = refunded_tickets(shop.counterpoint, SINCE)
    assert (read["cust_no"].nunique(), len(sent)) == (100, 2)


# -- writing


def written(shop: Store, *rows: tuple[str, str, Any, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    named = ("key", "field", "old", "new")
    changes = change_set(
        {"target": "customers", "reason": "a test", "label": "", **dict(zip(named, row, strict=True))} for row in rows
    )
    done = update_customers(shop.counterpoint, changes, now=NOW)
    return {(row["key"], row["field"]): (row["status"], row["detail"]) for row in done.to_dict("records")}


BALANCE = (("7", "points", Decimal(-15), Decimal(0)), ("7", "points_adjusted", Decimal(0), Decimal(15)))


def test_the_fields_of_a_customer_are_written_with_the_stamp_other_programs_look_at(shop: Store) -> None:
    shop.add_customer("7", LOY_PTS_BAL=-15, LST_MAINT_DT=BEFORE)
    assert set(written(shop, *BALANCE).values()) == {("applied", "")}
    found = shop.customer("7") or {}
    assert (found["LOY_PTS_BAL"], found["TOT_LOY_PTS_ADJ"]) == (0, 15)
    assert (found["LST_MAINT_DT"], found["LST_MAINT_USR_ID"]) == (NOW, "OPS")


def test_a_second_call_finds_everything_so_and_touches_no_stamp(shop: Store) -> None:
    shop.add_customer("7", LOY_PTS_BAL=-15)
    written(shop, *BALANCE)
    with shop.counterpoint.engine.begin() as connection:
        connection.execute(sa.text('UPDATE "AR_CUST" SET "LST_MAINT_DT" = NULL'))
    assert set(written(shop, *BALANCE).values()) == {("applied", "already so")}
    assert (shop.customer("7") or {})["LST_MAINT_DT"] is None


def test_a_balance_that_moved_meanwhile_keeps_its_adjustment_too(shop: Store) -> None:
    """A sale between reading and writing: half a change would break balance = earned - redeemed + adjusted."""
    shop.add_customer("7", LOY_PTS_BAL=-5, LST_MAINT_DT=BEFORE)
    done = written(shop, *BALANCE)
    assert {status for status, _ in done.values()} == {"conflict"}
    assert "somebody changed points meanwhile" in done["7", "points"][1]
    found = shop.customer("7") or {}
    assert (found["LOY_PTS_BAL"], found["TOT_LOY_PTS_ADJ"], found["LST_MAINT_DT"]) == (-5, 0, BEFORE)


def test_a_value_that_does_not_fit_fails_its_customer_and_no_other(shop: Store) -> None:
    for number in ("7", "8", "9"):
        shop.add_customer(number)
    done = written(
        shop, ("7", "loyalty_card", None, "X" * 21), ("7", "points", Decimal(0), Decimal(1)),
        ("8", "contact_1", None, "Ada"), ("9", "last_sale", None, "no day"),
    )  # fmt: skip
    assert {key: status for key, (status, _) in done.items()} == {
        ("7", "loyalty_card"): "failed", ("7", "points"): "failed", ("8", "contact_1"): "applied",
        ("9", "last_sale"): "failed",
    }  # fmt: skip
    assert (shop.customer("7") or {})["LOY_PTS_BAL"] == 0


TRIGGER = """
    CREATE FUNCTION meddle() RETURNS trigger AS $$ BEGIN {what} RETURN NEW; END $$ LANGUAGE plpgsql;
    CREATE TRIGGER meddle BEFORE UPDATE ON "AR_CUST" FOR EACH ROW EXECUTE FUNCTION meddle()
"""


@pytest.mark.parametrize(
    ("meddling", "why"),
    [
        (None, "it is longer than the 40 characters of CONTCT_1"),
        ("""NEW."CONTCT_1" := 'Canary Fern';""", "Counterpoint took it, but keeps another value"),
        ("""NEW."NAM" := NULL;""", "Counterpoint refused it: null value in column"),
        ("""RAISE 'no % at 828-555-0199', NEW."CONTCT_1";""", "Counterpoint refused it: no *** at ***99"),
    ],
)
def test_no_reason_repeats_what_stands_at_a_customer(shop: Store, meddling: str | None, why: str) -> None:
    """Reasons are kept, logged and mailed; PostgreSQL and SQL Server like to quote the value, or all of the row."""
    shop.add_customer("7", FST_NAM="Canary", PHONE_1="828-555-0199")
    wanted = "Canary O'Hare" + ("" if meddling else " of the Long Name" * 3)
    with shop.counterpoint.engine.begin() as connection:
        if meddling:
            connection.execute(sa.text(TRIGGER.format(what=meddling)))
    try:
        [(status, detail)] = written(shop, ("7", "contact_1", None, wanted)).values()
    finally:
        with shop.counterpoint.engine.begin() as connection:
            connection.execute(sa.text("DROP FUNCTION IF EXISTS meddle CASCADE"))
    assert (status, detail[: len(why)]) == ("failed", why)
    assert not any(secret in detail for secret in ("Canary", "O'Hare", "0199"))


def test_a_customer_who_is_gone_is_a_conflict(shop: Store) -> None:
    assert written(shop, ("7", "contact_1", None, "Ada"))["7", "contact_1"] == (
        "conflict",
        "the customer is not in Counterpoint any more",
    )


@pytest.mark.parametrize("old", [date(2026, 5, 20), "2026-05-20"])
def test_a_day_is_the_same_day_whatever_time_stands_there_and_comes_back_out_of_the_record(
    shop: Store, old: Any
) -> None:
    shop.add_customer("7", LST_SAL_DAT=datetime(2026, 5, 20, 13, 5), LST_SAL_AMT=55)  # noqa: DTZ001
    done = written(shop, ("7", "last_sale", old, None), ("7", "last_sale_amount", Decimal(55), None))
    assert set(done.values()) == {("applied", "")}
    done = written(shop, ("7", "last_sale", None, "2026-05-01"))
    assert (shop.customer("7") or {})["LST_SAL_DAT"] == datetime(2026, 5, 1)  # noqa: DTZ001
    assert set(done.values()) == {("applied", "")}


@pytest.mark.parametrize("blank", [None, "", "   "])
def test_a_contact_of_blanks_is_replaced_as_one_that_is_missing(shop: Store, blank: str | None) -> None:
    shop.add_customer("7", CONTCT_1=blank)
    assert written(shop, ("7", "contact_1", None, "Ada Birkwood"))["7", "contact_1"] == ("applied", "")
