"""What is wrong with items, as lists: no photo, less than nothing, in no category, not sold though there, no text.

What belongs here: which items stand on which list. What does not: how many of them are shown (item_report.py). Of a
bound product only its parent row is listed where the web shop shows them as one. Items with the hidden title are on no
list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ops_platform.retail.reports.about import About
from ops_platform.retail.rows import lookup
from ops_platform.retail.shown import items_with_photo

Item = Mapping[Any, Any]


class Listed(NamedTuple):
    """An item on a list. available: None without a row of stock. characters: of its web description, if that counts."""

    item: Item
    available: Any
    characters: int | None = None


class Found(NamedTuple):
    """The items on a list, by category and name. of: how many were looked at."""

    rows: Sequence[Listed]
    of: int


class ItemList(NamedTuple):
    """A list. name: stable, of the check and in the file. advice: what a person does. find: raises as the inputs do."""

    name: str
    title: str
    advice: str
    find: Callable[[About], Found]


def _without_photo(about: About) -> Found:
    """Active web items without <item number>.jpg or <item number>^1.jpg; a bound product may have one of any size."""
    pictured = items_with_photo(about.inputs["items"], about.inputs["photo_folder"]["name"].tolist())
    return _found(about, _with_a_page(about), lambda item: item["item_no"] not in pictured)


def _below_zero(about: About) -> Found:
    """Items of which there is less than nothing."""
    available = lookup(about.inputs["stock"], "available")
    return _found(about, _items(about), lambda item: (available.get(item["item_no"]) or 0) < 0)


def _without_category(about: About) -> Found:
    """Active web items that stand in no category of the web shop, so that nobody finds them there."""
    placed = set(about.inputs["web_categories"]["item_no"].tolist())
    return _found(about, _with_a_page(about), lambda item: item["item_no"] not in placed)


def _not_on_the_web(about: About) -> Found:
    """Active items in stock that are not for the web shop."""
    available = lookup(about.inputs["stock"], "available")
    active = [item for item in _items(about) if item["status"] == "A"]
    return _found(about, active, lambda item: not item["is_web_item"] and (available.get(item["item_no"]) or 0) > 0)


def _inactive_with_stock(about: About) -> Found:
    """Items in stock that are not active, so that neither till nor web shop sells them."""
    available = lookup(about.inputs["stock"], "available")
    return _found(
        about, _items(about), lambda item: item["status"] != "A" and (available.get(item["item_no"]) or 0) > 0
    )


def _without_description(about: About) -> Found:
    """Active web items whose web description is missing, or hardly a sentence."""
    least = about.settings.item_report.shortest_description
    characters = lookup(about.inputs["web_descriptions"], "characters")
    found = _found(about, _with_a_page(about), lambda item: (characters.get(item["item_no"]) or 0) < least)
    return found._replace(
        rows=[each._replace(characters=characters.get(each.item["item_no"]) or 0) for each in found.rows]
    )


LISTS: Final = (
    ItemList(
        "items_without_photo", "Web items without a photo", "Put <item number>.jpg into the folder of photos.",
        _without_photo,
    ),
    ItemList(
        "items_below_zero", "Less than nothing in stock", "Receive what came in, or count them.", _below_zero
    ),
    ItemList(
        "web_items_without_category", "Web items in no category", "Put them into a category of the web shop.",
        _without_category,
    ),
    ItemList(
        "stock_not_on_the_web", "In stock, but not on the web",
        "Offer them on the web, or give them the web title that hides them.", _not_on_the_web,
    ),
    ItemList(
        "inactive_items_with_stock", "Inactive, but in stock", "Make them active, or count them out.",
        _inactive_with_stock,
    ),
    ItemList(
        "web_items_without_text", "Web description missing or short", "Write one: it is what customers read.",
        _without_description,
    ),
)  # fmt: skip
"""Every list there is, in the order of the report. Each needs only some of the inputs."""


def _found(about: About, items: Iterable[Item], is_on_it: Callable[[Item], bool]) -> Found:
    looked_at = list(items)
    available = lookup(about.inputs["stock"], "available")
    rows = [Listed(item, available.get(item["item_no"])) for item in looked_at if is_on_it(item)]
    rows.sort(key=lambda each: (each.item["category"] or "", about.name(each.item["item_no"]), each.item["item_no"]))
    return Found(rows, len(looked_at))


def _items(about: About) -> Iterator[Item]:
    """All but the hidden ones."""
    return (item for item in about.items if item["item_no"] not in about.hidden)


def _with_a_page(about: About) -> Iterator[Item]:
    """Active web items that the web shop shows by themselves: what is not bound, and rows that stand for a product."""
    return (
        item
        for item in _items(about)
        if item["status"] == "A" and item["is_web_item"] and about.heads.get(item["item_no"]) == item["item_no"]
    )
