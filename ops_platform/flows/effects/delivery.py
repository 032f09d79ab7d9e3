"""Carrying effects out, each once, by any number of processes at the same time.

What belongs here: the order of claiming, calling and settling, and what an answer means for the ledger. What does not:
how a mail or a coupon is made (the senders), the statements (adapters/ledger.py), effects nobody knows the end of
(reconciling.py).

A batch is claimed in one transaction, which also decides pauses, budgets and gates. Before each call the effect is
begun in another, committed one: from then on a crash leaves it unknown; a crash before leaves it certainly undone.
The answer is settled together with the next beginning, only by who still holds the claim.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from ops_platform.adapters import ledger
from ops_platform.adapters.database import Database, scalar
from ops_platform.adapters.ledger import Begun, Order, Row, Settlement
from ops_platform.core.defects import defect
from ops_platform.core.privacy import masked
from ops_platform.flows.effects.orders import Delivered
from ops_platform.flows.effects.pace import Pace
from ops_platform.flows.effects.policy import Policy, policy_of
from ops_platform.flows.effects.reconciling import reconcile
from ops_platform.flows.effects.registry import Senders
from ops_platform.flows.effects.senders import (
    Answer,
    Defer,
    Effect,
    Gate,
    Go,
    Refused,
    RetryLater,
    Sent,
    Suppressed,
    Unknown,
    Verdict,
)

_MOMENT: Final = 0.05  # seconds an answer may wait to be settled together with the next beginning
_REST: Final = 1.0  # seconds until a kind that had nothing due is asked for again, while others have
_PATIENCE_FIRST: Final = 0.05
_PATIENCE_LONGEST: Final = 2.0
_AWAY: Final = ("08", "57P")  # SQLSTATE classes of a server that goes, comes, or ended the connection
_log = logging.getLogger(__name__)
Result = TypeVar("Result")


def deliver(db: Database, senders: Senders, orders: Sequence[Order], *, run_id: str | None = None) -> Delivered:
    """Look after what died, then carry out what is due until nothing is; return what became of it.

    Errors: those of the database, once it has been away for longer than a lease.
    """
    done = reconcile(db, senders, orders, run_id=run_id)
    lines = [_Line(db, senders, order, run_id, done) for order in orders]
    while True:
        going = [line for line in lines if not line.rests and line.batch()]
        # At the end all again: a mail may be due once its coupon is there.
        if not going and not [line for line in lines if line.batch()]:
            return done


def settlement(answer: Answer, attempt: int, policy: Policy) -> Settlement:
    """What an answer means for the ledger. attempt: which try it was, from 1."""
    if isinstance(answer, Sent):
        return Settlement("sent", None, masked(answer.detail) or None, answer.provider_id)
    reason = masked(answer.reason)[:500] or "no reason was given"
    if isinstance(answer, Refused):
        return Settlement("failed", reason, reason)
    if isinstance(answer, Suppressed):
        return Settlement("suppressed", reason, reason)
    if isinstance(answer, Unknown):
        return Settlement("unknown", reason, reason, wait_seconds=policy.grace)
    if attempt >= policy.max_attempts and answer.counts:
        last = f"refused {attempt} times, at last: {reason}"
        return Settlement("failed", last, last)
    wait = policy.retry_wait(attempt if answer.counts else 1, answer.after)
    return Settlement("planned", reason, reason, wait_seconds=wait, uncounted=not answer.counts)


class _Line:
    """The delivery of one kind by one worker."""

    def __init__(self, db: Database, senders: Senders, order: Order, run_id: str | None, done: Delivered) -> None:
        self._db, self._senders, self._order, self._run_id, self._done = db, senders, order, run_id, done
        self._connection: sa.Connection | None = None
        self._policy = policy_of(senders.systems.settings, order.kind)
        self._gate: Gate | None = senders.gate(order.kind)
        row = f"{order.kind}{'.sandbox' if order.is_sandbox else ''}"
        self._pace = Pace(db, row, self._policy.per_second, self._policy.burst)
        self._unsettled: tuple[Effect, Answer] | None = None
        self._first, self._ended = True, False
        self._awake_at = 0.0

    @property
    def rests(self) -> bool:
        """Whether there was nothing a moment ago: not asked for after each batch of another kind."""
        return self._ended or time.monotonic() < self._awake_at

    def batch(self) -> bool:
        """Carry out one batch; False when there was none, or no more shall be tried."""
        if self._ended:
            return False
        # One connection for all of it: taking one from the pool costs a question each time. Lost, it is made anew.
        with self._with_patience(self._db.engine.connect) as self._connection:
            some, claimed = self._with_patience(self._claim)
            waiting = list(claimed)
            try:
                while waiting and not self._ended:
                    self._one(waiting.pop(0))
            finally:  # when interrupted, too: what is known is written down, what was not begun waits again
                self._settle()
                self._release(waiting)
        if not some:
            self._awake_at = time.monotonic() + _REST
        return some and not self._ended

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        assert self._connection is not None
        with self._connection.begin():
            yield self._connection

    def _claim(self) -> tuple[bool, list[Effect]]:
        """Whether there was anything due, and what of it is ours now."""
        self._tidy(dependent=self._first)
        self._first = False
        with self._transaction() as connection:
            most = self._most(connection)
            picked = ledger.pick(connection, self._order, most) if most > 0 else []
            passed = self._passed(connection, picked) if picked else []
            taken = (
                ledger.claim(connection, passed, seconds=self._policy.reserved, run_id=self._run_id) if passed else []
            )
        if not picked:
            self._tidy(dependent=True)  # what another effect decided in this very delivery
        return bool(picked), [Effect(**row) for row in taken]

    def _tidy(self, *, dependent: bool) -> None:
        with self._transaction() as connection:
            moved = ledger.tidy(
                connection, self._order, grace=self._policy.grace, run_id=self._run_id, dependent=dependent
            )
        self._done.note_rows(moved, self._order)

    def _most(self, connection: sa.Connection) -> int:
        """How many may be claimed now."""
        control = ledger.control(connection, self._order.kind)
        if control.is_paused:
            self._done.waiting[self._order.kind] = f"paused by {control.who}: {control.why}"
            return 0
        budget = self._policy.budget if control.daily_budget is None else control.daily_budget
        if budget is None:
            return self._policy.batch
        left = ledger.room(connection, self._order, budget, self._policy.zone)
        if left <= 0:
            self._done.waiting[self._order.kind] = f"the budget of {budget:,} a day is used up"
        return min(left, self._policy.batch)

    def _passed(self, connection: sa.Connection, picked: list[Row]) -> list[Row]:
        """The picked rows that may be claimed; the gate's other verdicts are applied."""
        if self._gate is None:
            return picked
        verdicts = self._verdicts(connection, [Effect(**row) for row in picked])
        stopped = [
            _judged(row["effect_id"], verdict)
            for row, verdict in zip(picked, verdicts, strict=True)
            if not isinstance(verdict, Go)
        ]
        if stopped:
            ledger.judge(connection, stopped, run_id=self._run_id)
            for row, verdict in zip(picked, verdicts, strict=True):
                self._note_verdict(row["key"], verdict)
        return [row for row, verdict in zip(picked, verdicts, strict=True) if isinstance(verdict, Go)]

    def _verdicts(self, connection: sa.Connection, effects: Sequence[Effect]) -> Sequence[Verdict]:
        assert self._gate is not None
        return self._gate.check(connection, effects, scalar(connection, "SELECT clock_timestamp()"))

    def _note_verdict(self, key: str, verdict: Verdict) -> None:
        if not isinstance(verdict, Go):
            self._done.note(key, "deferred" if isinstance(verdict, Defer) else "suppressed", verdict.reason)

    def _one(self, effect: Effect) -> None:
        """Begin, call, and keep the answer until the next beginning settles it."""
        if (wait := self._with_patience(self._pace.wait)) > _MOMENT:
            self._settle()  # not left open while nothing is done
        if wait:
            time.sleep(wait)
        asked = count()
        began = self._with_patience(lambda: self._begin(effect, again=next(asked) > 0))
        if began is None:
            return
        begun = Effect(**{**effect.__dict__, "attempt": began.attempt, "now": began.at})
        self._unsettled = begun, Unknown("the platform was ended during the call")
        self._unsettled = begun, self._answer(begun)
        answer = self._unsettled[1]
        if isinstance(answer, RetryLater) and answer.stop:
            self._done.stopped[effect.kind] = masked(answer.reason)
            self._ended = True
        elif isinstance(answer, RetryLater) and answer.uncounted:
            self._done.waiting[effect.kind] = masked(answer.reason)

    def _begin(self, effect: Effect, *, again: bool) -> Begun | None:
        """Settle the answer before, and begin this call; None when it must not be made now."""
        assert effect.claim is not None
        with self._transaction() as connection:
            settled = self._put(connection)
            verdict = Go() if self._gate is None else self._verdicts(connection, [effect])[0]
            begun = None
            if isinstance(verdict, Go):
                begun = ledger.begin(
                    connection,
                    effect.effect_id,
                    effect.claim,
                    seconds=self._policy.lease,
                    worker=_worker(),
                    run_id=self._run_id,
                    again=again,
                )
            else:
                ledger.judge(
                    connection, [_judged(effect.effect_id, verdict)], claims=[effect.claim], run_id=self._run_id
                )
        self._put_down(settled)
        self._note_verdict(effect.key, verdict)
        if begun is None and isinstance(verdict, Go):
            self._release([effect])
        return begun

    def _answer(self, effect: Effect) -> Answer:
        try:
            return self._senders.of(effect.kind).send(effect)
        except Exception as error:  # a sender that breaks may have sent
            _log.warning("effect %s: %s", effect.key, masked(f"{type(error).__name__}: {error}"))
            return Unknown(defect(error))

    def _settle(self) -> None:
        """Write the kept answer down now."""
        if self._unsettled is not None:

            def work() -> Settlement | None:
                with self._transaction() as connection:
                    return self._put(connection)

            self._put_down(self._with_patience(work))

    def _put(self, connection: sa.Connection) -> Settlement | None:
        """Write the kept answer in a transaction; None when there is none, or when another's word counts by now."""
        if self._unsettled is None:
            return None
        effect, answer = self._unsettled
        assert effect.claim is not None
        what = settlement(answer, effect.attempt, self._policy)
        holds = ledger.settle(connection, effect.effect_id, effect.claim, effect.attempt, what, run_id=self._run_id)
        return what if holds else Settlement("late")

    def _put_down(self, what: Settlement | None) -> None:
        """The kept answer is committed: count it and forget it."""
        if what is not None and self._unsettled is not None:
            effect, _ = self._unsettled
            self._done.note(effect.key, "waiting" if what.status == "planned" else what.status, what.reason)
            self._unsettled = None

    def _release(self, effects: Iterable[Effect]) -> None:
        pairs = [(effect.effect_id, effect.claim) for effect in effects if effect.claim is not None]
        if pairs:
            with self._transaction() as connection:
                ledger.release(connection, pairs)

    def _with_patience(self, work: Callable[[], Result]) -> Result:
        """Do work on the database, again while it restarts: what an answer says must not be lost for that."""
        began, pause = time.monotonic(), _PATIENCE_FIRST
        while True:
            try:
                return work()
            except sa.exc.DBAPIError as error:
                if not _is_away(error) or time.monotonic() - began > self._policy.lease:
                    raise
                if self._connection is not None and not self._connection.closed:
                    # Cut in the middle of a statement it does not look lost, and refuses all that comes after.
                    self._connection.invalidate(error)
                _log.warning("the database does not answer; trying again")
                time.sleep(pause)
                pause = min(pause * 2, _PATIENCE_LONGEST)


def _judged(effect_id: int, verdict: Verdict) -> tuple[int, str, Any, str]:
    if isinstance(verdict, Defer):
        return effect_id, "planned", verdict.until, masked(verdict.reason)
    assert not isinstance(verdict, Go)
    return effect_id, "suppressed", None, masked(verdict.reason)


def _is_away(error: sa.exc.DBAPIError) -> bool:
    """Whether the server was lost or refused. An interruption inside the driver looks the same and is none."""
    seen: BaseException | None = error
    while seen is not None:
        if not isinstance(seen, Exception):
            return False
        seen = seen.__cause__ or seen.__context__
    state = getattr(error.orig, "sqlstate", None)
    return isinstance(error, sa.exc.OperationalError) and (state is None or state.startswith(_AWAY))


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
