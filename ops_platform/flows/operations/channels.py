"""How a message about alerts reaches people: by mail and by Apprise, straight from here.

What belongs here: the channels that the settings name, and a message as each of them takes it. What does not: when and
what (core/alert_messages.py). Not through the ledger of effects: a pause, a budget or a database that is away must not
silence an alert (docs/adr/0013-watchdog.md). The log gets every message in any case (alerting.py).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any, Final, Protocol
from zoneinfo import ZoneInfo

from ops_platform.adapters import apprise_channel
from ops_platform.adapters.sandbox_address import sandbox_of
from ops_platform.core.alert_messages import Message, lead, lines, moment, plain, subject
from ops_platform.core.alerts import Alert, Rules, duration
from ops_platform.settings import Settings

if TYPE_CHECKING:
    from ops_platform.adapters.mail import Handed

SANDBOX_STAFF: Final = "owner@shop.example"
"""Who gets alerts in the sandbox, unless `alerts.to` says otherwise."""
_MOST_SHOWN: Final = 40
_log = logging.getLogger(__name__)


class ChannelError(Exception):
    """A channel could not deliver a message; the text says why, without addresses and keys."""


class Channel(Protocol):
    """One way to people."""

    @property
    def name(self) -> str:
        """As in `mail`, `ntfys` or `ntfys-2`: no other channel has it, and it holds nothing secret."""
        ...

    def send(self, message: Message) -> None:
        """Deliver it now. Errors: ChannelError."""
        ...


def channels_of(settings: Settings, rules: Rules) -> list[Channel]:
    """The channels that the settings name. In the sandbox mail goes to its stand-in, when that is running."""
    found: list[Channel] = []
    live = settings.mail.mode == "live"
    to = settings.alerts.to or (() if live else (SANDBOX_STAFF,))
    if to and (live or sandbox_of(settings.home) is not None):
        found.append(MailChannel(settings, rules, to))
    names = Counter(channel.name for channel in found)
    for url in settings.alerts.urls:
        kind = apprise_channel.kind_of(url)
        names[kind] += 1
        # Troubles are kept by name: of two of a name, the one that works would hide the one that does not.
        found.append(AppriseChannel(settings, rules, url, kind if names[kind] == 1 else f"{kind}-{names[kind]}"))
    return found


@dataclass
class MailChannel:
    """Mail to staff, one message to all, with the account of `mail`."""

    settings: Settings
    rules: Rules
    to: Sequence[str]
    name: str = "mail"

    def send(self, message: Message) -> None:
        """Connect, hand over, hang up: alerts are rare. Errors: ChannelError when nobody got it."""
        from ops_platform.adapters.mail import MailError  # noqa: PLC0415  # not needed while nothing is wrong

        try:
            handed = self._hand_over(message)
            if all(each.status == "unknown" for each in handed):
                # Better twice than not at all, and not for ever: the second one has the same Message-ID.
                handed = self._hand_over(message)
        except (MailError, ValueError) as error:
            raise ChannelError(str(error)) from None
        if not any(each.status in ("accepted", "unknown") for each in handed):
            raise ChannelError(handed[0].reason or "the mail server did not take it")

    def _hand_over(self, message: Message) -> list[Handed]:
        """With a template that somebody broke, or a logo that is gone, the mail is a plain one."""
        from ops_platform.adapters.mail_message import MailProblemError  # noqa: PLC0415
        from ops_platform.flows.effects.mail import send_now  # noqa: PLC0415

        zone = ZoneInfo(self.settings.retail.timezone)
        context = mail_context(message, zone, self.rules)
        payload = {"template": "alert", "to": list(self.to), "kind_of_mail": "staff", "context": context}
        try:
            return send_now(self.settings, payload, message.key, at=datetime.now(UTC))
        except MailProblemError as error:
            _log.warning("an alert is sent as plain text: %s", error)
            return self._hand_over_plain(message, zone)

    def _hand_over_plain(self, message: Message, zone: ZoneInfo) -> list[Handed]:
        from ops_platform.adapters.mail import mail, sender_address  # noqa: PLC0415

        plain_mail = EmailMessage(policy=SMTP)
        plain_mail["From"], plain_mail["To"] = sender_address(self.settings.mail), ", ".join(self.to)
        plain_mail["Subject"], plain_mail["Date"] = subject(message), datetime.now(UTC)
        plain_mail.set_content("\n".join(lines(message, zone, self.rules)))
        with mail(self.settings) as server:
            return server.send(plain_mail.as_bytes(), list(self.to))


@dataclass
class AppriseChannel:
    """One service of Apprise. name: its kind, which is all of its URL that may be shown, and a number from 2 on."""

    settings: Settings
    rules: Rules
    url: str
    name: str

    def send(self, message: Message) -> None:
        """Send the message as text. Errors: ChannelError."""
        body = "\n".join(lines(message, ZoneInfo(self.settings.retail.timezone), self.rules))
        try:
            is_error = message.kind != "over" and message.level == "error"
            apprise_channel.notify(self.url, title=subject(message), body=body, is_error=is_error)
        except apprise_channel.AppriseError as error:
            raise ChannelError(str(error)) from None


def mail_context(message: Message, zone: ZoneInfo, rules: Rules) -> dict[str, Any]:
    """What templates/email/alert shows, as JSON values."""
    shown = message.alerts[:_MOST_SHOWN]
    return {
        "subject": subject(message),
        "kind": message.kind,
        "level": message.level,
        "lead": plain(lead(message, zone, rules)),
        "items": [_item(alert, message, zone) for alert in shown],
        "more": len(message.alerts) - len(shown),
        "sent": moment(message.at, zone),
    }


def _item(alert: Alert, message: Message, zone: ZoneInfo) -> dict[str, Any]:
    until = alert.over_at or message.at
    return {
        "key": alert.key,
        "title": alert.title,
        "detail": plain(alert.detail),
        "advice": plain(alert.advice),
        "level": alert.level,
        "since": moment(alert.first_seen, zone),
        "lasted": duration(until - alert.first_seen),
        "over": moment(alert.over_at, zone) if alert.over_at else None,
        "over_reason": f"{alert.over_reason[:1].upper()}{alert.over_reason[1:]}." if alert.over_reason else "",
        "acked_by": alert.acked_by if alert.acked_at else None,
    }
