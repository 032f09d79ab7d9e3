"""`ops vehicles import`, `rejects` and `accept`: scrape files coming in, and what was held back of them."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import typer

from ops_platform.adapters.database import execute, lock_in_transaction
from ops_platform.adapters.files import write_whole
from ops_platform.cli.demo_mark import warn_if_demo
from ops_platform.cli.errors import FAILED, USAGE, CommandError, explain
from ops_platform.cli.output import (
    Working,
    errors,
    heading,
    indented,
    line,
    print_json,
    print_table,
    shown,
    warn,
    working,
)
from ops_platform.cli.session import Platform, find_dealership, open_session
from ops_platform.core.csvtext import csv_text
from ops_platform.core.logical_paths import LogicalPathError, PathMap, looks_like_windows
from ops_platform.flows.vehicles.dealerships import load_directory
from ops_platform.flows.vehicles.importing import IMPORT_LOCK, ImportReport, import_file
from ops_platform.vehicles.headers import RAW_FIELDS
from ops_platform.vehicles.scans import ScanDateError, scan_date_of

# What a reject code asks of a person; the row's own sentence stands in `rejects`.
_ADVICE = {
    "field_count": "the row is torn; the scraper wrote too few or too many cells",
    "vin_format": "no VIN: 17 letters and digits without I, O, Q",
    "unknown_location": "no dealership and no alias is called so; see below",
    "ignored_location": "an alias says it is no client; nothing to do",
    "missing_location": "the row does not say whose car it is",
    "year_range": "no model year a car can have",
    "unknown_type": "Type is none of the known words (New, Used, Certified, ...)",
}
_SHOWN_REASONS = 20
IMPORTS_ROOT = "C:\\data_imports"
"""Where the agency's guide says that scrapes arrive; on another system the setting vehicles.imports_dir."""

Show = Callable[[Platform, ImportReport], None]


def import_files(files: Sequence[Path], *, scan_date: date | None, as_json: bool, by_dealership: bool = False) -> None:
    """Load scrape files, oldest first. Ends with exit code 1 when any failed; the others are loaded.

    by_dealership: also show what each dealership's part of a file became.
    """

    def show(platform: Platform, report: ImportReport) -> None:
        if not as_json:
            show_report(platform, report)
        if by_dealership and not as_json:
            _show_dealerships(report)

    with open_session() as platform:
        warn_if_demo(platform.settings.home)
        results = load(platform, files, scan_date=scan_date, show=show)
    failed = [result for result in results if result["error"] is not None]
    if as_json:
        print_json({"ok": not failed, "files": results})
    elif len(results) > 1:
        _show_all(results)
    if failed:
        raise typer.Exit(FAILED)


def _show_all(results: Sequence[dict[str, Any]]) -> None:
    """One row a file, after each file had its own part."""
    print_table(
        f"{sum(result['error'] is None for result in results)} of {len(results)} files are loaded",
        ["file", "scan", "read", "loaded", "rejected", "new", "gone"],
        [
            [Path(result["file"]).name, "failed" if result["error"] else result["scan_date"]]
            + [result.get(key) for key in ("rows_total", "rows_loaded", "rows_rejected")]
            + [result.get(key) for key in ("new_vehicles", "gone_vehicles")]
            for result in results
        ],
        right=["read", "loaded", "rejected", "new", "gone"],
        whole=["file", "scan"],
    )


def load(platform: Platform, files: Sequence[Path], *, scan_date: date | None, show: Any) -> list[dict[str, Any]]:
    """Import each file; return one dict a file (file, error, and the keys of ImportReport when it was loaded).

    show(platform, report) is called after each loaded file. A file that fails is told on standard error.
    """
    results: list[dict[str, Any]] = []
    here = [_on_this_machine(platform, file) for file in dict.fromkeys(files)]
    ordered = sorted(here, key=lambda file: _day_of(file, platform.today()))
    with working("importing", total=len(ordered)) as progress:
        for number, file in enumerate(ordered):
            progress.at(number, len(ordered))
            result: dict[str, Any] = {"file": str(file), "error": None}
            try:
                report = _load_one(platform, file, scan_date, progress)
                result |= report.as_dict()
                show(platform, report)
            except Exception as error:  # one bad file never stops the rest
                result["error"] = _told(file, error)
            results.append(result)
    return results


