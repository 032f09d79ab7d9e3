"""Every check of the store fails when what it names happens. They pass on a sound store: test_retail_assets."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ops_platform.definitions import defs
from ops_platform.defs.retail import keys
from ops_platform.defs.retail.checks import of_run
from ops_platform_tests.defs.retail.conftest import TAGS, Shop, plain
from ops_platform_tests.flows.retail.conftest import AS_OF

GRAPH = defs.resolve_asset_graph()


def ask(name: str, asset: str) -> dg.AssetCheckEvaluation:
    """Ask one check alone, as a person does in the UI; nothing is run."""
    key = dg.AssetCheckKey(dg.AssetKey(["retail", asset]), name)
    everything = defs.resolve_implicit_global_asset_job_def()
    job = everything.get_subset(asset_selection=frozenset(), asset_check_selection=frozenset({key}))
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, tags=TAGS, raise_on_error=False)
        assert result.success
        [found] = result.get_asset_check_evaluations()
        assert result.get_asset_materialization_events() == []
        return found


def complains(name: str, asset: str) -> tuple[str, list[dict[str, Any]]]:
    """The sentence and the rows of a check that has to fail."""
    found = ask(name, asset)
    assert not found.passed
    return str(found.description), plain(found.metadata).get("rows", [])


def test_a_check_asked_alone_runs_no_automation(sound: Shop) -> None:
    assert ask("no_plan_waits", "brands").passed
    assert sound.rows("SELECT * FROM retail.automation_runs") == []


def test_negative_stock_is_told(sound: Shop) -> None:
    sound.item("NEG", available=-3)
    said, rows = complains("stock_is_not_negative", "stock")
    assert said.startswith("1 of 7 items have less than nothing available: NEG.")
    assert rows == [{"item_no": "NEG", "available": -3.0, "on_order": 0.0}]


@pytest.mark.parametrize("price", [None, 0])
def test_a_web_item_without_a_price_is_told(sound: Shop, price: int | None) -> None:
    sound.item("FREE", PRC_1=price)
    assert "FREE" in complains("web_items_have_a_price", "items")[0]


def test_a_web_item_without_a_description_is_told(sound: Shop) -> None:
    sound.item("MUTE", LONG_DESCR=None)
    said, rows = complains("web_items_have_a_description", "items")
    assert "1 of 7 web items have no long description: MUTE" in said
    assert rows[0]["item"] == "Plant MUTE"


def test_a_web_product_without_a_description_for_its_page_is_told(sound: Shop) -> None:
    for number in ("NONE", "SHORT", "BLANK"):
        sound.item(number)
    sound.describe("SHORT", "<p>" + "x" * 52 + "</p>  ")  # 59 letters
    sound.describe("BLANK", "   ")
    said, rows = complains("web_products_have_a_description", "web_descriptions")
    assert "3 of 9 web products have no description of 60 letters: " in said
    assert {row["item_no"]: row["characters"] for row in rows} == {"BLANK": 0, "NONE": 0, "SHORT": 59}


def test_the_description_of_a_bound_product_is_that_of_its_parent_row(sound: Shop) -> None:
    sound.item("PARENT", USR_PROF_ALPHA_16="B0001", IS_ADM_TKT="Y")
    sound.item("SIZE", USR_PROF_ALPHA_16="B0001")
    assert "1 of 7" in complains("web_products_have_a_description", "web_descriptions")[0]
    sound.describe("PARENT")
    assert ask("web_products_have_a_description", "web_descriptions").passed


def test_an_item_that_is_not_for_the_web_shop_needs_nothing(sound: Shop) -> None:
    sound.item("SHOP", LONG_DESCR=None, PRC_1=None, IS_ECOMM_ITEM="N")
    sound.item("GONE", LONG_DESCR=None, PRC_1=None, STAT="V")
    for name in ("web_items_have_a_price", "web_items_have_a_description", "web_items_have_a_photo"):
        assert ask(name, "items").passed
    assert ask("web_products_have_a_description", "web_descriptions").passed


def test_a_web_item_without_a_photo_is_told(sound: Shop) -> None:
    sound.item("DARK")
    assert "DARK" in complains("web_items_have_a_photo", "items")[0]
    sound.photo("DARK.jpg").rename(sound.settings.retail.photos.folder / "DARK.txt")
    assert "DARK" in complains("web_items_have_a_photo", "items")[0]
    sound.photo("dark^2.jpg")  # a further view, and a computer that knows no capitals
    assert ask("web_items_have_a_photo", "items").passed


@pytest.mark.parametrize("name", ["PARENT", "SIZE", "OTHER", "B0001"])
def test_the_photo_of_a_bound_product_is_that_of_its_sizes(sound: Shop, name: str) -> None:
    sound.item("PARENT", USR_PROF_ALPHA_16="B0001", IS_ADM_TKT="Y")
    for size in ("SIZE", "OTHER"):
        sound.item(size, USR_PROF_ALPHA_16="B0001")
    assert not ask("web_items_have_a_photo", "items").passed
    sound.photo(f"{name}.jpg")
    assert ask("web_items_have_a_photo", "items").passed


def test_a_list_that_is_too_old_is_an_error(sound: Shop) -> None:
    assert not ask("lists_are_fresh", "inventory_upload").passed  # never published
    sound.materialize("inventory_upload")
    old = AS_OF - timedelta(hours=2, minutes=1)
    sound.db.execute("UPDATE retail.published_files SET created_at = :old WHERE name = 'commercial.csv'", old=old)
    found = ask("lists_are_fresh", "inventory_upload")
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.ERROR
    assert str(found.description).startswith("commercial.csv is 2.0 h old (2 allowed)")


def test_a_list_that_was_given_up_may_grow_old_and_a_new_one_has_to_come(sound: Shop) -> None:
    sound.use(inventory_upload__json_twin=True)
    sound.materialize("inventory_upload")
    old = AS_OF - timedelta(hours=3)
    sound.db.execute("UPDATE retail.published_files SET created_at = :old WHERE name LIKE '%.json'", old=old)
    assert not ask("lists_are_fresh", "inventory_upload").passed
    sound.use(inventory_upload__json_twin=False)
    assert ask("lists_are_fresh", "inventory_upload").passed
    sound.db.execute("DELETE FROM retail.published_files WHERE name = 'commercial.csv'")
    assert "Never published: commercial.csv" in complains("lists_are_fresh", "inventory_upload")[0]


def test_a_list_stays_old_while_the_upload_fails(sound: Shop) -> None:
    """The check is asked in the very run that fails: that is when it matters."""
    sound.materialize("inventory_upload")
    sound.db.execute("UPDATE retail.published_files SET created_at = :old", old=AS_OF - timedelta(hours=3))
    sound.sandbox.faults.add("webdav", "status", status=401, times=None)
    result = sound.materialize("inventory_upload")
    assert result.failed_checks == ["retail/inventory_upload: lists_are_fresh"]


def test_a_list_that_lost_rows_is_told_before_it_is_held(sound: Shop) -> None:
    sound.materialize("inventory_upload")
    for number in "EF":
        with sound.pos.counterpoint.engine.begin() as connection:
            connection.exec_driver_sql(f"""UPDATE "IM_ITEM" SET "STAT" = 'V' WHERE "ITEM_NO" = '{number}'""")
    assert "retail/inventory_upload: lists_did_not_shrink" in sound.materialize("inventory_upload").warned_checks
    said, rows = complains("lists_did_not_shrink", "inventory_upload")
    assert "availability.csv has 4 rows, the one before had 6" in said
    assert {row["status"] for row in rows} == {"published"}


def test_a_list_that_is_held_is_told(sound: Shop) -> None:
    sound.materialize("inventory_upload")
    with sound.pos.counterpoint.engine.begin() as connection:
        connection.exec_driver_sql("""UPDATE "IM_ITEM" SET "STAT" = 'V' WHERE "ITEM_NO" > 'B'""")
    result = sound.materialize("inventory_upload")
    assert set(result.warned_checks) >= {
        "retail/inventory_upload: lists_did_not_shrink",
        "retail/inventory_upload: no_plan_waits",
    }
    assert "has 2 rows, the one before had 6 and is held" in complains("lists_did_not_shrink", "inventory_upload")[0]


def test_what_does_not_find_its_partner_is_told(sound: Shop) -> None:
    sound.item("LOST")
    sound.web.add_products({"id": 900, "name": "Orphan Fern", "sku": "none", "price": 1})
    assert "retail/total_sold: web_items_are_products" in sound.materialize("total_sold").warned_checks
    said, _ = complains("web_items_are_products", "total_sold")
    assert "1 web items are no product of the web shop: LOST" in said
    assert "1 products of the web shop are no item: Orphan Fern" in said


def test_missing_brands_are_told_above_a_tenth(sound: Shop) -> None:
    sound.materialize("brands")
    sound.item("BARE")
    said, rows = complains("items_have_a_brand", "brands")
    assert said.startswith("1 of 7 active items have no brand (14.3%, 10% allowed)")
    assert rows == [{"item_no": "BARE", "item": "Plant BARE", "category": "TREES"}]
    for number in range(5):
        sound.item(f"OK{number}", PROF_COD_1="OWN")
    assert ask("items_have_a_brand", "brands").passed


def test_missing_buffers_are_told(sound: Shop) -> None:
    sound.materialize("stock_buffer")
    assert ask("items_have_a_buffer", "stock_buffer").passed
    sound.item("BARE")
    assert complains("items_have_a_buffer", "stock_buffer")[0].startswith("1 of 7 active items have no stock buffer")


def test_a_photo_that_stays_large_is_told(sound: Shop) -> None:
    sound.use(photos__larger_than_bytes=5000)
    (sound.photo("A.jpg").parent / "B.jpg").write_bytes(b"no picture" * 1000)
    said, rows = complains("photos_are_small", "photos")
    assert said.startswith("1 of 6 photos are larger than 5,000 bytes: B.jpg")
    assert rows == [{"name": "B.jpg", "bytes": 10_000}]


def test_a_plan_that_waits_is_told_until_it_is_decided(shop: Shop) -> None:
    for number in range(30):
        shop.item(f"{number:02}", available=0)
    shop.materialize("inactive_products")
    said, rows = complains("no_plan_waits", "inactive_products")
    assert said.startswith("Batch 1 waits since")
    assert "`ops retail approve 1`" in said
    assert rows[0]["planned"] == 30
    assert ask("no_plan_waits", "brands").passed  # another's plan
    shop.db.execute("UPDATE retail.change_batches SET status = 'dropped'")
    assert ask("no_plan_waits", "inactive_products").passed


@pytest.mark.parametrize(
    ("status", "sentence"),
    [("conflict", "1 were left, because somebody had changed the value meanwhile"), ("failed", "1 failed, the first")],
)
def test_a_change_that_was_not_made_is_told(sound: Shop, status: str, sentence: str) -> None:
    sound.materialize("total_sold")
    sound.db.execute("UPDATE retail.changes SET status = :status, detail = 'why' WHERE key = '101'", status=status)
    said, rows = complains("every_change_was_made", "total_sold")
    assert sentence in said
    assert "Plant A" in said
    assert [row["key"] for row in rows] == ["101"]
    sound.materialize("total_sold")  # a later run has nothing to complain about
    assert ask("every_change_was_made", "total_sold").passed


def test_a_store_that_cannot_be_read_fails_the_checks_that_read_it_and_no_other(
    sound: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ops_platform.settings import settings

    monkeypatch.setenv("OPS_COUNTERPOINT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    settings.cache_clear()
    said, _ = complains("stock_is_not_negative", "stock")
    assert said.startswith("This could not be looked at")
    assert ask("no_plan_waits", "brands").passed


def test_every_check_is_broken_by_a_test_of_this_folder() -> None:
    written = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    asked = set(re.findall(r'(?:complains|ask)\(\s*"([a-z_]+)"', written))
    assert {key.name for key in of_run(keys.BY_KEY)} - asked == set()
