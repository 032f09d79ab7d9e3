"""The print files beside an export: Illustrator's and InDesign's data files, order templates, the Google feed.

They stand beside the export of each dealership's newest completed job and name only cars whose QR file exists; the
others are returned as missing. Written after the QR files, because a layout with an empty picture is waste paper.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ops_platform.adapters.database import Database, copy_rows, frame, records
from ops_platform.adapters.files import FileWriteError, write_whole
from ops_platform.flows.vehicles.dealerships import Client, load_directory
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.tables import EXPORTS
from ops_platform.settings import Settings
from ops_platform.vehicles.exports import dealership_slug
from ops_platform.vehicles.google_feed import google_feed_csv
from ops_platform.vehicles.illustrator import PrintFile, illustrator_csv, indesign_csv
from ops_platform.vehicles.order_templates import template_csv
from ops_platform.vehicles.output_rules import IllustratorRules, OutputRules


@dataclass(frozen=True)
class CompanionReport:
    """files: dealership, kind, path, rows. missing: dealership, vin, stock, expected_path. failures: one text each."""

    files: list[dict[str, Any]]
    missing: list[dict[str, Any]]
    warnings: list[str]
    failures: list[str]
    seconds: float


def write_companions(
    db: Database,
    folders: VehicleFolders,
    settings: Settings,
    dealerships: Sequence[str],
    *,
    now: datetime,
    created_by: str = "ops",
) -> CompanionReport:
    """Write the print files for the newest completed job of each dealership; a failing file never stops the rest."""
    started = time.perf_counter()
    directory = load_directory(db)
    report = CompanionReport([], [], [], [], 0.0)
    with db.engine.connect() as connection:
        jobs = records(connection, "vehicles/newest_jobs", dealerships=list(dealerships))
        cars = frame(connection, "vehicles/job_vehicles", job_ids=[job["id"] for job in jobs])
    history: list[tuple[Any, ...]] = []
    for job_id, mine in cars.groupby("job_id"):
        job = next(job for job in jobs if job["id"] == job_id)
        client = directory.clients.get(job["dealership_name"])
        if client is None or not client.output.include_qr:
            continue
        rules = _rules(client, job["job_type"], settings)
        _write_all(folders, client, rules, job, mine, report, history)
    if history:
        rows = ((*row[:6], created_by, now.date(), None) for row in history)
        with db.transaction() as connection:
            copy_rows(connection, "export_history", EXPORTS, rows)
    return CompanionReport(
        report.files,
        report.missing,
        report.warnings,
        report.failures,
        round(time.perf_counter() - started, 3),
    )


def _rules(client: Client, job_type: str, settings: Settings) -> OutputRules:
    """What the dealership says of Illustrator files wins over the settings."""
    defaults = settings.vehicles.illustrator.model_dump()
    own = client.output.illustrator.model_dump(include=client.output.illustrator.model_fields_set)
    merged = IllustratorRules(**{**defaults, **own})
    return client.output.for_job(job_type).model_copy(update={"illustrator": merged})


def _write_all(
    folders: VehicleFolders,
    client: Client,
    rules: OutputRules,
    job: dict[str, Any],
    cars: pd.DataFrame,
    report: CompanionReport,
    history: list[tuple[Any, ...]],
) -> None:
    stem = Path(job["export_file"]).stem
    for kind, suffix, content in _renderings(client, rules, cars):
        path = folders.export_file(f"{stem}{suffix}")
        try:
            write_whole(path, content.content)
        except FileWriteError as error:
            report.failures.append(f"{client.name}: {error}")
            continue
        report.files.append({"dealership": client.name, "kind": kind, "path": str(path), "rows": content.rows})
        report.warnings.extend(f"{client.name}, {kind}: {warning}" for warning in content.warnings)
        history.append((kind, client.name, str(path), content.rows, len(content.content), job["id"]))
        if kind == "illustrator":
            report.missing.extend({"dealership": client.name, **asdict(car)} for car in content.missing)


def _renderings(client: Client, rules: OutputRules, cars: pd.DataFrame) -> Iterator[tuple[str, str, PrintFile]]:
    """Yield (kind, file suffix, content) for everything the dealership's output rules ask for."""
    pictures = frozenset(cars.loc[cars["file_exists"].astype(bool), "vin"])
    folder = client.qr_output_path
    yield "illustrator", "_illustrator.csv", illustrator_csv(cars, rules, folder, pictures)
    if rules.indesign:
        yield "indesign", "_indesign.csv", indesign_csv(cars, rules, folder, pictures)
    for template in rules.templates:
        yield template, f"_{template}.csv", template_csv(template, cars, rules, folder, pictures)
    if rules.google_feed:
        yield "google_feed", "_google_feed.csv", _google_feed(client, cars)


def _google_feed(client: Client, cars: pd.DataFrame) -> PrintFile:
    """The feed in the form of the print files; what it must leave out becomes a warning."""
    addresses = cars["dealership_address"].dropna()
    feed = google_feed_csv(
        cars,
        store_code=dealership_slug(client.name, client.qr_output_path),
        dealership_name=client.name,
        dealership_address=str(addresses.iloc[0]) if len(addresses) else "",
    )
    reasons = Counter(car.reason for car in feed.omitted)
    warnings = tuple(f"{count} cars are left out: {reason}" for reason, count in reasons.most_common())
    return PrintFile(feed.content, feed.rows, (), warnings)
