"""The data contracts of the vehicles tables: every raw row and every car. Imported by checks only."""

from __future__ import annotations

from dagster_pandas import PandasColumn
from dagster_pandas.constraints import InRangeColumnConstraint

from ops_platform.defs.contracts import Contract, EachRow, Matches, present_column, text_column

VIN = r"[A-HJ-NPR-Z0-9]{17}"
CONDITIONS = {"new", "po", "cpo"}
LOT_STATES = {"onlot", "offlot", "unknown"}
YEARS = (1900, 2100)
DOLLARS = (0.01, 9_999_999_999.0)  # numeric(12,2); "Please call" is a missing price, never 0


def _dollars(name: str) -> PandasColumn:
    return PandasColumn.float_column(name, min_value=DOLLARS[0], max_value=DOLLARS[1], ignore_missing_vals=True)


def _vin() -> PandasColumn:
    return PandasColumn("vin", [Matches(VIN, "a VIN: 17 capitals and digits without I, O, Q")])


RAW = Contract(
    "RawVehicleRows",
    [
        PandasColumn.integer_column("line_no", min_value=1, non_nullable=True),
        _vin(),
        text_column("type"),
        PandasColumn.integer_column("year", min_value=YEARS[0], max_value=YEARS[1], non_nullable=True),
        text_column("make"),
        text_column("location"),
        PandasColumn("price", [InRangeColumnConstraint(-DOLLARS[1], DOLLARS[1], ignore_missing_vals=True)]),
        PandasColumn("msrp", [InRangeColumnConstraint(-DOLLARS[1], DOLLARS[1], ignore_missing_vals=True)]),
        PandasColumn.exists("is_duplicate", non_nullable=True),
    ],
    [],
    ("line_no", "year"),
)

NORMALIZED = Contract(
    "NormalizedVehicles",
    [
        _vin(),
        PandasColumn.categorical_column("vehicle_condition", CONDITIONS),
        PandasColumn.categorical_column("on_lot_status", LOT_STATES),
        PandasColumn.integer_column("year", min_value=YEARS[0], max_value=YEARS[1], non_nullable=True),
        text_column("make"),
        text_column("location"),
        _dollars("price"),
        _dollars("msrp"),
        PandasColumn.integer_column("vin_scan_count", min_value=1, non_nullable=True),
        present_column("first_seen_date"),
        present_column("last_seen_date"),
    ],
    [
        EachRow("one row a car and dealership", lambda frame: ~frame.duplicated(["vin", "location"], keep=False)),
        EachRow(
            "first_seen_date is not after last_seen_date",
            lambda frame: frame["first_seen_date"] <= frame["last_seen_date"],
        ),
        EachRow(
            "a car that is not eligible says why, an eligible one does not",
            lambda frame: frame["eligible"].astype(bool) == frame["ineligible_reason"].isna(),
        ),
    ],
    ("year", "vin_scan_count"),
)
