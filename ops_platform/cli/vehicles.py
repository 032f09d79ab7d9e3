"""`ops vehicles ...`: names, options and help of the commands; the work is in vehicles_*.py beside this file.

Each command imports its work when it runs, because pandas and the drivers cost a second and `--help` must not.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ops_platform.cli.output import Json
from ops_platform.cli.vehicles_clients import aliases, dealerships, rules

group = typer.Typer(
    name="vehicles",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Dealership inventory: scrapes in, exports and QR codes out.",
    epilog="A usual day: ops vehicles import FILE, ops vehicles export-all, ops vehicles status",
)
_DAILY, _INCOMING, _ORDERS, _QR = "A usual day", "What came in", "Orders", "QR files"
for clients in (dealerships, aliases, rules):
    group.add_typer(clients, rich_help_panel="Clients")

Dealership = Annotated[
    str, typer.Argument(help="Name or alias; capitals and punctuation do not matter.", show_default=False)
]
JobType = Annotated[str, typer.Option("--type", help="standard, premium, quick, custom, or one of your own.")]
JobId = Annotated[int | None, typer.Option("--job", help="Only the cars of this job.", show_default=False)]


@group.command(
    "import",
    rich_help_panel=_DAILY,
    epilog="Example: ops vehicles import complete_data_2025-03-13.csv complete_data_2025-03-14.csv",
)
def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Scrape files, in any order.")],
    scan_date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of the scrape; overrules what the file says.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Load scrape files into the database, oldest first.

    A file is loaded wholly or not at all, and once: the same file a second time changes nothing. One that fails
    never stops the others; the exit code is then 1.
    """
    from ops_platform.cli import vehicles_imports

    vehicles_imports.import_files(files, scan_date=scan_date.date() if scan_date else None, as_json=as_json)


