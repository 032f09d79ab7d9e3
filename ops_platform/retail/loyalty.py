"""Loyalty points of a customer: what has to change together, and what has to hold.

points = earned - redeemed + adjusted, in every row of the point of sale: who sets a balance moves the adjustments too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo


def zeroed(customer: Mapping[Any, Any], as_of: datetime, zone: str, *, adjust_totals: bool) -> dict[str, Any]:
    """The fields of a customer (snapshots.CUSTOMERS) whose balance becomes 0, its adjustment among them if wanted."""
    points: Decimal = customer["points"]
    wanted: dict[str, Any] = {"points": Decimal(0)}
    if adjust_totals:
        wanted |= {
            "points_adjusted": (customer["points_adjusted"] or Decimal(0)) - points,
            "loyalty_adjusted_on": as_of.astimezone(ZoneInfo(zone)).date(),
            "loyalty_last_adjustment": -points,
        }
    return wanted


def imbalance(customer: Mapping[Any, Any]) -> Decimal:
    """How much the balance is off what its totals say; 0 when all is well."""
    points, earned, redeemed, adjusted = (
        customer[name] or Decimal(0) for name in ("points", "points_earned", "points_redeemed", "points_adjusted")
    )
    return Decimal(points - (earned - redeemed + adjusted))
