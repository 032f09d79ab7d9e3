"""One load into the tables: batch by batch, inside the transaction of the caller.

What belongs here: the order of the statements, and what became of every event. What does not: files and pages
(loading.py), the rules which event counts (newest.py and sql/restaurant/judge_orders.sql).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

import sqlalchemy as sa

from ops_platform.adapters.database import copy_rows, execute, records
from ops_platform.flows.restaurant import tables
from ops_platform.flows.restaurant.matching import Matcher
from ops_platform.flows.restaurant.newest import Newest, has_chain, newest_events
from ops_platform.flows.restaurant.rejecting import (
    STREAM_TAKEN,
    OpenReject,
    keys_of,
    own_key,
    past_rejects,
    refused_order,
    taken_in_batch,
    taken_reject,
)
from ops_platform.flows.restaurant.staging import (
    StagedReject,
    empty_stages,
    make_stages,
    stage_orders,
    stage_rejects,
)
from ops_platform.restaurant.rows import OrderBatch, OrderRow, RejectRow

_WRITTEN: Final = ("new", "changed")
_SMALL: Final = 1_500  # orders; below it every plan is quick
# Only what is joined by: looking at the events themselves takes ten times as long.
_ANALYZE: Final = (
    "ANALYZE orders (order_id, restaurant_id, business_date, petpooja_order_id, created_on, stream_id, event_id, "
    "aggregate_id), order_items (order_item_id, order_id), order_item_addons (order_item_addon_id, order_item_id), "
    "order_taxes (order_id, line_no), order_discounts (order_id, line_no), stream_events (source, stream_id)"
)


@dataclass
class Merge:
    """Writes batches of one load. again: stored events are read anew, so that copies of them may change the tables.

    counts: read, new, updated, duplicate, superseded, rejected (orders), lines_rejected, items, addons, items_linked,
    addons_linked. codes: rejects by code. digests: of everything refused.
    """

    connection: sa.Connection
    load_id: int
    source: str
    name: str
    zone: tzinfo
    now: datetime
    matcher: Matcher
    again: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    digests: set[str] = field(default_factory=set)
    _known_size: int = _SMALL // 2

    def __post_init__(self) -> None:
        # The default of 4 MB sends the joins of a large load through temporary files.
        execute(self.connection, "SET LOCAL work_mem = '96MB'")
        # Compiling a statement takes longer than any of these.
        execute(self.connection, "SET LOCAL jit = off")
        make_stages(self.connection)

    def add(self, batch: OrderBatch, unreadable: Sequence[RejectRow] = ()) -> None:
        """Write a batch. unreadable: what was no event at all, refused before."""
        empty_stages(self.connection)
        newest = newest_events(batch)
        stage_orders(self.connection, batch, newest.kept)
        execute(self.connection, "restaurant/put_restaurants")
        if any(order.customer_identity for order in newest.kept):
            execute(self.connection, "restaurant/put_customers")
        outcome = self._write(newest)
        refused = [reject for reject in batch.rejects if reject.order_no is None]
        refused += [taken_in_batch(taken) for taken in newest.taken]
        refused += outcome.refused
        self._count(batch, newest, outcome, len(unreadable))
        self._note_events(batch, newest, outcome, refused)
        self._note_rejects(batch, newest, outcome, [*unreadable, *refused])
        self._know_sizes()

    def _know_sizes(self) -> None:
        """Tell the planner how large the tables have become, each time this load has doubled them.

        Nobody else sees the rows before the commit, the statistics keep saying "empty", and a first load of 50,000
        orders would be joined row by row: minutes instead of seconds.
        """
        written = self.counts["new"]
        if written >= 2 * self._known_size:
            execute(self.connection, _ANALYZE)
            self._known_size = written

    def finish(self) -> None:
        """Look at the orders written so far with the eyes of the menu."""
        execute(self.connection, "restaurant/put_menu_flags")

    def _write(self, newest: Newest) -> _Outcome:
        """Judge and write what is staged, in as many rounds as there are orders waiting for each other."""
        outcome = _Outcome({order.order_no: order for order in newest.kept})
        chains = any(map(has_chain, newest.kept))
        waiting = bool(newest.kept)
        while waiting:
            execute(self.connection, "restaurant/find_orders")
            if chains:
                execute(self.connection, "restaurant/find_chains")
            execute(self.connection, "restaurant/judge_orders", again=self.again)
            waiting = execute(self.connection, "restaurant/defer_orders") > 0
            for taken in records(self.connection, "restaurant/refuse_taken_ids"):
                outcome.take(**taken)
            execute(self.connection, "restaurant/mark_changed_orders")
            self._write_round(outcome)
            if waiting:
                execute(self.connection, "restaurant/next_round")
        return outcome

    def _write_round(self, outcome: _Outcome) -> None:
        run = self._run
        rows = records(self.connection, "restaurant/staged_outcomes")
        actions = Counter(row["action"] for row in rows)
        for left in records(self.connection, "restaurant/left_places"):
            outcome.left.setdefault(left["order_no"], []).append(left["created_on"])
        run("remove_stale_orders")
        if actions["duplicate"]:
            outcome.advanced |= {row["order_no"] for row in records(self.connection, "restaurant/advance_orders")}
        for order_no, action, replaced in (row.values() for row in rows):
            outcome.actions[order_no] = action
            if replaced is not None and (action == "changed" or order_no in outcome.advanced):
                outcome.replaced.append(replaced)
        if not actions.keys() & set(_WRITTEN):
            return
        self.matcher.match_staged()
        if actions["new"]:
            run("number_new_orders")
            execute(self.connection, "restaurant/insert_orders", load_id=self.load_id)
        if actions["changed"]:
            execute(self.connection, "restaurant/update_orders", load_id=self.load_id)
            run("number_known_items", "number_known_addons", "delete_addons", "delete_items", "update_items")
            run("update_addons", "delete_taxes", "delete_discounts", "delete_flags")
        run("number_new_items", "insert_items", "insert_addons", "put_taxes", "put_discounts", "put_flags")
        run("touch_orders")
        [lines] = records(self.connection, "restaurant/written_lines")
        self.counts.update(lines)

    def _run(self, *queries: str) -> None:
        for query in queries:
            execute(self.connection, f"restaurant/{query}")

    def _count(self, batch: OrderBatch, newest: Newest, outcome: _Outcome, unreadable: int) -> None:
        actions = Counter(outcome.actions.values())
        lost = Counter(newest.lost.values())
        refused = sum(reject.order_no is None for reject in batch.rejects)
        written = {order_no for order_no, action in outcome.actions.items() if action in _WRITTEN}
        self.counts.update(
            read=batch.read + unreadable,
            new=actions["new"],
            updated=actions["changed"],
            duplicate=actions["duplicate"] + lost["duplicate"] + lost["repeated"],
            superseded=actions["superseded"] + lost["superseded"],
            rejected=refused + unreadable + len(newest.taken) + actions["conflict"],
            lines_rejected=sum(reject.order_no in written for reject in batch.rejects),
        )

    def _note_events(self, batch: OrderBatch, newest: Newest, outcome: _Outcome, refused: Sequence[RejectRow]) -> None:
        """Every stream_id that was seen, and what became of it; the strongest answer where one came twice."""
        seen = {stream_id: "ignored" for _, stream_id in batch.ignored if stream_id is not None}
        seen |= {row.stream_id: "rejected" for row in refused if row.stream_id is not None and row.code != STREAM_TAKEN}
        for order in batch.orders:
            if order.order_no in newest.lost and order.stream_id is not None:
                seen[order.stream_id] = "superseded"
        for order_no, action in outcome.actions.items():
            stream_id = outcome.orders[order_no].stream_id
            if stream_id is not None and action != "conflict":
                seen[stream_id] = "superseded" if action == "superseded" else "loaded"
        copy_rows(self.connection, "stage_events", tables.EVENTS, seen.items())
        execute(self.connection, "restaurant/put_stream_events", source=self.source, load_id=self.load_id)
        if outcome.replaced:
            execute(self.connection, "restaurant/supersede_stream_events", stream_ids=outcome.replaced)

    def _note_rejects(self, batch: OrderBatch, newest: Newest, outcome: _Outcome, refused: Sequence[RejectRow]) -> None:
        staged = [*self._refused_orders(refused), *self._refused_lines(batch, newest, outcome)]
        if staged:
            self.codes.update(reject.row.code for reject in staged if not reject.is_past)
            self.digests.update(reject.digest for reject in staged)
            stage_rejects(self.connection, staged)
            parameters = {"load_id": self.load_id, "source": self.source, "name": self.name, "now": self.now}
            execute(self.connection, "restaurant/put_rejects", **parameters)
            execute(self.connection, "restaurant/reopen_rejects")
        self._resolve(batch, outcome, staged)

    def _refused_lines(self, batch: OrderBatch, newest: Newest, outcome: _Outcome) -> list[StagedReject]:
        """Refused lines of orders that are written, and of events that a newer one has made past."""
        states = {**newest.lost, **outcome.actions, **dict.fromkeys(outcome.advanced, "advanced")}
        past = {"new": False, "changed": False, "advanced": False, "superseded": True, "repeated": True}
        orders = {order.order_no: order for order in batch.orders}
        return [
            StagedReject(
                row, f"{own_key(orders[row.order_no], self.zone)}-{row.digest}", past[states[row.order_no]], True
            )
            for row in batch.rejects
            if row.order_no is not None and states.get(row.order_no) in past
        ]

    def _refused_orders(self, refused: Sequence[RejectRow]) -> list[StagedReject]:
        told = [(row, refused_order(row, self.zone)) for row in refused]
        newer = self._newer_orders([(order.number, order.day) for _, order in told if order.number and order.day])
        return [
            StagedReject(
                row,
                f"{order.key}-{row.digest}",
                row.stream_id is not None and any(place > row.stream_id for place in newer.get(order.key, ())),
                False,
            )
            for row, order in told
        ]

    def _newer_orders(self, places: Iterable[tuple[int, date]]) -> dict[str, list[int]]:
        """The stream positions of stored orders, by each key a refused event of theirs may have."""
        numbers = {number for number, _ in places}
        if not numbers:
            return {}
        around = sorted({day + timedelta(days=step) for _, day in places for step in (-1, 0, 1)})
        found: dict[str, list[int]] = {}
        for row in records(self.connection, "restaurant/newer_orders", days=around, numbers=sorted(numbers)):
            parts = (row["petpooja_restid"], row["petpooja_order_id"], row["created_on"], row["occurred_at"])
            for key in keys_of(*parts, self.zone):
                found.setdefault(key, []).append(row["stream_id"])
        return found

    def _resolve(self, batch: OrderBatch, outcome: _Outcome, staged: Sequence[StagedReject]) -> None:
        good = outcome.good
        if not good:
            return
        still: dict[int, set[str]] = {}
        for reject in staged:
            if reject.is_line and not reject.is_past and reject.row.order_no is not None:
                still.setdefault(reject.row.order_no, set()).add(reject.digest)
        numbers = sorted({order.petpooja_order_id for order in good})
        rows = records(self.connection, "restaurant/open_rejects", numbers=numbers)
        open_rejects = [OpenReject(**row) for row in rows]
        past = sorted(set(past_rejects(good, still, open_rejects, self.zone, left=outcome.left)))
        if past:
            execute(self.connection, "restaurant/resolve_rejects", ids=past, now=self.now)


@dataclass
class _Outcome:
    """What became of the orders that count. replaced: stream_ids that were in force before. left: where some stood."""

    orders: dict[int, OrderRow]
    actions: dict[int, str] = field(default_factory=dict)
    advanced: set[int] = field(default_factory=set)
    replaced: list[int] = field(default_factory=list)
    left: dict[int, list[datetime]] = field(default_factory=dict)
    refused: list[RejectRow] = field(default_factory=list)

    def take(self, order_no: int, taken: str, other_number: int, other_day: date) -> None:
        """Note an order whose id another one has."""
        self.refused.append(taken_reject(self.orders[order_no], taken, other_number, other_day))

    @property
    def good(self) -> list[OrderRow]:
        """Orders whose newest event was just taken."""
        return [
            self.orders[order_no]
            for order_no, action in self.actions.items()
            if action in _WRITTEN or order_no in self.advanced
        ]
