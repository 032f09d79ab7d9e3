"""QR files against the database: which ones a dealership's cars need, making them, validating them, auditing a sample.

The files themselves are qr_files.py's; here stand the records (qr_file_tracking) and whose settings count.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ops_platform.adapters.database import Database, copy_rows, execute, lock_in_transaction, records
from ops_platform.core.logical_paths import LogicalPathError
from ops_platform.flows.vehicles.dealerships import Directory, load_directory
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.qr_files import (
    QrRecord,
    QrTask,
    make_qr_files,
    verify_qr_files,
)
from ops_platform.settings import Settings
from ops_platform.vehicles.qr import QrError, QrLook, qr_payload

Car = dict[str, Any]  # one row of qr_tracking.sql
Progress = Callable[[int, int], None]
TRACKING_LOCK = "vehicles.qr_file_tracking"

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
    """The tasks of some cars (same order as `cars`), and the cars that cannot have one, with the reason."""

    cars: list[Car]
    tasks: list[QrTask]
    unusable: list[tuple[Car, str]]


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
    done = list(zip(results, wanted.tasks, wanted.cars, strict=True))
    # A record that stands as it is needs no write: that is the whole inventory on most days.
    rows = [
        _row(car, task.payload, result.record)
        for result, task, car in done
        if result.record is not None and (result.record != task.record or not car["file_exists"])
    ]
    _save(db, rows, job_id)
    failures = [_failure(car, car["qr_file_path"], "failed", reason) for car, reason in wanted.unusable]
    failures += [
        _failure(car, str(result.path), "failed", result.reason) for result, _, car in done if result.state == "failed"
    ]
    return QrReport(
        total=len(wanted.cars) + len(wanted.unusable),
        made=sum(result.state == "made" for result in results),
        unchanged=sum(result.state == "unchanged" for result in results),
        failed=len(failures),
        seconds=round(time.perf_counter() - started, 3),
        failures=failures,
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
    directory = load_directory(db)
    with db.engine.connect() as connection:
        tracked = _tracked(connection, dealerships, job_id)
    wanted = _wanted(tracked, directory, folders, settings)
    checked = list(zip(verify_qr_files(wanted.tasks), wanted.tasks, wanted.cars, strict=True))
    rows = [_row(car, task.payload, check.record) for check, task, car in checked]
    rows += [_row(car, car["payload"], None) for car, _ in wanted.unusable]
    _save(db, rows, None)
    missing = {_key(car) for check, _, car in checked if check.state != "ok"}
    missing |= {_key(car) for car, _ in wanted.unusable}
    found: dict[str, list[Car]] = {name: [] for name in dealerships}
    for car in tracked:
        found[car["dealership_name"]].append(car)
    return [_validation(name, found[name], missing, now) for name in dealerships]


def audit_qr(db: Database, folders: VehicleFolders, settings: Settings, *, sample: int, seed: int) -> QrAudit:
    """Re-read a sample of the files that are recorded as existing, and decode every one of them.

    seed: the day's number, so that each night looks at other files and a repeat looks at the same. Nothing is
    recorded: a finding is for a person, and the next making repairs it.
    """
    directory = load_directory(db)
    with db.engine.connect() as connection:
        tracked = _tracked(connection, [client.name for client in directory.active], None)
    existing = [car for car in tracked if car["file_exists"]]
    chosen = random.Random(seed).sample(existing, min(sample, len(existing)))  # noqa: S311 - a sample, no secret
    wanted = _wanted(chosen, directory, folders, settings)
    # Without the records, so that no hash is believed: the code itself is read.
    checks = verify_qr_files([replace(task, record=None) for task in wanted.tasks])
    problems = [
        _failure(car, str(check.path), check.state, check.reason)
        for check, car in zip(checks, wanted.cars, strict=True)
        if check.state != "ok"
    ]
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
    """Return how a dealership's codes look: its own output_rules.qr, over its format's job type, over the settings.

    Errors: QrError when that job type cannot be read. A guess would make all files anew, and again once it is mended.
    """
    client = directory.clients[dealership]
    if client.output.format in directory.type_problems:
        raise QrError(directory.type_problems[client.output.format])
    job_type = directory.job_types.get(client.output.format)
    chosen = settings.vehicles.qr.model_dump()
    for rules in (job_type.qr if job_type else None, client.output.qr):
        if rules is not None:
            chosen |= rules.model_dump(include=rules.model_fields_set)
    chosen["level"] = chosen.pop("error_correction")
    return QrLook(**chosen)


def _tracked(connection: sa.Connection, dealerships: Sequence[str], job_id: int | None) -> list[Car]:
    if job_id is None:
        return records(connection, "vehicles/qr_tracking", dealerships=list(dealerships))
    return records(connection, "vehicles/qr_tracking_of_job", dealerships=list(dealerships), job_id=job_id)


def _wanted(tracked: Sequence[Car], directory: Directory, folders: VehicleFolders, settings: Settings) -> _Wanted:
    """The file each car should have. A dealership with unreadable rules or an unmapped folder fails alone."""
    wanted = _Wanted([], [], [])
    looks: dict[str, QrLook] = {}
    for car in tracked:
        name = car["dealership_name"]
        try:
            if name not in directory.clients:
                raise QrError(directory.problems.get(name, f"{name} is not known"))
            if name not in looks:
                looks[name] = look_of(directory, name, settings)
            payload = qr_payload(car["vin"], car["vehicle_url"], looks[name].payload)
            path = folders.qr_file(car["qr_file_path"])
        except (QrError, LogicalPathError) as error:
            wanted.unusable.append((car, str(error)))
            continue
        wanted.cars.append(car)
        wanted.tasks.append(QrTask(car["vin"], payload.text, looks[name], path, _record(car)))
    return wanted


def _record(car: Car) -> QrRecord | None:
    if car["file_sha256"] is None:
        return None
    return QrRecord(
        payload_hash=car["payload_hash"],
        look=car["look"] or "",
        size=car["file_size"],
        mtime_ns=car["file_mtime_ns"],
        sha256=car["file_sha256"],
    )


def _row(car: Car, payload: str | None, record: QrRecord | None) -> tuple[Any, ...]:
    """One row of stage_qr; without a record the file is not (rightly) there, and the next making makes it."""
    who = (car["vin"], car["dealership_name"])
    if record is None:
        return (*who, False, None, payload, None, None, None, None)
    facts = (record.size, payload, record.payload_hash, record.look, record.sha256, record.mtime_ns)
    return (*who, True, *facts)


def _save(db: Database, rows: Sequence[tuple[Any, ...]], job_id: int | None) -> None:
    if not rows:
        return
    with db.transaction() as connection:
        # Two updates of the same rows in different order would end in a deadlock, and one of the two would be lost.
        lock_in_transaction(connection, TRACKING_LOCK)
        execute(connection, "vehicles/stage_qr")
        copy_rows(connection, "stage_qr", STAGE_QR, rows)
        execute(connection, "ANALYZE stage_qr")
        execute(connection, "vehicles/save_qr_results", job_id=job_id)


def _failure(car: Car, path: str, state: str, reason: str | None) -> dict[str, Any]:
    return {
        "vin": car["vin"],
        "dealership": car["dealership_name"],
        "path": path,
        "state": state,
        "reason": reason,
    }


def _key(car: Car) -> tuple[str, str]:
    return car["dealership_name"], car["vin"]


def _validation(name: str, cars: Sequence[Car], missing: set[tuple[str, str]], now: datetime) -> dict[str, Any]:
    lacking = [car for car in cars if _key(car) in missing]
    return {
        "dealership": name,
        "total_vehicles": len(cars),
        "qr_files_exist": len(cars) - len(lacking),
        "qr_files_missing": len(lacking),
        "missing_files": [
            {"vin": car["vin"], "stock": car["stock"], "expected_path": car["qr_file_path"]} for car in lacking
        ],
        "validation_date": now,
    }
