"""Loading orders: wholly or not at all, once, lines with ids that stay, everything counted."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.restaurant import tables
from ops_platform.flows.restaurant.load_records import LoadReport
from ops_platform.flows.restaurant.loading import load_file
from ops_platform.restaurant.rows import AddonRow, DiscountRow, FlagRow, ItemRow, OrderRow, TaxRow
from ops_platform.settings import Settings, load_settings
from ops_platform_tests.flows.restaurant.conftest import (
    NOW,
    addon,
    content,
    event,
    everything,
    item,
    load,
    put,
    rows,
    write_json,
    write_lines,
)
from ops_platform_tests.flows.together import at_once

COUNTS = ("orders_read", "orders_new", "orders_updated", "orders_duplicate", "orders_superseded", "orders_rejected")
ITEMS = "SELECT order_item_id, name_raw, quantity, created_at, updated_at FROM order_items ORDER BY 1"
ADDONS = "SELECT order_item_addon_id, order_item_id, name_raw FROM order_item_addons ORDER BY 1"


def counts(report: LoadReport) -> tuple[int, ...]:
    assert report.conserved
    return tuple(getattr(report, name) for name in COUNTS)


def test_an_order_lands_in_all_its_tables_to_the_paisa(db: Database, shop: Settings) -> None:
    lines = [
        item("Vanilla (Scoop)", quantity=3, price=99.95, total=299.85, tax=0.1, discount=0.2, addon=[addon(price=10)]),
        item("Brownie", itemid=0, itemcode="", specialnotes="no nuts"),
    ]
    report = put(db, shop, event(110, lines=lines, core_total=659.85, total=695.15, no_of_persons=4))
    assert counts(report) == (1, 1, 0, 0, 0, 0)
    assert (report.items_loaded, report.addons_loaded, report.lines_rejected) == (2, 1, 0)
    order = db.frame("SELECT * FROM orders JOIN restaurants USING (restaurant_id)").iloc[0]
    assert (order["petpooja_restid"], order["name"], order["petpooja_order_id"]) == ("rest0001", "Test Creamery", 110)
    assert (order["core_total"], order["round_off"], order["total"]) == (
        Decimal("659.85"),
        Decimal("-0.30"),
        Decimal("695.15"),
    )
    assert order["created_on"].isoformat() == "2026-01-03T08:20:00+00:00"  # 13:50 in Kolkata
    assert (order["no_of_persons"], order["table_no"], order["order_status"]) == (4, None, "Success")
    assert rows(db, "SELECT name_raw, quantity, unit_price, total_price, tax_amount, discount_amount, specialnotes "
                    "FROM order_items ORDER BY order_item_id") == [
        ("Vanilla (Scoop)", 3, Decimal("99.95"), Decimal("299.85"), Decimal("0.10"), Decimal("0.20"), None),
        ("Brownie", 1, Decimal("360.00"), Decimal("360.00"), Decimal("60.30"), Decimal("25.00"), "no nuts"),
    ]  # fmt: skip
    assert rows(db, "SELECT name_raw, price, quantity, petpooja_addonid, group_name FROM order_item_addons") == [
        ("Cup", Decimal("10.00"), 1, "53392899", "Cuporcone")
    ]
    taxes = rows(db, "SELECT line_no, tax_title, tax_rate, tax_type, tax_amount FROM order_taxes ORDER BY 1")
    assert taxes[0] == (1, "CGST@9", Decimal("9.000"), "P", Decimal("30.15")) and len(taxes) == 2
    assert rows(db, "SELECT line_no, discount_title, discount_amount FROM order_discounts") == [
        (1, "Special Discount", Decimal("25.00"))
    ]
    assert order["raw"]["stream_id"] == 110 and "Customer" not in str(order["raw"])


def test_the_same_events_again_change_no_row_and_are_counted(db: Database, shop: Settings) -> None:
    events = [event(110), event(111, lines=[item(quantity=0)]), event(112, total="see register")]
    assert counts(put(db, shop, *events)) == (3, 2, 0, 0, 0, 1)
    before = everything(db)
    assert counts(put(db, shop, *events)) == (3, 0, 0, 2, 0, 1)
    assert counts(put(db, shop, *reversed(events), *events)) == (6, 0, 0, 4, 0, 2)
    assert everything(db) == before


def test_a_newer_event_changes_lines_in_place_and_their_ids_stay(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, 1, lines=[item("A"), item("B"), item("C")]), event(111, 2, lines=[item("Z")]))
    before = rows(db, ITEMS)
    changed = [item("A"), item("B", quantity=2, total=720.0), item("C"), item("D")]
    assert counts(put(db, shop, event(110, 3, lines=changed))) == (1, 0, 1, 0, 0, 0)
    after = rows(db, ITEMS)
    assert [row[:3] for row in after] == [(1, "A", 1), (2, "B", 2), (3, "C", 1), (4, "Z", 1), (5, "D", 1)]
    assert [row[3] for row in after[:4]] == [row[3] for row in before]  # created_at
    written = [row[0] for row, old in zip(after, before, strict=False) if row[4] != old[4]]
    assert written == [2]  # updated_at of the one that changed


def test_lines_that_an_order_no_longer_has_go_from_its_end(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, 1, lines=[item("A"), item("B"), item("C")]))
    put(db, shop, event(110, 2, lines=[item("B"), item("C")]))
    assert [row[:2] for row in rows(db, ITEMS)] == [(1, "B"), (2, "C")]
    put(db, shop, event(110, 3, lines=[]))
    assert rows(db, ITEMS) == []


def test_add_ons_keep_their_ids_within_their_line(db: Database, shop: Settings) -> None:
    first = [item("A", addon=[addon("Cup"), addon("Cone"), addon("Nuts")]), item("B", addon=[addon("Cup")])]
    put(db, shop, event(110, 1, lines=first))
    then = [item("A", addon=[addon("Cup"), addon("Sauce")]), item("B", addon=[addon("Cup"), addon("Cone")])]
    put(db, shop, event(110, 2, lines=then))
    assert rows(db, ADDONS) == [(1, 1, "Cup"), (2, 1, "Sauce"), (4, 2, "Cup"), (5, 2, "Cone")]


def test_taxes_discounts_and_flags_follow_the_newest_event(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, 1, lines=[item(quantity=12)], status="Hold"))
    flags = "SELECT code FROM data_quality_flags ORDER BY 1"
    assert {code for (code,) in rows(db, flags)} >= {"quantity_unusual", "unknown_status"}
    newer = event(110, 2, lines=[item()])
    newer["raw_event"]["raw_payload"]["properties"] |= {
        "Tax": [{"title": "GST", "rate": 18, "type": "P", "amount": 60.3}],
        "Discount": [],
    }
    put(db, shop, newer | {})
    assert rows(db, "SELECT line_no, tax_title FROM order_taxes") == [(1, "GST")]
    assert rows(db, "SELECT * FROM order_discounts") == []
    assert "quantity_unusual" not in {code for (code,) in rows(db, flags)}


def test_updated_at_moves_only_when_something_changes(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, 1))
    stamp = "SELECT created_at, updated_at, stream_id FROM orders"
    [(made, first, _)] = rows(db, stamp)
    assert counts(put(db, shop, event(110, 2))) == (1, 0, 0, 1, 0, 0)
    assert rows(db, stamp) == [(made, first, 2)]  # it is read up to there, and that is all
    put(db, shop, event(110, 3, comment="ring the bell"))
    [(made_now, then, _)] = rows(db, stamp)
    assert made_now == made and then > first


def test_a_refused_line_keeps_its_order_and_leaves_no_hole_in_the_numbers(db: Database, shop: Settings) -> None:
    lines = [
        item("A"),
        item("B", price="open price"),
        item("C", quantity=12, total=4320.0, addon=[addon("Cup", quantity=0), addon("Cone", quantity=11)]),
    ]
    report = put(db, shop, event(110, lines=lines))
    assert counts(report) == (1, 1, 0, 0, 0, 0)
    assert (report.lines_rejected, report.items_loaded, report.addons_loaded) == (2, 2, 1)
    assert [row[1] for row in rows(db, ITEMS)] == ["A", "C"]
    flagged = rows(db, "SELECT entity, line_no, addon_no FROM data_quality_flags WHERE code = 'quantity_unusual'")
    assert sorted(flagged) == [("order_item", 2, 0), ("order_item_addon", 2, 1)]  # C is the second line there is
    found = rows(db, "SELECT entity, line_no, petpooja_order_id, code, column_name FROM order_rejects ORDER BY 1")
    assert found == [
        ("order_item", 1, 110, "not_a_number", "OrderItem[2].price"),
        ("order_item_addon", 1, 110, "not_positive", "OrderItem[3].addon[1].quantity"),
    ]


def test_what_is_no_order_is_counted_or_ignored_and_always_noted(db: Database, shop: Settings) -> None:
    other = event(111) | {"aggregate_type": "menu"}
    report = put(db, shop, event(110), other, "no object", None, 3, event(112, created_on="yesterday"))
    assert counts(report) == (5, 1, 0, 0, 0, 4)
    events = rows(db, "SELECT stream_id, outcome FROM stream_events ORDER BY 1")
    assert events == [(110, "loaded"), (111, "ignored"), (112, "rejected")]
    places = rows(db, "SELECT line_no FROM order_rejects ORDER BY 1")
    assert places == [(3,), (4,), (5,), (6,)]


def test_a_load_is_recorded_with_the_counts_it_reported(db: Database, shop: Settings) -> None:
    report = put(db, shop, event(110), event(110, 120, status="Cancelled"), event(111, total=None))
    [record] = db.frame("SELECT * FROM order_loads").to_dict("records")
    for name in (*COUNTS, "items_loaded", "addons_loaded", "lines_rejected"):
        assert record[name] == getattr(report, name)
    assert (record["status"], record["source"], record["cursor_after"]) == ("loaded", "stream", 120)
    assert record["finished_at"] >= record["started_at"]
    assert report.as_dict()["conserved"] is True
    assert {field.name for field in fields(LoadReport)} <= set(report.as_dict())


def test_how_far_a_source_is_read_is_saved_with_the_page_and_never_goes_back(db: Database, shop: Settings) -> None:
    put(db, shop, event(110), event(115))
    put(db, shop, event(112))
    [state] = db.frame("SELECT * FROM ingest_state").to_dict("records")
    assert (state["source"], state["last_stream_id"], state["last_load_id"]) == ("stream", 115, 2)
    assert state["last_event_at"].isoformat() == event(115)["occurred_at"]


def test_a_failure_in_the_middle_leaves_nothing_and_may_be_tried_again(
    db: Database, shop: Settings, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "orders.jsonl", [event(number) for number in range(100, 120)])
    db.execute("ALTER TABLE order_items ADD CONSTRAINT broken_on_purpose CHECK (order_item_id < 10)")
    try:
        with pytest.raises(Exception, match="broken_on_purpose"):
            load(db, shop, path)
    finally:
        db.execute("ALTER TABLE order_items DROP CONSTRAINT broken_on_purpose")
    assert not any(content(db).values())
    [failed] = db.frame("SELECT status, error FROM order_loads").to_dict("records")
    assert failed["status"] == "failed" and "broken_on_purpose" in failed["error"]
    assert "Vanilla" not in failed["error"]  # PostgreSQL quotes the row; whoever ordered may stand in one
    assert counts(load(db, shop, path)) == (20, 20, 0, 0, 0, 0)


def test_the_same_file_is_loaded_once_under_any_name(db: Database, shop: Settings, tmp_path: Path) -> None:
    first = load(db, shop, write_json(tmp_path / "orders.json", [event(110)]))
    before = everything(db)
    again = load(db, shop, tmp_path / "orders.json")
    copy = load(db, shop, write_json(tmp_path / "copy.json", [event(110)]))
    assert again.already_loaded and again.load_id == first.load_id and counts(again) == counts(first)
    assert copy.already_loaded and copy.note == "same content as orders.json"
    assert everything(db) == before and len(rows(db, "SELECT 1 FROM order_loads")) == 1


def test_a_file_in_many_parts_is_one_load(db: Database, shop: Settings, tmp_path: Path) -> None:
    events = [event(number, lines=[item()]) for number in range(1, 4_502)]
    steps: list[str] = []
    path = write_lines(tmp_path / "orders.jsonl", [*events, event(1, 9_000, status="Cancelled")])
    report = load(db, shop, path, progress=steps.append)
    assert counts(report) == (4_502, 4_501, 1, 0, 0, 0)
    assert steps == ["1,000 orders", "2,000 orders", "3,000 orders", "4,000 orders", "4,502 orders"]
    assert rows(db, "SELECT count(*), max(order_id), count(DISTINCT load_id) FROM orders") == [(4_501, 4_501, 1)]


def test_two_processes_load_the_same_file_once(db: Database, shop: Settings, database_url: str, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "orders.jsonl", [event(number) for number in range(1, 301)])
    reports = at_once(database_url, lambda other: load_file(other, path, settings=shop, now=NOW))
    assert sorted(report.already_loaded for report in reports) == [False, True, True, True]
    assert rows(db, "SELECT count(*) FROM orders") == [(300,)]


def customer(one: dict[str, Any], name: str, phone: str) -> dict[str, Any]:
    one["raw_event"]["raw_payload"]["properties"]["Customer"] = {"name": name, "phone": phone, "address": "9 Lane"}
    return one


def everything_told(db: Database) -> str:
    names = [name for (name,) in rows(db, "SELECT tablename FROM pg_tables WHERE schemaname = 'restaurant'")]
    return "".join(str(rows(db, f"SELECT t::text FROM {name} t")) for name in names)


def test_nobody_who_ordered_is_kept_unless_the_settings_say_so(db: Database, shop: Settings, tmp_path: Path) -> None:
    good, bad, torn = (customer(event(number), "Canary Person", "9876501234") for number in (110, 111, 112))
    bad["raw_event"]["raw_payload"]["properties"]["Order"]["total"] = "call 9876501234"
    put(db, shop, good, bad)
    path = write_lines(tmp_path / "orders.jsonl", [torn])
    path.write_text(path.read_text().replace('"phone":', '"phone"') + "{}\n")
    load(db, shop, path)
    told = everything_told(db)
    assert "Canary" not in told and "98765" not in told and "9 Lane" not in told
    assert rows(db, "SELECT code FROM order_rejects ORDER BY 1") == [("json_syntax",), ("missing",), ("not_a_number",)]


def test_customers_are_one_row_each_as_the_settings_want_them(db: Database, shop: Settings, tmp_path: Path) -> None:
    env = {"OPS_RESTAURANT__CUSTOMER_IDENTITY": "full", "OPS_HOME": str(tmp_path)}
    full = load_settings(tmp_path, env=env)
    put(db, full, customer(event(110), "Asha", "98765 01234"), customer(event(111), "Asha", "+91 9876501234"))
    assert rows(db, "SELECT name, phone FROM customers") == [("Asha", "+919876501234")]
    assert rows(db, "SELECT count(DISTINCT customer_id) FROM orders") == [(1,)]


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        (OrderRow, tables.ORDERS),
        (ItemRow, tables.ITEMS),
        (AddonRow, tables.ADDONS),
        (TaxRow, tables.TAXES),
        (DiscountRow, tables.DISCOUNTS),
        (FlagRow, tables.FLAGS),
    ],
)
def test_the_staged_columns_are_the_fields_of_the_rows(row: Any, columns: dict[str, str]) -> None:
    fields_of_row = tuple(name for name in row._fields if name != "raw")  # which is staged by itself
    assert tuple(columns)[: len(fields_of_row)] == fields_of_row


TYPES = {"varchar": "text", "serial": "int4"}


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("orders", {name: kind for name, kind in tables.ORDERS.items() if name in OrderRow._fields[6:32]}),
        ("order_items", {name: kind for name, kind in tables.ITEMS.items() if not name.endswith("_no")}),
        ("order_item_addons", {name: kind for name, kind in tables.ADDONS.items() if not name.endswith("_no")}),
        ("order_taxes", {name: kind for name, kind in tables.TAXES.items() if name != "order_no"}),
        ("order_discounts", {name: kind for name, kind in tables.DISCOUNTS.items() if name != "order_no"}),
        ("data_quality_flags", {name: kind for name, kind in tables.FLAGS.items() if name != "order_no"}),
        ("order_rejects", {name: kind for name, kind in tables.REJECTS.items() if not name.startswith("is_")}),
        ("match_changes", tables.MATCH_CHANGES),
    ],
)
def test_the_staged_columns_have_the_types_of_the_tables(db: Database, table: str, columns: dict[str, str]) -> None:
    found = rows(
        db,
        "SELECT column_name, udt_name FROM information_schema.columns "
        "WHERE table_schema = 'restaurant' AND table_name = :t",
        t=table,
    )
    types = {name: TYPES.get(kind, kind) for name, kind in found}
    assert {name: types.get(name) for name in columns} == columns
