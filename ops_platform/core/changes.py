"""Change sets: what a rule wants to be different, one row a field of a thing. The dry run is the change set itself.

What belongs here: the shape and how a wanted state becomes the rows that differ. What does not: why something is
wanted (the rules) and how it is written (adapters).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd


COLUMNS: Final = ["target", "key", "field", "old", "new", "reason", "label"]
"""target: the system (counterpoint, bigcommerce). key: what is changed there, as text. old: the value the plan was made
on; a write happens only where it still stands. new: the value wanted. label: what a person calls the thing."""


def no_changes() -> pd.DataFrame:
    """A change set without rows."""
    import pandas as pd  # noqa: PLC0415  # half a second that listing the automations (defs/retail, ops --help) must not cost

    return pd.DataFrame({column: pd.Series(dtype=object) for column in COLUMNS})


def change_set(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Make a change set of rows with all of COLUMNS; rows whose old and new value are the same are left out."""
    import pandas as pd  # noqa: PLC0415

    kept = [row for row in rows if not same(row["old"], row["new"])]
    return pd.DataFrame(kept, columns=COLUMNS, dtype=object) if kept else no_changes()


def same(old: Any, new: Any) -> bool:
    """Whether a write of `new` over `old` would change nothing: 5 and Decimal('5.0000') are the same, '5' is not.

    A day and its ISO text are the same: the record of changes keeps days as text.
    """
    old, new = _day_text(old), _day_text(new)
    if old is None or new is None:
        return old is new
    if _is_number(old) and _is_number(new):
        return Decimal(str(old)) == Decimal(str(new))
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return list(old) == list(new)
    return bool(old == new)


def _day_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, Decimal | int | float) and not isinstance(value, bool)
