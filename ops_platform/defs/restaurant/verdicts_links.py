"""What figures mean, second half: the menu, the links to it, the queue, the sales (verdicts.py has the first half)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ops_platform.defs.metadata import listing, percent
from ops_platform.defs.verdict import MAX_NAMES, Row, Verdict

PAISA = Decimal("0.01")


def linked(counted: Row | None, what: str, *, limit: float) -> Verdict:
    """The share without a link. counted: lines, linked, no_item, revenue_not_linked; what: lines or add-ons.

    Names a person said are no item of the menu are not missing. limit: share, 0..1.
    """
    if counted is None or not counted["lines"]:
        return Verdict(True, f"There are no {what} to look at.")
    lines, missing = int(counted["lines"]), int(counted["lines"] - counted["linked"] - counted["no_item"])
    share = missing / lines
    figures = {
        f"{what} without a link": missing,
        "percent without a link": percent(missing, lines),
        "rupees without a link": float(counted["revenue_not_linked"]),
    }
    said = (
        f"{missing:,} of {lines:,} {what} have no link to the menu ({share:.1%}, {limit:.1%} allowed), "
        f"₹{counted['revenue_not_linked']:,.0f}"
    )
    if share <= limit:
        return Verdict(True, f"{said}.", figures=figures)
    return Verdict(
        False,
        f"{said}. Sales by item are short of them: `ops restaurant review` asks for the dearest names first, "
        "and what is new on the menu comes in with `ops restaurant menu import`.",
        figures=figures,
    )


def sure(names: Sequence[Row], lines: int, *, limit: float, allowed: float) -> Verdict:
    """Links below a confidence. names: with lines; lines: how many there are; limit: 0..100; allowed: share, 0..1."""
    unsure = sum(row["lines"] for row in names)
    share = unsure / max(lines, 1)
    figures = {"unsure lines": unsure, "unsure names": len(names)}
    said = f"{unsure:,} of {lines:,} lines are linked with a confidence below {limit:.0f} ({allowed:.0%} allowed)"
    if share <= allowed:
        return Verdict(True, f"{said}.", names, figures)
    named = listing([str(row["name_raw"]) for row in names], MAX_NAMES)
    return Verdict(
        False,
        f"{said}: {named}. A wrong link counts sales on the wrong item: `ops restaurant review` shows each beside the "
        "candidates.",
        names,
        figures,
    )


def sizes(names: Sequence[Row], lines: int) -> Verdict:
    """Links without a size, or with a size the item is not sold in. names: lines, problem."""
    wrong = sum(row["lines"] for row in names)
    figures = {"lines": wrong, "names": len(names)}
    if not names:
        return Verdict(True, f"Every link of {lines:,} lines has a size its item is sold in.", figures=figures)
    named = listing([f"{row['name_raw']} ({row['problem']})" for row in names], MAX_NAMES)
    return Verdict(
        False,
        f"{wrong:,} of {lines:,} lines are linked to an item in no size or in one it is not sold in: {named}. Add the "
        "size to the menu (`ops restaurant menu import`) or correct the link (`ops restaurant review`).",
        names,
        figures,
    )


def menu(odd: Sequence[Row], items: int) -> Verdict:
    """Active items without a size, sizes without a price. items: how many are active."""
    without = sum(row["problem"] == "no size" for row in odd)
    figures = {"items": items, "without size": without, "without price": len(odd) - without}
    if not items:
        return Verdict(
            False,
            "The menu is empty: no line can be linked. `ops restaurant menu import` reads a CSV file or PetPooja's "
            "menu.",
            figures=figures,
        )
    if not odd:
        return Verdict(True, f"All {items:,} items of the menu have their sizes and prices.", figures=figures)
    return Verdict(
        False,
        f"{without:,} of {items:,} items of the menu have no size, {len(odd) - without:,} sizes have no price: "
        f"{listing([str(row['menu_item']) for row in odd], MAX_NAMES)}. A line can only be linked to a size that is "
        "there; import the menu again with them.",
        odd,
        figures,
    )


def aliases(odd: Sequence[Row], names: int) -> Verdict:
    """Decisions for items that are gone. names: decisions in force."""
    figures = {"decisions": names, "odd": len(odd)}
    if not odd:
        return Verdict(True, f"All {names:,} decisions are for items and sizes of the menu.", figures=figures)
    named = listing([f"{row['raw_name']} -> {row['menu_item']} ({row['problem']})" for row in odd], MAX_NAMES)
    return Verdict(
        False,
        f"{len(odd):,} of {names:,} decisions are for what is not on the menu any more: {named}. They still link new "
        "lines; decide these names again with `ops restaurant review`.",
        odd,
        figures,
    )


def queue(counted: Row, revenue: Decimal, *, names: int, share: float) -> Verdict:
    """What waits for a person. counted: names, lines, revenue, oldest; revenue: of all sales, rupees.

    names, share: how many names, and how much of the revenue (0..1), may wait.
    """
    part = float(counted["revenue"]) / float(revenue) if revenue else 0.0
    figures = {"names": int(counted["names"]), "lines": int(counted["lines"]), "rupees": float(counted["revenue"])}
    said = (
        f"{counted['names']:,} names wait for a person, {part:.1%} of the revenue "
        f"({names:,} names and {share:.0%} allowed)"
    )
    if counted["names"] <= names and part <= share:
        return Verdict(True, f"{said}.", figures=figures)
    return Verdict(
        False,
        f"{said}; the oldest since {counted['oldest']}. `ops restaurant review` takes the dearest first; "
        "`ops restaurant queue export` writes them to a sheet.",
        figures=figures,
    )


def sales(sums: Row) -> Verdict:
    """The views count every rupee of the lines once. sums: what each adds up to."""
    pairs = {
        "unified_sales": (sums["unified"], sums["lines"] + sums["addons_on_top"]),
        "item_sales_by_day": (sums["items_by_day"], sums["lines"]),
        "revenue_by_channel": (sums["channels"], sums["core_totals"]),
        "orders of revenue_by_channel": (sums["channel_orders"], sums["orders"]),
    }
    broken = [
        {"view": name, "view makes": found, "lines make": wanted}
        for name, (found, wanted) in pairs.items()
        if abs(found - wanted) >= PAISA
    ]
    figures = {"rupees": float(sums["unified"]), "orders": int(sums["orders"])}
    if not broken:
        return Verdict(
            True,
            f"₹{sums['unified']:,.2f} of {sums['orders']:,} orders: the views, the lines and the channels agree; the "
            f"bills' core totals make ₹{sums['core_totals']:,.2f}.",
            figures=figures,
        )
    return Verdict(
        False,
        f"{listing([row['view'] for row in broken])} count rupees twice or not at all. Do not use the sales; a view of "
        "sql/migrations was changed, or the menu holds an item twice.",
        broken,
        figures,
        is_error=True,
    )
