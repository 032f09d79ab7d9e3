"""kill -9 in the middle of an automation: no torn file, no half-changed product, and the next run ends what it began.

The systems run in the test's process, as real ones would; the child that is killed is the platform.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.retail.runner import Outcome, Run, run_automations
from ops_platform.flows.retail.systems import open_systems
from ops_platform.retail.automation import Automation, Inputs, Plan
from ops_platform.retail.registry import by_name
from ops_platform.settings import load_settings
from ops_platform_tests.chaos import FULL, attempts, kills, ready, run_and_kill
from ops_platform_tests.flows.retail.conftest import AS_OF, LAST_YEAR, TABLES, Shop

WORK = f"{__name__}:work"
ITEMS = 120
NEWEST = """
SELECT DISTINCT ON (name) name, sha256, status IN ('published', 'unchanged') AS is_there
FROM retail.published_files ORDER BY name, published_id DESC
"""
# One field a product would never show a half-changed one, so two automations write as one.
TOGETHER = {"products": ("total_sold", "sort_order"), "items": ("stock_buffer", "brands")}


def together(name: str) -> Automation:
    """Two automations with one change set, under the name of the first; or the one of this name."""
    if name not in TOGETHER:
        return by_name(name)
    first, second = map(by_name, TOGETHER[name])

    def plan(inputs: Inputs, settings: Any, as_of: datetime) -> Plan:
        plans = [each.plan(inputs, settings, as_of) for each in (first, second)]
        changes = pd.concat([each.changes for each in plans], ignore_index=True)
        return Plan(changes=changes, considered=plans[0].considered)

    def needs(settings: Any, as_of: datetime) -> Any:
        # Both name their sales `sales`; the window of the second serves the campaign.
        return {**first.needs(settings, as_of), **second.needs(settings, as_of)}

    return replace(first, plan=plan, needs=needs)


def work(arguments: Sequence[str]) -> None:
    """What the child does: one run. arguments: name, database, folder, sandbox, settings as NAME=VALUE."""
    name, url, root, sandbox, *given = arguments
    env = dict(pair.split("=", 1) for pair in given)
    db = Database(url)
    db.frame("SELECT 1")
    settings = load_settings(Path(root), {"OPS_HOME": str(Path(root) / "home"), **env})
    with open_systems(settings, url, sandbox_url=sandbox) as systems:
        systems.counterpoint.stock()
        ready()
        run_automations(db, systems, [together(name)], Run(AS_OF, run_id="killed", apply=True))


@dataclass
class Campaign:
    """Kills of one automation's runs, and how far those were."""

    shop: Shop
    name: str
    seen: Counter[str] = field(default_factory=Counter)

    def kill(self, attempt: int, *, after: tuple[float, float]) -> None:
        url = str(self.shop.db.engine.url.render_as_string(hide_password=False)).replace("+psycopg", "")
        given = [f"{name}={value}" for name, value in self.shop.env.items()]
        arguments = [self.name, url, str(self.shop.root), self.shop.sandbox.url, *given]
        self.seen["at work"] += run_and_kill(WORK, arguments, after=after, seed=attempt)

    def run(self, *, apply: bool = True) -> Outcome:
        with self.shop.systems() as systems:
            automations = [together(self.name)]
            return run_automations(self.shop.db, systems, automations, Run(AS_OF, run_id="next", apply=apply))[0]

    def closes(self) -> None:
        """The next run: nothing stays open, every change of any system is recorded as applied just once."""
        before = self.shop.rows("SELECT status FROM retail.change_batches")
        self.seen[before[0]["status"] if before else "not recorded"] += 1
        outcome = self.run()
        assert (outcome.status, outcome.error) == ("applied", None)
        open_ones = "SELECT 1 FROM retail.change_batches WHERE status NOT IN ('applied', 'failed')"
        assert self.shop.rows(open_ones) == []
        assert self.shop.rows("SELECT 1 FROM retail.changes WHERE status IN ('planned', 'conflict')") == []

    def applied(self) -> dict[tuple[str, str], list[Any]]:
        """What the record says was applied: every value ever, by key and field."""
        found: dict[tuple[str, str], list[Any]] = {}
        for row in self.shop.rows("SELECT key, field, new FROM retail.changes WHERE status = 'applied'"):
            found.setdefault((row["key"], row["field"]), []).append(row["new"])
        return found

    def ends(self, middle: int) -> None:
        """The campaign was worth its time: runs were at work, and some of them in the middle of writing."""
        assert self.seen["at work"] > 0, "every child had finished before it was killed; the campaign showed nothing"
        assert not FULL or middle > 0, f"no child was killed while it wrote: {dict(self.seen)}"


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """A store with many products and sales of these days last year."""
    with shop.web.lock:
        for number in range(ITEMS):
            shop.item(f"{number:03}", product=1000 + number)
    for number in range(ITEMS):
        shop.pos.line(f"{number:03}", number + 1, 10 * number + 10, BUS_DAT=LAST_YEAR, STR_ID="1")
    shop.use(stock_buffer__max_share=1, total_sold__max_share=1, brands__company_brand="OWN")
    shop.use(counterpoint__batch_rows=3)  # many small transactions, so that kills fall between them
    return shop


def sql(shop: Shop, statement: str) -> None:
    with shop.pos.counterpoint.engine.begin() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.chaos
