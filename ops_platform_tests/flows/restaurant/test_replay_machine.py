"""However a stream arrives - in pages or files, doubled, reordered, with crashes between - the tables are the same.

Hypothesis invents orders with several events each and a way for them to arrive. What the tables hold in the end is
compared with one clean load of the same events: everything but numbers that are only counted up, and times of writing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ops_platform.adapters.database import Database
from ops_platform.adapters.migrations import set_search_path
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.settings import Settings
from ops_platform_tests import chaos
from ops_platform_tests.flows.restaurant.conftest import (
    NOON,
    TABLES,
    addon,
    content,
    event,
    item,
    load,
    put,
    rows,
    write_lines,
)

NAMES = ("Vanilla Ice Cream (Scoop)", "Eggless Mango Ice Cream", "Brownie")


class CrashError(Exception):
    """The process dies in the middle of a load, as far as the database can see."""


lines = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from([1, 1, 1, 2, 12, 0]),  # 12 is odd and flagged, 0 is refused
        st.lists(st.sampled_from(["Cup", "Cone"]), max_size=2).map(tuple),
    ),
    max_size=3,
).map(tuple)


class Sent(NamedTuple):
    """An event as Hypothesis prints it: short. lines: (name, quantity, names of add-ons)."""

    stream_id: int
    number: int
    chain: str | None
    day: int
    status: str
    total: float | str
    lines: tuple[tuple[str, int, tuple[str, ...]], ...]

    @property
    def event(self) -> dict[str, Any]:
        created_on = NOON + timedelta(days=self.day, minutes=self.number)
        return event(
            self.number,
            self.stream_id,
            chain=self.chain,
            created_on=f"{created_on:%Y-%m-%d %H:%M:%S}",
            status=self.status,
            total=self.total,
            lines=[
                item(name, quantity=quantity, addon=[addon(one, price=len(one)) for one in addons])
                for name, quantity, addons in self.lines
            ],
        )


@st.composite
def streams(draw: st.DrawFn) -> list[Sent]:
    """The events of a few orders by stream_id: new states, copies under a new id, bad ones, orders that move.

    Two orders share a number on different days, and the stream repeats that number as their aggregate_id.
    """
    orders: list[dict[str, Any]] = [
        {"number": 110, "day": 0, "chain": None},
        {"number": 110, "day": 1, "chain": None},
        {"number": 111, "day": 0, "chain": "7f1c-111"},
        {"number": 112, "day": 0, "chain": "7f1c-112"},
    ][: draw(st.integers(2, 4))]
    events: list[Sent] = []
    before: dict[int, Sent] = {}
    for stream_id in range(500, 500 + draw(st.integers(2, 9))):
        which = draw(st.integers(0, len(orders) - 1))
        order = orders[which]
        if order["chain"] and draw(st.integers(0, 3)) == 0:
            order["day"] = draw(st.integers(2, 4))
        said = before.get(which) if draw(st.booleans()) else None
        status, total, listed = (
            said[-3:]
            if said
            else (
                draw(st.sampled_from(["Success", "Cancelled"])),
                draw(st.sampled_from([395.0, 400.0, "see register"])),  # the last one refuses the order
                draw(lines),
            )
        )
        before[which] = Sent(stream_id, order["number"], order["chain"], order["day"], status, total, listed)
        events.append(before[which])
    return events


class Arrival(RuleBasedStateMachine):
    """A stream on its way into the database."""

    db: Database
    clean: Database
    shop: Settings
    folder: Path

    @initialize(stream=streams())
    def begin(self, stream: list[Sent]) -> None:
        empty(self.db)
        self.stream = stream
        self.files = 0

    def _some(self, data: st.DataObject) -> list[dict[str, Any]]:
        return [one.event for one in data.draw(st.lists(st.sampled_from(self.stream), min_size=1, max_size=6))]

    @rule(data=st.data())
    def a_page_comes(self, data: st.DataObject) -> None:
        report = put(self.db, self.shop, *self._some(data))
        assert report.conserved

    @rule(data=st.data())
    def a_file_is_loaded(self, data: st.DataObject) -> None:
        report = load(self.db, self.shop, self._file(data))
        assert report.conserved or report.already_loaded

    @rule(data=st.data())
    def a_load_dies(self, data: st.DataObject) -> None:
        before = content(self.db)

        def die(_: str) -> None:
            raise CrashError

        path = self._file(data)
        path.write_text(f"{path.read_text(encoding='utf-8')}\n", encoding="utf-8")  # no bytes that were loaded before
        with pytest.raises(CrashError):
            load(self.db, self.shop, path, progress=die)
        assert content(self.db) == before

    def _file(self, data: st.DataObject) -> Path:
        self.files += 1
        blank = "\n" * self.files  # else the same events in two files would be one file
        path = write_lines(self.folder / "events.jsonl", self._some(data))
        path.write_text(blank + path.read_text(encoding="utf-8"), encoding="utf-8")
        return path

    @invariant()
    def no_order_has_two_rows(self) -> None:
        doubled = "SELECT 1 FROM orders GROUP BY restaurant_id, aggregate_id, created_on HAVING count(*) > 1"
        assert rows(self.db, doubled) == []

    def teardown(self) -> None:
        if not hasattr(self, "stream"):
            return
        events = [one.event for one in self.stream]
        put(self.db, self.shop, *reversed(events))  # what never came comes now, and everything once more
        empty(self.clean)
        put(self.clean, self.shop, *events)
        assert differences(content(self.db, "events"), content(self.clean, "events")) == []
        assert stream_outcomes(self.db) == stream_outcomes(self.clean)


def differences(found: dict[str, list[str]], wanted: dict[str, list[str]]) -> list[str]:
    """Rows that only one of two databases has."""
    told = []
    for name, rows_wanted in wanted.items():
        ours, theirs = Counter(found[name]), Counter(rows_wanted)
        told += [f"{name}, only here: {row}" for row in ours - theirs]
        told += [f"{name}, only in the clean load: {row}" for row in theirs - ours]
    return told


def empty(db: Database) -> None:
    db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")


def stream_outcomes(db: Database) -> list[tuple[Any, ...]]:
    """What became of each position, from whichever source it came last."""
    found = rows(db, "SELECT stream_id, outcome FROM stream_events WHERE source = 'stream' ORDER BY 1")
    assert found
    return found


@pytest.fixture
def clean(pg_server: EmbeddedPostgres, template_database: str) -> Iterator[Database]:
    """A second database, for the clean load."""
    url = pg_server.create_database("clean_load", template=template_database)
    set_search_path(url)
    opened = Database(url)
    try:
        yield opened
    finally:
        opened.close()
        pg_server.drop_database("clean_load")


@pytest.mark.chaos
def test_however_a_stream_arrives_the_tables_are_those_of_one_clean_load(
    db: Database, clean: Database, shop: Settings, tmp_path: Path
) -> None:
    class Here(Arrival):
        pass

    Here.db, Here.clean, Here.shop, Here.folder = db, clean, shop, tmp_path
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=100 if chaos.FULL else 6,
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
