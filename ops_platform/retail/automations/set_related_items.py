"""Item 11: beside a product the web shop shows what staff recommend for its category, then what was popular in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

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
from ops_platform.retail.bindings import Bound, Notes, WebProducts, bound_products, grouped, typed, web_products
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.ranking import best_sellers, sold_together
from ops_platform.retail.rows import change, lookup, sorted_changes
from ops_platform.retail.windows import Window, last_days, same_days
from ops_platform.settings_retail import RelatedItemsSettings, RetailSettings

if TYPE_CHECKING:
    import pandas as pd

AUTOMATIC: Final = [-1]
"""The web shop's word for "choose related products yourself"."""


class _Popular(NamedTuple):
    """The best sellers of a category as product ids, best first, and the days they are from."""

    products: list[int]
    days: Window


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Items, the web shop's products, sales of the window and of the last days to fall back on."""
    windows = _windows(settings.related_items, as_of.date())
    return {
        "items": Items(),
        "sales": Sales(*windows[0]),
        "recent_sales": Sales(*windows[1]),
        "product_map": ProductMap(),
        "catalogue": Catalogue(),
    }


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """For every web product: recommended, then popular, each once, never itself, only what is shown now.

    A child stands for its bound product. A category without sales in the window takes the last days. A product nothing
    is known for keeps what it has, unless `clear_empty`; where the web shop chooses by itself, it goes on doing so.
    """
    rules = settings.related_items
    items = inputs["items"]
    bound = bound_products(items)
    web = web_products(items, bound, inputs["product_map"], inputs["catalogue"])
    category_of = _categories(items, bound, web)
    shown = _shown(items, web, inputs["catalogue"])
    recommended, odd = _recommended(rules, bound, web, shown, set(items["category"]))
    popular, fallen_back = _popular(inputs, rules, as_of.date(), web, shown, category_of)
    changes = _changes(inputs["catalogue"], rules, category_of, recommended, popular)
    return Plan(
        changes=changes,
        notes=notes_frame([*bound.notes, *web.notes, *odd, *fallen_back]),
        considered=len(category_of),
        held=over_limit(len(changes), len(category_of), rules.max_share, what="products"),
        figures={
            "products": len(category_of),
            "categories_recommended": len(recommended),
            "categories_popular": len(popular),
            "categories_fallen_back": len(fallen_back),
            "unmatched": web.unmatched(),
        },
    )


def _windows(rules: RelatedItemsSettings, today: date) -> tuple[Window, Window]:
    return same_days(today, days=rules.days, years_ago=rules.offset_years), last_days(today, rules.fallback_days)


def _categories(items: pd.DataFrame, bound: Bound, web: WebProducts) -> dict[int, str | None]:
    """The category of each web product: its parent row's, else that of the first item that has one."""
    of_item, heads, on_web = lookup(items, "category"), bound.heads(), lookup(items, "is_web_item")
    groups = grouped((item_no for item_no in of_item if on_web[item_no]), web.id_of)
    return {
        product_id: next((of_item[name] for name in (heads.get(first, first), first, *rest) if of_item[name]), None)
        for product_id, (first, *rest) in groups.items()
    }


def _shown(items: pd.DataFrame, web: WebProducts, catalogue: pd.DataFrame) -> set[int]:
    """Products a customer can open: visible in the web shop, with an item that is active and meant for it."""
    visible = {product_id for product_id, seen in lookup(catalogue, "is_visible").items() if seen}
    facts = (items[name].tolist() for name in ("item_no", "status", "is_web_item", "is_web_visible"))
    live = {
        web.id_of.get(item_no)
        for item_no, status, on_web, seen in zip(*facts, strict=True)
        if status == "A" and on_web and seen is not False
    }
    return visible & live


