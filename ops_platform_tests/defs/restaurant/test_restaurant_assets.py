"""Orders fetched through the definitions: what is loaded, and what Dagster shows of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import dagster as dg
import pytest

from ops_platform.defs.restaurant import keys
from ops_platform.defs.run import DailyResult
from ops_platform_tests.defs.conftest import metadata, table
from ops_platform_tests.defs.restaurant.conftest import (
    FIRST,
    LOADED,
    ORDERS_A_DAY,
    SECOND,
    TODAY,
    VANILLA,
    Shop,
    bill,
    cone,
    item,
    orders_of,
    vanilla,
)
from ops_platform_tests.restaurant.order_events import ANNA


@pytest.fixture(scope="module")
def fetched(shop: Shop) -> Iterator[DailyResult]:
    """Three days fetched at once, as a new user sees it first; one line is nothing of the menu."""
    strange = bill(13, TODAY, vanilla(1, cone()), item("Something Nobody Knows", 50.0, itemid=99), customer=ANNA)
    shop.state.add(*orders_of(TODAY, 9), strange)
    yield shop.fetch(everything=True)


def test_a_fetch_materialises_everything_and_blocks_nothing(fetched: DailyResult) -> None:
    assert fetched.success
    assert fetched.failed_assets == []
    assert fetched.failed_blocking_checks == []
    assert fetched.failed_checks == []
    assert fetched.warned_checks == []
    assert set(fetched.seconds) == {
        "restaurant__menu",
        "restaurant__item_aliases",
        "load_orders",
        "order_contracts",
        "restaurant__match_review_queue",
        "restaurant__sales",
        "order_checks",
    }


def test_the_tables_hold_the_orders_of_the_source(shop: Shop, fetched: DailyResult) -> None:
    found = shop.rows("SELECT business_date, count(*) AS n FROM orders GROUP BY business_date ORDER BY business_date")
    assert [(row["business_date"], row["n"]) for row in found] == [
        (FIRST, ORDERS_A_DAY),
        (SECOND, ORDERS_A_DAY),
        (TODAY, ORDERS_A_DAY + 1),
    ]
    assert shop.rows("SELECT count(*) AS n FROM order_items WHERE menu_item_id IS NULL") == [{"n": 1}]


@pytest.mark.parametrize("key", keys.LOADED, ids=lambda key: key.path[-1])
def test_a_fetch_marks_the_partition_of_every_day_it_brought_orders_of(
    shop: Shop, fetched: DailyResult, key: dg.AssetKey
) -> None:
    found = shop.instance.get_materialized_partitions(key)
    assert set(found) == {str(FIRST), str(SECOND), str(TODAY)}


def test_each_days_partition_counts_its_own_orders_and_lines(shop: Shop, fetched: DailyResult) -> None:
    first = metadata(shop, keys.PETPOOJA_ORDERS, str(FIRST))
    today = metadata(shop, keys.PETPOOJA_ORDERS, str(TODAY))
    assert (first["dagster/partition_row_count"], today["dagster/partition_row_count"]) == (4, 5)
    lines = metadata(shop, keys.ORDER_ITEMS, str(TODAY))
    assert (lines["dagster/partition_row_count"], lines["linked"], lines["linked percent"]) == (7, 6, 85.71)
    assert metadata(shop, keys.ORDER_ITEM_ADDONS, str(SECOND))["linked percent"] == 100.0


def test_the_orders_metadata_tell_what_was_read_and_how_far(shop: Shop, fetched: DailyResult) -> None:
    found = metadata(shop, keys.PETPOOJA_ORDERS)
    assert (found["orders read"], found["orders new"], found["orders rejected"]) == (13, 13, 0)
    assert found["read up to"] == 13
    assert found["dagster/row_count"] == 13
    [page] = table(shop, keys.PETPOOJA_ORDERS, "pages and files")
    assert (page["orders_read"], page["items_loaded"]) == (13, 17)
    assert table(shop, keys.PETPOOJA_ORDERS, "newest orders")[0]["business_date"] == str(TODAY)


def test_the_lines_show_how_they_were_linked(shop: Shop, fetched: DailyResult) -> None:
    methods = {row["method"]: row["lines"] for row in table(shop, keys.ORDER_ITEMS, "match methods")}
    assert methods == {"exact": 6, "no link": 1}  # of the partition's day
    assert {row["method"]: row["lines"] for row in table(shop, keys.MATCH_REVIEW_QUEUE, "match methods")} == {
        "exact": 16,
        "no link": 1,
    }
    assert {row["menu_item"] for row in table(shop, keys.ORDER_ITEMS, "newest")} >= {VANILLA, ""}


def test_the_queue_shows_who_waits_and_how_sure_the_links_are(shop: Shop, fetched: DailyResult) -> None:
    found = metadata(shop, keys.MATCH_REVIEW_QUEUE)
    assert (found["names waiting"], found["rupees waiting"]) == (1, 50.0)
    assert [row["raw_name"] for row in table(shop, keys.MATCH_REVIEW_QUEUE, "waiting, dearest first")] == [
        "Something Nobody Knows"
    ]
    assert found["confidence"].startswith("![lines by confidence](data:image/png;base64,")


def test_the_sales_are_shown_by_item_by_add_on_and_by_channel(shop: Shop, fetched: DailyResult) -> None:
    found = metadata(shop, keys.SALES)
    [lines] = shop.rows("SELECT sum(total_price) AS rupees FROM order_items")
    assert Decimal(str(found["rupees"])) == lines["rupees"]
    assert found["revenue by channel and day"].startswith("![net revenue by channel](data:image/png;base64,")
    items = {(row["menu_item"], row["variant"]): row for row in table(shop, keys.SALES, "by item")}
    assert items[VANILLA, "REGULAR_SCOOP_120GMS"]["quantity"] == 3 * 3 + 1
    assert items["(no link)", ""]["revenue"] == 50.0
    [cones] = [row for row in table(shop, keys.SALES, "by add-on") if row["menu_item"] == "Waffle Cone"]
    assert (cones["as_addon"], cones["as_item"], cones["quantity"]) == (4, 3, 7)
    channels = {row["order_from"] for row in table(shop, keys.SALES, "by channel")}
    assert channels == {"Zomato", "POS", "Swiggy"}
    assert table(shop, keys.SALES, "without a link, dearest first")[0]["name_raw"] == "Something Nobody Knows"
    assert table(shop, keys.SALES, "add-ons by what they go with")[0]["added_to"] == "Ice Cream"


def test_the_menu_and_the_decisions_are_described(shop: Shop, fetched: DailyResult) -> None:
    assert metadata(shop, keys.MENU)["dagster/row_count"] == 4
    assert {row["type"] for row in table(shop, keys.MENU, "types")} == {"Ice Cream", "Dessert", "Extra"}
    assert metadata(shop, keys.ITEM_ALIASES)["dagster/row_count"] == 0


def test_what_was_received_is_an_observation_of_the_external_asset(shop: Shop, fetched: DailyResult) -> None:
    [record] = shop.instance.fetch_observations(keys.PETPOOJA_EVENTS, limit=10).records
    assert record.asset_observation is not None
    assert record.asset_observation.metadata["orders read"].value == 13


def test_nothing_of_the_customer_stands_in_any_event_of_the_run(shop: Shop, fetched: DailyResult) -> None:
    told = "".join(str(entry) for entry in shop.instance.all_logs(fetched.run_id))
    assert "Something Nobody Knows" in told  # names of dishes do
    for secret in ANNA.values():
        assert secret not in told


def test_the_next_fetch_brings_only_what_is_new(shop: Shop, fetched: DailyResult) -> None:
    shop.state.add(bill(14, SECOND, vanilla()), bill(15, date(2025, 3, 31), vanilla()))  # late, and very late
    result = shop.fetch()
    assert result.success
    found = metadata(shop, keys.PETPOOJA_ORDERS)
    assert (found["orders read"], found["read up to"]) == (2, 15)
    assert metadata(shop, keys.PETPOOJA_ORDERS, str(SECOND))["dagster/partition_row_count"] == 5
    # A day before the first partition is loaded all the same.
    assert shop.rows("SELECT count(*) AS n FROM orders WHERE business_date = '2025-03-31'") == [{"n": 1}]
    assert "2025-03-31" not in shop.instance.get_materialized_partitions(keys.PETPOOJA_ORDERS)


def test_the_incremental_job_fetches_without_describing_menu_and_decisions(shop: Shop, fetched: DailyResult) -> None:
    result = shop.fetch()
    assert result.success
    assert not {"restaurant__menu", "restaurant__item_aliases"} & set(result.seconds)
    assert {key.to_user_string() for key in shop.instance.all_asset_keys()} >= LOADED
