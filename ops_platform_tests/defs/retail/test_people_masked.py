"""Customers in what Dagster keeps of a run: whoever opens the UI reads it, so no name, phone or card stands there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import pytest
import sqlalchemy as sa

from ops_platform.defs.retail.reports import troubles
from ops_platform.flows.retail.apply import RESULT_COLUMNS
from ops_platform.flows.retail.runner import Outcome
from ops_platform.retail.automation import Plan
from ops_platform.retail.registry import by_name
from ops_platform_tests.defs.retail.conftest import Shop

SECRETS = ("Canary", "O'Hare", "555-0199", "5550199", "WM-77")


@pytest.fixture
def people(shop: Shop) -> Iterator[Shop]:
    """Somebody without a contact whose phone is a landline, and a wholesale customer with a card."""
    shop.pos.add_customer("1", FST_NAM="CANARY", LST_NAM="O'HARE", CUST_NAM_TYP="P", PHONE_1="828-555-0199")
    shop.pos.add_customer(
        "2", NAM="Canary Lawn", CUST_NAM_TYP="B", CATEG_COD="WHOLESALE", LOY_PGM_COD="BASIC", LOY_CARD_NO="WM-77",
        LOY_PTS_BAL=120, TOT_LOY_PTS_EARND=120,
    )  # fmt: skip
    shop.db.execute(
        "INSERT INTO retail.text_suppressions (digits, reason, is_sandbox, detail) "
        "VALUES ('8285550199', 'not_textable', true, 'Twilio 30006 for +18285550199')"
    )
    yield shop
    shop.db.execute("DELETE FROM retail.text_suppressions WHERE digits = '8285550199'")


def everything_kept(shop: Shop) -> str:
    """All events of all runs, as Dagster keeps them."""
    runs = shop.instance.get_runs()
    return "\n".join(repr(event) for run in runs for event in shop.instance.all_logs(run.run_id))


@contextmanager
def keeping(shop: Shop, column: str, value: str) -> Iterator[None]:
    """A point of sale that keeps a value, whatever is written."""
    with shop.pos.counterpoint.engine.begin() as connection:
        connection.execute(
            sa.text(
                f"""CREATE FUNCTION keep_it() RETURNS trigger AS
                $$ BEGIN NEW."{column}" := '{value}'; RETURN NEW; END $$ LANGUAGE plpgsql;
                CREATE TRIGGER keep_it BEFORE UPDATE ON "AR_CUST" FOR EACH ROW EXECUTE FUNCTION keep_it()"""
            )
        )
    try:
        yield
    finally:
        with shop.pos.counterpoint.engine.begin() as connection:
            connection.execute(sa.text('DROP TRIGGER keep_it ON "AR_CUST"; DROP FUNCTION keep_it'))


def test_what_was_changed_of_customers_is_told_with_masks_and_days_points_and_codes_as_they_are(people: Shop) -> None:
    assert people.materialize("contact_1", "landlines", "wholesale_loyalty").success
    told = {
        row["field"]: (row["old"], row["new"])
        for name in ("contact_1", "landlines", "wholesale_loyalty")
        for row in people.told(name)["old and new"]
    }
    assert told["contact_1"] == ("", "C***")
    assert (told["phone_1"], told["mobile_1"]) == (("***99", ""), ("", "***99"))
    assert told["loyalty_card"] == ("W***", "V***")
    assert told["loyalty_program"] == ("BASIC", "")
    assert [float(value) for value in told["points"]] == [120, 0]
    kept = everything_kept(people)
    assert "customer 1" in kept
    assert [secret for secret in SECRETS if secret.lower() in kept.lower()] == []


@pytest.mark.parametrize(
    ("name", "column", "kept_there"),
    [("contact_1", "CONTCT_1", "Canary O''Hare"), ("landlines", "MBL_PHONE_1", "828-555-0199x")],
)
def test_a_failure_does_not_quote_what_stands_there(people: Shop, name: str, column: str, kept_there: str) -> None:
    people.pos.add_customer("3", FST_NAM="Canary", LST_NAM="Fern", CUST_NAM_TYP="P", PHONE_1="828-555-0199")
    with keeping(people, column, kept_there):
        people.materialize(name)
    kept = everything_kept(people)
    assert "but keeps another value" in kept
    assert [secret for secret in SECRETS if secret.lower() in kept.lower()] == []


@pytest.mark.parametrize("status", ["applied", "failed"])
def test_phones_and_addresses_in_what_other_systems_answered_are_masked_in_a_failure(status: str) -> None:
    said = "no 828-555-0199 of canary@example.com"
    lost = pd.DataFrame([("customers", "1", "phone_1", "failed", said)], columns=RESULT_COLUMNS, dtype=object)
    outcome = Outcome(by_name("landlines"), status, Plan(), 0.0, 0, lost, error=said if status == "failed" else None)
    assert troubles([outcome])["landlines"].endswith("no ***99 of c***@e***.com")
