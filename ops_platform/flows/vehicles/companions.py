"""The print files beside an export: Illustrator's and InDesign's data files, order templates, the Google feed.

They stand beside the export of each dealership's newest completed job and name only cars whose QR file exists; the
others are returned as missing. Written after the QR files, because a layout with an empty picture is waste paper.
"""

from __future__ import annotations

import functools
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ops_platform.adapters.database import Database, copy_rows, frame, records
from ops_platform.adapters.files import remove_stale_temps, stat_if_same, write_batch
from ops_platform.flows.vehicles.dealerships import Client, load_directory
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.tables import EXPORTS
from ops_platform.settings import Settings
from ops_platform.vehicles.exports import dealership_slug
from ops_platform.vehicles.google_feed import google_feed_csv
from ops_platform.vehicles.illustrator import PrintFile, illustrator_csv, indesign_csv
from ops_platform.vehicles.order_templates import template_csv
from ops_platform.vehicles.output_rules import IllustratorRules, OutputRules

logger = logging.getLogger(__name__)


@dataclass
class CompanionReport:
    """files: dealership, kind, path, rows. missing: dealership, vin, stock, expected_path. failures: one text each."""

    files: list[dict[str, Any]] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class _Draft:
    """A print file that is rendered and not written yet."""

    dealership: str
    job_id: int
    kind: str
    path: Path
    file: PrintFile


def write_companions(
    db: Database,
    folders: VehicleFolders,
    settings: Settings,
    dealerships: Sequence[str],
    *,
    now: datetime,
    created_by: str = "ops",
) -> CompanionReport:
    """Write the print files for the newest completed job of each dealership; a failing file never stops the rest.

    A file that stands there with the same content is left alone and not recorded again.
    """
    started = time.perf_counter()
    directory = load_directory(db)
    with db.engine.connect() as connection:
        jobs = records(connection, "vehicles/newest_jobs", dealerships=list(dealerships))
        cars = frame(connection, "vehicles/job_vehicles", job_ids=[job["id"] for job in jobs])
    cars_of = dict(list(cars.groupby("job_id")))
    report = CompanionReport()
    drafts: list[_Draft] = []
    for job in jobs:
        client = directory.clients.get(job["dealership_name"])
        if client is not None and client.output.include_qr and job["id"] in cars_of:
            rules = _rules(client, job["job_type"], settings)
            drafts += _render_all(folders, client, rules, job, cars_of[job["id"]], report)
    history = _write(drafts, report)
    if history:
        rows = ((*row, created_by, now.date(), None) for row in history)
        with db.transaction() as connection:
            copy_rows(connection, "export_history", EXPORTS, rows)
    report.seconds = round(time.perf_counter() - started, 3)
    return report


def _rules(client: Client, job_type: str, settings: Settings) -> OutputRules:
    """What the dealership says of Illustrator files wins over the settings."""
    defaults = settings.vehicles.illustrator.model_dump()
    own = client.output.illustrator.model_dump(include=client.output.illustrator.model_fields_set)
    merged = IllustratorRules(**{**defaults, **own})
    return client.output.for_job(job_type).model_copy(update={"illustrator": merged})


def _render_all(
    folders: VehicleFolders,
    client: Client,
    rules: OutputRules,
    job: Mapping[str, Any],
    cars: pd.DataFrame,
    report: CompanionReport,
) -> list[_Draft]:
    stem = Path(job["export_file"]).stem
    drafts = []
    for kind, render in _renderings(client, rules, cars).items():
        try:
            file = render()
        except Exception as error:  # one file's defect: the log has the place, the others go on
            logger.exception("%s, %s", client.name, kind)
            report.failures.append(f"{client.name}, {kind}: {error}")
            continue
        drafts.append(_Draft(client.name, job["id"], kind, folders.export_file(f"{stem}_{kind}.csv"), file))
    return drafts


def _write(drafts: Sequence[_Draft], report: CompanionReport) -> list[tuple[Any, ...]]:
    """Put the files in place, all at once; return what is to be recorded in export_history."""
    for folder in {draft.path.parent for draft in drafts}:
        remove_stale_temps(folder)
    changed = [draft for draft in drafts if stat_if_same(draft.path, draft.file.content) is None]
    outcomes = write_batch([(draft.path, draft.file.content) for draft in changed])
    errors = {outcome.path: outcome.error for outcome in outcomes if outcome.error is not None}
    for draft in drafts:
        if draft.path in errors:
            report.failures.append(f"{draft.dealership}: {errors[draft.path]}")
            continue
        rows = draft.file.rows
        report.files.append({"dealership": draft.dealership, "kind": draft.kind, "path": str(draft.path), "rows": rows})
        report.warnings.extend(f"{draft.dealership}, {draft.kind}: {text}" for text in draft.file.warnings)
        if draft.kind == "illustrator":
            report.missing.extend({"dealership": draft.dealership, **asdict(car)} for car in draft.file.missing)
    return [
        (draft.kind, draft.dealership, str(draft.path), draft.file.rows, len(draft.file.content), draft.job_id)
        for draft in changed
        if draft.path not in errors
    ]


def _renderings(client: Client, rules: OutputRules, cars: pd.DataFrame) -> dict[str, Callable[[], PrintFile]]:
    """What the dealership's output rules ask for, by kind; the kind is the end of the file's name."""
    pictures = frozenset(cars.loc[cars["file_exists"].astype(bool), "vin"])
    folder = client.qr_output_path
    wanted: dict[str, Callable[[], PrintFile]] = {"illustrator": lambda: illustrator_csv(cars, rules, folder, pictures)}
    if rules.indesign:
        wanted["indesign"] = lambda: indesign_csv(cars, rules, folder, pictures)
    for template in rules.templates:
        wanted[template] = functools.partial(template_csv, template, cars, rules, folder, pictures)
    if rules.google_feed:
        wanted["google_feed"] = lambda: _google_feed(client, cars)
    return wanted


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
