"""Kill -9 at random, again and again: what has to be so afterwards, whatever carries the effects out.

The checker reads the other side's log and the database, nothing else.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ops_platform.adapters.database import Database
from ops_platform_tests.chaos import FULL, attempts
from ops_platform_tests.flows.effects.workers import Job, Workers
from ops_platform_tests.forks import kill

PAST = (
    "UPDATE effects SET next_try_at = least(next_try_at, clock_timestamp() - interval '1 second'), "
    "lease_until = clock_timestamp() - interval '1 second' WHERE effect_id IN ("
    # The statement of a killed worker may still be under way: nobody waits for anybody here.
    "SELECT effect_id FROM effects WHERE status IN ('planned', 'claimed', 'unknown') FOR UPDATE SKIP LOCKED)"
)
OPEN = "SELECT key, status, reason FROM effects WHERE status IN ('planned', 'claimed', 'unknown')"


@dataclass
class Campaign:
    """Kills of workers that deliver what is recorded. accepted: keys of what the other side has, one for each time."""

    db: Database
    workers: Workers
    job: Job
    accepted: Callable[[], Sequence[str]]
    seen: Counter[str] = field(default_factory=Counter)

    def attempts(self, wanted: int) -> Iterator[int]:
        """Number the attempts, more than wanted while no worker was killed at work."""
        return attempts(wanted, self.seen)

    def kill(self, seed: int, *, after: tuple[float, float]) -> None:
        """Start a worker and kill it at a random moment; let the leases of the dead pass."""
        worker = self.workers.start(self.job)
        time.sleep(random.Random(seed).uniform(*after))
        self.seen["at work" if kill(worker) else "had ended"] += 1
        for row in self.db.frame(OPEN).to_dict("records"):
            self.seen[f"left {row['status']}"] += 1
        self.db.execute(PAST)

    def finish(self, *, rounds: int = 20) -> None:
        """Deliver until nothing is open, with time passing in between."""
        for _ in range(rounds):
            self.workers.wait(self.workers.start(self.job))
            if self.db.frame(OPEN).empty:
                return
            self.db.execute(PAST)
        raise AssertionError(f"still open: {self.db.frame(OPEN).to_dict('records')[:3]}")

    def holds(self, keys: Sequence[str]) -> None:
        """Nothing twice, nothing lost, nothing unknown; and the ledger says so."""
        had = Counter(self.accepted())
        assert {key: count for key, count in had.items() if count > 1} == {}, "done twice"
        assert set(keys) - set(had) == set(), "lost"
        statuses = self.db.frame("SELECT status, count(*) AS number FROM effects GROUP BY status")
        assert dict(zip(statuses["status"], statuses["number"], strict=True)) == {"sent": len(keys)}

    def ends(self) -> None:
        """The campaign was worth its time: workers were killed at work, some of them during a call."""
        assert self.seen["at work"] > 0, f"no worker was killed at work: {dict(self.seen)}"
        assert not FULL or self.seen["left claimed"] > 0, f"none was killed in the middle: {dict(self.seen)}"
