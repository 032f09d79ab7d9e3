"""Competitors' sites: visiting each, keeping what was seen where it failed, and the record of every list.

What belongs here: reading for retail/automations/scrape_competitors.py, and writing down what it made of it. What does
not: any rule about lists, and how a page is got (adapters).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.browser import find_chromium, visit_by_browser
from ops_platform.adapters.database import Database, copy_rows, scalar
from ops_platform.adapters.files import write_whole
from ops_platform.adapters.http import PATIENT, Retry
from ops_platform.adapters.sandbox_address import COMPETITOR_PATH, COMPETITOR_USER, SANDBOX_KEY, sandbox_of
from ops_platform.adapters.site_visit import Errand, SiteError
from ops_platform.adapters.web_session import visit_by_http
from ops_platform.core.defects import kind_of_defect
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.automation import note
from ops_platform.retail.automations.scrape_competitors import ROWS, SCRAPES
from ops_platform.retail.scraping import COLUMNS, Read, read_pages
from ops_platform.retail.snapshots import COMPETITOR_LISTS
from ops_platform.settings import Settings
from ops_platform.settings_retail_outside import LoginSettings, ScrapingSettings, SiteSettings

if TYPE_CHECKING:
    from ops_platform.flows.retail.runner import Outcome, Run

SANDBOX_SITE: Final = "laurel_ridge"
_TYPES: Final = {
    "scrape_id": "int8",
    "place": "int4",
    "key": "text",
    "name": "text",
    "size": "text",
    "available": "int4",
    "available_raw": "text",
    "price": "numeric",
    "price_raw": "text",
}
_log = logging.getLogger(__name__)


def competitor_lists(systems: Systems) -> pd.DataFrame:
    """Visit every site, one after the other; a row each (snapshots.COMPETITOR_LISTS), also where it failed."""
    settings, rules = systems.settings, systems.settings.retail.scraping
    sites, passwords = _sites(systems)
    rows = [_visited(name, site, passwords.get(name, ""), rules, settings) for name, site in sites.items()]
    return pd.DataFrame(rows, columns=list(COMPETITOR_LISTS), dtype=object)


def _sites(systems: Systems) -> tuple[Mapping[str, SiteSettings], Mapping[str, str]]:
    rules = systems.settings.retail.scraping
    if rules.mode == "live":
        return rules.sites, {name: secret.get_secret_value() for name, secret in rules.passwords.items()}
    running = sandbox_of(systems.settings.home)
    url = systems.sandbox_url or (running.url if running else "http://127.0.0.1:9")
    base = f"{url}/{COMPETITOR_PATH}"
    login = LoginSettings(url=f"{base}/login", user=COMPETITOR_USER)
    site = SiteSettings(url=f"{base}/availability", login=login, table="#availability", drop_rows=2)
    return {SANDBOX_SITE: site}, {SANDBOX_SITE: SANDBOX_KEY}


def _visited(
    name: str, site: SiteSettings, password: str, rules: ScrapingSettings, settings: Settings
) -> dict[str, Any]:
    began = time.monotonic()
    engine, notes = site.engine or rules.engine, list[dict[str, Any]]()
    if rules.mode == "sandbox" and engine == "browser" and find_chromium() is None:
        engine = "http"
        notes.append(note("http_instead_of_browser", name, "chromium or chromedriver is not on PATH"))
    delay = 0.0 if rules.mode == "sandbox" else rules.delay_seconds
    errand = Errand(site, password, rules.timeout_seconds, delay)
    rows = error = None
    try:
        read = _read(name, errand, engine, patient=rules.mode == "live")
        rows, notes = read.rows, [*notes, *read.notes]
    except SiteError as failure:
        kept = _kept(name, failure, settings)
        error = f"{failure}{f' (what was seen: {kept})' if kept else ''}"
    except Exception as failure:  # one site never stops the others
        _log.exception("the visit of %s failed", name)
        error = f"{kind_of_defect(failure)}: {errand.without_password(str(failure))}"
    return {
        "site": name,
        "engine": engine,
        "scraped_at": datetime.now(ZoneInfo(settings.retail.timezone)),
        "seconds": round(time.monotonic() - began, 3),
        "rows": rows,
        "notes": notes,
        "error": error,
    }


def _read(name: str, errand: Errand, engine: str, *, patient: bool) -> Read:
    """Make a visit. patient: a site that is away for a moment is asked again; a sandbox that is away stays so."""
    if engine == "browser":
        return visit_by_browser(errand, lambda pages: read_pages(name, pages, errand.site))
    retry = PATIENT if patient else Retry(attempts=1)
    return visit_by_http(errand, lambda pages: read_pages(name, pages, errand.site), retry=retry)


def failures_folder(home: Path, site: str) -> Path:
    """Where pages and pictures of a site's failed visits lie."""
    return home / "retail" / "scraping" / "failed" / site


def _kept(name: str, failure: SiteError, settings: Settings) -> Path | None:
    """Keep what the visitor saw last, and of older ones no more than the settings say; where it is."""
    if failure.page is None and failure.picture is None:
        return None
    folder = failures_folder(settings.home, name)
    stamp = f"{datetime.now(ZoneInfo(settings.retail.timezone)):%Y-%m-%d_%H%M%S}"
    try:
        if failure.page is not None:
            write_whole(folder / f"{stamp}.html", failure.page.encode(errors="replace"), private=True)
        if failure.picture is not None:
            write_whole(folder / f"{stamp}.png", failure.picture, private=True)
        stamps = sorted({file.stem for file in folder.iterdir() if file.suffix in (".html", ".png")})
        for old in stamps[: -settings.retail.scraping.keep_failures]:
            for suffix in (".html", ".png"):
                (folder / f"{old}{suffix}").unlink(missing_ok=True)
    except Exception:
        _log.exception("what was seen at %s could not be kept", name)  # the visit's own failure is what counts
        return None
    return folder / f"{stamp}.{'html' if failure.picture is None else 'png'}"


def lists_before(db: Database, systems: Systems, day: date) -> pd.DataFrame:
    """The list of each competitor that counts from before a day (snapshots.LISTS_BEFORE)."""
    return db.frame("retail/lists_before", day=day, is_sandbox=is_sandbox(systems))


def is_sandbox(systems: Systems) -> bool:
    """Whether the lists are those of the invented competitor."""
    return systems.settings.retail.scraping.mode == "sandbox"


def record_lists(db: Database, systems: Systems, run: Run, outcome: Outcome) -> None:
    """Write down every visit and its rows, in one transaction. After automation `competitor_prices`."""
    records = outcome.plan.records
    if SCRAPES not in records:
        return
    day = run.as_of.astimezone(ZoneInfo(systems.settings.retail.timezone)).date()
    rows = records[ROWS]
    with db.transaction() as connection:
        for visit in records[SCRAPES].to_dict("records"):
            values: dict[str, Any] = {str(name): value for name, value in visit.items()}
            values |= {"scraped_on": day, "is_sandbox": is_sandbox(systems), "run_id": run.run_id}
            put_list(connection, values, rows[rows["site"] == visit["site"]])


def put_list(connection: sa.Connection, visit: Mapping[str, Any], rows: pd.DataFrame) -> None:
    """Write one visit down (the columns of table scrapes) with its rows (scraping.COLUMNS)."""
    scrape_id = scalar(connection, "retail/insert_scrape", **visit)
    lines = enumerate(rows[COLUMNS].to_dict("records"), 1)
    values = ((scrape_id, place, *(row[column] for column in list(_TYPES)[2:])) for place, row in lines)
    copy_rows(connection, "scraped_rows", _TYPES, values)
