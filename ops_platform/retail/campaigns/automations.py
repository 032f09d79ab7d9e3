"""The campaigns as automations: each with its clock, what it needs and its plan, like the others of the store.

What belongs here: between catalogue.py and retail/registry.py. What does not: any rule of a campaign.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, time
from functools import partial
from typing import Final

from ops_platform.retail.automation import Automation, Inputs, Need, Plan
from ops_platform.retail.campaigns.catalogue import CAMPAIGNS
from ops_platform.retail.campaigns.compose import OF_COUPONS, PLACEHOLDERS
from ops_platform.retail.campaigns.model import Campaign, as_set
from ops_platform.retail.campaigns.needs import OptedOut, TextBodies, TextPictures
from ops_platform.retail.campaigns.planning import plan_campaign
from ops_platform.retail.customer_needs import Customers
from ops_platform.settings_retail import RetailSettings

FIRST_NUMBER: Final = 25
"""Texts come after the twenty-four automations of the owner's list."""

PREFIX: Final = "text_"
_BEFORE: Final = ("refunded_customers", "wholesale_loyalty", "negative_balances")


def name_of(campaign: Campaign) -> str:
    """The automation of a campaign: text_birthday."""
    return f"{PREFIX}{campaign.name}"


def at_times(automations: Iterable[Automation], times: Mapping[str, time]) -> tuple[Automation, ...]:
    """The automations with each campaign's clock at the store's own time of day. times: by campaign.

    Else a text that is to go at 11:00 would be planned by the tick of 18:30, too late every day.
    """
    crons = {name_of(each): replace(each, at=times[each.name]).cron for each in CAMPAIGNS if each.name in times}
    return tuple(replace(each, cron=crons[each.name]) if each.name in crons else each for each in automations)


def needs(campaign: Campaign, settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Customers, the words, the pictures, and who wants nothing; nothing of a campaign that is switched off."""
    if not _is_enabled(campaign, settings):
        return {}
    return {
        "customers": Customers(),
        "bodies": TextBodies(campaign.name, PLACEHOLDERS if campaign.coupon is None else PLACEHOLDERS + OF_COUPONS),
        "opted_out": OptedOut(),
        "pictures": TextPictures(),
    }


def plan(campaign: Campaign, inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """The texts of the day, as the store has set the campaign."""
    if not _is_enabled(campaign, settings):
        return Plan()
    return plan_campaign(as_set(campaign, settings.texts.campaigns.get(campaign.name)), inputs, settings, as_of)


class UnknownCampaignError(ValueError):
    """The settings name a campaign that is none: what they want would be left undone silently."""

    def __init__(self, name: str) -> None:
        from ops_platform.core.text import nearest_name  # noqa: PLC0415  # only where something is wrong

        near = nearest_name(name, [campaign.name for campaign in CAMPAIGNS])
        hint = f"; did you mean {near}?" if near else ", ".join(["; there are", *(each.name for each in CAMPAIGNS)])
        super().__init__(f"retail.texts.campaigns.{name}: there is no such campaign{hint}")


def _is_enabled(campaign: Campaign, settings: RetailSettings) -> bool:
    if unknown := set(settings.texts.campaigns) - {each.name for each in CAMPAIGNS}:
        raise UnknownCampaignError(min(unknown))
    chosen = settings.texts.campaigns.get(campaign.name)
    return chosen is None or chosen.enabled


def _automation(place: int, campaign: Campaign) -> Automation:
    return Automation(
        name=name_of(campaign),
        number=FIRST_NUMBER + place,
        title=campaign.title,
        description=campaign.description,
        cron=campaign.cron,
        targets=("texts",),
        needs=partial(needs, campaign),
        plan=partial(plan, campaign),
        after=_BEFORE,
    )


AUTOMATIONS: Final = tuple(_automation(place, campaign) for place, campaign in enumerate(CAMPAIGNS))
