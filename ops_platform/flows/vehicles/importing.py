"""Load one scrape file: gather, normalise, judge, and write everything in one transaction.

A file is loaded wholly or not at all, and once: its SHA-256 is the key. The rules are in ops_platform.vehicles; the
statements are in sql/vehicles. Dagster, the command line and the script of the agency's guide all call
`import_file`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.database import (
    Database,
    copy_frame,
    execute,
    frame,
    lock_in_transaction,
    records,
    scalar,
)
from ops_platform.flows.collection import collection_paused
from ops_platform.flows.vehicles import tables
from ops_platform.flows.vehicles.dealerships import Directory, load_directory
from ops_platform.vehicles.layouts import read_scrape
from ops_platform.vehicles.normalize import NormalizedScrape, normalize
from ops_platform.vehicles.scans import date_in, judge_scans, scan_date_of, sightings

Progress = Callable[[str], None]
IMPORT_LOCK = "vehicles.import"


@dataclass(frozen=True)
class ImportReport:
    """What one file did. rows_total = rows_loaded + rows_rejected + rows_duplicate, always."""

    file_name: str
    import_id: int
    scan_date: date
    already_loaded: bool
    rows_total: int
    rows_loaded: int
    rows_rejected: int
    rows_duplicate: int
    seconds: float
    layout: str = ""
    new_vehicles: int = 0
    gone_vehicles: int = 0
    relisted_vehicles: int = 0
    price_changes: int = 0
    reject_codes: dict[str, int] = field(default_factory=dict)
    unknown_locations: dict[str, int] = field(default_factory=dict)
    held_locations: list[str] = field(default_factory=list)
    dealerships: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""

    @property
    def conserved(self) -> bool:
        """Nothing was lost and nothing invented."""
        return self.rows_total == self.rows_loaded + self.rows_rejected + self.rows_duplicate

    def as_dict(self) -> dict[str, Any]:
        """For --json and metadata."""
        return asdict(self) | {"conserved": self.conserved}


@collection_paused()
def import_file(
    db: Database,
    path: Path,
    *,
    as_of: date,
    drop_ratio: float,
    scan_date: date | None = None,
    run_id: str | None = None,
    progress: Progress = lambda _: None,
) -> ImportReport:
    """Load a scrape file into raw, normalised and history tables.

    as_of: today in the agency's zone. scan_date: overrules the date found in the file. drop_ratio: a dealership
    whose count fell below this share of its last scan is held (no car of it is marked gone).
    Errors: OSError (the file cannot be read), ScrapeFileError and ScanDateError (what to mend stands in the text).
    A file that fails is recorded in vehicle_imports with status `failed`; nothing of it is loaded.
    """
    started = time.perf_counter()
    data = path.read_bytes()
    attempt = _Attempt(
        file_name=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        named_date=scan_date or date_in(path.name),
        started_at=datetime.now(UTC),
        run_id=run_id,
    )
    if known := _already_loaded(db, attempt, started):
        return known
    try:
        progress("reading")
        table = read_scrape(data, path.name)
        scraped_at = table.frame["scraped_at"].max() if "scraped_at" in table.frame else None
        day = scan_date or scan_date_of(path.name, table.metadata, scraped_at, as_of=as_of)
        directory = load_directory(db)
        progress("normalising")
        scrape = normalize(table, directory.locations, scan_date=day)
        progress("writing")
        with db.transaction() as connection:
            # One import at a time: two files of one day must see each other's cars.
            lock_in_transaction(connection, IMPORT_LOCK)
            if _known(connection, attempt):
                raise _LoadedMeanwhileError
            report = _load(connection, scrape, directory, attempt, day, table.layout, drop_ratio)
    except _LoadedMeanwhileError:
        known = _already_loaded(db, attempt, started)
        assert known is not None
        return known
    except Exception as error:
        _record_failure(db, attempt, scan_date, error)
        raise
    return ImportReport(**report, seconds=round(time.perf_counter() - started, 3))


@dataclass(frozen=True)
class _Attempt:
    file_name: str
    sha256: str
    size: int
    named_date: date | None
    started_at: datetime
    run_id: str | None


class _LoadedMeanwhileError(Exception):
    """Another process loaded the same file while this one parsed it."""


def _already_loaded(db: Database, attempt: _Attempt, started: float) -> ImportReport | None:
    with db.engine.connect() as connection:
        found = _known(connection, attempt)
    if not found:
        return None
    row = found[0]
    note = "" if row["file_name"] == attempt.file_name else f"same content as {row['file_name']}"
    return ImportReport(
        file_name=attempt.file_name,
        import_id=row["import_id"],
        scan_date=row["scan_date"],
        already_loaded=True,
        rows_total=row["rows_total"],
        rows_loaded=row["rows_loaded"],
        rows_rejected=row["rows_rejected"],
        rows_duplicate=row["rows_duplicate"],
        seconds=round(time.perf_counter() - started, 3),
        note=note,
    )


def _known(connection: sa.Connection, attempt: _Attempt) -> list[dict[str, Any]]:
    return records(connection, "vehicles/import_by_hash", sha256=attempt.sha256, named_date=attempt.named_date)


def _load(
    connection: sa.Connection,
    scrape: NormalizedScrape,
    directory: Directory,
    attempt: _Attempt,
    day: date,
    layout: str,
    drop_ratio: float,
) -> dict[str, Any]:
    vehicles, raw, rejects = scrape.vehicles, scrape.raw, scrape.rejects
    locations = sorted(vehicles["location"].unique())
    known = frame(connection, "vehicles/known_vehicles", locations=locations)
    seen = sightings(vehicles, known, scan_date=day)
    counts = {
        "rows_total": len(raw) + len(rejects),
        "rows_loaded": len(vehicles),
        "rows_rejected": len(rejects),
        "rows_duplicate": int(raw["is_duplicate"].sum()),
    }
    import_id = scalar(
        connection,
        "vehicles/insert_import",
        file_name=attempt.file_name,
        sha256=attempt.sha256,
        file_size=attempt.size,
        layout=layout,
        scan_date=day,
        locations=locations,
        run_id=attempt.run_id,
        started_at=attempt.started_at,
        **counts,
    )
    # The default of 4 MB sends the joins of a large file through temporary files.
    execute(connection, "SET LOCAL work_mem = '96MB'")
    first_id = scalar(connection, "vehicles/reserve_raw_ids", rows=len(raw))
    raw = raw.assign(id=range(first_id, first_id + len(raw)))
    copy_frame(connection, "raw_vehicle_data", tables.RAW, raw, import_id=import_id, import_date=day)
    named = rejects.rename(columns={"column": "column_name"})  # "column" is a word of SQL
    copy_frame(connection, "vehicle_import_rejects", tables.REJECTS, named, import_id=import_id)
    execute(connection, "vehicles/stage_vehicles")
    staged = vehicles.assign(
        raw_data_id=vehicles["line_no"].map(raw.set_index("line_no")["id"]),
        **_eligibility(vehicles, seen, directory, day),
    )
    # In the order of the keys, so that the indexes grow at one end and not all over.
    copy_frame(connection, "stage_vehicles", tables.STAGE, staged.sort_values(["location", "vin"]))
    execute(connection, "vehicles/merge_vehicles", scan_date=day)
    execute(connection, "vehicles/record_history", scan_date=day)
    scans = _record_scans(connection, vehicles, import_id, day, drop_ratio)
    gone = execute(connection, "vehicles/mark_gone", locations=locations)
    execute(connection, "vehicles/finish_import", import_id=import_id)
    return {
        "file_name": attempt.file_name,
        "import_id": import_id,
        "scan_date": day,
        "already_loaded": False,
        "layout": layout,
        **counts,
        "new_vehicles": int(seen["is_new"].sum()),
        "gone_vehicles": gone,
        "relisted_vehicles": int(seen["is_relisted"].sum()),
        "price_changes": int(seen["price_changed"].sum()),
        "reject_codes": _tally(rejects["code"]),
        "unknown_locations": _tally(rejects.loc[rejects["code"] == "unknown_location", "location"]),
        "held_locations": sorted(scans.loc[scans["status"] == "held", "dealership_name"]),
        "dealerships": scrape.counts.to_dict("records"),
    }


def _eligibility(vehicles: pd.DataFrame, seen: pd.DataFrame, directory: Directory, day: date) -> dict[str, pd.Series]:
    """Each car against its own dealership's rules, recorded and not dropped: a rule change needs no re-import."""
    stored = vehicles.assign(first_seen_date=seen["first_seen_date"], last_seen_date=day, gone_date=None)
    reasons = directory.judge(stored, as_of=day)
    return {"eligible": reasons.isna(), "ineligible_reason": reasons}


def _record_scans(
    connection: sa.Connection, vehicles: pd.DataFrame, import_id: int, day: date, drop_ratio: float
) -> pd.DataFrame:
    counts = vehicles.groupby("location").size().rename("cars").rename_axis("dealership_name").reset_index()
    previous = frame(
        connection,
        "vehicles/previous_scans",
        locations=counts["dealership_name"].tolist(),
        scan_date=day,
    )
    scans = judge_scans(counts, previous, drop_ratio=drop_ratio)
    copy_frame(connection, "location_scans", tables.SCANS, scans, import_id=import_id, scan_date=day)
    return scans


def _tally(column: pd.Series) -> dict[str, int]:
    return {str(key): int(count) for key, count in column.fillna("(none)").value_counts().items()}


def _record_failure(db: Database, attempt: _Attempt, scan_date: date | None, error: Exception) -> None:
    """Keep the failed attempt for the operator; the error itself goes on to the caller."""
    db.execute(
        "vehicles/insert_failed_import",
        file_name=attempt.file_name,
        sha256=attempt.sha256,
        file_size=attempt.size,
        scan_date=scan_date,
        error=f"{type(error).__name__}: {error}"[:4000],
        run_id=attempt.run_id,
        started_at=attempt.started_at,
    )
