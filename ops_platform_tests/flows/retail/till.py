"""A point of sale with its API for tests of what happens to customers: one database, the sandbox over HTTP, a home."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ops_platform.adapters.database import Database
from ops_platform.flows.retail.runner import Outcome, Run, run_automations
from ops_platform.flows.retail.systems import open_systems
from ops_platform.retail.leads import COLUMNS
from ops_platform.retail.registry import by_name
from ops_platform.sandbox.counterpoint_api import CounterpointApiSandbox, counterpoint_api_service
from ops_platform.sandbox.counterpoint_customers import InDatabase
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform_tests.adapters.counterpoint_rows import Store, store
from ops_platform_tests.flows.effects.conftest import forget
from ops_platform_tests.flows.ground import Ground
from ops_platform_tests.flows.retail.conftest import AS_OF, TABLES

CUSTOMER_AUTOMATIONS = (
    "new_customers", "contact_1", "email_lists", "refunded_customers", "wholesale_loyalty", "negative_balances",
)  # fmt: skip
LEAD = {
    "date": "2026-05-14 03:10:00", "first_name": "Pat", "last_name": "Example", "email": "pat@customers.example",
    "phone": "(828) 555-1234", "interested_in": "[]", "city": "Asheville", "state": "NC", "zip_code": "28801",
}  # fmt: skip


@dataclass
class Till(Ground):
    """The store of one test. `use` sets settings of the retail section: use(email_lists__bom=True)."""

    url: str
    pos: Store
    api: CounterpointApiSandbox
    sandbox: Sandbox
    db: Database
    root: Path
    env: dict[str, str] = field(default_factory=dict)

    def systems(self) -> Any:
        return open_systems(self.settings, self.url, sandbox_url=self.sandbox.url)

    def run(self, *names: str, apply: bool | None = True, as_of: datetime = AS_OF) -> dict[str, Outcome]:
        """Run automations in a new session, as another process would."""
        with self.systems() as systems:
            done = run_automations(self.db, systems, map(by_name, names), Run(as_of, run_id="test", apply=apply))
        return {outcome.automation.name: outcome for outcome in done}

    def leads(self, *rows: dict[str, str]) -> None:
        """Write the file of leads; each row the usual one with differences."""
        file = self.settings.retail.leads.design_requests
        file = file if file.is_absolute() else self.home / file
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, COLUMNS, restval="")
            writer.writeheader()
            writer.writerows({**LEAD, **row} for row in rows)

    def posts(self) -> int:
        """How many customers the API was asked to make since the test began."""
        return sum(entry.method == "POST" for entry in self.sandbox.log.entries("counterpoint")[self._before :])

    def effects(self) -> dict[str, str]:
        """Key -> status, of all."""
        found = self.db.frame("SELECT key, status FROM ops.effects ORDER BY effect_id")
        return dict(zip(found["key"], found["status"], strict=True))

    def made(self) -> list[dict[str, str]]:
        """The list of new customers that people read."""
        file = self.home / "retail" / "new_customers.csv"
        return list(csv.DictReader(file.open(encoding="utf-8", newline=""))) if file.exists() else []

    def people(self) -> list[str]:
        """First names in AR_CUST, by number."""
        return [row["FST_NAM"] for row in self.rows('SELECT "FST_NAM" FROM "AR_CUST" ORDER BY "CUST_NO"')]

    def begin(self, root: Path) -> Till:
        """The same store, emptied, with the home and settings of another test."""
        self.sandbox.faults.switch_off()
        self.api._next = 100001
        self._before = len(self.sandbox.log.entries("counterpoint"))
        self.db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
        self.db.execute('TRUNCATE "AR_CUST", "PS_TKT_HIST", "PS_TKT_HIST_LIN"')
        forget(self.db)
        self.root, self.env = root, {}
        return self

    _before: int = 0


@contextmanager
def running_till(url: str, root: Path) -> Iterator[Till]:
    """One till for many tests; each calls `begin`."""
    db = Database(url)
    with store(url) as pos:
        api = CounterpointApiSandbox(InDatabase(lambda: url))
        with running_sandbox([counterpoint_api_service(api)]) as sandbox:
            yield Till(url, pos, api, sandbox, db, root)
    db.close()
