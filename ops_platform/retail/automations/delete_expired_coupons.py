"""Item 19: coupons that have expired leave the web shop, every night; what they were is logged before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Final

from ops_platform.core import effect_keys
from ops_platform.core.effects import effect_set
from ops_platform.retail.automation import Automation, Inputs, Need, Plan, note, over_limit
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.request_needs import Coupons, Promotions
from ops_platform.retail.stock_mails import NAME_BEGIN
from ops_platform.settings_retail import RetailSettings

NAME: Final = "expired_coupons"
AT_ONCE: Final = 400
"""Coupons an effect: as many as one request deletes."""
_PROMOTIONS_AT_ONCE: Final = 50
_LOGGED: Final = ("coupon_id", "code", "name", "type", "amount", "min_purchase", "expires_text", "uses", "max_uses")


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Every coupon; with codes of promotions, every promotion as well."""
    found: dict[str, Need] = {"coupons": Coupons()}
    if settings.stock_notifications.coupon_api == "v3":
        found["promotions"] = Promotions()
    return found


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Delete the coupons whose end has passed, four hundred a request. Those without an end stay for ever.

    Of promotions only our own are deleted, with their codes. A plan over more than `max_share` of all coupons (and
    promotions, where they are read) waits.
    """
    rules = settings.expired_coupons
    coupons: list[dict[Any, Any]] = inputs["coupons"].to_dict("records")
    ours = [coupon for coupon in coupons if coupon["name"].startswith(rules.only_prefix)]
    expired = [coupon for coupon in ours if coupon["expires"] is not None and coupon["expires"] < as_of]
    promotions = list(_ended(inputs, as_of))
    everything = len(coupons) + len(inputs.get("promotions", ()))
    what = "coupons and promotions" if "promotions" in inputs else "coupons"
    effects = [_coupons(some, as_of) for some in _slices(expired, AT_ONCE)]
    effects += [_promotions(some, as_of) for some in _slices(promotions, _PROMOTIONS_AT_ONCE)]
    return Plan(
        effects=effect_set(effects),
        notes=notes_frame(_odd(ours)),
        considered=len(coupons),
        held=over_limit(len(expired) + len(promotions), everything, rules.max_share, what=what),
        figures={
            "expired": len(expired),
            "redeemed": sum(coupon["uses"] > 0 for coupon in expired),
            "without_an_end": sum(not coupon["expires_text"] for coupon in coupons),
            "promotions": len(promotions),
        },
    )


def _ended(inputs: Inputs, as_of: datetime) -> Iterator[dict[Any, Any]]:
    if "promotions" in inputs:
        for promotion in inputs["promotions"].to_dict("records"):
            if promotion["name"].startswith(f"{NAME_BEGIN} ") and promotion["ends"] and promotion["ends"] < as_of:
                yield promotion


def _odd(coupons: Sequence[Mapping[Any, Any]]) -> Iterator[dict[str, Any]]:
    """Notes on ends that cannot be read, or do not say in which zone. By code: names of coupons may hold addresses."""
    for coupon in coupons:
        if coupon["expires"] is None and coupon["expires_text"]:
            yield note("coupon_end_unreadable", coupon["coupon_id"], f"{coupon['code']}: {coupon['expires_text']}")
        elif coupon["expires"] is not None and parsedate_to_datetime(coupon["expires_text"]).tzinfo is None:
            yield note("coupon_end_without_zone", coupon["coupon_id"], f"{coupon['code']}: {coupon['expires_text']}")


def _coupons(coupons: Sequence[Mapping[Any, Any]], as_of: datetime) -> dict[str, Any]:
    return {
        "key": effect_keys.coupon_deletion(as_of.date(), [coupon["coupon_id"] for coupon in coupons]),
        "kind": "coupon_deletion",
        "target": f"{len(coupons):,} coupons",
        "payload": {"api": "v2", "coupons": [{name: _plain(coupon[name]) for name in _LOGGED} for coupon in coupons]},
        "label": f"delete {len(coupons):,} expired coupons",
        "reason": f"they ended before {as_of:%Y-%m-%d %H:%M}",
    }


def _promotions(promotions: Sequence[Mapping[Any, Any]], as_of: datetime) -> dict[str, Any]:
    ids = [promotion["promotion_id"] for promotion in promotions]
    return {
        "key": effect_keys.promotion_deletion(as_of.date(), ids),
        "kind": "coupon_deletion",
        "target": f"{len(ids):,} promotions",
        "payload": {
            "api": "v3",
            "promotions": [
                {"promotion_id": each["promotion_id"], "name": each["name"], "ends": each["ends"].isoformat(),
                 "uses": each["uses"]}
                for each in promotions
            ],
        },
        "label": f"delete {len(ids):,} ended promotions with their codes",
        "reason": f"they ended before {as_of:%Y-%m-%d %H:%M}",
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def _slices(rows: Sequence[dict[Any, Any]], size: int) -> Iterator[Sequence[dict[Any, Any]]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


AUTOMATION = Automation(
    name=NAME,
    number=19,
    title="Delete expired coupons",
    description="Deletes the coupons of the web shop that have expired, and logs what they were before.",
    cron="0 21 * * *",
    targets=("bigcommerce",),
    needs=needs,
    plan=plan,
)
