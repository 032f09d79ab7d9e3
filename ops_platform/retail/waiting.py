"""A request's way: which of its mails went out, which coupon it is to have, and when it is given up.

What belongs here: what the ledger's states mean for a request. What does not: whether the item is back
(automations/notify_back_in_stock.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from ops_platform.core import effect_keys
from ops_platform.retail.coupon_codes import TRIES

if TYPE_CHECKING:
    import pandas as pd

_ANEW = frozenset({"suppressed", "expired"})
"""How a mail ended that could not go out in time: the request gets another, with another coupon."""


@dataclass(frozen=True)
class Standing:
    """Where a request stands. attempt: of the mail it may get next.

    to_send: it may get one. under_way: its mail is recorded and not out. told: it is out. stuck: it failed, was
    cancelled, or every attempt ended too late.
    """

    state: Literal["to_send", "under_way", "told", "stuck"]
    attempt: int = 1


def standing(request: str, mails: Mapping[str, str]) -> Standing:
    """Where a request stands. mails: status by key of the mails there were."""
    attempt = 1
    while (status := mails.get(effect_keys.stock_mail(request, attempt))) in _ANEW:
        attempt += 1
    if status is None:
        return Standing("to_send", attempt) if attempt <= TRIES else Standing("stuck")
    if status == "sent":
        return Standing("told", attempt)
    return Standing("stuck", attempt) if status in ("failed", "cancelled") else Standing("under_way", attempt)


class EarlierCoupons:
    """When who got a coupon for which item last. coupons: EffectStates of coupons."""

    def __init__(self, coupons: pd.DataFrame) -> None:
        self._made: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
        for key, status, changed in zip(coupons["key"], coupons["status"], coupons["changed_at"], strict=True):
            if status in ("sent", "claimed", "unknown"):
                request = effect_keys.request_of(key)
                self._made[_who(request)].append((request, changed))

    def within(self, request: str, as_of: datetime, days: int) -> bool:
        """Whether the person of a request got a coupon for its item by another request, in so many days."""
        since = as_of - timedelta(days=days)
        return any(earlier != request and at > since for earlier, at in self._made.get(_who(request), ()))


def _who(request: str) -> str:
    """The digest of person and item in a request's name."""
    return request.rpartition("/")[2]


def is_given_up(row: Mapping[Any, Any], as_of: datetime, days: int) -> bool:
    """Whether a request is too old to wait for what never came."""
    return bool(as_of - row["requested_at"] > timedelta(days=days))
