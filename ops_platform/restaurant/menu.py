"""The menu and the decisions of people, as matching wants them.

What belongs here: the frames of the database (or of a file) as look-ups. What does not: reading them, and matching.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

Link = tuple[int, int]
"""menu_item_id, variant_id."""


class MenuItem(NamedTuple):
    """Something the shop sells. variants: name -> variant_id of the sizes it is sold in."""

    menu_item_id: int
    name: str
    type: str
    is_active: bool
    variants: Mapping[str, int]


class Alias(NamedTuple):
    """What a person decided about a name; menu_item_id None: it is deliberately no item."""

    menu_item_id: int | None
    variant_id: int | None


@dataclass(frozen=True, eq=False)
class Menu:
    """Items by id, in the order of their ids; variant_ids: every variant there is, also those no item has."""

    items: Mapping[int, MenuItem] = field(default_factory=dict)
    variant_ids: Mapping[str, int] = field(default_factory=dict)
    by_itemid: Mapping[str, Link] = field(default_factory=dict)
    by_addonid: Mapping[str, Link] = field(default_factory=dict)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Menu:
        """The menu of a frame with one row an item and variant.

        Columns: menu_item_id, name, type, variant_id, variant, petpooja_itemid, petpooja_addonid (numbers or text),
        is_active; others (price) are not needed. A row without menu_item_id adds a variant that no item has; one
        without variant_id an item without sizes. An item is active when one of its rows is.
        """
        found: dict[int, MenuItem] = {}
        variants: dict[str, int] = {}
        ids: tuple[dict[str, Link], dict[str, Link]] = ({}, {})
        for row in frame.to_dict("records"):
            item_id, variant_id = _whole(row["menu_item_id"]), _whole(row["variant_id"])
            if variant_id is not None:
                variants[row["variant"]] = variant_id
            if item_id is None:
                continue
            item = found.get(item_id) or MenuItem(item_id, row["name"], row["type"], False, {})
            sizes = item.variants if variant_id is None else {**item.variants, row["variant"]: variant_id}
            found[item_id] = item._replace(is_active=item.is_active or bool(row["is_active"]), variants=sizes)
            for column, known in zip(("petpooja_itemid", "petpooja_addonid"), ids, strict=True):
                number = id_text(row.get(column))
                if number is not None and variant_id is not None:
                    known.setdefault(number, (item_id, variant_id))
        return cls(dict(sorted(found.items())), variants, *ids)

    def only(self, items: Iterable[MenuItem]) -> Menu:
        """The same menu with these items alone: the active ones, or all but one to see what happens without it."""
        kept = {item.menu_item_id: item for item in items}
        maps = ({number: link for number, link in known.items() if link[0] in kept} for known in self._id_maps)
        return Menu(kept, self.variant_ids, *maps)

    @property
    def _id_maps(self) -> tuple[Mapping[str, Link], Mapping[str, Link]]:
        return self.by_itemid, self.by_addonid


@dataclass(frozen=True, eq=False)
class Aliases:
    """What people decided, by the key of the raw name (`name_text.norm_name`)."""

    by_name: Mapping[str, Alias] = field(default_factory=dict)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Aliases:
        """The aliases in force: a frame with raw_name_norm, menu_item_id, variant_id (both may be missing)."""
        return cls(
            {
                row["raw_name_norm"]: Alias(_whole(row["menu_item_id"]), _whole(row["variant_id"]))
                for row in frame.to_dict("records")
            }
        )


def id_text(value: Any) -> str | None:
    """A PetPooja id as text, None for nothing and for 0, which tills write for "no number"; 42.0 of a frame is 42."""
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124  NaN
        return None
    text = str(int(value)) if isinstance(value, float) else str(value).strip()
    return text if text.strip("0") else None


def _whole(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)
