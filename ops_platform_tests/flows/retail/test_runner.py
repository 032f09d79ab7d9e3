"""Running automations against real systems of the sandbox: what is written, held, recorded, and not done twice."""

from __future__ import annotations

from typing import Any

import pytest

from ops_platform.adapters.database import held_lock
from ops_platform.flows.retail.decisions import undo
from ops_platform.flows.retail.runner import Run, in_order
from ops_platform.retail.registry import AUTOMATIONS, by_name
from ops_platform_tests.flows.retail.conftest import AS_OF, Shop

NIGHTLY = ("total_sold", "related_items", "sort_order", "featured_products")
EVERY = tuple(automation.name for automation in AUTOMATIONS)


def test_a_dry_run_writes_nowhere_and_leaves_no_batch(selling: Shop) -> None:
    outcome = selling.run("total_sold", apply=False)["total_sold"]
    assert (outcome.status, len(outcome.plan.changes)) == ("planned", 3)
    assert selling.product(101)["total_sold"] == 0
    assert selling.rows("SELECT * FROM retail.changes") == []
    assert [row["status"] for row in selling.rows("SELECT * FROM retail.automation_runs")] == ["planned"]


def test_products_are_written_and_every_value_is_recorded_before_and_after(selling: Shop) -> None:
    outcome = selling.run("total_sold")["total_sold"]
    assert (outcome.status, outcome.count("applied")) == ("applied", 3)
    assert [selling.product(number)["total_sold"] for number in (101, 102, 104)] == [10, 10, 0]
    recorded = selling.rows("SELECT key, field, old, new, status FROM retail.changes ORDER BY key")
    assert recorded[0] == {"key": "101", "field": "total_sold", "old": 0, "new": 10, "status": "applied"}
    [batch] = selling.rows("SELECT * FROM retail.change_batches")
    assert (batch["status"], batch["planned"], batch["applied"], batch["run_id"]) == ("applied", 3, 3, "test")


def test_items_of_the_point_of_sale_are_written(selling: Shop) -> None:
    outcome = selling.run("stock_buffer")["stock_buffer"]
    assert outcome.count("applied") == 5
    assert selling.pos.present("A")["PROF_NO_1"] == 5


def test_a_second_run_of_everything_writes_nothing(selling: Shop) -> None:
    first = selling.run(*EVERY)
    assert {name: outcome.error for name, outcome in first.items() if outcome.error} == {}
    changes = "SELECT * FROM retail.changes WHERE target <> 'backups'"
    written = len(selling.rows(changes))
    before = len(selling.calls())
    second = selling.run(*EVERY)
    # A backup is made once more, and a list of a competitor is read once more: its files say when.
    lists, copies = second.pop("competitor_prices"), second.pop("backups")
    assert {name: len(outcome.plan.changes) for name, outcome in second.items()} == dict.fromkeys(second, 0)
    assert len(selling.rows(changes)) == written
    assert [call for call in selling.calls()[before:] if call.startswith("PUT")] == []
    assert {file.status for outcome in second.values() for file in outcome.files} == {"unchanged"}
    assert (len(lists.plan.changes), lists.error, copies.error) == (0, None, None)


def test_the_night_on_820_products_of_which_40_changed_takes_at_most_40_calls(shop: Shop) -> None:
    shop.use(total_sold__max_share=1.0)  # on the first night everything changes
    for number in range(820):
        shop.item(f"{number:05}", product=1000 + number)
    for number in range(820):
        shop.pos.line(f"{number:05}", 1, 10 + number, BUS_DAT=AS_OF.replace(tzinfo=None, year=2025), STR_ID="1")
    assert {outcome.status for outcome in shop.run(*NIGHTLY).values()} == {"applied"}
    for number in range(40):
        shop.pos.line(f"{number:05}", 1, 1, BUS_DAT=AS_OF.replace(tzinfo=None, day=13), STR_ID="1")
    before = len(shop.calls())
    done = shop.run(*NIGHTLY)
    assert len(done["total_sold"].plan.changes) == 40
    assert len(shop.calls()) - before <= 40


