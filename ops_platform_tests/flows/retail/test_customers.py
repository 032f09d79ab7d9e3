"""What the automations do to customers of a real database: written once, recorded, taken back, and lists for people."""

from __future__ import annotations

import os
import stat
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ops_platform.core.changes import change_set
from ops_platform.flows.retail import audit, decisions
from ops_platform.flows.retail.gather import Gathered
from ops_platform.flows.retail.interrupted import close_interrupted
from ops_platform.flows.retail.runner import Run
from ops_platform.retail.customer_needs import LastSuccess
from ops_platform.retail.registry import by_name
from ops_platform_tests.adapters.counterpoint_rows import counted
from ops_platform_tests.flows.retail.conftest import AS_OF
from ops_platform_tests.flows.retail.till import CUSTOMER_AUTOMATIONS, Till

NOW = Run(AS_OF, apply=True)
MAY_1, MAY_10 = "2026-05-01", "2026-05-10"


def day(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def busy(till: Till) -> Till:
    """A store with work for every automation."""
    add = till.pos.add_customer
    add("CASH", FST_NAM="Cash", LST_NAM="Customer", LOY_PTS_BAL=-99, CUST_NAM_TYP="P")
    add("1", FST_NAM="JOHN", LST_NAM="O'HARE", EMAIL_ADRS_1="john@example.com", LOY_PTS_BAL=30, TOT_LOY_PTS_EARND=30)
    add("2", FST_NAM="Ada", LST_NAM="Birkwood", LOY_PTS_BAL=-15, TOT_LOY_PTS_EARND=10, TOT_LOY_PTS_RDM=25, CONTCT_1="A")
    add("3", NAM="Kestrel Lawn", CUST_NAM_TYP="B", CATEG_COD="WHOLESALE", EMAIL_ADRS_1="lawn@example.com",
        LOY_PGM_COD="BASIC", LOY_PTS_BAL=120, TOT_LOY_PTS_EARND=120, LOY_CARD_NO="WM3")  # fmt: skip
    add("7", FST_NAM="Cora", LST_NAM="Fernley", CONTCT_1="C", EMAIL_ADRS_1="cora@example.com",
        FST_SAL_DAT=day(MAY_1), LST_SAL_DAT=day(MAY_10), LST_SAL_AMT=55)  # fmt: skip
    till.pos.ticket("100", MAY_1, "7", ("A", 1, 40))
    till.pos.ticket("200", MAY_10, "7", ("A", 2, 40), ("B", 1, 15))
    till.pos.ticket("200R1", "2026-05-12", "7", ("A", -2, -40), ("B", -1, -15))
    till.leads({})
    return till


def present(till: Till, number: str, *columns: str) -> list[Any]:
    found = till.pos.customer(number) or {}
    return [found[column] for column in columns]


def test_everything_is_done_once_and_a_second_run_writes_nothing(busy: Till) -> None:
    done = busy.run(*CUSTOMER_AUTOMATIONS)
    assert {name: outcome.error for name, outcome in done.items()} == dict.fromkeys(CUSTOMER_AUTOMATIONS)
    assert present(busy, "1", "CONTCT_1") == ["John O'Hare"]
    assert present(busy, "2", "LOY_PTS_BAL", "TOT_LOY_PTS_ADJ") == [0, 15]
    assert present(busy, "3", "LOY_PGM_COD", "LOY_PTS_BAL", "TOT_LOY_PTS_ADJ", "LOY_CARD_NO") == [None, 0, -120, "VOID"]
    assert present(busy, "7", "FST_SAL_DAT", "LST_SAL_DAT", "LST_SAL_AMT") == [day(MAY_1), day(MAY_1), 40]
    assert present(busy, "CASH", "LOY_PTS_BAL", "CONTCT_1") == [-99, None]
    stamps = busy.rows('SELECT "CUST_NO", "LST_MAINT_DT", xmin::text FROM "AR_CUST" ORDER BY 1')
    again = busy.run(*CUSTOMER_AUTOMATIONS)
    assert {name: len(outcome.plan.changes) + len(outcome.plan.effects) for name, outcome in again.items()} == (
        dict.fromkeys(CUSTOMER_AUTOMATIONS, 0)
    )
    assert busy.rows('SELECT "CUST_NO", "LST_MAINT_DT", xmin::text FROM "AR_CUST" ORDER BY 1') == stamps
    assert {file.status for file in again["email_lists"].files} == {"unchanged"}
    assert busy.posts() == 1


def test_only_who_changed_carries_the_stamp_that_sends_a_customer_to_other_programs(busy: Till) -> None:
    busy.run("wholesale_loyalty", "negative_balances")
    stamped = busy.rows('SELECT "CUST_NO" FROM "AR_CUST" WHERE "LST_MAINT_DT" IS NOT NULL ORDER BY 1')
    assert [row["CUST_NO"] for row in stamped] == ["2", "3"]


def test_all_automations_of_a_run_read_the_customers_once(busy: Till) -> None:
    names = ("contact_1", "wholesale_loyalty", "negative_balances", "email_lists")
    with busy.systems() as systems, counted(systems.counterpoint) as sent:
        read = Gathered(busy.db, systems)
        for name in names:
            read.inputs(by_name(name), busy.settings.retail, AS_OF)
    assert sum('FROM "AR_CUST"' in statement for statement in sent) == 1


def test_a_dry_run_writes_nowhere(busy: Till) -> None:
    done = busy.run(*CUSTOMER_AUTOMATIONS, apply=False)
    assert {outcome.status for outcome in done.values()} == {"planned"}
    assert busy.rows('SELECT 1 FROM "AR_CUST" WHERE "LST_MAINT_DT" IS NOT NULL') == []
    assert not (busy.home / "retail" / "exports").exists()
    assert busy.posts() == 0


def test_a_live_store_is_only_written_to_by_automations_that_may(busy: Till) -> None:
    busy.use(counterpoint__mode="live")
    done = busy.run(*CUSTOMER_AUTOMATIONS, apply=None)
    assert {name for name, outcome in done.items() if outcome.status == "applied"} <= {"email_lists", "new_customers"}
    assert present(busy, "2", "LOY_PTS_BAL") == [-15]
    busy.use(apply=["negative_balances"])
    busy.run("negative_balances", "wholesale_loyalty", apply=None)
    assert present(busy, "2", "LOY_PTS_BAL") + present(busy, "3", "LOY_PTS_BAL") == [0, 120]


@pytest.mark.parametrize("name", ["refunded_customers", "wholesale_loyalty", "negative_balances", "contact_1"])
def test_what_was_written_to_customers_can_be_taken_back(busy: Till, name: str) -> None:
    everything = 'SELECT * FROM "AR_CUST" ORDER BY "CUST_NO"'
    stamps = ("LST_MAINT_DT", "LST_MAINT_USR_ID")

    def values() -> list[dict[str, Any]]:
        return [
            {column: value for column, value in row.items() if column not in stamps} for row in busy.rows(everything)
        ]

    before = values()
    batch = busy.run(name)[name].batch_id
    assert values() != before
    assert batch is not None
    with busy.systems() as systems:
        _, results = decisions.undo(busy.db, systems, batch, who="a test", run=NOW)
    assert set(results["status"]) == {"applied"}
    assert values() == before


def test_a_mass_change_waits_and_is_written_when_somebody_approves(busy: Till) -> None:
    busy.use(negative_balances__max_customers=1)
    busy.pos.add_customer("8", LOY_PTS_BAL=-1, TOT_LOY_PTS_RDM=1)
    outcome = busy.run("negative_balances")["negative_balances"]
    assert (outcome.status, present(busy, "8", "LOY_PTS_BAL")) == ("held", [-1])
    assert outcome.batch_id is not None
    with busy.systems() as systems:
        decisions.approve(busy.db, systems, outcome.batch_id, who="a test", run=NOW)
    assert present(busy, "8", "LOY_PTS_BAL", "TOT_LOY_PTS_ADJ") == [0, 1]


def test_the_batch_of_a_run_that_died_is_closed_by_what_stands_there(busy: Till) -> None:
    busy.run("refunded_customers")
    rows = [
        ("7", "last_sale", date(2026, 5, 10), date(2026, 5, 1)),  # so it stands there
        ("2", "points", -15, 0),  # it was not written
        ("3", "points", 7, 0),  # somebody else moved it
        ("gone", "points", 7, 0),
    ]
    named = ("key", "field", "old", "new")
    wanted = change_set(
        {"target": "customers", "reason": "a test", "label": "", **dict(zip(named, row, strict=True))} for row in rows
    )
    audit.record(busy.db, audit.Batch("negative_balances", AS_OF, is_sandbox=True), wanted, status="applying")
    with busy.systems() as systems:
        assert close_interrupted(busy.db, Gathered(busy.db, systems), by_name("negative_balances")) == 1
    found = busy.rows(
        "SELECT key, status FROM retail.changes WHERE automation = 'negative_balances' ORDER BY change_id"
    )
    assert [row["status"] for row in found] == ["applied", "failed", "conflict", "conflict"]


def test_refunds_since_the_last_success_are_looked_at_after_a_standstill(busy: Till) -> None:
    later = AS_OF + timedelta(days=30)
    assert len(busy.run("refunded_customers", as_of=later, apply=False)["refunded_customers"].plan.changes) == 0
    busy.db.execute(
        "INSERT INTO retail.automation_runs (automation, as_of, status) VALUES ('refunded_customers', :at, 'applied')",
        at=AS_OF - timedelta(days=2),
    )
    assert len(busy.run("refunded_customers", as_of=later)["refunded_customers"].plan.changes) == 2
    with busy.systems() as systems:
        found = Gathered(busy.db, systems).frame(LastSuccess("refunded_customers"))
    assert [moment == later for moment in found["as_of"]] == [True]


def test_a_plan_that_only_planned_or_waited_is_no_success(busy: Till) -> None:
    busy.run("negative_balances", apply=False)
    with busy.systems() as systems:
        assert len(Gathered(busy.db, systems).frame(LastSuccess("negative_balances"))) == 0


# -- lists


def exported(till: Till, name: str) -> list[str]:
    file = till.home / "retail" / "exports" / name
    return file.read_text(encoding="utf-8").splitlines()


def test_the_lists_show_the_balances_that_were_set_right_in_the_same_run(busy: Till) -> None:
    busy.pos.add_customer(
        "9", EMAIL_ADRS_1="neg@example.com", LOY_PTS_BAL=-3, TOT_LOY_PTS_RDM=3, FST_NAM="Neg", LST_NAM="B"
    )
    busy.run("email_lists", "negative_balances", "wholesale_loyalty")
    assert exported(busy, "email_list_retail.csv")[1:] == [
        "1,JOHN,O'HARE,john@example.com,,,30",
        "7,Cora,Fernley,cora@example.com,,,0",
        "9,Neg,B,neg@example.com,,,0",
    ]
    assert exported(busy, "email_list_wholesale.csv")[1:] == ["3,,,lawn@example.com,"]


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")
def test_nobody_else_may_read_the_lists(busy: Till) -> None:
    busy.run("email_lists")
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (busy.home / "retail" / "exports").glob("*.csv")}
    assert modes == {0o600}


