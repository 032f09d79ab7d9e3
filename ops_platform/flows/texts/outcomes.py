"""What became of texts, as Dagster and checks look at it. Only reading; figures are judged in defs/retail/texts.py."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from ops_platform.adapters.database import Database
from ops_platform.adapters.public_pictures import picture_problem
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.campaigns.catalogue import CAMPAIGNS
from ops_platform.retail.campaigns.planning import hours_of
from ops_platform.retail.campaigns.quiet_hours import Place, is_allowed

DAYS: Final = 30
Row = dict[str, Any]


def of_days(db: Database, systems: Systems, now: datetime, days: int = DAYS) -> tuple[list[Row], list[Row]]:
    """Counts a campaign, and texts a day and campaign, of the last days of the store's calendar."""
    since = (now - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    where = {"since": since, "is_sandbox": systems.is_sandbox("texts")}
    zone = systems.settings.retail.timezone
    return _rows(db, "texts/status", **where), _rows(db, "texts/days", zone=zone, **where)


def out_of_hours(db: Database, systems: Systems) -> list[Row]:
    """Texts of the last day that went at a moment that is not allowed where the recipient may be: key, went_at."""
    hours = hours_of(systems.settings.retail.texts)
    rows = _rows(db, "texts/sent_places", is_sandbox=systems.is_sandbox("texts"))
    return [
        {"text": row["key"], "went_at": row["began_at"]}
        for row in rows
        if not is_allowed(row["began_at"], Place(tuple(row["zones"]), tuple(row["states"])), hours)
    ]


def bad_pictures(systems: Systems) -> list[Row]:
    """Pictures of campaigns that phones would not get: campaign, problem."""
    pictures, settings = systems.text_pictures, systems.settings.retail.texts
    problems = {}
    for campaign in CAMPAIGNS:
        chosen = settings.campaigns.get(campaign.name)
        if campaign.media is None or (chosen is not None and not chosen.enabled):
            continue
        if campaign.media not in pictures:
            problems[campaign.name] = f"retail.texts.media.{campaign.media} is not set"
        elif problem := picture_problem(pictures[campaign.media]):
            problems[campaign.name] = problem
    return [{"campaign": name, "problem": problem} for name, problem in problems.items()]


def _rows(db: Database, query: str, **parameters: Any) -> list[Row]:
    return [{str(k): v for k, v in row.items()} for row in db.frame(query, **parameters).to_dict("records")]
