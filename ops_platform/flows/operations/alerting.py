"""One round of the watchdog: what is seen is compared with what is known, people are told, and it is written down.

What belongs here: the order of things, and that a kill in between costs at most one message twice (the same Message-ID)
and never one. What does not: seeing (looks.py), deciding (core), keeping (book.py), delivering (channels.py).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ops_platform.core.alert_messages import Message, due_messages, lines, subject, told
from ops_platform.core.alerts import Alert, Cause, Look, Rules, advance
from ops_platform.flows.operations.book import Book, Delivery
from ops_platform.flows.operations.channels import Channel, ChannelError
from ops_platform.settings import Settings

_log = logging.getLogger(__name__)


class UnknownAlertError(Exception):
    """There is no open alert of this key; the text names those there are."""


@dataclass(frozen=True)
class Round:
    """What one look did. sent: the messages that reached somebody."""

    alerts: list[Alert]
    sent: list[Message]
    deliveries: list[Delivery]

    @property
    def open(self) -> list[Alert]:
        """What is wrong and due to be told."""
        return [alert for alert in self.alerts if alert.is_open]


def rules_of(settings: Settings) -> Rules:
    """The rules that the settings make."""
    wanted = settings.alerts
    return Rules(
        over_after=timedelta(minutes=wanted.over_after_minutes),
        restless_within=timedelta(hours=wanted.restless_hours),
        remind_after=timedelta(hours=wanted.remind_after_hours),
        most_mails=wanted.most_mails_an_hour,
    )


def look_and_tell(
    book: Book, channels: Sequence[Channel], looks: Iterable[Look], now: datetime, settings: Settings
) -> Round:
    """Do one round, while holding the book's lock."""
    rules = rules_of(settings)
    known = book.load(now)
    alerts = advance(known.alerts, [*looks, _channel_look(known.troubles, channels)], now, rules)
    book.save(alerts, now)  # before anybody is told: a channel may hang, and this process be killed
    sent: list[Message] = []
    deliveries: list[Delivery] = []
    for message in due_messages(alerts, now, rules):
        tried = _deliver(message, channels, settings, rules)
        if not channels or any(each.reason is None for each in tried):
            alerts = told(alerts, message)
            sent.append(message)
        deliveries += tried
        book.save(alerts, now, deliveries=tried)
    return Round(alerts, sent, deliveries)


def send_test(book: Book, channels: Sequence[Channel], now: datetime, settings: Settings) -> list[Delivery]:
    """Send a test alert through every channel, and write down what became of it."""
    example = Cause(
        "test/alert",
        "The job vehicles_daily failed",
        "export_listings: the disk of /srv/exports is full.",
        "Free some space; running the job again does no harm.",
    )
    [alert] = advance([], [Look("test", (example,))], now, rules_of(settings))
    tried = _deliver(Message("test", (alert,), now), channels, settings, rules_of(settings))
    known = book.load(now)
    book.save(known.alerts, now, deliveries=tried)
    return tried


def acknowledge(book: Book, key: str, who: str, now: datetime) -> Alert:
    """Note that somebody knows of an open alert: it is not reminded of any more. Errors: UnknownAlertError."""
    known = book.load(now).alerts
    found = next((alert for alert in known if alert.is_open and alert.key == key), None)
    if found is None:
        names = ", ".join(alert.key for alert in known if alert.is_open) or "none"
        raise UnknownAlertError(f"no alert {key!r} is open; open are: {names}")
    noted = replace(found, acked_at=now, acked_by=who)
    book.save([noted if alert.identity == found.identity else alert for alert in known], now)
    return noted


def _deliver(message: Message, channels: Sequence[Channel], settings: Settings, rules: Rules) -> list[Delivery]:
    text = lines(message, ZoneInfo(settings.retail.timezone), rules)
    _log.warning("%s | %s", subject(message), " ".join(line for line in text if line))
    done = []
    for channel in channels:
        reason = None
        try:
            channel.send(message)
        except ChannelError as error:
            reason = str(error)
        except Exception as error:  # a channel that is broken must not keep the next one from working
            _log.exception("the channel %s failed", channel.name)
            reason = f"{type(error).__name__} (a defect; see the log)"
        if reason:
            _log.warning("%s could not deliver it: %s", channel.name, reason)
        done.append(Delivery(message.key, message.kind, channel.name, subject(message), message.at, reason))
    return done


def _channel_look(troubles: dict[str, str], channels: Sequence[Channel]) -> Look:
    """The area channels: one that could not deliver the last message is told through the others."""
    names = {channel.name for channel in channels}
    causes = tuple(
        Cause(
            f"channels/{name}",
            f"Alerts cannot be delivered by {name}",
            f"{reason[:1].upper()}{reason[1:]}",
            "`ops alerts test` tries every channel.",
        )
        for name, reason in sorted(troubles.items())
        if name in names
    )
    return Look("channels", causes, {f"channels/{name}": "it delivers again" for name in names if name not in troubles})
