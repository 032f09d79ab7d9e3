"""The world around a store, for tests of what reaches out of it: a database, a home, the sandbox's competitor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database
from ops_platform.flows.retail.runner import Outcome, Run, run_automations
from ops_platform.flows.retail.systems import Systems, open_systems
from ops_platform.retail.registry import by_name
from ops_platform_tests.flows.effects.conftest import forget
from ops_platform_tests.flows.ground import Ground
from ops_platform_tests.flows.retail.conftest import TABLES

ZONE = ZoneInfo("America/New_York")
EVENING = datetime(2026, 5, 14, 22, 30, tzinfo=ZONE)
OUTSIDE = "retail.connectivity_checks, retail.scrapes, retail.scraped_rows, retail.backup_copies"


@dataclass
class World(Ground):
    """A platform of one test. `use` sets settings of the retail section: use(backups__zip=True)."""

    db: Database
    root: Path
    sandbox_url: str | None = None
    env: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def systems(self) -> Iterator[Systems]:
        url = self.db.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
        with open_systems(self.settings, url, sandbox_url=self.sandbox_url) as systems:
            yield systems

    def run(self, name: str, *, as_of: datetime = EVENING, apply: bool | None = None) -> Outcome:
        """Run an automation in a new session, as another process would."""
        with self.systems() as systems:
            work = Run(as_of, run_id="test", apply=apply)
            return run_automations(self.db, systems, [by_name(name)], work)[0]

    def exports(self) -> dict[str, str]:
        """Files for people, by their path below the folder of exports."""
        folder = self.settings.home / "retail" / "exports"
        return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def world(database_url: str, root: Path, sandbox_url: str | None = None) -> Iterator[World]:
    """A platform with nothing in its records."""
    db = Database(database_url)
    db.execute(f"TRUNCATE {TABLES}, {OUTSIDE} RESTART IDENTITY CASCADE")
    forget(db)
    try:
        yield World(db, root, sandbox_url)
    finally:
        db.close()
