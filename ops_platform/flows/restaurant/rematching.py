"""Match again what is stored, after the menu, a decision or a rule has changed.

What belongs here: which lines may get another link, and writing that down. What does not: matching
(restaurant/match.py), decisions of people (decisions.py, which link the lines of their names at once).

Looked at again are lines without a link, fuzzy and unsure ones, and those whose item or size is gone or no longer sold.
A person's word stands: a `manual` link changes only when the decision itself was taken back or replaced, and a name
that people decided about follows them. Everything else keeps its link, because a sure link is not made surer.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.database import Database, copy_rows, execute, records
from ops_platform.flows.restaurant import tables
from ops_platform.flows.restaurant.matching import Matcher
from ops_platform.flows.restaurant.review import refresh_queue
from ops_platform.flows.restaurant.turns import wait_for_turn
from ops_platform.restaurant.menu import Menu
from ops_platform.restaurant.name_text import norm_name
from ops_platform.settings import Settings

_ENTITIES: Final = {"item": "order_item", "addon": "order_item_addon"}


class Link(NamedTuple):
    """What a line is linked to, as it stands in the database. All None: nothing, and nothing was near."""

    menu_item_id: int | None
    variant_id: int | None
    confidence: Decimal | None
    method: str | None


class Relink(NamedTuple):
    """Lines of one name and PetPooja id that get another link. reason: a code of restaurant.match.REASONS."""

    kind: str
    name_raw: str
    petpooja_id: str | None
    line_count: int
    old: Link
    new: Link
    reason: str


@dataclass(frozen=True)
class RematchReport:
    """What matching again did, or with dry_run would do. lines: looked at; changes: one a name and pair of links.

    linked: lines that had no link and have one; unlinked: the other way round; changed: all lines with a difference,
    also those where only the confidence differs.
    """

    dry_run: bool
    lines: int
    names: int
    changed: int
    linked: int
    unlinked: int
    seconds: float
    changes: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For --json and metadata."""
        return asdict(self)


def rematch(
    db: Database,
    *,
    settings: Settings,
    now: datetime,
    since: date | None = None,
    until: date | None = None,
    dry_run: bool = False,
    run_id: str | None = None,
) -> RematchReport:
    """Match stored lines again, all or those of operating days from `since` to `until`; in one transaction.

    dry_run: write nothing, tell the difference. Every change is kept in match_changes, the orders' flags and the review
    queue follow. Errors: those of the database.
    """
    started = time.perf_counter()
    days = {"first": since, "last": until}
    with db.transaction() as connection:
        if not dry_run:
            wait_for_turn(connection)
        matcher = Matcher.of(connection, settings)
        groups = records(connection, "restaurant/link_groups", **days)
        open_groups = _open_groups(connection, groups, matcher)
        matched = match_groups(open_groups, matcher)
        relinks = relinks_of(open_groups, matched)
        if not dry_run:
            apply_relinks(connection, relinks, days, now, run_id)
            if not matched.empty:
                refresh_queue(connection, matched, now=now)
    counts = Counter[str]()
    for relink in relinks:
        counts["changed"] += relink.line_count
        had, has = relink.old.menu_item_id is not None, relink.new.menu_item_id is not None
        counts["linked"] += relink.line_count * (has and not had)
        counts["unlinked"] += relink.line_count * (had and not has)
    return RematchReport(
        dry_run=dry_run,
        lines=sum(group["line_count"] for group in groups),
        names=len({(group["kind"], group["name_raw"], group["petpooja_id"]) for group in open_groups}),
        changed=counts["changed"],
        linked=counts["linked"],
        unlinked=counts["unlinked"],
        seconds=round(time.perf_counter() - started, 3),
        changes=[_told(relink, matcher.menu) for relink in relinks],
    )


def _open_groups(connection: sa.Connection, groups: list[dict[str, Any]], matcher: Matcher) -> list[dict[str, Any]]:
    past = {row["raw_name_norm"] for row in records(connection, "restaurant/past_aliases")}
    return [group for group in groups if _is_open(group, matcher, past)]


