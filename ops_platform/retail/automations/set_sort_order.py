"""Item 13: the web shop's order follows what sold in the same days last year; new products stand near the top."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ops_platform.retail.automation import (
    Automation,
    Catalogue,
    Inputs,
    Items,
    Need,
    Plan,
    ProductMap,
    Receivings,
    Sales,
    Stock,
    note,
    over_limit,
)
from ops_platform.retail.bindings import Bound, Notes, bound_products, buffered_stock, grouped, web_products
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.ranking import Seller, best_sellers, sold
from ops_platform.retail.rows import change, day_text, item_labels, lookup, money_text, sorted_changes
from ops_platform.retail.windows import Window, same_days
from ops_platform.settings_retail import RetailSettings, SortOrderSettings

if TYPE_CHECKING:
    import pandas as pd


SOLD_OUT: Final = "out of stock"


class _Shop(NamedTuple):
    """What decides on a place. ranked: rank (from 1) and sales by item number; new: why an item is new, by number."""

    ranked: dict[str, tuple[int, Seller[str]]]
    new: dict[str, str]
    new_place: int
    left: dict[str, int]

    def place(self, item_nos: Iterable[str]) -> tuple[int, str]:
        """The place of the product these items are, and why: the best any of them has; 0 when none is left to sell."""
        numbers = list(item_nos)
        if not any(self.left[number] for number in numbers):
            return 0, SOLD_OUT
        places = [
            *(self._ranked_place(number, alone=len(numbers) == 1) for number in numbers if number in self.ranked),
            *((self.new_place, self.new[number]) for number in numbers if number in self.new),
            (-1, "not sold in these days last year"),
        ]
        return min(places, key=lambda place: place[0])

    def _ranked_place(self, number: str, *, alone: bool) -> tuple[int, str]:
        rank, seller = self.ranked[number]
        reason = f"rank {rank} of {len(self.ranked)}: {money_text(seller.revenue)} last year"
        return rank - 1 - len(self.ranked), reason if alone else f"{reason} ({number})"


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Items, stock, sales of the days last year, what came in lately; the web shop's products if it is written to."""
    rules = settings.sort_order
    found: dict[str, Need] = {
        "items": Items(),
        "stock": Stock(),
        "sales": Sales(*_window(rules, as_of)),
        "receivings": Receivings(since=as_of.date() - timedelta(days=rules.new_within_days)),
    }
    if rules.target != "counterpoint":
        found |= {"product_map": ProductMap(), "catalogue": Catalogue()}
    return found


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """The best of N items sold in the window gets -N, the last -1; lower stands first.

    New items in stock get a place below the top (never worse than -1, which in a shop with few sales they would), items
    without sales -1, products without stock 0. A bound product takes the best place of its items; at the point of sale
    the parent row carries it and the other rows are cleared.
    """
    rules = settings.sort_order
    bound = bound_products(inputs["items"])
    web_items = {number for number, on_web in lookup(inputs["items"], "is_web_item").items() if on_web}
    shop = _shop(inputs, rules, as_of, web_items)
    rows: list[dict[str, Any]] = []
    notes = [*bound.notes, *_sales_notes(inputs, shop, _window(rules, as_of))]
    if rules.target != "counterpoint":
        rows, odd = _web_rows(inputs, bound, shop, web_items)
        notes += odd
    if rules.target != "bigcommerce":
        rows += _till_rows(inputs, bound, shop, web_items)
        notes += bound.without_parent(web_items)
    changes = sorted_changes(rows)
    return Plan(
        changes=changes,
        notes=notes_frame(notes),
        considered=len(rows),
        held=_held(changes, len(rows), rules, any_sales=bool(shop.ranked)),
        figures={
            "ranked": len(shop.ranked),
            "new": len(shop.new),
            "web_items": len(web_items),
            "out_of_stock": sum(not shop.left[number] for number in web_items),
        },
    )


def _window(rules: SortOrderSettings, as_of: datetime) -> Window:
    return same_days(as_of.date(), days=rules.days)


