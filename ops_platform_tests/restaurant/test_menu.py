"""The menu and people's decisions as matching takes them from frames."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from ops_platform.restaurant.menu import Alias, Aliases, Menu, id_text
from ops_platform_tests.restaurant.name_menus import menu_frame, shop_menu


def test_an_item_has_its_sizes_and_the_order_is_that_of_the_ids() -> None:
    frame = menu_frame()
    menu = Menu.from_frame(frame.sample(frac=1, random_state=3))
    assert list(menu.items) == sorted(frame["menu_item_id"].unique())
    assert set(menu.items[1].variants) == {"REGULAR_SCOOP_120GMS", "MINI_TUB_200ML"}
    assert menu.items[1].name == "Honey & Walnut Ice Cream"
    assert set(menu.variant_ids) == set(frame["variant"])


def test_rows_without_item_or_size_add_the_other_alone() -> None:
    frame = pd.DataFrame(
        {
            "menu_item_id": [1, np.nan, 9],
            "name": ["Rose", None, "Plain"],
            "type": ["Extra", None, "Extra"],
            "variant_id": [76, 77, np.nan],
            "variant": ["1_PIECE", "2_PIECES", None],
            "petpooja_itemid": [None, None, 5],
            "is_active": [True, None, True],
        }
    )
    menu = Menu.from_frame(frame)
    assert list(menu.items) == [1, 9]
    assert menu.items[9].variants == {}
    assert menu.variant_ids["2_PIECES"] == 77
    assert menu.by_itemid == {}


def test_ids_lead_to_an_item_in_a_size() -> None:
    frame = menu_frame(petpooja_itemid=range(5000, 5000 + len(menu_frame())))
    frame.loc[frame["name"] == "Cup", "petpooja_addonid"] = "61"
    menu = Menu.from_frame(frame)
    row = frame.iloc[1]
    assert menu.by_itemid["5001"] == (row["menu_item_id"], row["variant_id"])
    assert menu.by_addonid == {"61": (7, frame.loc[frame["name"] == "Cup", "variant_id"].item())}


def test_an_item_is_active_when_one_of_its_sizes_is() -> None:
    frame = menu_frame()
    frame.loc[frame["menu_item_id"].isin([1, 3]), "is_active"] = False
    frame.loc[frame.index[0], "is_active"] = True
    menu = Menu.from_frame(frame)
    assert menu.items[1].is_active
    assert not menu.items[3].is_active


def test_a_menu_of_some_items_keeps_their_ids_and_all_sizes() -> None:
    menu = Menu.from_frame(menu_frame(petpooja_itemid=range(5000, 5000 + len(menu_frame()))))
    part = menu.only([menu.items[3]])
    assert list(part.items) == [3]
    assert {item for item, _ in part.by_itemid.values()} == {3}
    assert part.variant_ids == menu.variant_ids


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((nothing, None) for nothing in (None, pd.NA, np.nan, "", 0, "0", "00")),
        *((number, "42") for number in (42, 42.0, Decimal(42), " 42 ", np.int64(42))),
        ("A-7", "A-7"),
    ],
)
def test_an_id_is_the_same_text_whatever_a_frame_makes_of_it(value: object, text: str | None) -> None:
    assert id_text(value) == text


def test_an_alias_may_say_that_a_name_is_no_item() -> None:
    frame = pd.DataFrame({"raw_name_norm": ["a", "b"], "menu_item_id": [1, np.nan], "variant_id": [101, np.nan]})
    assert Aliases.from_frame(frame).by_name == {"a": Alias(1, 101), "b": Alias(None, None)}


def test_no_menu_at_all_is_a_menu() -> None:
    assert Menu.from_frame(menu_frame().head(0)).items == {}
    assert shop_menu(()).items == {}
