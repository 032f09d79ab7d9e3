"""Reading Counterpoint: plain values, stock over locations, net sales with either sign of returns, honest failures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from ops_platform.adapters.counterpoint import Counterpoint, CounterpointError
from ops_platform.retail import snapshots
from ops_platform.settings_retail import CounterpointSettings
from ops_platform_tests.adapters.counterpoint_rows import Store, store


@pytest.fixture
def shop(database_url: str) -> Iterator[Store]:
    with store(database_url) as made:
        yield made


def one(frame: pd.DataFrame) -> dict[str, object]:
    [row] = frame.to_dict("records")
    return row


def day(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_every_frame_has_just_the_columns_the_rules_know(shop: Store) -> None:
    read = shop.counterpoint
    assert list(read.items().columns) == list(snapshots.ITEMS)
    assert list(read.stock().columns) == list(snapshots.STOCK)
    assert list(read.sales().columns) == list(snapshots.SALES)
    assert list(read.receivings(date(2026, 1, 1)).columns) == list(snapshots.RECEIVINGS)
    assert list(read.open_documents().columns) == list(snapshots.OPEN_DOCUMENTS)
    assert list(read.product_map().columns) == list(snapshots.PRODUCT_MAP)
    assert list(read.web_descriptions().columns) == list(snapshots.WEB_DESCRIPTIONS)


def test_an_item_comes_trimmed_with_codes_in_capitals_and_nothing_as_none(shop: Store) -> None:
    shop.item("10093  ", DESCR="Fern  ", CATEG_COD="ground", STAT="a", PROF_COD_1="  ", PRC_1=Decimal("14.95"))
    item = one(shop.counterpoint.items())
    assert (item["item_no"], item["descr"], item["category"], item["status"]) == ("10093", "Fern", "GROUND", "A")
    assert item["brand"] is None
    assert item["price"] == Decimal("14.95")
    assert item["regular_price"] is None


def test_flags_are_true_or_false_whatever_is_missing(shop: Store) -> None:
    shop.item("A", IS_ECOMM_ITEM="Y", IS_ADM_TKT=None, USR_CPC_IS_ENABLED=None, TRK_INV=None)
    item = one(shop.counterpoint.items())
    assert [item[name] for name in ("is_web_item", "is_parent", "is_web_visible", "tracks_stock")] == [
        True,
        False,
        True,
        True,
    ]


def test_item_numbers_stay_text(shop: Store) -> None:
    shop.item("0010093")
    assert one(shop.counterpoint.items())["item_no"] == "0010093"


def test_a_store_may_keep_a_meaning_in_another_column(database_url: str) -> None:
    with store(database_url, columns={"brand": "ITEM_VEND_NO"}) as shop:
        shop.item("A", ITEM_VEND_NO="acme", PROF_COD_1="OTHER")
        assert one(shop.counterpoint.items())["brand"] == "ACME"


def test_an_unknown_meaning_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ValueError, match="'brnd', which is no meaning; did you mean brand"):
        Counterpoint(CounterpointSettings(columns={"brnd": "PROF_COD_1"}), "postgresql://nobody@localhost/none")


def test_stock_is_summed_over_the_locations_that_count(database_url: str) -> None:
    rows = [
        {"ITEM_NO": "A", "LOC_ID": "1", "QTY_ON_HND": 5, "QTY_COMMIT": 2, "QTY_ON_PO": 7},
        {"ITEM_NO": "A", "LOC_ID": "WEB", "QTY_ON_HND": Decimal("1.5")},
        {"ITEM_NO": "A", "LOC_ID": "OLD", "QTY_ON_HND": 100},
    ]
    with store(database_url) as everywhere:
        everywhere.insert("IM_INV", *rows)
        assert one(everywhere.counterpoint.stock())["available"] == Decimal("104.5")
    with store(database_url, locations=("1", "WEB")) as two:
        two.insert("IM_INV", *rows)
        assert one(two.counterpoint.stock()) == {
            "item_no": "A",
            "available": Decimal("4.5000"),
            "on_order": Decimal("7.0000"),
        }


@pytest.mark.parametrize("sign", [1, -1])
def test_returns_count_against_their_item_with_either_sign(shop: Store, sign: int) -> None:
    shop.line("A", 3, 30)
    shop.line("A", sign * 1, sign * 10, kind="R")
    shop.line("A", 50, 500, kind="O")  # an order is no sale yet
    assert one(shop.counterpoint.sales()) == {"item_no": "A", "units": Decimal("2.0000"), "revenue": Decimal("20.00")}


def test_sales_of_a_window_hold_both_of_its_days_whole(shop: Store) -> None:
    for moment in ("2026-01-31T23:59", "2026-02-01T00:00", "2026-02-03T18:00", "2026-02-04T00:00"):
        shop.line("A", 1, 1, BUS_DAT=day(moment))
    assert one(shop.counterpoint.sales(date(2026, 2, 1), date(2026, 2, 3)))["units"] == 2


def test_sales_of_some_stores_leave_the_others_out(shop: Store) -> None:
    shop.line("A", 1, 1, STR_ID="1")
    shop.line("A", 2, 2, STR_ID="WEB")
    assert one(shop.counterpoint.sales(stores=["WEB"]))["units"] == 2


def test_the_newest_receiving_of_each_item_is_told(shop: Store) -> None:
    for number, (item, when, quantity) in enumerate(
        [("A", "2026-11-01", 5), ("A", "2026-11-10", 5), ("B", "2026-10-01", 5), ("C", "2026-11-05", 0)]
    ):
        shop.insert(
            "PO_RECVR_HIST_LIN",
            {"RECVR_NO": str(number), "SEQ_NO": 1, "ITEM_NO": item, "RECVR_DAT": day(when), "QTY_RECVD": quantity},
        )
    assert one(shop.counterpoint.receivings(date(2026, 11, 1))) == {"item_no": "A", "received_on": date(2026, 11, 10)}


def test_open_orders_and_holds_name_their_items_once(shop: Store) -> None:
    for number, kind in enumerate(["O", "S", "R"]):
        shop.insert("PS_DOC_LIN", {"DOC_ID": number, "LIN_SEQ_NO": 1, "LIN_TYP": kind, "ITEM_NO": f"{kind.lower()}1 "})
        shop.insert("PS_DOC_LIN", {"DOC_ID": number, "LIN_SEQ_NO": 2, "LIN_TYP": kind, "ITEM_NO": f"{kind.lower()}1"})
    assert sorted(shop.counterpoint.open_documents()["item_no"]) == ["o1", "s1"]


def test_the_product_of_a_binding_comes_before_that_of_its_sizes(shop: Store) -> None:
    shop.insert("CPI_BC_PRODUCTS", {"ITEM_NO": "B0001", "PRODUCT_ID": 7}, {"ITEM_NO": "A ", "PRODUCT_ID": 8})
    shop.insert("CPI_BC_PROD", {"SKU": "A", "PRODUCT_ID": 9, "VARIANT_ID": 1})
    shop.insert("CPI_BC_PROD", {"SKU": "A-2", "PRODUCT_ID": 7, "VARIANT_ID": 2})
    read = shop.counterpoint.product_map()
    assert dict(zip(read["key"], read["product_id"], strict=True)) == {"B0001": 7, "A": 8, "A-2": 7}


def test_an_item_in_two_web_shops_is_both_products(shop: Store) -> None:
    rows = [{"ITEM_NO": "A", "PRODUCT_ID": number, "WEB_ID": web} for web, number in (("1", 9), ("2", 8), ("3", 9))]
    shop.insert("CPI_BC_PRODUCTS", *rows)
    shop.insert("CPI_BC_PROD", {"SKU": "A ", "PRODUCT_ID": 7, "VARIANT_ID": 1})
    read = shop.counterpoint.product_map()
    assert sorted(zip(read["key"], read["product_id"], strict=True)) == [("A", 8), ("A", 9)]


def test_a_web_description_is_as_long_as_its_text_without_blanks_around(shop: Store) -> None:
    texts = {"A ": "  Fern, 1 gal \n", "B": None, "C": "x" * 5000, "D": ""}
    shop.insert("EC_ITEM_DESCR", *({"ITEM_NO": number, "HTML_DESCR": text} for number, text in texts.items()))
    read = shop.counterpoint.web_descriptions()
    lengths = dict(zip(read["item_no"], read["characters"], strict=True))
    assert lengths == {"A": 11, "B": 0, "C": 200, "D": 0}


def test_a_column_that_is_missing_is_named_with_its_meaning(database_url: str) -> None:
    with store(database_url, columns={"brand": "USR_BRAND"}) as shop:
        assert shop.counterpoint.missing_columns() == ["IM_ITEM.USR_BRAND (brand)"]
        with pytest.raises(CounterpointError, match="ops doctor"):
            shop.counterpoint.items()


def test_a_server_that_is_away_is_told_without_its_password() -> None:
    away = Counterpoint(CounterpointSettings(), "postgresql://ops:canary-secret@127.0.0.1:1/counterpoint")
    with pytest.raises(CounterpointError, match="OPS_COUNTERPOINT_DATABASE_URL") as told:
        away.stock()
    assert "canary-secret" not in str(told.value)
