"""What is shown of an item: its photo, and nothing at all of one whose web title hides it.

What belongs here: these two rules, once for mails, reports and checks: where each had its own, they said different
things of one item. What does not: reading the folder, and what a photo must look like (photo.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from ops_platform.retail.bindings import bound_products, typed
from ops_platform.settings_retail import RetailSettings

if TYPE_CHECKING:
    import pandas as pd

_PICTURES: Final = (".jpg", ".jpeg", ".png")  # the last two become .jpg within the hour


def pictured(names: Iterable[str]) -> dict[str, str]:
    """By number (`typed`), its first photo: 10093.jpg before 10093^1.jpg. names: of the files in the folder."""
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda each: (len(each), each)):
        path = PurePath(name)
        if path.suffix.casefold() in _PICTURES:
            found.setdefault(typed(path.stem.partition("^")[0]), name)
    return found


def items_with_photo(items: pd.DataFrame, names: Iterable[str]) -> set[str]:
    """The items that have one: of their own number, of any size of their bound product, or of its binding id.

    items: snapshots.ITEMS. names: of the files in the folder.
    """
    photos, key_of = pictured(names), bound_products(items).key_of
    products = {key for item_no, key in key_of.items() if typed(item_no) in photos or typed(key) in photos}
    return {item_no for item_no, key in key_of.items() if key in products}


def is_hidden(item: Mapping[Any, Any], settings: RetailSettings) -> bool:
    """Whether an item's web title says that it is to be shown nowhere, and is no title. item: of snapshots.ITEMS."""
    hidden = typed(settings.reports.hidden_title)
    return bool(hidden) and typed(item["web_title"] or "") == hidden
