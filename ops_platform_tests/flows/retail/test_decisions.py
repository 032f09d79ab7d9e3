"""What a person decides: approving or dropping a plan that waits, and taking back what was applied."""

from __future__ import annotations

import pytest

from ops_platform.flows.retail import decisions
from ops_platform.flows.retail.decisions import DecisionError
from ops_platform.flows.retail.runner import Run
from ops_platform_tests.flows.retail.conftest import AS_OF, Shop

NOW = Run(AS_OF, apply=True)


@pytest.fixture
def sold_out(shop: Shop) -> Shop:
    """A store of which a stock import zeroed every item."""
    for number in range(30):
        shop.item(f"{number:02}", available=0)
    return shop


def held(shop: Shop) -> int:
    [batch] = shop.rows("SELECT batch_id FROM retail.change_batches WHERE status = 'held'")
    return int(batch["batch_id"])


def active(shop: Shop) -> int:
    [row] = shop.rows("""SELECT count(*) AS n FROM "IM_ITEM" WHERE "STAT" = 'A'""")
    return int(row["n"])


def test_a_mass_change_waits_and_changes_nothing(sold_out: Shop) -> None:
    outcome = sold_out.run("inactive_products")["inactive_products"]
    assert (outcome.status, outcome.batch_id) == ("held", held(sold_out))
    assert active(sold_out) == 30


def test_further_runs_do_not_pile_up_plans_that_wait(sold_out: Shop) -> None:
    sold_out.run("inactive_products")
    sold_out.run("inactive_products")
    states = [row["status"] for row in sold_out.rows("SELECT status FROM retail.change_batches ORDER BY batch_id")]
    assert states == ["dropped", "held"]


def test_an_approved_plan_is_made_just_as_it_was_shown(sold_out: Shop) -> None:
    sold_out.run("inactive_products")
    sold_out.item("late", available=0)
    with sold_out.systems() as systems:
        results, *_ = decisions.approve(sold_out.db, systems, held(sold_out), who="asha", run=NOW)
    assert set(results["status"]) == {"applied"}
    assert active(sold_out) == 1  # the late one was not shown
    [batch] = sold_out.rows("SELECT status, decided_by, applied FROM retail.change_batches")
    assert batch == {"status": "applied", "decided_by": "asha", "applied": 30}


def test_what_moved_since_the_plan_is_left_when_it_is_approved(sold_out: Shop) -> None:
    sold_out.run("inactive_products")
    with sold_out.pos.counterpoint.engine.begin() as connection:
        connection.exec_driver_sql("""UPDATE "IM_ITEM" SET "STAT" = 'D' WHERE "ITEM_NO" = '07'""")
    with sold_out.systems() as systems:
        results, *_ = decisions.approve(sold_out.db, systems, held(sold_out), who="asha", run=NOW)
    assert results.loc[results["key"] == "07", "status"].tolist() == ["conflict"]
    assert sold_out.pos.present("07")["STAT"] == "D"


def test_a_plan_is_approved_once(sold_out: Shop) -> None:
    sold_out.run("inactive_products")
    batch = held(sold_out)
    with sold_out.systems() as systems:
        decisions.approve(sold_out.db, systems, batch, who="asha", run=NOW)
        with pytest.raises(DecisionError, match="it is applied"):
            decisions.approve(sold_out.db, systems, batch, who="ben", run=NOW)


def test_a_dropped_plan_changes_nothing_and_cannot_be_approved(sold_out: Shop) -> None:
    sold_out.run("inactive_products")
    batch = held(sold_out)
    decisions.drop(sold_out.db, batch, who="asha")
    assert active(sold_out) == 30
    with sold_out.systems() as systems, pytest.raises(DecisionError, match="it is dropped"):
        decisions.approve(sold_out.db, systems, batch, who="asha", run=NOW)


def test_what_was_planned_in_the_sandbox_is_never_made_in_a_live_store(sold_out: Shop) -> None:
    """The same item numbers may stand in both, and then comparing the old value would not help."""
    sold_out.run("inactive_products")
    batch = held(sold_out)
    sold_out.use(counterpoint__mode="live")
    with sold_out.systems() as systems, pytest.raises(DecisionError, match=r"made when the store was in the sandbox"):
        decisions.approve(sold_out.db, systems, batch, who="asha", run=NOW)
    assert (active(sold_out), held(sold_out)) == (30, batch)


