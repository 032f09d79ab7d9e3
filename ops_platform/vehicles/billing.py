"""The billing sheet of an order: what was ordered, what was produced, what had been produced before.

What belongs here: comparing an order with what was made and with earlier orders, and the sheet in the
operator's layout. What does not: where the lists come from (flows), prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

import pandas as pd

from ops_platform.core.csvtext import csv_text
from ops_platform.vehicles.vin import clean_vin

_WIDTH: Final = 9
_DUPLICATES, _ORDERED, _PRODUCED = 3, 7, 8


@dataclass(frozen=True)
class OrderComparison:
    """An order ("comparative analysis order") held against the inventory and the earlier orders.

    VINs in the order given, each once: `wanted` are new to this dealership's orders and in the inventory,
    `ordered_before` were in an earlier order, `unknown` are not in the inventory.
    """

    wanted: tuple[str, ...]
    ordered_before: tuple[str, ...]
    unknown: tuple[str, ...]


def compare_order(ordered: Iterable[str], inventory: Set[str], ordered_before: Set[str]) -> OrderComparison:
    """Sort an order's VINs into those to produce, those ordered before, and those nobody has."""
    wanted: list[str] = []
    before: list[str] = []
    unknown: list[str] = []
    for vin in dict.fromkeys(_vins(ordered)):
        (before if vin in ordered_before else wanted if vin in inventory else unknown).append(vin)
    return OrderComparison(tuple(wanted), tuple(before), tuple(unknown))


def billing_sheet(ordered: Sequence[str], produced: pd.DataFrame, ordered_before: Set[str]) -> bytes:
    """The billing sheet in the operator's layout, a UTF-8 CSV that is opened in a spreadsheet.

    `ordered` are the VINs of the order as they came; `produced` the cars that were made (columns vin and
    vehicle_condition) in production order; `ordered_before` this dealership's VINs of earlier orders.
    Columns: totals (label, number), DUPLICATES, ORDERED (sorted by VIN), PRODUCED. A duplicate is a car that
    was made although it was in an earlier order, or that was made more than once; each making counts after
    the first. Used counts po and cpo. Total Produced counts every car made, duplicates included.
    """
    orders = sorted(_vins(ordered))
    vins = [str(vin) for vin in produced["vin"].tolist()]
    new = (produced["vehicle_condition"] == "new").tolist()
    repeats = _repeats(vins, ordered_before)
    duplicates = [vin for vin, repeat in zip(vins, repeats, strict=True) if repeat]
    new_duplicates = sum(repeat and is_new for repeat, is_new in zip(repeats, new, strict=True))
    totals = [
        ("Total Ordered", len(orders)),
        ("Total Produced:", len(vins)),
        ("Total New:", sum(new)),
        ("Total Used:", len(vins) - sum(new)),
        None,
        ("Used Duplicates:", len(duplicates) - new_duplicates),
        ("New Duplicates", new_duplicates),
        ("Duplicates:", len(duplicates)),
    ]
    lines = [_line(("Totals:", ""), "DUPLICATES", "ORDERED", "PRODUCED")]
    for total, duplicate, order, made in zip_longest(totals, duplicates, orders, vins):
        lines.append(_line(("", "") if total is None else (total[0], str(total[1])), duplicate, order, made))
    return csv_text(None, lines, for_people=True).encode()


def _line(total: tuple[str, str], duplicate: str | None, ordered: str | None, produced: str | None) -> list[str]:
    cells = [*total] + [""] * (_WIDTH - 2)
    cells[_DUPLICATES], cells[_ORDERED], cells[_PRODUCED] = duplicate or "", ordered or "", produced or ""
    return cells


def _repeats(vins: Sequence[str], ordered_before: Set[str]) -> list[bool]:
    made: set[str] = set(ordered_before)
    repeats = []
    for vin in vins:
        repeats.append(vin in made)
        made.add(vin)
    return repeats


def _vins(typed: Iterable[str]) -> list[str]:
    """VINs as people paste them: blanks around them and lower case are not another car."""
    return [vin for vin in map(clean_vin, typed) if vin]
