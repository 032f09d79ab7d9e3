"""Loading orders: a file to matched tables, with ten times the orders, in memory, again, and page by page.

The orders are the demo's of sixty days, about as many as the shop had in its first year. The reference is one binary
COPY of the same rows, ready as tuples, into the same indexed tables, committed: what PostgreSQL and the driver take for
storing them. The load reads and checks the JSON, compares every order with what is stored, matches every name to the
menu, and writes the same rows and their records in one transaction. Both are measured in turns in one warm process,
with empty tables and fsync on.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from psycopg.types.json import Jsonb

from ops_platform.adapters.database import Database, copy_rows
from ops_platform.core.order_source import OrderPage
from ops_platform.flows.restaurant import tables
from ops_platform.flows.restaurant.files import open_order_file
from ops_platform.flows.restaurant.load_records import LoadReport
from ops_platform.flows.restaurant.loading import load_file, load_page, read_policy
from ops_platform.flows.restaurant.menu import import_menu
from ops_platform.restaurant.demo_data import demo_events
from ops_platform.restaurant.demo_menu import demo_menu
from ops_platform.restaurant.events import read_events
from ops_platform.settings import Settings, load_settings
from ops_platform_tests.bench.table import Row, alone
from ops_platform_tests.bench.workplace import ten_times, timed, versions, workplace

NOW = datetime(2026, 1, 10, 6, 30, tzinfo=UTC)
_LAST_DAY = date(2026, 1, 9)
_EMPTY = (
    "TRUNCATE order_loads, ingest_state, stream_events, order_rejects, restaurants, customers, orders, "
    "match_review_queue, data_quality_flags RESTART IDENTITY CASCADE"
)
_WRITTEN = ("orders", "order_items", "order_item_addons", "order_taxes", "order_discounts", "data_quality_flags")

# In a child of its own, which had nothing else. On Linux ru_maxrss begins with what the parent had, VmHWM does not.
_CHILD = """
import re, sys
from datetime import UTC, datetime
from pathlib import Path
from ops_platform.adapters.database import Database
from ops_platform.flows.restaurant.loading import load_file
from ops_platform.settings import load_settings
home = Path(sys.argv[3])
settings = load_settings(home, env={"OPS_HOME": str(home)})
now = datetime(2026, 1, 10, 6, 30, tzinfo=UTC)
report = load_file(Database(sys.argv[1]), Path(sys.argv[2]), settings=settings, now=now)
status = Path("/proc/self/status")
if status.exists():
    peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1]) * 1024
elif sys.platform == "win32":
    import psutil
    peak = psutil.Process().memory_info().peak_wset
else:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(report.orders_read, peak)
"""


def run(short: bool = False) -> list[Row]:
    """Measure all of it; about four minutes, half of that when short."""
    with workplace() as (db, home):
        settings = load_settings(home, env={"OPS_HOME": str(home)})
        import_menu(db, demo_menu(), source="demo")
        small, large = (_demo_file(home, days) for days in (60, 600))
        _load(db, settings, small)  # warm-up: modules, caches, the server's catalogue
        rows = _against_copy(db, settings, small, rounds=3 if short else 7)
        rows += [_second_time(db, settings, small), _pages(db, settings)]
        few, many = (partial(_orders, db, settings, file) for file in (small, large))
        rows.append(ten_times("load", "orders", few, many, rounds=1 if short else 2))
        rows.append(_memory(db, home, large))
    return rows


def _demo_file(home: Path, days: int) -> Path:
    path = home / f"orders_{days}_days.json"
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{"data": [')
        for number, event in enumerate(demo_events(last_day=_LAST_DAY, days=days)):
            stream.write(f"{',' if number else ''}\n{json.dumps(event)}")
        stream.write("\n]}\n")
    return path


def _load(db: Database, settings: Settings, file: Path) -> tuple[float, LoadReport]:
    db.execute(_EMPTY)
    return timed(lambda: load_file(db, file, settings=settings, now=NOW))


def _against_copy(db: Database, settings: Settings, file: Path, rounds: int) -> list[Row]:
    loads, copies, report = [], [], None
    for _ in range(rounds):
        copies.append(_bare_copy(db, settings, file))
        seconds, report = _load(db, settings, file)
        loads.append(seconds)
    assert report is not None
    seconds, reference = median(loads), median(copies)
    a_minute = report.orders_read / seconds * 60
    fine = report.conserved and (report.matched or 0) > 0.884
    kinds = f"{report.orders_read:,} orders, {report.items_loaded:,} lines, {report.addons_loaded:,} add-ons"
    return [
        Row(
            name=f"load of {kinds} from JSON to matched tables ({report.matched:.1%} matched)",
            measured=seconds,
            unit="s",
            reference="bare binary COPY of the same rows",
            reference_measured=reference,
            ratio=seconds / reference,
            reach="<= 10x and < 6 s",
            ok=fine and seconds <= 10 * reference and seconds < 6,
        ),
        Row("orders a minute", a_minute, "orders", "", None, None, ">= 40,000", a_minute >= 40_000),
    ]


def _bare_copy(db: Database, settings: Settings, file: Path) -> float:
    db.execute(_EMPTY)
    with open_order_file(file) as opened:
        events = [(entry.place, entry.event) for entry in opened.entries()]
    batch = read_events(events, read_policy(settings, NOW))
    db.execute("INSERT INTO restaurants (petpooja_restid) VALUES ('x')")
    # One event an order, as the load ends with: of those that come twice the last.
    last = {(order.business_date, order.petpooja_order_id): order for order in batch.orders}
    kept = {order.order_no: number for number, order in enumerate(last.values(), 1)}
    lines = {(row.order_no, row.line_no): n for n, row in enumerate(batch.items, 1) if row.order_no in kept}
    names = list(tables.ORDERS)[4:32]
    orders = [
        (kept[order.order_no], 1, *order[4:32], Jsonb(order.raw))
        for order in sorted(last.values(), key=lambda order: order.order_no)
    ]
    copied: list[tuple[str, dict[str, str], list[tuple[Any, ...]]]] = [
        (
            "orders",
            {"order_id": "int4", "restaurant_id": "int4", **{n: tables.ORDERS[n] for n in names}, "raw": "jsonb"},
            orders,
        ),
        (
            "order_items",
            {"order_item_id": "int4", "order_id": "int4", **dict(list(tables.ITEMS.items())[2:])},
            [(lines[row[:2]], kept[row.order_no], *row[2:]) for row in batch.items if row.order_no in kept],
        ),
        (
            "order_item_addons",
            {"order_item_id": "int4", **dict(list(tables.ADDONS.items())[3:])},
            [(lines[row[:2]], *row[3:]) for row in batch.addons if row.order_no in kept],
        ),
    ]
    for table, columns, found in (
        ("order_taxes", tables.TAXES, batch.taxes),
        ("order_discounts", tables.DISCOUNTS, batch.discounts),
    ):
        named = {"order_id": "int4", **dict(list(columns.items())[1:])}
        copied.append((table, named, [(kept[row[0]], *row[1:]) for row in found if row[0] in kept]))

    def copy() -> None:
        with db.transaction() as connection:
            for table, columns, found in copied:
                copy_rows(connection, table, columns, found)

    return timed(copy)[0]


def _second_time(db: Database, settings: Settings, file: Path) -> Row:
    _load(db, settings, file)
    before = versions(db, _WRITTEN)
    taken = []
    for _ in range(5):
        seconds, report = timed(lambda: load_file(db, file, settings=settings, now=NOW))
        assert report.already_loaded
        taken.append(seconds)
    same = versions(db, _WRITTEN) == before
    return alone(
        name="second load of the same file, no row changed",
        measured=median(taken),
        unit="s",
        reach="< 0.5 s",
        ok=same and median(taken) < 0.5,
    )


def _pages(db: Database, settings: Settings) -> Row:
    """Five hundred orders as the stream sends them, and the same page once more."""
    events = tuple(islice(demo_events(last_day=_LAST_DAY, days=8), 500))
    page = OrderPage("stream", "a page", events, NOW, None, events[-1]["stream_id"])
    first, again, same = [], [], True
    for _ in range(5):
        db.execute(_EMPTY)
        first.append(timed(lambda: load_page(db, page, settings=settings, now=NOW))[0])
        before = versions(db, _WRITTEN)
        again.append(timed(lambda: load_page(db, page, settings=settings, now=NOW))[0])
        same &= versions(db, _WRITTEN) == before
    return alone(
        name=f"a page of 500 orders (a replay of it: {median(again):.2f} s, no row changed)",
        measured=median(first),
        unit="s",
        reach="< 1.5 s",
        ok=same and median(first) < 1.5,
    )


def _orders(db: Database, settings: Settings, file: Path) -> tuple[float, int]:
    seconds, report = _load(db, settings, file)
    return seconds, report.orders_read


def _memory(db: Database, home: Path, large: Path) -> Row:
    db.execute(_EMPTY)
    url = db.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", _CHILD, url, str(large), str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    orders, peak = (int(word) for word in done.stdout.split())
    return alone(
        name=f"peak memory of a load of {orders:,} orders ({large.stat().st_size / 1e6:,.0f} MB), process in all",
        measured=peak / 1e6,
        unit="MB",
        reach="< 300 MB",
        ok=orders > 50_000 and peak < 300e6,
    )
