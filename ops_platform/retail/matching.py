"""Web items and products of the web shop that do not find each other, as a list a person works off.

What belongs here: which they are, and which two might belong together. What does not: how an item finds its product
(bindings.py), and reading either side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ops_platform.retail.bindings import bound_products, web_products
from ops_platform.retail.rows import item_labels, lookup

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final = {
    "code": "what is wrong: one of retail/notes.py",
    "item_no": "of the item that stands for the product in the point of sale; None where there is none",
    "binding_id": "text or None",
    "product_id": "int or None",
    "name": "what the item, else the product, is called",
    "sku": "of the product, or None",
    "detail": "what was found",
    "perhaps": "a partner that is called nearly so: 'product 112: Dwarf Hinoki Cypress'; None where none is",
}
ALIKE: Final = 85.0
"""How alike two names are (0 to 100) that might mean the same thing."""


def unmatched(items: pd.DataFrame, product_map: pd.DataFrame, catalogue: pd.DataFrame) -> pd.DataFrame:
    """Every web item, binding and product without its partner, and mappings that are odd; frames as snapshots.py says.

    Ordered by code, then by name. `perhaps` only pairs those that have no partner.
    """
    import pandas as pd  # noqa: PLC0415  # as in automation.py

    bound = bound_products(items)
    web = web_products(items, bound, product_map, catalogue)
    labels, skus = item_labels(items), lookup(catalogue, "sku")
    first_of = {key: number for number, key in sorted(bound.key_of.items(), reverse=True)}
    rows: list[dict[str, Any]] = []
    for found in (*web.notes, *web.without_item):
        is_product = found["code"] in ("product_without_item", "shared_product")
        key = found["key"]
        # A binding without a parent row is called as its first size is.
        item_no = None if is_product else bound.head_of.get(key, key if key in labels else None)
        name = web.name_of[key] if is_product else labels.get(item_no or first_of.get(key, ""), str(key))
        rows.append(
            {
                "code": found["code"],
                "item_no": item_no,
                "binding_id": key if not is_product and key in first_of and key not in labels else None,
                "product_id": key if is_product else None,
                "name": name,
                "sku": skus[key] if is_product else None,
                "detail": found["detail"],
                "perhaps": None,
            }
        )
    rows.sort(key=_place)
    _pair(rows)
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["code"],
        row["name"].casefold(),
        *(str(row[column]) for column in ("item_no", "binding_id", "product_id")),
    )


def _pair(rows: Iterable[dict[str, Any]]) -> None:
    """Note beside each that has no partner the one of the other side whose name is most alike."""
    from rapidfuzz import fuzz, process, utils  # noqa: PLC0415  # only this list needs it

    listed = list(rows)
    items = [row for row in listed if row["code"] in ("unmatched_item", "product_gone")]
    products = [row for row in listed if row["code"] == "product_without_item"]
    for mine, others in ((items, products), (products, items)):
        names = [row["name"] for row in others]
        for row in mine:
            best = process.extractOne(
                row["name"], names, scorer=fuzz.token_sort_ratio, processor=utils.default_process, score_cutoff=ALIKE
            )
            row["perhaps"] = _called(others[best[2]]) if best else None


def _called(row: Mapping[str, Any]) -> str:
    if row["product_id"] is not None:
        return f"product {row['product_id']}: {row['name']}"
    return f"item {row['item_no'] or row['binding_id']}: {row['name']}"
