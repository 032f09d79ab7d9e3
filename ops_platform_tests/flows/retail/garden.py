"""A store whose customers wait: point of sale, web shop and mail server of the sandbox, the shared files, the ledger.

One of each for a module; `fresh` forgets what the test before left.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ops_platform.adapters.counterpoint_tables import METADATA
from ops_platform.adapters.database import Database
from ops_platform.flows.retail.runner import Outcome, Run, run_automations
from ops_platform.flows.retail.systems import open_systems
from ops_platform.retail.registry import by_name
from ops_platform.sandbox.bigcommerce import BigcommerceSandbox, bigcommerce_service
from ops_platform.sandbox.mail_pages import mail_service
from ops_platform.sandbox.mail_view import Mail
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.smtp import MailSandbox
from ops_platform_tests.adapters.counterpoint_rows import Store, store
from ops_platform_tests.flows.effects.conftest import forget
from ops_platform_tests.flows.ground import Ground

ZONE = ZoneInfo("America/New_York")
TABLES = (
    "retail.change_batches, retail.changes, retail.automation_runs, retail.leads, retail.stock_requests, "
    "retail.newsletter, retail.rejected_rows"
)
USUAL = {
    "OPS_RETAIL__STOCK_NOTIFICATIONS__SHOP_URL": "https://store.example",
    "OPS_RETAIL__LEAD_FOLLOWUP__RECIPIENTS": '["sales@store.example", "owner@store.example"]',
    "OPS_EFFECTS__RETRY_FIRST_SECONDS": "0",
    "OPS_EFFECTS__GRACE_SECONDS": "0",
    "OPS_MAIL__PER_MINUTE": "6000",
}


@dataclass
class Garden(Ground):
    """Everything a test needs. `now`: what the runs work for; the ledger goes by the real clock, so it is today."""

    pos: Store
    web: BigcommerceSandbox
    post: MailSandbox
    sandbox: Sandbox
    db: Database
    root: Path
    home: Path = Path()
    env: dict[str, str] = field(default_factory=dict)
    _number: int = 0
    _mails: int = 0
    _seen: int = 0

    @property
    def now(self) -> datetime:
        return datetime.now(ZONE).replace(microsecond=0)

    def ago(self, **span: float) -> str:
        """A moment before now as the form writes it: ago(days=1)."""
        return f"{self.now - timedelta(**span):%Y-%m-%d %H:%M:%S}"

    def fresh(self) -> Garden:
        """A home without files, empty tables, no fault; mails and requests of before are not counted any more."""
        self._number += 1
        self.home, self.env = self.root / f"home{self._number}", dict(USUAL)
        self.sandbox.faults.switch_off()
        forget(self.db)
        self.db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
        names = ", ".join(f'"{name}"' for name in METADATA.tables)
        with self.pos.counterpoint.engine.begin() as connection:
            connection.execute(sa.text(f"TRUNCATE {names}"))
        for table in self.web.tables.values():
            table.clear()
        self._mails = len(self.post.mails())
        self._seen = max((each.number for each in self.sandbox.log.entries()), default=0)
        return self

    @contextmanager
    def systems(self) -> Iterator[Any]:
        with open_systems(self.settings, self.pos.url, sandbox_url=self.sandbox.url) as found:
            yield found

    def run(self, *names: str, as_of: datetime | None = None, apply: bool | None = None) -> dict[str, Outcome]:
        """Run automations in a new session, as another process would."""
        with self.systems() as systems:
            run = Run(as_of or self.now, run_id="test", apply=apply)
            done = run_automations(self.db, systems, map(by_name, names), run)
        return {outcome.automation.name: outcome for outcome in done}

    def item(self, number: str, *, available: float, buffer: int = 5, product: int = 101, **values: Any) -> None:
        """A web item with stock and its product."""
        usual = {"DESCR": f"Plant {number}", "ADDL_DESCR_1": f"Plant {number}", "CATEG_COD": "TREES", "PRC_1": 20}
        self.pos.item(number, **{**usual, "IS_ECOMM_ITEM": "Y", "PROF_NO_1": buffer, **values})
        self.pos.insert("IM_INV", {"ITEM_NO": number, "LOC_ID": "1", "QTY_ON_HND": available})
        self.pos.insert("CPI_BC_PRODUCTS", {"ITEM_NO": number, "PRODUCT_ID": product})
        words = "<p>Flowers from June to September, likes half shade.</p>"
        self.web.add_products({"id": product, "name": f"Plant {number}", "sku": number, "description": words})

    def stock(self, number: str, available: float) -> None:
        """Set what is on hand."""
        table = METADATA.tables["IM_INV"]
        with self.pos.counterpoint.engine.begin() as connection:
            connection.execute(sa.update(table).filter_by(ITEM_NO=number).values(QTY_ON_HND=available))

    @property
    def waiting(self) -> Path:
        return self.settings.retail.leads.stock_requests

    def write(self, path: Path, text: str) -> None:
        """Write a shared file, as the web form does."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def ask(self, *rows: tuple[str, str, str]) -> None:
        """Put requests into the shared file: moment, address, item."""
        lines = "".join(f"{','.join(row)}\n" for row in rows)
        self.write(self.waiting, f"date,email,item_no\n{lines}")

    def mails(self) -> list[Mail]:
        """The mails of this test, oldest first."""
        count = len(self.post.mails()) - self._mails
        return self.post.mails(count)[::-1] if count else []

    def coupons(self) -> list[dict[str, Any]]:
        return self.web.records("coupons")

    def calls(self, method: str) -> list[str]:
        """Requests of this test that the web shop got."""
        entries = self.sandbox.log.entries(after=self._seen)
        return [e.path for e in entries if (e.service, e.method) == ("bigcommerce", method)]

    def effects(self) -> dict[str, str]:
        """Kind and status of what the ledger holds, by key."""
        rows = self.db.frame("SELECT key, kind, status FROM ops.effects ORDER BY effect_id").to_dict("records")
        return {row["key"]: f"{row['kind']} {row['status']}" for row in rows}

    def statuses(self) -> list[str]:
        """Kind and status of what the ledger holds, in the order it was recorded."""
        return list(self.effects().values())


def rows_of(path: Path) -> list[list[str]]:
    """The rows below the header; none where there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


@contextmanager
def running_garden(database_url: str, base: Path) -> Iterator[Garden]:
    """A garden; call `fresh` before each test."""
    web, post, db = BigcommerceSandbox(quota=1_000_000), MailSandbox(base / "smtp"), Database(database_url)
    with store(database_url) as pos, running_sandbox([bigcommerce_service(web), mail_service(post)]) as sandbox:
        yield Garden(pos, web, post, sandbox, db, base)
    db.close()
