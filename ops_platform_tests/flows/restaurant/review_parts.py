"""Parts for tests of the review: a small menu, and lines of bills that are matched and queued as a load does it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

import pandas as pd

from ops_platform.adapters.database import Database, execute, records, scalar
from ops_platform.flows.restaurant.linking import relink
from ops_platform.flows.restaurant.menu import import_menu
from ops_platform.flows.restaurant.review import QueueReport, refresh_queue
from ops_platform.restaurant.name_text import norm_name
from ops_platform.settings import Settings

DAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 9, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TABLES = (
    "menu_items, variants, menu_item_variants, item_aliases, match_review_queue, match_changes, orders, restaurants, "
    "data_quality_flags"
)
MENU = [
    ("Fig Ice Cream", "Ice Cream", "REGULAR_TUB_300ML", 300, 77),
    ("Fig Ice Cream", "Ice Cream", "MINI_TUB_200ML", 200, None),
    ("Eggless Walnut Ice Cream", "Ice Cream", "REGULAR_TUB_300ML", 320, None),
    ("Walnut Brownie", "Dessert", "1_PIECE", 120, None),
    ("Waffle Cone", "Extra", "1_PIECE", 40, None),
]
HOST = "Fig Ice Cream (Regular Tub 300ml)"
"""The line that add-ons are added to."""

_numbers = count(1)


class Line(NamedTuple):
    """A line of a bill, or something added to one."""

    name: str
    price: int = 300
    quantity: int = 1
    day: date = DAY
    petpooja_id: int | None = None
    kind: str = "item"


def fresh(db: Database) -> None:
    """Empty everything, and put the small menu there."""
    db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
    columns = ["name", "type", "variant", "price", "petpooja_itemid"]
    import_menu(db, pd.DataFrame(MENU, columns=columns, dtype=object), source="test")


def sell(db: Database, settings: Settings, *lines: Line | str, now: datetime = NOW) -> QueueReport:
    """Put lines into the books, match their names, and refresh the queue, in one transaction as a load does."""
    with db.transaction() as connection:
        restaurant = scalar(
            connection,
            "INSERT INTO restaurants (petpooja_restid) VALUES ('r1') ON CONFLICT (petpooja_restid) "
            "DO UPDATE SET petpooja_restid = 'r1' RETURNING restaurant_id",
        )
        made = [line if isinstance(line, Line) else Line(line) for line in lines]
        hosts = [Line(HOST) for line in made if line.kind == "addon"]
        for line in made:
            _insert(connection, restaurant, line)
        names = {norm_name(line.name) for line in (*made, *hosts)}
        matched = relink(connection, names, settings=settings, now=now, reason="load")
        execute(connection, "TRUNCATE match_changes")  # what a load links is no change
        return refresh_queue(connection, matched, now=now)


def _insert(connection: Any, restaurant: int, line: Line) -> None:
    number = next(_numbers)
    order = scalar(
        connection,
        "INSERT INTO orders (petpooja_order_id, restaurant_id, created_on, business_date, order_status, core_total, "
        "tax_total, discount_total, total, raw) VALUES (:number, :restaurant, :day, :day, 'Success', 0, 0, 0, 0, '{}') "
        "RETURNING order_id",
        number=number,
        restaurant=restaurant,
        day=line.day,
    )
    is_item = line.kind == "item"
    item = scalar(
        connection,
        "INSERT INTO order_items (order_id, name_raw, petpooja_itemid, quantity, unit_price, total_price) "
        "VALUES (:order, :name, :id, :quantity, :price, :total) RETURNING order_item_id",
        order=order,
        name=line.name if is_item else HOST,
        id=line.petpooja_id if is_item else None,
        quantity=line.quantity,
        price=line.price,
        total=line.price * line.quantity,
    )
    if not is_item:
        execute(
            connection,
            "INSERT INTO order_item_addons (order_item_id, name_raw, petpooja_addonid, quantity, price) "
            "VALUES (:item, :name, :id, :quantity, :price)",
            item=item,
            name=line.name,
            id=None if line.petpooja_id is None else str(line.petpooja_id),
            quantity=line.quantity,
            price=line.price,
        )


def rows(db: Database, query: str, **parameters: Any) -> list[dict[str, Any]]:
    """Rows of a statement."""
    with db.engine.connect() as connection:
        return records(connection, query, **parameters)


def queue(db: Database) -> dict[str, dict[str, Any]]:
    """The queue by raw name."""
    return {row["raw_name"]: row for row in rows(db, "SELECT * FROM match_review_queue")}


def links(db: Database) -> dict[str, set[tuple[Any, ...]]]:
    """What lines are linked to, by name: item, size, confidence, method."""
    found: dict[str, set[tuple[Any, ...]]] = {}
    for row in rows(
        db,
        "SELECT l.name_raw, m.name, v.variant_name, l.match_confidence, l.match_method FROM ("
        "SELECT name_raw, menu_item_id, variant_id, match_confidence, match_method FROM order_items UNION ALL "
        "SELECT name_raw, menu_item_id, variant_id, match_confidence, match_method FROM order_item_addons) l "
        "LEFT JOIN menu_items m USING (menu_item_id) LEFT JOIN variants v ON v.variant_id = l.variant_id",
    ):
        name, *link = row.values()
        found.setdefault(name, set()).add(tuple(link))
    return found


MANUAL = (Decimal("100.00"), "manual")


def state(db: Database) -> Any:
    """A fingerprint of everything a decision may change."""
    tables = ("menu_items", "menu_item_variants", "item_aliases", "match_review_queue", "match_changes", "order_items")
    union = " UNION ALL ".join(f"SELECT t::text FROM {table} t" for table in (*tables, "order_item_addons"))
    return rows(db, f"SELECT md5(string_agg(t, '|' ORDER BY t)) AS hash FROM ({union}) u (t)")[0]["hash"]