def test_the_next_day_tells_what_changed_and_who_is_gone(busy: Till) -> None:
    run_the_day_before(busy)
    with busy.pos.counterpoint.engine.begin() as connection:
        connection.exec_driver_sql(
            """UPDATE "AR_CUST" SET "INCLUDE_IN_MARKETING_MAILOUTS" = 'N' WHERE "CUST_NO" = '1'"""
        )
        connection.exec_driver_sql("""UPDATE "AR_CUST" SET "LOY_PTS_BAL" = 5 WHERE "CUST_NO" = '7'""")
    busy.run("email_lists")
    assert exported(busy, "email_list_retail_changed.csv")[1:] == ["7,Cora,Fernley,cora@example.com,,,5"]
    assert exported(busy, "email_list_retail_gone.csv")[1:] == ["1,john@example.com"]
    assert len(exported(busy, "email_list_retail_yesterday.csv")) == 3


def run_the_day_before(busy: Till) -> None:
    """The lists of the day before AS_OF; files are dated by the server's clock, which is somewhere else."""
    yesterday = AS_OF - timedelta(days=1)
    busy.run("email_lists", as_of=yesterday)
    busy.db.execute("UPDATE retail.published_files SET created_at = :yesterday", yesterday=yesterday)


def test_a_till_that_cannot_be_read_leaves_the_lists_that_are_there(busy: Till) -> None:
    busy.run("email_lists")
    before = exported(busy, "email_list_retail.csv")
    url, busy.url = busy.url, "postgresql://nobody@127.0.0.1:1/none"
    try:
        outcome = busy.run("email_lists")["email_lists"]
    finally:
        busy.url = url
    assert (outcome.status, exported(busy, "email_list_retail.csv")) == ("failed", before)
    assert "does not answer" in (outcome.error or "")


