"""Requests for items that were sold out, and what the automation makes of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ops_platform.core import effect_keys
from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.notify_back_in_stock import AUTOMATION
from ops_platform_tests.retail.request_rows import (
    at,
    customers,
    items_told,
    pages,
    photos,
    rejects,
    requests,
    states,
)
from ops_platform_tests.retail.store import bound, catalogue, items, planned, product_map, row, stock

NOW = at("2026-05-14 11:30")
WHEN = "2026-05-12 08:22:05"
JANE = (WHEN, "jane@x.example", "A")
URL = "https://store.example"
BOUND = {
    "items": items(
        *bound(
            "B0001",
            row("A-1", variant_name="1 Gallon", stock_buffer=0),
            row("A-3", variant_name="3 Gallon", stock_buffer=0),
            parent="A-P",
        )
    ),
    "stock": stock({"A-1": 0, "A-3": 4}),
    "product_map": product_map({"B0001": 101}),
    "catalogue": catalogue(row(101, sku="B0001", name="Hosta Royal")),
    "photos": photos("A-P.jpg", "A-3^1.JPG"),
}
Asked = tuple[str, str, str]


def plan(
    *asked: Asked,
    as_of: datetime = NOW,
    rules: dict[str, Any] | None = None,
    reports: dict[str, Any] | None = None,
    **inputs: Any,
) -> Plan:
    """The plan of a day on which item A (buffer 5) has 6 and its page is /royal/."""
    read = {
        "requests": requests(*asked),
        "rejected": rejects(),
        "items": items(row("A", stock_buffer=5, web_title="Hosta Royal"), row("B", stock_buffer=0)),
        "stock": stock({"A": 6, "B": 0}),
        "product_map": product_map({"A": 101, "B": 102}),
        "catalogue": catalogue(row(101, sku="A"), row(102, sku="B")),
        "pages": pages({101: ("/royal/", "<p>Large, blue-green leaves for shade.</p>"), 102: "/b/"}),
        "photos": photos("A.jpg"),
        "customers": customers(),
        "coupons": states(),
        "mails": states(),
        "told": items_told(),
        **inputs,
    }
    section = {"shop_url": URL, **(rules or {})}
    sections = {"stock_notifications": section, "photos": {"folder": "/photos"}, "reports": reports or {}}
    return planned(AUTOMATION, read, as_of, **sections)


def of_kind(found: Plan, kind: str) -> list[dict[str, Any]]:
    """The effects of a kind."""
    return [{str(k): v for k, v in each.items()} for each in found.effects.to_dict("records") if each["kind"] == kind]


def told(found: Plan) -> list[str]:
    """Who is to be mailed, in order."""
    return [mail["target"] for mail in of_kind(found, "email")]


def request(when: str = WHEN, email: str = "jane@x.example", item: str = "A") -> str:
    """The name of a request."""
    return effect_keys.stock_request(email, item, at(when))
