"""kill -9 in the middle of an import: no half-loaded file, and the next run completes to the same tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles.importing import import_file
from ops_platform_tests.chaos import attempts, kills, ready, run_and_kill
from ops_platform_tests.flows.conftest import car
from ops_platform_tests.flows.together import at_once

WORK = f"{__name__}:work"

HALF_LOADED = """
SELECT i.import_id FROM vehicle_imports i
WHERE i.status = 'loaded' AND (
    (SELECT count(*) FROM raw_vehicle_data r WHERE r.import_id = i.import_id) <> i.rows_loaded + i.rows_duplicate
    OR (SELECT count(*) FROM vehicle_import_rejects j WHERE j.import_id = i.import_id) <> i.rows_rejected
    OR (SELECT count(*) FROM vin_history h JOIN raw_vehicle_data r ON r.id = h.raw_data_id
        WHERE r.import_id = i.import_id) <> i.rows_loaded
    OR NOT EXISTS (SELECT FROM location_scans s WHERE s.import_id = i.import_id))
"""
ORPHANS = """
SELECT 'raw' AS what FROM raw_vehicle_data WHERE import_id NOT IN (SELECT import_id FROM vehicle_imports)
UNION ALL SELECT 'car' FROM normalized_vehicle_data n
    WHERE NOT EXISTS (SELECT FROM raw_vehicle_data r WHERE r.id = n.raw_data_id AND r.vin = n.vin)
UNION ALL SELECT 'history' FROM vin_history h
    WHERE NOT EXISTS (SELECT FROM raw_vehicle_data r WHERE r.id = h.raw_data_id AND r.vin = h.vin)
"""
STATE = """
SELECT vin, location, price, first_seen_date, last_seen_date, gone_date, vin_scan_count, eligible, ineligible_reason
FROM normalized_vehicle_data ORDER BY vin, location
"""


def work(given: Sequence[str]) -> None:
    """What the child does: the files, one after the other. given: database, the folder of the files."""
    url, folder = given
    db = Database(url)
    db.frame("SELECT 1")
    ready()
    for path in sorted(Path(folder).glob("*.csv")):
        import_file(db, path, as_of=date(2025, 12, 31), drop_ratio=0.5)


@pytest.mark.chaos
def test_an_import_killed_at_any_moment_leaves_no_half_loaded_file(
    db: Database, database_url: str, write_scrape: Callable[..., Path], folders: object
) -> None:
    days = 12
    for day in range(1, days + 1):
        rows = [car(n, price=str(20_000 + day * 10 + n)) for n in range(day * 20, 2_000 + day * 20)]
        rows += [car(9_000 + n, vin="SHORT") for n in range(30)] + [car(n) for n in range(day * 20, day * 20 + 15)]
        folder = write_scrape(rows, f"complete_data_2025-03-{day:02}.csv").parent
    seen: Counter[str] = Counter()
    for attempt in attempts(kills(), seen):
        seen["at work"] += run_and_kill(WORK, [database_url, str(folder)], after=(0.0, 0.9), seed=attempt)
        assert db.frame(HALF_LOADED).empty
        assert db.frame(ORPHANS).empty
    assert seen["at work"] > 0, "every child had finished before it was killed; the campaign showed nothing"

    for path in sorted(folder.glob("*.csv")):
        import_file(db, path, as_of=date(2025, 12, 31), drop_ratio=0.5)
    survived = db.frame(STATE)
    assert len(db.frame("SELECT 1 FROM vehicle_imports WHERE status = 'loaded'")) == days
    db.execute("TRUNCATE vehicle_imports, normalized_vehicle_data, vin_history, qr_file_tracking CASCADE")
    for path in sorted(folder.glob("*.csv")):
        import_file(db, path, as_of=date(2025, 12, 31), drop_ratio=0.5)
    assert survived.equals(db.frame(STATE))


def test_two_processes_load_the_same_file_once(
    db: Database, database_url: str, write_scrape: Callable[..., Path]
) -> None:

    path = write_scrape([car(n) for n in range(500)])
    reports = at_once(database_url, lambda other: import_file(other, path, as_of=date(2025, 12, 31), drop_ratio=0.5))
    assert sorted(report.already_loaded for report in reports) == [False, True, True, True]
    assert len(db.frame("SELECT 1 FROM vehicle_imports")) == 1
    assert len(db.frame("SELECT 1 FROM raw_vehicle_data")) == 500
