"""What customers can ask for: an item or a bound product, how many there are, and how the web shop shows it.

What belongs here: from an item number somebody typed to a title, a page, a photo and a quantity. What does not: who
asked (requests.py), and what a mail looks like.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from ops_platform.core.text import clean_text
from ops_platform.retail.automation import Inputs
from ops_platform.retail.bindings import bound_products, buffered_stock, typed, web_products
from ops_platform.retail.rows import lookup
from ops_platform.retail.shown import is_hidden, pictured
from ops_platform.settings_retail import RetailSettings

_LONGEST: Final = 400


class Offer(NamedTuple):
    """What a request is for. item_no: as the point of sale has it (the binding id of a whole bound product).

    quantity: above the stock buffer. path: of its page, None when customers cannot see it. photo: file name or None.
    """

    item_no: str
    names: frozenset[str]
    quantity: int
    title: str
    path: str | None
    description: str | None
    photo: str | None


class Shelf:
    """The items of a store by what people call them. inputs: items, stock, product_map, catalogue, pages, photos."""

    def __init__(self, inputs: Inputs, settings: RetailSettings) -> None:
        self._settings = settings
        rows: list[dict[Any, Any]] = inputs["items"].to_dict("records")
        self._items = {row["item_no"]: row for row in rows}
        self._bound = bound_products(inputs["items"])
        self._web = web_products(inputs["items"], self._bound, inputs["product_map"], inputs["catalogue"])
        self._left = buffered_stock(inputs["items"], inputs["stock"])
        self._seen = lookup(inputs["catalogue"], "is_visible")
        self._paths, self._words = (lookup(inputs["pages"], name) for name in ("path", "description"))
        self._photos = pictured(inputs["photos"]["name"])
        self._children: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            if row["binding_id"] and not row["is_parent"]:
                self._children[row["binding_id"]].append(row["item_no"])
        # A binding id first: a parent row often has the same number.
        self._called = {typed(name): name for name in [*self._children, *self._items]}

    def find(self, item_no: str) -> Offer | None:
        """What somebody asked for; None when the point of sale knows nothing of that number.

        A size of a bound product is that size alone, on the page of the whole; the whole, or its parent row, is all
        its sizes.
        """
        name = self._called.get(typed(item_no)) or self._called.get(typed(item_no).removesuffix(".0"))
        if name is None:
            return None
        key = self._bound.key_of.get(name, name)
        is_whole = name not in self._items or self._items[name]["is_parent"]
        numbers = self._children[key] if is_whole and key in self._children else [name]
        head = self._bound.head_of.get(key, name)
        product = self._web.id_of.get(name) or self._web.id_of.get(key)
        return Offer(
            item_no=name,
            names=frozenset(map(typed, (name, key, head))),
            quantity=sum(self._left.get(number, 0) for number in numbers),
            title=self._title(name, head, product, is_whole=is_whole),
            path=self._path(product, numbers),
            description=_described(self._words.get(product, "")),
            photo=self._photo(name, head, key, *self._children.get(key, ())),
        )

    def _path(self, product: int | None, numbers: Iterable[str]) -> str | None:
        """The page of a product that customers see, when one of the items is to be sold there."""
        shown = any(
            row["status"] == "A" and row["is_web_item"] and row["is_web_visible"] is not False
            for row in (self._items[number] for number in numbers)
        )
        return self._paths.get(product) if shown and product is not None and self._seen.get(product) else None

    def _photo(self, *numbers: str) -> str | None:
        """The photo of the first of these numbers that has one: the item's own before that of another size."""
        return next(filter(None, (self._photos.get(typed(number)) for number in numbers)), None)

    def _title(self, name: str, head: str, product: int | None, *, is_whole: bool) -> str:
        item, top = self._items.get(name, {}), self._items.get(head, {})
        own = self._web_title(item) or self._web_title(top) or self._web.name_of.get(product or 0)
        title = own or item.get("long_descr") or top.get("long_descr") or item.get("descr") or name
        size = None if is_whole else item.get("variant_name")
        return f"{title}, {size}" if size and size.casefold() not in title.casefold() else str(title)

    def _web_title(self, item: Mapping[str, Any]) -> str | None:
        return item["web_title"] if item and not is_hidden(item, self._settings) else None


def _described(html: str) -> str | None:
    """A description as plain words, cut at a blank when it is long."""
    text = clean_text(html) or ""
    if len(text) <= _LONGEST:
        return text or None
    return text[:_LONGEST].rpartition(" ")[0].rstrip(".,;: ") + " ..."
