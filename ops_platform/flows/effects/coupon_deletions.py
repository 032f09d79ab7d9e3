"""Effects of kind `coupon_deletion`: logged first, then deleted; what somebody prolonged meanwhile is left.

What belongs here: that order, and what the web shop's answers mean for the ledger. What does not: which coupons have
expired (retail/automations/delete_expired_coupons.py). Deleting twice does no harm: what is gone counts as deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.adapters.bigcommerce import BigCommerce, BigCommerceError
from ops_platform.adapters.shared_csv import SharedCsvError, put_rows
from ops_platform.flows.effects.senders import (
    Answer,
    Effect,
    Finding,
    NotThere,
    Refused,
    RetryLater,
    Sent,
)
from ops_platform.flows.retail.systems import Systems

LOG_COLUMNS: Final = (
    "date", "id", "code", "name", "type", "amount", "min_purchase", "expires", "uses", "max_uses", "status",
)  # fmt: skip
_FRESH: Final = timedelta(minutes=15)
Row = Mapping[str, Any]
Log = Callable[[Effect, Sequence[Row], Mapping[int, str]], None]


def deleted_log(home: Path) -> Path:
    """Where deleted coupons are logged."""
    return home / "retail" / "logs" / "coupons" / "deleted_coupons.csv"


class CouponDeletionSender:
    """Deletes coupons of V2, or promotions of V3 with their codes."""

    kind = "coupon_deletion"

    def __init__(self, systems: Systems) -> None:
        self._systems = systems

    def prepare(self, effect: Effect) -> None:
        """The payload says it all."""

    def send(self, effect: Effect) -> Answer:
        """Log what goes, delete it, log that it is gone."""
        try:
            work = _promotions if effect.payload["api"] == "v3" else _coupons
            return work(self._systems.bigcommerce_once, effect, self._log)
        except SharedCsvError as error:
            return RetryLater(f"nothing was deleted, because it could not be logged: {error}", stop=True)
        except BigCommerceError as error:
            return RetryLater(str(error), stop=True)

    def look_up(self, effect: Effect) -> Finding:
        """Never needed; deleting once more does no harm."""
        return NotThere("deleting twice does no harm")

    def _log(self, effect: Effect, rows: Sequence[Row], status: Mapping[int, str]) -> None:
        zone = ZoneInfo(self._systems.settings.retail.timezone)
        moment = effect.claimed_at or effect.created_at
        date = f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment else ""
        lines = [_line(row, date, status.get(row["id"], "expired")) for row in rows]
        # Coupons of other programs are called by whom they were made for, with the address.
        put_rows(deleted_log(self._systems.settings.home), LOG_COLUMNS, lines, key=("id", "code"), private=True)


def _coupons(shop: BigCommerce, effect: Effect, log: Log) -> Answer:
    wanted = [_logged(coupon) for coupon in effect.payload["coupons"]]
    rows = _still_expired(shop, wanted) if _is_old(effect) else wanted
    log(effect, rows, {})
    told = shop.delete_coupons(row["id"] for row in rows)
    log(effect, rows, dict(zip(told["id"], told["status"], strict=True)))
    return _answer(told, left=len(wanted) - len(rows))


def _promotions(shop: BigCommerce, effect: Effect, log: Log) -> Answer:
    wanted = [
        {"id": each["promotion_id"], "code": "", "name": each["name"], "type": "promotion", "expires": each["ends"],
         "uses": each["uses"]}
        for each in effect.payload["promotions"]
    ]  # fmt: skip
    rows = _still_ended(shop, wanted) if _is_old(effect) else wanted
    log(effect, rows, {})
    for row in rows:
        shop.delete_codes(row["id"], shop.codes(row["id"])["code_id"])  # a promotion with codes is not deleted
    told = shop.delete_promotions(row["id"] for row in rows)
    log(effect, rows, dict(zip(told["id"], told["status"], strict=True)))
    return _answer(told, left=len(wanted) - len(rows))


def _answer(told: pd.DataFrame, *, left: int) -> Answer:
    lost = told[told["status"] == "failed"]
    if len(lost):
        return Refused(f"{len(lost):,} of {len(told):,} were not deleted, the first because: {lost['detail'].iloc[0]}")
    kept = f"; {left:,} are left, whose end was changed meanwhile" if left else ""
    return Sent(detail=f"{len(told):,} deleted{kept}")


def _is_old(effect: Effect) -> bool:
    """Whether it waited (for a person, for the web shop) so long that staff may have changed a coupon meanwhile."""
    return bool(effect.claimed_at and effect.created_at and effect.claimed_at - effect.created_at > _FRESH)


def _still_expired(shop: BigCommerce, rows: Sequence[Row]) -> list[Row]:
    """Those whose end is still the one that was planned on; what is gone stays in, and counts as deleted."""
    there = shop.coupons()
    now = dict(zip(there["coupon_id"], there["expires_text"], strict=True))
    return [row for row in rows if now.get(row["id"], row["expires"]) == row["expires"]]


def _still_ended(shop: BigCommerce, rows: Sequence[Row]) -> list[Row]:
    """The same of promotions. One that has no end any more goes on for ever, and is left."""
    there = shop.promotions()
    now = dict(zip(there["promotion_id"], there["ends"], strict=True))
    planned = {row["id"]: datetime.fromisoformat(row["expires"]) for row in rows}
    return [row for row in rows if now.get(row["id"], planned[row["id"]]) == planned[row["id"]]]


def _logged(coupon: Row) -> Row:
    return {**coupon, "id": coupon["coupon_id"], "expires": coupon["expires_text"]}


def _line(row: Row, date: str, status: str) -> list[str]:
    values = {**row, "date": date, "status": status}
    return ["" if values.get(name) is None else str(values[name]) for name in LOG_COLUMNS]
