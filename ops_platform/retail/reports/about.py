"""What the sections of a report look at: inputs, settings, the day, and what several of them need of these.

What belongs here: how sections get at figures and names, and how one that fails is told. What does not: a section.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from ops_platform.retail.automation import Inputs
from ops_platform.retail.bindings import bound_products
from ops_platform.retail.ranking import Seller, sold
from ops_platform.retail.reports.document import Block, Section
from ops_platform.retail.reports.figures import DailyFigures, daily_figures
from ops_platform.retail.rows import item_labels
from ops_platform.retail.shown import is_hidden
from ops_platform.settings_retail import RetailSettings

if TYPE_CHECKING:
    import pandas as pd

_LONGEST_REASON = 300


@dataclass(frozen=True)
class About:
    """A report's matter. today: the store's day it is written on, before the store opens."""

    inputs: Inputs
    settings: RetailSettings
    today: date

    @cached_property
    def figures(self) -> DailyFigures:
        """Daily sums: inputs daily_sales and history_start."""
        return daily_figures(self.inputs["daily_sales"], self.inputs["history_start"])

    @cached_property
    def items(self) -> list[dict[Any, Any]]:
        """Every item (snapshots.ITEMS), as a row each."""
        return self.inputs["items"].to_dict("records")

    @cached_property
    def labels(self) -> dict[str, str]:
        """What a person calls each item; sizes of a bound product are told apart."""
        labels = item_labels(self.inputs["items"])
        for item in self.items:
            label, variant = labels[item["item_no"]], item["variant_name"]
            if variant and variant not in label:
                labels[item["item_no"]] = f"{label}, {variant}"
        return labels

    @cached_property
    def heads(self) -> dict[str, str]:
        """By item, the one whose row stands for its product; itself when it is not bound."""
        return bound_products(self.inputs["items"]).heads()

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Items that stand on no list, by their web title."""
        return frozenset(item["item_no"] for item in self.items if is_hidden(item, self.settings))

    @property
    def wholesale(self) -> frozenset[str]:
        """Categories of wholesale customers, as codes compare."""
        return frozenset(name.strip().upper() for name in self.settings.reports.wholesale_categories)

    @property
    def web_stores(self) -> frozenset[str]:
        """Stores that are the web shop."""
        return frozenset(name.strip().upper() for name in self.settings.reports.web_stores)

    def store_name(self, store: str | None) -> str:
        """What people call a store."""
        if store is None:
            return "No store"
        names = {number.strip().upper(): name for number, name in self.settings.reports.store_names.items()}
        return names.get(store, f"Store {store}")

    def in_order(self, stores: Iterable[str | None]) -> list[str | None]:
        """Stores as the settings list them, then the others, one without a number last."""
        listed = [number.strip().upper() for number in self.settings.reports.store_names]

        def place(store: str | None) -> tuple[bool, int, str]:
            return store is None, listed.index(store) if store in listed else len(listed), store or ""

        return sorted(set(stores), key=place)

    def shown(self, sales: pd.DataFrame) -> list[Seller[str]]:
        """What was sold of items (snapshots.SALES), without the hidden ones."""
        return [seller for seller in sold(sales) if seller.key not in self.hidden]

    def name(self, item_no: str, otherwise: str | None = None) -> str:
        """What a person calls an item; of one that is gone what its ticket said, else its number."""
        return self.labels.get(item_no) or otherwise or item_no


class Part(NamedTuple):
    """A section as the report lists it. make: its blocks, or an exception that becomes its text."""

    name: str
    title: str
    make: Callable[[About], Sequence[Block]]
    note: str = ""


def sections(parts: Iterable[Part], about: About) -> list[Section]:
    """Every section; one that cannot be computed says why, and the others are as they are."""
    return [_section(part, about) for part in parts]


def _section(part: Part, about: About) -> Section:
    try:
        return Section(part.name, part.title, part.make(about), part.note)
    except Exception as error:  # whatever it is, the other sections go out
        return Section(part.name, part.title, error=_reason(error))


def _reason(error: Exception) -> str:
    """Why, for a person; of a defect with the place, because the log of a report that went out is not looked at."""
    text = " ".join(str(error).split())[:_LONGEST_REASON]
    if type(error).__module__.startswith("ops_platform"):
        return text
    found = traceback.extract_tb(error.__traceback__)
    place = f" ({PurePath(found[-1].filename).name}, line {found[-1].lineno})" if found else ""
    return f"{type(error).__name__}: {text}{place}"
