"""A morning's exports: one job and file for each of 40 dealerships, then every QR file looked at.

The files are there already (making them is the subject `qr`), so this is what the work costs on a usual day: the
inventory is read and judged, 40 files are rendered, written and synced, jobs and cars recorded; then some 10,000 files
are opened, hashed and compared with their records, and the findings written down.
"""

from __future__ import annotations

import time
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.importing import import_file
from ops_platform.flows.vehicles.jobs import JobRequest, run_jobs
from ops_platform.flows.vehicles.qr import make_qr, validate_many
from ops_platform.settings import load_settings
from ops_platform_tests.bench.table import Row
from ops_platform_tests.bench.workplace import FIRST_DAY, TODAY, scrapes, workplace, write

_CARS = 10_000


def run(short: bool = False) -> list[Row]:
    """Measure the median of some mornings; about half a minute, most of it making the QR files."""
    with workplace() as (db, home):
        settings = load_settings(home, env={"OPS_HOME": str(home)})
        folders = VehicleFolders.of(settings)
        import_file(db, write(home, scrapes(1, _CARS)[0]), as_of=TODAY, drop_ratio=0.5)
        names = db.frame("vehicles/summary_active_dealerships")["name"].tolist()
        made = make_qr(db, folders, settings)
        now = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 6, tzinfo=ZoneInfo("America/Chicago"))
        requests = [JobRequest(name) for name in names]
        exporting, validating, fine = [], [], made.failed == 0
        for _ in range(1 + (3 if short else 7)):
            started = time.perf_counter()
            outcomes = run_jobs(db, folders, requests, now=now, created_by="bench")
            exported = time.perf_counter()
            results = validate_many(db, folders, settings, names, now=now)
            exporting.append(exported - started)
            validating.append(time.perf_counter() - exported)
            fine &= all(outcome.status == "completed" for outcome in outcomes)
            fine &= sum(result["qr_files_exist"] for result in results) == made.total
    # The first morning warms up.
    both = median(one + two for one, two in zip(exporting[1:], validating[1:], strict=True))
    parts = f"{median(exporting[1:]):.2f} s and {median(validating[1:]):.2f} s"
    return [
        Row(
            name=f"{len(names)} exports and validation of {made.total:,} cars ({parts})",
            measured=both,
            unit="s",
            reference="",
            reference_measured=None,
            ratio=None,
            reach="< 5 s",
            ok=fine and both < 5,
        )
    ]
