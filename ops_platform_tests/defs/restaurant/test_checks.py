"""Every check of the restaurant passes on sound data and fails with fitting weight and words when its thing breaks."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg
import pytest

from ops_platform.definitions import defs
from ops_platform.defs.restaurant import keys
from ops_platform_tests.defs.conftest import run_check, run_checks
from ops_platform_tests.defs.restaurant.conftest import SECOND as DAY
from ops_platform_tests.defs.restaurant.conftest import TAGS, Shop, bill, cup, item, vanilla

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
LAST = "(SELECT order_id FROM orders WHERE petpooja_order_id = 8)"
UNLINKED = "menu_item_id = NULL, variant_id = NULL, match_method = NULL, match_confidence = 40"


@dataclass(frozen=True)
class Case:
    """How to break what a check looks at, and what it then says."""

    check: str
    severity: dg.AssetCheckSeverity
    says: str
    statement: str = ""
    as_of: str = ""


CASES = [
    Case("loads_are_conserved", ERROR, "Orders were lost", "DELETE FROM orders WHERE petpooja_order_id = 8"),
    Case(
        "order_contract",
        ERROR,
        "order_status: must be text that is not blank",
        "UPDATE orders SET order_status = ' ' WHERE petpooja_order_id = 8",
    ),
    Case(
        "item_contract",
        ERROR,
        "a method is exact, fuzzy or manual",
        f"UPDATE order_items SET match_method = 'guess' WHERE order_id = {LAST}",
    ),
    Case(
        "addon_contract",
        ERROR,
        "without a link there is no method",
        "UPDATE order_item_addons SET match_method = NULL",
    ),
    Case("orders_are_recent", WARN, "the feed stands still", as_of="2026-01-12T02:00:00+05:30"),
    Case("stream_has_no_gaps", WARN, "(5)", "DELETE FROM stream_events WHERE stream_id = 5"),
    Case(
        "no_reject_is_open",
        WARN,
        "1 order bad_number",
        "INSERT INTO order_rejects (source, name, line_no, entity, petpooja_order_id, code, detail, raw, digest) "
        "VALUES ('sandbox', 'a page', 1, 'order', 9, 'bad_number', 'x', '{}', 'd')",
    ),
    Case(
        "statuses_are_known",
        WARN,
        "Settled (1)",
        "UPDATE orders SET order_status = 'Settled' WHERE petpooja_order_id = 8",
    ),
    Case(
        "no_order_is_of_the_future",
        ERROR,
        "as far as 2026-01-20",
        "UPDATE orders SET business_date = '2026-01-20' WHERE petpooja_order_id = 8",
    ),
    Case("orders_have_lines", WARN, "1 of 4 orders have no line", f"DELETE FROM order_items WHERE order_id = {LAST}"),
    Case(
        "order_totals_add_up",
        WARN,
        "1 of 4 orders do not add up",
        "UPDATE orders SET total = total + 5 WHERE petpooja_order_id = 8",
    ),
    Case(
        "taxes_and_discounts_add_up",
        WARN,
        "1 of 8 tax and discount totals",
        f"DELETE FROM order_taxes WHERE line_no = 1 AND order_id = {LAST}",
    ),
    Case(
        "lines_make_the_core_total",
        WARN,
        "1 of 4 orders have lines that do not make the core total",
        f"UPDATE order_items SET total_price = total_price + 7 WHERE order_id = {LAST}",
    ),
    Case(
        "unit_prices_are_positive",
        WARN,
        "1 of 5 lines cost nothing",
        f"UPDATE order_items SET unit_price = 0 WHERE order_id = {LAST}",
    ),
    Case(
        "line_totals_are_right",
        WARN,
        "1 of 5 lines have a total that is not quantity times unit price (₹7.00 in all)",
        f"UPDATE order_items SET total_price = total_price + 7 WHERE order_id = {LAST}",
    ),
    Case(
        "quantities_are_usual",
        WARN,
        "1 of 7 lines and add-ons are of more than 10 pieces",
        f"UPDATE order_items SET quantity = 11 WHERE order_id = {LAST}",
    ),
    Case(
        "menu_is_whole",
        WARN,
        "1 sizes have no price: Waffle Cone",
        "UPDATE menu_item_variants SET price = NULL WHERE petpooja_itemid = 13",
    ),
    Case(
        "aliases_are_on_the_menu",
        WARN,
        "Cone -> Waffle Cone (not a size of the item)",
        "INSERT INTO item_aliases (raw_name_norm, raw_name, menu_item_id, variant_id, source, verified_by) "
        "SELECT 'cone', 'Cone', menu_item_id, variant_id, 'manual', 'a test' FROM menu_items, variants "
        "WHERE name = 'Waffle Cone' AND variant_name = 'MINI_TUB_200ML'",
    ),
    Case(
        "lines_are_linked",
        WARN,
        "1 of 5 lines have no link to the menu (20.0%, 11.6% allowed)",
        f"UPDATE order_items SET {UNLINKED} WHERE order_id = {LAST}",
    ),
    Case(
        "links_are_sure",
        WARN,
        "1 of 7 lines are linked with a confidence below 80",
        f"UPDATE order_items SET match_confidence = 75, match_method = 'fuzzy' WHERE order_id = {LAST}",
    ),
    Case(
        "sizes_fit_their_items",
        WARN,
        "Waffle Cone (no size)",
        f"UPDATE order_items SET variant_id = NULL WHERE order_id = {LAST}",
    ),
    Case(
        "addons_are_linked",
        WARN,
        "2 of 2 add-ons have no link to the menu",
        f"UPDATE order_item_addons SET {UNLINKED}",
    ),
    Case(
        "queue_is_short",
        WARN,
        "101 names wait for a person",
        "INSERT INTO match_review_queue (raw_name_norm, raw_name, clean_name, clean_type, clean_variant, line_count, "
        "revenue, first_seen, last_seen, reason) "
        "SELECT n, n, n, 'Extra', '1_PIECE', 1, 0, '2026-01-07', '2026-01-08', 'none' FROM generate_series(1, 101) n",
    ),
    Case(
        "sales_add_up",
        ERROR,
        "item_sales_by_day count rupees twice",
        "DO $$ BEGIN ALTER VIEW item_sales_by_day RENAME TO once; "
        "CREATE VIEW item_sales_by_day AS SELECT * FROM once UNION ALL SELECT * FROM once; END $$",
    ),
]


def test_every_check_of_the_restaurant_has_a_case_that_breaks_it() -> None:
    checks = defs.resolve_asset_graph().asset_check_keys
    assert {case.check for case in CASES} == {key.name for key in checks if key.asset_key.path[0] == keys.GROUP}
    assert len(CASES) == len({case.check for case in CASES})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_a_check_fails_when_its_thing_breaks(copied_shop: Shop, case: Case) -> None:
    before = run_check(case.check, tags=TAGS)
    assert before.passed, before.description
    if case.statement:
        assert copied_shop.execute(case.statement) != 0
    found = run_check(case.check, tags={"ops/as_of": case.as_of} if case.as_of else TAGS)
    assert not found.passed
    assert found.severity == case.severity
    assert case.says in str(found.description)


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM orders WHERE petpooja_order_id = 8",
        "UPDATE orders SET order_status = ' ' WHERE petpooja_order_id = 8",
        "UPDATE order_items SET match_method = NULL",
        "UPDATE order_item_addons SET match_method = 'guess'",
    ],
    ids=["loads_are_conserved", "order_contract", "item_contract", "addon_contract"],
)
def test_a_broken_contract_blocks_queue_and_sales_of_the_same_run(copied_shop: Shop, harm: str) -> None:
    copied_shop.execute(harm)
    result = copied_shop.fetch(**{"ops/as_of": "2026-01-09T02:00:00+05:30"})  # the partition of the harmed day
    assert not result.success
    assert len(result.failed_blocking_checks) == 1
    assert result.failed_assets == ["restaurant/match_review_queue", "restaurant/sales"]


def test_a_check_looks_at_the_days_its_run_brought_orders_of(copied_shop: Shop) -> None:
    copied_shop.execute(f"UPDATE orders SET total = total + 5 WHERE order_id = {LAST}")  # of a day nobody asks for
    copied_shop.state.add(bill(51, DAY.replace(day=3), vanilla()))
    result = copied_shop.fetch()
    assert result.success
    assert "restaurant/petpooja_orders: order_totals_add_up" not in result.warned_checks
    assert not run_check("order_totals_add_up", tags=TAGS).passed
    assert run_check("order_totals_add_up", tags={**TAGS, "dagster/partition": "2026-01-03"}).passed


def test_names_a_person_said_are_no_items_are_not_missing(copied_shop: Shop) -> None:
    copied_shop.execute(f"UPDATE order_items SET {UNLINKED}, name_raw = 'Gift Wrap' WHERE order_id = {LAST}")
    assert not run_check("lines_are_linked", tags=TAGS).passed
    copied_shop.execute(
        "INSERT INTO item_aliases (raw_name_norm, raw_name, source, verified_by) "
        "VALUES ('gift wrap', 'Gift Wrap', 'manual', 'a test')"
    )
    assert run_check("lines_are_linked", tags=TAGS).passed


def test_a_rejected_line_is_named_until_a_later_event_mends_it(copied_shop: Shop) -> None:
    copied_shop.state.add(bill(61, DAY, vanilla(1, cup()), item("Cone", 30.0, quantity="many")))
    assert "restaurant/petpooja_orders: no_reject_is_open" in copied_shop.fetch().warned_checks
    mended = bill(61, DAY, vanilla(1, cup()), item("Waffle Cone", 30.0, itemid=13)) | {"stream_id": 62, "event_id": "e"}
    copied_shop.state.add(mended)
    assert "restaurant/petpooja_orders: no_reject_is_open" not in copied_shop.fetch().warned_checks


def test_a_shop_without_an_order_is_told_so_and_nothing_breaks(copied_shop: Shop) -> None:
    copied_shop.execute("TRUNCATE orders, order_loads, stream_events, match_review_queue CASCADE")
    checks = {key for key in defs.resolve_asset_graph().asset_check_keys if key.asset_key.path[0] == keys.GROUP}
    found = run_checks(checks, tags=TAGS)
    assert len(found) == len(CASES)
    assert [check.check_name for check in found if not check.passed] == ["orders_are_recent"]
