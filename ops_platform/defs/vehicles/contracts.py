"""Data contracts: what every raw row and every car must look like, as dagster-pandas types. Imported by checks only.

The tables' own constraints hold single values; a contract says it for people, lists every breach at once, and also
covers what no column type can (a date order, a reason that must be there).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from dagster_pandas import PandasColumn, create_dagster_pandas_dataframe_type
from dagster_pandas.constraints import (
    ColumnConstraint,
    ColumnConstraintViolationException,
    ConstraintViolationException,
    DataFrameConstraint,
    DataFrameConstraintViolationException,
    InRangeColumnConstraint,
)
from dagster_pandas.validation import validate_constraints

from ops_platform.defs.beta import accept_beta_features

accept_beta_features()

VIN = r"[A-HJ-NPR-Z0-9]{17}"
CONDITIONS = {"new", "po", "cpo"}
LOT_STATES = {"onlot", "offlot", "unknown"}
YEARS = (1900, 2100)
DOLLARS = (0.01, 9_999_999_999.0)  # numeric(12,2); "Please call" is a missing price, never 0


class Matches(ColumnConstraint):
    """Every value is text of one form."""

    def __init__(self, pattern: str, meaning: str) -> None:
        self.pattern = pattern
        super().__init__(error_description=f"must be {meaning}", markdown_description=meaning)

    def validate(self, dataframe: pd.DataFrame, column_name: str) -> None:
        """Raise with the rows that do not match; a missing value does not."""
        fits = dataframe[column_name].map(lambda value: isinstance(value, str)) & dataframe[column_name].astype(
            str
        ).str.fullmatch(self.pattern)
        if not fits.all():
            raise ColumnConstraintViolationException(self.name, self.error_description, column_name, dataframe[~fits])


class EachRow(DataFrameConstraint):
    """A rule over several columns that each row must follow."""

    def __init__(self, meaning: str, holds: Callable[[pd.DataFrame], pd.Series]) -> None:
        self.holds = holds
        super().__init__(error_description=meaning, markdown_description=meaning)

    def validate(self, dataframe: pd.DataFrame) -> None:
        """Raise with the number of rows that break the rule."""
        broken = int((~self.holds(dataframe).astype(bool)).sum())
        if broken:
            raise DataFrameConstraintViolationException(
                self.name, f"{self.error_description}: not so in {broken:,} rows"
            )


@dataclass(frozen=True)
class Contract:
    """The columns and row rules of one frame. integers: columns that must hold whole numbers."""

    name: str
    columns: list[PandasColumn]
    rows: list[EachRow]
    integers: tuple[str, ...]

    def violations(self, frame: pd.DataFrame) -> list[str]:
        """Return every breach as a sentence; dagster-pandas itself stops at the first one."""
        found = []
        for column in self.columns:
            try:
                validate_constraints(frame, pandas_columns=[column])
            except ConstraintViolationException as error:
                found.append(_sentence(error))
        if found:  # a row rule may not survive a missing column
            return found
        for rule in self.rows:
            try:
                validate_constraints(frame, dataframe_constraints=[rule])
            except ConstraintViolationException as error:
                found.append(str(getattr(error, "constraint_description", error)))
        return found

    def described(self) -> str:
        """Return the contract as markdown, from the dagster-pandas type."""
        made = create_dagster_pandas_dataframe_type(self.name, columns=self.columns)
        rules = "".join(f"\n+ {rule.markdown_description}" for rule in self.rows)
        return f"{made.description or ''}\n\n#### Rows\n{rules or '+ no rule'}"


def _sentence(error: ConstraintViolationException) -> str:
    rows = getattr(error, "offending_rows", None)
    if not isinstance(error, ColumnConstraintViolationException):
        return str(error)
    where = ""
    if isinstance(rows, pd.DataFrame) and len(rows):
        examples = ", ".join(repr(value) for value in rows[error.column_name].head(3))
        where = f" ({len(rows):,} rows, like {examples})"
    return f"{error.column_name}: {error.constraint_description}{where}"


def _dollars(name: str) -> PandasColumn:
    return PandasColumn.float_column(name, min_value=DOLLARS[0], max_value=DOLLARS[1], ignore_missing_vals=True)


def _text(name: str) -> PandasColumn:
    return PandasColumn(name, [Matches(r"(?s).*\S.*", "text that is not blank")])


def _vin() -> PandasColumn:
    return PandasColumn("vin", [Matches(VIN, "a VIN: 17 capitals and digits without I, O, Q")])


def _day(name: str) -> PandasColumn:
    return PandasColumn.exists(name, non_nullable=True)


RAW = Contract(
    "RawVehicleRows",
    [
        PandasColumn.integer_column("line_no", min_value=1, non_nullable=True),
        _vin(),
        _text("type"),
        PandasColumn.integer_column("year", min_value=YEARS[0], max_value=YEARS[1], non_nullable=True),
        _text("make"),
        _text("location"),
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
        _text("make"),
        _text("location"),
        _dollars("price"),
        _dollars("msrp"),
        PandasColumn.integer_column("vin_scan_count", min_value=1, non_nullable=True),
        _day("first_seen_date"),
        _day("last_seen_date"),
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
