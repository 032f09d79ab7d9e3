"""How facts are shown in the UI: tables, shares, money, column schemas. No facts of a business are made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import dagster as dg

MAX_ROWS = 200  # a table in an event is stored with the event; more rows belong in a file
Cell = str | int | float | bool


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = ()) -> dg.TableMetadataValue:
    """Return rows as a table of the UI; without rows it still shows the named columns.

    columns: which ones, in which order (default: those of the first row). Rows beyond MAX_ROWS are left out and
    counted in a last row.
    """
    listed = list(rows)
    names = list(columns) or list(listed[0] if listed else ["nothing"])
    shown: list[dict[str, Cell]] = [{name: _cell(row.get(name)) for name in names} for row in listed[:MAX_ROWS]]
    kinds = {name: _kind([record[name] for record in shown]) for name in names}
    if len(listed) > MAX_ROWS:
        shown.append({**dict.fromkeys(names, ""), names[0]: f"and {len(listed) - MAX_ROWS:,} more"})
    return dg.MetadataValue.table(
        records=[dg.TableRecord(record) for record in shown],
        schema=dg.TableSchema(columns=[dg.TableColumn(name, kinds[name]) for name in names]),
    )


def column_schema(columns: Mapping[str, tuple[str, str]]) -> dict[str, dg.TableSchema]:
    """Return the metadata entry that shows a table's columns. columns: name -> (type, what stands in it)."""
    return {
        "dagster/column_schema": dg.TableSchema(
            columns=[dg.TableColumn(name, kind, description=text) for name, (kind, text) in columns.items()]
        )
    }


def percent(part: float, whole: float) -> float:
    """Return part of whole in percent with two decimals; 100 when there is nothing to have a part of."""
    return round(100.0 * part / whole, 2) if whole else 100.0


def money(dollars: float | Decimal | None) -> str:
    """Return whole dollars as people write them: $31,450."""
    return "" if dollars is None else f"${dollars:,.0f}"


def listing(names: Sequence[str], limit: int = 5) -> str:
    """Return names for a sentence: all of a few, else the first and how many more."""
    head = ", ".join(names[:limit])
    return head if len(names) <= limit else f"{head} and {len(names) - limit:,} more"


def figure_name(name: str) -> str:
    """A figure of a plan as it stands on its asset's page: too_late is "too late"."""
    return name.replace("_", " ")


def _cell(value: Any) -> Cell:
    if hasattr(value, "item"):  # numpy
        value = value.item()
    if value is None or value != value:  # noqa: PLR0124  # NaN is the only value that is not itself
        return ""
    if isinstance(value, bool | int | float | str):
        return value
    return float(value) if isinstance(value, Decimal) else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(_text(item) for item in value)
    return str(value)


def _kind(cells: Sequence[Cell]) -> str:
    kinds = {type(cell) for cell in cells if cell != ""}
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "int"
    return "float" if kinds and kinds <= {int, float} else "string"
