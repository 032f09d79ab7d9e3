"""Alerts: what is wrong is told once, told again only when it comes back, and told to be over. Pure.

What belongs here: from what is seen now and what was known before to what is known now. What does not: seeing (looks.py
of flows/operations and of dagster_instance), which messages that makes (alert_messages.py), sending and keeping.

An alert goes: seen -> due (its cause stayed for its patience) -> told -> over -> told to be over. A cause that comes
back within `restless_within` is the same alert again; from the third time on it "comes and goes" and is over only when
it has been quiet for that long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

Level = Literal["warning", "error"]

RESTLESS: Final = 3
"""From so many beginnings on, a cause comes and goes."""


@dataclass(frozen=True)
class Cause:
    """Something that is wrong now. key: `area/what`, always the same for the same cause, never a run or a moment.

    title: a sentence without a full stop. detail: what was seen. advice: what a person does. None of them holds
    personal data. patience: for how long it must have been so before anybody is told.
    """

    key: str
    title: str
    detail: str = ""
    advice: str = ""
    level: Level = "error"
    patience: timedelta = timedelta(0)


@dataclass(frozen=True)
class Look:
    """What was seen of one area. causes None: it could not be looked at, so nothing in it is new and nothing is over.

    well: key -> how it ended, for causes that ended for certain (a run succeeded); others end by not being seen for a
    while.
    """

    area: str
    causes: tuple[Cause, ...] | None = ()
    well: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Alert:
    """A cause with its story. Times are aware.

    first_seen: when it began the first time. due_at: when a person is to be told of this beginning. count: how often it
    began. told_at, over_told_at: when it was told; None: not yet. acked_at: since when somebody knows and is not
    reminded.
    """

    key: str
    title: str
    detail: str
    advice: str
    level: Level
    first_seen: datetime
    last_seen: datetime
    due_at: datetime
    count: int = 1
    told_at: datetime | None = None
    reminded_at: datetime | None = None
    acked_at: datetime | None = None
    acked_by: str | None = None
    over_at: datetime | None = None
    over_reason: str = ""
    over_told_at: datetime | None = None

    @property
    def area(self) -> str:
        """The first part of the key."""
        return self.key.partition("/")[0]

    @property
    def is_open(self) -> bool:
        """Whether it is still so."""
        return self.over_at is None

    @property
    def is_restless(self) -> bool:
        """Whether it comes and goes."""
        return self.count >= RESTLESS

    @property
    def end_is_untold(self) -> bool:
        """Whether a person is still to hear that it is over: of what was told, or should have been."""
        if self.over_at is None or self.over_told_at is not None:
            return False
        return self.told_at is not None or self.due_at <= self.over_at

    @property
    def identity(self) -> tuple[str, datetime]:
        """What one alert is: a cause and when it first began."""
        return self.key, self.first_seen


@dataclass(frozen=True)
class Rules:
    """over_after: a cause that is not seen for so long is over. restless_within: see the module.

    remind_after: told again while it lasts. most_mails: messages about single new causes in an hour; more begin
    together in one. digest_every: the pause between two of those.
    """

    over_after: timedelta = timedelta(minutes=10)
    restless_within: timedelta = timedelta(hours=6)
    remind_after: timedelta = timedelta(hours=24)
    most_mails: int = 5
    digest_every: timedelta = timedelta(minutes=15)


def advance(known: Iterable[Alert], looks: Iterable[Look], now: datetime, rules: Rules) -> list[Alert]:
    """What is known after looking: alerts that go on, began, came back or are over; those of other areas as they were.

    An alert that nobody was told of, and whose patience had not passed, vanishes with its cause. Of one key at most one
    alert is open.
    """
    alerts = {alert.identity: alert for alert in known}
    # The open one of a key first: with a clock that was set back it need not be the one that began last.
    newest = {
        alert.key: alert
        for alert in sorted(alerts.values(), key=lambda each: (each.is_open, each.over_at or each.last_seen))
    }
    for look in looks:
        if look.causes is None:
            continue
        seen = {cause.key: cause for cause in look.causes}
        for key, cause in seen.items():
            alert = _seen(newest.get(key), cause, now, rules)
            alerts[alert.identity] = newest[key] = alert
        for alert in [each for each in alerts.values() if each.area == look.area and each.is_open]:
            if alert.key not in seen:
                alerts.pop(alert.identity)
                after = _unseen(alert, look.well.get(alert.key), now, rules)
                if after is not None:
                    alerts[after.identity] = after
    return sorted(alerts.values(), key=lambda each: (each.first_seen, each.key))


def forget(alerts: Iterable[Alert], now: datetime, rules: Rules) -> list[Alert]:
    """The alerts that later looks still need: open ones, and those that may come back or were told of just now."""
    kept = rules.restless_within + timedelta(hours=1)
    return [alert for alert in alerts if alert.over_at is None or now - alert.over_at <= kept or alert.end_is_untold]


def _seen(alert: Alert | None, cause: Cause, now: datetime, rules: Rules) -> Alert:
    words: dict[str, Any] = {"title": cause.title, "detail": cause.detail, "advice": cause.advice, "level": cause.level}
    if alert is not None and alert.is_open:
        # It may have become more urgent since it was first seen.
        return replace(alert, **words, last_seen=now, due_at=min(alert.due_at, now + cause.patience))
    if alert is not None and alert.over_at is not None and now - alert.over_at <= rules.restless_within:
        again: dict[str, Any] = {"over_at": None, "over_reason": "", "over_told_at": None, "told_at": None}
        again |= {"count": alert.count + 1, "last_seen": now, "due_at": now + cause.patience, "acked_at": None}
        if alert.told_at is not None and alert.over_told_at is None:
            # Its end was not told yet, so for the person it never ended.
            again |= {"told_at": alert.told_at, "acked_at": alert.acked_at}
        return replace(alert, **words, **again)
    return Alert(cause.key, **words, first_seen=now, last_seen=now, due_at=now + cause.patience)


def _unseen(alert: Alert, how: str | None, now: datetime, rules: Rules) -> Alert | None:
    """An open alert whose cause is not there now; None: it is as if it had never been."""
    if alert.told_at is None and now < alert.due_at:
        # Nobody needs to know of it; but how often it came is remembered.
        return None if alert.count == 1 else replace(alert, over_at=now, over_reason="it was back for a moment only")
    quiet = now - alert.last_seen
    if alert.is_restless:
        if quiet < rules.restless_within:
            return alert
        return replace(alert, over_at=now, over_reason=f"quiet for {duration(quiet)}, after {alert.count} times")
    if how is not None:
        return replace(alert, over_at=now, over_reason=how)
    if quiet < rules.over_after:
        return alert
    return replace(alert, over_at=now, over_reason=f"not seen any more since {duration(quiet)}")


def duration(span: timedelta) -> str:
    """How long, as people say it: `45 s`, `12 min`, `2 h 10 min`, `3 days 4 h`."""
    seconds = max(int(span.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60 % 60, seconds // 3600 % 24, seconds // 86400
    if days:
        return f"{days} day{'s' if days > 1 else ''}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min"