def test_one_that_fails_never_stops_the_others(selling: Shop) -> None:
    an_hour = {"x-rate-limit-time-reset-ms": "3600000"}  # longer than anything is waited for
    selling.sandbox.faults.add("bigcommerce", "status", status=429, headers=an_hour, times=None)
    done = selling.run("total_sold", "stock_buffer", "inventory_upload")
    assert {name: outcome.status for name, outcome in done.items()} == {
        "total_sold": "failed",
        "stock_buffer": "applied",
        "inventory_upload": "applied",
    }
    assert "status.bigcommerce.com" in (done["total_sold"].error or "")
    [run] = selling.rows("SELECT * FROM retail.automation_runs WHERE status = 'failed'")
    assert run["automation"] == "total_sold"


def test_a_point_of_sale_that_cannot_be_read_deactivates_and_empties_nothing(selling: Shop) -> None:
    selling.run("inventory_upload")
    before = selling.published("availability.csv")
    selling.pos.url = "postgresql://nobody@127.0.0.1:1/none"
    done = selling.run("inactive_products", "inventory_upload")
    assert {outcome.status for outcome in done.values()} == {"failed"}
    assert selling.published("availability.csv") == before is not None


def test_what_others_wait_for_comes_first_whatever_the_order_of_asking() -> None:
    names = [automation.name for automation in in_order(map(by_name, ["inventory_upload", "stock_buffer", "brands"]))]
    assert names.index("stock_buffer") < names.index("inventory_upload")


def test_the_file_shows_the_buffer_that_was_set_in_the_same_run(selling: Shop) -> None:
    selling.use(inventory_upload__use_buffer=True)
    selling.run("inventory_upload", "stock_buffer")
    assert (selling.published("availability.csv") or b"").splitlines()[0] == b"A,Plant A,20.00,5"


def test_what_was_written_before_something_broke_is_seen_by_the_next_automation(selling: Shop) -> None:
    selling.use(inventory_upload__use_buffer=True)
    selling.db.execute(
        """CREATE FUNCTION retail.broken() RETURNS trigger AS $$ BEGIN RAISE 'the record is broken'; END $$
        LANGUAGE plpgsql;
        CREATE TRIGGER broken BEFORE UPDATE ON retail.change_batches FOR EACH ROW EXECUTE FUNCTION retail.broken()"""
    )
    try:
        done = selling.run("stock_buffer", "inventory_upload")
    finally:
        selling.db.execute("DROP TRIGGER broken ON retail.change_batches; DROP FUNCTION retail.broken")
    assert (done["stock_buffer"].status, done["inventory_upload"].status) == ("failed", "applied")
    assert (selling.published("availability.csv") or b"").splitlines()[0] == b"A,Plant A,20.00,5"


def test_the_same_automation_never_runs_twice_at_a_time(selling: Shop) -> None:
    with held_lock(selling.db, "retail.total_sold") as ours:
        assert ours
        outcome = selling.run("total_sold")["total_sold"]
    assert outcome.status == "failed"
    assert "running already" in (outcome.error or "")


def test_a_live_system_is_only_written_to_by_automations_that_may(selling: Shop) -> None:
    live = {
        "bigcommerce__mode": "live",
        "bigcommerce__url": f"{selling.sandbox.url}/bigcommerce",
        "bigcommerce__store_hash": selling.web.store,
        "bigcommerce__token": selling.web.token,
    }
    selling.use(**live)
    assert selling.run("total_sold", apply=None)["total_sold"].status == "planned"
    assert selling.product(101)["total_sold"] == 0
    selling.use(apply=["total_sold"])
    assert selling.run("total_sold", apply=None)["total_sold"].status == "applied"
    assert selling.product(101)["total_sold"] == 10


def test_what_it_wrote_in_the_sandbox_is_not_its_own_in_a_live_store(selling: Shop) -> None:
    """Numbers of products begin anew in every store: staff of the live one may have featured the same ones."""
    assert selling.run("featured_products")["featured_products"].count("applied") == 3
    sold_out = """UPDATE "IM_INV" SET "QTY_ON_HND" = 0 WHERE "ITEM_NO" = 'A'"""
    selling.db.execute(sold_out)
    live = {"mode": "live", "url": f"{selling.sandbox.url}/bigcommerce", "store_hash": selling.web.store}
    selling.use(**{f"bigcommerce__{name}": value for name, value in live.items()}, bigcommerce__token=selling.web.token)
    assert len(selling.run("featured_products")["featured_products"].plan.changes) == 0
    selling.env.clear()
    [change] = selling.run("featured_products")["featured_products"].plan.changes.to_dict("records")
    assert (change["key"], change["new"]) == ("101", False)


