"""The demo store with its reports made once, for tests of what they say and of what becomes of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ops_platform.adapters.database import Database
from ops_platform.flows.retail.demo_store import StoreArgs, load_demo_store
from ops_platform.flows.retail.runner import Outcome, Run, run_automations
from ops_platform.flows.retail.systems import open_systems
from ops_platform.retail.registry import by_name
from ops_platform.sandbox.mail_pages import mail_service
from ops_platform.sandbox.mail_view import Mail
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.smtp import MailSandbox
from ops_platform.settings import load_settings
from ops_platform_tests.flows.retail.raw_store import RawStore

NOW = datetime(2026, 6, 8, 5, 0, tzinfo=ZoneInfo("America/New_York"))
"""A Monday in the first days of a month: the last open day is Saturday, and May is compared with earlier ones."""
TODAY, SATURDAY, SUNDAY = date(2026, 6, 8), date(2026, 6, 6), date(2026, 6, 7)
WEEK = (date(2026, 5, 31), SATURDAY)
SUNDAY_AT_SEVEN = datetime(2026, 6, 7, 7, 0, tzinfo=ZoneInfo("America/New_York"))
Figures = dict[tuple[str, str, str, str], str]
REPORTS = ("admin_report", "item_report", "revenue_report", "daily_revenue_report")


@dataclass
class Office:
    """A platform whose store is the demo store, and whose mail goes to the sandbox."""

    db: Database
    url: str
    post: MailSandbox
    sandbox: Sandbox
    root: Path
    raw: RawStore

    def run(self, *names: str, at: datetime = NOW, again: bool = False, **env: str) -> dict[str, Outcome]:
        variables = {
            "OPS_HOME": str(self.root),
            "OPS_MAIL__PER_MINUTE": "6000",
            "OPS_RETAIL__REVENUE_REPORT__DAILY": "true",
            **env,
        }
        settings = load_settings(self.root, variables)
        with open_systems(settings, self.url, sandbox_url=self.sandbox.url) as systems:
            done = run_automations(self.db, systems, map(by_name, names), Run(at, run_id="test", again=again))
        return {outcome.automation.name: outcome for outcome in done}

    def mails(self, word: str) -> list[Mail]:
        return [mail for mail in self.post.mails() if word in mail.subject]

    def file(self, name: str) -> str:
        return (self.root / "retail" / "exports" / "reports" / name).read_text(encoding="utf-8")

    def execute(self, statement: str) -> None:
        with self.db.transaction() as connection:
            connection.execute(sa.text(statement))

    def rows(self, query: str) -> list[Any]:
        return self.db.frame(query).to_dict("records")

    def figures(self) -> Figures:
        """The administrative report's figures: section, table, line, column -> value."""
        rows = csv.DictReader(io.StringIO(self.file("admin_report/2026-06-07/figures.csv")))
        return {(row["section"], row["table"], row["line"], row["column"]): row["value"] for row in rows}


@contextmanager
def running_office(database_url: str, root: Path) -> Iterator[Office]:
    """An office that made every report once."""
    load_demo_store(database_url, as_of=TODAY, args=StoreArgs(items=200, customers=300, years=3, scale=0.15))
    post, db = MailSandbox(root / "smtp"), Database(database_url)
    with running_sandbox([mail_service(post)]) as sandbox:
        made = Office(db, database_url, post, sandbox, root, RawStore(db))
        outcomes = {**made.run(*REPORTS), **made.run("daily_revenue_report", at=SUNDAY_AT_SEVEN)}
        assert {name: (outcome.status, outcome.error) for name, outcome in outcomes.items()} == dict.fromkeys(
            REPORTS, ("applied", None)
        )
        yield made
    db.close()
