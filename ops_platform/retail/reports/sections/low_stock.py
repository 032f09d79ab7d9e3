"""Low stock: of what sold best in these days last year, what there is little of now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from ops_platform.retail.bindings import is_parent_row
from ops_platform.retail.ranking import best_sellers
from ops_platform.retail.reports import periods
from ops_platform.retail.reports.about import About
from ops_platform.retail.reports.document import Block, Cell, Column, Table, Value
from ops_platform.retail.rows import lookup
from ops_platform.retail.windows import Window
from ops_platform.settings_retail import RetailSettings


class Low(NamedTuple):
    """An item there is little of. rank: its place among the best sellers."""

    rank: int
    item_no: str
    name: str
    available: Any
    on_order: Any
    units: Any
    revenue: Any


COLUMNS = ("rank", "item_no", "item", "available", "on_order", "units_then", "revenue_then")
"""Of the file."""


def low_stock_window(today: date, settings: RetailSettings) -> Window:
    """The days that come, as they were last year: what sold then will be asked for."""
    return periods.ahead(today, days=settings.admin_report.low_stock_days, alignment=settings.reports.same_period)


def low_stock(about: About) -> list[Low]:
    """Items on the list, the best seller first.

    What is not counted, parent rows, and items without a row of stock are no question of stock.
    """
    rules = about.settings.admin_report
    counted = {item["item_no"] for item in about.items if item["tracks_stock"] and not is_parent_row(item)}
    available, on_order = lookup(about.inputs["stock"], "available"), lookup(about.inputs["stock"], "on_order")
    ranked = best_sellers(about.shown(about.inputs["season_items"]))[: rules.low_stock_among]
    found = [
        Low(rank, it.key, about.name(it.key), available[it.key], on_order[it.key], it.units, it.revenue)
        for rank, it in enumerate(ranked, start=1)
        if it.key in counted and it.key in available and available[it.key] <= rules.low_stock_at
    ]
    return found[: rules.low_stock_at_most]


def blocks(about: About, file_name: str) -> Sequence[Block]:
    """One table; what does not fit is in the file."""
    rules = about.settings.admin_report
    found = low_stock(about)
    rows = [_row(each) for each in found[: rules.rows_in_mail]]
    columns = [
        Column("Item"), Column("Available", "number"), Column("On order", "number", wide=True),
        Column("Sold then", "number"), Column("Revenue then", "money", wide=True),
    ]  # fmt: skip
    empty = f"None of the {rules.low_stock_among} best sellers is down to {rules.low_stock_at} or less."
    return [Table(columns, rows, more=len(found) - len(rows), where=file_name, empty=empty)]


def _row(low: Low) -> Sequence[Value | Cell]:
    available = Cell(low.available, "bad") if low.available <= 0 else low.available
    return [low.name, available, low.on_order, low.units, low.revenue]
