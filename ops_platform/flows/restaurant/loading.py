"""Load orders: a file or a page wholly or not at all, and once.

What belongs here: transactions, the record of each load, and reading events in parts so that a file of any size fits.
What does not: the statements of a load (merging.py), asking a source (fetching.py), what an event means
(restaurant/events.py). Dagster and the command line both call `load_file` and `load_page`.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ops_platform.adapters.database import Database, execute, scalar
from ops_platform.core.order_source import OrderPage
from ops_platform.flows.collection import collection_paused
from ops_platform.flows.restaurant.files import Entry, OrderFile, open_order_file
from ops_platform.flows.restaurant.load_records import Attempt, LoadReport, already_loaded, recorded
from ops_platform.flows.restaurant.matching import Matcher
from ops_platform.flows.restaurant.merging import Merge
from ops_platform.flows.restaurant.rejecting import bad_line_reject
from ops_platform.flows.restaurant.review import refresh_queue
from ops_platform.flows.restaurant.turns import wait_for_turn
from ops_platform.restaurant.events import ReadPolicy, read_events
from ops_platform.restaurant.rows import OrderBatch, RejectRow
from ops_platform.settings import Settings

T = TypeVar("T")

Progress = Callable[[str], None]
FILE: Final = "file"
_PART: Final = 1_000
_COLLECT_EVERY: Final = 10  # parts: what only the collector frees must not add up in a large file


def read_policy(settings: Settings, now: datetime) -> ReadPolicy:
    """How the settings want events read."""
    shop = settings.restaurant
    return ReadPolicy(
        zone=ZoneInfo(shop.timezone),
        day_starts_at=shop.day_starts_at,
        customer_identity=shop.customer_identity,
        hash_key=shop.customer_hash_key,
        as_of=now,
    )


def load_file(
    db: Database,
    path: Path,
    *,
    settings: Settings,
    now: datetime,
    run_id: str | None = None,
    progress: Progress = lambda _: None,
) -> LoadReport:
    """Load a file of orders: JSON (a list, {data: [...]}, {order_json: [...]}, one event) or JSON lines, also .gz.

    The same bytes are loaded once, under whatever name. now: aware. Errors: OSError; OrderFileError (what to mend
    stands in its text). A file that fails is noted in order_loads with status `failed`, and nothing of it is loaded.
    """
    with open_order_file(path) as file:
        attempt = Attempt(FILE, file.name, run_id, sha256=file.sha256)
        with db.engine.connect() as connection:
            if known := already_loaded(connection, attempt):
                return known
        with recorded(db, attempt), db.transaction() as connection:
            wait_for_turn(connection)
            if known := already_loaded(connection, attempt):
                return known
            return _load_entries(connection, file, attempt, settings, now, progress)


def load_page(
    db: Database,
    page: OrderPage,
    *,
    settings: Settings,
    now: datetime,
    run_id: str | None = None,
) -> LoadReport:
    """Load a page of a source, and with it how far the source is read. Errors: those of the database."""
    attempt = Attempt(page.source, page.name, run_id, cursor_before=page.cursor_before, cursor_after=page.cursor_after)
    with recorded(db, attempt), db.transaction() as connection, collection_paused():
        wait_for_turn(connection)
        merge = begin(connection, attempt, settings, now)
        batch = read_events(enumerate(page.events, 1), read_policy(settings, now))
        merge.add(batch)
        newest = max((order.occurred_at for order in batch.orders if order.occurred_at), default=None)
        execute(
            connection,
            "restaurant/put_ingest_state",
            source=page.source,
            cursor=page.cursor_after,
            event_at=newest,
            polled_at=page.received_at,
            load_id=merge.load_id,
        )
        return finish(merge, attempt, now)


def begin(
    connection: sa.Connection, attempt: Attempt, settings: Settings, now: datetime, *, again: bool = False
) -> Merge:
    """Note a load and return what writes its batches. To be called when it is its turn."""
    load_id = scalar(
        connection,
        "restaurant/insert_order_load",
        source=attempt.source,
        name=attempt.name,
        sha256=attempt.sha256,
        cursor_before=attempt.cursor_before,
        cursor_after=attempt.cursor_after,
        started_at=attempt.started_at,
        run_id=attempt.run_id,
    )
    zone = ZoneInfo(settings.restaurant.timezone)
    matcher = Matcher.of(connection, settings)
    return Merge(connection, load_id, attempt.source, attempt.name, zone, now, matcher, again)


def finish(merge: Merge, attempt: Attempt, now: datetime) -> LoadReport:
    """Write down what the load did, and let people see the names they should look at."""
    merge.finish()
    if merge.matcher.matched is not None:
        refresh_queue(merge.connection, merge.matcher.matched, now=now)
    counts = merge.counts
    stored: dict[str, Any] = {f"orders_{what}": counts[what] for what in _ORDERS} | {
        "items_loaded": counts["items"],
        "addons_loaded": counts["addons"],
        "lines_rejected": counts["lines_rejected"],
    }
    execute(merge.connection, "restaurant/finish_order_load", load_id=merge.load_id, **stored)
    return LoadReport(
        name=attempt.name,
        source=attempt.source,
        load_id=merge.load_id,
        already_loaded=False,
        seconds=attempt.seconds,
        items_linked=counts["items_linked"],
        addons_linked=counts["addons_linked"],
        reject_codes=dict(merge.codes.most_common()),
        cursor_after=attempt.cursor_after,
        **stored,
    )


_ORDERS: Final = ("read", "new", "updated", "duplicate", "superseded", "rejected")


def _load_entries(
    connection: sa.Connection,
    file: OrderFile,
    attempt: Attempt,
    settings: Settings,
    now: datetime,
    progress: Progress,
) -> LoadReport:
    merge = begin(connection, attempt, settings, now)
    source = _batches(file.entries(), read_policy(settings, now))
    with collection_paused(), closing(_ahead(source)) as batches:
        for number, (batch, unreadable) in enumerate(batches, 1):
            merge.add(batch, unreadable)
            if number % _COLLECT_EVERY == 0:
                gc.collect()
            progress(f"{merge.counts['read']:,} orders")
    execute(
        connection,
        "restaurant/resolve_mended_lines",
        source=attempt.source,
        name=attempt.name,
        digests=sorted(merge.digests),
        now=now,
    )
    return finish(merge, attempt, now)


def _batches(entries: Iterator[Entry], policy: ReadPolicy) -> Iterator[tuple[OrderBatch, list[RejectRow]]]:
    """So many orders at a time that a file of any size needs the same memory."""
    while part := list(islice(entries, _PART)):
        batch = read_events(((entry.place, entry.event) for entry in part if entry.bad is None), policy)
        yield batch, [bad_line_reject(entry.place, entry.bad) for entry in part if entry.bad is not None]


def _ahead(batches: Iterator[T]) -> Generator[T, None, None]:
    """Read the next batch while the database works on this one: each waits for the other otherwise."""
    with ThreadPoolExecutor(1, "read-orders") as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch
