"""The views people look at, over orders the flows themselves loaded: every rupee once, every cone counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ops_platform.adapters.database import Database
from ops_platform.core.order_source import OrderPage
from ops_platform.flows.restaurant.loading import load_page
from ops_platform.flows.restaurant.menu import import_menu
from ops_platform.settings import Settings, load_settings
from ops_platform_tests.restaurant.order_events import addon, item, order_event

NOW = datetime(2026, 1, 9, 12, 0, tzinfo=UTC)
VIEWS = (
    "sold_orders",
    "order_sums",
    "unified_sales",
    "item_sales_by_day",
    "addon_sales_by_day",
    "menu_sales_by_day",
    "addon_attach_rate",
    "revenue_by_channel",
    "unmatched_lines",
    "unmatched_revenue",
)
VANILLA, CONE, SAUCE, CUP = "Vanilla Ice Cream", "Waffle Cone", "Hot Fudge Sauce", "Cup"
MENU = [
    (VANILLA, "Ice Cream", "REGULAR_SCOOP_120GMS", 100, 11, None),
    (VANILLA, "Ice Cream", "MINI_TUB_200ML", 200, 12, None),
    (CONE, "Extra", "1_PIECE", 30, 13, "a13"),
    (SAUCE, "Extra", "1_PIECE", 60, 14, "a14"),
    (CUP, "Extra", "1_PIECE", 0, None, "a15"),
]
_numbers = count(1)


@pytest.fixture(scope="module")
def kept(database_url: str) -> Iterator[Database]:
    db = Database(database_url)
    columns = ["name", "type", "variant", "price", "petpooja_itemid", "petpooja_addonid"]
    report = import_menu(db, pd.DataFrame(MENU, columns=columns), source="a test")
    assert not report.problems
    yield db
    db.close()


@pytest.fixture
def db(kept: Database) -> Database:
    """The database with its menu and without an order."""
    kept.execute("TRUNCATE order_loads, orders, order_rejects, match_review_queue, item_aliases, stream_events CASCADE")
    return kept


@pytest.fixture
def shop(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, env={"OPS_HOME": str(tmp_path)})


def scoop(quantity: int = 1, price: float = 100.0, *addons: dict[str, Any]) -> dict[str, Any]:
    return item("Vanilla Ice Cream (Regular Scoop)", price, quantity=quantity, itemid=11, addons=list(addons))


def cone(quantity: int = 1) -> dict[str, Any]:
    return item("Waffle Cone", 30.0, quantity=quantity, itemid=13)


def on(name: str, price: float = 0, quantity: int = 1) -> dict[str, Any]:
    number = {CONE: "a13", SAUCE: "a14", CUP: "a15"}.get(name, "")
    return addon(name, price, quantity=str(quantity), addonid=number)


def bill(*items: dict[str, Any], day: str = "2026-01-03", core: float | None = None, **more: Any) -> dict[str, Any]:
    """An order that adds up. core: the core total the bill says, where its add-ons are in the lines' prices."""
    number = next(_numbers)
    order = dict(more.pop("order", {}))
    if core is not None:
        order |= {"core_total": core, "tax_total": 0, "round_off": "0", "total": core}
    return order_event(
        order_id=number,
        stream_id=number,
        items=items,
        created_on=f"{day} 20:00:00",
        order=order,
        properties={"Tax": []} if core is not None else None,
        **more,
    )


def load(db: Database, shop: Settings, *events: dict[str, Any]) -> None:
    page = OrderPage("stream", "a page", events, NOW)
    report = load_page(db, page, settings=shop, now=NOW)
    assert report.orders_new == len(events)
    assert report.lines_rejected == 0


def rows(db: Database, statement: str) -> list[dict[str, Any]]:
    return db.frame(statement).to_dict("records")


def one(db: Database, statement: str) -> Any:
    [row] = rows(db, statement)
    [value] = row.values()
    return value


