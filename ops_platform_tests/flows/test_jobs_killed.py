"""kill -9 in the middle of a morning's work: jobs, QR files and print files leave no torn file and no job for ever."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles import companions, job_records, jobs, qr
from ops_platform.flows.vehicles.companions import write_companions
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.jobs import fail_interrupted_jobs
from ops_platform.flows.vehicles.qr import audit_qr, make_qr, validate_many
from ops_platform.settings import Settings, load_settings
from ops_platform.vehicles.qr_decode import read_qr_png
from ops_platform_tests.chaos import attempts, kills, ready, run_and_kill, run_until_dead
from ops_platform_tests.flows.conftest import BMW, NOW, car
from ops_platform_tests.flows.parts import COLUMBIA, load, rows, run, temps, values

Write = Callable[..., Path]
NAMES = [BMW, COLUMBIA, "Columbia Honda"]
CARS = 300
MORNING = datetime(2025, 3, 13, 6, tzinfo=ZoneInfo("America/Chicago"))

WORK = f"{__name__}:work"
MODULES = {module.__name__.rpartition(".")[2]: module for module in (companions, job_records, jobs, qr)}


def work(given: Sequence[str]) -> None:
    """What the child does: the morning, over and over. given: database, home, where it kills itself, dealerships."""
    url, home, crash, *names = given
    settings = load_settings(Path(home).parent, env={"OPS_HOME": home})
    folders, db = VehicleFolders.of(settings), Database(url)
    if crash:
        module, _, name = crash.partition(".")
        setattr(MODULES[module], name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
    db.frame("SELECT 1")
    ready()
    random.seed()  # a forked child begins where its parent stands
    while True:
        jobs.run_jobs(db, folders, [jobs.JobRequest(name) for name in names], now=MORNING, created_by="child")
        qr.make_qr(db, folders, settings)
        companions.write_companions(db, folders, settings, names, now=MORNING)
        # Some files vanish each time, so that there is always something to make.
        for path in random.sample(sorted(settings.vehicles.qr_dir.rglob("*.png")), 100):
            path.unlink()


@pytest.fixture
def inventory(db: Database, write_scrape: Write) -> Database:
    """Three dealerships with a hundred cars each."""
    load(db, write_scrape([car(n, location=NAMES[n % 3], type="New") for n in range(CARS)]))
    return db


def arguments(url: str, settings: Settings, crash: str = "") -> list[str]:
    return [url, str(settings.home), crash, *NAMES]


def no_file_is_torn(db: Database, settings: Settings) -> None:
    for path in settings.vehicles.qr_dir.rglob("*.png"):
        number = int(path.stem[-6:])
        assert f"/inventory/{number}?" in read_qr_png(path.read_bytes()).payload
    recorded = db.frame("SELECT file_path, record_count, file_size FROM export_history")
    facts = {path: (count, size) for path, count, size in recorded.itertuples(index=False)}
    for path in settings.vehicles.exports_dir.glob("*.csv"):
        content = path.read_bytes()
        assert content.endswith(b"\n") and len(rows(path)) > 0
        if str(path) in facts:
            assert (len(rows(path)), len(content)) == facts[str(path)]
    assert all(Path(path).is_file() for path in facts)


def no_job_stays_running(db: Database) -> None:
    """The server notices a dead client within moments; until then its jobs may still be alive."""
    deadline = time.monotonic() + 20
    unended = "SELECT id FROM order_processing_jobs WHERE status IN ('created', 'running')"
    while values(db, unended):
        assert time.monotonic() < deadline, "jobs of a dead process stayed running"
        fail_interrupted_jobs(db)
        time.sleep(0.05)
    half = db.frame(
        "SELECT j.id FROM order_processing_jobs j WHERE j.status = 'completed' AND "
        "(SELECT count(*) FROM order_processing_job_vehicles v WHERE v.job_id = j.id) <> j.vehicle_count "
        "OR j.status = 'failed' AND EXISTS (SELECT FROM order_processing_job_vehicles v WHERE v.job_id = j.id)"
    )
    assert half.empty


def the_next_morning_completes(db: Database, folders: VehicleFolders, settings: Settings) -> None:
    outcomes = run(db, folders, *NAMES)
    assert [(outcome.status, outcome.vehicle_count) for outcome in outcomes] == [("completed", 100)] * 3
    assert make_qr(db, folders, settings).failed == 0
    report = write_companions(db, folders, settings, NAMES, now=NOW)
    assert [file["rows"] for file in report.files] == [100] * 3 and report.failures == report.missing == []
    audit = audit_qr(db, folders, settings, sample=CARS, seed=1)
    assert (audit.checked, audit.ok) == (CARS, CARS)
    assert sum(each["qr_files_exist"] for each in validate_many(db, folders, settings, NAMES, now=NOW)) == CARS
    assert temps(settings.home) == []
    no_file_is_torn(db, settings)


@pytest.mark.chaos
def test_a_morning_killed_at_any_moment_leaves_whole_files_and_ended_jobs(
    inventory: Database, database_url: str, folders: VehicleFolders, platform_settings: Settings
) -> None:
    seen: Counter[str] = Counter()
    for attempt in attempts(kills(), seen, at_work=kills()):
        seen["at work"] += run_and_kill(
            WORK, arguments(database_url, platform_settings), after=(0.0, 1.5), seed=attempt
        )
        no_file_is_torn(inventory, platform_settings)
        no_job_stays_running(inventory)
    assert seen["at work"] >= kills(), "children ended by themselves; the campaign showed less than it says"
    the_next_morning_completes(inventory, folders, platform_settings)


@pytest.mark.parametrize(
    ("crash", "interrupted"),
    [
        ("jobs.write_batch", 3),  # asked for, nothing written
        ("jobs.finish_jobs", 3),  # written, not recorded
        ("qr.copy_rows", 0),  # QR files in place, not recorded
        ("companions.write_batch", 0),
        ("companions.copy_rows", 0),  # print files in place, not recorded
    ],
)
def test_a_morning_killed_at_a_named_point_is_told_and_made_good(
    inventory: Database,
    database_url: str,
    folders: VehicleFolders,
    platform_settings: Settings,
    crash: str,
    interrupted: int,
) -> None:
    assert run_until_dead(WORK, arguments(database_url, platform_settings, crash))
    no_file_is_torn(inventory, platform_settings)
    no_job_stays_running(inventory)
    told = "SELECT count(*) FROM order_processing_jobs WHERE notes LIKE 'interrupted: %%run it again'"
    assert values(inventory, told) == [interrupted]
    the_next_morning_completes(inventory, folders, platform_settings)