def _load_one(platform: Platform, file: Path, scan_date: date | None, progress: Working) -> ImportReport:
    if file.is_dir():
        raise CommandError(f'is a folder; name its files, as in "{file / "complete_data_2025-03-13.csv"}"')
    return import_file(
        platform.db,
        file,
        as_of=platform.today(),
        drop_ratio=platform.settings.vehicles.feed_drop_ratio,
        scan_date=scan_date,
        progress=lambda step: progress.step(f"{file.name}: {step}"),
    )


def _on_this_machine(platform: Platform, file: Path) -> Path:
    """Where the agency's own path (C:/data_imports/complete_data.csv) leads on a machine that is not Windows."""
    if file.exists() or not looks_like_windows(str(file)):
        return file
    folders = platform.folders
    roots = folders.paths.roots
    if IMPORTS_ROOT.casefold() not in {root.casefold().rstrip("\\/") for root in roots}:
        roots[IMPORTS_ROOT] = folders.imports
    try:
        return PathMap(roots, setting="vehicles.path_map").to_physical(str(file))
    except LogicalPathError:
        return file  # and the import says that there is no such file


def _day_of(file: Path, today: date) -> tuple[date, str]:
    """Files are loaded in the order of their days, whatever order they were named in."""
    try:
        return scan_date_of(file.name, None, None, as_of=today), file.name
    except ScanDateError:  # the import itself tells the person
        return today, file.name


def _told(file: Path, error: Exception) -> str:
    known = explain(error)
    if known is None:
        errors.print("".join(traceback.format_exception(error)), markup=False)
    message = known[0] if known else f"{type(error).__name__}: {error} (a defect; see the lines above)"
    warn(message if message.startswith((str(file), file.name)) else f"{file}: {message}")
    return message


def show_report(platform: Platform, report: ImportReport) -> None:
    """What one file did, and what a person should do about it."""
    if report.already_loaded:
        same = f" ({report.note})" if report.note else ""
        line(f"{report.file_name}: already loaded as import {report.import_id}{same}; nothing changed.")
        return
    heading(f"{report.file_name}: import {report.import_id}, scan of {report.scan_date}, {report.seconds:.1f} s")
    line(
        f"  {report.rows_total:,} rows read = {report.rows_loaded:,} loaded + {report.rows_rejected:,} rejected + "
        f"{report.rows_duplicate:,} duplicate"
    )
    line(
        f"  {report.new_vehicles:,} cars are new, {report.gone_vehicles:,} gone, {report.relisted_vehicles:,} back "
        f"again, {report.price_changes:,} have a new price"
    )
    _show_rejects(platform, report)
    _show_held(platform, report)


def _show_dealerships(report: ImportReport) -> None:
    rows = [
        [part["location"] or "(no location)", *(part[key] for key in ("total", "imported", "rejected", "duplicate"))]
        for part in report.dealerships
    ]
    counted = ["rows", "imported", "rejected", "duplicate"]
    print_table("", ["dealership or location", *counted], rows, right=counted)


def _show_rejects(platform: Platform, report: ImportReport) -> None:
    if report.reject_codes:
        for code, count in report.reject_codes.items():
            line(f"  {count:>6,} x {code:<17} {_ADVICE.get(code, '')}")
        line(f"  Each row with its line and reason: ops vehicles rejects --import {report.import_id}")
    if not report.unknown_locations:
        return
    locations = load_directory(platform.db).locations
    for text, count in report.unknown_locations.items():
        near = locations.suggest(text)
        warn(f'{count} rows are of "{text}", which no dealership or alias is called.')
        line(f'  if it is a client:     ops vehicles alias add "{text}" "{near or "its dealership"}"')
        line(f'  if it is no client:    ops vehicles alias add "{text}" --ignore')


