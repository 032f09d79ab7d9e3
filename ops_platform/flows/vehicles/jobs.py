"""Order-processing jobs: choose a dealership's cars, write the export, record what happened.

Any number of jobs is one batch: one look at the inventory, one insert, one file each, one final update. A job that
fails is recorded as failed and the others go on. QR files (qr.py) and print files (companions.py) come after.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.database import (
    Database,
    copy_rows,
    execute,
    frame,
    held_lock,
    records,
)
from ops_platform.adapters.files import FileWriteError, write_whole
from ops_platform.core.logical_paths import LogicalPathError
from ops_platform.core.text import nearest_name
from ops_platform.flows.vehicles.dealerships import Client, Directory, business_day, load_directory
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.vehicles.eligibility import reason_code
from ops_platform.vehicles.exports import (
    QR_COLUMN,
    dealership_slug,
    export_file_name,
    qr_paths,
    seed_columns,
    seed_csv,
    sort_vehicles,
    stored_column,
)
from ops_platform.vehicles.rule_errors import RulesError
from ops_platform.vehicles.rules import FilteringRules, parse_filters

JOB_LOCK = "vehicles.jobs"
JOB_VEHICLES = {"job_id": "int8", "vin": "varchar", "position": "int4"}
EXPORTS = {
    "export_type": "varchar",
    "dealership_name": "varchar",
    "file_path": "text",
    "record_count": "int4",
    "file_size": "int8",
    "job_id": "int8",
    "exported_by": "text",
    "export_date": "date",
    "notes": "text",
}


@dataclass(frozen=True)
class JobRequest:
    """One job to run. filters: additional restrictions in the keys of filtering_rules; the stricter wins."""

    dealership: str
    job_type: str = "standard"
    filters: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class JobOutcome:
    """What a job did. status: completed, empty (no car was eligible: note says why) or failed (error says why).

    vehicles: one dict a car with the export's columns, numbers as numbers, None for missing.
    """

    job_id: int
    dealership: str
    job_type: str
    status: str
    created_at: datetime
    vehicle_count: int = 0
    vehicles: list[dict[str, Any]] = field(default_factory=list)
    vins: list[str] = field(default_factory=list)
    export_file: str | None = None
    file_size: int | None = None
    qr_output_path: str | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    note: str | None = None
    error: str | None = None

    @property
    def success(self) -> bool:
        """An empty job did its work: there was nothing to export."""
        return self.status != "failed"


def run_jobs(
    db: Database,
    folders: VehicleFolders,
    requests: Sequence[JobRequest],
    *,
    now: datetime,
    created_by: str,
    run_id: str | None = None,
) -> list[JobOutcome]:
    """Run jobs, in the order of the requests.

    now: aware, in the business's zone; names the files and bounds the business day. created_by: who asked, for the
    records. Errors: none for a single job (it is recorded as failed); database errors are raised.
    """
    if not requests:
        return []
    with held_lock(db, JOB_LOCK, shared=True):
        directory = load_directory(db)
        with db.transaction() as connection:
            day = business_day(connection, now.date())
            started = _insert(connection, requests, day, created_by, run_id)
            names = sorted({request.dealership for request in requests})
            cars = dict(list(frame(connection, "vehicles/inventory", locations=names).groupby("location")))
            ordered = frame(connection, "vehicles/ordered_vins", dealerships=names, as_of=day)
        ordered_vins = {str(name): set(rows["vin"]) for name, rows in ordered.groupby("dealership_name")}
        outcomes = [
            _run(outcome, request, directory, folders, cars, ordered_vins, day, now)
            for outcome, request in zip(started, requests, strict=True)
        ]
        with db.transaction() as connection:
            _finish(connection, outcomes, created_by, now.date())
    return outcomes


def fail_interrupted_jobs(db: Database) -> int:
    """Mark jobs whose process died as failed; return how many. Does nothing while any job is at work."""
    with held_lock(db, JOB_LOCK, wait=False) as alone:
        return db.execute("vehicles/fail_interrupted_jobs") if alone else 0


def _insert(
    connection: sa.Connection,
    requests: Sequence[JobRequest],
    day: date,
    created_by: str,
    run_id: str | None,
) -> list[JobOutcome]:
    rows = records(
        connection,
        "vehicles/insert_jobs",
        dealerships=[request.dealership for request in requests],
        job_types=[request.job_type for request in requests],
        filters=[json.dumps(dict(request.filters or {}), default=str) for request in requests],
        as_of=day,
        created_by=created_by,
        run_id=run_id,
    )
    return [
        JobOutcome(row["id"], request.dealership, request.job_type, "running", row["created_at"])
        for row, request in zip(sorted(rows, key=lambda row: row["id"]), requests, strict=True)
    ]


def _run(
    outcome: JobOutcome,
    request: JobRequest,
    directory: Directory,
    folders: VehicleFolders,
    cars: Mapping[Any, pd.DataFrame],
    ordered: Mapping[str, set[str]],
    day: date,
    now: datetime,
) -> JobOutcome:
    """Choose and write. What a person can mend becomes the job's error; anything else is a defect and is raised."""
    try:
        client = _client(directory, request.dealership)
        extra = _additional(directory, request)
        outcome = replace(outcome, qr_output_path=client.qr_output_path)
        mine = cars.get(client.name)
        if mine is None:
            return replace(outcome, status="empty", note="no car of this dealership is on hand")
        reasons = directory.reasons(
            client.name, mine, as_of=day, extra=extra, ordered=ordered.get(client.name, ())
        )
        chosen = mine[reasons.isna()]
        tally = reasons.dropna().map(reason_code).value_counts()
        outcome = replace(outcome, reasons={str(code): int(count) for code, count in tally.items()})
        if chosen.empty:
            return replace(outcome, status="empty", note=_why_empty(outcome, len(mine)))
        return _export(outcome, client, chosen, folders, now)
    except (RulesError, LogicalPathError, FileWriteError) as error:
        return replace(outcome, status="failed", error=str(error))


