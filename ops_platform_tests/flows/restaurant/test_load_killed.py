"""kill -9 in the middle of a load: no half-loaded file, and the next load completes to the same tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.restaurant.loading import load_file
from ops_platform.restaurant.demo_data import demo_events
from ops_platform.settings import Settings, load_settings
from ops_platform_tests.chaos import attempts, kills, ready, run_and_kill
from ops_platform_tests.flows.restaurant.conftest import TABLES, content, load, write_lines

WORK = f"{__name__}:work"
HALF_LOADED = """
SELECT l.load_id FROM order_loads l
WHERE l.status <> 'loaded' OR l.finished_at IS NULL OR l.orders_new <> (
        SELECT count(*) FROM orders o WHERE o.load_id = l.load_id) AND l.orders_updated = 0
   OR l.orders_read <> l.orders_new + l.orders_updated + l.orders_duplicate + l.orders_superseded + l.orders_rejected
"""
ORPHANS = """
SELECT 'order' FROM orders o WHERE NOT EXISTS (SELECT FROM order_loads l WHERE l.load_id = o.load_id)
UNION ALL SELECT 'order without lines' FROM orders o
    WHERE jsonb_array_length(o.raw #> '{raw_event,raw_payload,properties,OrderItem}')
          > (SELECT count(*) FROM order_items i WHERE i.order_id = o.order_id)
            + (SELECT count(*) FROM order_rejects r WHERE r.stream_id = o.stream_id AND r.entity = 'order_item')
UNION ALL SELECT 'order without taxes' FROM orders o
    WHERE (SELECT count(*) FROM order_taxes t WHERE t.order_id = o.order_id) <> 2
UNION ALL SELECT 'event' FROM orders o
    WHERE NOT EXISTS (SELECT FROM stream_events e WHERE e.stream_id = o.stream_id AND e.outcome = 'loaded')
"""
IN_A_FILE = 300


def work(given: Sequence[str]) -> None:
    """What the child does: the files, one after the other. given: database, the folder of the files."""
    url, folder = given
    db, home = Database(url), Path(folder)
    db.frame("SELECT 1")
    settings = load_settings(home, env={"OPS_HOME": folder})
    ready()
    for path in sorted(home.glob("*.jsonl")):
        load_file(db, path, settings=settings, now=datetime(2026, 1, 10, 6, 30, tzinfo=UTC))


@pytest.mark.chaos
def test_a_load_killed_at_any_moment_leaves_no_half_loaded_file(
    db: Database, shop: Settings, database_url: str, tmp_path: Path
) -> None:
    events = list(islice(demo_events(last_day=date(2026, 1, 9), days=40), 2_400))
    files = [
        write_lines(tmp_path / f"{start:05}.jsonl", events[start : start + IN_A_FILE])
        for start in range(0, len(events), IN_A_FILE)
    ]
    seen: Counter[str] = Counter()
    for attempt in attempts(kills(), seen):
        seen["at work"] += run_and_kill(WORK, [database_url, str(tmp_path)], after=(0.0, 1.2), seed=attempt)
        assert db.frame(HALF_LOADED).empty
        assert db.frame(ORPHANS).empty
    assert seen["at work"] > 0, "every child had finished before it was killed; the campaign showed nothing"

    for path in files:
        assert load(db, shop, path).conserved
    survived = content(db)
    assert len(db.frame("SELECT 1 FROM order_loads WHERE status = 'loaded'")) == len(files)
    db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
    for path in files:
        load(db, shop, path)
    assert survived == content(db)