def _is_open(group: dict[str, Any], matcher: Matcher, past_aliases: set[str]) -> bool:
    """Whether lines of a name with this link may get another one."""
    method = group["match_method"]
    if method is None or method == "fuzzy":
        return True
    norm = norm_name(group["name_raw"])
    alias = matcher.aliases.by_name.get(norm)
    if method == "manual":
        return norm in past_aliases if alias is None else alias != (group["menu_item_id"], group["variant_id"])
    if alias is not None and alias != (group["menu_item_id"], group["variant_id"]):
        return True
    unsure = group["match_confidence"] is None or group["match_confidence"] < matcher.limits.automatic_from
    return unsure or not _is_sold(matcher.menu, group["menu_item_id"], group["variant_id"])


def _is_sold(menu: Menu, menu_item_id: int, variant_id: int | None) -> bool:
    item = menu.items.get(menu_item_id)
    return item is not None and item.is_active and variant_id in item.variants.values()


def match_groups(groups: list[dict[str, Any]], matcher: Matcher) -> pd.DataFrame:
    """Match the names of groups of lines (rows of the query link_groups), each once."""
    columns = ["name_raw", "petpooja_id", "kind"]
    names = dict.fromkeys(tuple(group[column] for column in columns) for group in groups)
    return matcher.match(pd.DataFrame(list(names), columns=columns, dtype=object))


def relinks_of(groups: list[dict[str, Any]], matched: pd.DataFrame) -> list[Relink]:
    """Return which groups of lines get another link by these match results."""
    found = {(row["kind"], row["name_raw"], row["petpooja_id"]): row for row in matched.to_dict("records")}
    relinks = []
    for group in groups:
        row = found[group["kind"], group["name_raw"], group["petpooja_id"]]
        old = Link(*(group[name] for name in tables.LINK))
        new = Link(*(row[name] for name in tables.LINK))
        if old != new:
            parts = (group["kind"], group["name_raw"], group["petpooja_id"], group["line_count"])
            relinks.append(Relink(*parts, old, new, row["reason"]))
    return relinks


def apply_relinks(
    connection: sa.Connection, relinks: list[Relink], days: dict[str, date | None], now: datetime, run_id: str | None
) -> None:
    """Link the lines of some days (first, last), tell match_changes, and look at the orders' flags again."""
    if not relinks:
        return
    for name, columns in (("stage_relinks", tables.RELINKS), ("touched_orders", tables.KEPT_STAGES["touched_orders"])):
        listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        execute(connection, f"CREATE TEMP TABLE {name} ({listed}) ON COMMIT DROP")
    rows = ((one.kind, one.name_raw, one.petpooja_id, *one.old, *one.new) for one in relinks)
    copy_rows(connection, "stage_relinks", tables.RELINKS, rows)
    execute(connection, "restaurant/relink_items", **days)
    execute(connection, "restaurant/relink_addons", **days)
    counted: Counter[tuple[Any, ...]] = Counter()
    for one in relinks:
        counted[_ENTITIES[one.kind], one.name_raw, one.old, one.new, one.reason] += one.line_count
    changes = (
        (now, entity, name, count, *old, *new, reason, run_id)
        for (entity, name, old, new, reason), count in counted.items()
    )
    copy_rows(connection, "match_changes", tables.MATCH_CHANGES, changes)
    execute(connection, "restaurant/put_menu_flags")


def _told(relink: Relink, menu: Menu) -> dict[str, Any]:
    """A change as a person reads it: items and sizes by name."""
    return {
        "entity": _ENTITIES[relink.kind],
        "name_raw": relink.name_raw,
        "petpooja_id": relink.petpooja_id,
        "line_count": relink.line_count,
        "reason": relink.reason,
        **{f"old_{name}": value for name, value in relink.old._asdict().items()},
        "old": _named(relink.old, menu),
        **{f"new_{name}": value for name, value in relink.new._asdict().items()},
        "new": _named(relink.new, menu),
    }


def _named(link: Link, menu: Menu) -> str | None:
    if link.menu_item_id is None:
        return None
    item = menu.items.get(link.menu_item_id)
    sizes = {number: name for name, number in menu.variant_ids.items()}
    size = "no size" if link.variant_id is None else sizes.get(link.variant_id, str(link.variant_id))
    return f"{item.name if item else link.menu_item_id}, {size}"
