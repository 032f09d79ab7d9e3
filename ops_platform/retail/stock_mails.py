"""The coupon and the mail for who waited for an item, as effects (core/effects.py).

What belongs here: what they say and until when they are worth anything. What does not: who gets them
(automations/notify_back_in_stock.py), the mail's wording (templates/email/stock_notification).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ops_platform.core import effect_keys
from ops_platform.retail.known_customers import EMAILS
from ops_platform.retail.people import cased_name, email_key
from ops_platform.retail.shelf import Offer
from ops_platform.settings_retail import RetailSettings

if TYPE_CHECKING:
    import pandas as pd

TEMPLATE: Final = "stock_notification"
NAME_BEGIN: Final = "Back in Stock"
_PLACEHOLDERS: Final = frozenset({"change", "customer", "cash", "name"})


class Greeting(NamedTuple):
    """How somebody is addressed; None: "Hi there"."""

    first_name: str | None = None


def greetings(customers: pd.DataFrame) -> dict[str, Greeting]:
    """By address, how its customer is addressed. Of an address that several have nobody is called by name."""
    found: dict[str, set[str | None]] = {}
    for first, *emails in zip(customers["first_name"], *(customers[name] for name in EMAILS), strict=True):
        for key in filter(None, map(email_key, emails)):
            found.setdefault(key, set()).add(_called(first))
    return {key: Greeting(names.pop() if len(names) == 1 else None) for key, names in found.items()}


def message(
    row: Mapping[Any, Any],
    offer: Offer,
    greeting: Greeting,
    settings: RetailSettings,
    as_of: datetime,
    *,
    attempt: int,
    has_coupon: bool,
) -> Iterator[dict[str, Any]]:
    """The effects of a request (snapshots.STOCK_REQUESTS): its coupon, if it has one, and the mail after it.

    Both stay as they were recorded first: a mail that goes out a day later names the coupon that was made, and its end.
    """
    rules = settings.stock_notifications
    expires = as_of + timedelta(days=rules.expires_days)
    coupon = _coupon(row, offer, settings, expires, attempt) if has_coupon else None
    if coupon:
        yield coupon
    mail = effect_keys.stock_mail(row["request"], attempt)
    yield {
        "key": mail,
        "kind": "email",
        "target": row["email"],
        "payload": {
            "template": TEMPLATE,
            "to": [row["email"]],
            "context": _context(offer, greeting, settings, coupon and coupon["payload"]),
            "pictures": _pictures(offer, settings),
            "kind_of_mail": "customer",
        },
        # A coupon that ends today is none; without one the news is old after as long.
        "not_after": expires - min(timedelta(days=1), (expires - as_of) / 2),
        "after_key": coupon and coupon["key"],
        "keep_first": True,
        "label": f"{offer.title} is back",
        "reason": f"{offer.quantity:,} available",
    }


def _coupon(
    row: Mapping[Any, Any], offer: Offer, settings: RetailSettings, expires: datetime, attempt: int
) -> dict[str, Any]:
    rules = settings.stock_notifications
    key, code = effect_keys.stock_coupon(row["request"], attempt), row["codes"][attempt - 1]
    return {
        "key": key,
        "kind": "coupon",
        "target": code,
        "payload": {
            "api": rules.coupon_api,
            "code": code,
            # Staff read it in the control panel, and no two coupons may have the same: no address, but a digest.
            "name": f"{NAME_BEGIN}({offer.item_no}, {effect_keys.digest(key)})",
            "promotion": f"{NAME_BEGIN} until {expires:%Y-%m-%d %H:%M}",
            "type": "per_total_discount",
            "amount": str(rules.amount),
            "min_purchase": str(rules.min_purchase),
            "starts": (expires - timedelta(days=rules.expires_days)).isoformat(),
            "expires": expires.isoformat(),
            "max_uses": 1,
            "max_uses_per_customer": 1,
            "item_no": offer.item_no,
        },
        "not_after": expires,
        "keep_first": True,
        "label": f"coupon for {offer.item_no}",
        "reason": f"{offer.title} is back: {offer.quantity:,} available",
    }


def _context(
    offer: Offer, greeting: Greeting, settings: RetailSettings, coupon: Mapping[str, Any] | None
) -> dict[str, Any]:
    rules = settings.stock_notifications
    words = offer.description
    return {
        "first_name": greeting.first_name,
        "item_no": offer.item_no,
        "title": offer.title,
        "description": words if words and len(words) > rules.description_from else None,
        "quantity": offer.quantity,
        "url": f"{rules.shop_url.rstrip('/')}{offer.path}",
        "coupon": coupon
        and {
            "code": coupon["code"],
            "amount": coupon["amount"],
            "min_purchase": coupon["min_purchase"],
            "expires_at": coupon["expires"],
        },
    }


def _pictures(offer: Offer, settings: RetailSettings) -> list[dict[str, Any]]:
    if offer.photo is None:
        return []
    return [{"cid": "photo", "file": str(settings.photos.folder / offer.photo), "optional": True}]


def _called(first_name: str | None) -> str | None:
    """The name somebody is called by; None for what is no name."""
    words = (first_name or "").split()
    if not words or len(words[0]) < 2 or words[0].casefold() in _PLACEHOLDERS:
        return None
    return cased_name(words[0])