def _show_held(platform: Platform, report: ImportReport) -> None:
    for scan in platform.rows("vehicles/held_scans", import_id=report.import_id):
        warn(
            f"{scan['dealership_name']}: {scan['cars']} cars, {scan['previous_cars']} in the scan before. Its other "
            "cars are kept: a feed that falls so far is more likely broken than sold out."
        )
        line(f'  if it really sold them: ops vehicles accept "{scan["dealership_name"]}"')


def rejects(*, import_id: int | None, code: str | None, csv_file: Path | None, as_json: bool) -> None:
    """Show or write the rows of an import that were not loaded."""
    with open_session() as platform:
        found = platform.rows("vehicles/newest_import", import_id=import_id)
        if not found:
            which = "no file is loaded yet" if import_id is None else f"there is no import {import_id}"
            raise CommandError(f"{which}; `ops vehicles import FILE` loads one", code=USAGE)
        [load_row] = found
        rows = platform.rows("vehicles/import_rejects", import_id=load_row["import_id"], code=code)
    if csv_file is not None:
        write_whole(csv_file, _rejects_csv(rows).encode("utf-8-sig"))
    if as_json:
        print_json({**load_row, "rejects": rows})
        return
    title = f"{load_row['file_name']} (import {load_row['import_id']}): {len(rows):,} rejected rows"
    if csv_file is not None:
        line(f"{title}, written to {csv_file}")
        return
    heading(title)
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["code"], row["detail"]), []).append(row)
    for (kind, detail), same in list(groups.items())[:_SHOWN_REASONS]:
        line(f"{kind}, {_whose(same)}")
        indented(detail)
    if len(groups) > _SHOWN_REASONS:
        line(f"{len(groups) - _SHOWN_REASONS:,} more reasons; --csv FILE writes all rows, --code CODE shows one kind.")


def _whose(rows: Sequence[dict[str, Any]]) -> str:
    """Which rows one sentence is about: a single one with its car, many with their first lines."""
    if len(rows) == 1:
        [row] = rows
        return ", ".join([f"line {row['line_no']:,}", *(text for text in (row["location"], row["vin"]) if text)])
    lines = ", ".join(f"{row['line_no']:,}" for row in rows[:5])
    return f"{len(rows):,} rows, lines {lines}{' ...' if len(rows) > 5 else ''}"


def _rejects_csv(rows: Sequence[dict[str, Any]]) -> str:
    """For a spreadsheet: the reason first, then the row as it stood in the file."""
    given = dict.fromkeys(name for row in rows for name in row["raw"])
    columns = [name for name in RAW_FIELDS if name in given] + [name for name in given if name not in RAW_FIELDS]
    header = ["line", "code", "column", "what is wrong", *columns]
    lines = [
        [
            str(row["line_no"]),
            row["code"],
            row["column_name"] or "",
            row["detail"],
            *(str(row["raw"].get(name) or "") for name in columns),
        ]
        for row in rows
    ]
    return csv_text(header, lines, for_people=True)


def accept(dealership: str, *, as_json: bool) -> None:
    """Believe a held feed: the cars it lacks are gone."""
    with open_session() as platform:
        name = find_dealership(load_directory(platform.db), dealership)
        with platform.db.transaction() as connection:
            lock_in_transaction(connection, IMPORT_LOCK)
            accepted = execute(connection, "vehicles/accept_scan", dealership=name)
            gone = execute(connection, "vehicles/mark_gone", locations=[name])
    if as_json:
        print_json({"dealership": name, "accepted_scans": accepted, "gone_vehicles": gone})
    elif not accepted:
        line(f"No feed of {name} is held back; nothing changed.")
    else:
        line(f"{name}: {shown(accepted)} scans accepted, {shown(gone)} cars are gone.")
