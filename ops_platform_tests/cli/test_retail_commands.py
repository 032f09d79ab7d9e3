"""`ops retail ...` as a person types it, against a demo store and the sandbox of a home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.postgres.databases import database_urls
from ops_platform.adapters.sandbox_address import announced
from ops_platform.flows.retail.demo_store import StoreArgs, load_demo_store
from ops_platform.retail.registry import AUTOMATIONS
from ops_platform.sandbox.bigcommerce import BigcommerceSandbox, bigcommerce_service
from ops_platform.sandbox.competitor import CompetitorSandbox, competitor_service
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.webdav import DavSandbox, webdav_service
from ops_platform.settings import load_settings
from ops_platform_tests.cli.ops_command import Ops, ops_home

STORE = StoreArgs(items=200, customers=100, years=2, scale=0.05)
TABLES = ("change_batches", "changes", "published_files", "photo_files", "automation_runs")


class Shop:
    """A home with a demo store in it, and its sandbox, which can be ended."""

    def __init__(self, ops: Ops, products: list[Any], files: Path, pos: Database, own: Database) -> None:
        self.ops, self.web, self.files = ops, BigcommerceSandbox(products), files
        self.pos, self.own = pos, own

    @contextmanager
    def sandbox(self) -> Iterator[Sandbox]:
        services = [bigcommerce_service(self.web), webdav_service(DavSandbox(self.files))]
        with running_sandbox(services) as running, announced(self.ops.home, running.url):
            yield running

    def active(self) -> int:
        found = self.pos.frame("""SELECT count(*) AS n FROM "IM_ITEM" WHERE "STAT" = 'A'""")
        return int(found["n"].iloc[0])

    def forget(self) -> None:
        """Make the store what it was at first, and nothing done by any command."""
        self.own.execute(f"TRUNCATE {', '.join(f'retail.{name}' for name in TABLES)} RESTART IDENTITY CASCADE")
        self.pos.execute("""DELETE FROM "IM_ITEM" """)
        self.pos.execute("""INSERT INTO "IM_ITEM" SELECT * FROM items_at_first""")
        self.pos.execute(
            """UPDATE "IM_INV" AS now SET "QTY_ON_HND" = first."QTY_ON_HND" FROM stock_at_first AS first
            WHERE (now."ITEM_NO", now."LOC_ID") = (first."ITEM_NO", first."LOC_ID")"""
        )


@pytest.fixture(scope="module")
def ops() -> Iterator[Ops]:
    with ops_home(inside=True) as opened:
        yield opened


class Loaded(NamedTuple):
    """A demo store in its database: the products of its web shop, the database, and the platform's own one."""

    products: list[Any]
    pos: Database
    own: Database


@pytest.fixture(scope="module")
def loaded(ops: Ops) -> Iterator[Loaded]:
    urls = database_urls(load_settings(env={"OPS_HOME": str(ops.home)}))
    today = datetime.now(ZoneInfo("America/New_York")).date()
    products = list(load_demo_store(urls.counterpoint, as_of=today, args=STORE).products or [])
    ops.run("migrate")
    pos, own = Database(urls.counterpoint), Database(urls.ops)
    for name, table in (("items_at_first", "IM_ITEM"), ("stock_at_first", "IM_INV")):
        pos.execute(f'CREATE TABLE {name} AS TABLE "{table}"')
    yield Loaded(products, pos, own)
    pos.close()
    own.close()


@pytest.fixture
def shop(ops: Ops, loaded: Loaded, tmp_path: Path) -> Shop:
    """The store as it is at first; no sandbox runs."""
    made = Shop(ops, loaded.products, tmp_path / "dav", loaded.pos, loaded.own)
    made.forget()
    return made


@pytest.fixture
def open_shop(shop: Shop) -> Iterator[Shop]:
    with shop.sandbox():
        yield shop


def test_an_empty_point_of_sale_says_what_fills_it(shop: Shop) -> None:
    shop.pos.execute('ALTER TABLE "IM_ITEM" RENAME TO away')
    try:
        assert "`ops demo` fills it" in shop.ops.run("retail", "plan", "stock_buffer", code=1).err
    finally:
        shop.pos.execute('ALTER TABLE away RENAME TO "IM_ITEM"')
    assert "Nothing was changed yet." in shop.ops.run("retail", "history").out


def test_the_list_tells_what_each_does_when_where_and_how_it_went(shop: Shop) -> None:
    shop.ops.run("retail", "plan", "total_sold", code=1)  # no sandbox runs
    rows = shop.ops.json("retail", "list")
    assert [row["name"] for row in rows] == [automation.name for automation in AUTOMATIONS]
    by_name = {row["name"]: row for row in rows}
    assert set(by_name["total_sold"]["targets"].values()) == {"sandbox"}
    assert (by_name["total_sold"]["last_status"], by_name["stock_buffer"]["last_status"]) == ("failed", None)
    shown = shop.ops.run("retail", "list", COLUMNS="100").out
    assert "0 6-20/2 * * *" in shown
    assert max(map(len, shown.splitlines())) == 100


