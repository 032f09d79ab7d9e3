"""The names of the restaurant assets, and what all of them have in common. Nothing else belongs here."""

from __future__ import annotations

import dagster as dg

GROUP = "restaurant"
OWNERS = ["team:restaurant-analytics"]


def _key(name: str) -> dg.AssetKey:
    return dg.AssetKey(["restaurant", name])


PETPOOJA_EVENTS = _key("petpooja_events")
MENU = _key("menu")
ITEM_ALIASES = _key("item_aliases")
PETPOOJA_ORDERS = _key("petpooja_orders")
ORDER_ITEMS = _key("order_items")
ORDER_ITEM_ADDONS = _key("order_item_addons")
MATCH_REVIEW_QUEUE = _key("match_review_queue")
SALES = _key("sales")

LOADED = [PETPOOJA_ORDERS, ORDER_ITEMS, ORDER_ITEM_ADDONS]
LOAD_STEP = "load_orders"
