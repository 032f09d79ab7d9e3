"""Load several scrape files, one after the other, whatever becomes of each. Imported by the import step only."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ops_platform.adapters.database import Database
from ops_platform.defs.resources import is_away
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.importing import ImportReport, import_file
from ops_platform.flows.vehicles.inbox import InboxError, not_loaded, settled
from ops_platform.settings import Settings


@dataclass
class Sweep:
    """loaded: one report a file. failed: name -> reason. waiting: names of files somebody still writes."""

    loaded: list[ImportReport] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)

    @property
    def import_ids(self) -> list[int]:
        """The imports of files that were new."""
        return [report.import_id for report in self.loaded if not report.already_loaded]


def load_files(
    db: Database,
    settings: Settings,
    names: list[str],
    *,
    now: datetime,
    run_id: str,
    log: logging.Logger | Any,
) -> Sweep:
    """Load the named files of the imports folder; without names, every settled file that is not loaded, by name.

    now: aware, in the business's zone. Errors: only those of a database that is away; every other error of a file
    is that file's entry in `failed`.
    """
    sweep = Sweep()
    folder = VehicleFolders.of(settings).imports
    for path in _named(folder, names, sweep) if names else _sweep(db, folder, sweep, log):
        log.info(f"loading {path.name}")
        try:
            report = import_file(
                db,
                path,
                as_of=now.date(),
                drop_ratio=settings.vehicles.feed_drop_ratio,
                run_id=run_id,
            )
        except Exception as error:
            if is_away(error):
                raise
            # What this file is guilty of must not reach the next one; the reason is kept in vehicle_imports too.
            log.exception(f"{path.name} could not be loaded")
            sweep.failed[path.name] = _reason(error, path)
            continue
        log.info(_line(report))
        sweep.loaded.append(report)
    return sweep


def _sweep(db: Database, folder: Path, sweep: Sweep, log: logging.Logger | Any) -> list[Path]:
    try:
        ready, sweep.waiting = settled(folder)
    except InboxError as error:
        sweep.failed[str(folder)] = str(error)
        return []
    if sweep.waiting:
        log.info(f"still being written, left for the sensor: {', '.join(sweep.waiting)}")
    return not_loaded(db, ready)


def _named(folder: Path, names: list[str], sweep: Sweep) -> list[Path]:
    found = []
    for name in names:
        path = folder / name
        if Path(name).name != name or name in {".", ".."}:
            sweep.failed[name] = f"give the name of a file in {folder}, without a folder"
        elif not path.is_file():
            sweep.failed[name] = f"is not in {folder}; it was moved or renamed since. Put it back and run again."
        else:
            found.append(path)
    return found


def _reason(error: Exception, path: Path) -> str:
    text = str(error) or type(error).__name__
    return text.removeprefix(f"{path.name}: ")


def _line(report: ImportReport) -> str:
    if report.already_loaded:
        return f"{report.file_name} was loaded before ({report.note or 'nothing changed'})"
    return (
        f"{report.file_name}: {report.rows_total:,} rows in {report.seconds} s = {report.rows_loaded:,} cars + "
        f"{report.rows_rejected:,} rejected + {report.rows_duplicate:,} duplicate; {report.new_vehicles:,} new, "
        f"{report.gone_vehicles:,} gone, {report.price_changes:,} prices changed"
    )
