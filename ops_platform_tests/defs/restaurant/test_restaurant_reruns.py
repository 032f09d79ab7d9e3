"""Work done again, in part, or with something broken: days done twice, a feed that is away, a menu that changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from ops_platform.defs.restaurant import keys
from ops_platform.flows.restaurant.menu import import_menu
from ops_platform.restaurant.name_text import norm_name
from ops_platform.sandbox.petpooja_api import api_service
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.settings import settings
from ops_platform_tests.defs.conftest import metadata
from ops_platform_tests.defs.restaurant.conftest import FIRST, SECOND, TODAY, Shop, bill, item, orders_of, vanilla

TABLES = {
    "orders": "order_id",
    "order_items": "order_item_id",
    "order_item_addons": "order_item_addon_id",
    "order_taxes": "order_id, line_no",
    "order_discounts": "order_id, line_no",
    "data_quality_flags": "order_id, entity, line_no, addon_no, code",
    "match_review_queue": "raw_name_norm",
}


def everything(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    """Every row of the tables a load writes, but for the number of a flag and the time it was noted."""
    found = {name: shop.rows(f"SELECT * FROM {name} ORDER BY {order}") for name, order in TABLES.items()}
    for row in found["data_quality_flags"]:
        del row["flag_id"], row["created_at"]
    return found


def reason(result: dg.ExecuteInProcessResult) -> str:
    """What the one failed step of a run says to a person."""
    [event] = [event for event in result.all_events if event.is_step_failure]
    assert event.step_failure_data.user_failure_data is not None
    return str(event.step_failure_data.user_failure_data.description)


def materialised(shop: Shop, run_id: str) -> set[str]:
    """The partitions of order_items a run marked."""
    records = shop.instance.fetch_materializations(keys.ORDER_ITEMS, limit=1000).records
    return {str(record.partition_key) for record in records if record.run_id == run_id}


def test_a_second_fetch_of_nothing_new_changes_no_row(copied_shop: Shop) -> None:
    before = everything(copied_shop)
    assert copied_shop.fetch(everything=True).success
    assert everything(copied_shop) == before
    assert metadata(copied_shop, keys.PETPOOJA_ORDERS)["orders read"] == 0


def test_a_day_done_again_changes_no_row(copied_shop: Shop) -> None:
    before = everything(copied_shop)
    result = copied_shop.again(FIRST)
    assert result.success
    assert everything(copied_shop) == before
    assert materialised(copied_shop, result.run_id) == {str(FIRST)}
    assert metadata(copied_shop, keys.PETPOOJA_ORDERS)["orders known before"] == 4


def test_any_number_of_days_is_one_run_that_marks_each_of_them(copied_shop: Shop) -> None:
    before = everything(copied_shop)
    result = copied_shop.again(FIRST, SECOND)
    assert result.success
    assert everything(copied_shop) == before
    assert materialised(copied_shop, result.run_id) == {str(FIRST), str(SECOND)}
    assert metadata(copied_shop, keys.ORDER_ITEMS, str(SECOND))["dagster/partition_row_count"] == 5


def test_a_day_done_again_follows_the_menu_of_today(copied_shop: Shop) -> None:
    copied_shop.state.add(bill(21, FIRST, vanilla(), item("Guava Sorbet", 90.0, itemid=77)))
    copied_shop.fetch()
    new = pd.DataFrame([("Guava Sorbet", "Ice Cream", "1_PIECE", 90, 77)], columns=NEW_ITEM)
    with copied_shop.database() as db:
        import_menu(db, new, source="a test")
    assert linked(copied_shop, "Guava Sorbet") == [None]
    assert copied_shop.again(FIRST).success
    assert linked(copied_shop, "Guava Sorbet") == ["Guava Sorbet"]


NEW_ITEM = ["name", "type", "variant", "price", "petpooja_itemid"]


def linked(shop: Shop, name: str) -> list[str | None]:
    """What the lines of a name are linked to."""
    found = shop.rows(
        "SELECT m.name FROM order_items i LEFT JOIN menu_items m USING (menu_item_id) WHERE name_raw = :n", n=name
    )
    return [row["name"] for row in found]


def test_a_day_done_again_never_goes_over_a_persons_decision(copied_shop: Shop) -> None:
    name = "Guava Sorbet"
    copied_shop.state.add(bill(22, FIRST, vanilla(), item(name, 90.0, itemid=78)))
    copied_shop.fetch()
    copied_shop.execute(
        "INSERT INTO item_aliases (raw_name_norm, raw_name, menu_item_id, variant_id, source, verified_by) "
        "SELECT :norm, :n, menu_item_id, variant_id, 'manual', 'a test' "
        "FROM menu_items JOIN menu_item_variants USING (menu_item_id) WHERE name = 'Cup'",
        n=name,
        norm=norm_name(name),
    )
    assert copied_shop.again(FIRST).success
    assert linked(copied_shop, name) == ["Cup"]
    new = pd.DataFrame([(name, "Ice Cream", "1_PIECE", 90, None)], columns=NEW_ITEM)
    with copied_shop.database() as db:
        import_menu(db, new, source="a test")  # now the menu knows better
    decided = everything(copied_shop)
    assert copied_shop.again(FIRST).success
    assert everything(copied_shop) == decided
    [line] = copied_shop.rows("SELECT match_method FROM order_items WHERE name_raw = :n", n=name)
    assert line["match_method"] == "manual"


def test_the_day_that_goes_on_gets_what_is_new_when_it_is_done_again(copied_shop: Shop) -> None:
    copied_shop.state.add(*orders_of(TODAY, 31))
    assert copied_shop.again(FIRST).success
    assert orders_on(copied_shop, TODAY) == 0
    assert copied_shop.again(TODAY).success
    assert orders_on(copied_shop, TODAY) == 4


def orders_on(shop: Shop, day: date) -> int:
    [row] = shop.rows("SELECT count(*) AS n FROM orders WHERE business_date = :d", d=day)
    return int(row["n"])


def test_without_a_running_sandbox_a_day_is_done_again_from_its_kept_events(copied_shop: Shop) -> None:
    with away(copied_shop):
        result = copied_shop.again(SECOND)
        assert result.success
    assert "only kept events were read" in metadata(copied_shop, keys.PETPOOJA_ORDERS)["notes"]


def test_a_fetch_whose_source_is_away_fails_at_once_and_says_what_to_do(copied_shop: Shop) -> None:
    before = everything(copied_shop)
    with away(copied_shop):
        result = copied_shop.run(
            "restaurant_incremental",
            config={"ops": {"load_orders": {"config": {"only_new": True}}}},
            tags={"dagster/partition": str(TODAY)},
        )
    assert not result.success
    assert "no sandbox is running" in reason(result)
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
    assert everything(copied_shop) == before


@contextmanager
def away(shop: Shop) -> Iterator[None]:
    """The sandbox of this home is not to be found."""
    file = shop.settings.home / "sandbox.json"
    aside = file.rename(file.with_name("aside.json"))
    try:
        yield
    finally:
        aside.rename(file)


@pytest.fixture
def petpooja(copied_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The shop asks PetPooja's own API, which knows days; it shows the same orders."""
    service = api_service(copied_shop.state)
    with running_sandbox([service]) as sandbox:
        for name, value in service.settings.items():
            monkeypatch.setenv(name, value.replace("{url}", f"{sandbox.url}/{service.name}"))
        settings.cache_clear()
        yield sandbox
    monkeypatch.undo()
    settings.cache_clear()


def test_a_source_that_knows_days_is_asked_for_the_day_again(copied_shop: Shop, petpooja: Sandbox) -> None:
    copied_shop.state.add(bill(41, FIRST, vanilla(3), clock="13:00:00"))  # the till sent it late
    assert copied_shop.again(FIRST).success
    assert orders_on(copied_shop, FIRST) == 5
    before = everything(copied_shop)
    assert copied_shop.again(FIRST).success
    assert everything(copied_shop) == before


def test_a_day_that_fails_stops_none_of_the_others_and_is_named(copied_shop: Shop, petpooja: Sandbox) -> None:
    copied_shop.state.add(bill(42, SECOND, vanilla(3), clock="13:00:00"))
    petpooja.faults.add("petpooja", "error_in_200", code="103", message="no such shop")
    result = copied_shop.again(FIRST, SECOND)
    assert not result.success
    assert reason(result).startswith(f"{FIRST}: ")
    assert orders_on(copied_shop, SECOND) == 5
    assert materialised(copied_shop, result.run_id) == {str(SECOND)}
