"""`ops vehicles status`, `jobs`, `events`, `dead-qr` and `duplicates`: looking, without changing anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ops_platform.adapters.files import write_whole
from ops_platform.adapters.templates import render
from ops_platform.cli.errors import USAGE, CommandError
from ops_platform.cli.output import heading, line, print_json, print_table, shown, warn
from ops_platform.cli.session import open_session
from ops_platform.order_processing_integration import OrderProcessingIntegrator
from ops_platform.vehicles.vin import clean_vin


def overview(*, as_json: bool, page: Path | None = None) -> None:
    """The whole business on one page: the summary of the agency's guide and a row a dealership."""
    with open_session() as platform:
        summary = platform.rows("vehicles/summary")
        dealerships = platform.rows("vehicles/overview")
        held = platform.rows("vehicles/held_scans", import_id=None)
        newest = platform.rows("vehicles/newest_import", import_id=None)
        now = platform.now()
    if page is not None:
        values = {"summary": summary, "dealerships": dealerships, "held": held, "newest": newest[0] if newest else None}
        text = render("report/vehicles_status/body.html", written=f"{now:%Y-%m-%d %H:%M}", **values)
        write_whole(page.resolve(), text.encode())
        line(f"The page is written: {page.resolve()}")
        return
    if as_json:
        print_json(
            {
                "summary": {row["metric_name"]: row["metric_value"] for row in summary},
                "newest_import": newest[0] if newest else None,
                "dealerships": dealerships,
                "held": held,
            }
        )
        return
    print_table(
        "",
        ["", "count"],
        [[r["metric_name"], f"{int(r['metric_value']):,}"] for r in summary],
        right=["count"],
    )
    if not newest:
        line("No file is loaded yet: `ops vehicles import FILE`, or `ops demo` for invented data.")
        return
    print_table(
        "",
        ["dealership", "cars", "eligible", "last scan", "QR %", "job", "in job"],
        [_overview_row(row) for row in dealerships],
        right=["cars", "eligible", "QR %", "job", "in job"],
        whole=["last scan"],
    )
    for scan in held:
        warn(
            f"{scan['dealership_name']} is held: {scan['cars']} cars on {scan['scan_date']}, before "
            f'{scan["previous_cars"]}. If that is right: ops vehicles accept "{scan["dealership_name"]}"'
        )


def _overview_row(row: dict[str, Any]) -> list[Any]:
    percent = row["qr_completion_percentage"]
    return [
        row["dealership_name"],
        row["total_vehicles"],
        row["eligible_vehicles"],
        row["last_scan"],
        None if percent is None else f"{percent:.1f}",
        None if row["job_id"] is None else str(row["job_id"]),
        row["job_vehicles"] if row["job_status"] in (None, "completed") else row["job_status"],
    ]


def job_status(job_id: int, *, as_json: bool) -> None:
    """One job."""
    with open_session() as platform:
        found = platform.rows("vehicles/job_status", job_id=job_id)
    if not found:
        raise CommandError(f"there is no job {job_id}; `ops vehicles jobs` shows the newest", code=USAGE)
    [job] = found
    if as_json:
        print_json(job)
        return
    heading(f"Job {job['id']}: {job['dealership_name']}, {job['job_type']}, {job['status']}")
    filters = ", ".join(f"{key} {value}" for key, value in (job["filters"] or {}).items())
    lines = {
        "cars": shown(job["vehicle_count"]),
        "QR files": f"{job['qr_files_exist']:,} of {job['qr_files_tracked']:,}",
        "export": job["export_file"],
        "filters": filters or None,
        "created": f"{shown(job['created_at'])} by {job['created_by'] or 'somebody'}",
        "completed": shown(job["completed_at"]),
        "note": job["notes"],
        "Dagster run": job["run_id"],
    }
    for name, value in lines.items():
        if value is not None:
            line(f"  {name:<12} {value}")


def jobs(limit: int, *, as_json: bool) -> None:
    """The newest jobs first."""
    with open_session() as platform:
        rows = OrderProcessingIntegrator(platform.session).get_recent_jobs(limit)
    if as_json:
        print_json(rows)
        return
    if not rows:
        line('No job has run yet: `ops vehicles job "BMW of West St. Louis"`.')
        return
    print_table(
        "",
        ["job", "dealership", "type", "status", "cars", "created", "note"],
        [
            [
                str(r["id"]),
                r["dealership_name"],
                r["job_type"],
                r["status"],
                r["vehicle_count"],
                r["created_at"],
                r["notes"],
            ]
            for r in rows
        ],
        right=["job", "cars"],
        whole=["created"],
    )


def events(vin: str, *, as_json: bool) -> None:
    """What happened to one car, and how it stands now."""
    cleaned = clean_vin(vin)
    with open_session() as platform:
        listings = platform.rows("vehicles/vin_listings", vin=cleaned)
        happened = platform.rows("vehicles/vin_events", vin=cleaned)
    if not listings:
        raise CommandError(f"no dealership ever listed the car {vin}; check the VIN")
    if as_json:
        print_json({"vin": cleaned, "listings": listings, "events": happened})
        return
    for car in listings:
        _show_listing(car)
    print_table(
        "",
        ["date", "event", "dealership", "price"],
        [[e["event_date"], e["event"], e["dealership_name"], _price(e["last_price"])] for e in happened],
        right=["price"],
        whole=["date"],
    )


def _show_listing(car: dict[str, Any]) -> None:
    name = " ".join(str(part) for part in (car["year"], car["make"], car["model"], car["trim"]) if part)
    heading(f"{car['vin']}  {name}")
    lot = "" if car["on_lot_status"] == "unknown" else f", {car['on_lot_status']}"
    line(f"  {car['dealership_name']}, stock {car['stock'] or '-'}, {car['vehicle_condition']}{lot}")
    line(f"  seen {car['first_seen_date']} to {car['last_seen_date']}, price {_price(car['price']) or '-'}")
    line("  eligible" if car["eligible"] else f"  not eligible: {car['ineligible_reason']}")
    if car["vin_warnings"] or car["flags"]:
        line(f"  flags: {', '.join([*car['vin_warnings'], *car['flags']])}")
    line(f"  QR file {'stands' if car['qr_file_exists'] else 'is missing'}: {car['qr_file_path']}")


def _price(value: Any) -> str | None:
    return None if value is None else f"{value:,.0f}"


def dead_qr(*, as_json: bool) -> None:
    """Printed codes whose car is gone."""
    with open_session() as platform:
        rows = platform.rows("vehicles/dead_qr")
    if as_json:
        print_json(rows)
        return
    print_table(
        f"{len(rows):,} codes lead to cars that are gone; their material on the lot can come down",
        ["gone since", "dealership", "stock", "car", "VIN"],
        [
            [r["gone_date"], r["dealership_name"], r["stock"], f"{r['year']} {r['make']} {r['model']}", r["vin"]]
            for r in rows
        ],
        whole=["gone since", "VIN"],
    )


def duplicates(*, as_json: bool) -> None:
    """Cars that stand at more than one dealership at once."""
    with open_session() as platform:
        rows = platform.rows("vehicles/duplicates")
    if as_json:
        print_json(rows)
        return
    print_table(
        f"{len(rows):,} cars stand at more than one dealership (group sites list each other's cars)",
        ["VIN", "dealerships", "lowest price", "highest price"],
        [[r["vin"], ", ".join(r["locations"]), _price(r["lowest_price"]), _price(r["highest_price"])] for r in rows],
        right=["lowest price", "highest price"],
        whole=["VIN"],
    )
