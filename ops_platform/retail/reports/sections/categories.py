"""The best categories of last week, and the best items of each."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ops_platform.retail.ranking import Seller, best_sellers
from ops_platform.retail.reports import charts, periods
from ops_platform.retail.reports.about import About
from ops_platform.retail.reports.document import Block, Column, Picture, Row, Table
from ops_platform.retail.reports.figures import share

NO_CATEGORY = "No category"
_ITEMS = (Column("Item"), Column("Units", "number"), Column("Revenue", "money"))


def blocks(about: About) -> Sequence[Block]:
    """A chart and a table of the categories, then a table of items for each."""
    rules = about.settings.admin_report
    rows: list[dict[Any, Any]] = about.inputs["category_sales"].to_dict("records")
    shown = [row for row in rows if row["item_no"] not in about.hidden]
    categories = _summed(shown)
    best = best_sellers(categories)[: rules.top_categories]
    week = f"Last week, {periods.span(periods.last_week(about.today))}"
    whole = sum((seller.revenue for seller in categories), Decimal(0))
    table = Table(
        [Column("Category"), Column("Units", "number"), Column("Revenue", "money"), Column("Share", "percent")],
        [[seller.key, seller.units, seller.revenue, share(seller.revenue, whole)] for seller in best],
        week,
        more=len(categories) - len(best),
        empty="Nothing was sold last week.",
    )
    pictures = [_picture(best)] if best else []
    return [*pictures, table, *(_items(about, seller.key, shown, rules.items_of_category) for seller in best)]


def _summed(rows: Sequence[dict[Any, Any]]) -> list[Seller[str]]:
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for row in rows:
        units, revenue = sums.get(_name(row), (Decimal(0), Decimal(0)))
        sums[_name(row)] = (units + row["units"], revenue + row["revenue"])
    return [Seller(name, *amounts) for name, amounts in sums.items()]


def _name(row: dict[Any, Any]) -> str:
    return row["category"] or NO_CATEGORY


def _items(about: About, category: str, rows: Sequence[dict[Any, Any]], most: int) -> Table:
    mine = [row for row in rows if _name(row) == category]
    said = {row["item_no"]: row["descr"] for row in mine}
    ranked = best_sellers(Seller(row["item_no"], row["units"], row["revenue"]) for row in mine)
    found: list[Row] = [
        [about.name(seller.key, said[seller.key]), seller.units, seller.revenue] for seller in ranked[:most]
    ]
    return Table(_ITEMS, found, category, more=len(ranked[most:]))


def _picture(best: Sequence[Seller[str]]) -> Picture:
    told = "; ".join(f"{seller.key}: {charts.dollars(seller.revenue)}" for seller in best)
    bars = [(seller.key, seller.revenue) for seller in best]
    return Picture("categories", f"Revenue of last week by category. {told}.", charts.bars_chart(bars))
