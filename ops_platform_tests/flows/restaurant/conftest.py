"""Parts for tests of the restaurant's flows: a database, events as the stream sends them, and what tables hold."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ops_platform.adapters.database import Database
from ops_platform.core.order_source import OrderPage
from ops_platform.flows.restaurant.load_records import LoadReport
from ops_platform.flows.restaurant.loading import load_file, load_page
from ops_platform.settings import Settings, load_settings

NOW = datetime(2026, 1, 10, 6, 30, tzinfo=UTC)
NOON = datetime(2026, 1, 3, 12, 0)  # noqa: DTZ001  the shop's clock, as bills have it

TABLES = (
    "order_loads, ingest_state, stream_events, order_rejects, restaurants, customers, orders, menu_items, variants, "
    "item_aliases, match_review_queue, match_changes, data_quality_flags"
)

# Everything a load writes, without numbers that are given one after the other and without times of writing.
CONTENT = {
    "orders": """
        SELECT r.petpooja_restid, r.name, to_jsonb(o) - '{order_id,restaurant_id,customer_id,load_id,created_at,
               updated_at}'::text[] AS told, c.identity
        FROM orders o JOIN restaurants r USING (restaurant_id) LEFT JOIN customers c USING (customer_id)""",
    "items": """
        SELECT o.business_date, o.petpooja_order_id, rank() OVER (PARTITION BY i.order_id ORDER BY order_item_id),
               to_jsonb(i) - '{order_item_id,order_id,created_at,updated_at}'::text[] AS told
        FROM order_items i JOIN orders o USING (order_id)""",
    "addons": """
        SELECT o.business_date, o.petpooja_order_id, i.line_no,
               rank() OVER (PARTITION BY i.order_item_id ORDER BY a.order_item_addon_id),
               to_jsonb(a) - '{order_item_addon_id,order_item_id,created_at}'::text[] AS told
        FROM order_item_addons a
        JOIN (SELECT order_id, order_item_id, rank() OVER (PARTITION BY order_id ORDER BY order_item_id) AS line_no
              FROM order_items) i USING (order_item_id)
        JOIN orders o USING (order_id)""",
    "taxes": """
        SELECT o.business_date, o.petpooja_order_id, to_jsonb(t) - 'order_id' AS told
        FROM order_taxes t JOIN orders o USING (order_id)""",
    "discounts": """
        SELECT o.business_date, o.petpooja_order_id, to_jsonb(d) - 'order_id' AS told
        FROM order_discounts d JOIN orders o USING (order_id)""",
    "flags": """
        SELECT o.business_date, o.petpooja_order_id, to_jsonb(f) - '{flag_id,order_id,created_at}'::text[] AS told
        FROM data_quality_flags f JOIN orders o USING (order_id)""",
    "rejects": """
        SELECT entity, code, column_name, detail, raw, stream_id, petpooja_order_id, digest, resolved_at IS NOT NULL
        FROM order_rejects""",
    "events": "SELECT stream_id, outcome FROM stream_events",
}


@pytest.fixture(scope="module")
def module_db(open_db: Database) -> Database:
    """The module's database. Not the one with dealerships, as in the folder above."""
    return open_db


@pytest.fixture
def db(module_db: Database) -> Database:
    """The same database, emptied of everything a test may have written."""
    module_db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
    return module_db


@pytest.fixture
def shop(tmp_path: Path) -> Settings:
    """Settings as they come, with folders of the test's own."""
    return load_settings(tmp_path, env={"OPS_HOME": str(tmp_path / "home")})


def item(name: str = "Old Fashion Vanilla Ice Cream (Perfect Plenty (300ml))", **changes: Any) -> dict[str, Any]:
    """A line of a bill: one piece for 360 rupees."""
    line = {
        "itemid": 1282571499,
        "itemcode": "VANILLAICE",
        "name": name,
        "category_name": "Comfort Classics",
        "quantity": 1,
        "price": 360.0,
        "total": 360.0,
        "tax": 60.3,
        "discount": 25.0,
        "specialnotes": "",
        "sap_code": "",
        "vendoritemcode": "",
        "addon": [],
    }
    return line | changes


def addon(name: str = "Cup", **changes: Any) -> dict[str, Any]:
    """Something added to a line, for nothing."""
    return {
        "addonid": "53392899",
        "name": name,
        "group_name": "Cuporcone",
        "price": 0,
        "quantity": "1",
        "addon_sap_code": "",
    } | changes


