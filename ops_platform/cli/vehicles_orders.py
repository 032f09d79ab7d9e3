"""`ops vehicles job`, `export-all`, `make-qr`, `validate-qr` and `billing`: what the agency hands out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from ops_platform.cli.errors import FAILED, USAGE, CommandError
from ops_platform.cli.output import heading, line, print_json, print_table, warn, working
from ops_platform.cli.session import Platform, find_dealership, find_dealerships, open_session
from ops_platform.flows.vehicles.billing import BillingReport, vins_in, write_billing
from ops_platform.flows.vehicles.companions import CompanionReport, write_companions
from ops_platform.flows.vehicles.dealerships import load_directory, refresh_eligibility
from ops_platform.flows.vehicles.jobs import JobOutcome, JobRequest, fail_interrupted_jobs, run_jobs
from ops_platform.flows.vehicles.qr import QrReport, make_qr, validate_qr
from ops_platform.flows.vehicles.summaries import active_dealerships
from ops_platform.order_processing_integration import OrderProcessingIntegrator
from ops_platform.vehicles.rules import parse_filters

_SHOWN = 10


def read_filters(options: Mapping[str, Any], pairs: Sequence[str]) -> dict[str, Any]:
    """The additional filters of a job: the options that were given, and KEY=JSON pairs.

    A value that is no JSON is taken as text, so that `order_type=cao` needs no quotes. Raises CommandError,
    RulesError (unknown key, with the nearest one).
    """
    filters = {key: _whole(value) for key, value in options.items() if value is not None}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise CommandError(f"--filter {pair}: write it as KEY=JSON, as in exclude_makes='[\"Ford\"]'", code=USAGE)
        if key in filters:
            raise CommandError(f"--filter {pair}: {key} is given twice", code=USAGE)
        try:
            filters[key] = json.loads(text)
        except ValueError:
            filters[key] = text
    parse_filters(filters, "filters")
    return filters


def _whole(value: Any) -> Any:
    """30000.0 as the 30000 that was typed: the filters are recorded with the job."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def job(dealership: str, job_type: str, filters: Mapping[str, Any], *, as_json: bool) -> None:
    """Run one job as the agency's guide does it: choose, export, make the missing QR files."""
    with open_session() as platform:
        directory = load_directory(platform.db)
        name = find_dealership(directory, dealership)
        if job_type not in directory.job_types:
            known = ", ".join(sorted(directory.job_types))
            raise CommandError(f'there is no job type "{job_type}"; known are {known}', code=USAGE)
        integrator = OrderProcessingIntegrator(platform.session)
        result = integrator.create_order_processing_job(name, job_type, filters or None)
        stored = integrator.get_job_status(result["job_id"]) if result["job_id"] else None
    if as_json:
        print_json(result)
    else:
        _show_job(result, stored or {})
    if not result["success"]:
        raise typer.Exit(FAILED)


def _show_job(result: dict[str, Any], stored: dict[str, Any]) -> None:
    status = stored.get("status", "failed")
    heading(f"Job {result['job_id']}: {result['dealership']}, {result['job_type']}, {status}")
    if result["error"] is not None:
        warn(result["error"])
    if not result["vehicles"]:
        if result["error"] is None:
            line(f"  {stored.get('notes') or 'no car'}")
        return
    line(f"  cars      {result['vehicle_count']:,}")
    line(f"  export    {result['export_file']}")
    qr = result["qr_generation"]
    if qr:
        line(f"  QR files  {qr['made']:,} made, {qr['unchanged']:,} stood there, {qr['failed']:,} failed")
        for failure in qr["failures"][:_SHOWN]:
            warn(f"{failure['vin']}: {failure['reason']}")
    columns = [column for column in result["vehicles"][0] if column != "qr_code_path"]
    rows = [[_cell(column, car[column]) for column in columns] for car in result["vehicles"][:_SHOWN]]
    print_table("", columns, rows, right=["price", "msrp"], whole=["vin"])
    if len(result["vehicles"]) > _SHOWN:
        line(f"{len(result['vehicles']) - _SHOWN:,} more are in the file.")


def _cell(column: str, value: Any) -> Any:
    if column in ("price", "msrp") and value is not None:
        return f"{value:,.0f}"
    return str(value) if isinstance(value, int) else value  # a year is no 2,024


def export_all(job_type: str, *, as_json: bool) -> None:
    """The daily batch without Dagster: judge, export, QR files, print files, for every active dealership."""
    with open_session() as platform:
        now = platform.now()
        fail_interrupted_jobs(platform.db)
        with working("judging the cars") as progress:
            refresh_eligibility(platform.db, today=platform.today())
            names = active_dealerships(platform.db)  # also those whose rules cannot be read: their jobs say so
            progress.step("writing the exports")
            requests = [JobRequest(name, job_type) for name in names]
            outcomes = run_jobs(platform.db, platform.folders, requests, now=now, created_by="ops export-all")
            progress.step("making QR files")
            made = make_qr(platform.db, platform.folders, platform.settings, progress=progress.at)
            progress.step("writing print files")
            prints = write_companions(platform.db, platform.folders, platform.settings, names, now=now)
    failed = any(not outcome.success for outcome in outcomes) or made.failed > 0 or bool(prints.failures)
    if as_json:
        print_json(
            {
                "ok": not failed,
                "jobs": [_outcome_dict(outcome) for outcome in outcomes],
                "qr": _qr_dict(made),
                "print_files": asdict(prints),
            }
        )
    else:
        _show_batch(platform, outcomes, made, prints)
    if failed:
        raise typer.Exit(FAILED)


