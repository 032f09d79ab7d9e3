"""What the flows report, as metadata a person likes to read: counts, tables, plots, previews.

Imported by the steps only, because it needs the flows. A figure is taken from a report or a query here, never judged:
that is checks.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import dagster as dg

from ops_platform.adapters.database import Database
from ops_platform.defs.metadata import listing, money, percent, table
from ops_platform.defs.plots import completion_plot, inventory_plot, picture
from ops_platform.defs.vehicles import keys
from ops_platform.defs.vehicles.checks_files import QR_WANTED_PERCENT
from ops_platform.defs.vehicles.sweep import Sweep
from ops_platform.flows.vehicles.companions import CompanionReport
from ops_platform.flows.vehicles.dealerships import Directory, Stored
from ops_platform.flows.vehicles.importing import ImportReport
from ops_platform.flows.vehicles.jobs import JobOutcome
from ops_platform.flows.vehicles.qr import QrReport
from ops_platform.flows.vehicles.summaries import rows, table_sizes

Metadata = dict[str, Any]
PREVIEW_ROWS = 10
CONTACT_SHEET_CODES = 24


def of_dealerships(directory: Directory, shipped: Stored, judged: int, misfits: Mapping[str, str]) -> Metadata:
    """The clients with their rules, and what is wrong with any of them."""
    clients = [
        {
            "dealership": client.name,
            "active": client.is_active,
            "takes": client.filtering.model_dump(mode="json", exclude_defaults=True),
            "format": client.output.format,
            "sort by": client.output.sort_by,
            "QR folder": client.qr_output_path,
        }
        for client in directory.clients.values()
    ]
    problems = {**directory.problems, **misfits}
    listed = [{"dealership": name, "problem": text} for name, text in problems.items()]
    return {
        "dagster/row_count": len(directory.clients) + len(directory.problems),
        "dealerships": table(clients),
        "problems": table(listed, ["dealership", "problem"]),
        "added from the shipped list": shipped.dealerships,
        "cars judged anew": judged,
    }


def failure_of(done: Sweep) -> dg.Failure:
    """The failure of files that had to load: each with its reason, never tried again (the file must change)."""
    return dg.Failure(
        "\n".join(f"{name}: {reason}" for name, reason in done.failed.items()),
        metadata={"files": _failed_table(done)},
        allow_retries=False,
    )


def scrape_seen(report: ImportReport) -> dg.AssetObservation:
    """A scrape file as the platform saw it, for the page of the external asset."""
    return dg.AssetObservation(
        keys.SCRAPE_FILES,
        metadata={"file": report.file_name, "scan date": str(report.scan_date), "rows": report.rows_total},
    )


def of_raw(db: Database, done: Sweep) -> Metadata:
    """The files, their rows, and why some were rejected."""
    new = _new(done)
    read = sum(report.rows_total for report in new)
    rejected = sum(report.rows_rejected for report in new)
    return {
        "dagster/row_count": table_sizes(db)["raw"],
        "rows read": read,
        "rows loaded": sum(report.rows_loaded for report in new),
        "rows rejected": rejected,
        "rows duplicate": sum(report.rows_duplicate for report in new),
        "rejected percent": percent(rejected, read) if read else 0.0,
        "seconds": round(sum(report.seconds for report in new), 3),
        "files": table([_file_row(report) for report in done.loaded], _FILE_COLUMNS),
        "files not loaded": _failed_table(done),
        "dealerships": table(_by_dealership(new), ["location", "total", "imported", "rejected", "duplicate"]),
        "rejects by reason": table(rows(db, "summary_rejects", imports=done.import_ids), ["code", "rows", "example"]),
        "rejects, a few of each": table(
            rows(db, "summary_reject_rows", imports=done.import_ids, each=3),
            ["file", "line", "code", "location", "vin", "column", "detail"],
        ),
    }


def of_normalized(db: Database, done: Sweep) -> Metadata:
    """The inventory after the import, and what the import changed."""
    new = _new(done)
    inventory = rows(db, "summary_inventory")
    shown = [row | {"median_price": money(row["median_price"])} for row in inventory]
    held = sorted({name for report in new for name in report.held_locations})
    return {
        "dagster/row_count": table_sizes(db)["on_hand"],
        "new cars": sum(report.new_vehicles for report in new),
        "gone cars": sum(report.gone_vehicles for report in new),
        "relisted cars": sum(report.relisted_vehicles for report in new),
        "price changes": sum(report.price_changes for report in new),
        "held feeds": listing(held) or "none",
        "cars taken by the rules": sum(row["eligible"] for row in inventory),
        "inventory": picture(inventory_plot(inventory), "inventory per dealership"),
        "dealerships": table(shown),
        "newest cars": table(rows(db, "summary_newest_cars", limit=PREVIEW_ROWS)),
    }


def of_history(db: Database, done: Sweep) -> Metadata:
    """How much is remembered, and which prices moved most."""
    sizes = table_sizes(db)
    return {
        "dagster/row_count": sizes["history"],
        "sightings added": sum(report.rows_loaded for report in _new(done)),
        "newest scan": str(sizes["newest_scan"] or "none yet"),
        "largest price changes": table(
            rows(db, "summary_price_changes", limit=PREVIEW_ROWS), ["dealership", "vin", "before", "now", "change"]
        ),
    }


def of_export(outcome: JobOutcome) -> Metadata:
    """One dealership's job and the head of its file."""
    left_out = [{"reason": reason, "cars": cars} for reason, cars in outcome.reasons.items()]
    found: Metadata = {
        "status": outcome.status,
        "job": outcome.job_id,
        "job type": outcome.job_type,
        "cars": outcome.vehicle_count,
        "cars left out": table(left_out, ["reason", "cars"]),
    }
    if outcome.error or outcome.note:
        found["note"] = outcome.error or outcome.note or ""
    if outcome.export_file:
        found["file"] = dg.MetadataValue.path(outcome.export_file)
        found["bytes"] = outcome.file_size or 0
        found["preview"] = dg.MetadataValue.md(f"```\n{_head(Path(outcome.export_file))}```")
    return found