def test_a_list_that_somebody_saved_in_another_encoding_stops_nothing(busy: Till) -> None:
    busy.run("email_lists")
    for file in (busy.home / "retail" / "exports").glob("*.csv"):
        file.write_bytes(file.read_bytes().replace(b"Cora", "Córa".encode("cp1252")))
    assert busy.run("email_lists")["email_lists"].status == "applied"
    assert "7,Cora,Fernley,cora@example.com,,,0" in exported(busy, "email_list_retail.csv")


def test_an_emptied_customer_table_leaves_the_lists_that_are_there(busy: Till) -> None:
    busy.run("email_lists")
    before = exported(busy, "email_list_retail.csv")
    with busy.pos.counterpoint.engine.begin() as connection:
        connection.exec_driver_sql('DELETE FROM "AR_CUST"')
    outcome = busy.run("email_lists")["email_lists"]
    assert (outcome.status, exported(busy, "email_list_retail.csv")) == ("held", before)


def test_an_approved_list_leaves_no_older_list_of_changes_beside_it(busy: Till) -> None:
    """What lies there is imported: yesterday's changes would bring back who asked to be left alone since."""
    run_the_day_before(busy)
    assert len(exported(busy, "email_list_retail_changed.csv")) == 3
    with busy.pos.counterpoint.engine.begin() as connection:
        connection.exec_driver_sql(
            """UPDATE "AR_CUST" SET "INCLUDE_IN_MARKETING_MAILOUTS" = 'N' WHERE "CUST_NO" = '1'"""
        )
    busy.use(email_lists__min_share_of_last=0.9)
    outcome = busy.run("email_lists")["email_lists"]
    assert (outcome.status, len(exported(busy, "email_list_retail_changed.csv"))) == ("held", 3)
    [batch] = busy.rows("SELECT batch_id FROM retail.change_batches WHERE status = 'held'")
    with busy.systems() as systems:
        decisions.approve(busy.db, systems, batch["batch_id"], who="a test", run=NOW)
    assert exported(busy, "email_list_retail.csv")[1:] == ["7,Cora,Fernley,cora@example.com,,,0"]
    assert exported(busy, "email_list_retail_changed.csv")[1:] == []
    assert exported(busy, "email_list_retail_gone.csv")[1:] == ["1,john@example.com"]
    assert exported(busy, "email_list_wholesale_changed.csv")[1:] == []


def test_no_address_and_no_phone_stands_in_our_own_records_of_the_automations(busy: Till) -> None:
    busy.pos.add_customer("9", EMAIL_ADRS_1="canary at example", PHONE_1="828-555-9876", CONTCT_1="x")
    busy.run(*CUSTOMER_AUTOMATIONS)
    shown = str(busy.rows("SELECT * FROM retail.changes")) + str(busy.rows("SELECT * FROM retail.automation_runs"))
    shown += str(busy.rows("SELECT * FROM retail.published_files")) + str(
        busy.rows("SELECT * FROM retail.change_batches")
    )
    assert not any(secret in shown for secret in ("canary", "@example.com", "555-9876", "555-1234"))
