"""The texts of one campaign on one day as effects: who, what words, from when until when. Pure.

What belongs here: putting audience, words and hours together. What does not: each of them, and whether a text may still
go when its turn comes (flows/texts/gate.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from ops_platform.core import effect_keys
from ops_platform.core.effects import effect_rows
from ops_platform.retail.automation import Inputs, Plan, note
from ops_platform.retail.campaigns.audience import audience, counted
from ops_platform.retail.campaigns.compose import Composer, Wording, shown_date
from ops_platform.retail.campaigns.model import Campaign
from ops_platform.retail.campaigns.places import place_of
from ops_platform.retail.campaigns.quiet_hours import STATES, Place, WeekHours, closes, due_at, latest, next_allowed
from ops_platform.retail.notes import notes_frame
from ops_platform.settings_retail import RetailSettings
from ops_platform.settings_retail_texts import TextsSettings

if TYPE_CHECKING:
    import pandas as pd


class TextPlan(NamedTuple):
    """What a campaign wants on a day. audience: with why_not complete, so that a preview shows everybody."""

    audience: pd.DataFrame
    effects: pd.DataFrame


def plan_campaign(campaign: Campaign, inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """The plan of the day of `as_of` in the store's zone.

    inputs: customers (snapshots.CUSTOMERS), bodies (column body), opted_out (digits), pictures (media, url). as_of:
    aware; a run that comes later than the campaign's time plus the lateness plans nothing, whatever it was started for.
    """
    texts = settings.texts
    day = as_of.astimezone(ZoneInfo(settings.timezone)).date()
    planned = texts_of_day(campaign, inputs, settings, day, now=as_of)
    figures = counted(planned.audience)
    wrong = planned.audience[planned.audience["why_not"] == "invalid_phone"]["cust_no"]
    return Plan(
        effects=planned.effects,
        notes=notes_frame(note("invalid_phone", cust_no, "it cannot be texted") for cust_no in wrong),
        considered=len(planned.audience),
        held=_held(len(planned.effects), texts.max_usual),
        usual=texts.max_usual,
        figures=figures | {"segments": int(sum(payload["segments"] for payload in planned.effects["payload"]))},
    )


def texts_of_day(
    campaign: Campaign, inputs: Inputs, settings: RetailSettings, day: date, *, now: datetime | None
) -> TextPlan:
    """Everybody the campaign selects for a day, and the texts of those who get one.

    now: texts that are too late by then are not planned; None: as if the day were still to come (for a preview).
    """
    texts = settings.texts
    found = audience(inputs["customers"], campaign, texts, day, set(inputs["opted_out"]["digits"]))
    due = due_at(day, campaign.at, settings.timezone)
    writer = _Writer(campaign, day, inputs, texts)
    windows = _Windows(due, hours_of(texts), texts.max_lateness_hours, now)
    rows: list[tuple[Any, ...]] = []
    reasons: list[str | None] = []
    person: Any
    for person in found.itertuples(index=False):
        why_not: str | None = person.why_not
        if why_not is None:
            to, place = writer.recipient(person, settings.timezone)
            window, why_not = windows.of(place)
            if window is not None:
                rows.append(writer.effect(person, to, place, window))
        reasons.append(why_not)
    found["why_not"] = reasons
    return TextPlan(found, effect_rows(rows))


def hours_of(texts: TextsSettings) -> Mapping[str, WeekHours]:
    """The hours of the states, with what the store set over the built-in table."""
    own = {
        state.upper(): WeekHours(hours.hours("weekday"), hours.hours("saturday"), hours.hours("sunday"))
        for state, hours in texts.hours.items()
    }
    return MappingProxyType({**STATES, **own})


Window = tuple[datetime, datetime]
"""From when and until when a text may go."""


class MissingPictureError(ValueError):
    """A campaign has a picture and the settings do not say where it is."""

    def __init__(self, media: str) -> None:
        super().__init__(f"retail.texts.media.{media} is not set; give the public address of the picture")


class _Windows:
    """When each place may be texted. A hundred thousand customers live in a few hundred places."""

    def __init__(self, due: datetime, hours: Mapping[str, WeekHours], late: float, now: datetime | None) -> None:
        self.due, self.hours, self.late, self.now = due, hours, late, now
        self.of = lru_cache(maxsize=None)(self._of)

    def _of(self, place: Place) -> tuple[Window | None, str | None]:
        start = next_allowed(self.due, place, self.hours)
        if start is None:
            return None, "quiet_hours"
        # The carrier drops what waits beyond the end, so a long queue there brings no text at night either.
        end = min(latest(start, self.late), closes(start, place, self.hours))
        if self.now is not None and self.now > end:
            return None, "too_late"
        return (start, end), None


class _Writer:
    """Makes the effects of a campaign, one a customer; what is the same for all is made once."""

    def __init__(self, campaign: Campaign, day: date, inputs: Inputs, texts: TextsSettings) -> None:
        self.campaign, self.texts, self.occurrence = campaign, texts, campaign.occurrence(day)
        pictures = dict(zip(inputs["pictures"]["media"], inputs["pictures"]["url"], strict=True))
        if campaign.media and campaign.media not in pictures:
            raise MissingPictureError(campaign.media)
        self.media = [pictures[campaign.media]] if campaign.media else []
        values = {"company": texts.company, "review_url": texts.review_url}
        if campaign.coupon is not None:
            expires = shown_date(campaign.coupon.expires(day, self.occurrence))
            values |= {"offer": campaign.coupon.offer, "expires": expires}
        self.composer = Composer(_wording(campaign, inputs, texts), values)

    def recipient(self, person: Any, usual_zone: str) -> tuple[str, Place]:
        """The number a customer's text goes to, and where that may be: of a test recipient its own place counts."""
        tests = self.texts.test_recipients
        if tests:
            to = tests[int(person.digits) % len(tests)]
            return to, place_of(to[-10:], None, usual_zone)
        return f"+1{person.digits}", place_of(person.digits, person.state, usual_zone)

    def effect(self, person: Any, to: str, place: Place, window: Window) -> tuple[Any, ...]:
        """The row of core/effects.COLUMNS."""
        texts, name = self.texts, self.campaign.name
        key = effect_keys.text(name, person.cust_no, self.occurrence, is_test=bool(texts.test_recipients))
        composed = self.composer.create_customer_text(key, person.first_name, balance=person.balance)
        payload = {
            "to": to,
            "body": composed.body,
            "media": self.media,
            "segments": composed.segments,
            "campaign": name,
            "cust_no": person.cust_no,
            "zones": place.zones,
            "states": place.states,
        }
        # keep_first: a balance that changed meanwhile makes no second text.
        start, until = window
        label = f"customer {person.cust_no}"
        return key, "text", to, payload, start, until, None, True, label, self.campaign.title


def _wording(campaign: Campaign, inputs: Inputs, texts: TextsSettings) -> Wording:
    return Wording(
        bodies=tuple(inputs["bodies"]["body"]),
        greetings=texts.greetings,
        farewells=texts.farewells,
        prefix=f"{texts.company}: " if campaign.company_first else "",
        opt_out=texts.opt_out if texts.append_opt_out else "",
    )


def _held(wanted: int, usual: int) -> str | None:
    if wanted <= usual:
        return None
    return (
        f"{wanted:,} texts, more than the {usual:,} of retail.texts.max_usual. If that is right, approve it: "
        "ops retail approve"
    )
