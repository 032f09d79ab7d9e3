"""What the database benchmarks share: a server as in production (fsync on), demo scrapes, how to measure; no figure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib import resources
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from ops_platform.adapters.database import Database
from ops_platform.adapters.migrations import migrate
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.flows.vehicles.dealerships import load_shipped
from ops_platform.vehicles.dealerships import SHIPPED_FILE, SHIPPED_PACKAGE, load_aliases, load_dealerships
from ops_platform.vehicles.demo_data import DemoScrape, demo_dealerships, generate_scrapes
from ops_platform_tests.bench.table import Row
from ops_platform_tests.conftest import REAL_VEHICLES, open_temp_dir, remove_home

T = TypeVar("T")

FIRST_DAY = date(2025, 3, 13)
TODAY = date(2025, 12, 31)
EMPTY = (
    "TRUNCATE vehicle_imports, normalized_vehicle_data, vin_history, qr_file_tracking, order_processing_jobs CASCADE"
)


@contextmanager
def workplace() -> Iterator[tuple[Database, Path]]:
    """Yield a migrated database with the 40 dealerships on a server of its own, and its home folder."""
    home = open_temp_dir("ops-bench-", on_disk=True)
    try:
        with EmbeddedPostgres(home) as server:
            migrate(server.info.urls.ops)
            db = Database(server.info.urls.ops)
            load_shipped(db)
            try:
                yield db, home
            finally:
                db.close()
    finally:
        remove_home(home)


def scrapes(days: int, cars_per_day: int) -> list[DemoScrape]:
    """Demo scrapes of the 40 shipped dealerships."""
    text = (resources.files(SHIPPED_PACKAGE) / SHIPPED_FILE).read_text("utf-8")
    names = [dealership.name for dealership in load_dealerships(text)]
    clients = demo_dealerships(names, load_aliases(text))
    return generate_scrapes(dealerships=clients, first_day=FIRST_DAY, days=days, cars_per_day=cars_per_day)


def largest_file(folder: Path) -> Path:
    """The agency's largest real file where it is at hand, else a demo scrape of the same size."""
    real = REAL_VEHICLES / "complete_data_2025-03-13.csv"
    return real if real.is_file() else write(folder, scrapes(1, 10_650)[0])


def write(folder: Path, scrape: DemoScrape) -> Path:
    """Write a demo scrape; returns its path."""
    path = folder / scrape.file_name
    path.write_bytes(scrape.text)
    return path


def median_seconds(work: Callable[[], object], *, before: Callable[[], object] = lambda: None, runs: int = 5) -> float:
    """The median of several runs after one warm-up; `before` runs untimed ahead of each."""
    taken = []
    for number in range(runs + 1):
        before()
        started = perf_counter()
        work()
        if number:
            taken.append(perf_counter() - started)
    return statistics.median(taken)


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """The seconds of one piece of work, and what it made."""
    started = perf_counter()
    result = work()
    return perf_counter() - started, result


def versions(db: Database, tables: Sequence[str]) -> list[tuple[Any, ...]]:
    """Rows of each table and the youngest transaction that wrote one of them."""
    query = "SELECT count(*) AS rows, max(CAST(CAST(xmin AS text) AS bigint)) AS youngest FROM "
    return [tuple(db.frame(query + table).iloc[0]) for table in tables]


def ten_times(
    work: str, things: str, small: Callable[[], tuple[float, int]], large: Callable[[], tuple[float, int]], rounds: int
) -> Row:
    """A piece of work on few and on ten times as many things, in turns; each returns its seconds and its number."""
    few, many, counts = [], [], (1, 1)
    for _ in range(rounds):
        seconds, less = small()
        few.append(seconds)
        seconds, more = large()
        many.append(seconds)
        counts = (less, more)
    seconds, reference = statistics.median(many), statistics.median(few)
    return Row(
        name=f"{work} of {counts[1]:,} {things} ({counts[1] / counts[0]:.1f} times as many)",
        measured=seconds,
        unit="s",
        reference=f"{work} of {counts[0]:,} {things}",
        reference_measured=reference,
        ratio=seconds / reference,
        reach="<= 11x",
        ok=seconds / reference <= 11,
    )
