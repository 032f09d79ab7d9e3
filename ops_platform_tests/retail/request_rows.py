"""Frames of leads, requests and coupons for tests, beside those of store.py: one ordinary row unless told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pandas as pd

from ops_platform.retail import snapshots
from ops_platform.retail.leads import Lead, leads_frame, rejects_frame
from ops_platform.retail.requests import StockRequest, requests_frame
from ops_platform.retail.shared_rows import Reject
from ops_platform_tests.retail.store import ZONE

SECRET = b"of a test"


def at(text: str) -> datetime:
    """A moment in the store's zone: at("2026-05-13 08:22")."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def lead(received: str, **values: Any) -> Lead:
    """Jane's request, at a moment."""
    usual: dict[str, Any] = {
        "first_name": "Jane", "last_name": "O'Hare", "email": "jane@x.example", "phone": "(828) 555-1234",
        "interested_in": ("Design", "Patio"), "timeline": "This week", "street": "12 Oak St", "city": "Asheville",
        "state": "NC", "zip_code": "28801", "comments": None,
    }  # fmt: skip
    return Lead(at(received), **{**usual, **values})


def leads(*rows: Lead) -> pd.DataFrame:
    """Leads as they are read."""
    return leads_frame(rows)


def requests(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Stock requests as they are read: moment, address, item."""
    return requests_frame([StockRequest(at(when), email, item) for when, email, item in rows], SECRET)


def rejects(*rows: Reject) -> pd.DataFrame:
    """Rows of a shared file that could not be taken."""
    return rejects_frame(rows)


def states(given: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Effects by key: a status, or (status, moment)."""
    rows = []
    for key, value in (given or {}).items():
        status, moment = value if isinstance(value, tuple) else (value, datetime(2026, 5, 13, 12, 0, tzinfo=UTC))
        rows.append({"key": key, "status": status, "provider_id": None, "changed_at": moment})
    return _frame(rows, snapshots.EFFECT_STATES)


def items_told(given: Mapping[str, int] | None = None) -> pd.DataFrame:
    """By item how many were mailed lately."""
    return _frame([{"item_no": key, "mails": mails} for key, mails in (given or {}).items()], snapshots.ITEMS_TOLD)


def followed_up(given: Mapping[str, str] | None = None, elsewhere: Mapping[str, str] | None = None) -> pd.DataFrame:
    """By lead id the status of the mail it stands in. elsewhere: in the system that does not count now."""
    rows = [
        {"lead_id": key, "status": value, "is_elsewhere": place}
        for place, some in ((False, given), (True, elsewhere))
        for key, value in (some or {}).items()
    ]
    return _frame(rows, snapshots.FOLLOWED_UP)


def customers(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Customers of the point of sale, with what is told of them."""
    usual = dict.fromkeys(snapshots.CUSTOMERS)
    return _frame(
        [{**usual, "cust_no": str(1001 + place), **row} for place, row in enumerate(rows)], snapshots.CUSTOMERS
    )


def pages(given: Mapping[int, Any]) -> pd.DataFrame:
    """By product its path, or (path, description)."""
    rows = []
    for number, value in given.items():
        path, words = value if isinstance(value, tuple) else (value, "")
        rows.append({"product_id": number, "path": path, "description": words})
    return _frame(rows, snapshots.PRODUCT_PAGES)


def photos(*names: str) -> pd.DataFrame:
    """The folder of photos."""
    return _frame([{"name": name, "bytes": 1000, "age_seconds": 9999.0} for name in names], snapshots.PHOTO_FOLDER)


def coupons(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Coupons of the web shop: `expires` is a moment, None, or the text that stands there."""
    made = []
    for place, given in enumerate(rows):
        number = 1 + place
        row = {
            "coupon_id": number, "code": f"CODE{number}", "name": f"Coupon {number}", "type": "per_total_discount",
            "amount": Decimal(10), "min_purchase": Decimal(100), "enabled": True, "uses": 0, "max_uses": 1, **given,
        }  # fmt: skip
        expires = row.get("expires")
        row["expires_text"] = row.get("expires_text", format_datetime(expires) if expires else "")
        made.append({**row, "expires": expires})
    return _frame(made, snapshots.COUPONS)


def promotions(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Promotions of the web shop."""
    made = [
        {"promotion_id": 1 + place, "name": "Sale", "ends": None, "uses": 0, **row} for place, row in enumerate(rows)
    ]
    return _frame(made, snapshots.PROMOTIONS)


def _frame(rows: list[dict[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    unknown = {name for row in rows for name in row} - set(columns)
    assert not unknown, f"no such column: {unknown}"
    return pd.DataFrame(rows, columns=list(columns), dtype=object)
