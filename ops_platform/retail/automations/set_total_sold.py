"""Item 10: the web shop shows how often each product was sold at the point of sale, all its sizes together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from ops_platform.retail.automation import (
    Automation,
    Catalogue,
    Inputs,
    Items,
    Need,
    Plan,
    ProductMap,
    Sales,
    note,
    over_limit,
)
from ops_platform.retail.bindings import bound_products, grouped, web_products
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.ranking import sold, sold_together
from ops_platform.retail.rows import change, count_text, day_text, lookup, sorted_changes
from ops_platform.settings_retail import RetailSettings


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Items, what was ever sold (since `since`, up to the day of the run), and the web shop's products."""
    rules = settings.total_sold
    return {
        "items": Items(),
        "sales": Sales(start=rules.since, end=as_of.date(), stores=rules.stores),
        "product_map": ProductMap(),
        "catalogue": Catalogue(),
    }


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Units sold less returned of all items of a product, a whole number and never below zero.

    The number replaces the web shop's own: web orders are tickets of the point of sale too, so adding would count them
    twice. A product without items keeps what it has, unless the mapping still knows an old number it was sold under.
    """
    rules = settings.total_sold
    items, sales = inputs["items"], inputs["sales"]
    bound = bound_products(items)
    web = web_products(items, bound, inputs["product_map"], inputs["catalogue"])
    units = {seller.key: seller.units for seller in sold_together(sales, web.id_of)}
    members = grouped(bound.key_of, web.id_of)
    shown = lookup(inputs["catalogue"], "total_sold")
    period = "the start" if rules.since is None else day_text(rules.since)
    changes = sorted_changes(
        change(
            "bigcommerce",
            product_id,
            "total_sold",
            old=shown[product_id],
            new=_whole(units.get(product_id, Decimal(0))),
            reason=_reason(units.get(product_id, Decimal(0)), len(members.get(product_id, ())), period),
            label=web.name_of[product_id],
        )
        for product_id in members.keys() | units.keys()
    )
    unknown = [
        note("unknown_item", seller.key, f"{count_text(seller.units)} sold less returned")
        for seller in sold(sales)
        if seller.key not in bound.key_of and seller.key not in web.id_of
    ]
    considered = len(members.keys() | units.keys())
    return Plan(
        changes=changes,
        notes=notes_frame([*bound.notes, *web.notes, *web.without_item, *unknown]),
        considered=considered,
        held=over_limit(len(changes), considered, rules.max_share, what="products"),
        figures={
            "products": considered,
            "units": sum(map(_whole, units.values())),
            "never_sold": sum(product_id not in units for product_id in members),
            "unmatched": web.unmatched(),
        },
    )


def _whole(units: Decimal) -> int:
    """Mulch is sold by the half yard, the web shop counts whole ones; returns alone are no sales."""
    return max(int(units.quantize(Decimal(1), rounding=ROUND_HALF_UP)), 0)


def _reason(units: Decimal, items: int, period: str) -> str:
    if not units:
        return f"nothing sold less returned since {period}"
    together = f", {items} items together" if items > 1 else ""
    return f"{count_text(units)} sold less returned since {period}{together}"


AUTOMATION = Automation(
    name="total_sold",
    number=10,
    title="Update total sold",
    description="Sets how often each product of the web shop was sold at the point of sale, bound sizes together.",
    cron="0 2 * * *",
    targets=("bigcommerce",),
    needs=needs,
    plan=plan,
)
