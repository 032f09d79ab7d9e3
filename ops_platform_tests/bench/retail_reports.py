"""The reports of a large store, from the point of sale's tables to the mail the sandbox accepts.

20,000 items, 2 million ticket lines on 666,667 tickets of three and a half years, as many payments, 5,000 customers; a
server of its own with fsync on. Goals: the administrative report in 20 s (its charts and its mail included), the
revenue report in 20 s, and in half a second that a report of the day is known.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ops_platform.adapters.counterpoint import make_tables
from ops_platform.adapters.database import Database
from ops_platform.adapters.migrations import migrate
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.flows.retail.runner import Run, run_automations
from ops_platform.flows.retail.systems import open_systems
from ops_platform.retail.registry import by_name
from ops_platform.sandbox.mail_pages import mail_service
from ops_platform.sandbox.server import running_sandbox
from ops_platform.sandbox.smtp import MailSandbox
from ops_platform.settings import load_settings
from ops_platform_tests.bench.table import Row, at_most
from ops_platform_tests.conftest import open_temp_dir, remove_home

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=ZoneInfo("America/New_York"))
ITEMS, LINES, CUSTOMERS = 20_000, 2_000_000, 5_000
SECONDS, KNOWN_SECONDS = 20.0, 0.5


@dataclass(frozen=True)
class Place:
    """A platform with a store, and the mail server of its sandbox."""

    db: Database
    counterpoint: str
    sandbox_url: str
    home: Path
    post: MailSandbox

    def report(self, name: str) -> float:
        """Make and send a report; seconds."""
        settings = load_settings(self.home, {"OPS_HOME": str(self.home)})
        started = time.perf_counter()
        with open_systems(settings, self.counterpoint, sandbox_url=self.sandbox_url) as systems:
            [outcome] = run_automations(self.db, systems, [by_name(name)], Run(NOW))
        seconds = time.perf_counter() - started
        if outcome.error or outcome.plan.figures.get("not_computed"):
            raise RuntimeError(f"{name}: {outcome.error or outcome.plan.notes.to_dict('records')}")
        return seconds


def run(short: bool = False) -> list[Row]:
    """Measure three rows; about two minutes, a tenth of the store with `short`."""
    lines = LINES // 10 if short else LINES
    with platform(lines) as place:
        seconds = {name: place.report(name) for name in ("admin_report", "revenue_report")}
        again = place.report("admin_report")
        if len(place.post.mails()) != 2:
            raise RuntimeError(f"two mails were to arrive, there are {len(place.post.mails())}")
    return [
        at_most(f"administrative report of {lines:,} ticket lines, mailed", seconds["admin_report"], "s", SECONDS),
        at_most(f"revenue report of {lines:,} ticket lines, mailed", seconds["revenue_report"], "s", SECONDS),
        at_most("the same day again: nothing is mailed", again, "s", KNOWN_SECONDS),
    ]


@contextmanager
def platform(lines: int) -> Iterator[Place]:
    """A platform whose store has so many ticket lines."""
    home = open_temp_dir("ops-bench-", on_disk=True)
    post = MailSandbox(home / "smtp")
    try:
        with EmbeddedPostgres(home) as server, running_sandbox([mail_service(post)]) as sandbox:
            urls = server.info.urls
            migrate(urls.ops)
            _fill(urls.counterpoint, lines)
            db = Database(urls.ops)
            try:
                yield Place(db, urls.counterpoint, sandbox.url, home, post)
            finally:
                db.close()
    finally:
        remove_home(home)


def _fill(url: str, lines: int) -> None:
    make_tables(url)
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    numbers = {"items": ITEMS, "customers": CUSTOMERS, "tickets": lines // 3, "day": NOW.replace(tzinfo=None, hour=0)}
    with engine.begin() as connection:
        for statement in (_SOME_ITEMS, _THEIR_STOCK, _SOME_CUSTOMERS, _TICKETS, _THEIR_LINES, _THEIR_PAYMENTS):
            connection.execute(sa.text(statement), numbers)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))
    engine.dispose()


_SOME_ITEMS = """
INSERT INTO "IM_ITEM" ("ITEM_NO", "DESCR", "LONG_DESCR", "CATEG_COD", "PRC_1", "IS_ECOMM_ITEM")
SELECT lpad(n::text, 6, '0'), 'Item ' || n, 'Item ' || n, 'C' || n % 20, 10, 'Y' FROM generate_series(1, :items) AS n
"""
_THEIR_STOCK = """
INSERT INTO "IM_INV" ("ITEM_NO", "LOC_ID", "QTY_ON_HND")
SELECT "ITEM_NO", '1', "ITEM_NO"::int % 90 - 5 FROM "IM_ITEM"
"""
_SOME_CUSTOMERS = """
INSERT INTO "AR_CUST" ("CUST_NO", "NAM", "CATEG_COD")
SELECT 'C' || n, 'Customer ' || n, CASE WHEN n % 20 = 0 THEN 'WHOLESALE' ELSE 'RETAIL' END
FROM generate_series(1, :customers) AS n
"""
_TICKETS = """
INSERT INTO "PS_TKT_HIST" ("BUS_DAT", "DOC_ID", "TKT_NO", "STR_ID", "CUST_NO", "SLS_REP", "SAL_LINS", "TOT", "TAX_AMT")
SELECT :day - (1 + n % 1280) * interval '1 day', n, n::text, CASE WHEN n % 5 = 0 THEN 'WEB' ELSE '1' END,
    CASE WHEN n % 3 = 0 THEN 'C' || 1 + n % :customers ELSE 'CASH' END, 'REP' || n % 8, 3, 45, 3
FROM generate_series(1, :tickets) AS n
"""
_THEIR_LINES = """
INSERT INTO "PS_TKT_HIST_LIN" ("BUS_DAT", "DOC_ID", "LIN_SEQ_NO", "STR_ID", "LIN_TYP", "ITEM_NO", "DESCR", "CATEG_COD",
    "QTY_SOLD", "EXT_PRC", "EXT_COST", "SLS_REP")
SELECT "BUS_DAT", "DOC_ID", place, "STR_ID", CASE WHEN ("DOC_ID" + place) % 50 = 0 THEN 'R' ELSE 'S' END,
    lpad(item::text, 6, '0'), 'Item ' || item, 'C' || item % 20, 1 + place, 14, 6.5, "SLS_REP"
FROM "PS_TKT_HIST", generate_series(1, 3) AS place,
    LATERAL (SELECT 1 + ("DOC_ID" * 7919 + place * 104729) % :items AS item) AS chosen
"""
_THEIR_PAYMENTS = """
INSERT INTO "PS_TKT_HIST_PMT" ("BUS_DAT", "DOC_ID", "PMT_SEQ_NO", "PAY_COD", "AMT")
SELECT "BUS_DAT", "DOC_ID", 1, (ARRAY['CASH', 'VISA', 'MC', 'CHECK', 'BIG'])[1 + "DOC_ID" % 5], "TOT" FROM "PS_TKT_HIST"
"""
