"""What a competitor changed since the list before: plants that are new or gone, prices up and down. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from ops_platform.core.csvtext import csv_text, harmless_in_spreadsheet
from ops_platform.retail.scraping import cents

if TYPE_CHECKING:
    import pandas as pd

KINDS: Final = {
    "up": "dearer",
    "down": "cheaper",
    "price_shown": "has a price again",
    "price_hidden": "price no longer shown",
    "new": "new",
    "gone": "gone",
}
"""Kind of change -> as a person reads it, in the order of a report."""

COLUMNS: Final = ["key", "kind", "name", "size", "price_before", "price", "change", "percent", "available"]
SHEET: Final = ["what", "name", "size", "price before", "price", "change", "percent", "available"]


def compare(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """What differs between two lists (rows of scraping.COLUMNS), as COLUMNS; the largest changes of price first.

    change: amount, percent: of the price before, one decimal, None where there is none. A plant whose price is the same
    is left out, also when more or less of it is available.
    """
    import pandas as pd  # noqa: PLC0415

    old, new = _by_key(before), _by_key(now)
    found = [made for key in {**old, **new} if (made := _compared(key, old.get(key), new.get(key)))]
    order = list(KINDS)
    found.sort(
        key=lambda row: (order.index(row["kind"]), -abs(row["percent"] or 0), row["name"].casefold(), row["key"])
    )
    return pd.DataFrame(found, columns=COLUMNS, dtype=object)


def _by_key(frame: pd.DataFrame) -> dict[str, Mapping[Any, Any]]:
    return {row["key"]: row for row in frame.to_dict("records")}


def _compared(key: str, old: Mapping[Any, Any] | None, new: Mapping[Any, Any] | None) -> dict[str, Any] | None:
    was = None if old is None else old["price"]
    is_now = None if new is None else new["price"]
    if old is None or new is None:
        kind = "gone" if new is None else "new"
    elif was == is_now:
        return None
    elif was is None or is_now is None:
        kind = "price_shown" if was is None else "price_hidden"
    else:
        kind = "up" if is_now > was else "down"
    change = None if was is None or is_now is None else is_now - was
    shown = new or old
    assert shown is not None
    return {
        "key": key,
        "kind": kind,
        "name": shown["name"],
        "size": shown["size"],
        "price_before": was,
        "price": is_now,
        "change": change,
        "percent": percent(change, was),
        "available": None if new is None else new["available"],
    }


def percent(change: Decimal | None, of: Decimal | None) -> Decimal | None:
    """A change in percent of an amount, to one decimal; None of nothing."""
    if change is None or not of:
        return None
    return (change / of * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)


def counts(changes: pd.DataFrame) -> dict[str, int]:
    """How many changes of each kind, those that there are none of too."""
    kinds = changes["kind"].tolist()
    return {kind: kinds.count(kind) for kind in KINDS}


def changes_sheet(changes: pd.DataFrame) -> str:
    """The report as CSV for people: texts of the site cannot become formulas, a fall of a price stays a number."""
    return csv_text(SHEET, (_line(row) for row in changes.to_dict("records")))


def _line(row: Mapping[Any, Any]) -> list[str]:
    amounts = ("" if row[name] is None else cents(row[name]) for name in ("price_before", "price", "change"))
    texts = (harmless_in_spreadsheet(row[name] or "") for name in ("name", "size"))
    tail = ("" if row[name] is None else str(row[name]) for name in ("percent", "available"))
    return [KINDS[row["kind"]], *texts, *amounts, *tail]