def test_how_many_waffle_cones_were_sold_counts_them_as_item_and_as_add_on(db: Database, shop: Settings) -> None:
    load(db, shop, bill(cone(3), scoop(1, 130.0, on(CONE, 30))), bill(scoop(1, 100.0, on(CONE), on(CUP))))
    [found] = rows(db, f"SELECT * FROM menu_sales_by_day WHERE menu_item = '{CONE}'")
    assert (found["quantity"], found["quantity_as_item"], found["quantity_as_addon"]) == (5, 3, 2)
    assert (found["variant"], found["orders"], found["business_date"]) == ("1_PIECE", 2, date(2026, 1, 3))
    assert one(db, f"SELECT quantity FROM addon_sales_by_day WHERE menu_item = '{CONE}'") == 2
    assert one(db, f"SELECT quantity FROM item_sales_by_day WHERE menu_item = '{CONE}'") == 3


def test_each_piece_of_a_line_has_its_add_ons(db: Database, shop: Settings) -> None:
    load(db, shop, bill(scoop(3, 130.0, on(CONE, 30), on(CUP, 0, 2)), core=390))
    sold = {row["menu_item"]: row for row in rows(db, "SELECT * FROM unified_sales WHERE sold_as = 'addon'")}
    assert {name: row["quantity"] for name, row in sold.items()} == {CONE: 3, CUP: 6}
    assert sold[CONE]["amount"] == 90


@pytest.mark.parametrize(
    ("core", "reading", "revenue", "cones"),
    [
        (260, "in_lines", 260, 2),  # PetPooja's own way: 2 * (100 + 30)
        (320, "on_top", 320, 2),  # a relay's: 2 * 130, and 30 for each of the two
        (290, "on_top_once", 290, 1),  # another's: and 30 for the line
        (999, "in_lines", 260, 2),  # the bill does not add up: the lines count
    ],
)
def test_an_add_ons_money_is_counted_once_wherever_the_bill_puts_it(
    db: Database, shop: Settings, core: int, reading: str, revenue: int, cones: int
) -> None:
    load(db, shop, bill(scoop(2, 130.0, on(CONE, 30)), core=core))
    assert one(db, "SELECT addon_money FROM order_sums") == reading
    assert one(db, "SELECT sum(revenue) FROM unified_sales") == revenue
    assert one(db, "SELECT quantity FROM addon_sales_by_day") == cones
    assert one(db, "SELECT adds_up FROM order_sums") is (core != 999)


def test_the_sums_of_the_views_are_the_sums_of_the_lines_that_were_not_cancelled(db: Database, shop: Settings) -> None:
    load(
        db,
        shop,
        bill(scoop(2), cone(1), discount=25),
        bill(scoop(1, 130.0, on(CONE, 30)), core=130, day="2026-01-04"),
        bill(item("Something Nobody Knows", 75.5, itemid=99)),
        bill(scoop(7), status="Cancelled"),
        bill(scoop(1, 0.0), status="Complimentary", day="2026-01-04"),
    )
    lines = one(
        db,
        "SELECT sum(total_price) FROM order_items i JOIN orders o USING (order_id) WHERE order_status <> 'Cancelled'",
    )
    assert lines == Decimal("435.50")
    for view in ("unified_sales", "item_sales_by_day"):
        assert one(db, f"SELECT sum(revenue) FROM {view}") == lines
    assert one(db, "SELECT sum(gross) FROM revenue_by_channel") == lines
    assert one(db, "SELECT sum(total) FROM revenue_by_channel") == one(
        db, "SELECT sum(total) FROM orders WHERE order_status <> 'Cancelled'"
    )
    assert one(db, "SELECT count(*) FROM sold_orders") == 4


@pytest.mark.parametrize("status", ["Cancelled", "cancelled", " Canceled "])
def test_a_cancelled_order_is_in_no_view_of_sales(db: Database, shop: Settings, status: str) -> None:
    load(db, shop, bill(scoop(2, 130.0, on(CONE, 30)), cone(), item("Nobody Knows", 5.0, itemid=98), status=status))
    for view in VIEWS:
        if view != "order_sums":
            assert rows(db, f"SELECT * FROM {view}") == [], view


def test_a_status_nobody_knows_counts_until_somebody_explains_it(db: Database, shop: Settings) -> None:
    load(db, shop, bill(scoop(), status="Settled"))
    assert one(db, "SELECT sum(quantity) FROM item_sales_by_day") == 1


