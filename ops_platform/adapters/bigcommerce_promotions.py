"""Promotions of BigCommerce (V3): a promotion for a campaign, codes of our own in it, both made once.

What belongs here: the API's ways with promotions and codes. What does not: campaigns and what a code looks like. How
often a code may be used is always sent: a code that is made without it may be used without limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pandas as pd

from ops_platform.adapters.bigcommerce_api import Api, BigCommerceError, BigCommerceRefusedError, Reply
from ops_platform.adapters.bigcommerce_catalogue import read_all
from ops_platform.adapters.bigcommerce_coupons import DELETED_COLUMNS

PROMOTION_COLUMNS: Final = ["promotion_id", "name", "ends", "uses"]
CODE_COLUMNS: Final = ["code_id", "code", "max_uses", "max_uses_per_customer", "uses"]
MADE_COLUMNS: Final = ["code", "status", "detail"]
_PROMOTIONS: Final = "v3/promotions"
_PAGE: Final = 250
_DELETED_AT_ONCE: Final = 50
_TRIES: Final = 3


@dataclass(frozen=True)
class NewPromotion:
    """A promotion with codes: `discount` off an order of `minimum_spend` or more. name: unique, by it it is found.

    starts, ends: aware. max_uses: of all its codes together, None: as many as there are codes.
    """

    name: str
    starts: datetime
    ends: datetime
    discount: Decimal
    minimum_spend: Decimal
    max_uses: int | None = None


def read_promotions(api: Api) -> pd.DataFrame:
    """Every promotion that is used by codes, by id, with PROMOTION_COLUMNS. Raises BigCommerceError.

    ends: datetime, aware, None when it never does or cannot be read.
    """
    rows = [
        [each["id"], str(each.get("name") or ""), _moment(each.get("end_date")), each.get("current_uses") or 0]
        for each in read_all(api, _PROMOTIONS, {})
        if each.get("redemption_type") == "COUPON"
    ]
    return pd.DataFrame(rows, columns=PROMOTION_COLUMNS, dtype=object)


def create_promotion(api: Api, promotion: NewPromotion, *, tries: int = _TRIES) -> int:
    """Make a promotion, or find the one of this name that an earlier try made; return its id.

    Raises BigCommerceError.
    """
    found = find_promotion(api, promotion.name)
    if found is not None:
        return found
    for attempt in range(tries):
        api.rest(attempt)
        try:
            return _id(api.ask("POST", _PROMOTIONS, body=_body(promotion)))
        except BigCommerceError as error:
            found = find_promotion(api, promotion.name) if error.maybe_done else None
            if found is not None:
                return found
            if not error.maybe_done or attempt == tries - 1:
                raise
    raise AssertionError("the last try returns or raises")


def find_promotion(api: Api, name: str) -> int | None:
    """The id of the promotion with exactly this name; None when there is none. Raises BigCommerceError."""
    found = [each for each in read_all(api, _PROMOTIONS, {"name": name}) if each.get("name") == name]
    return int(found[0]["id"]) if found else None


def add_codes(
    api: Api,
    promotion_id: int,
    codes: Iterable[str],
    *,
    max_uses: int = 1,
    max_uses_per_customer: int = 1,
    tries: int = _TRIES,
) -> pd.DataFrame:
    """Put codes into a promotion; return a row each: code, status (made, there, failed), detail.

    there: an earlier try made it. Raises BigCommerceError when the server does not answer; what was made before is
    found to be there by the next call.
    """
    wanted = list(dict.fromkeys(codes))
    body = {"max_uses": max_uses, "max_uses_per_customer": max_uses_per_customer}
    rows = [[code, *_add_code(api, promotion_id, {"code": code, **body}, tries)] for code in wanted]
    return pd.DataFrame(rows, columns=MADE_COLUMNS, dtype=object)


def read_codes(api: Api, promotion_id: int) -> pd.DataFrame:
    """Every code of a promotion, by id, with CODE_COLUMNS. Raises BigCommerceError."""
    codes: dict[int, dict[str, Any]] = {}
    cursor: str | None = None
    while True:
        params: dict[str, str | int] = {"limit": _PAGE} | ({} if cursor is None else {"after": cursor})
        reply = api.ask("GET", f"{_PROMOTIONS}/{promotion_id}/codes", params=params)
        page, cursor = _page(reply)
        if cursor is not None and codes.keys() >= {code["id"] for code in page}:
            raise BigCommerceError(f"{reply.where} does not go on: a page brought no code that was not there before")
        codes |= {code["id"]: code for code in page}
        if cursor is None:
            break
    rows = [
        [number, code.get("code"), code.get("max_uses"), code.get("max_uses_per_customer"), code.get("current_uses")]
        for number, code in sorted(codes.items())
    ]
    return pd.DataFrame(rows, columns=CODE_COLUMNS, dtype=object)


def has_code(api: Api, promotion_id: int, code: str) -> bool:
    """Whether a promotion has a code. Raises BigCommerceError."""
    reply = api.ask("GET", f"{_PROMOTIONS}/{promotion_id}/codes", params={"code": code})
    return any(str(each.get("code")).casefold() == code.casefold() for each in _page(reply)[0])


def delete_codes(api: Api, promotion_id: int, code_ids: Iterable[int]) -> pd.DataFrame:
    """Delete codes of a promotion; return a row each: id, status (deleted, failed), detail."""
    return _delete(api, f"{_PROMOTIONS}/{promotion_id}/codes", code_ids)


def delete_promotions(api: Api, promotion_ids: Iterable[int]) -> pd.DataFrame:
    """Delete promotions, whose codes must be gone; return a row each: id, status (deleted, failed), detail."""
    return _delete(api, _PROMOTIONS, promotion_ids)


def _add_code(api: Api, promotion_id: int, body: dict[str, Any], tries: int) -> tuple[str, str]:
    for attempt in range(tries):
        api.rest(attempt)
        try:
            _id(api.ask("POST", f"{_PROMOTIONS}/{promotion_id}/codes", body=body))
        except BigCommerceRefusedError as refused:
            there = has_code(api, promotion_id, body["code"])
            return ("there", "") if there else ("failed", refused.detail)
        except BigCommerceError as error:
            if error.maybe_done and has_code(api, promotion_id, body["code"]):
                return "made", ""
            if not error.maybe_done or attempt == tries - 1:
                raise
        else:
            return "made", ""
    raise AssertionError("the last try returns or raises")


def _delete(api: Api, path: str, ids: Iterable[int]) -> pd.DataFrame:
    told: list[list[Any]] = []
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _DELETED_AT_ONCE):
        some = wanted[start : start + _DELETED_AT_ONCE]
        try:
            api.ask("DELETE", path, params={"id:in": ",".join(map(str, some))})
            told += [[number, "deleted", ""] for number in some]
        except BigCommerceRefusedError:  # some of it may have been done: what is asked for again does no harm
            told += [[number, *_delete_one(api, path, number)] for number in some]
    return pd.DataFrame(told, columns=DELETED_COLUMNS, dtype=object)


def _delete_one(api: Api, path: str, number: int) -> tuple[str, str]:
    try:
        api.ask("DELETE", path, params={"id:in": str(number)})
    except BigCommerceRefusedError as refused:
        return ("deleted", "it was gone already") if refused.status == 404 else ("failed", refused.detail)
    return "deleted", ""


def _page(reply: Reply) -> tuple[list[dict[str, Any]], str | None]:
    """The codes of an answer and the cursor of the next page, None after the last."""
    value = reply.value if isinstance(reply.value, dict) else {}
    data, meta = value.get("data"), value.get("meta")
    told = meta.get("cursor_pagination") if isinstance(meta, dict) else None
    if not isinstance(data, list) or not all(isinstance(each, dict) and type(each.get("id")) is int for each in data):
        raise BigCommerceError(f"{reply.where} answered JSON that is no list of codes; nothing was taken from it")
    links = told.get("links") if isinstance(told, dict) else None
    further = isinstance(links, dict) and bool(links.get("next"))
    return data, str(told["end_cursor"]) if further and isinstance(told, dict) and told.get("end_cursor") else None


def _id(reply: Reply) -> int:
    data = reply.value.get("data") if isinstance(reply.value, dict) else None
    number = data.get("id") if isinstance(data, dict) else None
    if type(number) is not int:
        raise BigCommerceError(f"{reply.where} answered JSON without an id", maybe_done=True)
    return number


def _body(promotion: NewPromotion) -> dict[str, Any]:
    rule = {
        "action": {"cart_value": {"discount": {"fixed_amount": str(promotion.discount)}}},
        "apply_once": True,
        "condition": {"cart": {"minimum_spend": str(promotion.minimum_spend)}},
    }
    return {
        "name": promotion.name,
        "redemption_type": "COUPON",
        "coupon_type": "BULK",
        "start_date": promotion.starts.astimezone(UTC).isoformat(),
        "end_date": promotion.ends.astimezone(UTC).isoformat(),
        "max_uses": promotion.max_uses,
        "status": "ENABLED",
        "rules": [rule],
    }


def _moment(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