def _outcome_dict(outcome: JobOutcome) -> dict[str, Any]:
    """A job of the batch for a program; the cars themselves are in the file."""
    kept = asdict(outcome) | {"success": outcome.success}
    del kept["vehicles"], kept["vins"]
    return kept


def _qr_dict(made: QrReport) -> dict[str, Any]:
    return asdict(made) | {"new_files": len(made.new_files)}


def _show_batch(platform: Platform, outcomes: Sequence[JobOutcome], made: QrReport, prints: CompanionReport) -> None:
    print_table(
        "",
        ["dealership", "job", "status", "cars", "note"],
        [[o.dealership, str(o.job_id), o.status, o.vehicle_count, o.error or o.note or ""] for o in outcomes],
        right=["job", "cars"],
    )
    cars = sum(outcome.vehicle_count for outcome in outcomes)
    line(f"{len(outcomes):,} jobs, {cars:,} cars; exports and print files are in {_exports(platform)}")
    line(f"{len(prints.files):,} print files; {len(prints.missing):,} cars left out because their QR file is missing")
    _show_qr(platform, made)
    for problem in [*prints.failures, *prints.warnings]:
        warn(problem)


def _exports(platform: Platform) -> Path:
    return platform.folders.export_file("any.csv").parent


def make_qr_files(dealerships: list[str], *, as_json: bool) -> None:
    """Make the QR files that are missing or whose link, size or level changed."""
    with open_session() as platform:
        names = find_dealerships(platform, dealerships) if dealerships else None
        with working("making QR files") as progress:
            made = make_qr(platform.db, platform.folders, platform.settings, dealerships=names, progress=progress.at)
    if as_json:
        print_json(_qr_dict(made))
    else:
        _show_qr(platform, made)
    if made.failed:
        raise typer.Exit(FAILED)


def _show_qr(platform: Platform, made: QrReport) -> None:
    folder = platform.settings.vehicles.qr_dir
    line(
        f"{made.total:,} QR files in {made.seconds:.1f} s: {made.made:,} made, {made.unchanged:,} unchanged, "
        f"{made.failed:,} failed; they are in {folder}"
    )
    for failure in made.failures[:_SHOWN]:
        warn(f"{failure['dealership']}, {failure['vin']}: {failure['reason']}")
    if len(made.failures) > _SHOWN:
        line(f"{len(made.failures) - _SHOWN:,} more failures; --json names them all.")
    for text in made.warnings:
        warn(text)


def validate(dealership: str, *, job_id: int | None, as_json: bool) -> None:
    """Look at every QR file of a dealership (or of one job); exit code 1 when one is missing or unreadable."""
    with open_session() as platform:
        name = find_dealership(load_directory(platform.db), dealership)
        result = validate_qr(platform.db, platform.folders, platform.settings, name, job_id=job_id, now=platform.now())
    if as_json:
        print_json(result)
    else:
        line(f"{name}: {result['qr_files_exist']:,} of {result['total_vehicles']:,} QR files stand and can be read.")
        missing = result["missing_files"]
        if missing:
            rows = [[car["vin"], car["stock"], car["expected_path"]] for car in missing[:_SHOWN]]
            print_table("", ["VIN", "stock", "expected at"], rows, whole=["VIN"])
            if len(missing) > _SHOWN:
                line(f"{len(missing) - _SHOWN:,} more; --json names them all.")
            line(f'Make them: ops vehicles make-qr "{name}"')
    if result["qr_files_missing"]:
        raise typer.Exit(FAILED)


def billing(dealership: str, ordered: Path, *, job_id: int | None, as_json: bool) -> None:
    """Write the billing sheet of an order."""
    vins = vins_in(ordered.read_text(encoding="utf-8-sig", errors="replace"))
    with open_session() as platform:
        name = find_dealership(load_directory(platform.db), dealership)
        report = write_billing(platform.db, platform.folders, name, vins, job_id=job_id, now=platform.now())
    if as_json:
        print_json(asdict(report))
    else:
        _show_billing(name, report)


def _show_billing(name: str, report: BillingReport) -> None:
    heading(f"{name}: order of {report.ordered:,} cars against job {report.job_id} ({report.produced:,} cars)")
    line(f"  sheet           {report.path}")
    line(f"  new             {len(report.comparison.wanted):,}")
    line(f"  ordered before  {len(report.comparison.ordered_before):,}")
    for label, vins in (("not on the lot", report.comparison.unknown), ("not produced", report.missing)):
        if vins:
            more = f" and {len(vins) - _SHOWN:,} more" if len(vins) > _SHOWN else ""
            warn(f"{label}: {', '.join(vins[:_SHOWN])}{more}")
