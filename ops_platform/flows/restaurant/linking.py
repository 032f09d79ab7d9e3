"""Aliases, and the lines that get what their names mean now.

What belongs here: the statements every decision shares, whoever made it. What does not: decisions (decisions.py), lists
of verified names (aliases.py), and matching again what no decision is about (rematching.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.database import execute, records
from ops_platform.flows.restaurant.matching import Matcher
from ops_platform.flows.restaurant.meanings import Meaning
from ops_platform.flows.restaurant.rematching import apply_relinks, match_groups, relinks_of
from ops_platform.flows.restaurant.review import as_json
from ops_platform.restaurant.name_text import norm_name
from ops_platform.settings import Settings

NO_ITEM: Final = "no item"
_ALWAYS: Final[dict[str, date | None]] = {"first": None, "last": None}


def new_alias(
    norm: str, raw_name: str, meaning: Meaning | None, *, source: str, who: str, note: str | None = None
) -> dict[str, Any]:
    """A row for `put_aliases`. meaning: None for what is deliberately no item; source: manual or import."""
    return {
        "raw_name_norm": norm,
        "raw_name": raw_name,
        "menu_item_id": None if meaning is None else meaning.menu_item_id,
        "variant_id": None if meaning is None else meaning.variant_id,
        "source": source,
        "verified_by": who,
        "note": note or None,
    }


def put_aliases(connection: sa.Connection, aliases: Iterable[Mapping[str, Any]], *, now: datetime) -> dict[str, int]:
    """Let aliases take the place of those in force, which stay as history; return their numbers by name."""
    rows = [dict(alias) for alias in aliases]
    close_aliases(connection, [row["raw_name_norm"] for row in rows], now=now)
    found = records(connection, "restaurant/alias_put", names=as_json(rows), now=now)
    return {row["raw_name_norm"]: row["alias_id"] for row in found}


def close_aliases(connection: sa.Connection, norms: Collection[str], *, now: datetime) -> int:
    """End what people decided about names; return how many decisions were in force."""
    return execute(connection, "restaurant/alias_close", names=list(norms), now=now)


def aliases_in_force(connection: sa.Connection, norms: Collection[str] | None = None) -> dict[str, dict[str, Any]]:
    """What people decided, by name, with name, type and variant of the item; of some names or of all."""
    names = None if norms is None else list(norms)
    return {row["raw_name_norm"]: row for row in records(connection, "restaurant/alias_in_force", names=names)}


def alias_text(alias: Mapping[str, Any]) -> str:
    """What an alias says, in words."""
    return NO_ITEM if alias["menu_item_id"] is None else f"{alias['name']}, {alias['variant']}"


def relink(
    connection: sa.Connection, norms: Collection[str], *, settings: Settings, now: datetime, reason: str
) -> pd.DataFrame:
    """Give every line of some names what matching says now, and tell match_changes; return the match results.

    Lines that have it already stay untouched. To be called once in a transaction.
    """
    wanted = set(norms)
    groups = [group for group in records(connection, "restaurant/link_groups", **_ALWAYS) if _key(group) in wanted]
    matched = match_groups(groups, Matcher.of(connection, settings))
    relinks = [relink._replace(reason=reason) for relink in relinks_of(groups, matched)]
    apply_relinks(connection, relinks, _ALWAYS, now, run_id=None)
    return matched


def _key(group: Mapping[str, Any]) -> str:
    return norm_name(group["name_raw"])
