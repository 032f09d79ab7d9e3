"""What the automations about the outside world ask for (automation.Need); snapshots.py says the columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Reachability:
    """Which hosts of the internet answer now."""


@dataclass(frozen=True)
class ConnectivityRecord:
    """The newest internet checks, the newest first."""

    at_most: int


@dataclass(frozen=True)
class LastCommand:
    """When an automation's command was last run, or may have been: one row."""

    automation: str


@dataclass(frozen=True)
class AtWork:
    """What else of the platform is at work now, besides one automation."""

    besides: str


@dataclass(frozen=True)
class CompetitorLists:
    """The lists of all competitors, read from their sites now: one row a site, also of those that failed."""


@dataclass(frozen=True)
class ListsBefore:
    """The newest list of each competitor from before a day."""

    day: date


@dataclass(frozen=True)
class BackupSources:
    """What is to be copied."""


@dataclass(frozen=True)
class BackupCopies:
    """The copies in the off-site folder."""


OutsideNeed = (
    Reachability | ConnectivityRecord | LastCommand | AtWork | CompetitorLists | ListsBefore | BackupSources
    | BackupCopies
)  # fmt: skip
