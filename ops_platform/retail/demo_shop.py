"""The demo's web shop: its products, the connector's maps to them, and what does not fit.

Belongs here: CPI_BC_PRODUCTS, CPI_BC_PROD and the products as the API of the shop writes them. Not here: items
(demo_items). FLAWS says what is put in on purpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from ops_platform.retail.demo_days import whole_units
from ops_platform.retail.demo_item_tables import cents
from ops_platform.retail.demo_items import DemoItem

_FIRST_PRODUCT, _FIRST_VARIANT = 1_001, 50_001
_UNKNOWN: Final = ("Workshop Apron", "Gift Wrap", "Spring Raffle Ticket")
_SHARE: Final = 0.01
_WORDS: Final = (
    "Likes sun from morning to noon and a drink in the evening.",
    "Does well in half shade, and the deer leave it alone.",
    "Flowers from June to the first frost when what has faded is cut back.",
)

FLAWS: Final[dict[str, str]] = {
    "found_by_sku": "not in the connector's maps, but its SKU is in the shop",
    "not_in_shop": "an item for the web that the shop does not have",
    "deleted_in_shop": "mapped to a product the shop no longer has",
    "only_in_shop": "a product of the shop that no item is",
    "hidden_in_shop": "not visible in the shop, though it is to be sold",
    "featured_by_hand": "featured by staff, not for its sales",
    "total_sold_outdated": "sold more often than the shop says",
}


@dataclass
class _Product:
    """A product: its items (a parent row first), its key in the maps, its flaw."""

    items: list[DemoItem]
    product_id: int
    flaw: str | None = None
    related: list[int] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.items[-1].key

    @property
    def is_mapped(self) -> bool:
        return self.flaw not in ("found_by_sku", "not_in_shop")

    @property
    def is_there(self) -> bool:
        return self.flaw not in ("not_in_shop", "deleted_in_shop")


class Shop:
    """The web shop of some items. sold: net units by place of the item, in hundredths; see `demo_tickets`."""

    def __init__(self, items: Sequence[DemoItem], sold: np.ndarray, rng: np.random.Generator) -> None:
        self._sold: Mapping[str, int] = {item.item_no: units for item, units in zip(items, sold.tolist(), strict=True)}
        self._products = _products(items)
        self._rng = rng
        self.planted: Counter[str] = Counter()
        self._plant()
        self.records = self._records()

    def maps(self) -> dict[str, pd.DataFrame]:
        """CPI_BC_PRODUCTS by item number or binding id, CPI_BC_PROD by item number."""
        mapped = [product for product in self._products if product.is_mapped]
        variants = [
            (item.item_no, product.product_id) for product in mapped for item in product.items if not item.is_parent
        ]
        return {
            "CPI_BC_PRODUCTS": pd.DataFrame(
                [(product.key, "1", product.product_id) for product in mapped],
                columns=["ITEM_NO", "WEB_ID", "PRODUCT_ID"],
                dtype=object,
            ),
            "CPI_BC_PROD": pd.DataFrame(
                [(sku, "1", number, _FIRST_VARIANT + place) for place, (sku, number) in enumerate(variants)],
                columns=["SKU", "WEB_ID", "PRODUCT_ID", "VARIANT_ID"],
                dtype=object,
            ),
        }

    def _plant(self) -> None:
        count = max(2, round(_SHARE * len(self._products)))
        sound = [product for product in self._products if all(item.flaw is None for item in product.items)]
        sound = [product for product in sound if any(item.status == "A" for item in product.items[-1:])]
        order = iter([sound[place] for place in self._rng.permutation(len(sound)).tolist()])
        for flaw, times in (
            ("found_by_sku", count),
            ("not_in_shop", count),
            ("deleted_in_shop", count),
            ("hidden_in_shop", count),
            ("featured_by_hand", 1),
        ):
            for _ in range(times):
                next(order).flaw = flaw
                self.planted[flaw] += 1

    def _records(self) -> list[dict[str, Any]]:
        there = [product for product in self._products if product.is_there]
        numbers = [product.product_id for product in there]
        records = [self._record(product, numbers) for product in there]
        last = self._products[-1].product_id
        for place, name in enumerate(_UNKNOWN, start=1):
            records.append({
                "id": last + place, "sku": f"WEB-{place}", "name": name, "price": Decimal("9.00"), "total_sold": 0,
                "related_products": [-1], "sort_order": 0, "is_featured": False, "is_visible": True,
            })  # fmt: skip
        self.planted["only_in_shop"] = len(_UNKNOWN)
        return records

    def _record(self, product: _Product, numbers: Sequence[int]) -> dict[str, Any]:
        rng = self._rng
        sold = whole_units(sum(self._sold[item.item_no] for item in product.items))
        chance = rng.random()
        told = sold if chance < 0.7 else sold * 9 // 10 if chance < 0.95 else 0
        self.planted["total_sold_outdated"] += told != sold
        head = product.items[0]
        shown = any(item.status == "A" for item in product.items if not item.is_parent)
        related = [-1] if chance < 0.7 else [] if chance < 0.85 else rng.choice(numbers, 3, replace=False).tolist()
        return {
            "id": product.product_id,
            "sku": product.key,
            "name": head.name,
            "description": f"<p>{head.name}, grown in our own houses. {_WORDS[product.product_id % len(_WORDS)]}</p>",
            "price": cents(head.price) or Decimal(0),
            "total_sold": told,
            "related_products": [number for number in related if number != product.product_id],
            "sort_order": int(rng.integers(-400, 1)) if rng.random() < 0.6 else 0,
            "is_featured": product.flaw == "featured_by_hand",
            "is_visible": shown and product.flaw != "hidden_in_shop",
        }


def _products(items: Sequence[DemoItem]) -> list[_Product]:
    """The products of items that are meant for the web, in order; ids count all products, so they stay."""
    found: dict[int, list[DemoItem]] = {}
    for item in items:
        if item.on_web:
            found.setdefault(item.product, []).append(item)
    return [_Product(of, _FIRST_PRODUCT + place) for place, of in found.items()]
