"""Texts as effects: one call to Twilio, and what its answer means for the ledger.

What belongs here: between the ledger and adapters/twilio_api.py. What does not: whether a text may go
(flows/texts/gate.py) and its words. Twilio has no key by which it knows a call again, so whatever may have arrived is
looked up before anybody sends it once more.
"""

from __future__ import annotations

import math
from datetime import timedelta
from time import monotonic
from typing import Final

from ops_platform.adapters.public_pictures import picture_problem
from ops_platform.adapters.twilio_api import SHORTEST_VALIDITY, TextError
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
    Suppressed,
    Unknown,
)
from ops_platform.flows.retail.systems import Systems

_PICTURE_AGAIN: Final = timedelta(minutes=10)  # who puts it right needs longer than a minute


class TextSender:
    """The sender of the kind `text` (flows/effects/senders.py)."""

    kind = "text"

    def __init__(self, systems: Systems) -> None:
        self._systems = systems
        self._pictures: dict[str, str | None] = {}

    def prepare(self, effect: Effect) -> bytes | None:
        """The payload says it all."""
        return None

    def send(self, effect: Effect) -> Answer:
        """Hand the text to Twilio, which drops it itself when it waits beyond `not_after`."""
        payload, began = effect.payload, monotonic()
        for url in payload["media"]:
            if problem := self._picture_problem(url):
                # Only the texts with this picture wait: one address must not stop the other campaigns.
                return RetryLater(problem, after=_PICTURE_AGAIN, uncounted=True)
        left = _seconds_left(effect, monotonic() - began)
        if left is not None and left < SHORTEST_VALIDITY:
            # Twilio takes no shorter time, so it could still leave after the hours. The ledger ends it as expired.
            return RetryLater("its time ends before it could leave", uncounted=True)
        try:
            told = self._systems.texts.send(effect.target, payload["body"], payload["media"], valid_seconds=left)
        except TextError as error:
            return _answer(error)
        return Sent(told.sid)

    def look_up(self, effect: Effect) -> Finding:
        """Ask Twilio for the text with these words to this number since it was claimed."""
        if effect.claimed_at is None:
            return CannotTell("it was never claimed")
        try:
            found = self._systems.texts.find(effect.target, effect.payload["body"], effect.claimed_at, now=effect.now)
        except TextError as error:
            return CannotTell(str(error))
        return NotThere("Twilio has no such text") if found is None else Found(found.sid)

    def _picture_problem(self, url: str) -> str | None:
        """Looked at once a run: a text without its picture is paid for all the same."""
        if url not in self._pictures:
            self._pictures[url] = picture_problem(url)
        return self._pictures[url]


def _seconds_left(effect: Effect, passed: float) -> int | None:
    """Whole seconds until `not_after`, from now: the call's beginning by the database's clock and what passed since.

    From the claim it would be too many: up to a minute lies between a batch's claim and its last call.
    """
    if effect.not_after is None or effect.now is None:
        return None
    return math.floor((effect.not_after - effect.now).total_seconds() - passed)


def _answer(error: TextError) -> Answer:
    reason = str(error)
    match error.meaning:
        case "opted_out" | "not_textable":  # nothing for a person to do: the phone gets no more texts
            return Suppressed(reason)
        case "later":
            after = None if error.retry_after is None else timedelta(seconds=error.retry_after)
            return RetryLater(reason, after=after, stop=error.code is None)
        case "stop_all":
            return RetryLater(reason, stop=True)
        case "ambiguous":
            return Unknown(reason)
        case _:
            return Refused(reason)
