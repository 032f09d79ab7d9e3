"""Read what happened, for people and for checks: the queries summary_* and check_* of sql/vehicles as plain rows.

Only reading belongs here. What a figure means (passed, warned) is decided by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ops_platform.adapters.database import Database
from ops_platform.flows.frames import typed
from ops_platform.flows.vehicles.dealerships import load_directory

Row = dict[str, Any]


@dataclass(frozen=True)
class Imports:
    """The files a run loaded, else the newest one: file_name, scan_date, rows_*, seconds. Empty: nothing ever was."""

    ids: list[int]
    rows: list[Row]

    @property
    def names(self) -> list[str]:
        """The files' names, in the order they were loaded."""
        return [row["file_name"] for row in self.rows]


def rows(db: Database, query: str, **parameters: Any) -> list[Row]:
    """Return one query of sql/vehicles as dicts. query: its name without folder, summary_* or check_*."""
    found: list[Row] = db.frame(f"vehicles/{query}", **parameters).to_dict("records")  # type: ignore[assignment]
    return found


def imports_of(db: Database, run_id: str | None) -> Imports:
    """Return the files this run loaded; for a run that loaded none, the newest file of all."""
    found = rows(db, "summary_imports", run_id=run_id)
    return Imports([row["import_id"] for row in found], found)


def active_dealerships(db: Database) -> list[str]:
    """Return whom exports are made for, by name; also those whose rules cannot be read."""
    return [row["name"] for row in rows(db, "summary_active_dealerships")]


def table_sizes(db: Database) -> Row:
    """Return the rows of the import's tables: raw, on_hand, normalized, history, and newest_scan."""
    return rows(db, "summary_rows")[0]


def unknown_locations(db: Database, imports: Sequence[int]) -> list[Row]:
    """Return locations no dealership has: location, cars, file, line, suggestion (a name, or None).

    Locations that were given an alias since are no longer unknown and are left out.
    """
    found = rows(db, "check_unknown_locations", imports=list(imports))
    if not found:
        return []
    locations = load_directory(db).locations
    return [
        row | {"suggestion": locations.suggest(row["location"])}
        for row in found
        if locations.resolve(row["location"]) is None and not locations.is_ignored(row["location"])
    ]


def qr_completion(db: Database) -> list[Row]:
    """Return QR files per active dealership that wants them and has cars: dealership, cars, files, missing, percent."""
    directory = load_directory(db)
    without = {client.name for client in directory.active if not client.output.include_qr}
    return [row for row in rows(db, "summary_qr") if row["cars"] and row["dealership"] not in without]


def exports_since(db: Database, since: datetime) -> list[Row]:
    """Return the newest job of each active dealership since a time, with the size its file has now (None: gone)."""
    found = rows(db, "check_exports", since=since)
    return [row | {"size_now": _size(row["export_file"])} for row in found]


def contract_rows(db: Database, query: str, imports: Sequence[int], integers: Sequence[str]) -> pd.DataFrame:
    """Return rows as a typed frame for a data contract (flows/frames.py). integers: columns of whole numbers."""
    return typed(db.frame(f"vehicles/{query}", imports=list(imports)), floats=("price", "msrp"), integers=integers)


def _size(path: str | None) -> int | None:
    if path is None:
        return None
    try:
        return Path(path).stat().st_size
    except OSError:
        return None
