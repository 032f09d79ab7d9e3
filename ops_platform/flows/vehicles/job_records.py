"""The records of order-processing jobs: what was asked, what became of it, which files were handed out.

Here: the dataclasses of a job, and writing order_processing_jobs, order_processing_job_vehicles and export_history.
Not here: choosing cars and writing files (jobs.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ops_platform.adapters.database import Database, copy_rows, execute, held_lock, records
from ops_platform.flows.vehicles import tables

JOB_LOCK = "vehicles.jobs"


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


def fail_interrupted_jobs(db: Database) -> int:
    """Mark jobs whose process died as failed; return how many. Does nothing while any job is at work."""
    with held_lock(db, JOB_LOCK, wait=False) as alone:
        return db.execute("vehicles/fail_interrupted_jobs") if alone else 0


def insert_jobs(
    connection: sa.Connection,
    requests: Sequence[JobRequest],
    day: date,
    created_by: str,
    run_id: str | None,
) -> list[JobOutcome]:
    """Record jobs as running before any work is done, so that a dead process leaves a trace; in their order."""
    rows = records(
        connection,
        "vehicles/insert_jobs",
        dealerships=[_storable(request.dealership) for request in requests],
        job_types=[_storable(request.job_type) for request in requests],
        filters=[_recorded_filters(request.filters) for request in requests],
        as_of=day,
        created_by=created_by,
        run_id=run_id,
    )
    return [
        JobOutcome(row["id"], request.dealership, request.job_type, "running", row["created_at"])
        for row, request in zip(sorted(rows, key=lambda row: row["id"]), requests, strict=True)
    ]


def _recorded_filters(filters: object) -> str:
    """A job's filters as JSON text the database takes; what is no JSON is kept as a person can read it.

    Whether they are right is judged later, in the job's own turn: here one odd filter would stop all jobs.
    """
    try:
        text = json.dumps({} if filters is None else filters, default=str, allow_nan=False, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        text = json.dumps({"not_json": repr(filters)}, ensure_ascii=False)
    return _storable(text.replace("\\u0000", "\\ufffd"))


def _storable(text: str) -> str:
    """Text as PostgreSQL can keep it: without NUL and half characters."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def finish_jobs(connection: sa.Connection, outcomes: Sequence[JobOutcome], created_by: str, today: date) -> None:
    """Record what became of jobs, their cars in export order, and the files."""
    completed = [outcome for outcome in outcomes if outcome.status == "completed"]
    copy_rows(
        connection,
        "order_processing_job_vehicles",
        tables.JOB_VEHICLES,
        ((o.job_id, vin, position) for o in completed for position, vin in enumerate(o.vins, 1)),
    )
    copy_rows(
        connection,
        "export_history",
        tables.EXPORTS,
        (
            (o.job_type, o.dealership, o.export_file, o.vehicle_count, o.file_size, o.job_id, created_by, today, None)
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
        notes=[_storable(text) if (text := o.error or o.note) else None for o in outcomes],
    )
