"""How changes are shown: one table, with only the columns that tell something about these rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ops_platform.cli.output import print_table

_DONE: Final = ("applied", "planned", None)


def print_changes(rows: Sequence[Mapping[Any, Any]], *, most: int | None = None) -> None:
    """Show changes: label, key, field, old, new, reason; status and detail where there are any.

    A column all rows agree on is left out: one field is named once, in the heading, and results only stand there when
    one is not what was asked for. most: how many rows are shown.
    """
    if not rows:
        return
    fields = {row["field"] for row in rows}
    columns: dict[str, list[Any]] = {
        "what": [row["label"] or row["key"] for row in rows],
        "key": [row["key"] for row in rows],
        "field": [row["field"] for row in rows],
        "old": [value_text(row["old"]) for row in rows],
        "new": [value_text(row["new"]) for row in rows],
        "why": [row["reason"] for row in rows],
        "result": [result_text(row) for row in rows],
    }
    if columns["what"] == columns["key"]:
        del columns["key"]
    if len(fields) == 1:
        del columns["field"]
        columns = {f"{fields.pop()} of" if name == "what" else name: column for name, column in columns.items()}
    if all(row.get("status") in _DONE and not row.get("detail") for row in rows):
        del columns["result"]
    shown = [list(row) for row in zip(*columns.values(), strict=True)][:most]
    if len(shown) < len(rows):
        shown.append([f"and {len(rows) - len(shown):,} more", *[""] * (len(columns) - 1)])
    print_table("", list(columns), shown, whole=["key", "field"])


def counts_text(counts: Mapping[str, int]) -> str:
    """`28 applied, 1 conflict`; what did not happen is left out."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "nothing"


def changes_text(count: int) -> str:
    """`1 change`, `28 changes`."""
    return f"{count:,} change" if count == 1 else f"{count:,} changes"


def value_text(value: Any) -> str | None:
    """A value as a person reads it: numbers without idle zeros and without commas, which item numbers have not."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value)) or "none"
    text = f"{value:f}" if hasattr(value, "as_tuple") else str(value)
    return text.rstrip("0").rstrip(".") if "." in text and not isinstance(value, str) else text


def result_text(row: Mapping[Any, Any]) -> str | None:
    """What became of a change, and why."""
    status, detail = row.get("status"), row.get("detail")
    return None if status is None else f"{status}: {detail}" if detail else str(status)
