"""Effects of kind `coupon`: made once in the web shop, recognised by their code, looked up when nobody knows.

What belongs here: what the web shop's answers mean for the ledger. What does not: the API (adapters/bigcommerce_*.py),
codes (retail/coupon_codes.py), deleting (coupon_deletions.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ops_platform.adapters.bigcommerce import (
    BigCommerce,
    BigCommerceError,
    BigCommerceRefusedError,
    NewCoupon,
    NewPromotion,
)
from ops_platform.flows.effects.senders import (
    Answer,
    CannotTell,
    Effect,
    Finding,
    Found,
    NotThere,
    Refused,
    RetryLater,
    Sent,
    Unknown,
)
from ops_platform.flows.retail.systems import Systems


class CouponSender:
    """Makes coupons (payload api v2), or codes of a promotion (v3): one promotion for all that end at the same time."""

    kind = "coupon"

    def __init__(self, systems: Systems) -> None:
        self._systems = systems

    def prepare(self, effect: Effect) -> None:
        """The payload says it all."""

    def send(self, effect: Effect) -> Answer:
        """Make it. One that has its code, name and amount already is the one that is meant."""
        make = _make_code if effect.payload["api"] == "v3" else _make_coupon
        try:
            return make(self._systems.bigcommerce_once, effect.payload)
        except BigCommerceRefusedError as refused:
            return Refused(f"the web shop refused the coupon: {refused.detail}")
        except BigCommerceError as error:
            return Unknown(str(error)) if error.maybe_done else RetryLater(str(error), stop=True)

    def look_up(self, effect: Effect) -> Finding:
        """Ask for its code."""
        find = _find_code if effect.payload["api"] == "v3" else _find_coupon
        try:
            found = find(self._systems.bigcommerce_once, effect.payload)
        except BigCommerceError as error:
            return CannotTell(str(error))
        return NotThere("the web shop has no such coupon") if found is None else Found(found)


def _make_coupon(shop: BigCommerce, payload: Mapping[str, Any]) -> Answer:
    made = shop.create_coupon(_coupon(payload), tries=1)
    return Sent(str(made.coupon_id), "" if made.made else "an earlier try had made it")


def _find_coupon(shop: BigCommerce, payload: Mapping[str, Any]) -> str | None:
    number = shop.find_coupon(_coupon(payload))
    return None if number is None else str(number)


def _make_code(shop: BigCommerce, payload: Mapping[str, Any]) -> Answer:
    number = shop.create_promotion(
        NewPromotion(
            payload["promotion"],
            datetime.fromisoformat(payload["starts"]),
            datetime.fromisoformat(payload["expires"]),
            Decimal(payload["amount"]),
            Decimal(payload["min_purchase"]),
        ),
        tries=1,
    )
    limits = {name: payload[name] for name in ("max_uses", "max_uses_per_customer")}
    [row] = shop.add_codes(number, [payload["code"]], **limits, tries=1).to_dict("records")
    if row["status"] == "failed":
        return Refused(f"the web shop refused the code: {row['detail']}")
    return Sent(f"promotion {number}", "an earlier try had made it" if row["status"] == "there" else "")


def _find_code(shop: BigCommerce, payload: Mapping[str, Any]) -> str | None:
    number = shop.find_promotion(payload["promotion"])
    return f"promotion {number}" if number is not None and shop.has_code(number, payload["code"]) else None


def _coupon(payload: Mapping[str, Any]) -> NewCoupon:
    return NewCoupon(
        payload["code"],
        payload["name"],
        Decimal(payload["amount"]),
        datetime.fromisoformat(payload["expires"]),
        min_purchase=Decimal(payload["min_purchase"]),
        type=payload["type"],
        max_uses=payload["max_uses"],
        max_uses_per_customer=payload["max_uses_per_customer"],
    )