def test_channels_show_net_tax_discount_and_charges(db: Database, shop: Settings) -> None:
    pos = {"order_from": "POS", "order_type": "Dine In"}
    load(
        db,
        shop,
        bill(scoop(2), discount=20, packaging=15),
        bill(scoop(1)),
        bill(scoop(1), order=pos),
        bill(scoop(1), order={"order_from": "", "order_type": ""}),
    )
    found = {(row["order_from"], row["order_type"]): row for row in rows(db, "SELECT * FROM revenue_by_channel")}
    assert set(found) == {("Zomato", "Delivery"), ("POS", "Dine In"), ("unknown", "unknown")}
    zomato = found["Zomato", "Delivery"]
    assert (zomato["orders"], zomato["gross"], zomato["discount"], zomato["net"]) == (2, 300, 20, 280)
    assert (zomato["tax"], zomato["charges"]) == (Decimal("50.40"), 15)
    assert zomato["total"] == zomato["net"] + zomato["tax"] + zomato["charges"] + zomato["round_off"]
    assert zomato["average_order"] == round(zomato["total"] / 2, 2)


def test_an_attach_rate_is_lines_with_the_add_on_of_all_lines_of_the_type(db: Database, shop: Settings) -> None:
    load(
        db,
        shop,
        bill(scoop(1, 130.0, on(CONE, 30), on(CONE, 0)), core=130),  # twice on one line is one line
        bill(scoop(5), scoop(1), scoop(1, 100.0, on(CUP)), cone()),
        bill(scoop(1, 130.0, on(CONE, 30)), core=130, day="2026-02-01"),
    )
    found = {(row["month"].month, row["addon"]): row for row in rows(db, "SELECT * FROM addon_attach_rate")}
    assert set(found) == {(1, CONE), (1, CUP), (2, CONE)}
    assert (found[1, CONE]["lines"], found[1, CONE]["lines_with_addon"]) == (4, 1)
    assert found[1, CONE]["attach_rate"] == Decimal("0.25")
    assert found[1, CONE]["added_to"] == "Ice Cream"
    assert found[2, CONE]["attach_rate"] == 1


def test_unmatched_names_are_shown_with_their_money_and_share(db: Database, shop: Settings) -> None:
    strange = item("Something Nobody Knows", 50.0, quantity=2, itemid=99)
    load(db, shop, bill(scoop(3), strange), bill(strange, scoop(1, 100.0, on("Unheard Topping")), day="2026-01-05"))
    found = {row["name_raw"]: row for row in rows(db, "SELECT * FROM unmatched_revenue")}
    dear = found["Something Nobody Knows"]
    assert (dear["lines"], dear["quantity"], dear["revenue"], dear["share"]) == (2, 4, 200, Decimal("0.333333"))
    assert (dear["first_seen"], dear["last_seen"]) == (date(2026, 1, 3), date(2026, 1, 5))
    assert found["Unheard Topping"]["revenue"] == 0
    kinds = rows(db, "SELECT sold_as, count(*) AS n FROM unmatched_lines GROUP BY sold_as ORDER BY sold_as")
    assert kinds == [{"sold_as": "addon", "n": 1}, {"sold_as": "item", "n": 2}]


def test_a_name_a_person_said_is_no_item_is_marked_as_such(db: Database, shop: Settings) -> None:
    load(db, shop, bill(scoop(), item("Gift Wrap", 5.0, itemid=97)))
    db.execute(
        "INSERT INTO item_aliases (raw_name_norm, raw_name, source, verified_by) "
        "VALUES ('gift wrap', 'Gift Wrap', 'manual', 'a test')"
    )
    assert rows(db, "SELECT name_raw, is_no_item FROM unmatched_revenue") == [
        {"name_raw": "Gift Wrap", "is_no_item": True}
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_and_each_of_its_columns_is_explained(db: Database, view: str) -> None:
    found = rows(
        db,
        "SELECT attname AS name, col_description(attrelid, attnum) AS said, obj_description(attrelid) AS view "
        f"FROM pg_attribute WHERE attrelid = CAST('restaurant.{view}' AS regclass) AND attnum > 0",
    )
    assert len(found) > 5
    assert [row["name"] for row in found if not row["said"]] == []
    assert found[0]["view"]


def test_every_view_of_the_schema_is_one_of_these(db: Database) -> None:
    found = rows(db, "SELECT viewname FROM pg_views WHERE schemaname = 'restaurant'")
    assert {row["viewname"] for row in found} == set(VIEWS)
