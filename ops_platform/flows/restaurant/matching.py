"""The menu and the decisions of people out of the database, and the names of a load matched once each.

What belongs here: reading what matching needs, and keeping its results where statements can join them. What does not:
matching (restaurant/match.py), matching again what is stored (rematching.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.database import copy_rows, execute, frame
from ops_platform.flows.restaurant import tables
from ops_platform.restaurant.match import MatchLimits, match_names
from ops_platform.restaurant.menu import Aliases, Menu
from ops_platform.restaurant.name_rules import NameRules, load_rules
from ops_platform.settings import Settings


def load_menu(connection: sa.Connection) -> Menu:
    """Return the menu as it stands in the database, inactive items too."""
    return Menu.from_frame(frame(connection, "restaurant/menu"))


def load_aliases(connection: sa.Connection) -> Aliases:
    """Return what people decided about names, as far as it is in force."""
    return Aliases.from_frame(frame(connection, "restaurant/aliases"))


def limits_of(settings: Settings) -> MatchLimits:
    """When a match is linked without asking a person."""
    return MatchLimits(automatic_from=settings.restaurant.automatic_from)


@dataclass
class Matcher:
    """Matches names of one transaction; `matched` holds every result so far, as match_names gives it."""

    connection: sa.Connection
    menu: Menu
    aliases: Aliases
    rules: NameRules
    limits: MatchLimits
    _frames: list[pd.DataFrame] = field(default_factory=list)

    @classmethod
    def of(cls, connection: sa.Connection, settings: Settings) -> Matcher:
        """A matcher with the menu, aliases and rules as they are now."""
        rules = load_rules(settings.restaurant.rules)
        return cls(connection, load_menu(connection), load_aliases(connection), rules, limits_of(settings))

    def match(self, names: pd.DataFrame) -> pd.DataFrame:
        """Match distinct names (columns name_raw, petpooja_id, kind)."""
        return match_names(names, self.menu, self.aliases, self.rules, self.limits)

    def match_staged(self) -> None:
        """Match the names of the staged orders that this load has not had yet, into stage_matches."""
        names = frame(self.connection, "restaurant/unmatched_names")
        if names.empty:
            return
        matched = self.match(names)
        self._frames.append(matched)
        copy_matches(self.connection, matched)
        # Nobody knows how many names there are by now; as one name, each line would look through all of them.
        execute(self.connection, "ANALYZE stage_matches")

    @property
    def matched(self) -> pd.DataFrame | None:
        """Everything matched so far; None when there was no name."""
        return pd.concat(self._frames, ignore_index=True) if self._frames else None


def copy_matches(connection: sa.Connection, matched: pd.DataFrame) -> None:
    """Put results of match_names where statements join them."""
    rows = zip(*(matched[name].tolist() for name in tables.MATCHES), strict=True)
    copy_rows(connection, "stage_matches", tables.MATCHES, rows)
