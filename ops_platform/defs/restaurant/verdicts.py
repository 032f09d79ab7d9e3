"""What figures mean: rows of a query in, passed or not and a sentence out. Pure: no database, no clock.

Each sentence says what was counted and, when it is not well, what a person can do. Limits are the arguments.
This file judges what comes in: the feed and the bills' arithmetic. verdicts_links.py judges menu, matching and sales.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from ops_platform.defs.metadata import listing
from ops_platform.defs.verdict import MAX_NAMES, Row, Verdict


def conservation(loads: Sequence[Row]) -> Verdict:
    """Every order read is in the tables, was known, or is a reject: counted again where it went."""
    broken = [row for row in loads if row["missing"] or row["lost_rejects"] or row["lost_events"]]
    names = {"read": "orders_read", "new": "orders_new", "updated": "orders_updated", "rejected": "orders_rejected"}
    figures = {name: sum(row[column] for row in loads) for name, column in names.items()}
    figures["unchanged"] = sum(row["orders_duplicate"] + row["orders_superseded"] for row in loads)
    if broken:
        return Verdict(
            False,
            f"Orders were lost after they were counted in {listing([row['name'] for row in broken], MAX_NAMES)}: the "
            "tables hold fewer than the load wrote down. No sales are made of them. Restore the rows, or materialise "
            "the day again: it reads its events anew.",
            broken,
            figures,
            is_error=True,
        )
    if not loads:
        return Verdict(True, "No order was read yet.")
    return Verdict(
        True,
        f"{figures['read']:,} orders read in {_pages(len(loads))} = {figures['new']:,} new + {figures['updated']:,} "
        f"updated + {figures['unchanged']:,} known before + {figures['rejected']:,} rejected.",
        loads,
        figures,
    )


def recent(newest: datetime | None, now: datetime, *, hours: float) -> Verdict:
    """The newest event is at most `hours` old. newest: None when nothing was ever read."""
    if newest is None:
        return Verdict(False, "No order was ever read: `ops restaurant fetch` asks the source, `load` reads a file.")
    age = max((now - newest).total_seconds() / 3600, 0.0)
    there = newest.astimezone(now.tzinfo)  # the shop's clock
    counted = f"The newest order is of {there:%Y-%m-%d %H:%M} ({age:,.1f} h old, {hours:,.0f} allowed)"
    figures = {"hours": round(age, 2)}
    if age <= hours:
        return Verdict(True, f"{counted}.", figures=figures)
    return Verdict(
        False,
        f"{counted}. If the shop was open, the feed stands still: look at the last runs of restaurant_incremental, "
        "then ask who runs the feed.",
        figures=figures,
    )


def gaps(found: Sequence[Row]) -> Verdict:
    """Numbers the stream jumped over. found: first, last."""
    missing = sum(row["last"] - row["first"] + 1 for row in found)
    figures = {"gaps": len(found), "events missing": missing}
    if not found:
        return Verdict(True, "The numbers of the stream's events have no hole.", figures=figures)
    holes = listing([_span(row) for row in found], MAX_NAMES)
    return Verdict(
        False,
        f"{missing:,} events were never received ({holes}). Each may be an order, or a change of one, that no sales "
        "hold. Ask who runs the feed for them; a file of them is loaded with `ops restaurant load`.",
        found,
        figures,
    )


def open_rejects(rejects: Sequence[Row], *, days: int) -> Verdict:
    """Orders and lines of the last `days` days that were not loaded. rejects: entity, code, rejects, orders."""
    count, orders = (sum(row[name] for row in rejects) for name in ("rejects", "orders"))
    figures = {"rejects": count, "orders": orders}
    if not rejects:
        return Verdict(True, f"Every order and line of the last {days} days was loaded or mended.", figures=figures)
    codes = listing([f"{row['rejects']:,} {row['entity']} {row['code']}" for row in rejects], MAX_NAMES)
    return Verdict(
        False,
        f"{count:,} orders or lines of the last {days} days are not in the sales: {codes}. `ops restaurant rejects` "
        "shows each with its place and reason; a later event of the order closes it.",
        rejects,
        figures,
    )


def statuses(unknown: Sequence[Row], orders: int) -> Verdict:
    """Statuses nobody has explained. orders: how many were looked at."""
    found = sum(row["orders"] for row in unknown)
    figures = {"orders of unknown status": found}
    if not unknown:
        return Verdict(True, f"All {orders:,} orders have a status that is known.", figures=figures)
    named = listing([f"{row['status']} ({row['orders']:,})" for row in unknown], MAX_NAMES)
    return Verdict(
        False,
        f"{found:,} of {orders:,} orders have a status nobody has explained: {named}. They count as sold. Ask the shop "
        "what it means; one that means cancelled belongs into the view sold_orders.",
        unknown,
        figures,
    )


def future(ahead: Sequence[Row], today: date) -> Verdict:
    """Orders of days that have not come. today: the business day that is going on."""
    figures = {"orders": len(ahead)}
    if not ahead:
        return Verdict(True, f"No order is of a day after {today}.", figures=figures)
    return Verdict(
        False,
        f"{len(ahead):,} orders are of days after {today}, as far as {max(row['business_date'] for row in ahead)}: the "
        "till's clock or the time zone (restaurant.timezone) is wrong, and sales stand on the wrong days.",
        ahead,
        figures,
        is_error=True,
    )


def empty_orders(found: Sequence[Row], orders: int) -> Verdict:
    """Orders without a line."""
    return _odd(
        found,
        f"of {orders:,} orders have no line",
        "Their money is in the channels and not in the items. Their lines may be among the rejects "
        "(`ops restaurant rejects`).",
    )


def order_totals(found: Sequence[Row], orders: int) -> Verdict:
    """Orders whose total is not the sum of its parts. found: difference, Decimal rupees."""
    return _odd(
        found,
        f"of {orders:,} orders do not add up: core + tax - discount + charges + round off is not the total",
        "Look at one of them on the till: a charge the feed does not carry, or a field that changed its meaning.",
        rupees=sum((abs(row["difference"]) for row in found), Decimal(0)),
    )


def order_parts(found: Sequence[Row], orders: int) -> Verdict:
    """Orders whose tax or discount lines do not make the total of them."""
    return _odd(
        found,
        f"of {2 * orders:,} tax and discount totals are not what their lines make",
        "The bill's own total counts in the sales; a tax or discount line may be among the rejects.",
    )


def order_sums(found: Sequence[Row], orders: int) -> Verdict:
    """Orders whose lines do not make core_total."""
    return _odd(
        found,
        f"of {orders:,} orders have lines that do not make the core total, with or without their add-ons",
        "Revenue by item and by channel differ by them: a line is missing (`ops restaurant rejects`), or the bill "
        "was changed by hand.",
        rupees=sum((abs(row["core_total"] - row["lines_total"]) for row in found), Decimal(0)),
    )


def unit_prices(found: Sequence[Row], lines: int) -> Verdict:
    """Lines that cost nothing in an order that is no present."""
    return _odd(
        found,
        f"of {lines:,} lines cost nothing, in orders that are not complimentary",
        "A free item is money nobody sees: look whether the till's price is right.",
    )


def line_totals(found: Sequence[Row], lines: int) -> Verdict:
    """Lines whose total is not quantity times unit price."""
    return _odd(
        found,
        f"of {lines:,} lines have a total that is not quantity times unit price",
        "The total counts in the sales. Look whether something stands on the line that the feed does not carry.",
        rupees=sum((abs(row["total_price"] - row["expected"]) for row in found), Decimal(0)),
    )


def quantities(found: Sequence[Row], lines: int, *, limit: int) -> Verdict:
    """Lines and add-ons of more than `limit` pieces."""
    return _odd(
        found,
        f"of {lines:,} lines and add-ons are of more than {limit} pieces",
        "A party, or a price typed into the field of the quantity: look at the bill.",
    )


def _odd(found: Sequence[Row], what: str, advice: str, *, rupees: Decimal | None = None) -> Verdict:
    """The verdict of rows none of which should be there."""
    figures: dict[str, int | float] = {"odd": len(found)}
    if rupees is not None:
        figures["rupees"] = float(rupees)
    if not found:
        return Verdict(True, f"None {what}.", figures=figures)
    money = f" (₹{rupees:,.2f} in all)" if rupees else ""
    return Verdict(False, f"{len(found):,} {what}{money}. {advice}", found, figures)


def _span(gap: Row) -> str:
    return str(gap["first"]) if gap["first"] == gap["last"] else f"{gap['first']} to {gap['last']}"


def _pages(count: int) -> str:
    return "1 page or file" if count == 1 else f"{count:,} pages and files"
