"""The demo's leads and requests in its store: written once, and served by the automations as a real store's are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.retail.demo_requests import write_demo_requests
from ops_platform.flows.retail.demo_store import StoreArgs, load_demo_store
from ops_platform.retail import leads
from ops_platform.settings import load_settings
from ops_platform_tests.flows.retail.garden import rows_of

NOW = datetime(2026, 5, 14, 7, 0, tzinfo=ZoneInfo("America/New_York"))


@pytest.fixture(scope="module")
def demo_store(database_url: str) -> str:
    """A small demo store; its address."""
    load_demo_store(database_url, as_of=date(2026, 5, 14), args=StoreArgs(items=200, customers=300, years=1, scale=0.1))
    return database_url


def test_the_files_are_written_once_and_grow_by_the_leads_of_a_day(demo_store: str, tmp_path: Path) -> None:
    database_url = demo_store
    settings = load_settings(tmp_path, {"OPS_HOME": str(tmp_path / "home")})
    files = settings.retail.leads
    written = write_demo_requests(database_url, settings, NOW)
    assert len(written.back) == 5
    assert written.lines == len(rows_of(files.design_requests)) + len(rows_of(files.stock_requests))
    before = files.stock_requests.read_bytes()
    assert write_demo_requests(database_url, settings, NOW).lines == 0
    files.stock_requests.write_bytes(before.splitlines(keepends=True)[0])  # everybody was served
    assert write_demo_requests(database_url, settings, NOW + timedelta(days=1)).lines == 4
    assert len(rows_of(files.stock_requests)) == 0
    found, rejects = leads.read_leads(files.design_requests.read_bytes(), file="x.csv", zone=NOW.tzinfo)  # type: ignore[arg-type]
    assert (len(found), len(rejects)) == (17, 1)


def test_customers_made_of_leads_and_moved_phones_do_not_make_a_second_demo_invent_others(
    demo_store: str, tmp_path: Path
) -> None:
    settings = load_settings(tmp_path, {"OPS_HOME": str(tmp_path / "home")})
    write_demo_requests(demo_store, settings, NOW)
    db = Database(demo_store)
    for number in range(100001, 100013):  # as the API numbers them
        db.execute(
            """INSERT INTO "AR_CUST" ("CUST_NO", "NAM", "FST_NAM", "LST_NAM", "EMAIL_ADRS_1", "PHONE_1", "CATEG_COD")
            VALUES (:number, 'New One', 'New', 'One', :email, :phone, 'RETAIL')""",
            number=str(number), email=f"{number}@customers.example", phone=f"828-556-{number - 99000}",
        )  # fmt: skip
    db.execute("""UPDATE "AR_CUST" SET "MBL_PHONE_1" = "PHONE_1", "PHONE_1" = NULL WHERE "MBL_PHONE_1" IS NULL""")
    db.close()
    assert write_demo_requests(demo_store, settings, NOW).lines == 0