def test_without_a_sandbox_a_command_says_what_to_start_and_the_point_of_sale_is_read_all_the_same(shop: Shop) -> None:
    answer = shop.ops.run("retail", "plan", "total_sold", "always_online", code=1)
    assert "no sandbox is running" in answer.err and "`ops demo` or `ops sandbox` starts it" in answer.err
    assert "Traceback" not in answer.err and "BigCommerceError" not in answer.err
    assert "always_online:" in answer.out and "wanted, nothing was changed" in answer.out
    found = shop.ops.json("retail", "apply", "inventory_upload", code=1)
    assert (found["ok"], found["automations"][0]["status"]) == (False, "failed")


def test_a_plan_shows_old_new_and_why_and_changes_nothing(open_shop: Shop) -> None:
    found = open_shop.ops.json("retail", "plan", "total_sold", "stock_buffer")
    by_name = {document["name"]: document for document in found["automations"]}
    assert found["ok"] is True
    assert {document["status"] for document in by_name.values()} == {"planned"}
    change = by_name["total_sold"]["changes"][0]
    assert isinstance(change["new"], int) and "sold less returned" in change["reason"]
    product = open_shop.web.product(int(change["key"]))
    assert product["total_sold"] == change["old"] != change["new"]
    shown = open_shop.ops.run("retail", "plan", "total_sold").out
    assert "total_sold of" in shown and change["key"] in shown and "nothing was changed" in shown
    assert open_shop.ops.json("retail", "history") == []


def test_applying_changes_what_the_plan_showed_and_the_history_tells_it(open_shop: Shop) -> None:
    ops = open_shop.ops
    wanted = ops.json("retail", "plan", "stock_buffer")["automations"][0]["changes"]
    assert any(change["old"] is None for change in wanted) and any(change["old"] is not None for change in wanted)
    [done] = ops.json("retail", "apply", "stock_buffer")["automations"]
    assert {(row["key"], row["status"]) for row in done["results"]} == {(row["key"], "applied") for row in wanted}
    told = {row["key"]: row for row in ops.json("retail", "history", "--automation", "stock_buffer", "--limit", "999")}
    for change in wanted:
        row = told[change["key"]]
        assert (row["old"], row["new"], row["reason"]) == (change["old"], change["new"], change["reason"])
    item = wanted[0]["key"]
    shown = ops.run("retail", "history", "--item", item).out
    assert f"batch {done['batch']}: stock_buffer" in shown and item in shown and wanted[-1]["key"] not in shown
    assert 'Nothing of "no such thing" was changed.' in ops.run("retail", "history", "--item", "no such thing").out
    assert "stock_buffer: nothing to change" in ops.run("retail", "apply", "stock_buffer").out


def test_files_are_published_once(open_shop: Shop) -> None:
    first = open_shop.ops.run("retail", "apply", "inventory_upload").out
    assert "availability.csv: published" in first
    assert (open_shop.files / "content" / "availability.csv").read_bytes().count(b"\n") > 50
    assert "availability.csv: unchanged" in open_shop.ops.run("retail", "apply", "inventory_upload").out


def test_what_does_not_find_its_partner_is_listed_and_written_to_a_file(open_shop: Shop, tmp_path: Path) -> None:
    rows = open_shop.ops.json("retail", "unmatched")["unmatched"]
    assert {"unmatched_item", "product_gone", "product_without_item"} <= {row["code"] for row in rows}
    alone = next(row for row in rows if row["code"] == "product_without_item")
    shown = open_shop.ops.run("retail", "unmatched").out
    assert "products of the web shop that are no item" in shown and str(alone["product_id"]) in shown
    assert "Give it the item's number as its SKU" in " ".join(shown.split())
    few = open_shop.ops.json("retail", "unmatched", "--code", "product_gone")["unmatched"]
    assert few == [row for row in rows if row["code"] == "product_gone"]
    file = tmp_path / "unmatched.csv"
    said = open_shop.ops.run("retail", "unmatched", "--csv", str(file)).out
    assert said.strip().replace("\n", "") == f"{len(rows):,} rows, written to {file}"
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert (lines[0], len(lines)) == ("code,item_no,binding_id,product_id,name,sku,detail,perhaps", len(rows) + 1)
    assert open_shop.ops.json("retail", "history") == []


def test_a_batch_is_taken_back_once_and_its_values_are_as_before(open_shop: Shop) -> None:
    ops = open_shop.ops
    [done] = ops.json("retail", "apply", "featured_products")["automations"]
    keys = [int(change["key"]) for change in done["changes"] if change["target"] == "bigcommerce"]
    assert keys and all(open_shop.web.product(key)["is_featured"] for key in keys)
    batch = str(done["batch"])
    assert f"{len(done['changes'])} applied" in ops.run("retail", "undo", batch, "--by", "asha").out
    assert not any(open_shop.web.product(key)["is_featured"] for key in keys)
    assert "taken back already" in ops.run("retail", "undo", batch, code=1).err
    newest = ops.json("retail", "history", "--limit", "1")[0]
    assert newest["reason"] == f"batch {batch} taken back by asha"


