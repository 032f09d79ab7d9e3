"""Order-processing jobs: choose a dealership's cars, write the export, record what happened.

Any number of jobs is one batch: one look at the inventory, one insert, all files at once, one final update. A job that
fails is recorded as failed and the others go on. QR files (qr.py) and print files (companions.py) come after.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.database import (
    Database,
    frame,
    held_lock,
)
from ops_platform.adapters.files import WriteOutcome, remove_stale_temps, write_batch
from ops_platform.core.logical_paths import LogicalPathError
from ops_platform.core.text import nearest_name
from ops_platform.flows.vehicles.dealerships import Client, Directory, business_day, load_directory
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.job_records import (
    JOB_LOCK,
    JobOutcome,
    JobRequest,
    fail_interrupted_jobs,
    finish_jobs,
    insert_jobs,
)
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

__all__ = ["JobOutcome", "JobRequest", "fail_interrupted_jobs", "run_jobs"]

logger = logging.getLogger(__name__)


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
            started = insert_jobs(connection, requests, day, created_by, run_id)
            names = sorted({request.dealership for request in requests} & directory.clients.keys())
            cars = dict(list(frame(connection, "vehicles/inventory", locations=names).groupby("location")))
            ordered = _ordered_before(connection, directory, requests, day)
        batch = _Batch(directory, folders, cars, ordered, day, now)
        planned = [_plan(batch, outcome, request) for outcome, request in zip(started, requests, strict=True)]
        outcomes = _write(planned)
        with db.transaction() as connection:
            finish_jobs(connection, outcomes, created_by, now.date())
    return outcomes


@dataclass(frozen=True)
class _Export:
    """The file of a job that has cars to hand out, and what the job will have done once the file stands there."""

    path: Path
    content: bytes
    outcome: JobOutcome


@dataclass(frozen=True)
class _Batch:
    """What all jobs of a batch see alike. cars: dealership -> cars on hand; ordered: -> VINs ordered before."""

    directory: Directory
    folders: VehicleFolders
    cars: Mapping[Any, pd.DataFrame]
    ordered: Mapping[str, Collection[str]]
    day: date
    now: datetime


def _plan(batch: _Batch, outcome: JobOutcome, request: JobRequest) -> JobOutcome | _Export:
    """Choose one job's cars and render its file; whatever goes wrong is this job's error and stops no other."""
    try:
        return _choose(batch, outcome, request)
    except (RulesError, LogicalPathError) as error:
        return replace(outcome, status="failed", error=str(error))
    except Exception as error:  # a defect: the log has the place, the record has the reason
        logger.exception("job %s of %s failed", outcome.job_id, outcome.dealership)
        return replace(outcome, status="failed", error=f"{type(error).__name__}: {error}")


def _choose(batch: _Batch, outcome: JobOutcome, request: JobRequest) -> JobOutcome | _Export:
    client = _client(batch.directory, request.dealership)
    extra = _additional(batch.directory, request)
    if client.output.include_qr:
        # Pictures that can stand nowhere: the export would link files that nobody can ever make.
        batch.folders.qr_file(client.qr_output_path)
    outcome = replace(outcome, qr_output_path=client.qr_output_path)
    mine = batch.cars.get(client.name)
    if mine is None:
        return replace(outcome, status="empty", note="no car of this dealership is on hand")
    reasons = batch.directory.reasons(
        client.name, mine, as_of=batch.day, extra=extra, ordered=batch.ordered.get(client.name, ())
    )
    tally = reasons.dropna().map(reason_code).value_counts()
    outcome = replace(outcome, reasons={str(code): int(count) for code, count in tally.items()})
    chosen = mine[reasons.isna()]
    if chosen.empty:
        return replace(outcome, status="empty", note=_why_empty(outcome, len(mine)))
    return _export(batch, outcome, client, chosen)


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
    if request.job_type in directory.type_problems:
        raise RulesError("the job type cannot be read", [directory.type_problems[request.job_type]])
    job_type = directory.job_types.get(request.job_type)
    if job_type is None:
        known = ", ".join(sorted(directory.job_types))
        raise RulesError(f'job type "{request.job_type}"', [f"is not known; known are {known}"])
    own = parse_filters(job_type.filters, f'job type "{job_type.name}"')
    return own.stricter(parse_filters(request.filters, "filters"))


def _export(batch: _Batch, outcome: JobOutcome, client: Client, chosen: pd.DataFrame) -> _Export:
    rules = client.output.for_job(outcome.job_type)
    chosen = sort_vehicles(chosen, rules.sort_by)
    slug = dealership_slug(client.name, client.qr_output_path)
    path = batch.folders.export_file(export_file_name(slug, outcome.job_type, batch.now, outcome.job_id))
    content = seed_csv(chosen, rules, client.qr_output_path)
    completed = replace(
        outcome,
        status="completed",
        vehicle_count=len(chosen),
        vehicles=_car_dicts(chosen, seed_columns(rules), client.qr_output_path),
        vins=chosen["vin"].tolist(),
        export_file=str(path),
        file_size=len(content),
    )
    return _Export(path, content, completed)


def _write(planned: Sequence[JobOutcome | _Export]) -> list[JobOutcome]:
    """Write the files of all jobs; one that cannot be written fails its own job."""
    exports = [each for each in planned if isinstance(each, _Export)]
    for folder in {export.path.parent for export in exports}:
        remove_stale_temps(folder)  # what a killed batch left would stay for ever
    written = iter(write_batch([(export.path, export.content) for export in exports]))
    return [_written(each, next(written)) if isinstance(each, _Export) else each for each in planned]


def _written(export: _Export, result: WriteOutcome) -> JobOutcome:
    if result.stat is not None:
        return export.outcome
    return replace(
        export.outcome,
        status="failed",
        error=str(result.error),
        vehicle_count=0,
        vehicles=[],
        vins=[],
        export_file=None,
        file_size=None,
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


def _ordered_before(
    connection: sa.Connection, directory: Directory, requests: Sequence[JobRequest], day: date
) -> dict[str, set[str]]:
    """The VINs of earlier days' jobs, for dealerships with a job that leaves them out; the history is long."""
    comparing = set()
    for request in requests:
        client = directory.clients.get(request.dealership)
        try:
            if client and client.filtering.stricter(_additional(directory, request)).order_type == "cao":
                comparing.add(client.name)
        except RulesError:  # told in the job's own turn
            continue
    if not comparing:
        return {}
    rows = frame(connection, "vehicles/ordered_vins", dealerships=sorted(comparing), as_of=day)
    return {str(name): set(mine["vin"]) for name, mine in rows.groupby("dealership_name")}
