"""What the automations of leads, requests and coupons ask for (automation.Need); snapshots.py says the columns.

Nothing is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Leads:
    """Requests for the design service since a day (None: all), of the shared file and of the form, each once."""

    since: date | None = None


@dataclass(frozen=True)
class RejectedLeads:
    """Rows of the leads' file that could not be taken."""


@dataclass(frozen=True)
class FollowedUp:
    """Which leads the sales team was written about, or is to be, in the sandbox and for real."""


@dataclass(frozen=True)
class StockRequests:
    """Who waits for an item, of the shared file and of the form, each request once."""


@dataclass(frozen=True)
class RejectedRequests:
    """Rows of the requests' file that could not be taken."""


@dataclass(frozen=True)
class EffectStates:
    """Where the effects stand whose keys begin so, in the system that counts now (sandbox or live)."""

    prefix: str


@dataclass(frozen=True)
class ItemsTold:
    """How many were mailed after a moment that an item is back, by item, in the system that counts now."""

    since: datetime


@dataclass(frozen=True)
class ProductPages:
    """Where each product of the web shop is shown, and what is said about it."""


@dataclass(frozen=True)
class Coupons:
    """Every coupon of the web shop."""


@dataclass(frozen=True)
class Promotions:
    """Every promotion of the web shop that is used by codes."""


RequestNeed = (
    Leads | RejectedLeads | FollowedUp | StockRequests | RejectedRequests | EffectStates | ItemsTold | ProductPages
    | Coupons | Promotions
)  # fmt: skip
