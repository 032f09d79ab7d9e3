"""Effects nobody knows the end of: the other side is asked, and what it does not know is left for a person.

What belongs here: looking up and what follows from it. What does not: how a system is asked (the senders), and leases
that ended, which every claim moves on as well (ledger.tidy).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ops_platform.adapters import ledger
from ops_platform.adapters.database import Database
from ops_platform.adapters.ledger import Order, Settlement
from ops_platform.core.defects import defect
from ops_platform.core.privacy import masked
from ops_platform.flows.effects.orders import Delivered
from ops_platform.flows.effects.policy import Policy, policy_of
from ops_platform.flows.effects.registry import Senders
from ops_platform.flows.effects.senders import CannotTell, Effect, Finding, Found

_log = logging.getLogger(__name__)


def reconcile(db: Database, senders: Senders, orders: Sequence[Order], *, run_id: str | None = None) -> Delivered:
    """Move on what died, and look up what is unknown for longer than the grace; return what became of it.

    Counted as `sent` (it was done), `planned` (it was not, and waits again), `unknown` (nobody can tell).
    """
    done = Delivered()
    for order in orders:
        policy = policy_of(senders.systems.settings, order.kind)
        with db.transaction() as connection:
            done.note_rows(ledger.tidy(connection, order, grace=policy.grace, run_id=run_id), order)
        while (row := _next(db, order, policy)) is not None:
            looks = row.pop("looks")
            effect = Effect(**row)
            _settle(db, effect, _settlement(_asked(senders, effect), effect, looks, policy), run_id, done)
    return done


def _next(db: Database, order: Order, policy: Policy) -> ledger.Row | None:
    with db.transaction() as connection:
        return ledger.pick_unknown(connection, order, most_looks=policy.most_looks, seconds=policy.lease)


def _asked(senders: Senders, effect: Effect) -> Finding:
    try:
        return senders.of(effect.kind).look_up(effect)
    except Exception as error:
        _log.warning("effect %s: %s", effect.key, masked(f"{type(error).__name__}: {error}"))
        return CannotTell(f"it could not be looked up: {defect(error)}")


def _settlement(finding: Finding, effect: Effect, looks: int, policy: Policy) -> Settlement:
    if isinstance(finding, Found):
        detail = f"looked up: it was done{f', {finding.detail}' if finding.detail else ''}"
        return Settlement("sent", None, masked(detail), finding.provider_id)
    reason = masked(finding.reason)[:500]
    if isinstance(finding, CannotTell):
        person = "; a person has to decide (ops effects retry, confirm or cancel)" if looks >= policy.most_looks else ""
        return Settlement(
            "unknown", f"{reason}{person}", f"looked up: {reason}{person}", wait_seconds=policy.look_wait(looks)
        )
    if effect.attempt >= policy.max_attempts:
        last = f"it was tried {effect.attempt} times and never arrived"
        return Settlement("failed", last, last)
    return Settlement("planned", None, f"looked up: {reason}; it waits again")


def _settle(db: Database, effect: Effect, what: Settlement, run_id: str | None, done: Delivered) -> None:
    assert effect.claim is not None
    with db.transaction() as connection:
        if ledger.looked_up(connection, effect.effect_id, effect.claim, what, run_id=run_id):
            done.note(effect.key, what.status, what.reason)
