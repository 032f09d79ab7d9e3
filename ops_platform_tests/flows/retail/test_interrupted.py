"""Batches a killed run left `applying`: closed by what stands in each system, never by what was hoped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ops_platform.core.changes import change_set
from ops_platform.flows.retail import audit
from ops_platform.flows.retail.gather import Gathered
from ops_platform.flows.retail.interrupted import close_interrupted
from ops_platform.retail.automation import Items
from ops_platform.retail.registry import by_name
from ops_platform_tests.flows.retail.conftest import AS_OF, Shop

Change = tuple[str, str, Any, Any]


def died(shop: Shop, automation: str, target: str, *changes: Change) -> int:
    """A batch whose run died: (key, field, old, new) of each change."""
    rows = [dict(zip(("key", "field", "old", "new"), change, strict=True)) for change in changes]
    wanted = change_set({"target": target, "reason": "a test", "label": "a plant", **row} for row in rows)
    batch = audit.Batch(automation, AS_OF, is_sandbox=True, considered=9)
    return audit.record(shop.db, batch, wanted, status="applying")


def close(shop: Shop, automation: str) -> int:
    with shop.systems() as systems:
        return close_interrupted(shop.db, Gathered(shop.db, systems), by_name(automation))


def told(shop: Shop) -> dict[tuple[str, str], tuple[str, str]]:
    rows = shop.rows("SELECT key, field, status, detail FROM retail.changes ORDER BY change_id")
    return {(row["key"], row["field"]): (row["status"], row["detail"]) for row in rows}


def batch(shop: Shop) -> dict[str, Any]:
    [found] = shop.rows("SELECT * FROM retail.change_batches")
    return found


FOUND = ("applied", "found so after its run had died")
NOT_WRITTEN = ("failed", "its run died before it was written")


def test_items_are_told_by_what_stands_in_the_point_of_sale(shop: Shop) -> None:
    shop.item("A", PROF_NO_1=5)
    shop.item("B", PROF_NO_1=None)
    shop.item("C", PROF_NO_1=7)
    died(
        shop,
        "stock_buffer",
        "counterpoint",
        ("A", "stock_buffer", None, 5),
        ("B", "stock_buffer", None, 5),
        ("C", "stock_buffer", 2, 5),
        ("gone", "stock_buffer", None, 5),
    )
    assert close(shop, "stock_buffer") == 1
    found = told(shop)
    assert (found["A", "stock_buffer"], found["B", "stock_buffer"]) == (FOUND, NOT_WRITTEN)
    status, detail = found["C", "stock_buffer"]
    assert (status, "the plan was made on 2" in detail) == ("conflict", True)
    assert found["gone", "stock_buffer"] == ("conflict", "it is not there any more")
    closed = batch(shop)
    assert (closed["status"], closed["applied"], closed["failed"], closed["conflicts"]) == ("applied", 1, 1, 2)
    assert (closed["reason"], closed["finished_at"] is not None) == ("its run died", True)
    assert shop.pos.present("B")["PROF_NO_1"] is None  # nothing is written here


def test_products_are_told_by_what_stands_in_the_web_shop(shop: Shop) -> None:
    shop.item("A", product=101)
    shop.web.tables["products"][101] |= {"total_sold": 9, "related_products": [7, 8], "is_featured": False}
    died(
        shop,
        "related_items",
        "bigcommerce",
        ("101", "total_sold", 0, 9),
        ("101", "related_products", [-1], [7, 8]),
        ("101", "is_featured", False, True),
        ("999", "is_featured", False, True),
    )
    assert close(shop, "related_items") == 1
    assert told(shop) == {
        ("101", "total_sold"): FOUND,
        ("101", "related_products"): FOUND,
        ("101", "is_featured"): NOT_WRITTEN,
        ("999", "is_featured"): ("conflict", "it is not there any more"),
    }
    assert [call for call in shop.calls() if call.startswith("PUT")] == []


def test_photos_are_told_by_what_lies_in_the_folder(shop: Shop) -> None:
    folder = shop.settings.retail.photos.folder
    folder.mkdir(parents=True)
    for name, size in (("small.jpg", 50), ("large.jpg", 99), ("done.jpg", 50), ("to_do.png", 99), ("both.jpg", 50)):
        (folder / name).write_bytes(bytes(size))
    (folder / "both.png").write_bytes(bytes(99))
    died(
        shop,
        "photos",
        "files",
        ("small.jpg", "file", 99, "small.jpg"),
        ("large.jpg", "file", 99, "large.jpg"),
        ("done.png", "file", 99, "done.jpg"),
        ("to_do.png", "file", 99, "to_do.jpg"),
        ("both.png", "file", 99, "both.jpg"),
        ("gone.png", "file", 99, "gone.jpg"),
    )
    close(shop, "photos")
    found = {key: told for (key, _), told in told(shop).items()}
    assert (found["small.jpg"], found["large.jpg"]) == (FOUND, NOT_WRITTEN)
    assert (found["done.png"], found["to_do.png"]) == (FOUND, NOT_WRITTEN)
    assert found["gone.png"] == ("conflict", "it is not there any more")
    status, detail = found["both.png"]
    assert (status, "keep one of them" in detail) == ("failed", True)


def test_an_approved_upload_that_died_is_closed_and_its_file_sent_by_the_next_run(selling: Shop) -> None:
    died(selling, "inventory_upload", "webdav")
    outcome = selling.run("inventory_upload")["inventory_upload"]
    assert (outcome.status, {file.status for file in outcome.files}) == ("applied", {"published"})
    assert batch(selling)["status"] == "failed"


def test_a_file_whose_sending_died_is_sent_again_though_the_one_before_had_as_many_bytes(selling: Shop) -> None:
    """The server may hold the bytes of the run that died, and its size says nothing."""
    selling.run("inventory_upload")
    first = selling.published("availability.csv")
    assert first is not None
    (selling.dav.folder / "content" / "availability.csv").write_bytes(first.replace(b"10", b"11"))
    selling.db.execute(
        "INSERT INTO retail.published_files (automation, name, sha256, size, rows, status, is_sandbox) "
        "VALUES ('inventory_upload', 'availability.csv', 'of 11', 1, 5, 'failed', true)"
    )
    outcome = selling.run("inventory_upload")["inventory_upload"]
    assert {file.name: file.status for file in outcome.files}["availability.csv"] == "published"
    assert selling.published("availability.csv") == first
    assert {file.status for file in selling.run("inventory_upload")["inventory_upload"].files} == {"unchanged"}


def test_what_was_read_before_the_lock_was_ours_does_not_decide(shop: Shop) -> None:
    shop.item("A", PROF_NO_1=None)
    died(shop, "stock_buffer", "counterpoint", ("A", "stock_buffer", None, 5))
    with shop.systems() as systems:
        gathered = Gathered(shop.db, systems)
        gathered.frame(Items())
        with shop.pos.counterpoint.engine.begin() as connection:
            connection.exec_driver_sql("""UPDATE "IM_ITEM" SET "PROF_NO_1" = 5""")
        close_interrupted(shop.db, gathered, by_name("stock_buffer"))
    assert told(shop)["A", "stock_buffer"] == FOUND


def test_only_batches_of_this_automation_that_are_applying_are_closed(shop: Shop) -> None:
    shop.item("A", PROF_NO_1=5)
    died(shop, "brands", "counterpoint", ("A", "brand", None, "X"))
    assert close(shop, "stock_buffer") == 0
    assert batch(shop)["status"] == "applying"
    assert close(shop, "brands") == 1
    assert close(shop, "brands") == 0


def test_a_system_that_cannot_be_read_leaves_the_batch_for_the_next_run(selling: Shop) -> None:
    selling.web.tables["products"][101]["total_sold"] = 10
    died(selling, "total_sold", "bigcommerce", ("101", "total_sold", 0, 10))
    fault = selling.sandbox.faults.add("bigcommerce", "status", status=401, times=None)
    assert selling.run("total_sold")["total_sold"].status == "failed"
    assert batch(selling)["status"] == "applying"
    selling.sandbox.faults.switch_off(fault.number)
    selling.run("total_sold")
    states = selling.rows("SELECT status, applied FROM retail.change_batches ORDER BY batch_id")
    assert states == [{"status": "applied", "applied": 1}, {"status": "applied", "applied": 2}]


def test_the_status_log_gets_the_lines_of_a_run_that_died_before_it_wrote_them(shop: Shop) -> None:
    shop.item("A", available=0, STAT="V")
    shop.item("B", available=5)
    died(shop, "inactive_products", "counterpoint", ("A", "status", "A", "V"))
    shop.run("inactive_products", as_of=AS_OF + timedelta(hours=2))
    log = shop.root / "home" / "retail" / "logs" / "inactive_products" / "inactive_products_05_14_26.csv"
    assert log.read_text(encoding="utf-8").splitlines()[1:] == ["2026-05-14 04:00:00,A,a plant,,V"]
    written = log.stat().st_mtime_ns
    shop.run("inactive_products", as_of=AS_OF + timedelta(hours=4))
    assert log.stat().st_mtime_ns == written


@pytest.mark.parametrize("name", ["total_sold", "stock_buffer"])
def test_without_an_interrupted_batch_nothing_is_read(shop: Shop, name: str) -> None:
    shop.pos.url = "postgresql://nobody@127.0.0.1:1/none"
    assert close(shop, name) == 0
    assert shop.calls() == []
