"""The migration strategy of the shop's design: "Load 100 orders to validate", then "process all 5,465 orders".

The orders are the demo's, which are made like the shop's: about 5,500 in sixty days, with everything that is wrong in
a real feed now and then. What must be found in them is counted by who made them.
"""

from __future__ import annotations

from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.restaurant.menu import import_menu
from ops_platform.restaurant.demo_data import DemoDirt, demo_dirt, demo_events
from ops_platform.restaurant.demo_menu import demo_menu
from ops_platform.settings import Settings
from ops_platform_tests.flows.restaurant.conftest import TABLES, content, load, put, rows, write_json

LAST_DAY = date(2026, 1, 9)


@pytest.fixture(scope="module")
def dirt() -> DemoDirt:
    return demo_dirt(last_day=LAST_DAY)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The first hundred events, and all of them."""
    folder = tmp_path_factory.mktemp("orders")
    events = list(demo_events(last_day=LAST_DAY))
    return write_json(folder / "first.json", events[:100]), write_json(folder / "all.json", {"data": events})


def test_a_hundred_orders_then_all_of_them(
    db: Database, shop: Settings, dirt: DemoDirt, files: tuple[Path, Path]
) -> None:
    import_menu(db, demo_menu(), source="demo")
    hundred, everything = (load(db, shop, file) for file in files)
    assert hundred.conserved and hundred.orders_read == 100
    assert hundred.orders_new + hundred.orders_superseded + hundred.orders_rejected == 100
    assert everything.conserved and everything.orders_read == dirt.events + dirt.copies
    assert everything.orders_rejected == sum(dirt.rejected_orders.values())
    assert rows(db, "SELECT count(*) FROM orders") == [(dirt.orders,)]
    assert dirt.orders > 5_000

    assert dict(rows(db, "SELECT order_status, count(*) FROM orders GROUP BY 1")) == dirt.statuses
    assert rows(db, "SELECT count(*) FROM order_items") == [(sum(dirt.lines.values()),)]
    assert rows(db, "SELECT count(*) FROM order_item_addons") == [(sum(dirt.addons.values()),)]
    refused = dict(rows(db, "SELECT column_name, count(*) FROM order_rejects WHERE entity = 'order' GROUP BY 1"))
    assert {name.removeprefix("Order."): count for name, count in refused.items()} == dirt.rejected_orders
    lines = rows(
        db, "SELECT split_part(column_name, '.', 2), count(*) FROM order_rejects WHERE entity = 'order_item' GROUP BY 1"
    )
    assert dict(lines) == dirt.rejected_lines
    seen_from_the_event = "code NOT IN ('item_without_variant', 'variant_not_of_item')"
    flags = dict(rows(db, f"SELECT code, count(*) FROM data_quality_flags WHERE {seen_from_the_event} GROUP BY 1"))
    assert flags == dirt.flags

    [(share,)] = rows(db, "SELECT count(match_method)::float / count(*) FROM order_items")
    assert share > 0.884  # what the operator's own program matched

    again = [load(db, shop, file) for file in files]
    assert all(report.already_loaded for report in again)


def test_the_file_and_the_stream_of_the_same_orders_end_in_the_same_tables(db: Database, shop: Settings) -> None:
    """Phase 3 of the design: new orders since the last stream_id, after the historical ones."""
    import_menu(db, demo_menu(), source="demo")
    events = list(islice(demo_events(last_day=LAST_DAY), 600))
    put(db, shop, *events, source="file")
    wanted = content(db)
    db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
    import_menu(db, demo_menu(), source="demo")
    put(db, shop, *events[:400], source="file")
    for start in range(300, 600, 100):  # a hundred of them come by both ways
        put(db, shop, *events[start : start + 100])
    assert content(db, "events") == {name: told for name, told in wanted.items() if name != "events"}
