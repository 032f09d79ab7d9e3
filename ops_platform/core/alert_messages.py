"""Which messages alerts make, and their words: one a cause, one when it is over, one of many when many begin at once.

What belongs here: when, and what is said. What does not: what an alert is (alerts.py), how a message looks as a mail
(templates/email/alert) and who gets it (flows/operations). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

from ops_platform.core.alerts import Alert, Rules, duration

Kind = Literal["begin", "digest", "over", "reminder", "test"]

_MOST_OVERS: Final = 3
_NOTHING: Final = timedelta(0)
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Message:
    """One message to people. Alerts are in the order they began."""

    kind: Kind
    alerts: tuple[Alert, ...]
    at: datetime

    @property
    def key(self) -> str:
        """What the message is about, `alert/<cause>/<since>/<kind>`: the same for the same news sent twice."""
        first = self.alerts[0] if self.alerts else None
        since = f"{(first.first_seen if first else self.at):%Y%m%dT%H%M%S}"
        about = first.key if first and len(self.alerts) == 1 else f"{len(self.alerts)}-causes"
        turn = f"-{first.count}" if first and first.count > 1 else ""
        moment = f"/{self.at:%Y%m%dT%H%M}" if self.kind in ("reminder", "test", "digest") else ""
        return f"alert/{about}/{since}{turn}/{self.kind}{moment}"

    @property
    def level(self) -> str:
        """error when one of the alerts is."""
        return "error" if any(alert.level == "error" for alert in self.alerts) else "warning"


def due_messages(alerts: Iterable[Alert], now: datetime, rules: Rules) -> list[Message]:
    """The messages to send now: what is over first, then what began, then what still lasts."""
    known = sorted(alerts, key=lambda each: (each.first_seen, each.key))
    messages = [*_overs(known, now), *_begins(known, now, rules)]
    reminder = _reminder(known, now, rules)
    return [*messages, reminder] if reminder else messages


def told(alerts: Iterable[Alert], message: Message) -> list[Alert]:
    """The alerts with a note that this message reached somebody."""
    of_message = {alert.identity for alert in message.alerts}
    return [_marked(alert, message) if alert.identity in of_message else alert for alert in alerts]


def _marked(alert: Alert, message: Message) -> Alert:
    if message.kind in ("begin", "digest"):
        return replace(alert, told_at=message.at)
    if message.kind == "over":
        return replace(alert, told_at=alert.told_at or message.at, over_told_at=message.at)
    return replace(alert, reminded_at=message.at)


def _begins(known: Sequence[Alert], now: datetime, rules: Rules) -> list[Message]:
    new = [alert for alert in known if alert.is_open and alert.told_at is None and alert.due_at <= now]
    # Those of one message were told at the same moment. A clock that was set back must not hold up what comes.
    lately = {alert.told_at for alert in known if alert.told_at is not None and _NOTHING <= now - alert.told_at < _HOUR}
    if not new:
        return []
    if len(lately) + len(new) <= rules.most_mails:
        return [Message("begin", (alert,), now) for alert in new]
    if len(lately) >= rules.most_mails and now - max(lately) < rules.digest_every:
        return []  # a storm: the next message tells of all that began meanwhile
    return [Message("begin" if len(new) == 1 else "digest", tuple(new), now)]


def _overs(known: Sequence[Alert], now: datetime) -> list[Message]:
    over = [alert for alert in known if alert.end_is_untold]
    if len(over) > _MOST_OVERS:
        return [Message("over", tuple(over), now)]
    return [Message("over", (alert,), now) for alert in over]


def _reminder(known: Sequence[Alert], now: datetime, rules: Rules) -> Message | None:
    """One message about all that lasts, when one of them is due: a person plans a morning, not a row of mails."""
    lasting = [each for each in known if each.is_open and each.told_at is not None and each.acked_at is None]
    since = [max(each.told_at, each.reminded_at or each.told_at) for each in lasting if each.told_at is not None]
    if not since or now - min(since) < rules.remind_after:
        return None
    return Message("reminder", tuple(lasting), now)


# -- words


def subject(message: Message) -> str:
    """One line for an inbox or a phone."""
    alerts = message.alerts
    if message.kind == "test":
        return "Test alert: this is how one looks"
    if len(alerts) > 1 or message.kind == "reminder":
        names = f"{len(alerts)} problem{'s' if len(alerts) > 1 else ''}"
        return {
            "digest": f"Alert: {names} began",
            "over": f"Over: {names}",
            "reminder": f"Still there: {names}",
        }[message.kind]
    word = "Over" if message.kind == "over" else "Warning" if alerts[0].level == "warning" else "Alert"
    again = " again" if alerts[0].count > 1 and message.kind == "begin" else ""
    return f"{word}{again}: {alerts[0].title}"


def lead(message: Message, zone: tzinfo, rules: Rules) -> str:
    """What the message means, in a sentence or two."""
    said = {
        "test": "Somebody typed `ops alerts test`. Nothing is wrong; alerts reach you here.",
        "digest": "They began about the same time, so perhaps they have one cause. Begin with the first.",
        "reminder": "You were told before and it still lasts. `ops alerts ack KEY` ends the reminders of one.",
        "over": "They are all over.",
    }
    if message.kind in ("test", "digest", "reminder") or len(message.alerts) > 1:
        return said[message.kind]
    alert = message.alerts[0]
    return _over_lead(alert, zone) if message.kind == "over" else _begin_lead(alert, zone, rules)


def _begin_lead(alert: Alert, zone: tzinfo, rules: Rules) -> str:
    first = moment(alert.first_seen, zone)
    if alert.is_restless:
        quiet = duration(rules.restless_within)
        return f"It comes and goes: {alert.count} times since {first}. You hear of it again after {quiet} without it."
    if alert.count > 1:
        return f"It was over and is back; it began first at {first}."
    return f"Since {first}. You hear of it again when it is over."


def _over_lead(alert: Alert, zone: tzinfo) -> str:
    assert alert.over_at is not None
    lasted = f"It lasted {duration(alert.over_at - alert.first_seen)}, since {moment(alert.first_seen, zone)}."
    late = "" if alert.told_at else " No alert could be delivered while it lasted."
    return f"{lasted}{late}"


def lines(message: Message, zone: tzinfo, rules: Rules) -> list[str]:
    """The message as plain text, line by line: for phones and logs."""
    found = [lead(message, zone, rules)]
    for alert in message.alerts:
        if len(message.alerts) > 1 or message.kind == "reminder":
            found += ["", f"{alert.title} (since {moment(alert.first_seen, zone)}; {alert.key})"]
        found += [line for line in _body(alert, message.kind) if line]
    return list(map(plain, found))


def plain(text: str) -> str:
    """A text of the command line for readers of mail: a command stands in quotes there."""
    return text.replace("`", '"')


def moment(when: datetime, zone: tzinfo) -> str:
    """`2026-05-14 15:04 EDT`: with the zone, because an hour comes twice in autumn."""
    local = when.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} {local.tzname() or ''}".rstrip()


def _body(alert: Alert, kind: Kind) -> tuple[str, ...]:
    if kind == "over":
        return (f"{alert.over_reason[:1].upper()}{alert.over_reason[1:]}.",)
    return (alert.detail, alert.advice)
