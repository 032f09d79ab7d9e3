"""The store's automations on the demo store through Dagster, and three rankings on a large store in a child process.

Counterpoint's stand-in is a server of its own with fsync on, Dagster stores its runs there too, the web shop and its
file server are the sandbox over HTTP. Goals: all hourly work warm in 10 s; a night with 40 changed products in at most
40 calls of the web shop's API; a second night writes nothing; 20,000 items with 2 million ticket lines in 60 s, 2 GB.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import psutil
import pytest
import sqlalchemy as sa

from ops_platform.adapters.counterpoint import make_tables
from ops_platform.adapters.database import Database
from ops_platform.adapters.migrations import migrate
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.adapters.sandbox_address import announced
from ops_platform.dagster_instance.environment import dagster_environment
from ops_platform.defs.run import materialize_retail
from ops_platform.flows.retail.demo_store import load_demo_store
from ops_platform.flows.retail.runner import Run, run_automations
from ops_platform.flows.retail.systems import open_systems
from ops_platform.retail.registry import by_name
from ops_platform.sandbox.bigcommerce import BigcommerceSandbox, bigcommerce_service
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.webdav import DavSandbox, webdav_service
from ops_platform.settings import settings
from ops_platform_tests.bench.table import Row, at_most
from ops_platform_tests.conftest import open_temp_dir, remove_home

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=ZoneInfo("America/New_York"))
HOURLY = ("inventory_upload", "photos", "inactive_products", "brands", "stock_buffer")
NIGHTLY = ("total_sold", "related_items", "always_online", "sort_order", "featured_products")
RANKINGS = ("total_sold", "sort_order", "related_items")
CHANGED, CALLS, HOUR_SECONDS = 40, 40, 10.0
ITEMS, LINES, SECONDS, MEGABYTES = 20_000, 2_000_000, 60.0, 2_000.0


@dataclass(frozen=True)
class Place:
    """A platform with a store. counterpoint: its URL."""

    instance: dg.DagsterInstance
    sandbox: Sandbox
    web: BigcommerceSandbox
    counterpoint: str

    def work(self, *names: str, at: datetime) -> tuple[float, list[str]]:
        """Run automations through Dagster; seconds, and the calls the web shop got."""
        before = len(self.sandbox.log.entries("bigcommerce"))
        started = time.perf_counter()
        done = materialize_retail(self.instance, *names, tags={"ops/as_of": at.isoformat()})
        seconds = time.perf_counter() - started
        if not done.success:
            raise RuntimeError(f"the run failed: {done}")
        calls = self.sandbox.log.entries("bigcommerce")[before:]
        return seconds, [f"{entry.method} {entry.path}" for entry in calls]


def run(short: bool = False) -> list[Row]:
    """Measure five rows; about two minutes, a tenth of the large store with `short`."""
    with platform() as place:
        rows = _demo_store(place)
    with platform() as place:
        rows += _large_store(place, 0.1 if short else 1.0)
    return rows


def _demo_store(place: Place) -> list[Row]:
    made = load_demo_store(place.counterpoint, as_of=NOW.date())
    place.web.add_products(*(made.products or []))
    place.work(*HOURLY, at=NOW)  # warms up, and does what has gathered
    seconds, _ = place.work(*HOURLY, at=NOW + timedelta(hours=2))
    place.work(*NIGHTLY, at=NOW)
    night = NOW + timedelta(days=1)
    # What moves with the calendar (sort order, featured) is done before the sales that are measured.
    place.work(*NIGHTLY, at=night)
    _sell(place, CHANGED)
    _, calls = place.work(*NIGHTLY, at=night)
    _, again = place.work(*NIGHTLY, at=night)
    writes = [call for call in again if not call.startswith("GET")]
    return [
        at_most("all hourly work on the demo store, warm, in one Dagster run", seconds, "s", HOUR_SECONDS),
        at_most(f"the night's calls of the web shop's API, {CHANGED} products sold", len(calls), "calls", CALLS),
        at_most("writes of the same night done again", len(writes), "calls", 0),
    ]


def _sell(place: Place, products: int) -> None:
    """One more of some items that are in the web shop, yesterday."""
    engine = sa.create_engine(place.counterpoint)
    with engine.begin() as connection:
        connection.execute(
            sa.text("""
                INSERT INTO "PS_TKT_HIST_LIN" ("BUS_DAT", "DOC_ID", "LIN_SEQ_NO", "LIN_TYP", "ITEM_NO", "STR_ID",
                    "QTY_SOLD", "EXT_PRC")
                SELECT :day, 9000000000 + row_number() OVER (), 1, 'S', "ITEM_NO", '1', 1, 1
                FROM "CPI_BC_PRODUCTS" ORDER BY "ITEM_NO" LIMIT :products
            """),
            {"day": NOW.replace(tzinfo=None, hour=0), "products": products},
        )
    engine.dispose()


def _large_store(place: Place, share: float) -> list[Row]:
    items, lines = int(ITEMS * share), int(LINES * share)
    _fill(place, items, lines)
    command = [sys.executable, "-m", "ops_platform_tests.bench.retail", place.sandbox.url, place.counterpoint]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    figures = json.loads(done.stdout.splitlines()[-1])
    what = f"{items:,} items, {lines:,} ticket lines: {', '.join(RANKINGS)} planned together, in a process of its own"
    return [
        at_most(what, figures["seconds"], "s", SECONDS),
        at_most("the most memory of that process", figures["megabytes"], "MB", MEGABYTES),
    ]


def _fill(place: Place, items: int, lines: int) -> None:
    make_tables(place.counterpoint)
    engine = sa.create_engine(place.counterpoint)
    numbers = {"items": items, "lines": lines, "day": NOW.replace(tzinfo=None, hour=0)}
    with engine.begin() as connection:
        for statement in (_SOME_ITEMS, _THEIR_STOCK, _THEIR_PRODUCTS, _THEIR_SALES):
            connection.execute(sa.text(statement), numbers)
        connection.execute(sa.text('ANALYZE "PS_TKT_HIST_LIN"'))
    engine.dispose()
    place.web.add_products(
        *({"id": n, "name": f"Item {n:06}", "sku": f"{n:06}", "price": 10} for n in range(1, items + 1))
    )


_SOME_ITEMS = """
INSERT INTO "IM_ITEM" ("ITEM_NO", "DESCR", "LONG_DESCR", "CATEG_COD", "PRC_1", "REG_PRC", "IS_ECOMM_ITEM")
SELECT lpad(n::text, 6, '0'), 'Item ' || n, 'Item ' || n, 'C' || n % 20, 10, 8, 'Y' FROM generate_series(1, :items) AS n
"""
_THEIR_STOCK = """
INSERT INTO "IM_INV" ("ITEM_NO", "LOC_ID", "QTY_ON_HND") SELECT "ITEM_NO", '1', 20 FROM "IM_ITEM"
"""
_THEIR_PRODUCTS = """
INSERT INTO "CPI_BC_PRODUCTS" ("ITEM_NO", "PRODUCT_ID") SELECT "ITEM_NO", "ITEM_NO"::int FROM "IM_ITEM"
"""
_THEIR_SALES = """
INSERT INTO "PS_TKT_HIST_LIN" ("BUS_DAT", "DOC_ID", "LIN_SEQ_NO", "LIN_TYP", "ITEM_NO", "STR_ID", "QTY_SOLD", "EXT_PRC")
SELECT :day - (n % 1000) * interval '1 day', n, 1, CASE WHEN n % 50 = 0 THEN 'R' ELSE 'S' END,
    lpad((1 + n::bigint * 7919 % :items)::text, 6, '0'), '1', 1 + n % 3, 5 + n % 40
