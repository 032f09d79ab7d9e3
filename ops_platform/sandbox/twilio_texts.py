"""Texts as Twilio keeps them: numbers it refuses, what a text costs in parts, how one gets from queued to delivered.

Numbers with a fixed fate are Twilio's own test numbers (+1500555....); others are given one by `script`.
"""

from __future__ import annotations

import hashlib
import re
import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from operator import attrgetter
from typing import Final
from uuid import uuid4

from ops_platform.adapters.sandbox_address import TWILIO_ACCOUNT, TWILIO_TOKEN
from ops_platform.core.gsm import segments

MESSAGES: Final[Mapping[int, str]] = {
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    21211: "The 'To' number is not a valid phone number",
    21266: "'To' and 'From' number cannot be the same",
    21408: "Permission to send an SMS has not been enabled for the region",
    21602: "Message body is required",
    21603: "A 'From' phone number or a messaging service is required",
    21604: "A 'To' phone number is required",
    21606: "The 'From' phone number is not a valid, message-capable number of the account",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "Message cannot be sent with the current combination of 'To' and 'From' parameters",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21624: "Invalid validity period value",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30032: "Toll-Free Number Has Not Been Verified",
    30034: "US A2P 10DLC - Message from an Unregistered Number",
}
"""Code -> Twilio's words. Codes from 30000 on are never an answer to the call: the text's status tells them."""

_TO_OF_TESTS: Final = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
_FROM_OF_TESTS: Final = {"+15005550001": 21606, "+15005550007": 21606, "+15005550008": 21611}
_NUMBER: Final = re.compile(r"\+[1-9]\d{7,14}")
_LATE_CODES: Final = 30000
_LONGEST_VALIDITY: Final = 36_000
INBOUND: Final = "inbound"
"""The direction of a text that a phone wrote."""
_STOP: Final = frozenset(["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"])
_START: Final = frozenset(["START", "YES", "UNSTOP"])


class TwilioRefusedError(Exception):
    """The call is refused with one of MESSAGES; status: of HTTP."""

    def __init__(self, code: int, status: int = 400) -> None:
        super().__init__(MESSAGES[code])
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Text:
    """A text that was taken, or (direction inbound) that a phone wrote. number: grows with each.

    late_code: what becomes known after the call, None when it is delivered. valid_seconds: ValidityPeriod.
    """

    number: int
    sid: str
    to: str
    sender: str
    body: str
    media: tuple[str, ...]
    callback: str | None
    created: datetime
    late_code: int | None
    valid_seconds: int | None = None
    direction: str = "outbound-api"

    @property
    def segments(self) -> int:
        """Parts it is sent and charged in."""
        return segments(self.body)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class _Kept:
    """What an account knows; to: its texts by recipient; by_sid: those and what phones wrote. In one piece, so that
    nothing of it outlives the rest."""

    texts: list[Text] = field(default_factory=list)
    to: dict[str, list[Text]] = field(default_factory=dict)
    heard: list[Text] = field(default_factory=list)
    by_sid: dict[str, Text] = field(default_factory=dict)
    scripts: dict[str, int] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)


class TwilioSandbox:
    """The state of one account. step_seconds: between queued, sent and delivered (or undelivered)."""

    def __init__(
        self,
        *,
        account: str = TWILIO_ACCOUNT,
        token: str = TWILIO_TOKEN,
        step_seconds: float = 1.0,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.account, self.token, self.step_seconds, self.clock = account, token, step_seconds, clock
        self.webhook: str | None = None
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._kept = _Kept()

    def script(self, number: str, code: int | None) -> None:
        """Let every text to a number end with a code; None: it is delivered again. Raises ValueError."""
        if code is not None and code not in MESSAGES:
            raise ValueError(f"{code} is no code of MESSAGES")
        with self._lock:
            self._kept.scripts.pop(number, None)
            if code is not None:
                self._kept.scripts[number] = code

    def send(
        self,
        *,
        to: str,
        sender: str,
        body: str,
        media: tuple[str, ...],
        callback: str | None,
        valid_seconds: int | None = None,
    ) -> Text:
        """Take a text. Raises TwilioRefusedError."""
        with self._lock:
            code = self._kept.scripts.get(to) or _TO_OF_TESTS.get(to) or (21610 if to in self._kept.stopped else None)
        refusal = _refusal(to, sender, body, media) or _FROM_OF_TESTS.get(sender)
        if refusal is None and valid_seconds is not None and not 1 <= valid_seconds <= _LONGEST_VALIDITY:
            refusal = 21624
        if refusal is None and code is not None and code < _LATE_CODES:
            refusal = code
        if refusal is not None:
            raise TwilioRefusedError(refusal, {20003: 401, 20429: 429}.get(refusal, 400))
        sid = ("MM" if media else "SM") + uuid4().hex
        with self._lock:
            text = Text(next(self._numbers), sid, to, sender, body, media, callback, self.clock(), code, valid_seconds)
            self._kept.texts.append(text)
            self._kept.to.setdefault(to, []).append(text)
            self._kept.by_sid[sid] = text
        return text

    def texts(self, to: str | None = None, *, after: int = 0) -> list[Text]:
        """Every text taken, or those to a number, with a higher number than `after`, oldest first."""
        with self._lock:
            kept = self._kept.texts if to is None else self._kept.to.get(to, [])
            return kept[bisect_right(kept, after, key=attrgetter("number")) :]

    def text(self, sid: str) -> Text | None:
        """The text of that sid, taken or written by a phone; None when there is none."""
        with self._lock:
            return self._kept.by_sid.get(sid)

    def heard(self) -> list[Text]:
        """Every text that a phone wrote, oldest first."""
        with self._lock:
            return list(self._kept.heard)

    def forget(self) -> None:
        """As if nothing had been sent, written or scripted yet."""
        with self._lock:
            self._kept = _Kept()

    def status(self, text: Text) -> str:
        """What is known of a text by now."""
        if text.direction == INBOUND:
            return "received"
        steps = (self.clock() - text.created).total_seconds() / max(self.step_seconds, 1e-9)
        if steps < 1:
            return "queued"
        if steps < 2:
            return "sent"
        return "undelivered" if text.late_code else "delivered"

    def duplicates(self) -> int:
        """Texts beyond the first with the same recipient and words: what a sender that repeats itself leaves."""
        seen = Counter((text.to, hashlib.sha256(text.body.encode()).digest()) for text in self.texts())
        return sum(seen.values()) - len(seen)

    def hear(self, number: str, body: str, to: str = "") -> Text:
        """What a phone wrote: kept, and the words that end or begin a subscription count, as Twilio reads them."""
        word = body.strip().upper()
        sid = f"SM{uuid4().hex}"
        with self._lock:
            text = Text(next(self._numbers), sid, to, number, body, (), None, self.clock(), None, direction=INBOUND)
            self._kept.heard.append(text)
            self._kept.by_sid[sid] = text
            if word in _STOP:
                self._kept.stopped.add(number)
            elif word in _START:
                self._kept.stopped.discard(number)
        return text

    @property
    def stopped(self) -> frozenset[str]:
        """Numbers that want nothing more."""
        with self._lock:
            return frozenset(self._kept.stopped)


def _refusal(to: str, sender: str, body: str, media: tuple[str, ...]) -> int | None:
    checks = (
        (not to, 21604),
        (not sender, 21603),
        (not body and not media, 21602),
        (len(body) > 1600, 21617),
        (not _NUMBER.fullmatch(to), 21211),
        (to == sender, 21266),
    )
    return next((code for wrong, code in checks if wrong), None)
