"""Fetch new orders from wherever they come from: every page loaded by itself, holes in the stream asked for again.

What belongs here: going on from where the last fetch ended, and what is missing. What does not: how a source is asked
(adapters/petpooja.py), loading a page (loading.py).

A stream gives its numbers before it writes its events, so a number may become visible after a higher one. A cursor
alone would never ask for it again; therefore the youngest holes are asked for once a fetch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database, execute, records
from ops_platform.core.order_source import OrderPage, OrderSource, OrderSourceError
from ops_platform.flows.collection import collection_paused
from ops_platform.flows.restaurant.load_records import Attempt, LoadReport, recorded
from ops_platform.flows.restaurant.loading import Progress, begin, finish, load_page, read_policy
from ops_platform.flows.restaurant.rematching import RematchReport, rematch
from ops_platform.flows.restaurant.turns import wait_for_turn
from ops_platform.restaurant.events import read_events
from ops_platform.settings import Settings

_HOLES_ASKED: Final = 10

Load = Callable[[OrderPage], LoadReport]


class Gap(NamedTuple):
    """Stream positions that never came, both ends included."""

    first: int
    last: int

    @property
    def missing(self) -> int:
        """How many."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class FetchReport:
    """What a fetch did. pages: those with news; asked_again: pages for holes; gaps: what is still missing."""

    source: str
    cursor_before: int | None
    cursor_after: int | None
    seconds: float
    pages: list[LoadReport] = field(default_factory=list)
    asked_again: list[LoadReport] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    complete: bool = True

    def count(self, name: str) -> int:
        """The sum of a count of LoadReport over all pages."""
        return sum(getattr(report, name) for report in (*self.pages, *self.asked_again))

    @property
    def filled(self) -> int:
        """Orders that came in late, through holes."""
        return sum(report.orders_new + report.orders_updated for report in self.asked_again)

    def as_dict(self) -> dict[str, Any]:
        """For --json and metadata."""
        counts = [name for name in LoadReport.__dataclass_fields__ if name.startswith(("orders_", "items_", "addons_"))]
        return asdict(self) | {
            **{name: self.count(name) for name in (*counts, "lines_rejected")},
            "filled": self.filled,
            "gaps": [gap._asdict() for gap in self.gaps],
            "missing": sum(gap.missing for gap in self.gaps),
        }


@dataclass(frozen=True)
class Reloaded:
    """What reading a day again changed: in its orders, and in the links of their lines."""

    load: LoadReport
    rematch: RematchReport


def fetch_new(
    db: Database,
    source: OrderSource,
    *,
    settings: Settings,
    now: datetime,
    run_id: str | None = None,
    max_pages: int | None = None,
    progress: Progress = lambda _: None,
) -> FetchReport:
    """Load everything that is new at the source, page by page.

    max_pages: stop after so many; the next fetch goes on there (`complete` is then False). now: aware.
    Errors: OrderSourceError, also between pages. What was loaded before stays, and the cursor stands behind it.
    """
    started = time.perf_counter()
    today = now.astimezone(ZoneInfo(settings.restaurant.timezone)).date()
    before = cursor_of(db, source)
    loaded: list[LoadReport] = []
    complete = True

    def load(page: OrderPage) -> LoadReport:
        report = load_page(db, page, settings=settings, now=now, run_id=run_id)
        progress(f"{page.name}: {report.orders_read:,} orders")
        return report

    for page in source.new_orders(after=before, today=today):
        if page.events:
            loaded.append(load(page))
        _insist_on_progress(page)
        if max_pages is not None and len(loaded) >= max_pages:
            complete = False
            break
    asked_again = [] if source.has_days else _ask_for_holes(db, source, today, load)
    _note_poll(db, source, now)
    return FetchReport(
        source=source.name,
        cursor_before=before,
        cursor_after=cursor_of(db, source),
        seconds=round(time.perf_counter() - started, 3),
        pages=loaded,
        asked_again=asked_again,
        gaps=[] if source.has_days else missing_stream_ids(db, source),
        complete=complete,
    )


