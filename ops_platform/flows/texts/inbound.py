"""What people write back, and what the store enters for them: no more texts, texts again.

What belongs here: the transactions. What does not: reading the words (retail/campaigns/opt_out.py) and HTTP (the
webhook). A phone is stopped from the moment this commits: the gate of the next text looks here.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from ops_platform.adapters.database import Database, execute, scalar
from ops_platform.adapters.twilio_api import TextStatus
from ops_platform.retail.campaigns.opt_out import Meaning, meaning_of
from ops_platform.retail.people import phone_digits

_log: Final = logging.getLogger(__name__)
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_BY_WORD: Final = ["stop", "carrier"]
_BY_HAND: Final = ["stop", "carrier", "person", "not_textable"]


class NoPhoneError(ValueError):
    """What was given is no phone number of North America."""

    def __init__(self, given: str) -> None:
        super().__init__(f"{given!r} is no phone number; write ten digits, as 828-555-0142")


def hear(
    db: Database, *, sid: str, sender: str, body: str, is_sandbox: bool, understood: Meaning | None = None
) -> Meaning:
    """Keep what somebody just wrote, once, and follow it. Errors: NoPhoneError for a short code or a foreign number.

    START undoes STOP and what the carrier said, as Twilio itself does; not what a person at the store entered.
    is_sandbox: it is invented, and counts for invented texts only. understood: what Twilio took it for, if it said so.
    """
    body = _kept(body)
    meaning = understood or meaning_of(body)
    _follow(db, sid, _digits(sender), body, meaning, is_sandbox=is_sandbox)
    return meaning


def catch_up(db: Database, written: Sequence[TextStatus], *, is_sandbox: bool) -> int:
    """Keep and follow what people wrote as Twilio's list has it, newest first; return how much of it was new.

    In the order it was written: of STOP and START the last one counts. Twilio's moments are whole seconds; within one
    the list's order says which was first.
    """
    heard = 0
    oldest_first = written[::-1]
    for text in sorted(oldest_first, key=lambda text: text.created_at or _LONG_AGO):
        body = _kept(text.body)
        try:
            digits = _digits(text.sender)
        except NoPhoneError:
            _log.info("a text came from no number of North America; it was left")
            continue
        heard += _follow(db, text.sid, digits, body, meaning_of(body), is_sandbox=is_sandbox, at=text.created_at)
    return heard


def _follow(
    db: Database, sid: str, digits: str, body: str, meaning: Meaning, *, is_sandbox: bool, at: datetime | None = None
) -> bool:
    """Keep a text and do what it says; False when it was known. at: when it was written, None: now.

    What comes to light late and was taken back meanwhile (the webhook heard a newer word) is kept, not followed: an old
    START must not let texts go to who wrote STOP after it.
    """
    what = {"digits": digits, "is_sandbox": is_sandbox}
    with db.transaction() as connection:
        if not execute(connection, "texts/put_inbound", sid=sid, body=body, meaning=meaning, at=at, **what):
            return False
        if meaning == "other" or (at is not None and scalar(connection, "texts/newer_word", at=at, **what)):
            return True
        if meaning == "stop":
            execute(connection, "texts/suppress", reason="stop", detail="wrote it", at=at, **what)
        else:
            execute(connection, "texts/lift", reasons=_BY_WORD, because="wrote START", **what)
    return True


def stop(db: Database, phone: str, *, who: str, why: str = "") -> bool:
    """No texts to a phone any more, of the sandbox or in earnest; False when that was so. Errors: NoPhoneError."""
    detail = f"{who}: {why}" if why else who
    what = {"digits": _digits(phone), "reason": "person", "detail": detail, "is_sandbox": False}
    return bool(db.execute("texts/suppress", at=None, **what))


def allow(db: Database, phone: str, *, who: str, why: str) -> int:
    """Texts to a phone again, whatever stopped them; return how many reasons were lifted. Errors: NoPhoneError.

    Only with the person's word: the reason is kept.
    """
    because = f"{who}: {why}"
    return db.execute("texts/lift", digits=_digits(phone), reasons=_BY_HAND, because=because, is_sandbox=None)


def _kept(body: str) -> str:
    return body[:1600].replace("\x00", "")  # which PostgreSQL refuses


def _digits(phone: str) -> str:
    digits = phone_digits(phone)
    if digits is None:
        raise NoPhoneError(phone)
    return digits
