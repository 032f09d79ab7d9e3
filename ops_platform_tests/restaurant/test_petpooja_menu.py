"""PetPooja's menu JSON: which number belongs to what, and what cannot be taken, with its place in the file."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.restaurant.clean_names import clean_order_item_name
from ops_platform.restaurant.menu_file import MenuFile
from ops_platform.restaurant.petpooja_menu import read_petpooja_menu
from ops_platform.restaurant.sheets import SheetError


def clean(raw: str) -> dict[str, str]:
    found = clean_order_item_name(raw)
    return {"name": found["name"], "type": found["type"], "variant": found["variant"]}


def read(items: Any, groups: Any = None) -> MenuFile:
    document = {"success": "1", "restaurants": [{}], "items": items, "addongroups": groups or []}
    return read_petpooja_menu(json.dumps(document).encode(), clean)


VANILLA: dict[str, Any] = {
    "itemid": "100",
    "itemallowvariation": "1",
    "itemname": "Old Fashion Vanilla Ice Cream",
    "price": "0",
    "active": "1",
    "variation": [
        {"id": "501", "variationid": "9", "name": "Perfect Plenty (300ml)", "price": "360.00", "active": "1"},
        {"id": "502", "variationid": "8", "name": "Mini Tub", "price": 199.5, "active": "0"},
    ],
}


def test_a_variations_own_id_is_the_number_orders_carry_and_its_name_is_the_size() -> None:
    found = read([VANILLA])
    assert found.problems == []
    assert not found.is_verified
    assert [(e.name, e.type, e.variant, e.petpooja_itemid, e.price, e.is_active) for e in found.entries] == [
        ("Old Fashion Vanilla Ice Cream", "Ice Cream", "REGULAR_TUB_300ML", 501, Decimal("360.00"), True),
        ("Old Fashion Vanilla Ice Cream", "Ice Cream", "MINI_TUB_160GMS", 502, Decimal("199.50"), False),
    ]


def test_an_item_without_variations_is_one_piece_with_its_own_number() -> None:
    found = read([{"itemid": 7, "itemname": "Water Bottle", "price": 20, "variation": []}])
    assert [entry[2:7] for entry in found.entries] == [("Water Bottle", "Drinks", "1_PIECE", Decimal("20.00"), 7)]
    assert found.entries[0].is_active


def test_an_addon_that_is_sold_by_itself_too_is_one_entry_with_both_numbers() -> None:
    groups = [
        {
            "addongroupid": "1",
            "addongroup_name": "Cuporcone",
            "addongroupitems": [
                {"addonitemid": "71", "addonitem_name": "Waffle Cone", "addonitem_price": "50", "active": "1"},
                {"addonitemid": "72", "addonitem_name": "Cup", "addonitem_price": "0", "active": "1"},
            ],
        }
    ]
    found = read([{"itemid": "7", "itemname": "Waffle Cone", "price": "60"}], groups)
    assert [(e.name, e.price, e.petpooja_itemid, e.petpooja_addonid, e.addon_eligible) for e in found.entries] == [
        ("Waffle Cone", Decimal("60.00"), 7, "71", True),
        ("Cup", Decimal("0.00"), None, "72", True),
    ]
    assert found.problems == []


def test_what_cannot_be_taken_is_told_with_its_place_and_the_rest_is_taken() -> None:
    items = [
        {"itemid": "1", "itemname": "", "price": "5"},
        "no item",
        {"itemid": "2", "itemname": "Cup", "price": "free"},
        VANILLA | {"variation": [{"id": "x", "name": "Mini Tub", "price": "1"}, None]},
        {"itemid": "4", "itemname": "Americano", "price": "90"},
        {"itemid": "5", "itemname": "Americano", "price": "95"},
    ]
    found = read(items)
    assert [problem.column for problem in found.problems] == [
        "items[0].itemname",
        "items[1]",
        "items[2].price",
        "items[3].variation[0].id",
        "items[3].variation[1]",
        "items[5]",
    ]
    assert "items[4]" in found.problems[-1].text
    assert [entry.name for entry in found.entries] == ["Americano"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"items": {}}', b"\xff\xfe\x00", b'{"orders": []}'])
def test_a_file_that_is_no_petpooja_menu_is_refused(data: bytes) -> None:
    with pytest.raises(SheetError, match=r"no JSON|no PetPooja menu"):
        read_petpooja_menu(data, clean)


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12))
anything = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner))
)
things = st.fixed_dictionaries(
    {},
    optional={
        "itemid": anything,
        "itemname": anything,
        "price": anything,
        "active": anything,
        "variation": st.one_of(anything, st.lists(st.fixed_dictionaries({"id": scalars, "name": scalars}))),
        "addongroupitems": st.lists(st.fixed_dictionaries({"addonitemid": scalars, "addonitem_name": scalars})),
    },
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(anything, things), max_size=4), anything | st.lists(things, max_size=3))
def test_no_menu_makes_reading_fail_and_nothing_is_dropped_in_silence(items: list[Any], groups: Any) -> None:
    found = read(items, groups)
    keys = [entry.key for entry in found.entries]
    numbers = [entry.petpooja_itemid for entry in found.entries if entry.petpooja_itemid]
    assert len(set(keys)) == len(keys)
    assert len(set(numbers)) == len(numbers)
    told = {problem.column for problem in found.problems}
    assert {f"items[{number}]" for number, item in enumerate(items) if not isinstance(item, dict)} <= told
    nameless = {f"items[{number}].itemname" for number, item in enumerate(items) if item == {}}
    assert nameless <= told
