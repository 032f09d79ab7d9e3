"""Best sellers by revenue and by quantity: lately, in the same days last year, and in those that come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from ops_platform.retail.ranking import best_sellers
from ops_platform.retail.reports import periods
from ops_platform.retail.reports.about import About
from ops_platform.retail.reports.document import Block, Column, Row, Table
from ops_platform.retail.windows import Window
from ops_platform.settings_retail import RetailSettings

_COLUMNS = (Column("Item"), Column("Units", "number"), Column("Revenue", "money"))


class ItemWindow(NamedTuple):
    """A period whose best sellers are listed."""

    title: str
    window: Window


def item_windows(today: date, settings: RetailSettings) -> Mapping[str, ItemWindow]:
    """The periods, by the name of the input with their sales."""
    month, rules = periods.month_to_date(today), settings.reports
    before = periods.earlier(month, 1, rules.same_period)
    week = periods.last_week(today)
    coming = periods.ahead(today, days=settings.admin_report.forecast_days, alignment=rules.same_period)
    return {
        "week_items": ItemWindow(f"Last week, {periods.span(week)}", week),
        "month_items": ItemWindow(f"Month to date, {periods.span(month)}", month),
        "month_items_before": ItemWindow(f"Same days of {before.end.year}, {periods.span(before)}", before),
        "coming_items": ItemWindow(f"Next {settings.admin_report.forecast_days} days", coming),
    }


def remark(about: About) -> str:
    """Which days tell what the next ones will ask for."""
    coming = item_windows(about.today, about.settings)["coming_items"].window
    return (
        f"The next {about.settings.admin_report.forecast_days} days are judged by last year's, {periods.span(coming)}."
    )


def blocks(about: About) -> Sequence[Block]:
    """Two tables a period."""
    windows = item_windows(about.today, about.settings)
    return [table for name, window in windows.items() for table in _tables(about, name, window)]


def _tables(about: About, name: str, window: ItemWindow) -> Iterator[Table]:
    most = about.settings.admin_report.top_items
    sellers = about.shown(about.inputs[name])
    orders: tuple[tuple[Literal["revenue", "quantity"], str], ...] = (("revenue", "revenue"), ("quantity", "units"))
    for by, said in orders:
        ranked = best_sellers(sellers, by=by)
        if by == "quantity" and not ranked:
            return  # once is enough to say that nothing was sold
        rows: list[Row] = [[about.name(seller.key), seller.units, seller.revenue] for seller in ranked[:most]]
        yield Table(_COLUMNS, rows, f"{window.title}, by {said}", empty="Nothing was sold in these days.")
