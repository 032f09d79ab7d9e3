"""Why a row of a scrape is not loaded, said to a person.

What belongs here: the reasons, in order of weight, and their sentences. What does not: parsing the cells
(normalize and what it calls), rows with the wrong number of cells (layouts).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from ops_platform.vehicles.layouts import rejects_frame
from ops_platform.vehicles.locations import LocationDirectory
from ops_platform.vehicles.parsing import map_distinct
from ops_platform.vehicles.vin import format_problem, model_years, well_formed

EARLIEST_YEAR: Final = 1980
YEARS_AHEAD: Final = 2
"""Next year's models are sold from spring on; two years ahead is the most a maker announces."""

_LONGEST_SHOWN: Final = 80


@dataclass(frozen=True)
class _Reason:
    code: str
    column: str
    rows: np.ndarray  # bool: the rows it holds for
    sentence: Callable[[dict[str, Any]], str]


def find_rejects(
    cells: pd.DataFrame, texts: pd.DataFrame, directory: LocationDirectory, *, scan_date: date
) -> pd.DataFrame:
    """Return the rows that cannot be loaded, as REJECT_COLUMNS on the index of `cells` (0..n-1).

    cells: parsed vin, location, dealership_name, year (Int64), vehicle_condition and line_no; texts: the same
    rows as read, for `raw` and the sentences. A row with several faults has the code of the weightiest and
    tells all of them, so that it needs mending once.
    """
    reasons = _reasons(cells, directory, scan_date)
    bad = np.flatnonzero(np.logical_or.reduce([reason.rows for reason in reasons]))
    parsed = cells.loc[bad, ["line_no", "vin", "location"]].to_dict("records")
    raws: list[dict[Any, Any]] = texts.loc[bad].drop(columns="line_no").to_dict("records")
    rejects = []
    for position, values, raw in zip(bad, parsed, raws, strict=True):
        apply = [reason for reason in reasons if reason.rows[position]]
        rejects.append(
            {
                "line_no": values["line_no"],
                "location": values["location"],
                "vin": values["vin"] or None,
                "code": apply[0].code,
                "column": apply[0].column,
                "detail": " ".join(reason.sentence(raw | values) for reason in apply),
                "raw": raw,
            }
        )
    return rejects_frame(rejects).set_axis(bad, axis=0)


def _reasons(cells: pd.DataFrame, directory: LocationDirectory, scan_date: date) -> list[_Reason]:
    """Whose car it is comes first: a row of no client needs no other correction."""
    nowhere = cells["location"].isna().to_numpy()
    unresolved = cells["dealership_name"].isna().to_numpy() & ~nowhere
    ignored = unresolved & map_distinct(cells["location"], directory.is_ignored).astype(bool)
    latest = scan_date.year + YEARS_AHEAD
    years = cells["year"].fillna(0).to_numpy(dtype=np.int64)
    return [
        _Reason("missing_location", "location", nowhere, lambda _: "The row names no location."),
        _Reason("unknown_location", "location", unresolved & ~ignored, _unknown_location(directory)),
        _Reason("ignored_location", "location", ignored, _ignored_location),
        _Reason("vin_format", "vin", ~well_formed(cells["vin"]), lambda row: format_problem(row["vin"]) or ""),
        _Reason("year_range", "year", (years < EARLIEST_YEAR) | (years > latest), _year_range(latest)),
        _Reason("unknown_type", "type", cells["vehicle_condition"].isna().to_numpy(), _unknown_type),
    ]


def _unknown_location(directory: LocationDirectory) -> Callable[[dict[str, Any]], str]:
    suggestions: dict[str, str | None] = {}

    def sentence(row: dict[str, Any]) -> str:
        location = row["location"]
        if location not in suggestions:
            suggestions[location] = directory.suggest(location)
        near = suggestions[location]
        meant = f' Did you mean "{near}"?' if near else " No known dealership resembles it."
        return (
            f'The location "{_shown(location)}" is no known dealership.{meant} '
            "Add an alias for it and import the file again."
        )

    return sentence


def _ignored_location(row: dict[str, Any]) -> str:
    return f'The location "{_shown(row["location"])}" is listed as no client: its cars are left out on purpose.'


def _year_range(latest: int) -> Callable[[dict[str, Any]], str]:
    def sentence(row: dict[str, Any]) -> str:
        text = row["year"].strip()
        said = f'The year "{_shown(text)}" is not in {EARLIEST_YEAR}..{latest}.' if text else "The year is empty."
        coded = " or ".join(str(year) for year in model_years(row["vin"]) if EARLIEST_YEAR <= year <= latest)
        return f"{said} The VIN stands for {coded}." if coded else said

    return sentence


def _unknown_type(row: dict[str, Any]) -> str:
    if not row["type"].strip():
        return "The type is empty; it must say whether the car is new, used or certified."
    return f'The type "{_shown(row["type"].strip())}" is none of the known kinds of new, used or certified.'


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
