"""What a store may set about its texts: the account they are sent with, the limits, and each campaign.

Part of settings_retail.py. Only shapes and the rules between keys belong here; no reading.
"""

from __future__ import annotations

import re
from datetime import time
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from ops_platform.settings_section import Section
from ops_platform.settings_types import ClockTime

DateColumn = Literal["first_sale", "last_sale", "birth_month"]
_HOURS: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAYS: Final = ("weekday", "saturday", "sunday")
_NUMBER: Final = re.compile(r"\+1[2-9]\d{9}")
_STATES: Final = frozenset({
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA",
    "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR",
    "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY",
})  # fmt: skip
_NO_REVIEWS: Final = "https://example.com/review"


_BIRTHDAYS: Final = frozenset({"birthday"})
"""The campaigns that go by a month; a test keeps it in step with the catalogue."""


class CampaignSettings(Section):
    """One campaign, where the store wants it otherwise."""

    enabled: bool = True
    category: str | None = Field(None, description="of the point of sale; empty text: every customer")
    date_column: DateColumn | None = None
    days_after: int | None = Field(None, ge=0, le=366)
    at: ClockTime | None = Field(None, description="in the store's zone")


class StateHours(Section):
    """Hours in which a state's people may be texted, as 09:00-18:00."""

    weekday: str = "08:00-21:00"
    saturday: str = "08:00-21:00"
    sunday: str = "08:00-21:00"

    @field_validator(*_DAYS)
    @classmethod
    def _are_hours(cls, value: str) -> str:
        if not _HOURS.fullmatch(value) or value[:5] >= value[6:]:
            raise ValueError(f"{value!r}: write it as 09:00-18:00")
        return value

    def hours(self, day: str) -> tuple[time, time]:
        """From and until, of weekday, saturday or sunday. 24:00 is the day's last minute."""
        start, end = getattr(self, day).split("-")
        return time.fromisoformat(start), time(23, 59, 59) if end == "24:00" else time.fromisoformat(end)


