"""Settings of texts that cannot be meant are refused at the start, and the message names the key and the way."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from pydantic import ValidationError

from ops_platform.retail.campaigns.catalogue import CAMPAIGNS
from ops_platform.retail.campaigns.model import Campaign
from ops_platform.settings_retail_texts import CampaignSettings, TextsSettings

LIVE: dict[str, Any] = {
    "mode": "live",
    "account_sid": "AC1",
    "auth_token": "x",
    "from_number": "+18285550100",
    "review_url": "https://g.example/review",
}


def test_a_live_account_with_all_it_needs_is_taken() -> None:
    assert TextsSettings(**LIVE).mode == "live"
    assert TextsSettings(**{**LIVE, "from_number": "", "messaging_service_sid": "MG1"}).messaging_service_sid == "MG1"


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda campaign: campaign.name)
def test_a_campaign_takes_its_own_kind_of_date_and_no_other(campaign: Campaign) -> None:
    for column in ("first_sale", "last_sale", "birth_month"):
        fits = (column == "birth_month") == (campaign.date_column == "birth_month")
        with nullcontext() if fits else pytest.raises(ValidationError):
            TextsSettings(campaigns={campaign.name: CampaignSettings(date_column=column)})


@pytest.mark.parametrize(
    ("values", "key", "said"),
    [
        ({**LIVE, "account_sid": ""}, "", "set account_sid"),
        ({**LIVE, "auth_token": None}, "", "OPS_RETAIL__TEXTS__AUTH_TOKEN"),
        ({**LIVE, "from_number": ""}, "", "messaging_service_sid or from_number"),
        ({**LIVE, "review_url": "https://example.com/review"}, "", "set review_url"),
        ({"account_sid": "SK1"}, "account_sid", "begins with AC"),
        ({"messaging_service_sid": "+18285550100"}, "messaging_service_sid", "begins with MG"),
        ({"from_number": "828-555-0100"}, "from_number", "+18285550100"),
        ({"test_recipients": ["828-555-0100"]}, "test_recipients", "+18285550100"),
        ({"test_recipients": ["+448285550100"]}, "test_recipients", "+18285550100"),
        ({"review_url": "g.example"}, "review_url", "https://"),
        ({"media": {"coupon": "content/5.jpg"}}, "media", "https://host/path.jpg"),
        ({"media": {"coupons": "https://x.example/5.jpg"}}, "media", "birthday"),
        ({"hours": {"Florida": {}}}, "hours", "two letters"),
        ({"hours": {"FL": {"weekday": "21:00-08:00"}}}, "hours", "09:00-18:00"),
        ({"hours": {"FL": {"weekdays": "08:00-20:00"}}}, "hours", "Extra inputs"),
        ({"webhook_url": "https://forms.example/texts/"}, "webhook_url", "without a slash"),
        ({"greetings": []}, "greetings", "at least one"),
        ({"campaigns": {"birthday": {"days_after": -1}}}, "campaigns", "greater than"),
        ({"campaigns": {"birthday": {"date_column": "last_sale"}}}, "campaigns", "birthday.date_column is last_sale"),
        ({"campaigns": {"returning_2": {"date_column": "birth_month"}}}, "campaigns", "first_sale or last_sale"),
        ({"max_per_customer_per_day": 0}, "max_per_customer_per_day", "greater than"),
        ({"max_lateness_hours": 24}, "max_lateness_hours", "less than"),
    ],
)
def test_what_cannot_be_meant_is_refused(values: dict[str, Any], key: str, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TextsSettings(**values)
    (error, *_) = caught.value.errors()
    assert [*error["loc"], ""][0] == key
    assert said in str(caught.value)