def test_a_mass_change_waits_until_a_person_decides(open_shop: Shop) -> None:
    ops = open_shop.ops
    assert "Nothing waits for approval." in ops.run("retail", "held").out
    before = open_shop.active()
    open_shop.pos.execute("""UPDATE "IM_INV" SET "QTY_ON_HND" = 0""")
    answer = ops.run("retail", "apply", "inactive_products")
    assert "held: " in answer.err and "approve it: ops retail approve" in answer.err
    [waiting] = ops.json("retail", "held")
    number = str(waiting["batch_id"])
    shown = ops.run("retail", "held").out
    assert f"ops retail approve {number}, or ops retail drop {number}" in shown
    assert open_shop.active() == before

    assert f"Batch {number} is dropped; nothing was changed." in ops.run("retail", "drop", number).out
    assert "it is dropped" in ops.run("retail", "approve", number, code=1).err
    assert "does not wait for anybody" in ops.run("retail", "drop", number, code=1).err
    dropped = ops.run("retail", "history", "--automation", "inactive_products", "--limit", "3").out
    assert f"batch {number}: inactive_products" in dropped and "nothing changed: dropped" in dropped

    ops.run("retail", "apply", "inactive_products")
    [waiting] = ops.json("retail", "held")
    done = ops.json("retail", "approve", str(waiting["batch_id"]), "--by", "asha")
    assert (done["ok"], done["counts"]["applied"]) == (True, waiting["planned"])
    assert open_shop.active() == before - waiting["planned"]
    assert ops.json("retail", "held") == []


def test_an_empty_list_keeps_waiting_when_somebody_approves_it(open_shop: Shop) -> None:
    """Nothing is left to sell: the lists of the web shop stay as they were."""
    ops, file = open_shop.ops, open_shop.files / "content" / "availability.csv"
    ops.run("retail", "apply", "inventory_upload")
    open_shop.pos.execute("""UPDATE "IM_ITEM" SET "STAT" = 'V'""")
    before = file.read_bytes()
    assert "would be empty" in ops.run("retail", "apply", "inventory_upload").err
    [waiting] = ops.json("retail", "held")
    assert "there is nothing to publish" in ops.run("retail", "approve", str(waiting["batch_id"]), code=1).err
    assert [row["batch_id"] for row in ops.json("retail", "held")] == [waiting["batch_id"]]
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan",), "ops retail list"),
        (("plan", "total_sold", "--all"), "or give --all"),
        (("apply", "total_solt"), "There is no automation 'total_solt'. There are: "),
        (("unmatched", "--code", "none"), "there is no code 'none'; there are: product_without_item"),
        (("history", "--limit", "0"), "greater than or equal to 1"),
        (("approve", "many"), "should be a valid integer"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can_be(ops: Ops, arguments: tuple[str, ...], said: str) -> None:
    assert said in " ".join(ops.run("retail", *arguments, code=2).err.replace("│", " ").split())


@pytest.mark.parametrize("decision", ["approve", "drop", "undo"])
def test_a_batch_that_is_not_there_is_told(ops: Ops, decision: str) -> None:
    assert "there is no batch 4711; `ops retail history` lists them" in ops.run("retail", decision, "4711", code=1).err


def test_a_column_the_settings_name_wrongly_is_told_as_one_line(shop: Shop) -> None:
    given: dict[str, Any] = {"OPS_RETAIL__COUNTERPOINT__COLUMNS": '{"stock_bufer": "PROF_NO_1"}'}
    answer = shop.ops.run("retail", "plan", "stock_buffer", code=1, **given)
    assert "did you mean stock_buffer?" in answer.err and "Traceback" not in answer.err


class Emptied(CompetitorSandbox):
    """A competitor whose list is empty today."""

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        return []


def test_a_competitors_list_that_is_held_counts_when_a_person_says_so(ops: Ops, loaded: Loaded) -> None:
    http = {"OPS_RETAIL__SCRAPING__ENGINE": "http"}
    assert "No site was read yet" in ops.run("retail", "scrapes").out
    with running_sandbox([competitor_service(Emptied())]) as running, announced(ops.home, running.url):
        assert "list_held" in ops.run("retail", "apply", "competitor_prices", **http).out
    [site] = ops.json("retail", "scrapes")
    assert (site["site"], site["status"], site["rows"]) == ("laurel_ridge", "held", 0)
    assert "held" in ops.run("retail", "scrapes").out
    assert "laurel_ridge_latest.csv: published, 0 rows" in ops.run("retail", "accept-scrape", "laurel_ridge").out
    assert ops.json("retail", "scrapes")[0]["status"] == "accepted"
    refused = ops.run("retail", "accept-scrape", "laurel_ridge", code=1)
    assert "no list of 'laurel_ridge' waits" in refused.err