def test_what_was_done_in_the_sandbox_is_not_taken_back_in_a_live_store(selling: Shop) -> None:
    batch = selling.run("stock_buffer")["stock_buffer"].batch_id or 0
    selling.use(counterpoint__mode="live")
    with selling.systems() as systems, pytest.raises(DecisionError, match="it is live now"):
        decisions.undo(selling.db, systems, batch, who="asha", run=NOW)
    assert selling.pos.present("A")["PROF_NO_1"] == 5


def test_what_could_not_be_taken_back_can_be_tried_again(selling: Shop) -> None:
    batch = selling.run("total_sold")["total_sold"].batch_id or 0
    with selling.systems() as systems:
        fault = selling.sandbox.faults.add("bigcommerce", "status", status=404, times=None)
        _, results = decisions.undo(selling.db, systems, batch, who="asha", run=NOW)
        assert set(results["status"]) == {"failed"}
        selling.sandbox.faults.switch_off(fault.number)
        _, results = decisions.undo(selling.db, systems, batch, who="asha", run=NOW)
    assert set(results["status"]) == {"applied"}
    assert selling.product(101)["total_sold"] == 0


def test_a_batch_that_does_not_exist_is_told(shop: Shop) -> None:
    with pytest.raises(DecisionError, match="no batch 99"):
        decisions.drop(shop.db, 99, who="asha")


def test_an_upload_that_shrank_waits_and_approving_publishes_what_is_there_now(shop: Shop) -> None:
    shop.use(inventory_upload__wholesale_categories=[])
    for number in range(20):
        shop.item(f"{number:02}")
    shop.run("inventory_upload")
    before = shop.published("availability.csv")
    with shop.pos.counterpoint.engine.begin() as connection:
        connection.exec_driver_sql("""UPDATE "IM_ITEM" SET "STAT" = 'V' WHERE "ITEM_NO" > '04'""")
    outcome = shop.run("inventory_upload")["inventory_upload"]
    assert (outcome.status, shop.published("availability.csv")) == ("held", before)
    with shop.systems() as systems:
        _, files, _ = decisions.approve(shop.db, systems, held(shop), who="asha", run=NOW)
    assert [(file.status, file.rows) for file in files] == [("published", 5)]
    assert len((shop.published("availability.csv") or b"").splitlines()) == 5


def test_an_approved_upload_leaves_the_page_of_a_list_that_is_empty(shop: Shop) -> None:
    for number in range(8):
        shop.item(f"{number:02}")
    shop.run("inventory_upload")
    before = shop.published("commercial.csv")
    with shop.pos.counterpoint.engine.begin() as connection:
        connection.exec_driver_sql("""UPDATE "IM_ITEM" SET "CATEG_COD" = 'TOOLS'""")
    assert shop.run("inventory_upload")["inventory_upload"].status == "held"
    with shop.systems() as systems:
        _, files, _ = decisions.approve(shop.db, systems, held(shop), who="asha", run=NOW)
    assert [file.name for file in files] == ["availability.csv"]
    assert shop.published("commercial.csv") == before


def test_taking_back_puts_the_old_values_there_again(selling: Shop) -> None:
    batch = selling.run("total_sold")["total_sold"].batch_id or 0
    with selling.systems() as systems:
        made, results = decisions.undo(selling.db, systems, batch, who="asha", run=NOW)
    assert set(results["status"]) == {"applied"}
    assert selling.product(101)["total_sold"] == 0
    states = {row["batch_id"]: row for row in selling.rows("SELECT * FROM retail.change_batches")}
    assert (states[batch]["status"], states[made]["undoes"]) == ("undone", batch)


def test_taking_back_leaves_what_somebody_changed_since(selling: Shop) -> None:
    batch = selling.run("stock_buffer")["stock_buffer"].batch_id or 0
    with selling.pos.counterpoint.engine.begin() as connection:
        connection.exec_driver_sql("""UPDATE "IM_ITEM" SET "PROF_NO_1" = 9 WHERE "ITEM_NO" = 'A'""")
    with selling.systems() as systems:
        _, results = decisions.undo(selling.db, systems, batch, who="asha", run=NOW)
    assert sorted(results["status"]) == ["applied"] * 4 + ["conflict"]
    assert (selling.pos.present("A")["PROF_NO_1"], selling.pos.present("B")["PROF_NO_1"]) == (9, None)


def test_a_batch_is_taken_back_once(selling: Shop) -> None:
    batch = selling.run("total_sold")["total_sold"].batch_id or 0
    with selling.systems() as systems:
        decisions.undo(selling.db, systems, batch, who="asha", run=NOW)
        with pytest.raises(DecisionError, match="taken back already"):
            decisions.undo(selling.db, systems, batch, who="asha", run=NOW)