def fetch_day(
    db: Database,
    source: OrderSource,
    day: date,
    *,
    settings: Settings,
    now: datetime,
    run_id: str | None = None,
    progress: Progress = lambda _: None,
) -> FetchReport:
    """Ask for the orders of one day again. Errors: OrderSourceError, also when the source knows no days."""
    started = time.perf_counter()
    if not source.has_days:
        raise OrderSourceError(
            f"{source.name} is a stream and cannot be asked for a day. Its events are kept: `ops restaurant rematch` "
            "matches them anew, and new ones come with `ops restaurant fetch`"
        )
    loaded = []
    for page in source.orders_of(day):
        if page.events:
            loaded.append(load_page(db, page, settings=settings, now=now, run_id=run_id))
            progress(f"{page.name}: {loaded[-1].orders_read:,} orders")
    return FetchReport(source.name, None, None, round(time.perf_counter() - started, 3), loaded)


def reload_day(
    db: Database,
    day: date,
    *,
    settings: Settings,
    now: datetime,
    run_id: str | None = None,
    progress: Progress = lambda _: None,
) -> Reloaded:
    """Read the kept events of an operating day anew and match its lines again; nobody is asked for anything.

    For a day that was read before a setting, a rule or the reading itself changed. Customers and manual links stay.
    Errors: those of the database.
    """
    attempt = Attempt("reload", f"kept events of {day}", run_id)
    with recorded(db, attempt), db.transaction() as connection, collection_paused():
        wait_for_turn(connection)
        events = [row["raw"] for row in records(connection, "restaurant/day_events", day=day)]
        merge = begin(connection, attempt, settings, now, again=True)
        merge.add(read_events(enumerate(events, 1), read_policy(settings, now)))
        load = finish(merge, attempt, now)
    progress(f"{day}: {load.orders_read:,} orders read again")
    return Reloaded(load, rematch(db, settings=settings, now=now, since=day, until=day, run_id=run_id))


def cursor_of(db: Database, source: OrderSource) -> int | None:
    """How far a source is read; None: not at all, or it has no positions."""
    with db.engine.connect() as connection:
        found = records(connection, "restaurant/ingest_state", source=source.name)
    return found[0]["last_stream_id"] if found else None


def missing_stream_ids(db: Database, source: OrderSource | str) -> list[Gap]:
    """Runs of positions between the first and the last of a source that never came, from it or from a file."""
    name = source if isinstance(source, str) else source.name
    with db.engine.connect() as connection:
        return [Gap(**row) for row in records(connection, "restaurant/stream_gaps", source=name)]


def _insist_on_progress(page: OrderPage) -> None:
    """Asking again from where one already stands gives the same page for ever."""
    before, after = page.cursor_before, page.cursor_after
    if page.events and before is not None and after is not None and after <= before:
        raise OrderSourceError(
            f"{page.source} does not go on: after position {before:,} it answered with a page that ends at {after:,}. "
            "Everything up to there is loaded. Tell the people who run the feed, and fetch again later"
        )


def _ask_for_holes(db: Database, source: OrderSource, today: date, load: Load) -> list[LoadReport]:
    """Ask once for each of the youngest holes; one page may answer for several. Only what was missing is loaded."""
    gaps = missing_stream_ids(db, source)
    reports = []
    reached = -1
    for gap in gaps[-_HOLES_ASKED:]:
        if gap.first <= reached:
            continue
        page = _first(source.new_orders(after=gap.first - 1, today=today))
        if page is None:
            continue
        reached = gap.first if page.cursor_after is None else page.cursor_after
        late = tuple(event for event in page.events if _is_missing(event, gaps))
        if late:
            reports.append(load(replace(page, name=f"{source.name}, missing from {gap.first}", events=late)))
    return reports


def _is_missing(event: Any, gaps: Iterable[Gap]) -> bool:
    found = event.get("stream_id") if isinstance(event, dict) else None
    return isinstance(found, int) and any(gap.first <= found <= gap.last for gap in gaps)


def _first(pages: Iterator[OrderPage]) -> OrderPage | None:
    try:
        return next(pages, None)
    finally:
        close = getattr(pages, "close", None)
        if close is not None:  # a generator that holds a connection
            close()


def _note_poll(db: Database, source: OrderSource, now: datetime) -> None:
    with db.transaction() as connection:
        execute(
            connection,
            "restaurant/put_ingest_state",
            source=source.name,
            cursor=None,
            event_at=None,
            polled_at=now,
            load_id=None,
        )
