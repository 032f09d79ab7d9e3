"""What a text campaign is: whom it is for, when, and what it says. The campaigns themselves are in catalogue.py.

What belongs here: the shape, and what a store may set otherwise. What does not: who gets it (audience.py), its words
(compose.py, templates/sms), sending.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Final, Literal

from ops_platform.settings_retail_texts import CampaignSettings, DateColumn

Media = Literal["coupon", "birthday"]


@dataclass(frozen=True)
class Coupon:
    """The picture's offer and until when it holds: days after the purchase, or a day of the next month."""

    offer: str
    days_after_purchase: int | None = None
    day_of_next_month: int | None = None

    def expires(self, day: date, occurrence: date) -> date:
        """The last day of the offer, never before the day of the text.

        day: of the text. occurrence: the day that occasions it, as in its key.
        """
        if self.days_after_purchase is not None:
            return max(occurrence + timedelta(days=self.days_after_purchase), day)
        assert self.day_of_next_month is not None
        first = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
        return first.replace(day=self.day_of_next_month)


@dataclass(frozen=True)
class Campaign:
    """A campaign. date_column: what `days_after` counts from; birth_month: on the first of the month.

    category: of the point of sale, None: all. returning: not customers whose last purchase is their first. media: which
    picture of the settings. company_first: the text begins with the company's name. beside: campaigns that may reach a
    customer on the same day although a cap allows one text a day.
    """

    name: str
    title: str
    description: str
    category: str | None
    date_column: DateColumn
    days_after: int
    at: time
    returning: bool = False
    media: Media | None = None
    coupon: Coupon | None = None
    balance_line: bool = False
    company_first: bool = False
    beside: tuple[str, ...] = ()
    catch_up_days: int = 0

    @property
    def cron(self) -> str:
        """When it is due, in the store's zone: daily, or on the first days of a month."""
        days = f"1-{1 + self.catch_up_days}" if self.catch_up_days else "1"
        return f"{self.at.minute} {self.at.hour} {days if self.date_column == 'birth_month' else '*'} * *"

    def occurrence(self, day: date) -> date:
        """The day that occasions the text of a day, as it stands in the key: the purchase's, or the month's first.

        Never the text's own day: whoever sets `days_after` otherwise would text everybody again for the same purchase.
        A birthday text of the 2nd is the one of the 1st, caught up.
        """
        return day.replace(day=1) if self.date_column == "birth_month" else self.anchor(day)

    def anchor(self, day: date) -> date:
        """The day of the purchase that a text of this day follows."""
        return day - timedelta(days=self.days_after)


_SET: Final = ("date_column", "days_after", "at", "category")


def as_set(campaign: Campaign, settings: CampaignSettings | None) -> Campaign:
    """The campaign as the store wants it: what its settings name takes the place of the default."""
    if settings is None:
        return campaign
    chosen = {name: getattr(settings, name) for name in _SET if getattr(settings, name) is not None}
    if settings.category == "":
        chosen["category"] = None
    return replace(campaign, **chosen)
