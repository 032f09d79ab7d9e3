"""QR files against the database: which ones a dealership's cars need, making them, validating them, auditing a sample.

The files themselves are qr_files.py's; here stand the records (qr_file_tracking) and whose settings count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.database import Database, copy_rows, dicts, execute, frame
from ops_platform.core.logical_paths import LogicalPathError
from ops_platform.flows.vehicles.dealerships import Directory, load_directory
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.qr_files import (
    QrCheck,
    QrRecord,
    QrResult,
    QrTask,
    make_qr_files,
    verify_qr_files,
)
from ops_platform.settings import Settings
from ops_platform.vehicles.qr import QrError, QrLook, qr_payload

Progress = Callable[[int, int], None]

STAGE_QR = {
    "vin": "text",
    "dealership_name": "text",
    "file_exists": "bool",
    "file_size": "int4",
    "payload": "text",
    "payload_hash": "text",
    "look": "text",
    "file_sha256": "text",
    "file_mtime_ns": "int8",
}


@dataclass(frozen=True)
class QrReport:
    """What a making did. failures: vin, dealership, path, reason. new_files: what was made, in order."""

    total: int
    made: int
    unchanged: int
    failed: int
    seconds: float
    failures: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    new_files: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class QrAudit:
    """What a re-reading of files found. problems: vin, dealership, path, state, reason."""

    checked: int
    ok: int
    missing: int
    torn: int
    swapped: int
    problems: list[dict[str, Any]]


@dataclass(frozen=True)
class _Wanted:
    """The tasks of some cars (same order as `cars`), and what could not become one."""

    cars: pd.DataFrame
    tasks: list[QrTask]
    failures: list[dict[str, Any]]


def make_qr(
    db: Database,
    folders: VehicleFolders,
    settings: Settings,
    *,
    dealerships: Sequence[str] | None = None,
    job_id: int | None = None,
    progress: Progress | None = None,
) -> QrReport:
    """Make the QR files that are missing or changed, for all active dealerships or the given ones.

    job_id: only the cars of that job, and the files are recorded as its. A file that cannot be made is counted and
    named; the others are made. Errors: database errors only.
    """
    started = time.perf_counter()
    directory = load_directory(db)
    names = [
        client.name
        for client in directory.active
        if client.output.include_qr and (dealerships is None or client.name in dealerships)
    ]
    with db.engine.connect() as connection:
        wanted = _wanted(_tracked(connection, names, job_id), directory, folders, settings)
    results = make_qr_files(wanted.tasks, progress=progress)
    cars = dicts(wanted.cars)
    done = list(zip(results, wanted.tasks, cars, strict=True))
    with db.transaction() as connection:
        # A record that stands as it is needs no write: that is the whole inventory on most days.
        rows = [
            _row(car, task.payload, result.record)
            for result, task, car in done
            if result.record is not None and (result.record != task.record or not car["file_exists"])
        ]
        _save(connection, rows, job_id)
    failed = [_problem(car, result) for result, _, car in done if result.state == "failed"]
    return QrReport(
        total=len(results) + len(wanted.failures),
        made=sum(result.state == "made" for result in results),
        unchanged=sum(result.state == "unchanged" for result in results),
        failed=len(failed) + len(wanted.failures),
        seconds=round(time.perf_counter() - started, 3),
        failures=[*wanted.failures, *failed],
        warnings=sorted({text for result in results for text in result.warnings}),
        new_files=[result.path for result in results if result.state == "made"],
    )


def validate_qr(
    db: Database,
    folders: VehicleFolders,
    settings: Settings,
    dealership: str,
    *,
    job_id: int | None = None,
    now: datetime,
) -> dict[str, Any]:
    """Look at the QR files of a dealership's cars on hand (or of one job's cars) and record what is there.

    Returns dealership, total_vehicles, qr_files_exist, qr_files_missing, missing_files (vin, stock, expected_path) and
    validation_date. A file that is empty, undecodable or says something else counts as missing.
    """
    [result] = validate_many(db, folders, settings, [dealership], job_id=job_id, now=now)
    return result


def validate_many(
    db: Database,
    folders: VehicleFolders,
    settings: Settings,
    dealerships: Sequence[str],
    *,
    job_id: int | None = None,
    now: datetime,
) -> list[dict[str, Any]]:
    """`validate_qr` for many dealerships with one look at the records and one write."""
    checked, unusable = _check(db, folders, settings, dealerships, job_id)
    with db.transaction() as connection:
        _save(connection, [_row(car, task.payload, check.record) for check, task, car in checked], None)
    found: dict[str, list[tuple[bool, dict[str, Any]]]] = {name: [] for name in dealerships}
    for check, _, car in checked:
        found[car["dealership_name"]].append((check.state == "ok", car))
    for car in unusable:
        found[car["dealership_name"]].append((False, car))
    return [_validation(name, found[name], now) for name in dealerships]


def audit_qr(db: Database, folders: VehicleFolders, settings: Settings, *, sample: int, seed: int) -> QrAudit:
    """Re-read a sample of the files that are recorded as existing, and decode every one of them.

    seed: the day's number, so that each night looks at other files and a repeat looks at the same. Nothing is
    recorded: a finding is for a person, and the next making repairs it.
    """
    directory = load_directory(db)
    with db.engine.connect() as connection:
        tracked = _tracked(connection, [client.name for client in directory.active], None)
    existing = tracked[tracked["file_exists"].astype(bool)]
    chosen = existing.sample(n=min(sample, len(existing)), random_state=seed).sort_index()
    wanted = _wanted(chosen, directory, folders, settings)
    # Without the records, so that no hash is believed: the code itself is read.
    checks = verify_qr_files([replace(task, record=None) for task in wanted.tasks])
    cars = dicts(wanted.cars)
    problems = [_problem(car, check) for check, car in zip(checks, cars, strict=True) if check.state != "ok"]
    states = [check.state for check in checks]
    return QrAudit(
        checked=len(checks),
        ok=states.count("ok"),
        missing=states.count("missing"),
        torn=states.count("torn"),
        swapped=states.count("swapped"),
        problems=problems,
    )


def look_of(directory: Directory, dealership: str, settings: Settings) -> QrLook:
    """Return how a dealership's codes look: its own output_rules.qr, over its format's job type, over the settings."""
    client = directory.clients[dealership]
    job_type = directory.job_types.get(client.output.format)
    chosen = settings.vehicles.qr.model_dump()
    for rules in (job_type.qr if job_type else None, client.output.qr):
        if rules is not None:
            chosen |= rules.model_dump(include=rules.model_fields_set)
    chosen["level"] = chosen.pop("error_correction")
    return QrLook(**chosen)


def _check(
    db: Database,
    folders: VehicleFolders,
    settings: Settings,
    dealerships: Sequence[str],
    job_id: int | None,
) -> tuple[list[tuple[QrCheck, QrTask, dict[str, Any]]], list[dict[str, Any]]]:
    directory = load_directory(db)
    with db.engine.connect() as connection:
        tracked = _tracked(connection, dealerships, job_id)
    wanted = _wanted(tracked, directory, folders, settings)
    checks = verify_qr_files(wanted.tasks)
    cars = dicts(wanted.cars)
    return list(zip(checks, wanted.tasks, cars, strict=True)), wanted.failures


def _tracked(connection: sa.Connection, dealerships: Sequence[str], job_id: int | None) -> pd.DataFrame:
    if job_id is None:
        return frame(connection, "vehicles/qr_tracking", dealerships=list(dealerships))
    return frame(connection, "vehicles/qr_tracking_of_job", dealerships=list(dealerships), job_id=job_id)


def _wanted(
    tracked: pd.DataFrame, directory: Directory, folders: VehicleFolders, settings: Settings
) -> _Wanted:
    """The file each car should have. A dealership with unreadable rules or an unmapped folder fails alone."""
    tasks: list[QrTask] = []
    keep: list[Any] = []
    failures: list[dict[str, Any]] = []
    looks: dict[str, QrLook] = {}
    for index, car in zip(tracked.index, dicts(tracked), strict=True):
        name = car["dealership_name"]
        try:
            if name not in directory.clients:
                raise QrError(directory.problems.get(name, f"{name} is not known"))
            look = looks.setdefault(name, look_of(directory, name, settings))
            payload = qr_payload(car["vin"], car["vehicle_url"], look.payload)
            path = folders.qr_file(car["qr_file_path"])
        except (QrError, LogicalPathError) as error:
            failures.append({**car, "dealership": name, "path": car["qr_file_path"], "reason": str(error)})
            continue
        tasks.append(QrTask(car["vin"], payload.text, look, path, _record(car)))
        keep.append(index)
    return _Wanted(tracked.loc[keep], tasks, failures)


def _record(car: dict[str, Any]) -> QrRecord | None:
    if car["file_sha256"] is None:
        return None
    return QrRecord(
        payload_hash=car["payload_hash"],
        look=car["look"] or "",
        size=car["file_size"],
        mtime_ns=car["file_mtime_ns"],
        sha256=car["file_sha256"],
    )


def _row(car: dict[str, Any], payload: str, record: QrRecord | None) -> tuple[Any, ...]:
    """One row of stage_qr; without a record the file is not (rightly) there, and the next making makes it."""
    who = (car["vin"], car["dealership_name"])
    if record is None:
        return (*who, False, None, payload, None, None, None, None)
    facts = (record.size, payload, record.payload_hash, record.look, record.sha256, record.mtime_ns)
    return (*who, True, *facts)


def _save(connection: sa.Connection, rows: Sequence[tuple[Any, ...]], job_id: int | None) -> None:
    if not rows:
        return
    execute(connection, "vehicles/stage_qr")
    copy_rows(connection, "stage_qr", STAGE_QR, rows)
    execute(connection, "ANALYZE stage_qr")
    execute(connection, "vehicles/save_qr_results", job_id=job_id)


def _problem(car: dict[str, Any], result: QrResult | QrCheck) -> dict[str, Any]:
    return {
        "vin": car["vin"],
        "dealership": car["dealership_name"],
        "path": str(result.path),
        "state": result.state,
        "reason": result.reason,
    }


def _validation(name: str, cars: list[tuple[bool, dict[str, Any]]], now: datetime) -> dict[str, Any]:
    missing = [car for there, car in cars if not there]
    return {
        "dealership": name,
        "total_vehicles": len(cars),
        "qr_files_exist": len(cars) - len(missing),
        "qr_files_missing": len(missing),
        "missing_files": [
            {"vin": car["vin"], "stock": car["stock"], "expected_path": car["qr_file_path"]}
            for car in missing
        ],
        "validation_date": now,
    }
