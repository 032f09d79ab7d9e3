"""The calls of the shop's design text, as it writes them."""

from __future__ import annotations

from ops_platform.restaurant.clean_names import clean_order_item_name
from ops_platform.restaurant.menu import Alias, Aliases
from ops_platform.restaurant.name_text import norm_name
from ops_platform.restaurant.single_names import fuzzy_match_menu_item, match_item
from ops_platform_tests.restaurant.name_menus import shop_menu


def test_one_raw_name_is_matched_as_a_whole_load_is() -> None:
    found = match_item("Honey & Walnut Ice Cream (Mini Tub (200ml))", shop_menu())
    assert (found["menu_item_id"], found["match_method"], found["clean_variant"]) == (1, "exact", "MINI_TUB_200ML")
    aliases = Aliases({norm_name("Bee's Knees"): Alias(1, 101)})
    assert match_item("Bee’s Knees", shop_menu(), aliases)["match_method"] == "manual"


def test_a_cleaned_name_finds_its_item_or_nothing() -> None:
    cleaned = clean_order_item_name("Guava Chili Ice Cream (Regular Scoop)")
    found = fuzzy_match_menu_item(cleaned["name"], cleaned["type"], shop_menu())
    assert found is not None
    assert found.name == "Guava Chilli Ice Cream"
    assert fuzzy_match_menu_item("Guava Lime Ice Cream", "Ice Cream", shop_menu()) is None
    assert fuzzy_match_menu_item("Guava Chilli Ice Cream", "Dessert", shop_menu()) is None
    assert fuzzy_match_menu_item("", "Ice Cream", shop_menu()) is None