def test_a_product_somebody_changed_meanwhile_is_left_and_told(selling: Shop) -> None:
    """The plan is made on what the run read; a person's change between reading and writing stays."""
    seen: dict[str, Any] = {}
    original = by_name("total_sold")

    def planned(*given: Any) -> Any:
        plan = original.plan(*given)
        selling.web.tables["products"][101]["total_sold"] = 77
        seen["plan"] = plan
        return plan

    from dataclasses import replace

    from ops_platform.flows.retail.runner import Run, run_automations

    with selling.systems() as systems:
        [outcome] = run_automations(selling.db, systems, [replace(original, plan=planned)], Run(AS_OF, apply=True))
    assert (outcome.count("applied"), outcome.count("conflict")) == (2, 1)
    assert selling.product(101)["total_sold"] == 77


def test_the_log_of_inactive_products_holds_what_was_written(shop: Shop) -> None:
    shop.item("A", available=0)
    shop.item("B", available=5)
    shop.run("inactive_products")
    log = shop.root / "home" / "retail" / "logs" / "inactive_products" / "inactive_products_05_14_26.csv"
    assert log.read_text(encoding="utf-8").splitlines() == [
        "date,item_no,product_name,qty_avail,status",
        "2026-05-14 04:00:00,A,Plant A,0,V",
    ]
    shop.run("inactive_products")
    assert len(log.read_text(encoding="utf-8").splitlines()) == 2


def test_the_log_of_inactive_products_is_of_one_point_of_sale_and_says_what_was_put_back(shop: Shop) -> None:
    shop.item("A", available=0)
    shop.run("inactive_products")
    shop.db.execute("UPDATE retail.change_batches SET is_sandbox = false")  # the store has gone live
    shop.item("B", available=0)
    shop.run("inactive_products")
    log = shop.root / "home" / "retail" / "logs" / "inactive_products" / "inactive_products_05_14_26.csv"
    assert log.read_text(encoding="utf-8").splitlines()[1:] == ["2026-05-14 04:00:00,B,Plant B,0,V"]
    [batch] = shop.rows("SELECT max(batch_id) AS newest FROM retail.change_batches")
    with shop.systems() as systems:
        undo(shop.db, systems, batch["newest"], who="anna", run=Run(AS_OF, apply=True))
    assert log.read_text(encoding="utf-8").splitlines()[1:] == [
        "2026-05-14 04:00:00,B,Plant B,0,V",
        "2026-05-14 04:00:00,B,Plant B,,A",
    ]


def test_an_item_made_inactive_is_not_listed_by_the_upload_of_the_same_run(shop: Shop) -> None:
    shop.item("A", available=0)
    shop.item("B", available=5)
    shop.run("inventory_upload", "inactive_products")
    assert b"Plant A" not in (shop.published("availability.csv") or b"")


def test_a_file_server_that_refuses_fails_the_upload_and_the_old_file_stays(selling: Shop) -> None:
    selling.run("inventory_upload")
    before = selling.published("availability.csv")
    selling.pos.insert("IM_INV", {"ITEM_NO": "A", "LOC_ID": "2", "QTY_ON_HND": 5})
    selling.sandbox.faults.add("webdav", "status", status=401, times=None)
    outcome = selling.run("inventory_upload")["inventory_upload"]
    assert outcome.status == "failed"
    assert "login refused" in (outcome.error or "")
    assert selling.published("availability.csv") == before


@pytest.mark.parametrize("name", EVERY)
def test_every_automation_can_be_planned_on_an_empty_store(shop: Shop, name: str) -> None:
    outcome = shop.run(name, apply=False)[name]
    copies = 2 if name == "backups" else 0  # the platform's files and database are there without a store
    assert (outcome.error, len(outcome.plan.changes)) == (None, copies)


def test_a_photo_that_cannot_be_read_is_told_once_and_does_not_fail_every_run(shop: Shop) -> None:
    import os

    folder = shop.settings.retail.photos.folder
    folder.mkdir(parents=True)
    (folder / "A.png").write_bytes(b"no picture")
    os.utime(folder / "A.png", (0, 0))
    assert shop.run("photos")["photos"].count("failed") == 1
    again = shop.run("photos")["photos"]
    assert (again.status, again.plan.notes["code"].tolist()) == ("applied", ["photo_refused"])
