"""Cost of goods sold: what the last week's sales had cost, by store."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ops_platform.retail.reports import periods
from ops_platform.retail.reports.about import About
from ops_platform.retail.reports.document import Block, Column, Table, Value
from ops_platform.retail.reports.figures import Totals, added, share
from ops_platform.retail.windows import Window


def blocks(about: About) -> Sequence[Block]:
    """A line a store."""
    return [cost_table(about, periods.last_week(about.today))]


def cost_table(about: About, week: Window, title: str = "") -> Table:
    """Revenue, cost and margin of a period by store; returned goods count against both."""
    by_store = about.figures.by_store(week)
    rows = [[about.store_name(store), *_figures(by_store[store])] for store in about.in_order(by_store)]
    total = added(by_store.values())
    columns = [Column("Store"), Column("Revenue", "money"), Column("Cost", "money"), Column("Margin", "percent")]
    return Table(
        columns, rows, title or f"Last week, {periods.span(week)}", total=["All", *_figures(total)],
        empty=f"Nothing was sold in the week {periods.span(week)}.",
    )  # fmt: skip


def margin(totals: Totals) -> Decimal | None:
    """What is left of the revenue, as a share of it."""
    return share(totals.revenue - totals.cost, totals.revenue)


def _figures(totals: Totals) -> list[Value]:
    return [totals.revenue, totals.cost, margin(totals)]
