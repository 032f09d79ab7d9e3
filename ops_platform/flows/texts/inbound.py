"""What people write back, and what the store enters for them: no more texts, texts again.

What belongs here: the transactions. What does not: reading the words (retail/campaigns/opt_out.py) and HTTP (the
webhook). A phone is stopped from the moment this commits: the gate of the next text looks here.
"""

from __future__ import annotations

from typing import Final

from ops_platform.adapters.database import Database, execute
from ops_platform.retail.campaigns.opt_out import Meaning, meaning_of
from ops_platform.retail.people import phone_digits

_BY_WORD: Final = ["stop", "carrier"]
_BY_HAND: Final = ["stop", "carrier", "person", "not_textable"]


class NoPhoneError(ValueError):
    """What was given is no phone number of North America."""

    def __init__(self, given: str) -> None:
        super().__init__(f"{given!r} is no phone number; write ten digits, as 828-555-0142")


def hear(
    db: Database, *, sid: str, sender: str, body: str, is_sandbox: bool, understood: Meaning | None = None
) -> Meaning:
    """Keep what somebody wrote, once, and follow it. Errors: NoPhoneError for a short code or a foreign number.

    START undoes STOP and what the carrier said, as Twilio itself does; not what a person at the store entered.
    is_sandbox: it is invented, and counts for invented texts only. understood: what Twilio took it for, if it said so.
    """
    digits, body = _digits(sender), body[:1600].replace("\x00", "")  # which PostgreSQL refuses
    meaning = understood or meaning_of(body)
    what = {"digits": digits, "is_sandbox": is_sandbox}
    with db.transaction() as connection:
        if not execute(connection, "texts/put_inbound", sid=sid, body=body, meaning=meaning, **what):
            return meaning
        if meaning == "stop":
            execute(connection, "texts/suppress", reason="stop", detail="wrote it", **what)
        elif meaning == "start":
            execute(connection, "texts/lift", reasons=_BY_WORD, because="wrote START", **what)
    return meaning


def stop(db: Database, phone: str, *, who: str, why: str = "") -> bool:
    """No texts to a phone any more, of the sandbox or in earnest; False when that was so. Errors: NoPhoneError."""
    detail = f"{who}: {why}" if why else who
    return bool(db.execute("texts/suppress", digits=_digits(phone), reason="person", detail=detail, is_sandbox=False))


def allow(db: Database, phone: str, *, who: str, why: str) -> int:
    """Texts to a phone again, whatever stopped them; return how many reasons were lifted. Errors: NoPhoneError.

    Only with the person's word: the reason is kept.
    """
    because = f"{who}: {why}"
    return db.execute("texts/lift", digits=_digits(phone), reasons=_BY_HAND, because=because, is_sandbox=None)


def _digits(phone: str) -> str:
    digits = phone_digits(phone)
    if digits is None:
        raise NoPhoneError(phone)
    return digits