def of_qr(report: QrReport, completion: Sequence[Mapping[str, Any]]) -> Metadata:
    """What was made, how complete each dealership is, and the newest codes to look at."""
    cars = sum(row["cars"] for row in completion)
    files = sum(row["files"] for row in completion)
    found: Metadata = {
        "dagster/row_count": files,
        "made": report.made,
        "unchanged": report.unchanged,
        "failed": report.failed,
        "completion percent": percent(files, cars),
        "seconds": report.seconds,
        "completion": picture(completion_plot(completion, wanted=QR_WANTED_PERCENT), "QR files per dealership"),
        "dealerships": table(completion, ["dealership", "cars", "files", "missing", "percent", "folder"]),
        "failures": table(report.failures, ["dealership", "vin", "path", "reason"]),
    }
    if report.warnings:
        found["warnings"] = "\n".join(report.warnings)
    if report.new_files:
        found["new codes"] = picture(_contact_sheet(report.new_files), "new QR codes")
    return found


def of_print_files(report: CompanionReport) -> Metadata:
    """The files beside the exports."""
    kinds: dict[str, int] = defaultdict(int)
    for file in report.files:
        kinds[file["kind"]] += 1
    return {
        "files written": len(report.files),
        "kinds": listing([f"{kind}: {count}" for kind, count in sorted(kinds.items())]) or "none",
        "cars without a QR file": len(report.missing),
        "seconds": report.seconds,
        "files": table(report.files, ["dealership", "kind", "rows", "path"]),
        "left out, no QR file": table(report.missing, ["dealership", "vin", "stock", "expected_path"]),
    }


def print_files_check(report: CompanionReport) -> dg.AssetCheckResult:
    """The verdict of the step that wrote the files."""
    problems = [*report.failures, *report.warnings]
    return dg.AssetCheckResult(
        check_name=keys.PRINT_FILES_CHECK,
        passed=not (report.failures or report.warnings or report.missing),
        severity=dg.AssetCheckSeverity.ERROR if report.failures else dg.AssetCheckSeverity.WARN,
        description=(
            f"{len(report.files):,} files written, {len(report.failures):,} could not be, "
            f"{len(report.missing):,} cars left out because their QR file is missing."
        ),
        metadata={
            "problems": table([{"problem": text} for text in problems], ["problem"]),
            "cars left out": table(report.missing, ["dealership", "vin", "expected_path"]),
        },
    )


def every_thousand(log: Any) -> Callable[[int, int], None]:
    """Return a progress callback that writes a line into the run's log for every thousand files."""
    last = 0

    def progress(done: int, total: int) -> None:
        nonlocal last
        if done // 1000 > last or (done == total and total):
            last = done // 1000
            log.info(f"{done:,} of {total:,} QR files")

    return progress


_FILE_COLUMNS = ["file", "day", "layout", "rows", "cars", "rejected", "duplicate", "new", "gone", "seconds", "note"]


def _file_row(report: ImportReport) -> dict[str, Any]:
    return {
        "file": report.file_name,
        "day": report.scan_date,
        "layout": report.layout,
        "rows": report.rows_total,
        "cars": report.rows_loaded,
        "rejected": report.rows_rejected,
        "duplicate": report.rows_duplicate,
        "new": report.new_vehicles,
        "gone": report.gone_vehicles,
        "seconds": report.seconds,
        "note": report.note or ("was loaded before" if report.already_loaded else ""),
    }


def _new(done: Sweep) -> list[ImportReport]:
    return [report for report in done.loaded if not report.already_loaded]


def _by_dealership(reports: Sequence[ImportReport]) -> list[dict[str, Any]]:
    """The files' counts per location, added up."""
    added: dict[str, dict[str, int]] = {}
    for report in reports:
        for row in report.dealerships:
            sums = added.setdefault(str(row["location"]), defaultdict(int))
            for name in ("total", "imported", "rejected", "duplicate"):
                sums[name] += int(row[name])
    return [{"location": location, **sums} for location, sums in sorted(added.items())]


def _failed_table(done: Sweep) -> dg.TableMetadataValue:
    return table(
        [{"file": name, "reason": reason} for name, reason in done.failed.items()]
        + [{"file": name, "reason": "still being written"} for name in done.waiting],
        ["file", "reason"],
    )


def _contact_sheet(files: Sequence[Path]) -> bytes:
    """The newest codes, spread over all of them, so that every dealership's look is likely to be seen."""
    from ops_platform.vehicles.contact_sheet import SheetItem, contact_sheet

    chosen = files[:: max(1, len(files) // CONTACT_SHEET_CODES)][:CONTACT_SHEET_CODES]
    items = [SheetItem(path.read_bytes(), f"{path.stem}\n{path.parent.name}") for path in chosen]
    return contact_sheet(items, title=f"{len(chosen)} of {len(files):,} new QR codes", columns=4)


def _head(path: Path, lines: int = 6) -> str:
    with path.open(encoding="utf-8", errors="replace", newline=None) as file:
        return "".join(islice(file, lines))
