"""The two tables of the shop's order item design stand word for word, and its queries run as it writes them."""

from __future__ import annotations

import re

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.restaurant.matching import load_menu
from ops_platform.paths import sql_dir
from ops_platform.settings import Settings
from ops_platform_tests.flows.restaurant.conftest import addon, event, item, put, rows

# "SQL Schema (Complete)" of the design, written out once more on purpose: its columns, in their order.
ORDER_ITEMS = """
    order_item_id SERIAL PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders(order_id) ON DELETE CASCADE,
    menu_item_id INTEGER REFERENCES menu_items(menu_item_id),
    variant_id INTEGER REFERENCES variants(variant_id),
    petpooja_itemid BIGINT,
    itemcode VARCHAR(100),
    name_raw VARCHAR(500) NOT NULL,
    category_name VARCHAR(255),
    quantity INTEGER NOT NULL DEFAULT 1 CHECK (quantity > 0),
    unit_price DECIMAL(10,2) NOT NULL CHECK (unit_price >= 0),
    total_price DECIMAL(10,2) NOT NULL CHECK (total_price >= 0),
    tax_amount DECIMAL(10,2) DEFAULT 0 CHECK (tax_amount >= 0),
    discount_amount DECIMAL(10,2) DEFAULT 0 CHECK (discount_amount >= 0),
    specialnotes TEXT,
    sap_code VARCHAR(100),
    vendoritemcode VARCHAR(100),
    match_confidence DECIMAL(5,2) CHECK (match_confidence >= 0 AND match_confidence <= 100),
    match_method VARCHAR(50),
    created_at TIMESTAMP DEFAULT NOW(),
    updated_at TIMESTAMP DEFAULT NOW()
"""
ORDER_ITEM_ADDONS = """
    order_item_addon_id SERIAL PRIMARY KEY,
    order_item_id INTEGER NOT NULL REFERENCES order_items(order_item_id) ON DELETE CASCADE,
    menu_item_id INTEGER REFERENCES menu_items(menu_item_id),
    variant_id INTEGER REFERENCES variants(variant_id),
    petpooja_addonid VARCHAR(100),
    name_raw VARCHAR(255) NOT NULL,
    group_name VARCHAR(100),
    quantity INTEGER NOT NULL DEFAULT 1 CHECK (quantity > 0),
    price DECIMAL(10,2) NOT NULL CHECK (price >= 0),
    addon_sap_code VARCHAR(100),
    match_confidence DECIMAL(5,2) CHECK (match_confidence >= 0 AND match_confidence <= 100),
    match_method VARCHAR(50),
    created_at TIMESTAMP DEFAULT NOW()
"""
DESIGN = {"order_items": ORDER_ITEMS, "order_item_addons": ORDER_ITEM_ADDONS}
INDEXES = """
CREATE INDEX idx_order_items_order_id ON order_items(order_id);
CREATE INDEX idx_order_items_menu_item_id ON order_items(menu_item_id);
CREATE INDEX idx_order_items_variant_id ON order_items(variant_id);
CREATE INDEX idx_order_items_petpooja_itemid ON order_items(petpooja_itemid);
CREATE INDEX idx_order_items_match_confidence ON order_items(match_confidence) WHERE match_confidence < 80;
CREATE INDEX idx_order_item_addons_order_item_id ON order_item_addons(order_item_id);
CREATE INDEX idx_order_item_addons_menu_item_id ON order_item_addons(menu_item_id);
"""
COLUMNS = """
    SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable,
           regexp_replace(column_default, '(nextval)?\\(.*', '\\1')
    FROM information_schema.columns WHERE table_schema = :s AND table_name = :t ORDER BY ordinal_position"""
CONSTRAINTS = """
    SELECT replace(pg_get_constraintdef(c.oid), 'restaurant.', '')
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = :s AND t.relname = :t AND c.contype <> 'n' ORDER BY 1"""


@pytest.fixture
def design(db: Database) -> str:
    """The design's own statements, carried out in a schema of their own; its name."""
    db.execute("DROP SCHEMA IF EXISTS design CASCADE")
    db.execute("CREATE SCHEMA design")
    for name, columns in DESIGN.items():
        parent = columns.replace("REFERENCES order_items", "REFERENCES design.order_items")
        db.execute(f"CREATE TABLE design.{name} ({parent})")
    return "design"


