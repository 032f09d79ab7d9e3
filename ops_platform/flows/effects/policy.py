"""How much patience, how many a day, how fast: the settings of a kind of effects, as the delivery needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ops_platform.settings import Settings

BATCH: Final = 20
"""Effects claimed at a time: so many wait for a dead worker's lease, and so many share one look at budgets."""

_RESERVED_SECONDS: Final = 60.0  # for all of a batch to begin; what did not waits again
_BATCH_SECONDS: Final = 5.0
_BURST_SECONDS: Final = {"email": 10.0, "text": 1.0}
"""Of texts a second: Twilio queues what comes early, and what nobody could use of the limit is made good at once."""
_LONGEST_LOOK_SECONDS: Final = 3600.0


@dataclass(frozen=True)
class Policy:
    """Limits of one kind. budget: a day in `zone`, None: no limit. per_second: calls of all processes together.

    burst: after a pause as many calls as fall on so many seconds may follow at once: a few mails need not wait.
    lease: no call takes longer. grace: between an unclear end and the question what became of it.
    """

    zone: str
    budget: int | None = None
    per_second: float | None = None
    burst: float = 0.0
    batch: int = BATCH
    lease: float = 300.0
    grace: float = 120.0
    most_looks: int = 6
    retry_first: float = 60.0
    retry_longest: float = 3600.0
    max_attempts: int = 8

    @property
    def reserved(self) -> float:
        """Seconds a claimed effect may wait for its call to begin."""
        return min(self.lease, _RESERVED_SECONDS)

    def retry_wait(self, attempt: int, after: timedelta | None) -> float:
        """Seconds until the next try after a temporary refusal of this one; doubles, and never less than was asked."""
        growing = min(self.retry_first * 2.0 ** min(attempt - 1, 30), self.retry_longest)
        return max(growing, after.total_seconds() if after else 0.0)

    def look_wait(self, looks: int) -> float:
        """Seconds until an effect is looked up again after that many looks told nothing."""
        return max(self.grace, min(self.grace * 2.0 ** min(looks, 30), _LONGEST_LOOK_SECONDS))


def policy_of(settings: Settings, kind: str) -> Policy:
    """The limits of a kind: those of `effects`, and what its own system takes."""
    own, store = settings.effects, settings.retail
    budgets = [own.daily_budget.get(kind), settings.mail.daily_limit if kind == "email" else None]
    per_second = {"email": _mail_pace(settings), "text": _text_pace(settings)}.get(kind)
    # No more than a few seconds' work: what waits in one process's batch could be done by another.
    batch = BATCH if per_second is None else max(1, min(BATCH, int(per_second * _BATCH_SECONDS)))
    return Policy(
        zone=store.timezone,
        budget=min((budget for budget in budgets if budget is not None), default=None),
        per_second=per_second,
        burst=_BURST_SECONDS.get(kind, 0.0),
        batch=batch,
        lease=own.lease_seconds,
        grace=own.grace_seconds,
        most_looks=own.most_looks,
        retry_first=own.retry_first_seconds,
        retry_longest=own.retry_longest_seconds,
        max_attempts=own.max_attempts,
    )


def _text_pace(settings: Settings) -> float | None:
    """Texts a second. The sandbox waits only for a pace that somebody set."""
    texts = settings.retail.texts
    return texts.per_second if texts.mode == "live" or "per_second" in texts.model_fields_set else None


def _mail_pace(settings: Settings) -> float | None:
    """Mails a second. The sandbox takes as many as come: nobody waits a minute for the mails of a demo."""
    return settings.mail.per_minute / 60 if settings.mail.mode == "live" else None
