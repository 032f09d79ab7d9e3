"""Item 14: the web shop's first page features the best sellers of the same days last year that are in stock.

What this platform featured goes when it is no longer among them; what staff featured stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from ops_platform.retail.automation import (
    Automation,
    Catalogue,
    Inputs,
    Items,
    Need,
    Own,
    Plan,
    ProductMap,
    Sales,
    Stock,
    note,
)
from ops_platform.retail.bindings import Bound, Notes, bound_products, buffered_stock, grouped, typed, web_products
from ops_platform.retail.featuring import Board, Choice, fill_places
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.ranking import Seller, best_sellers, sold
from ops_platform.retail.rows import day_text, item_labels, lookup, money_text, sorted_changes
from ops_platform.retail.windows import Window, same_days
from ops_platform.settings_retail import FeaturedProductsSettings, RetailSettings

if TYPE_CHECKING:
    import pandas as pd

NAME: Final = "featured_products"


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Items, stock, sales of the days last year; of each target its products and what was featured there before."""
    rules = settings.featured_products
    found: dict[str, Need] = {"items": Items(), "stock": Stock(), "sales": Sales(*_window(rules, as_of))}
    if rules.target != "counterpoint":
        found |= {"product_map": ProductMap(), "catalogue": Catalogue(), "own_bigcommerce": Own(NAME, "is_featured")}
    if rules.target != "bigcommerce":
        found |= {"own_counterpoint": Own(NAME, "featured")}
    return found


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Feature the first `top_n` products by revenue that have stock (fill: go on until so many have), and those pinned.

    A bound product takes one place, that of its best item. Never more than 25 are featured, counting what staff chose;
    where the room ends, pinned ones and better places come first. Without any sales or stock nothing is taken away:
    then they were not read.
    """
    rules = settings.featured_products
    bound = bound_products(inputs["items"])
    ranked = best_sellers(sold(inputs["sales"]))
    boards, notes = _boards(inputs, rules, bound)
    rows: list[dict[str, Any]] = []
    in_stock = any(buffered_stock(inputs["items"], inputs["stock"]).values())
    for board in boards:
        choice, odd = _choose(inputs, rules, bound, board, ranked)
        made, crowded = fill_places(board, choice, remove=rules.remove_dropouts and bool(ranked) and in_stock)
        rows += made
        notes += [*odd, *crowded]
    if not ranked:
        window = _window(rules, as_of)
        notes.append(note("no_sales_in_window", day_text(window.start), f"nothing sold to {day_text(window.end)}"))
    if ranked and not in_stock:
        notes.append(note("no_stock_at_all", "stock", f"of {len(inputs['items']):,} items; no product lost its place"))
    changes = sorted_changes(rows)
    on = sum(new in (True, "Y") for new in changes["new"])
    figures = {"sold_items": len(ranked), "featured": on, "unfeatured": len(changes) - on}
    return Plan(changes=changes, notes=notes_frame(notes), considered=len(ranked), figures=figures)


def _window(rules: FeaturedProductsSettings, as_of: datetime) -> Window:
    return same_days(as_of.date(), days=rules.days)


def _boards(inputs: Inputs, rules: FeaturedProductsSettings, bound: Bound) -> tuple[list[Board], Notes]:
    """The targets the settings name, and what is odd about their products."""
    items, boards, notes = inputs["items"], [], list(bound.notes)
    facts = (items[name].tolist() for name in ("item_no", "is_web_item", "is_web_visible"))
    on_web = {number for number, web_item, seen in zip(*facts, strict=True) if web_item and seen is not False}
    if rules.target != "counterpoint":
        web = web_products(items, bound, inputs["product_map"], inputs["catalogue"])
        boards.append(_web_board(inputs, web.id_of, on_web))
        notes += web.notes
    if rules.target != "bigcommerce":
        boards.append(_till_board(inputs, bound, on_web))
        notes += bound.without_parent(on_web)
    return boards, notes


def _web_board(inputs: Inputs, id_of: Mapping[str, int], on_web: set[str]) -> Board:
    catalogue = inputs["catalogue"]
    seen = lookup(catalogue, "is_visible")
    return Board(
        target="bigcommerce",
        field="is_featured",
        address_of={name: str(product_id) for name, product_id in id_of.items()},
        shown={str(id_of[number]) for number in on_web if number in id_of and seen[id_of[number]]},
        now={str(product_id): value for product_id, value in lookup(catalogue, "is_featured").items()},
        ours=_ours(inputs["own_bigcommerce"]),
        labels={str(product_id): name for product_id, name in lookup(catalogue, "name").items()},
        on=True,
        off=False,
    )


def _till_board(inputs: Inputs, bound: Bound, on_web: set[str]) -> Board:
    items, heads = inputs["items"], bound.heads()
    return Board(
        target="counterpoint",
        field="featured",
        address_of={**bound.head_of, **heads},
        shown={heads[number] for number in on_web if number in heads},
        now=lookup(items, "featured"),
        ours=_ours(inputs["own_counterpoint"]),
        labels=item_labels(items),
        on="Y",
        off="N",
    )


def _ours(own: pd.DataFrame) -> set[str]:
    return {key for key, value in lookup(own, "value").items() if value in (True, "Y")}


def _choose(
    inputs: Inputs, rules: FeaturedProductsSettings, bound: Bound, board: Board, ranked: list[Seller[str]]
) -> tuple[Choice, Notes]:
    """Who deserves a place on a board: pinned ones whatever their stock, then the best sellers that have some."""
    blocked, odd = _named(rules.blocked, bound, board)
    pinned, odd_pins = _named(rules.pinned, bound, board)
    odd += odd_pins
    reason_of = {}
    for key, number in pinned.items():
        if key in blocked:
            odd.append(note("pinned_and_blocked", number, board.labels[key]))
        elif key not in board.shown:
            odd.append(note("setting_item_not_shown", number, board.labels[key]))
        else:
            reason_of[key] = "pinned in the settings"
    left = _in_stock(inputs, bound, board)
    lost = {}
    chosen = 0
    for rank, (key, seller) in enumerate(_products(ranked, board, blocked), start=1):
        if chosen == rules.top_n or (rank > rules.top_n and not rules.fill):
            break
        why = f"rank {rank} last year: {money_text(seller.revenue)}"
        if left.get(key):
            reason_of.setdefault(key, why)
            chosen += 1
        else:
            lost[key] = f"{why}, but out of stock"
    odd += [note("out_of_stock", key, f"{board.labels[key]}: {why}") for key, why in lost.items()]
    return Choice(reason_of, lost, set(blocked)), odd


def _products(ranked: list[Seller[str]], board: Board, blocked: Mapping[str, str]) -> Iterator[tuple[str, Seller[str]]]:
    """The products of the best sellers, each once at the place of its best item; hidden and blocked ones take none."""
    seen = set(blocked)
    for seller in ranked:
        key = board.address_of.get(seller.key)
        if key is not None and key in board.shown and key not in seen:
            seen.add(key)
            yield key, seller


def _in_stock(inputs: Inputs, bound: Bound, board: Board) -> dict[str, int]:
    """What is left to sell by key, all items of a product together."""
    left = buffered_stock(inputs["items"], inputs["stock"])
    groups = grouped(bound.key_of, board.address_of)
    return {key: sum(left[number] for number in numbers) for key, numbers in groups.items()}


def _named(numbers: tuple[str, ...], bound: Bound, board: Board) -> tuple[dict[str, str], Notes]:
    """The keys of item numbers (or binding ids) that a person typed into the settings, in their order."""
    known = {typed(name): name for name in [*bound.key_of.values(), *bound.key_of, *board.address_of]}
    keys: dict[str, str] = {}
    odd: Notes = []
    for number in numbers:
        name = known.get(typed(number))
        if name is None:
            odd.append(note("unknown_setting_item", number, "no such item"))
        elif key := board.address_of.get(name):
            keys.setdefault(key, number)
        else:
            odd.append(note("setting_item_not_shown", number, f"not a product of {board.target}"))
    return keys, odd


AUTOMATION = Automation(
    name=NAME,
    number=14,
    title="Set featured products",
    description="Features the best sellers of the same days last year that are in stock on the web shop's first page.",
    cron="0 4 * * *",
    targets=("bigcommerce", "counterpoint"),
    needs=needs,
    plan=plan,
    after=("stock_buffer",),
)
