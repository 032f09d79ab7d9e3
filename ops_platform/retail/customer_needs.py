"""What the customers' automations ask for (automation.Need); snapshots.py says the columns. Nothing is read here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Customers:
    """Every customer of the point of sale, but those that are nobody (the walk-in customer)."""


@dataclass(frozen=True)
class RefundedTickets:
    """All tickets of the customers with a refund since a day, of the stores (none: all).

    or_since_success_of: an automation; from the day of its last success on when that is longer ago.
    """

    since: date
    stores: tuple[str, ...] = ()
    or_since_success_of: str | None = None


@dataclass(frozen=True)
class LastSuccess:
    """When an automation last did its work: at most one row."""

    automation: str


@dataclass(frozen=True)
class FirstSuccess:
    """When an automation did its work for the first time: at most one row."""

    automation: str


@dataclass(frozen=True)
class Exported:
    """The text of files in the folder of exports, as they stand there now; those that are not there have no row."""

    names: tuple[str, ...]


CustomerNeed = Customers | RefundedTickets | LastSuccess | FirstSuccess | Exported
