"""A person's word that a competitor's list is right although it has few rows: it becomes the latest.

What belongs here: that decision. What does not: decisions about plans (decisions.py), and the visits (competitors.py).
"""

from __future__ import annotations

from types import SimpleNamespace
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database
from ops_platform.flows.retail.competitors import is_sandbox, lists_before
from ops_platform.flows.retail.decisions import DecisionError
from ops_platform.flows.retail.publish import FileOutcome, publish
from ops_platform.flows.retail.runner import Run
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.automations.scrape_competitors import NAME, list_files
from ops_platform.retail.price_changes import compare


def accept_list(db: Database, systems: Systems, site: str, *, who: str, run: Run) -> list[FileOutcome]:
    """Let the list of a site that is held count: it becomes the latest, and its files are written.

    Errors: DecisionError when none is held.
    """
    newest = db.frame("retail/newest_scrapes", is_sandbox=is_sandbox(systems)).to_dict("records")
    found = next((row for row in newest if row["site"] == site), None)
    if found is None or found["status"] != "held":
        known = ", ".join(row["site"] for row in newest) or "none"
        state = "it was never read" if found is None else f"its newest list is {found['status']}"
        raise DecisionError(f"no list of {site!r} waits: {state}. Sites that were read: {known}")
    day = found["scraped_on"]
    rows = db.frame("retail/scrape_rows", scrape_id=found["scrape_id"])
    before = lists_before(db, systems, day)
    earlier = before[before["site"] == site]
    if not db.execute("retail/accept_scrape", scrape_id=found["scrape_id"], decided_by=who):
        raise DecisionError(f"the list of {site!r} was decided by somebody else meanwhile")
    zone = ZoneInfo(systems.settings.retail.timezone)
    shown = SimpleNamespace(
        rows=rows,
        changes=compare(earlier, rows) if len(earlier) else None,
        scraped_at=found["scraped_at"].astimezone(zone),
    )
    return publish(db, systems, NAME, list_files(site, day, shown), run_id=run.run_id)
