"""Customers of the point of sale as a campaign gets them, and what it makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.paths import templates_dir
from ops_platform.retail.automation import Plan
from ops_platform.retail.campaigns.audience import audience
from ops_platform.retail.campaigns.catalogue import CAMPAIGNS
from ops_platform.retail.campaigns.compose import read_bodies
from ops_platform.retail.campaigns.model import Campaign
from ops_platform.retail.campaigns.planning import plan_campaign
from ops_platform.settings_retail import RetailSettings
from ops_platform.settings_retail_texts import TextsSettings

DAY = date(2026, 5, 14)
BY_NAME = {campaign.name: campaign for campaign in CAMPAIGNS}
_COLUMNS = [
    "cust_no", "first_name", "category", "phone_1", "state", "points", "mail_opt_in", "first_sale", "last_sale",
    "birth_month", "spouse_birth_month", "sms_consent_1", "sms_consent_2",
]  # fmt: skip


def customer(**other: Any) -> dict[str, Any]:
    """A retail customer whom nothing excludes; dates and the rest as given."""
    usual = dict.fromkeys(_COLUMNS) | {
        "cust_no": "100",
        "first_name": "ANN",
        "category": "RETAIL",
        "phone_1": "828-555-0142",
        "state": "NC",
        "points": Decimal(12),
        "mail_opt_in": "Y",
    }
    return {**usual, **other}


def customers(*rows: Mapping[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=_COLUMNS, dtype=object)


def who(campaign: Campaign, *rows: Mapping[str, Any], day: date = DAY, **settings: Any) -> dict[str, str | None]:
    """Customer number -> why not, of those the dates select."""
    found = audience(customers(*rows), campaign, TextsSettings(**settings), day, set())
    return dict(zip(found["cust_no"], found["why_not"], strict=True))


def plan(
    name: str,
    *rows: Mapping[str, Any],
    at: datetime | None = None,
    opted_out: tuple[str, ...] = (),
    campaign: Campaign | None = None,
    **texts: Any,
) -> Plan:
    """The plan of a campaign at its own time of DAY, or at another moment."""
    campaign, store = campaign or BY_NAME[name], RetailSettings(texts=TextsSettings(**texts))
    file = templates_dir() / "sms" / f"{name}.txt"
    inputs = {
        "customers": customers(*rows),
        "bodies": pd.DataFrame({"body": read_bodies(file.read_text(encoding="utf-8"), file.name)}, dtype=object),
        "opted_out": pd.DataFrame({"digits": list(opted_out)}, dtype=object),
        "pictures": pd.DataFrame({"media": ["coupon", "birthday"], "url": ["https://x/5.jpg", "https://x/10.jpg"]}),
    }
    moment = at or datetime.combine(DAY, campaign.at, ZoneInfo(store.timezone))
    return plan_campaign(campaign, inputs, store, moment)
