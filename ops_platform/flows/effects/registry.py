"""Which sender and which gate a kind of effects has. A new kind is one line here and one in core/effects.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ops_platform.flows.effects.commands import CommandSender
from ops_platform.flows.effects.coupon_deletions import CouponDeletionSender
from ops_platform.flows.effects.coupons import CouponSender
from ops_platform.flows.effects.customers import CustomerSender
from ops_platform.flows.effects.mail import MailSender
from ops_platform.flows.effects.senders import Gate, Sender
from ops_platform.flows.effects.texts import TextSender
from ops_platform.flows.retail.systems import Systems
from ops_platform.flows.texts.gate import TextGate

MAKERS: Final[dict[str, Callable[[Systems], Sender]]] = {
    "email": MailSender,
    "coupon": CouponSender,
    "coupon_deletion": CouponDeletionSender,
    "customer": CustomerSender,
    "text": TextSender,
    "command": CommandSender,
}
"""Kind -> its sender. Nothing is opened when one is made."""

GATES: Final[dict[str, Callable[[Systems], Gate]]] = {"text": TextGate}
"""Kind -> what decides at the moment of claiming, for kinds where the plan alone cannot."""


class UnknownKindError(ValueError):
    """No sender carries out effects of this kind."""


class Senders:
    """The senders and gates of a session, each made when it is first needed.

    makers, gates: those of this module; tests give others.
    """

    def __init__(
        self,
        systems: Systems,
        makers: dict[str, Callable[[Systems], Sender]] | None = None,
        gates: dict[str, Callable[[Systems], Gate]] | None = None,
    ) -> None:
        self.systems = systems
        self._makers = MAKERS if makers is None else makers
        self._gates = GATES if gates is None else gates
        self._made: dict[str, Sender] = {}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that can be carried out."""
        return tuple(self._makers)

    def of(self, kind: str) -> Sender:
        """The sender of a kind. Errors: UnknownKindError."""
        if kind not in self._made:
            if kind not in self._makers:
                raise UnknownKindError(f"nothing carries out effects of kind {kind!r} (flows/effects/registry.py)")
            self._made[kind] = self._makers[kind](self.systems)
        return self._made[kind]

    def gate(self, kind: str) -> Gate | None:
        """The gate of a kind; None when whatever is due may be done."""
        maker = self._gates.get(kind)
        return None if maker is None else maker(self.systems)
