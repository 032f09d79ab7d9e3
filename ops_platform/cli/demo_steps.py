"""What a demo did, as rows of its table: one `Part` a business. No work and no printing belongs here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops_platform.cli.demo_run import Ran
from ops_platform.defs.run import DailyResult


@dataclass(frozen=True)
class Step:
    """A row of the table."""

    step: str
    result: str
    seconds: float


@dataclass(frozen=True)
class Part:
    """What the demo of one business did. expected: check -> why it is right to warn, the mistakes being planted."""

    business: str
    daily: DailyResult
    counts: dict[str, Any]
    steps: list[Step]
    expected: dict[str, str]
    folders: dict[str, Path] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


def check_name(check: str) -> str:
    """The name of a check without its asset."""
    return check.partition(": ")[2]


def seconds_of(daily: DailyResult, *steps: str) -> float:
    """How long some steps took together."""
    return sum(daily.seconds.get(step, 0.0) for step in steps)


def checks_step(daily: DailyResult, named: set[str]) -> Step:
    """The row of the checks: every step that stands in no other row."""
    warned = f", {len(daily.warned_checks)} warned" if daily.warned_checks else ""
    failed = len(daily.failed_checks) + len(daily.failed_blocking_checks)
    return Step(
        "checks",
        f"{daily.passed_checks} passed{warned}{f', {failed} failed' if failed else ''}",
        sum(value for step, value in daily.seconds.items() if step not in named),
    )


def dagster_step(daily: DailyResult, ran: Ran) -> Step:
    """The row of what Dagster needs around the steps."""
    around = max(0.0, ran.seconds - sum(daily.seconds.values()))
    return Step("Dagster", f"run {daily.run_id[:8]}, its start and its records", around)