def _client(directory: Directory, name: str) -> Client:
    if name in directory.problems:
        raise RulesError("the rules cannot be read", [directory.problems[name]])
    client = directory.clients.get(name)
    if client is None:
        near = nearest_name(name, directory.clients)
        hint = f'; did you mean "{near}"?' if near else "; `ops vehicles dealerships list` shows all"
        raise RulesError(f'dealership "{name}"', [f"is not known{hint}"])
    if not client.is_active:
        raise RulesError(f'dealership "{name}"', ["is not active (dealership_configs.is_active)"])
    return client


def _additional(directory: Directory, request: JobRequest) -> FilteringRules:
    """The job type's own filters and the caller's, both at once."""
    job_type = directory.job_types.get(request.job_type)
    if job_type is None:
        known = ", ".join(sorted(directory.job_types))
        raise RulesError(f'job type "{request.job_type}"', [f"is not known; known are {known}"])
    own = parse_filters(job_type.filters, f'job type "{job_type.name}"')
    return own.stricter(parse_filters(request.filters, "filters"))


def _export(
    outcome: JobOutcome, client: Client, chosen: pd.DataFrame, folders: VehicleFolders, now: datetime
) -> JobOutcome:
    rules = client.output.for_job(outcome.job_type)
    chosen = sort_vehicles(chosen, rules.sort_by)
    slug = dealership_slug(client.name, client.qr_output_path)
    path = folders.export_file(export_file_name(slug, outcome.job_type, now, outcome.job_id))
    content = seed_csv(chosen, rules, client.qr_output_path)
    write_whole(path, content)
    return replace(
        outcome,
        status="completed",
        vehicle_count=len(chosen),
        vehicles=_car_dicts(chosen, seed_columns(rules), client.qr_output_path),
        vins=chosen["vin"].tolist(),
        export_file=str(path),
        file_size=len(content),
    )


def _car_dicts(chosen: pd.DataFrame, columns: Sequence[str], qr_output_path: str) -> list[dict[str, Any]]:
    """The exported cars for a program: the file's columns with plain values instead of text."""
    values = {
        column: qr_paths(chosen["vin"].tolist(), qr_output_path)
        if column == QR_COLUMN
        else [None if pd.isna(value) else value for value in chosen[stored_column(column)].tolist()]
        for column in columns
    }
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def _why_empty(outcome: JobOutcome, on_hand: int) -> str:
    listed = ", ".join(f"{code} {count}" for code, count in outcome.reasons.items())
    return f"none of {on_hand} cars on hand is eligible: {listed}"


def _finish(connection: sa.Connection, outcomes: Sequence[JobOutcome], created_by: str, today: date) -> None:
    completed = [outcome for outcome in outcomes if outcome.status == "completed"]
    copy_rows(
        connection,
        "order_processing_job_vehicles",
        JOB_VEHICLES,
        ((o.job_id, vin, position) for o in completed for position, vin in enumerate(o.vins, 1)),
    )
    copy_rows(
        connection,
        "export_history",
        EXPORTS,
        (
            (
                o.job_type,
                o.dealership,
                str(o.export_file),
                o.vehicle_count,
                o.file_size,
                o.job_id,
                created_by,
                today,
                None,
            )
            for o in completed
        ),
    )
    execute(
        connection,
        "vehicles/finish_jobs",
        ids=[o.job_id for o in outcomes],
        statuses=[o.status for o in outcomes],
        vehicles=[o.vehicle_count for o in outcomes],
        exported=[o.vehicle_count for o in outcomes],
        files=[o.export_file for o in outcomes],
        notes=[o.error or o.note for o in outcomes],
    )
