"""The demo's menu: an own shop, with unique items, sizes and ids."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from ops_platform.paths import project_root
from ops_platform.restaurant.clean_names import clean_order_item_name
from ops_platform.restaurant.demo_menu import ADDON_NAMES, demo_menu, item_code, menu_rows
from ops_platform.restaurant.name_rules import TYPES
from ops_platform.restaurant.variants import variant_name

REAL_MENU = project_root().parent / "shared" / "data" / "restaurant" / "menu_catalog.csv"


@pytest.fixture(scope="module")
def real_menu() -> Path:
    if not REAL_MENU.is_file():
        pytest.skip(f"the real menu is not in {REAL_MENU.parent}")
    return REAL_MENU


def test_the_menu_is_as_large_as_a_real_one() -> None:
    menu = demo_menu()
    assert 250 <= len(menu) <= 350
    assert 45 <= menu[["name", "type"]].drop_duplicates().shape[0] <= 50
    assert set(menu["type"]) == set(TYPES)


def test_no_item_is_listed_twice_in_a_size_and_no_name_has_two_types() -> None:
    menu = demo_menu()
    assert not menu.duplicated(["name", "type", "variant"]).any()
    assert menu.groupby("name")["type"].nunique().max() == 1


def test_most_rows_have_an_id_of_their_own_and_some_have_none() -> None:
    menu = demo_menu()
    ids = menu["petpooja_itemid"].dropna()
    assert ids.is_unique
    assert 0.75 < len(ids) / len(menu) < 0.95
    addonids = menu["petpooja_addonid"].dropna()
    assert addonids.is_unique
    assert 0 < len(addonids) < menu["addon_eligible"].sum()


def test_what_can_be_added_to_a_line_is_marked_once_an_item() -> None:
    eligible = demo_menu().query("addon_eligible")
    assert sorted(eligible["name"]) == sorted(ADDON_NAMES)
    assert set(eligible["variant"]) == {"1_PIECE"}


def test_prices_are_exact_rupees_and_only_the_cup_is_free() -> None:
    menu = demo_menu()
    assert all(isinstance(price, Decimal) for price in menu["price"])
    assert set(menu.loc[menu["price"] <= 0, "name"]) == {"Cup"}


def test_sizes_are_written_as_the_platform_writes_them() -> None:
    assert all(variant_name(size) == size for size in demo_menu()["variant"].unique())


def test_every_eggless_twin_stands_beside_its_flavour_but_one_that_is_only_eggless() -> None:
    names = set(demo_menu()["name"])
    eggless = {name for name in names if name.startswith("Eggless ")}
    assert len(eggless) >= 6
    assert {name for name in eggless if name.removeprefix("Eggless ") not in names} == {
        "Eggless Tender Coconut Ice Cream"
    }


def test_cleaning_a_name_of_the_menu_changes_nothing() -> None:
    for row in menu_rows():
        cleaned = clean_order_item_name(row.name)
        assert (cleaned["name"], cleaned["type"]) == (row.name, row.type)


def test_what_aggregators_sell_can_be_delivered() -> None:
    assert all(row.delivery_eligible for row in menu_rows() if row.aggregator)


def test_a_code_is_ten_letters_of_the_name() -> None:
    assert item_code("Crème Brûlée Ice Cream") == "CRMEBRLEIC"
    assert item_code("Cup") == "CUP"


@pytest.mark.realdata
def test_no_flavour_is_one_of_the_real_shop(real_menu: Path) -> None:
    def flavour(name: str) -> str:
        return name.casefold().replace("eggless", "").replace("ice cream", "").strip()

    with real_menu.open(encoding="utf-8", newline="") as file:
        real = {flavour(row["name"]) for row in csv.DictReader(file) if row["type"] != "Drinks"}
    own = {flavour(row.name) for row in menu_rows() if row.type != "Drinks"}
    assert own & real <= {"cup", "takeaway cup", "waffle cone"}
