"""One increment of the restaurant through Dagster: 150 new orders fetched, matched, checked and shown, in one run.

The database is a server of its own with fsync on, Dagster stores its runs there too, and the orders come from the
sandbox over HTTP: what the schedule starts every few minutes, without the start of its process. Measured in one warm
process, on top of some 5,000 orders, beside the same fetch without Dagster.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import dagster as dg
import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.migrations import migrate
from ops_platform.adapters.petpooja import order_source
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.adapters.sandbox_address import announced
from ops_platform.dagster_instance.environment import dagster_environment
from ops_platform.defs.run import materialize_restaurant
from ops_platform.flows.restaurant.fetching import fetch_new
from ops_platform.flows.restaurant.menu import import_menu
from ops_platform.restaurant.demo_data import demo_events
from ops_platform.restaurant.demo_menu import demo_menu
from ops_platform.sandbox.petpooja import PetpoojaSandbox
from ops_platform.sandbox.petpooja_stream import stream_service
from ops_platform.sandbox.server import running_sandbox
from ops_platform.settings import settings
from ops_platform_tests.bench.table import Row
from ops_platform_tests.conftest import open_temp_dir, remove_home

ORDERS = 150
LAST_DAY = date(2026, 1, 9)
SECONDS = 2.0


def run(short: bool = False) -> list[Row]:
    """Measure one row; about a minute. With and without Dagster in turns, in one warm process."""
    rounds = 3 if short else 7
    events = list(demo_events(last_day=LAST_DAY, days=30 if short else 60))
    held_back = 2 * (rounds + 1) * ORDERS
    through, bare = [], []
    with platform(PetpoojaSandbox(events[:-held_back])) as (instance, state, db):
        _through_dagster(instance, state)
        db.execute("ANALYZE")  # what autovacuum does within a minute of such a load
        for place in range(len(events) - held_back, len(events), 2 * ORDERS):
            state.add(*events[place : place + ORDERS])
            through.append(_through_dagster(instance, state))
            state.add(*events[place + ORDERS : place + 2 * ORDERS])
            bare.append(_bare(db, state))
        orders = int(db.frame("SELECT count(*) AS orders FROM orders")["orders"][0])
    seconds, reference = median(through[1:]), median(bare[1:])  # the first of each warms up
    return [
        Row(
            name=f"{ORDERS} new orders fetched, matched, checked and shown in one Dagster run, onto {orders:,}",
            measured=seconds,
            unit="s",
            reference="fetched and matched without Dagster",
            reference_measured=reference,
            ratio=seconds / reference,
            reach=f"< {SECONDS:.0f} s",
            ok=seconds < SECONDS,
        )
    ]


def _through_dagster(instance: dg.DagsterInstance, state: PetpoojaSandbox) -> float:
    started = time.perf_counter()
    done = materialize_restaurant(instance, tags={"ops/as_of": _now(state).isoformat()}, everything=False)
    seconds = time.perf_counter() - started
    if not done.success:
        raise RuntimeError(f"the run failed: {done}")
    return seconds


def _bare(db: Database, state: PetpoojaSandbox) -> float:
    started = time.perf_counter()
    fetch_new(db, order_source(settings()), settings=settings(), now=_now(state))
    return time.perf_counter() - started


def _now(state: PetpoojaSandbox) -> datetime:
    """A moment after the newest event."""
    return state.visible()[-1].visible_at + timedelta(minutes=5)


@contextmanager
def platform(state: PetpoojaSandbox) -> Iterator[tuple[dg.DagsterInstance, PetpoojaSandbox, Database]]:
    """A platform with the demo's menu, whose sandbox shows `state`; Dagster's storage is on the same server."""
    home = open_temp_dir("ops-bench-", on_disk=True)
    try:
        with EmbeddedPostgres(home) as server, pytest.MonkeyPatch.context() as patch:
            urls = server.info.urls
            migrate(urls.ops)
            db = Database(urls.ops)
            import_menu(db, demo_menu(), source="the demo's menu")
            _point_to(home, urls, patch)
            with (
                running_sandbox([stream_service(state)]) as sandbox,
                announced(home, sandbox.url),
                dg.DagsterInstance.get() as instance,
            ):
                yield instance, state, db
            db.close()
    finally:
        settings.cache_clear()
        remove_home(home)


def _point_to(home: Path, urls: Any, patch: pytest.MonkeyPatch) -> None:
    """Let settings, resources and Dagster of this process find that platform."""
    patch.setenv("OPS_HOME", str(home))
    settings.cache_clear()
    for variable, value in dagster_environment(settings(), urls).items():
        patch.setenv(variable, value)
    settings.cache_clear()
