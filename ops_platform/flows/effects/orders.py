"""What is asked of a delivery, and what it did.

What belongs here: the shapes both delivery.py and reconciling.py use. What does not: doing it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ops_platform.adapters.ledger import Order, Row
from ops_platform.core.effects import KINDS
from ops_platform.flows.effects.registry import Senders

FIRST: Final = ("coupon", "customer", "coupon_deletion", "command")
"""Kinds that others wait for, as the mail for its coupon, come first; so all of a chain is done in one go."""

_MOST_TROUBLES: Final = 100
_KEPT_BACK: Final = ("suppressed", "deferred")


@dataclass(frozen=True)
class Ended:
    """An effect that came to an end, or to where nobody knows, in this delivery."""

    key: str
    status: str
    reason: str | None


@dataclass
class Delivered:
    """What a delivery did. statuses: how many effects came to each.

    stopped: kinds whose system takes nothing now, and why; waiting: kinds that are paused, whose budget is used up, or
    some of which wait until something is put right (a picture).
    reasons: how many were kept back for what, as the gate of their kind or another effect decided.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    troubles: list[Ended] = field(default_factory=list)
    stopped: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)

    def note(self, key: str, status: str, reason: str | None) -> None:
        """Count an effect; remember the first that a person may want to look at."""
        self.statuses[status] += 1
        if status in _KEPT_BACK and reason:
            self.reasons[reason] += 1
        if status in ("failed", "unknown") and len(self.troubles) < _MOST_TROUBLES:
            self.troubles.append(Ended(key, status, reason))

    def note_rows(self, rows: Iterable[Row], order: Order) -> None:
        """Count what time decided, of the automations that were asked for."""
        for row in rows:
            if order.automations is None or row["automation"] in order.automations:
                self.note(row["key"], row["status"], row["reason"])


def orders_of(
    senders: Senders,
    *,
    automations: Sequence[str] | None = None,
    keys: Sequence[str] | None = None,
    everybody: bool = False,
) -> list[Order]:
    """What may be delivered of each kind, those that others wait for first.

    automations: of these, because a person or their own run asks for it. None: of all in the sandbox, of those in
    `retail.apply` where the system is live. everybody: of all, for looking up what became of it, which changes nothing.
    """
    systems = senders.systems
    made = []
    for kind in sorted(senders.kinds, key=lambda kind: FIRST.index(kind) if kind in FIRST else len(FIRST)):
        is_sandbox = systems.is_sandbox(KINDS[kind])
        whose = automations if automations is not None or is_sandbox or everybody else systems.settings.retail.apply
        made.append(
            Order(
                kind,
                is_sandbox,
                None if whose is None else tuple(whose),
                None if keys is None else tuple(keys),
            )
        )
    return made
