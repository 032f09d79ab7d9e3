"""Order-processing jobs when something is wrong: each job fails alone, says why, and leaves nothing half done."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters.database import Database, held_lock
from ops_platform.flows.vehicles import jobs
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.job_records import JOB_LOCK
from ops_platform.flows.vehicles.jobs import JobRequest, fail_interrupted_jobs
from ops_platform_tests.flows.conftest import BMW, car
from ops_platform_tests.flows.parts import (
    COLUMBIA,
    edit_rules,
    load,
    one,
    read_only,
    rows,
    run,
    set_folder,
    small_disk,
    temps,
    values,
)
from ops_platform_tests.flows.together import at_once

pytestmark = pytest.mark.usefixtures("kept_directory")

Write = Callable[..., Path]
OFALLON = "Serra Honda of O'Fallon"
HOSTILE = ["", "x" * 500, "a\0b", "half \ud83d a sign", "'; DROP TABLE vin_history; --", "..\\..\\etc", "NUL"]


def job(db: Database, job_id: int) -> dict[str, Any]:
    return one(db, "SELECT * FROM order_processing_jobs WHERE id = :id", id=job_id)


def test_one_failing_job_never_stops_the_others(db: Database, write_scrape: Write, folders: VehicleFolders) -> None:
    wrong = {
        "Columbia Honda": ("qr", "C:\\qr_codes\\..\\windows\\", '".."'),
        "Pappas Toyota": ("qr", "C:\\qr_codes\\NUL\\", "'NUL' cannot be a folder"),
        "Spirit Lexus": ("qr", "X:\\nowhere\\lexus\\", "vehicles.path_map"),
        "Porsche St. Louis": ("qr", "qr_codes\\porsche", "no absolute path"),
        "Weber Chevrolet": ("rules", "", 'did you mean "min_price"'),
    }
    load(db, write_scrape([car(n, location=name) for n, name in enumerate([*wrong, BMW, OFALLON])]))
    for name, (kind, folder, _) in wrong.items():
        if kind == "qr":
            set_folder(db, name, folder)
        else:
            edit_rules(db, name, min_prise=1)
    requests = [JobRequest(name) for name in wrong]
    requests += [JobRequest(BMW, "no such type"), JobRequest(BMW, filters={"min_prise": 1}), JobRequest("Nobody")]
    outcomes = run(db, folders, BMW, *requests, OFALLON)
    assert [outcome.status for outcome in outcomes] == ["completed", *["failed"] * len(requests), "completed"]
    for outcome, (_, _, says) in zip(outcomes[1:], wrong.values(), strict=False):
        assert outcome.error is not None and says in outcome.error
        assert (outcome.vehicle_count, outcome.vehicles, outcome.export_file) == (0, [], None)
        recorded = job(db, outcome.job_id)
        assert (recorded["status"], recorded["notes"]) == ("failed", outcome.error)
        assert recorded["completed_at"] is not None
    assert len(list(folders.export_file("x").parent.iterdir())) == 2
    assert values(db, "SELECT dealership_name FROM export_history ORDER BY id") == [BMW, OFALLON]


def test_hostile_names_and_filters_fail_alone(db: Database, write_scrape: Write, folders: VehicleFolders) -> None:
    load(db, write_scrape([car(1)]))
    requests = [JobRequest(name) for name in HOSTILE]
    requests += [JobRequest(BMW, name) for name in HOSTILE]
    odd: list[Any] = [
        {"min_price": float("nan")},
        {"min_price": object()},
        {"\0": "\ud83d"},
        ["min_price"],
        "min_price",
        3,
    ]
    requests += [JobRequest(BMW, filters=filters) for filters in odd]
    *hostile, exotic, plain = run(
        db, folders, *requests, JobRequest(BMW, filters={"exclude_makes": ["a\0\ud83d"]}), BMW
    )
    assert {outcome.status for outcome in hostile} == {"failed"} and all(outcome.error for outcome in hostile)
    assert (exotic.status, plain.status) == ("completed", "completed")
    assert values(db, "SELECT count(*) FROM order_processing_jobs WHERE status = 'running'") == [0]
    assert values(db, "SELECT count(*) FROM order_processing_jobs") == [len(requests) + 2]
    assert set(values(db, "SELECT dealership_name FROM order_processing_jobs")) >= {"", "x" * 500, HOSTILE[4]}


def test_a_job_type_of_any_length_and_characters_gives_a_safe_file_name(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(1)]))
    name = "..\\Spring/Sale: 50 % " + "x" * 70
    db.execute("INSERT INTO order_processing_config (config_name, job_type) VALUES (:n, 'custom')", n=name)
    [outcome] = run(db, folders, JobRequest(BMW, name))
    assert outcome.error is None and outcome.export_file is not None
    path = Path(outcome.export_file)
    assert path.parent == folders.export_file("x").parent and path.is_file()
    assert one(db, "SELECT export_type FROM export_history")["export_type"] == name


def test_a_defect_in_one_job_is_logged_and_recorded_and_the_others_go_on(
    db: Database,
    write_scrape: Write,
    folders: VehicleFolders,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    load(db, write_scrape([car(1), car(2, location=COLUMBIA)]))
    whole = jobs.seed_csv

    def broken(frame: Any, *arguments: Any) -> bytes:
        if frame["location"].iloc[0] == BMW:
            raise ZeroDivisionError("a defect")
        return whole(frame, *arguments)

    monkeypatch.setattr(jobs, "seed_csv", broken)
    outcomes = run(db, folders, BMW, COLUMBIA)
    assert [outcome.status for outcome in outcomes] == ["failed", "completed"]
    assert outcomes[0].error == job(db, outcomes[0].job_id)["notes"] == "ZeroDivisionError: a defect"
    assert "Traceback" in caplog.text and BMW in caplog.text


def test_a_full_disk_fails_the_jobs_that_do_not_fit_and_leaves_older_exports_whole(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(n) for n in range(300)] + [car(900, location=COLUMBIA)]))
    exports = folders.export_file("x").parent
    with small_disk(exports) as leave:
        [old] = run(db, folders, COLUMBIA)
        assert old.export_file is not None
        content = Path(old.export_file).read_bytes()
        leave(8_192)
        large, small = run(db, folders, BMW, COLUMBIA)
        assert (large.status, small.status) == ("failed", "completed")
        assert large.error is not None and "is full. Free space there and run again" in large.error
        assert (large.vehicle_count, large.vins, large.export_file) == (0, [], None)
        assert Path(old.export_file).read_bytes() == content
        assert temps(exports) == []
        assert len(list(exports.glob("*.csv"))) == 2
        leave(1 << 20)
        assert run(db, folders, BMW)[0].status == "completed"
    assert values(db, "SELECT job_id FROM order_processing_job_vehicles WHERE job_id = :id", id=large.job_id) == []
    assert values(db, "SELECT job_id FROM export_history WHERE job_id = :id", id=large.job_id) == []


def test_a_read_only_export_folder_fails_jobs_with_what_to_do(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(1)]))
    exports = folders.export_file("x").parent
    exports.mkdir(parents=True)
    with read_only(exports):
        [outcome] = run(db, folders, BMW)
    assert outcome.status == "failed" and outcome.error is not None
    assert str(exports) in outcome.error and ("writable" in outcome.error or "permission" in outcome.error)
    assert run(db, folders, BMW)[0].status == "completed"


def test_what_a_killed_writer_left_in_the_export_folder_is_removed(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(1)]))
    exports = folders.export_file("x").parent
    dies = (
        "import os, sys; from pathlib import Path; from ops_platform.adapters.files import write_whole;"
        "os.fsync = lambda handle: os._exit(9); write_whole(Path(sys.argv[1]), b'half a file')"
    )
    assert subprocess.run([sys.executable, "-c", dies, str(exports / "x.csv")], check=False).returncode == 9
    assert len(temps(exports)) == 1
    run(db, folders, BMW)
    assert temps(exports) == []


def test_jobs_of_a_dead_process_are_failed_and_no_others(
    db: Database, write_scrape: Write, folders: VehicleFolders
) -> None:
    load(db, write_scrape([car(1)]))
    [done] = run(db, folders, BMW)
    for status in ("created", "running"):
        db.execute("INSERT INTO order_processing_jobs (dealership_name, status) VALUES ('x', :status)", status=status)
    before = job(db, done.job_id)
    assert fail_interrupted_jobs(db) == 2
    failed = db.frame("SELECT * FROM order_processing_jobs WHERE dealership_name = 'x'")
    assert set(failed["status"]) == {"failed"} and failed["completed_at"].notna().all()
    assert all("interrupted" in note and "run it again" in note for note in failed["notes"])
    assert job(db, done.job_id) == before
    assert fail_interrupted_jobs(db) == 0


def test_running_jobs_are_left_alone_while_any_job_is_at_work(db: Database, database_url: str) -> None:
    db.execute("INSERT INTO order_processing_jobs (dealership_name, status) VALUES ('x', 'running')")
    other = Database(database_url)
    try:
        with held_lock(other, JOB_LOCK, shared=True):  # as run_jobs holds it
            assert fail_interrupted_jobs(db) == 0
            assert values(db, "SELECT status FROM order_processing_jobs") == ["running"]
    finally:
        other.close()
    assert fail_interrupted_jobs(db) == 1


def test_a_job_holds_its_lock_until_it_is_recorded(
    db: Database, database_url: str, write_scrape: Write, folders: VehicleFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(db, write_scrape([car(1)]))
    other = Database(database_url)
    closed: list[int] = []
    whole = jobs.write_batch

    def write_and_look(*arguments: Any) -> Any:
        closed.append(fail_interrupted_jobs(other))
        return whole(*arguments)

    monkeypatch.setattr(jobs, "write_batch", write_and_look)
    try:
        [outcome] = run(db, folders, BMW)
    finally:
        other.close()
    assert closed == [0] and job(db, outcome.job_id)["status"] == "completed"


def test_two_batches_at_once_complete_with_files_of_their_own(
    db: Database, database_url: str, write_scrape: Write, folders: VehicleFolders
) -> None:
    names = [BMW, COLUMBIA, OFALLON]
    load(db, write_scrape([car(n, location=names[n % 3]) for n in range(60)]))
    batches = at_once(database_url, lambda other: run(other, folders, *names))
    outcomes = [outcome for batch in batches for outcome in batch]
    assert [outcome.status for outcome in outcomes] == ["completed"] * 12
    files = {str(outcome.export_file) for outcome in outcomes}
    assert len(files) == 12
    assert all(len(rows(path)) == 20 for path in files)
    assert values(db, "SELECT count(DISTINCT file_path) FROM export_history") == [12]