def properties(number: int = 110, *, lines: list[dict[str, Any]] | None = None, **order: Any) -> dict[str, Any]:
    """A bill as PetPooja writes it; `order`: fields of Order, lower-case keys of the bill as they are."""
    head = {
        "orderID": number,
        "customer_invoice_id": str(number),
        "created_on": f"{NOON + timedelta(minutes=number):%Y-%m-%d %H:%M:%S}",
        "order_type": "Delivery",
        "order_from": "Zomato",
        "sub_order_type": "Zomato",
        "order_from_id": "6000000000",
        "payment_type": "Online",
        "status": "Success",
        "biller": "Zomato",
        "assignee": "",
        "table_no": "",
        "token_no": "",
        "no_of_persons": 0,
        "comment": "",
        "core_total": 360.0,
        "tax_total": 60.3,
        "discount_total": 25.0,
        "delivery_charges": 0.0,
        "packaging_charge": 0.0,
        "service_charge": 0,
        "round_off": "-0.30",
        "total": 395.0,
    }
    return {
        "Restaurant": {"restID": "rest0001", "res_name": "Test Creamery", "address": "1 Test Street"},
        "Customer": {"name": "Test Customer", "phone": "", "address": "", "gstin": ""},
        "Order": head | order,
        "OrderItem": [item(addon=[addon()])] if lines is None else lines,
        "Tax": [
            {"title": "CGST@9", "rate": 9.0, "type": "P", "amount": 30.15},
            {"title": "SGST@9", "rate": 9.0, "type": "P", "amount": 30.15},
        ],
        "Discount": [{"title": "Special Discount", "type": "F", "rate": 0.0, "amount": 25.0}],
    }


def event(
    number: int = 110,
    stream_id: int | None = None,
    *,
    chain: str | None = None,
    occurred_at: str | None = None,
    event_id: str | None = None,
    **bill: Any,
) -> dict[str, Any]:
    """A bill in the stream's envelope. chain: its aggregate_id, the number if not given."""
    stream_id = number if stream_id is None else stream_id
    at = datetime(2026, 1, 3, 17, 40, tzinfo=UTC) + timedelta(minutes=stream_id)
    return {
        "stream_id": stream_id,
        "event_id": event_id or f"00000000-0000-4000-8000-{stream_id:012d}",
        "aggregate_type": "order",
        "aggregate_id": chain or str(number),
        "event_type": "orderdetails",
        "occurred_at": occurred_at or at.isoformat(),
        "raw_event": {
            "source": "petpooja",
            "command_id": "hash",
            "raw_payload": {"event": "orderdetails", "token": "", "properties": properties(number, **bill)},
        },
    }


def bare(one: dict[str, Any]) -> dict[str, Any]:
    """The bill of an event without its envelope."""
    return deepcopy(one["raw_event"]["raw_payload"]["properties"])


def page(events: list[Any], *, source: str = "stream", name: str = "a page") -> OrderPage:
    """A page of a source, as its adapter gives it."""
    ids = [one["stream_id"] for one in events if isinstance(one, dict) and isinstance(one.get("stream_id"), int)]
    return OrderPage(source, name, tuple(events), NOW, min(ids) - 1 if ids else None, max(ids) if ids else None)


def put(db: Database, shop: Settings, *events: Any, source: str = "stream") -> LoadReport:
    """Load events as one page."""
    return load_page(db, page(list(events), source=source), settings=shop, now=NOW)


def write_json(path: Path, value: Any) -> Path:
    """Write a JSON document; returns its path."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def write_lines(path: Path, values: list[Any]) -> Path:
    """Write JSON lines; returns the path."""
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def load(db: Database, shop: Settings, path: Path, **options: Any) -> LoadReport:
    """Load a file."""
    return load_file(db, path, settings=shop, now=NOW, **options)


def content(db: Database, *without: str) -> dict[str, list[str]]:
    """What the tables hold, as sorted text a table, without numbers that are only counted up and without times."""
    return {
        name: sorted(db.frame(f"SELECT t::text AS told FROM ({query}) t")["told"])
        for name, query in CONTENT.items()
        if name not in without
    }


def everything(db: Database) -> str:
    """Every row of the tables of orders with its version: what must not be written at all is compared by it."""
    tables = ("orders", "order_items", "order_item_addons", "order_taxes", "order_discounts", "data_quality_flags")
    tables += ("order_rejects", "restaurants", "customers")
    hashed = "SELECT md5(string_agg(t.xmin || t::text, '|' ORDER BY t::text)) AS h FROM"
    return "/".join(str(db.frame(f"{hashed} {name} t")["h"].iloc[0]) for name in tables)


def rows(db: Database, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a query as tuples."""
    found: pd.DataFrame = db.frame(query, **parameters)
    return list(found.itertuples(index=False, name=None))
