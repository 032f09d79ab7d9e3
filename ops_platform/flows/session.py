"""Open the platform: settings, the running database (starting the embedded one if needed), its schema, its data.

Whoever needs the database from outside Dagster goes through `open_platform`: the commands, the agency's script and
OrderProcessingIntegrator. The embedded server stops with the last process that holds it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ops_platform.adapters.database import Database
from ops_platform.adapters.migrations import MigrationReport, migrate
from ops_platform.adapters.postgres.databases import database_urls, embedded_server, needs_embedded
from ops_platform.adapters.postgres.urls import Urls
from ops_platform.flows.vehicles.dealerships import Stored, load_shipped
from ops_platform.settings import Settings, load_settings

Progress = Callable[[str], None]


@dataclass(frozen=True)
class PlatformSession:
    """What a caller works with. urls hold passwords and are never shown as they are."""

    settings: Settings
    db: Database
    urls: Urls | None = None
    migration: MigrationReport | None = None
    shipped: Stored | None = None


@contextmanager
def open_platform(
    settings: Settings | None = None, *, progress: Progress = lambda _: None
) -> Iterator[PlatformSession]:
    """Yield the platform with its schema up to date and the shipped dealerships loaded.

    Errors: SettingsError, PostgresError, MigrationError; each says what to do.
    """
    settings = settings or load_settings()
    with ExitStack() as stack:
        if needs_embedded(settings):
            progress("starting the database")
            stack.enter_context(embedded_server(settings))
        urls = database_urls(settings)
        progress("bringing the database up to date")
        migration = migrate(urls.ops)
        db = Database(urls.ops, application_name=f"ops:{os.getpid()}")
        stack.callback(db.close)
        yield PlatformSession(settings, db, urls, migration, load_shipped(db))
