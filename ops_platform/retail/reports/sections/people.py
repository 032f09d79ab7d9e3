"""Who sold and who bought most last week: sales reps, and wholesale customers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ops_platform.retail.reports import periods
from ops_platform.retail.reports.about import About
from ops_platform.retail.reports.document import Block, Column, Table

_COLUMNS = (Column("Tickets", "number"), Column("Revenue", "money"))


def reps(about: About) -> Sequence[Block]:
    """The best sales reps."""
    rows: list[dict[Any, Any]] = about.inputs["rep_sales"].to_dict("records")
    ranked = sorted(rows, key=lambda row: (-row["revenue"], row["rep"] is None, row["rep"] or ""))
    most = about.settings.admin_report.top_reps
    shown = [[row["name"] or row["rep"] or "No sales rep", row["tickets"], row["revenue"]] for row in ranked[:most]]
    return [Table([Column("Sales rep"), *_COLUMNS], shown, _week(about), more=len(ranked[most:]), empty=_EMPTY)]


def wholesale(about: About) -> Sequence[Block]:
    """The best wholesale customers; the total is of all of them."""
    rows: list[dict[Any, Any]] = about.inputs["wholesale_sales"].to_dict("records")
    ranked = sorted(rows, key=lambda row: (-row["revenue"], row["cust_no"]))
    most = about.settings.admin_report.top_customers
    shown = [[row["name"] or row["cust_no"], row["cust_no"], row["tickets"], row["revenue"]] for row in ranked[:most]]
    total = [
        "All wholesale",
        "",
        sum(row["tickets"] for row in rows),
        sum((row["revenue"] for row in rows), Decimal(0)),
    ]
    columns = [Column("Customer"), Column("Number", wide=True), *_COLUMNS]
    table = Table(
        columns, shown, _week(about), total=total, more=len(ranked[most:]),
        empty="No wholesale customer bought last week.", personal=True,
    )  # fmt: skip
    return [table]


_EMPTY = "Nothing was sold last week."


def _week(about: About) -> str:
    return f"Last week, {periods.span(periods.last_week(about.today))}"
