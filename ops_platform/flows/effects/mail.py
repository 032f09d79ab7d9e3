"""Effects of kind `email`: made when they are recorded, handed over once, kept as a file, looked up when nobody knows.

What belongs here: what an answer of the mail server means for the ledger. What does not: the protocol and the looks of
a mail (adapters/mail*.py). Customers get a mail at most once; what is not known waits for an answer or a person. A
report to staff comes at least once: what is not known is sent again, and a repeat goes to those only who did not take
it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from email.parser import BytesHeaderParser
from typing import Any, Final
from zoneinfo import ZoneInfo

from ops_platform.adapters.files import FileWriteError
from ops_platform.adapters.mail import Handed, MailError, mail, sender_address
from ops_platform.adapters.mail_files import find_mail, keep_mail, read_head
from ops_platform.adapters.mail_lookup import was_accepted
from ops_platform.adapters.mail_message import MailProblemError, address, handed_over, read_payload, render_mail
from ops_platform.flows.effects.senders import (
    Answer,
    CannotTell,
    Effect,
    Finding,
    Found,
    NotThere,
    Refused,
    RetryLater,
    Sent,
    UnfitError,
    Unknown,
)
from ops_platform.flows.retail.systems import Systems
from ops_platform.settings import Settings

_log = logging.getLogger(__name__)
_NO_FOLDER: Final = (
    "nobody can be asked whether it was accepted: look into the account's sent mail; `ops effects confirm` when it is "
    "there, `ops effects retry --maybe-twice` when not. With mail.imap_host set it is looked up by itself"
)


class MailSender:
    """Sends mails through `systems.mail`: one connection for all of a run."""

    kind = "email"

    def __init__(self, systems: Systems) -> None:
        self._systems = systems
        self._settings = systems.settings

    def prepare(self, effect: Effect) -> bytes:
        """The mail without its Date. Errors: UnfitError."""
        try:
            rendered = render_mail(effect.payload, effect.key, self._settings)
            wanted = read_payload(effect.payload)
        except MailProblemError as error:
            raise UnfitError(str(error)) from None
        # Opt-outs and masks go by the target, so it has to be who gets the mail.
        if sorted(_addresses(effect.target.split(","))) != sorted(_addresses(wanted.to)):
            raise UnfitError("the target of the effect and the recipients of its mail are not the same people")
        return rendered.content

    def send(self, effect: Effect) -> Answer:
        """Hand the mail over, once, to all who do not have it yet."""
        if effect.is_sandbox != (self._settings.mail.mode == "sandbox"):
            planned = "sandbox" if effect.is_sandbox else "live"
            reason = f"it was planned while mail.mode was {planned}; it goes out only while that is so again"
            return RetryLater(reason, stop=True)
        try:
            content = effect.content or self.prepare(effect)
            staff = read_payload(effect.payload).kind_of_mail == "staff"
            to = [address(each) for each in read_payload(effect.payload).to]
            have = self._have_it(effect, to) if staff else []
            handed = self._hand_over(effect, content, [each for each in to if each not in have])
        except (UnfitError, ValueError) as error:
            return Refused(str(error))
        except FileWriteError as error:
            return RetryLater(f"no mail leaves without a copy of it: {error}", stop=True)
        except MailError as error:
            return RetryLater(str(error), error.after, stop=True)
        have += [each.address for each in handed if each.status == "accepted"]
        answer = _answer(handed, have=len(have), all_of=len(to), message_id=_message_id(content))
        if isinstance(answer, RetryLater | Unknown) and have:
            self._note_who_has_it(effect, content, to, have)
        return answer

    def look_up(self, effect: Effect) -> Finding:
        """Ask whether the mail was accepted."""
        if effect.is_sandbox != (self._settings.mail.mode == "sandbox"):
            return CannotTell("mail.mode is another one now than when it was sent")
        try:
            message_id = _message_id(effect.content or self.prepare(effect))
            staff = read_payload(effect.payload).kind_of_mail == "staff"
        except (UnfitError, MailProblemError) as error:
            return CannotTell(str(error))
        try:
            accepted = was_accepted(self._settings, message_id, sandbox_url=self._systems.sandbox_url)
        except MailError as error:
            return NotThere(f"a report may come twice; {error}") if staff else CannotTell(str(error))
        if accepted:
            return Found(message_id)
        if accepted is None:
            return NotThere("a report may come twice, and nobody can be asked") if staff else CannotTell(_NO_FOLDER)
        return NotThere()

    def _hand_over(self, effect: Effect, content: bytes, to: Sequence[str]) -> list[Handed]:
        at = effect.claimed_at or datetime.now(UTC)
        whole = _leaving(self._settings, content, at)
        keep_mail(
            self._settings.home, effect.key, whole, to, self._day(effect), keep_days=self._settings.mail.keep_days
        )
        return self._systems.mail.send(whole, to) if to else []

    def _have_it(self, effect: Effect, to: Sequence[str]) -> list[str]:
        """Who took it in an earlier try. Without the file everybody gets it again."""
        kept = find_mail(self._settings.home, effect.key) if effect.attempt > 1 else None
        try:
            accepted = read_head(kept).accepted if kept else ()
        except OSError:
            return []
        return [each for each in to if each in accepted]

    def _note_who_has_it(self, effect: Effect, content: bytes, to: Sequence[str], have: Sequence[str]) -> None:
        whole = _leaving(self._settings, content, effect.claimed_at or datetime.now(UTC))
        try:
            keep_mail(self._settings.home, effect.key, whole, to, self._day(effect), accepted=have)
        except FileWriteError as error:
            _log.warning("who took a mail was not written down, a repeat goes to all: %s", error)

    def _day(self, effect: Effect) -> date:
        """The folder of its copy: the day it was recorded, so that a repeat replaces it."""
        zone = ZoneInfo(self._settings.retail.timezone)
        return (effect.created_at or effect.claimed_at or datetime.now(UTC)).astimezone(zone).date()


def send_now(
    settings: Settings, payload: Mapping[str, Any], key: str, *, at: datetime, sandbox_url: str | None = None
) -> list[Handed]:
    """Send one mail without the ledger: a test, an alert about the ledger itself. Nothing prevents a second one.

    Errors: MailProblemError, MailError. That the copy cannot be kept prevents nothing: an alert may be about the disk.
    """
    content = render_mail(payload, key, settings).content
    to = [address(each) for each in read_payload(payload).to]
    whole = _leaving(settings, content, at)
    day = at.astimezone(ZoneInfo(settings.retail.timezone)).date()
    try:
        keep_mail(settings.home, key, whole, to, day, keep_days=settings.mail.keep_days)
    except (FileWriteError, OSError) as error:
        _log.warning("no copy of the mail was kept: %s", error)
    with mail(settings, sandbox_url=sandbox_url) as server:
        return server.send(whole, to)


def _leaving(settings: Settings, content: bytes, at: datetime) -> bytes:
    local = at.astimezone(ZoneInfo(settings.retail.timezone))
    return handed_over(content, local, settings.mail.redirect_to, sender_address(settings.mail))


def _answer(handed: Sequence[Handed], *, have: int, all_of: int, message_id: str) -> Answer:
    """One answer for all recipients of a mail: the least certain one counts."""
    statuses = ("unknown", "later", "refused")
    reasons = {status: [each.reason for each in handed if each.status == status] for status in statuses}
    others = f" ({have} of {all_of} recipients have it)" if all_of > 1 else ""
    if reasons["unknown"]:
        return Unknown(reasons["unknown"][0] + others)
    if reasons["later"]:
        return RetryLater(reasons["later"][0] + others)
    if not have:
        return Refused(reasons["refused"][0])
    refused = f"; refused for {all_of - have}: {reasons['refused'][0]}" if reasons["refused"] else ""
    return Sent(message_id, f"{have} of {all_of} recipients{refused}" if all_of > 1 else "")


def _message_id(content: bytes) -> str:
    return str(BytesHeaderParser().parsebytes(content)["Message-ID"]).strip()


def _addresses(texts: Sequence[str]) -> list[str]:
    return [address(each.strip()) for each in texts]