@pytest.mark.parametrize("table", DESIGN)
def test_a_table_of_the_design_has_exactly_its_columns_and_rules(db: Database, design: str, table: str) -> None:
    assert rows(db, COLUMNS, s="restaurant", t=table) == rows(db, COLUMNS, s=design, t=table)
    wanted = [text.replace("design.", "") for (text,) in rows(db, CONSTRAINTS, s=design, t=table)]
    assert [text for (text,) in rows(db, CONSTRAINTS, s="restaurant", t=table)] == wanted


def test_the_tables_stand_in_the_migration_as_the_design_writes_them() -> None:
    written = (sql_dir() / "migrations" / "0002_restaurant.sql").read_text(encoding="utf-8")
    for name, columns in DESIGN.items():
        assert f"CREATE TABLE {name} ({columns});" in written


def test_every_index_of_the_design_is_there(db: Database) -> None:
    there = rows(db, "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'restaurant'")
    for name, table, column in re.findall(r"CREATE INDEX (\w+) ON (\w+)\((\w+)\)", INDEXES):
        [found] = [definition for index, definition in there if index == name]
        assert f"restaurant.{table} USING btree ({column})" in found
        assert (" WHERE (match_confidence < " in found) == (name == "idx_order_items_match_confidence")


def test_the_queries_of_the_design_find_what_was_loaded(db: Database, shop: Settings) -> None:
    """The unqualified names of the design work, because the database looks into the schema by itself."""
    db.execute("INSERT INTO menu_items (name, type) VALUES ('Old Fashion Vanilla Ice Cream', 'Ice Cream')")
    db.execute("INSERT INTO variants (variant_name) VALUES ('REGULAR_TUB_300ML'), ('1_PIECE')")
    db.execute("INSERT INTO menu_item_variants (menu_item_id, variant_id) VALUES (1, 1)")
    put(db, shop, event(110, lines=[item(addon=[addon()])]))
    found = rows(
        db,
        "SELECT mi.menu_item_id, v.variant_id FROM menu_items mi JOIN menu_item_variants USING (menu_item_id) "
        "JOIN variants v USING (variant_id) WHERE mi.name = 'Old Fashion Vanilla Ice Cream' "
        "AND mi.type = 'Ice Cream' AND v.variant_name = 'REGULAR_TUB_300ML'",
    )
    assert found == rows(db, "SELECT menu_item_id, variant_id FROM order_items WHERE match_method = 'exact'")
    assert rows(
        db, "SELECT name_raw FROM order_item_addons WHERE match_confidence IS NULL OR match_confidence < 70"
    ) == [("Cup",)]
    with db.engine.connect() as connection:
        assert load_menu(connection).variant_ids == {"REGULAR_TUB_300ML": 1, "1_PIECE": 2}


@pytest.mark.parametrize(
    ("table", "bad"),
    [
        ("order_items", "quantity = 0"),
        ("order_items", "unit_price = -1"),
        ("order_items", "total_price = -0.01"),
        ("order_items", "tax_amount = -1"),
        ("order_items", "discount_amount = -1"),
        ("order_items", "match_confidence = 100.01"),
        ("order_item_addons", "quantity = 0"),
        ("order_item_addons", "price = -1"),
        ("order_loads", "orders_new = orders_new + 1"),
        ("orders", "restaurant_id = 99"),
    ],
)
def test_the_database_itself_refuses_what_cannot_be(db: Database, shop: Settings, table: str, bad: str) -> None:
    put(db, shop, event(110, lines=[item(addon=[addon()])]))
    with pytest.raises(Exception, match=r"violates (check|foreign key) constraint"):
        db.execute(f"UPDATE {table} SET {bad}")


def test_an_order_takes_everything_of_it_along(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, lines=[item(quantity=12, addon=[addon()])]))
    db.execute("DELETE FROM orders")
    for table in ("order_items", "order_item_addons", "order_taxes", "order_discounts", "data_quality_flags"):
        assert rows(db, f"SELECT count(*) FROM {table}") == [(0,)]