@group.command(
    "rejects",
    rich_help_panel=_INCOMING,
    epilog="Example: ops vehicles rejects --code unknown_location --csv rejects.csv",
)
def rejects(
    import_id: Annotated[
        int | None, typer.Option("--import", help="Number of the import; the newest if not given.", show_default=False)
    ] = None,
    code: Annotated[str | None, typer.Option(help="Only this reason, as in vin_format.", show_default=False)] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write all of them to this file.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the rows of a file that were not loaded: line, reason, and the row itself."""
    from ops_platform.cli import vehicles_imports

    vehicles_imports.rejects(import_id=import_id, code=code, csv_file=csv_file, as_json=as_json)


@group.command("accept", rich_help_panel=_INCOMING, epilog='Example: ops vehicles accept "Columbia Honda"')
def accept(dealership: Dealership, as_json: Json = False) -> None:
    """Believe a feed that was held back because it fell by half: the cars it lacks are marked gone."""
    from ops_platform.cli import vehicles_imports

    vehicles_imports.accept(dealership, as_json=as_json)


@group.command(
    "job",
    rich_help_panel=_ORDERS,
    epilog='Example: ops vehicles job "BMW of West St. Louis" --type premium --min-price 30000',
)
def job(
    dealership: Dealership,
    job_type: JobType = "standard",
    min_price: Annotated[float | None, typer.Option(help="In dollars.", show_default=False)] = None,
    max_price: Annotated[float | None, typer.Option(help="In dollars.", show_default=False)] = None,
    year_min: Annotated[int | None, typer.Option(help="Model year.", show_default=False)] = None,
    year_max: Annotated[int | None, typer.Option(help="Model year.", show_default=False)] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="KEY=JSON",
            help="Any other key of filtering_rules, as in exclude_makes='[\"Ford\"]'.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run one order-processing job: choose a dealership's cars, write the export, make missing QR files.

    The options restrict further what the dealership's own rules let through; the stricter of both wins.
    """
    from ops_platform.cli import vehicles_orders

    bounds = {"min_price": min_price, "max_price": max_price, "year_min": year_min, "year_max": year_max}
    chosen = vehicles_orders.read_filters(bounds, filters or [])
    vehicles_orders.job(dealership, job_type, chosen, as_json=as_json)


@group.command("jobs", rich_help_panel=_ORDERS, epilog="Example: ops vehicles jobs --limit 40")
def jobs(limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 20, as_json: Json = False) -> None:
    """List the newest jobs."""
    from ops_platform.cli import vehicles_reports

    vehicles_reports.jobs(limit, as_json=as_json)


@group.command("status", rich_help_panel=_DAILY, epilog="Example: ops vehicles status --html status.html")
def status(
    job_id: Annotated[int | None, typer.Argument(help="Number of a job.", show_default=False)] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write the overview as a page to this file.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Show where everything stands, or one job: inventory, QR files and newest job of each dealership."""
    from ops_platform.cli import vehicles_reports

    if job_id is None:
        vehicles_reports.overview(as_json=as_json, page=html)
    else:
        vehicles_reports.job_status(job_id, as_json=as_json)


@group.command("validate-qr", rich_help_panel=_QR, epilog='Example: ops vehicles validate-qr "Columbia BMW" --job 12')
def validate_qr(dealership: Dealership, job_id: JobId = None, as_json: Json = False) -> None:
    """Open and decode the QR files of a dealership's cars; exit code 1 when one is missing or wrong."""
    from ops_platform.cli import vehicles_orders

    vehicles_orders.validate(dealership, job_id=job_id, as_json=as_json)


@group.command("make-qr", rich_help_panel=_QR, epilog='Example: ops vehicles make-qr "Columbia BMW" "Columbia Honda"')
def make_qr(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DEALERSHIP]...", help="All active ones if none is given.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make the QR files that are missing, or whose link or look changed; the others stay untouched."""
    from ops_platform.cli import vehicles_orders

    vehicles_orders.make_qr_files(names or [], as_json=as_json)


@group.command("export-all", rich_help_panel=_DAILY, epilog="Example: ops vehicles export-all")
def export_all(job_type: JobType = "standard", as_json: Json = False) -> None:
    """Do the daily batch at once, without Dagster: exports, QR files and print files of every dealership."""
    from ops_platform.cli import vehicles_orders

    vehicles_orders.export_all(job_type, as_json=as_json)


@group.command(
    "billing", rich_help_panel=_ORDERS, epilog='Example: ops vehicles billing "Columbia BMW" --ordered order.txt'
)
def billing(
    dealership: Dealership,
    ordered: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="The order: a text or CSV file that holds its VINs."),
    ],
    job_id: Annotated[
        int | None,
        typer.Option("--job", help="What was produced; the newest completed job if not given.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the billing sheet of an order: ordered, produced, new, used, duplicates of earlier orders."""
    from ops_platform.cli import vehicles_orders

    vehicles_orders.billing(dealership, ordered, job_id=job_id, as_json=as_json)


@group.command("events", rich_help_panel=_INCOMING, epilog="Example: ops vehicles events WBA53BJ0XPCM12345")
def events(
    vin: Annotated[str, typer.Argument(help="Vehicle identification number.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Tell the story of one car: first seen, price changes, moved, gone, back again."""
    from ops_platform.cli import vehicles_reports

    vehicles_reports.events(vin, as_json=as_json)


@group.command("dead-qr", rich_help_panel=_QR, epilog="Example: ops vehicles dead-qr --json")
def dead_qr(as_json: Json = False) -> None:
    """List printed codes whose car is gone."""
    from ops_platform.cli import vehicles_reports

    vehicles_reports.dead_qr(as_json=as_json)


@group.command("duplicates", rich_help_panel=_INCOMING, epilog="Example: ops vehicles duplicates")
def duplicates(as_json: Json = False) -> None:
    """List cars that stand at more than one dealership at once."""
    from ops_platform.cli import vehicles_reports

    vehicles_reports.duplicates(as_json=as_json)
