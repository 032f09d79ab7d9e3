"""Customers: leads checked against all of them, and who brought something back among years of tickets.

Counterpoint's stand-in is a server of its own with fsync on. Goals: 5,000 customers checked against 500 leads in 1 s
and two queries; the customers with a refund of the week among 500,000 tickets in 5 s and two queries.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ops_platform.adapters.counterpoint import make_tables
from ops_platform.adapters.database import Database
from ops_platform.adapters.migrations import migrate
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.flows.retail.gather import Gathered
from ops_platform.flows.retail.systems import Systems, open_systems
from ops_platform.retail.automation import Plan
from ops_platform.retail.leads import COLUMNS
from ops_platform.retail.registry import by_name
from ops_platform.settings import Settings, load_settings
from ops_platform_tests.adapters.counterpoint_rows import counted
from ops_platform_tests.bench.table import Row, at_most
from ops_platform_tests.conftest import open_temp_dir, remove_home

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=ZoneInfo("America/New_York"))
CUSTOMERS, LEADS, TICKETS = 5_000, 500, 500_000
SECONDS, REFUND_SECONDS, QUERIES = 1.0, 5.0, 2
REPEATS = 5


@dataclass(frozen=True)
class Place:
    """A store with customers and tickets, and a home with leads."""

    db: Database
    settings: Settings
    counterpoint: str

    def plan(self, name: str) -> tuple[float, int, Plan]:
        """Read and plan as a run does; seconds, statements for Counterpoint, and the plan."""
        automation, retail = by_name(name), self.settings.retail
        with open_systems(self.settings, self.counterpoint) as systems:
            _warm(systems)
            with counted(systems.counterpoint) as sent:
                started = time.perf_counter()
                inputs = Gathered(self.db, systems).inputs(automation, retail, NOW)
                plan = automation.plan(inputs, retail, NOW)
                return time.perf_counter() - started, len(sent), plan


def run(short: bool = False) -> list[Row]:
    """Measure four rows; half a minute, a tenth of the tickets with `short`."""
    tickets = TICKETS // 10 if short else TICKETS
    with place(tickets) as found:
        leads = [found.plan("new_customers") for _ in range(REPEATS)]
        refunds = [found.plan("refunded_customers") for _ in range(REPEATS)]
    new = len(leads[0][2].effects)
    if new != LEADS // 2:
        raise RuntimeError(f"{new} of {LEADS} leads were nobody's; half of them are customers")
    if not len(refunds[0][2].changes):
        raise RuntimeError("nobody got everything back; the measure is worth nothing")
    checked, among = (
        f"{CUSTOMERS:,} customers checked against {LEADS} leads",
        f"a week's refunds in {tickets:,} tickets",
    )
    return [
        at_most(checked, min(seconds for seconds, _, _ in leads), "s", SECONDS),
        at_most(checked, max(sent for _, sent, _ in leads), "queries", QUERIES),
        at_most(among, min(seconds for seconds, _, _ in refunds), "s", REFUND_SECONDS),
        at_most(among, max(sent for _, sent, _ in refunds), "queries", QUERIES + 1),  # one of them reads the customers
    ]


def _warm(systems: Systems) -> None:
    with systems.counterpoint.engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))


@contextmanager
def place(tickets: int) -> Iterator[Place]:
    """A server with the store, filled."""
    home = open_temp_dir("ops-bench-", on_disk=True)
    try:
        with EmbeddedPostgres(home) as server:
            urls = server.info.urls
            migrate(urls.ops)
            make_tables(urls.counterpoint)
            _fill(urls.counterpoint, tickets)
            settings = load_settings(
                env={"OPS_HOME": str(home), "OPS_CONFIG": "", "OPS_RETAIL__NEW_CUSTOMERS__MAX_NEW": "999"}
            )
            _write_leads(settings.retail.leads.design_requests)
            db = Database(urls.ops)
            try:
                yield Place(db, settings, urls.counterpoint)
            finally:
                db.close()
    finally:
        remove_home(home)


def _write_leads(file: Path) -> None:
    """Leads of this morning, every other one of a customer, in another spelling."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, COLUMNS, restval="")
        writer.writeheader()
        for number in range(LEADS):
            known = number % 2 == 0
            writer.writerow({
                "date": f"{NOW - timedelta(seconds=number + 1):%Y-%m-%d %H:%M:%S}",
                "first_name": "Pat",
                "last_name": "Example",
                "email": f"Customer{number * 9}@Example.com" if known else f"lead{number}@example.org",
                "phone": "" if known else f"(212) 555-{number:04}",
                "state": "North Carolina",
            })  # fmt: skip


def _fill(url: str, tickets: int) -> None:
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    numbers: dict[str, Any] = {"customers": CUSTOMERS, "tickets": tickets, "day": NOW.replace(tzinfo=None, hour=0)}
    with engine.begin() as connection:
        for statement in (_CUSTOMERS, _TICKETS, _LINES, _LAST_SALES):
            connection.execute(sa.text(statement), numbers)
        for table in ("AR_CUST", "PS_TKT_HIST", "PS_TKT_HIST_LIN"):
            connection.execute(sa.text(f'ANALYZE "{table}"'))
    engine.dispose()


_CUSTOMERS = """
INSERT INTO "AR_CUST" ("CUST_NO", "NAM", "FST_NAM", "LST_NAM", "EMAIL_ADRS_1", "PHONE_1", "CATEG_COD")
SELECT n::text, 'Customer ' || n, 'Ada', 'Birkwood', 'customer' || n || '@example.com',
    '828-555-' || lpad((n % 10000)::text, 4, '0'), 'RETAIL'
FROM generate_series(0, :customers - 1) AS n
"""
# One ticket in a hundred is brought back, days later, by its number and R1.
_TICKETS = """
INSERT INTO "PS_TKT_HIST" ("BUS_DAT", "DOC_ID", "TKT_NO", "STR_ID", "CUST_NO", "SUB_TOT")
SELECT CAST(:day AS timestamp) - (n % 1000) * interval '1 day', n,
    CASE WHEN n % 100 = 0 THEN (n + 3)::text || 'R1' ELSE n::text END, '1',
    CASE WHEN n % 5 < 3 AND n % 100 NOT IN (0, 3) THEN 'CASH' ELSE (n / 100 * 100 % :customers)::text END,
    CASE WHEN n % 100 = 0 THEN -20 ELSE 20 END
FROM generate_series(1, :tickets) AS n
"""
_LINES = """
INSERT INTO "PS_TKT_HIST_LIN" ("BUS_DAT", "DOC_ID", "LIN_SEQ_NO", "LIN_TYP", "ITEM_NO", "STR_ID", "QTY_SOLD", "EXT_PRC")
SELECT "BUS_DAT", "DOC_ID", place, CASE WHEN "SUB_TOT" < 0 THEN 'R' ELSE 'S' END, 'ITEM' || place, '1', 1, 10
FROM "PS_TKT_HIST" CROSS JOIN generate_series(1, 2) AS place
"""
_LAST_SALES = """
UPDATE "AR_CUST" c SET "LST_SAL_DAT" = t.newest, "FST_SAL_DAT" = t.oldest
FROM (SELECT "CUST_NO", max("BUS_DAT") AS newest, min("BUS_DAT") AS oldest FROM "PS_TKT_HIST"
      WHERE "SUB_TOT" > 0 GROUP BY 1) t
WHERE t."CUST_NO" = c."CUST_NO"
"""