FROM generate_series(1, :lines) AS n
"""


def _child(sandbox_url: str, counterpoint: str) -> None:
    """Plan the rankings in this process and print what it took."""
    from ops_platform.adapters.postgres.databases import database_urls

    started = time.perf_counter()
    db = Database(database_urls(settings()).ops)
    with open_systems(settings(), counterpoint, sandbox_url=sandbox_url) as systems:
        outcomes = run_automations(db, systems, map(by_name, RANKINGS), Run(NOW, apply=False))
    db.close()
    if lost := [outcome.error for outcome in outcomes if outcome.error]:
        raise RuntimeError(str(lost))
    seconds = time.perf_counter() - started
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": _most_memory()}) + "\n")


def _most_memory() -> float:
    """The most memory this process ever had, in MB."""
    found = psutil.Process().memory_info()
    if hasattr(found, "peak_wset"):  # Windows
        return float(found.peak_wset) / 2**20
    import resource

    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@contextmanager
def platform() -> Iterator[Place]:
    """A platform whose store is empty; Dagster's storage is on the same server."""
    home = open_temp_dir("ops-bench-", on_disk=True)
    web, dav = BigcommerceSandbox(), DavSandbox(home / "dav")
    try:
        with EmbeddedPostgres(home) as server, pytest.MonkeyPatch.context() as patch:
            urls = server.info.urls
            migrate(urls.ops)
            _point_to(home, urls, patch)
            with (
                running_sandbox([bigcommerce_service(web), webdav_service(dav)]) as sandbox,
                announced(home, sandbox.url),
                dg.DagsterInstance.get() as instance,
            ):
                yield Place(instance, sandbox, web, urls.counterpoint)
    finally:
        settings.cache_clear()
        remove_home(home)


def _point_to(home: Path, urls: Any, patch: pytest.MonkeyPatch) -> None:
    """Let settings, resources and Dagster of this process find that platform; a first night is no mass change."""
    patch.setenv("OPS_HOME", str(home))
    for name in ("INACTIVE_PRODUCTS", "STOCK_BUFFER", "TOTAL_SOLD", "ALWAYS_ONLINE"):
        patch.setenv(f"OPS_RETAIL__{name}__MAX_SHARE", "1")
    settings.cache_clear()
    for variable, value in dagster_environment(settings(), urls).items():
        patch.setenv(variable, value)
    settings.cache_clear()


if __name__ == "__main__":
    _child(*sys.argv[1:])