class TextsSettings(Section):
    """Text messages to customers, through Twilio."""

    mode: Literal["sandbox", "live"] = "sandbox"
    url: str = "https://api.twilio.com"
    account_sid: str = ""
    auth_token: SecretStr | None = None
    messaging_service_sid: str = Field("", description="preferred to from_number: carriers want it registered")
    from_number: str = Field("", description="as +18285550100")
    webhook_url: str = Field(
        "",
        description="public address of the intake app's /texts, as Twilio calls it; none: only asked",
    )
    timeout_seconds: float = Field(15.0, gt=0, le=60)

    company: str = Field("Our Garden Center", min_length=1, max_length=40)
    greetings: tuple[str, ...] = ("Hi", "Hello", "Hey")
    farewells: tuple[str, ...] = ("Thanks again!", "See you soon!", "Happy gardening!")
    review_url: str = _NO_REVIEWS
    media: dict[Literal["coupon", "birthday"], str] = Field(
        default_factory=dict, description="addresses of the pictures; the sandbox has its own"
    )
    append_opt_out: bool = True
    opt_out: str = "Reply STOP to opt out"

    consent: Literal["Y", "any"] = Field("Y", description="INCLUDE_IN_MARKETING_MAILOUTS must say so; any: not asked")
    consent_column: Literal["", "SMS_1_IS_SUB", "SMS_2_IS_SUB"] = Field(
        "", description="a column of AR_CUST that must hold Y as well"
    )
    one_text_a_phone: bool = Field(True, description="of customers that share a phone the first by number is texted")
    max_per_customer_per_day: int | None = Field(None, ge=1, description="none: as many as campaigns fall on a day")
    test_recipients: tuple[str, ...] = Field((), description="every text goes to one of these instead")
    max_lateness_hours: float = Field(3.0, gt=0, le=12, description="a text that could not go by then never goes")
    per_second: float = Field(1.0, gt=0, le=1000, description="shared by every process of the platform")
    max_usual: int = Field(500, ge=1, description="a campaign with more texts on a day waits for approval")
    hours: dict[str, StateHours] = Field(default_factory=dict, description="state -> hours, over the built-in table")
    campaigns: dict[str, CampaignSettings] = Field(default_factory=dict)
    max_filtered: int = Field(
        3, ge=1, description="so many texts of a campaign in a row that carriers filter (30007) stop the campaign"
    )
    max_delivery_failures: float = Field(0.2, ge=0, le=1, description="warn above this share of undelivered texts")
    max_opt_outs: float = Field(0.03, ge=0, le=1, description="warn above this share of opt-outs")

    def own_times(self) -> dict[str, time]:
        """The times of day that the store has set itself, by campaign."""
        return {name: chosen.at for name, chosen in self.campaigns.items() if chosen.at is not None}

    @model_validator(mode="after")
    def _live_has_its_keys(self) -> Self:
        if self.mode == "live" and not (self.account_sid and self.auth_token):
            raise ValueError("mode is live: set account_sid, and OPS_RETAIL__TEXTS__AUTH_TOKEN in .env")
        if self.mode == "live" and not (self.messaging_service_sid or self.from_number):
            raise ValueError("mode is live: set messaging_service_sid or from_number")
        if self.mode == "live" and self.review_url == _NO_REVIEWS:
            raise ValueError("mode is live: set review_url, where customers are asked to write a review")
        return self

    @field_validator("campaigns")
    @classmethod
    def _count_from_what_they_are_for(cls, value: dict[str, CampaignSettings]) -> dict[str, CampaignSettings]:
        # A text for a purchase happens once a purchase, one for a birthday once a year: neither can be the other.
        for name, chosen in value.items():
            if chosen.date_column is not None and (chosen.date_column == "birth_month") != (name in _BIRTHDAYS):
                one_of = "birth_month" if name in _BIRTHDAYS else "first_sale or last_sale"
                raise ValueError(f"{name}.date_column is {chosen.date_column}; this campaign takes {one_of}")
        return value

    @field_validator("account_sid", "messaging_service_sid")
    @classmethod
    def _is_a_sid(cls, value: str, info: ValidationInfo) -> str:
        begins = {"account_sid": "AC", "messaging_service_sid": "MG"}[str(info.field_name)]
        if value and not value.startswith(begins):
            raise ValueError(f"it begins with {begins}; copy it from Twilio's console")
        return value

    @field_validator("from_number")
    @classmethod
    def _is_a_number(cls, value: str) -> str:
        if value and not re.fullmatch(r"\+1\d{10}", value):
            raise ValueError("write it as +18285550100")
        return value

    @field_validator("test_recipients")
    @classmethod
    def _are_numbers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_NUMBER.fullmatch(number) for number in value):
            raise ValueError("write each as +18285550100")
        return value

    @field_validator("review_url")
    @classmethod
    def _is_a_page(cls, value: str) -> str:
        if not re.fullmatch(r"https?://\S+", value):
            raise ValueError("write it as https://...")
        return value

    @field_validator("media")
    @classmethod
    def _are_addresses(cls, value: dict[str, str]) -> dict[str, str]:
        for url in value.values():
            if not re.fullmatch(r"https?://[^\s?#]+", url):
                raise ValueError(f"{url!r}: write it as https://host/path.jpg")
        return value

    @field_validator("hours")
    @classmethod
    def _are_states(cls, value: dict[str, StateHours]) -> dict[str, StateHours]:
        for state in value:
            if state.upper() not in _STATES:
                raise ValueError(f"{state!r} is no state; write its two letters, as NC")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s?#]+[^\s?#/]", value):
            raise ValueError("write it as https://host/texts, without a slash at its end")
        return value

    @field_validator("greetings")
    @classmethod
    def _has_one(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not all(text.strip() for text in value):
            raise ValueError("at least one, none of them empty")
        return value
