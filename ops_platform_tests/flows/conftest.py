"""Parts for tests of flows: a database with the shipped dealerships, folders, scrape files; what folders share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles.dealerships import load_shipped
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.settings import Settings, load_settings
from ops_platform_tests.flows.effects.workers import Workers, workers

if TYPE_CHECKING:
    from ops_platform_tests.flows.retail.till import Till

HEADER = (
    '"Vin","Stock","Type","Year","Make","Model","Trim","Ext Color","Status","Price","Body Style","Fuel Type","MSRP",'
    '"Date In Stock","Street Address","Locality","Postal Code","Region","Country","Location","Vechile URL"'
)
DAY = date(2025, 3, 13)
NOW = datetime(2025, 3, 13, 6, 0, tzinfo=ZoneInfo("America/Chicago"))
BMW = "BMW of West St. Louis"

TABLES = (
    "vehicle_imports, vehicle_import_rejects, raw_vehicle_data, normalized_vehicle_data, vin_history, location_scans, "
    "order_processing_jobs, order_processing_job_vehicles, qr_file_tracking, export_history"
)
_KEPT = ("dealership_configs", "location_aliases", "order_processing_config")


@pytest.fixture(scope="module")
def module_db(open_db: Database) -> Database:
    """The module's database with the 40 dealerships."""
    load_shipped(open_db)
    return open_db


@pytest.fixture
def db(module_db: Database) -> Database:
    """The same database, emptied of everything a test may have loaded."""
    module_db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
    module_db.execute(
        "UPDATE dealership_configs SET is_active = true WHERE NOT is_active"  # a test may have switched one off
    )
    return module_db


@pytest.fixture
def kept_directory(db: Database) -> Iterator[None]:
    """Put back what a test edits of dealerships, aliases and job types."""
    for table in _KEPT:
        db.execute(f"CREATE TABLE IF NOT EXISTS kept_{table} AS TABLE {table}")
    yield
    db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
    for table in reversed(_KEPT):
        db.execute(f"DELETE FROM {table}")
    for table in _KEPT:
        db.execute(f"INSERT INTO {table} TABLE kept_{table}")


@pytest.fixture(scope="module")
def nursery() -> Iterator[Workers]:
    """Where processes come from that may be killed -9."""
    with workers() as found:
        yield found


@pytest.fixture(scope="module")
def module_till(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """A till for the module; its tests ask for `till`."""
    # Imported when asked for: tests of vehicles should not wait for the store's parts.
    from ops_platform_tests.flows.retail.till import running_till

    with running_till(database_url, tmp_path_factory.mktemp("till")) as made:
        yield made


@pytest.fixture
def till(module_till: Till, tmp_path: Path) -> Till:
    """A point of sale with its API, emptied, and a home of the test's own."""
    return module_till.begin(tmp_path)


@pytest.fixture
def platform_settings(tmp_path: Path) -> Settings:
    """Settings whose folders lie in the test's own."""
    return load_settings(tmp_path, env={"OPS_HOME": str(tmp_path / "home")})


@pytest.fixture
def folders(platform_settings: Settings) -> VehicleFolders:
    """The vehicle folders of those settings; imports exists."""
    made = VehicleFolders.of(platform_settings)
    made.imports.mkdir(parents=True, exist_ok=True)
    return made


@pytest.fixture
def write_scrape(folders: VehicleFolders) -> Callable[..., Path]:
    """Write a scrape file of rows made by `car`; returns its path."""

    def write(rows: list[dict[str, str]], name: str = "complete_data_2025-03-13.csv") -> Path:
        lines = [HEADER, *(",".join(f'"{value}"' for value in row.values()) for row in rows)]
        path = folders.imports / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def car(number: int = 1, **changes: str) -> dict[str, str]:
    """One row of a scrape: a used BMW on the lot. VINs differ by number; the check digit is not right (a warning)."""
    row = {
        "vin": f"WBAJA7C50KK{number:06d}",
        "stock": f"STK{number:03d}",
        "type": "Used",
        "year": "2023",
        "make": "BMW",
        "model": "X5",
        "trim": "xDrive40i",
        "ext_color": "Black",
        "status": "On-Lot",
        "price": "65000",
        "body_style": "SUV",
        "fuel_type": "Gasoline",
        "msrp": "68000",
        "date_in_stock": "03/01/2025",
        "street_address": "14417 Manchester Rd",
        "locality": "Manchester",
        "postal_code": "63011",
        "region": "MO",
        "country": "US",
        "location": BMW,
        "vehicle_url": f"https://www.bmw.example/inventory/{number}",
    }
    return row | changes
