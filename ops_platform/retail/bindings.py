"""Which product an item is: in the point of sale (bound products and their parent rows) and in the web shop.

Several items (sizes of a plant) can be bound to one product by a binding id; one of their rows, the parent, stands
for the product in the point of sale. What belongs here: these relations, what is odd about them, and how much of an
item the web shop may sell. What does not: any rule about what a product should show.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from decimal import Decimal
from math import floor
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ops_platform.retail.automation import note
from ops_platform.retail.rows import lookup

if TYPE_CHECKING:
    import pandas as pd

Notes = list[dict[str, Any]]
Address = TypeVar("Address", bound=Hashable)


class Bound(NamedTuple):
    """The products of the point of sale; a product's key is the binding id, or the item number of an unbound item.

    key_of: by item number. head_of: by key, the item number of the row that stands for the product; a binding without
    a parent row is missing.
    """

    key_of: dict[str, str]
    head_of: dict[str, str]
    notes: Notes

    def heads(self) -> dict[str, str]:
        """By item number, the item whose row stands for its product."""
        return {item_no: self.head_of[key] for item_no, key in self.key_of.items() if key in self.head_of}

    def without_parent(self, item_nos: Iterable[str]) -> Notes:
        """Notes on the bindings of these items that have no parent row."""
        keys = {self.key_of[item_no] for item_no in item_nos} - self.head_of.keys()
        return [note("no_parent", key, "nothing could be written for its items") for key in keys]


class WebProducts(NamedTuple):
    """Where items are in the web shop.

    id_of: product id by item number (also by numbers that only the mapping still knows) and by binding id. name_of: by
    product id, all of the catalogue. without_item: notes on the products that no item is.
    """

    id_of: dict[str, int]
    name_of: dict[int, str]
    notes: Notes
    without_item: Notes

    def unmatched(self) -> int:
        """How many products of the point of sale should be in the web shop and are not."""
        return sum(row["code"] in ("unmatched_item", "product_gone") for row in self.notes)


def bound_products(items: pd.DataFrame) -> Bound:
    """The products of the point of sale out of its items (snapshots.ITEMS)."""
    key_of: dict[str, str] = {}
    heads: dict[str, list[str]] = defaultdict(list)
    for item_no, binding_id, is_parent in _columns(items, "item_no", "binding_id", "is_parent"):
        key_of[item_no] = binding_id or item_no
        if is_parent or not binding_id:
            heads[binding_id or item_no].append(item_no)
    notes = [note("several_parents", key, ", ".join(sorted(found))) for key, found in heads.items() if len(found) > 1]
    return Bound(key_of, {key: min(found) for key, found in heads.items()}, notes)


def web_products(items: pd.DataFrame, bound: Bound, product_map: pd.DataFrame, catalogue: pd.DataFrame) -> WebProducts:
    """Find the product of every item: by the mapping of its key or its parent's number, else by these as a SKU.

    items, product_map, catalogue: as snapshots.py says; bound: of the same items. Only products of the catalogue count.
    """
    name_of = lookup(catalogue, "name")
    mapped, ever, notes = _mapped(product_map, name_of)
    skus = _by_sku(catalogue)
    web_keys = {bound.key_of[item_no] for item_no, is_web in _columns(items, "item_no", "is_web_item") if is_web}
    found: dict[str, int] = {}
    for key in set(bound.key_of.values()):
        names = (typed(key), typed(bound.head_of.get(key, key)))
        product_id = _first(mapped, names)
        if product_id is None and (lost := _first(ever, names)) is not None:
            notes.append(note("product_gone", key, f"product {lost}"))
        elif product_id or (product_id := _first(skus, names)):
            found[key] = product_id
        elif key in web_keys:
            notes.append(note("unmatched_item", key, "neither mapped nor a SKU of the web shop"))
    of_items = {item_no: found[key] for item_no, key in bound.key_of.items() if key in found}
    id_of = {**mapped, **found, **of_items}
    unclaimed = name_of.keys() - {id_of[item_no] for item_no in bound.key_of if item_no in id_of}
    without_item = [note("product_without_item", product_id, name_of[product_id]) for product_id in unclaimed]
    return WebProducts(id_of, name_of, [*notes, *_shared(found)], without_item)


def buffered_stock(items: pd.DataFrame, stock: pd.DataFrame) -> dict[str, int]:
    """How many of each item the web shop may sell: whole units available less the item's buffer, never below 0.

    An item without a row of stock has none.
    """
    available = lookup(stock, "available")
    return {
        item_no: max(floor(floor(available.get(item_no, 0)) - (buffer or Decimal(0))), 0)
        for item_no, buffer in _columns(items, "item_no", "stock_buffer")
    }


def grouped(item_nos: Iterable[str], address_of: Mapping[str, Address]) -> dict[Address, list[str]]:
    """Items by what they are one of (a product id, a head row), in order of item number; others are left out."""
    groups: dict[Address, list[str]] = defaultdict(list)
    for item_no in sorted(item_nos):
        if item_no in address_of:
            groups[address_of[item_no]].append(item_no)
    return dict(groups)


def is_parent_row(item: Mapping[Any, Any]) -> bool:
    """Whether an item's row stands for a bound product, without goods of its own. item: a row of snapshots.ITEMS.

    A parent row without a binding has lost its product, and is an item like any other.
    """
    return bool(item["is_parent"] and item["binding_id"])


def typed(number: str) -> str:
    """An item number as a person typed it, to compare: the point of sale's database knows no lower case either."""
    return number.strip().upper()


def _mapped(product_map: pd.DataFrame, name_of: Mapping[int, str]) -> tuple[dict[str, int], dict[str, int], Notes]:
    """Product ids of the catalogue by key (in capitals), of all products that were ever mapped, and what is odd."""
    given: dict[str, set[int]] = defaultdict(set)
    for key, product_id in _columns(product_map, "key", "product_id"):
        given[typed(key)].add(product_id)
    standing = {key: ids & name_of.keys() for key, ids in given.items()}
    notes = [
        note("mapped_twice", key, "products " + ", ".join(map(str, sorted(ids))))
        for key, ids in given.items()
        if len(ids) > 1
    ]
    mapped = {key: min(ids) for key, ids in standing.items() if ids}
    return mapped, {key: min(ids) for key, ids in given.items()}, notes


def _by_sku(catalogue: pd.DataFrame) -> dict[str, int]:
    """Product ids by SKU in capitals; of several (in another case, or blanks around) the lowest."""
    pairs = sorted(_columns(catalogue, "product_id", "sku"), key=lambda pair: -pair[0])
    return {typed(sku): product_id for product_id, sku in pairs if sku}


def _shared(found: Mapping[str, int]) -> Notes:
    """Notes on products that several items or bindings are."""
    keys_of: dict[int, list[str]] = defaultdict(list)
    for key, product_id in found.items():
        keys_of[product_id].append(key)
    return [
        note("shared_product", product_id, ", ".join(sorted(keys)))
        for product_id, keys in keys_of.items()
        if len(keys) > 1
    ]


def _first(where: Mapping[str, int], names: Iterable[str]) -> int | None:
    return next((where[name] for name in names if name in where), None)


def _columns(frame: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(frame[name].tolist() for name in names), strict=True)
