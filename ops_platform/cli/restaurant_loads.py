"""`ops restaurant load`, `fetch` and `rematch`: orders coming in, and their lines matched."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import typer

from ops_platform.adapters.petpooja import order_source
from ops_platform.cli.errors import FAILED, explain
from ops_platform.cli.output import errors, line, print_json, print_table, warn, working
from ops_platform.cli.restaurant_status import as_text, open_shop, show_gaps
from ops_platform.flows.restaurant.fetching import FetchReport, fetch_day, fetch_new
from ops_platform.flows.restaurant.load_records import LoadReport
from ops_platform.flows.restaurant.loading import load_file
from ops_platform.flows.restaurant.rematching import RematchReport
from ops_platform.flows.restaurant.rematching import rematch as match_again

_COLUMNS = ["file", "read", "new", "updated", "duplicate", "superseded", "rejected", "items", "add-ons", "matched"]
_SHOWN_CHANGES = 40


def load(files: Sequence[Path], *, as_json: bool) -> None:
    """Load files of orders, in the order given. Ends with exit code 1 when any failed; the others are loaded."""
    results: list[dict[str, Any]] = []
    reports: list[LoadReport] = []
    with open_shop() as (platform, now), working("loading", total=len(files)) as progress:
        for number, file in enumerate(dict.fromkeys(files)):
            progress.at(number, len(files))
            result: dict[str, Any] = {"file": str(file), "error": None}
            try:
                report = load_file(
                    platform.db,
                    file,
                    settings=platform.settings,
                    now=now,
                    progress=lambda step, name=file.name: progress.step(f"{name}: {step}"),  # type: ignore[misc]
                )
                reports.append(report)
                result |= report.as_dict()
            except Exception as error:  # one bad file never stops the rest
                result["error"] = _told(file, error)
            results.append(result)
    failed = [result for result in results if result["error"] is not None]
    if as_json:
        print_json({"ok": not failed, "files": results})
    elif reports:
        _show_loads(reports)
    if failed:
        raise typer.Exit(FAILED)


def _told(file: Path, error: Exception) -> str:
    known = explain(error)
    if known is None:
        errors.print("".join(traceback.format_exception(error)), markup=False)
    message = known[0] if known else f"{type(error).__name__}: {error} (a defect; see the lines above)"
    warn(message if message.startswith((str(file), file.name)) else f"{file}: {message}")
    return message


def _show_loads(reports: Sequence[LoadReport]) -> None:
    rows = [
        [
            report.name,
            *(report.orders_read, report.orders_new, report.orders_updated, report.orders_duplicate),
            *(report.orders_superseded, report.orders_rejected, report.items_loaded, report.addons_loaded),
            None if report.matched is None else f"{report.matched:.1%}",
            f"{report.seconds:.1f}",
        ]
        for report in reports
    ]
    print_table("", [*_COLUMNS, "seconds"], rows, right=[*_COLUMNS[1:], "seconds"], whole=["file"])
    for report in reports:
        if report.already_loaded:
            same = f" ({report.note})" if report.note else ""
            line(f"{report.name}: already loaded as load {report.load_id}{same}; nothing changed.")
        _show_refused(report)


def _show_refused(report: LoadReport) -> None:
    if report.reject_codes:
        codes = ", ".join(f"{count:,} x {code}" for code, count in report.reject_codes.items())
        warn(f"{report.name}: refused {codes}")
        line(f"  Each with its place and reason: ops restaurant rejects --load {report.load_id}")


def fetch(*, day: date | None, max_pages: int | None, as_json: bool) -> None:
    """Fetch what is new, or one day again."""
    with open_shop() as (platform, now):
        source = order_source(platform.settings)
        common = {"settings": platform.settings, "now": now}
        with working(f"asking {source.name}") as progress:
            if day is not None:
                report = fetch_day(platform.db, source, day, progress=progress.step, **common)  # type: ignore[arg-type]
            else:
                report = fetch_new(
                    platform.db,
                    source,
                    max_pages=max_pages,
                    progress=progress.step,
                    **common,  # type: ignore[arg-type]
                )
    if as_json:
        print_json(report.as_dict())
    else:
        _show_fetch(report)


def _show_fetch(report: FetchReport) -> None:
    loads = [*report.pages, *report.asked_again]
    if not loads:
        line(f"{report.source}: nothing new.")
    else:
        line(
            f"{report.source}: {report.count('orders_read'):,} orders read = {report.count('orders_new'):,} new + "
            f"{report.count('orders_updated'):,} updated + {report.count('orders_duplicate'):,} duplicate + "
            f"{report.count('orders_superseded'):,} superseded + {report.count('orders_rejected'):,} rejected, "
            f"{report.seconds:.1f} s"
        )
        items = report.count("items_loaded")
        share = f", {report.count('items_linked') / items:.1%} of the lines matched" if items else ""
        line(f"  {items:,} lines, {report.count('addons_loaded'):,} add-ons{share}")
    for load_report in loads:
        _show_refused(load_report)
    if report.filled:
        line(f"  {report.filled:,} orders came in late, through holes in the stream.")
    show_gaps(report.gaps)
    if not report.complete:
        line("  There is more; `ops restaurant fetch` goes on from here.")


def rematch(*, since: date | None, dry_run: bool, as_json: bool) -> None:
    """Match stored lines again."""
    with open_shop() as (platform, now):
        report = match_again(platform.db, settings=platform.settings, now=now, since=since, dry_run=dry_run)
    if as_json:
        print_json(report.as_dict())
    else:
        _show_rematch(report)


def _show_rematch(report: RematchReport) -> None:
    would = "would get" if report.dry_run else "got"
    line(
        f"{report.names:,} names of {report.lines:,} lines and add-ons were looked at: {report.changed:,} {would} "
        f"another link or confidence, {report.linked:,} had none, {report.unlinked:,} {would} none; "
        f"{report.seconds:.1f} s"
    )
    moved = [one for one in report.changes if (one["old"], one["old_method"]) != (one["new"], one["new_method"])]
    if moved:
        print_table(
            "",
            ["name on the bill", "lines", "was", "is" if not report.dry_run else "would be", "sure", "why"],
            [
                [
                    *(one["name_raw"], one["line_count"], one["old"], one["new"]),
                    *(as_text(one["new_confidence"]) or None, one["reason"]),
                ]
                for one in sorted(moved, key=lambda one: -one["line_count"])[:_SHOWN_CHANGES]
            ],
            right=["lines", "sure"],
        )
    if len(moved) > _SHOWN_CHANGES:
        line(f"{len(moved) - _SHOWN_CHANGES:,} more; --json lists all.")
    if report.dry_run and report.changed:
        line("Nothing was written. `ops restaurant rematch` does it.")
