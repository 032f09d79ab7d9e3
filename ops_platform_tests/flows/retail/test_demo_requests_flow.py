"""The demo's leads and requests in its store: written once, and served by the automations as a real store's are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ops_platform.flows.retail.demo_requests import write_demo_requests
from ops_platform.flows.retail.demo_store import StoreArgs, load_demo_store
from ops_platform.retail import leads
from ops_platform.settings import load_settings
from ops_platform_tests.flows.retail.garden import rows_of

NOW = datetime(2026, 5, 14, 7, 0, tzinfo=ZoneInfo("America/New_York"))


def test_the_files_are_written_once_and_grow_by_the_leads_of_a_day(database_url: str, tmp_path: Path) -> None:
    load_demo_store(database_url, as_of=date(2026, 5, 14), args=StoreArgs(items=200, customers=300, years=1, scale=0.1))
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