def _recommended(
    rules: RelatedItemsSettings, bound: Bound, web: WebProducts, shown: set[int], categories: set[str | None]
) -> tuple[dict[str, list[int]], Notes]:
    """Product ids staff recommend by category, and what of the setting could not be used."""
    names = {typed(name): name for name in [*bound.key_of, *bound.key_of.values(), *web.id_of]}
    lists: dict[str, list[int]] = defaultdict(list)
    odd: Notes = []
    for category, numbers in rules.recommended.items():
        if typed(category) not in categories:
            odd.append(note("unknown_category", category, f"{len(numbers)} items recommended"))
            continue
        for number in numbers:
            name = names.get(typed(number))
            product_id = web.id_of.get(name or "")
            if name is None:
                odd.append(note("unknown_recommended_item", number, f"recommended for {category}"))
            elif product_id is None or product_id not in shown:
                odd.append(note("recommended_not_shown", number, f"recommended for {category}"))
            elif product_id in lists[typed(category)]:
                odd.append(note("recommended_twice", number, f"recommended for {category}"))
            else:
                lists[typed(category)].append(product_id)
    return {category: found for category, found in lists.items() if found}, odd


def _popular(
    inputs: Inputs,
    rules: RelatedItemsSettings,
    today: date,
    web: WebProducts,
    shown: set[int],
    category_of: Mapping[int, str | None],
) -> tuple[dict[str, _Popular], Notes]:
    """The best sellers by category, and notes on the categories that took the last days."""
    window, recent = _windows(rules, today)
    then = _best(inputs["sales"], rules, web, shown, category_of)
    now = _best(inputs["recent_sales"], rules, web, shown, category_of)
    notes = [
        note("fallback_window", category, f"nothing sold {_days(window)}, so {_days(recent)}")
        for category in now.keys() - then.keys()
    ]
    popular = {category: _Popular(products, recent) for category, products in now.items()}
    return {**popular, **{category: _Popular(products, window) for category, products in then.items()}}, notes


def _best(
    sales: pd.DataFrame,
    rules: RelatedItemsSettings,
    web: WebProducts,
    shown: set[int],
    category_of: Mapping[int, str | None],
) -> dict[str, list[int]]:
    best: dict[str, list[int]] = defaultdict(list)
    for seller in best_sellers(sold_together(sales, web.id_of), by=rules.mode, among=shown):
        category = category_of.get(seller.key)
        if category and len(best[category]) < rules.top_n:
            best[category].append(seller.key)
    return {category: products for category, products in best.items() if products}


def _changes(
    catalogue: pd.DataFrame,
    rules: RelatedItemsSettings,
    category_of: Mapping[int, str | None],
    recommended: Mapping[str, list[int]],
    popular: Mapping[str, _Popular],
) -> pd.DataFrame:
    now, name_of = lookup(catalogue, "related_products"), lookup(catalogue, "name")

    def rows() -> Iterator[dict[str, Any]]:
        for product_id, category in category_of.items():
            first, then = recommended.get(category or "", []), popular.get(category or "")
            both = dict.fromkeys([*first, *(then.products if then else [])])
            new = [other for other in both if other != product_id][: rules.at_most]
            if not new and (not rules.clear_empty or now[product_id] == AUTOMATIC):
                continue
            staff = sum(other in first for other in new)
            yield change(
                "bigcommerce",
                product_id,
                "related_products",
                old=now[product_id],
                new=new,
                reason=_reason(category, staff, len(new) - staff, then.days if then else None),
                label=name_of[product_id],
            )

    return sorted_changes(rows())


def _reason(category: str | None, recommended: int, popular: int, days: Window | None) -> str:
    parts = [f"{recommended} recommended"] if recommended else []
    if popular and days:
        parts.append(f"{popular} popular {_days(days)}")
    return f"{category}: {', '.join(parts)}" if parts else "nothing is recommended or popular any more"


def _days(window: Window) -> str:
    return f"from {window.start.isoformat()} to {window.end.isoformat()}"


AUTOMATION = Automation(
    name="related_items",
    number=11,
    title="Update related items",
    description="Shows beside a product what staff recommend for its category, then what was popular in it a year ago.",
    cron="0 2 * * *",
    targets=("bigcommerce",),
    needs=needs,
    plan=plan,
)