def test_a_product_sync_killed_at_any_moment_is_recorded_and_ended_by_the_next_run(stocked: Shop) -> None:
    campaign, middle = Campaign(stocked, "products"), 0
    products = stocked.web.tables["products"]
    stocked.sandbox.faults.add("bigcommerce", "latency", method="PUT", seconds=0.05, times=None)
    wanted = {
        (row["key"], row["field"]): row["new"] for row in campaign.run(apply=False).plan.changes.to_dict("records")
    }
    assert len(wanted) == 2 * ITEMS
    for attempt in attempts(kills(full=100, short=3), campaign.seen):
        stocked.db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
        with stocked.web.lock:
            for product in products.values():
                product.update(total_sold=0, sort_order=0)
        campaign.kill(attempt, after=(0.0, 1.5))
        with stocked.web.lock:
            states = [written(number, product, wanted) for number, product in products.items()]
        assert None not in states, "a product was written by halves"
        recorded = {row["key"] for row in stocked.rows("SELECT key FROM retail.changes")}
        assert {str(n) for n, new in zip(products, states, strict=True) if new} <= recorded, "written, not recorded"
        middle += 0 < sum(map(bool, states)) < ITEMS

        campaign.closes()
        assert {key: products[int(key[0])][key[1]] for key in wanted} == wanted
        assert campaign.applied() == {key: [value] for key, value in wanted.items()}
        before = len(stocked.calls())
        assert not len(campaign.run().plan.changes)
        assert [call for call in stocked.calls()[before:] if call.startswith("PUT")] == []
    campaign.ends(middle)


def written(number: int, product: dict[str, Any], wanted: dict[tuple[str, str], Any]) -> bool | None:
    """Whether a product holds its new values, all of them; None for some of them."""
    new = {product[name] == wanted[str(number), name] for name in ("total_sold", "sort_order")}
    return new.pop() if len(new) == 1 else None


@pytest.mark.chaos
def test_a_point_of_sale_update_killed_at_any_moment_is_recorded_and_ended_by_the_next_run(stocked: Shop) -> None:
    campaign, middle = Campaign(stocked, "items"), 0
    values = 'SELECT "ITEM_NO" AS item_no, "PROF_COD_1" AS brand, "PROF_NO_1" AS buffer FROM "IM_ITEM"'
    versions = 'SELECT "ITEM_NO", xmin::text FROM "IM_ITEM" ORDER BY 1'  # another xmin: the row was written
    for attempt in attempts(kills(full=100, short=3), campaign.seen):
        stocked.db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
        sql(stocked, 'UPDATE "IM_ITEM" SET "PROF_COD_1" = NULL, "PROF_NO_1" = NULL')
        campaign.kill(attempt, after=(0.0, 0.5))
        new = set()
        for row in stocked.rows(values):
            assert (row["brand"] is None) == (row["buffer"] is None), "an item was written by halves"
            new |= {row["item_no"]} if row["brand"] else set()
        recorded = {row["key"] for row in stocked.rows("SELECT key FROM retail.changes")}
        assert new <= recorded, "written, not recorded"
        middle += 0 < len(new) < ITEMS

        campaign.closes()
        now = {row["item_no"]: (row["brand"], row["buffer"]) for row in stocked.rows(values)}
        assert set(now.values()) == {("OWN", 5)}
        per_field = {"brand": ["OWN"], "stock_buffer": [5]}
        assert campaign.applied() == {(key, name): value for key in now for name, value in per_field.items()}
        before = stocked.rows(versions)
        assert not len(campaign.run().plan.changes)
        assert stocked.rows(versions) == before
    campaign.ends(middle)


@pytest.mark.chaos
def test_an_upload_killed_at_any_moment_shows_every_reader_a_whole_file(stocked: Shop) -> None:
    campaign, unclear = Campaign(stocked, "inventory_upload"), 0
    for method in ("PUT", "MOVE", "HEAD"):
        stocked.sandbox.faults.add("webdav", "latency", method=method, seconds=0.03, times=None)
    campaign.run()
    folder = stocked.dav.folder / "content"
    for attempt in attempts(kills(full=100, short=3), campaign.seen):
        old = {name: stocked.published(name) for name in ("availability.csv", "commercial.csv")}
        sql(stocked, f'UPDATE "IM_INV" SET "QTY_ON_HND" = {attempt + 20}')
        new = {file.name: file.content for file in campaign.run(apply=False).plan.files}
        assert old != new
        with reading(stocked, list(new)) as reads:
            campaign.kill(attempt, after=(0.0, 0.8))
        assert reads
        assert [name for name, content in reads if content not in (old[name], new[name])] == []
        unclear += {name: stocked.published(name) for name in new} not in (old, new)

        outcome = campaign.run()
        assert outcome.error is None
        assert {name: stocked.published(name) for name in new} == new
        recorded = {row["name"]: (row["sha256"], row["is_there"]) for row in stocked.rows(NEWEST)}
        assert recorded == {name: (sha256(content).hexdigest(), True) for name, content in new.items()}
        assert {file.status for file in campaign.run().files} == {"unchanged"}
        left = [file.name for file in folder.iterdir() if file.name not in new]
        campaign.seen["temporary files"] = len(left)
        assert all(".tmp-ops" in name for name in left)
    sent = {entry.path.rpartition("/")[2] for entry in stocked.sandbox.log.entries("webdav") if entry.method == "PUT"}
    assert not sent & set(new), "a name that readers know was sent to, not moved to"
    campaign.ends(unclear + campaign.seen["temporary files"])


@contextmanager
def reading(shop: Shop, names: Sequence[str]) -> Iterator[list[tuple[str, bytes | None]]]:
    """Read files over and over, as the web shop's visitors do, while the block runs."""
    reads: list[tuple[str, bytes | None]] = []
    stop = threading.Event()

    def look() -> None:
        with shop.systems() as systems:
            while not stop.wait(0.005):
                reads.extend((name, systems.webdav.read(name)) for name in names)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        yield reads
    finally:
        stop.set()
        reader.join()
