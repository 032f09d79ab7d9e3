"""Whether an automation's run has failed: it has when nothing of what it wanted was done, or when it must not pass.

What belongs here: the verdict and its reason. What does not: what was done (runner.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops_platform.flows.retail.runner import Outcome


def judged(outcome: Outcome) -> Outcome:
    """The outcome, as failed when nothing of it was done, or when what was asked contradicts the ledger."""
    bad = outcome.count("failed") + len(outcome.failed_files) + len(outcome.outgoing.troubles)
    bad += len(outcome.plan.failures)
    published = sum(file.status == "published" for file in outcome.files)
    good = outcome.count("applied") + published + outcome.outgoing.counts.sent
    if outcome.outgoing.fatal or (bad and not good):
        return replace(outcome, status="failed", error=_first_reason(outcome))
    return outcome


def _first_reason(outcome: Outcome) -> str:
    failed = outcome.results[outcome.results["status"] == "failed"]
    reasons = [*failed["detail"].tolist(), *(file.detail for file in outcome.failed_files), *outcome.outgoing.troubles]
    reasons += outcome.plan.failures
    return str(outcome.outgoing.troubles[0] if outcome.outgoing.fatal else reasons[0])
