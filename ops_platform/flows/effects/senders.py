"""What carries an effect out, and what it may answer. One sender a kind; registry.py knows which.

What belongs here: the shapes. What does not: how a mail, a coupon or a text is sent (a module each), and when
(delivery.py). A sender never retries, never records and never decides whether: it makes one call and tells the truth
about it, above all that it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa


@dataclass(frozen=True)
class Effect:
    """One thing to do in the world, as the ledger has it (core/effects.py says what key, kind, target, payload are).

    content: the message as `prepare` made it when the effect was recorded. attempt: which try this is, from 1. claim:
    the token that only the present holder has. claimed_at: by the database's clock. now: what that clock says as the
    call, or the look, begins.
    """

    effect_id: int
    key: str
    kind: str
    automation: str
    target: str
    payload: Mapping[str, Any]
    is_sandbox: bool
    content: bytes | None = None
    attempt: int = 0
    claim: int | None = None
    due_at: datetime | None = None
    not_after: datetime | None = None
    claimed_at: datetime | None = None
    now: datetime | None = None
    created_at: datetime | None = None
    label: str = ""


# -- what `send` may answer


@dataclass(frozen=True)
class Sent:
    """It happened. provider_id: what the other side calls it. detail: one short line, without personal data."""

    provider_id: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Refused:
    """It did not happen and never will: a definite refusal of this one (400, SMTP 5xx). The effect has failed."""

    reason: str


@dataclass(frozen=True)
class Suppressed:
    """It did not happen, because it must not or cannot: this person wants nothing, or the phone is a landline."""

    reason: str


@dataclass(frozen=True)
class RetryLater:
    """It certainly did not happen, and may work later (429, SMTP 4xx, nobody listened). after: not before that long.

    uncounted: it does not count as a try: nothing was asked of the other side (a picture that cannot be fetched), and
    the others go on. stop: the refusal is not about this one (wrong login, server away): nothing more of the kind is
    tried now, and it does not count either.
    """

    reason: str
    after: timedelta | None = None
    stop: bool = False
    uncounted: bool = False

    @property
    def counts(self) -> bool:
        """Whether it was a try."""
        return not (self.uncounted or self.stop)


@dataclass(frozen=True)
class Unknown:
    """It may have happened: silence after the request was sent, a connection cut, a 5xx on what is not idempotent."""

    reason: str


Answer = Sent | Refused | Suppressed | RetryLater | Unknown


# -- what `look_up` may answer, of an effect nobody knows the end of


@dataclass(frozen=True)
class Found:
    """The other side has it: it was done."""

    provider_id: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class NotThere:
    """The other side would show it by now and does not, or twice does no harm (a staff report): it is done again."""

    reason: str = "the other side does not have it"


@dataclass(frozen=True)
class CannotTell:
    """Nobody can tell, or not now. It stays unknown: a person decides. It is looked up again some times."""

    reason: str


Finding = Found | NotThere | CannotTell


class UnfitError(Exception):
    """`prepare` cannot make a message of this effect: it is recorded as failed with this text, the others go on."""


class Sender(Protocol):
    """Carries out effects of one kind. Made of Systems when the first one is due; it opens nothing before `send`.

    Its calls have to end well within the lease (settings effects.lease_seconds), so every connection has a timeout.
    An exception counts as Unknown: a sender answers, it does not raise.
    """

    kind: str

    def prepare(self, effect: Effect) -> bytes | None:
        """Make what is kept and sent (a mail as bytes) when the effect is recorded; None: the payload says it all.

        Called for effects that are new, before they are in the database: effect_id is 0. Errors: UnfitError.
        """
        ...

    def send(self, effect: Effect) -> Answer:
        """Do it, once."""
        ...

    def look_up(self, effect: Effect) -> Finding:
        """Ask the other side whether it was done. Called only a while after a `send` whose end nobody knows."""
        ...


# -- what may be decided about effects at the moment they are claimed


@dataclass(frozen=True)
class Go:
    """It may be done now."""


@dataclass(frozen=True)
class Defer:
    """Not now, but from `until` on (quiet hours)."""

    until: datetime
    reason: str


@dataclass(frozen=True)
class Suppress:
    """Not at all: the person wants nothing, has had enough, or was told already."""

    reason: str


Verdict = Go | Defer | Suppress


class Gate(Protocol):
    """Decides inside the transaction that claims effects of a kind, and again for each one just before its call.

    What it reads (opt-outs, the zone, what was sent today) it reads through `connection`; what has to hold between
    several processes (a cap a day) it locks there, by target and in the order of the targets. It changes nothing.
    """

    def check(self, connection: sa.Connection, effects: Sequence[Effect], now: datetime) -> Sequence[Verdict]:
        """One verdict an effect, in their order. now: the database's clock."""
        ...
