"""Data contracts: what every row of a frame must look like, as dagster-pandas types. Imported by checks only.

The tables' own constraints hold single values; a contract says it for people, lists every breach at once, and also
covers what no column type can (a date order, a reason that must be there). The contracts themselves are those of a
business: <business>/contracts.py.
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
)
from dagster_pandas.validation import validate_constraints

from ops_platform.defs.beta import accept_beta_features

accept_beta_features()


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


def text_column(name: str) -> PandasColumn:
    """Return a column of text that is there and not blank."""
    return PandasColumn(name, [Matches(r"(?s).*\S.*", "text that is not blank")])


def present_column(name: str) -> PandasColumn:
    """Return a column of any kind without a missing value."""
    return PandasColumn.exists(name, non_nullable=True)
