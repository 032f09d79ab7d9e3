"""What a review session asks of the platform: the next name, the menu beside it, decisions made and taken back.

What belongs here: reading what a screen shows, in one place. What does not: keys and screens (restaurant_session.py,
restaurant_screen.py), and what a decision does (flows/restaurant/decisions.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ops_platform.adapters.database import Database
from ops_platform.flows.restaurant.decisions import Decided, decide
from ops_platform.flows.restaurant.menu import menu_sizes
from ops_platform.flows.restaurant.review import usual_prices, waiting_names
from ops_platform.flows.restaurant.undoing import Undone, undo
from ops_platform.restaurant.menu_search import MenuChoice, menu_choices
from ops_platform.restaurant.name_rules import TYPES
from ops_platform.restaurant.queue import Decision
from ops_platform.settings import Settings


class SizePrice(NamedTuple):
    """Whether an item is sold in a size, and for how much (None: the menu does not say)."""

    is_sold: bool
    price: Decimal | None


@dataclass
class MenuView:
    """The menu as a session shows it."""

    choices: list[MenuChoice] = field(default_factory=list)
    prices: dict[tuple[int, str], Decimal | None] = field(default_factory=dict)

    @property
    def types(self) -> list[str]:
        """The types of items there are."""
        return list(dict.fromkeys((*TYPES, *(choice.type for choice in self.choices))))

    def size(self, menu_item_id: int, variant: str) -> SizePrice:
        """How an item is sold in a size."""
        key = (menu_item_id, variant)
        return SizePrice(key in self.prices, self.prices.get(key))

    def item(self, menu_item_id: int) -> MenuChoice | None:
        """An item by its number."""
        return next((choice for choice in self.choices if choice.menu_item_id == menu_item_id), None)


@dataclass
class Desk:
    """The platform for one person who reviews."""

    db: Database
    settings: Settings
    who: str
    clock: Callable[[], datetime]

    def waiting(self) -> list[dict[str, Any]]:
        """Names that wait, dearest first, skipped ones last; read anew, because others review and load too."""
        return waiting_names(self.db)

    def menu(self) -> MenuView:
        """The menu as it is now."""
        with self.db.engine.connect() as connection:
            rows = menu_sizes(connection)
        prices = {(row["menu_item_id"], row["variant"]): row["price"] for row in rows if row["variant"] is not None}
        return MenuView(menu_choices(rows), prices)

    def prices(self, norm: str) -> Sequence[dict[str, Any]]:
        """What a name was sold for, the usual price first."""
        return usual_prices(self.db, norm)

    def decide(self, name: dict[str, Any], decision: Decision) -> Decided:
        """Decide about a name as it was shown. Errors: those of flows.restaurant.decisions.decide."""
        return decide(
            self.db,
            name["raw_name_norm"],
            decision,
            settings=self.settings,
            who=self.who,
            now=self.clock(),
            seen=name["updated_at"],
        )

    def undo(self, norm: str) -> Undone:
        """Take this person's decision about a name back. Errors: those of flows.restaurant.undoing.undo."""
        common = {"settings": self.settings, "who": self.who, "now": self.clock()}
        return undo(self.db, **common, raw_name_norm=norm, only_own=True)  # type: ignore[arg-type]
