"""The names on the demo's bills: each has one truth, and is found the way that was planned for it."""

from __future__ import annotations

import functools
import unicodedata
from collections import defaultdict

import pandas as pd
import pytest

from ops_platform.restaurant.clean_names import clean_order_item_name
from ops_platform.restaurant.demo_menu import demo_menu, menu_rows
from ops_platform.restaurant.demo_names import WAYS, Way, demo_addons, demo_labels, demo_names
from ops_platform.restaurant.demo_spellings import LOOKALIKES
from ops_platform.restaurant.match import match_names
from ops_platform.restaurant.menu import Aliases, Menu
from ops_platform.restaurant.name_rules import load_rules

MENU_IDS = {
    row.petpooja_itemid: (row.name, row.type, row.variant) for row in menu_rows() if row.petpooja_itemid is not None
}


def test_a_name_has_one_truth_wherever_it_stands() -> None:
    labels = demo_labels()
    assert list(labels.columns) == ["raw_name", "name", "type", "variant"]
    assert labels["raw_name"].is_unique
    assert len(labels) > 800


@pytest.mark.parametrize("way", WAYS)
def test_both_sides_have_names_for_every_way(way: Way) -> None:
    assert {name.side for name in demo_names() if name.way == way} == {"counter", "aggregator"}
    assert any(addon.way == way for addon in demo_addons())


def test_the_id_of_a_line_is_on_the_menu_only_where_it_shall_lead_to_the_item() -> None:
    for name in demo_names():
        if name.way == "id":
            assert MENU_IDS[name.petpooja_itemid] == (name.name, name.type, name.variant)
        else:
            assert name.petpooja_itemid not in MENU_IDS
    addonids = set(demo_menu()["petpooja_addonid"].dropna())
    assert all((addon.petpooja_addonid in addonids) == (addon.way == "id") for addon in demo_addons())


def test_an_id_stands_for_one_item_and_size() -> None:
    meant = defaultdict(set)
    for name in demo_names():
        meant[name.petpooja_itemid].add((name.name, name.type, name.variant))
    assert all(len(items) == 1 for items in meant.values())


def test_exact_names_are_the_menus_once_cleaned() -> None:
    for name in demo_names():
        if name.way == "exact":
            cleaned = clean_order_item_name(name.raw)
            assert (cleaned["name"], cleaned["type"], cleaned["variant"]) == (name.name, name.type, name.variant)


def test_sizes_are_read_from_every_name_but_those_that_need_their_id() -> None:
    for name in demo_names():
        if name.way != "id":
            assert clean_order_item_name(name.raw)["variant"] == name.variant


def test_strangers_and_lookalikes_are_not_on_the_menu_and_all_others_are() -> None:
    items = set(demo_menu()["name"])
    for known in (*demo_names(), *demo_addons()):
        assert (known.name in items) == (known.way != "none") or known.name in LOOKALIKES
    assert not items & set(LOOKALIKES)


def test_the_designs_own_reading_of_perfect_plenty_is_the_truth() -> None:
    plenty = {name.variant for name in demo_names() if name.raw.endswith("(Perfect Plenty (300ml))")}
    assert plenty == {"REGULAR_TUB_300ML"}


@pytest.mark.parametrize(
    "dirt",
    [
        "&amp;",
        "Vanila ",
        "Alphanso",
        "Eggles ",
        "Factor Visit",
        "Piec",
        "Bean to bar",
        "Chocolate Dark",
        "  ",
        "Ice Cream Ice Cream",
    ],
)
def test_the_dirt_of_real_names_is_there(dirt: str) -> None:
    assert any(dirt in name.raw for name in demo_names())


def test_some_names_come_with_letters_taken_apart_and_some_without_ice_cream() -> None:
    assert any(not unicodedata.is_normalized("NFC", name.raw) for name in demo_names())
    assert any("Ice Cream" not in name.raw for name in demo_names() if name.way == "review")


def test_names_from_before_are_only_on_lines_whose_id_is_known() -> None:
    assert {name.way for name in demo_names() if name.raw.startswith(("Grandmother", "Burnt Sugar", "Porter"))} == {
        "id"
    }


@functools.cache
def matched() -> pd.DataFrame:
    """What the matcher makes of every name: way, name (the truth), match_method, band, found (the item's name)."""
    names = [(n.raw, str(n.petpooja_itemid), "item", n.way, n.name) for n in demo_names()]
    names += [(a.raw, a.petpooja_addonid, "addon", a.way, a.name) for a in demo_addons()]
    menu = demo_menu().assign(is_active=True)
    menu["menu_item_id"] = menu.groupby(["name", "type"], sort=False).ngroup() + 1
    menu["variant_id"] = menu.groupby("variant").ngroup() + 1
    found = match_names(
        pd.DataFrame(names, columns=["name_raw", "petpooja_id", "kind", "way", "name"]),
        Menu.from_frame(menu),
        Aliases.from_frame(pd.DataFrame(columns=["raw_name_norm", "menu_item_id", "variant_id"])),
        load_rules("seed"),
    )
    items = menu.drop_duplicates("menu_item_id").set_index("menu_item_id")["name"]
    return found.assign(found=found["menu_item_id"].map(items.to_dict()))


@pytest.mark.parametrize(("way", "method"), [("id", "exact"), ("exact", "exact"), ("fuzzy", "fuzzy")])
def test_the_matcher_links_what_it_shall_link_and_rightly(way: Way, method: str) -> None:
    linked = matched().query("way == @way")
    assert set(linked["match_method"]) == {method}
    assert (linked["found"] == linked["name"]).all()


@pytest.mark.parametrize(("way", "band"), [("review", "review"), ("none", "none")])
def test_the_matcher_leaves_to_people_what_it_shall_leave(way: Way, band: str) -> None:
    left = matched().query("way == @way")
    assert left["menu_item_id"].isna().all()
    assert set(left["band"]) == {band}
