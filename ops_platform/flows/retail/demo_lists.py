"""What the invented competitor asked the day before, so that a demo's first run has something to compare with."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database, scalar
from ops_platform.flows.retail.competitors import SANDBOX_SITE, put_list
from ops_platform.retail.scraping import read_pages
from ops_platform.sandbox.competitor import invented_page
from ops_platform.settings_retail_outside import SiteSettings


def remember_list(db: Database, day: date, zone: ZoneInfo) -> bool:
    """Note the list of a day as it would have been read; False when something was read from the competitor before."""
    with db.transaction() as connection:
        if scalar(connection, "SELECT EXISTS (SELECT FROM retail.scrapes WHERE is_sandbox)"):
            return False
        site = SiteSettings(url="http://127.0.0.1/availability", table="#availability", drop_rows=2)
        rows = read_pages(SANDBOX_SITE, [invented_page(day)], site).rows
        visit = {
            "site": SANDBOX_SITE,
            "engine": "http",
            "scraped_at": datetime.combine(day, time(21), zone),
            "scraped_on": day,
            "status": "accepted",
            "rows": len(rows),
            "seconds": 0,
            "detail": None,
            "is_sandbox": True,
            "run_id": None,
        }
        put_list(connection, visit, rows)
    return True