def _shop(inputs: Inputs, rules: SortOrderSettings, as_of: datetime, web_items: set[str]) -> _Shop:
    items = inputs["items"]
    among = web_items if rules.only_web_items_rank else set(items["item_no"])
    best = best_sellers(sold(inputs["sales"]), among=among)
    prices = lookup(items, "price")
    since = as_of.date() - timedelta(days=rules.new_within_days)
    new = {
        number: f"new: received on {day_text(day)}"
        for number, day in lookup(inputs["receivings"], "received_on").items()
        if number in web_items and since <= day <= as_of.date() and (prices[number] or 0) >= rules.new_min_price
    }
    return _Shop(
        ranked={seller.key: (rank, seller) for rank, seller in enumerate(best, start=1)},
        new=new,
        new_place=min(rules.new_places_below_top - len(best), -1),
        left=buffered_stock(items, inputs["stock"]),
    )


def _web_rows(inputs: Inputs, bound: Bound, shop: _Shop, web_items: set[str]) -> tuple[list[dict[str, Any]], Notes]:
    """A row for each web product that has an item, and what did not find each other."""
    catalogue = inputs["catalogue"]
    web = web_products(inputs["items"], bound, inputs["product_map"], catalogue)
    now = lookup(catalogue, "sort_order")
    rows = []
    for product_id, numbers in grouped(web_items, web.id_of).items():
        new, reason = shop.place(numbers)
        label = web.name_of[product_id]
        rows.append(
            change("bigcommerce", product_id, "sort_order", old=now[product_id], new=new, reason=reason, label=label)
        )
    return rows, [*web.notes, *web.without_item]


def _till_rows(inputs: Inputs, bound: Bound, shop: _Shop, web_items: set[str]) -> Iterator[dict[str, Any]]:
    """A row for each item that stands for a web product, and one that clears each other row of its binding."""
    items = inputs["items"]
    now, labels, heads = lookup(items, "sort_order"), item_labels(items), bound.heads()
    rows_of = grouped(bound.key_of, heads)
    for head, numbers in grouped(web_items, heads).items():
        place, reason = shop.place(numbers)
        # The column is text, so the number is written as text.
        yield change(
            "counterpoint", head, "sort_order", old=now[head], new=str(place), reason=reason, label=labels[head]
        )
        why = f"its parent {head} carries the order"
        for child in rows_of[head]:
            if child != head:
                yield change(
                    "counterpoint", child, "sort_order", old=now[child], new=None, reason=why, label=labels[child]
                )


def _sales_notes(inputs: Inputs, shop: _Shop, window: Window) -> Iterator[dict[str, Any]]:
    known = set(inputs["items"]["item_no"])
    for seller in sold(inputs["sales"]):
        if seller.key not in known:
            yield note("unknown_item", seller.key, f"sold for {money_text(seller.revenue)} last year")
    if not shop.ranked:
        yield note("no_sales_in_window", day_text(window.start), f"nothing sold from then to {day_text(window.end)}")


def _held(changes: pd.DataFrame, considered: int, rules: SortOrderSettings, *, any_sales: bool) -> str | None:
    """A history that was not read would put every product in the same place, and nobody could say what was there.

    Stock that was not read would put them all last.
    """
    if len(changes) and not any_sales:
        return (
            "Nothing was sold in the days last year, so every product in stock would get the same place. That looks "
            "like missing history. If it is right, as in a new store, approve it: ops retail approve"
        )
    sold_out = int((changes["reason"] == SOLD_OUT).sum())
    if over_limit(sold_out, considered, rules.max_sold_out_share, what="products"):
        return (
            f"{sold_out:,} of {considered:,} products would be out of stock at once, more than "
            f"{rules.max_sold_out_share:.0%}. That looks like stock that was not read. If it is right, approve it: "
            "ops retail approve"
        )
    return over_limit(len(changes), considered, rules.max_share, what="places")


AUTOMATION = Automation(
    name="sort_order",
    number=13,
    title="Set sort order",
    description="Orders the web shop by revenue of the same days last year; what came in lately stands near the top.",
    cron="0 4 * * *",
    targets=("bigcommerce", "counterpoint"),
    needs=needs,
    plan=plan,
    after=("stock_buffer",),
)
