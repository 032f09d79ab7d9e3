"""The names people and scripts rely on: tables, columns, views and functions as the specification lists them.

The lists are written out here once more on purpose: a renamed column must break a test, not somebody's query.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles.importing import import_file
from ops_platform.vehicles.exports import stored_column
from ops_platform.vehicles.output_rules import FIELD_NAMES
from ops_platform_tests.flows.conftest import BMW, DAY, car

TABLES = {
    "raw_vehicle_data": (
        "id vin stock type year make model trim ext_color status price body_style fuel_type msrp date_in_stock "
        "street_address locality postal_code region country location vehicle_url import_date import_timestamp "
        "import_id line_no"
    ),
    "normalized_vehicle_data": (
        "id raw_data_id vin stock vehicle_condition year make model trim status price msrp date_in_stock location "
        "vehicle_url vin_scan_count last_seen_date created_at updated_at on_lot_status vin_warnings first_seen_date "
        "eligible ineligible_reason"
    ),
    "vin_history": "id vin dealership_name scan_date raw_data_id created_at vehicle_type first_price last_price",
    "dealership_configs": "id name filtering_rules output_rules qr_output_path is_active created_at updated_at",
    "order_processing_jobs": (
        "id dealership_name job_type vehicle_count final_vehicle_count export_file status created_at completed_at "
        "notes created_by"
    ),
    "qr_file_tracking": (
        "id vin dealership_name qr_file_path file_exists file_size created_at last_verified job_id payload_hash"
    ),
    "export_history": (
        "id export_type dealership_name file_path record_count file_size export_date created_at job_id exported_by "
        "notes"
    ),
    "order_processing_config": (
        "id config_name job_type template_settings output_format qr_settings is_active created_at updated_at"
    ),
    "vehicle_imports": (
        "import_id file_name file_sha256 layout started_at finished_at rows_total rows_loaded rows_rejected locations "
        "status"
    ),
    "vehicle_import_rejects": "import_id line_no location vin code detail raw",
    "location_aliases": "alias_norm dealership_name",
}

# Every column in its order, with its type.
VIEWS = {
    "current_job_status": (
        "id bigint, dealership_name text, job_type text, status varchar, vehicle_count integer, "
        "final_vehicle_count integer, created_at timestamptz, completed_at timestamptz, duration_minutes numeric, "
        "qr_files_tracked bigint, qr_files_exist bigint"
    ),
    "dealership_qr_status": (
        "dealership_name varchar, qr_output_path text, total_vehicles bigint, tracked_qr_files bigint, "
        "existing_qr_files bigint, missing_qr_files bigint, qr_completion_percentage numeric, "
        "last_qr_verification timestamptz"
    ),
    "recent_export_activity": (
        "export_type text, dealership_name varchar, record_count integer, export_date date, created_at timestamptz, "
        "job_type text, job_status varchar, exported_by text"
    ),
}
SUMMARY = [
    "Active Dealerships",
    "Total Vehicles (Last 7 Days)",
    "Order Processing Jobs (Last 30 Days)",
    "QR Files Tracked",
    "QR Files Existing",
    "Recent Exports (Last 7 Days)",
]


def columns_of(db: Database, relation: str) -> dict[str, str]:
    """Column -> type as information_schema names it, in order."""
    found = db.frame(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'vehicles' AND table_name = :r ORDER BY ordinal_position",
        r=relation,
    )
    short = {"timestamp with time zone": "timestamptz", "character varying": "varchar"}
    return {name: short.get(kind, kind) for name, kind in found.itertuples(index=False)}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_columns_the_specification_names(db: Database, table: str) -> None:
    assert set(TABLES[table].split()) <= set(columns_of(db, table))


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_exactly_the_columns_and_types_scripts_expect(db: Database, view: str) -> None:
    expected = dict(pair.split() for pair in VIEWS[view].split(", "))
    assert list(columns_of(db, view).items()) == list(expected.items())


def test_the_summary_has_six_rows_of_two_texts_also_in_an_empty_database(db: Database) -> None:
    rows = db.frame("SELECT * FROM get_order_processing_summary()")
    assert list(rows.columns) == ["metric_name", "metric_value"]
    assert rows["metric_name"].tolist() == SUMMARY
    assert rows["metric_value"].tolist() == ["40", "0", "0", "0", "0", "0"]


def test_the_four_job_types_are_there_and_only_premium_filters(db: Database) -> None:
    rows = db.frame("SELECT config_name, template_settings, output_format FROM order_processing_config ORDER BY 1")
    assert rows["config_name"].tolist() == ["custom", "premium", "quick", "standard"]
    filters = {
        name: settings["filters"] for name, settings in zip(rows["config_name"], rows["template_settings"], strict=True)
    }
    assert filters == {"custom": {}, "premium": {"min_price": 25000}, "quick": {}, "standard": {}}
    assert set(rows["output_format"]) == {"csv"}


def test_every_field_an_export_may_have_is_read_with_the_inventory(db: Database) -> None:
    inventory = db.frame("vehicles/inventory", locations=[BMW])
    assert {stored_column(name) for name in FIELD_NAMES} <= set(inventory.columns)


@pytest.mark.parametrize(
    ("bad", "constraint"),
    [
        ("vin = 'WBAJA7C50KK00000I'", "vin_format"),
        ("vin = 'WBAJA7C50KK0'", "vin_format"),
        ("vehicle_condition = 'used'", "condition"),
        ("on_lot_status = 'sold'", "lot"),
        ("price = -1", "price"),
        ("msrp = -1", "msrp"),
        ("year = 1899", "year"),
        ("location = 'Nobody Motors'", "foreign key"),
        ("first_seen_date = last_seen_date + 1", "seen"),
    ],
)
def test_the_database_itself_refuses_what_no_car_can_be(
    db: Database, write_scrape: Callable[..., Path], bad: str, constraint: str
) -> None:
    import_file(db, write_scrape([car(1)]), as_of=DAY, drop_ratio=0.5)
    with pytest.raises(Exception, match=constraint):
        db.execute(f"UPDATE normalized_vehicle_data SET {bad}")


@pytest.mark.parametrize("table", ["dealership_configs", "normalized_vehicle_data", "order_processing_config"])
def test_updated_at_follows_changes_of_three_tables(
    db: Database, write_scrape: Callable[..., Path], table: str
) -> None:
    import_file(db, write_scrape([car(1)]), as_of=DAY, drop_ratio=0.5)
    stamp = f"SELECT max(updated_at) AS at FROM {table}"
    before = db.frame(stamp)["at"][0]
    column = {"normalized_vehicle_data": "trim"}.get(table, "is_active")
    value = "'Other'" if column == "trim" else f"NOT {column}"
    db.execute(f"UPDATE {table} SET {column} = {value}")
    try:
        assert db.frame(stamp)["at"][0] > before
    finally:
        if column == "is_active":
            db.execute(f"UPDATE {table} SET {column} = {value}")


def test_a_tracking_row_that_was_lost_comes_back_with_the_next_update_of_its_car(
    db: Database, write_scrape: Callable[..., Path]
) -> None:
    import_file(db, write_scrape([car(1)]), as_of=DAY, drop_ratio=0.5)
    db.execute("DELETE FROM qr_file_tracking")
    db.execute("UPDATE normalized_vehicle_data SET trim = 'Other'")
    [path] = db.frame("SELECT qr_file_path FROM qr_file_tracking")["qr_file_path"]
    assert path == f"C:\\qr_codes\\bmw_west_stl\\{car(1)['vin']}.png"
