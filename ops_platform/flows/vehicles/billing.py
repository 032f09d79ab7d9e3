"""The billing sheet of an order: gather what was ordered and what a job produced, write the sheet, record it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ops_platform.adapters.database import Database, copy_rows, frame, records
from ops_platform.adapters.files import write_whole
from ops_platform.flows.vehicles.dealerships import load_directory
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.tables import EXPORTS
from ops_platform.vehicles.billing import OrderComparison, billing_sheet, compare_order
from ops_platform.vehicles.exports import dealership_slug, export_file_name

_VIN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{17}(?![A-Za-z0-9])")


class BillingError(Exception):
    """There is nothing a sheet could be made of; the message says what is missing."""


@dataclass(frozen=True)
class BillingReport:
    """The sheet that was written. missing: VINs of the order that the job did not produce."""

    path: Path
    job_id: int
    ordered: int
    produced: int
    missing: tuple[str, ...]
    comparison: OrderComparison


def vins_in(text: str) -> list[str]:
    """The VINs of an order as people send it: one a line, a column of a sheet, or text around them."""
    return _VIN.findall(text)


def write_billing(
    db: Database,
    folders: VehicleFolders,
    dealership: str,
    ordered: Sequence[str],
    *,
    job_id: int | None = None,
    now: datetime,
    created_by: str = "ops",
) -> BillingReport:
    """Hold an order against a job of a dealership (None: its newest completed one) and write the billing sheet.

    A car counts as ordered before when a completed job of an earlier day held it. The sheet stands beside the
    exports. Errors: BillingError (empty order, no such completed job), FileWriteError.
    """
    if not ordered:
        raise BillingError("the order holds no VIN (17 letters and digits); give it one VIN a line")
    with db.engine.connect() as connection:
        jobs = records(connection, "vehicles/billing_job", dealership=dealership, job_id=job_id)
        if not jobs:
            which = "completed job" if job_id is None else f"completed job {job_id}"
            raise BillingError(f"{dealership} has no {which}; `ops vehicles jobs` shows what ran")
        [job] = jobs
        produced = frame(connection, "vehicles/job_vehicles", job_ids=[job["id"]])
        inventory = frame(connection, "vehicles/inventory", locations=[dealership])
        earlier = frame(connection, "vehicles/ordered_vins", dealerships=[dealership], as_of=job["as_of"])
    before = frozenset(earlier["vin"])
    directory = load_directory(db)
    if dealership not in directory.clients:
        raise BillingError(f"the rules of {dealership} cannot be read: {directory.problems.get(dealership, 'unknown')}")
    slug = dealership_slug(dealership, directory.clients[dealership].qr_output_path)
    path = folders.export_file(export_file_name(slug, "billing", now, job["id"]))
    content = billing_sheet(ordered, produced, before)
    write_whole(path, content)
    row = ("billing", dealership, str(path), len(produced), len(content), job["id"], created_by, now.date(), None)
    with db.transaction() as connection:
        copy_rows(connection, "export_history", EXPORTS, [row])
    comparison = compare_order(ordered, frozenset(inventory["vin"]), before)
    made = frozenset(produced["vin"])
    return BillingReport(
        path=path,
        job_id=job["id"],
        ordered=len(ordered),
        produced=len(produced),
        missing=tuple(vin for vin in comparison.wanted if vin not in made),
        comparison=comparison,
    )
