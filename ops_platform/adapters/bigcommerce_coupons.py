"""Coupons of BigCommerce (V2): listed, made once, deleted.

What belongs here: the API's ways with coupons. What does not: which are expired or wanted (retail/). A coupon's code is
unique in the store and comes from the request's key, so that a repeat is recognised instead of made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import format_datetime, parsedate_to_datetime
from operator import itemgetter
from typing import Any, Final

import pandas as pd

from ops_platform.adapters.bigcommerce_api import Api, BigCommerceError, BigCommerceRefusedError, Reply

COUPON_COLUMNS: Final = [
    "coupon_id", "code", "name", "type", "amount", "min_purchase", "expires", "expires_text", "enabled", "uses",
    "max_uses",
]  # fmt: skip
DELETED_COLUMNS: Final = ["id", "status", "detail"]
_COUPONS: Final = "v2/coupons"
_PAGE: Final = 250
DELETED_AT_ONCE: Final = 400  # some 3,500 letters of URL; servers take 8,000
_TRIES: Final = 3


@dataclass(frozen=True)
class NewCoupon:
    """A coupon to be made. name: at most 100 letters, unique in the store, without personal data (staff see it).

    amount, min_purchase: of the store's default currency. expires: aware. A limit of 0 uses means none.
    """

    code: str
    name: str
    amount: Decimal
    expires: datetime
    min_purchase: Decimal | None = None
    type: str = "per_total_discount"
    max_uses: int = 1
    max_uses_per_customer: int = 1


@dataclass(frozen=True)
class MadeCoupon:
    """A coupon that is in the store now. made: by this call; False when an earlier one had made it."""

    coupon_id: int
    code: str
    made: bool


def read_coupons(api: Api) -> pd.DataFrame:
    """Every coupon, by id, with COUPON_COLUMNS. Raises BigCommerceError.

    expires: datetime, aware, None when it never does or cannot be read; expires_text is what stands there, so the two
    can be told apart. A date without a zone is taken as UTC.
    """
    rows: list[list[Any]] = []
    least = 0
    while True:
        page = _listed(api.ask("GET", _COUPONS, params={"min_id": least, "limit": _PAGE}))
        ids = [coupon["id"] for coupon in page]
        if ids and min(ids) < least:
            raise BigCommerceError(f"GET {_COUPONS} does not go on: asked from {least}, it answered {min(ids)}")
        rows += [_row(coupon) for coupon in page]
        if len(page) < _PAGE:
            return pd.DataFrame(sorted(rows, key=itemgetter(0)), columns=COUPON_COLUMNS, dtype=object)
        least = max(ids) + 1


def create_coupon(api: Api, coupon: NewCoupon, *, tries: int = _TRIES) -> MadeCoupon:
    """Make a coupon, or find the one that an earlier try made. Raises BigCommerceError.

    A try without an answer is looked up by its code; only when it is not there is it made again, and then the code,
    which no two coupons share, keeps a late first one from becoming a second. BigCommerceRefusedError with status 409
    when another coupon has the code or the name.
    """
    for attempt in range(tries):
        api.rest(attempt)
        try:
            found = _listed_one(api.ask("POST", _COUPONS, body=_body(coupon)))
        except BigCommerceRefusedError as refused:
            if refused.status not in {400, 409}:
                raise
            there = find_coupon(api, coupon)
            if there is None:
                raise
            return MadeCoupon(there, coupon.code, made=False)
        except BigCommerceError as error:
            there = find_coupon(api, coupon) if error.maybe_done else None
            if there is not None:
                return MadeCoupon(there, coupon.code, made=True)
            if not error.maybe_done or attempt == tries - 1:
                raise
        else:
            return MadeCoupon(found, coupon.code, made=True)
    raise AssertionError("the last try returns or raises")


def find_coupon(api: Api, coupon: NewCoupon) -> int | None:
    """The id of a coupon that was made, by its code; None when there is none. Raises BigCommerceError.

    BigCommerceRefusedError with status 409 when another coupon has the code.
    """
    reply = api.ask("GET", _COUPONS, params={"code": coupon.code})
    same_code = [each for each in _listed(reply) if str(each.get("code")).casefold() == coupon.code.casefold()]
    if not same_code:
        return None
    there = same_code[0]
    if (there.get("name"), _money(there.get("amount"))) != (coupon.name, coupon.amount):
        raise BigCommerceRefusedError(
            f"{reply.where}: another coupon has the code {coupon.code}; take another code",
            status=409,
            detail="another coupon has the code",
        )
    return int(there["id"])


def delete_coupons(api: Api, coupon_ids: Iterable[int]) -> pd.DataFrame:
    """Delete coupons; return a row each: id, status (deleted or failed), detail. One already gone counts as deleted.

    Raises BigCommerceError while none was deleted; later the rest is told as failed.
    """
    ids = sorted(set(coupon_ids))
    told: dict[int, tuple[str, str]] = {}
    try:
        for start in range(0, len(ids), DELETED_AT_ONCE):
            _delete(api, ids[start : start + DELETED_AT_ONCE], told)
    except BigCommerceError as error:
        if not told:
            raise
        told |= {number: ("failed", str(error)) for number in ids if number not in told}
    return pd.DataFrame([[number, *told[number]] for number in ids], columns=DELETED_COLUMNS, dtype=object)


def _delete(api: Api, ids: list[int], told: dict[int, tuple[str, str]]) -> None:
    # Never without ids: DELETE without a filter empties the store of coupons.
    try:
        api.ask("DELETE", _COUPONS, params={"id:in": ",".join(map(str, ids))})
    except BigCommerceRefusedError:
        # By halves: one that cannot be deleted costs some requests, and not one for each of the others.
        if len(ids) > 1:
            _delete(api, ids[: len(ids) // 2], told)
            _delete(api, ids[len(ids) // 2 :], told)
        else:
            told[ids[0]] = _deleted_one(api, ids[0])
    else:
        told |= dict.fromkeys(ids, ("deleted", ""))


def _deleted_one(api: Api, number: int) -> tuple[str, str]:
    try:
        api.ask("DELETE", f"{_COUPONS}/{number}")
    except BigCommerceRefusedError as refused:
        return ("deleted", "it was gone already") if refused.status == 404 else ("failed", refused.detail)
    return "deleted", ""


def _body(coupon: NewCoupon) -> dict[str, Any]:
    return {
        "name": coupon.name,
        "code": coupon.code,
        "type": coupon.type,
        "amount": str(coupon.amount),  # text, also min_purchase: a number is refused
        **({} if coupon.min_purchase is None else {"min_purchase": str(coupon.min_purchase)}),
        "expires": format_datetime(coupon.expires.astimezone(UTC)),
        "enabled": True,
        "applies_to": {"entity": "categories", "ids": [0]},
        "max_uses": coupon.max_uses,
        "max_uses_per_customer": coupon.max_uses_per_customer,
    }


def _listed(reply: Reply) -> list[dict[str, Any]]:
    """The coupons of an answer; 204 means none. Raises BigCommerceError."""
    found = [] if reply.status == 204 else reply.value
    if not isinstance(found, list) or not all(isinstance(each, dict) and type(each.get("id")) is int for each in found):
        raise BigCommerceError(f"{reply.where} answered JSON that is no list of coupons; nothing was taken from it")
    return found


def _listed_one(reply: Reply) -> int:
    number = reply.value.get("id") if isinstance(reply.value, dict) else None
    if type(number) is not int:
        raise BigCommerceError(f"{reply.where} answered JSON without an id", maybe_done=True)
    return number


def _row(coupon: Mapping[str, Any]) -> list[Any]:
    text = str(coupon.get("expires") or "")
    return [
        coupon["id"], str(coupon.get("code") or ""), str(coupon.get("name") or ""), str(coupon.get("type") or ""),
        _money(coupon.get("amount")), _money(coupon.get("min_purchase")), _date(text), text,
        coupon.get("enabled") is True, coupon.get("num_uses") or 0, coupon.get("max_uses") or 0,
    ]  # fmt: skip


def _money(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
