"""Matching: the surest way first, and nothing is linked that a person would not link without thinking."""

from __future__ import annotations

import random
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.restaurant.calibration import with_slips
from ops_platform.restaurant.match import REASONS, RESULT_COLUMNS, MatchLimits, match_names
from ops_platform.restaurant.menu import Alias, Aliases, Menu
from ops_platform.restaurant.name_rules import load_rules, parse_rules
from ops_platform.restaurant.name_text import norm_name
from ops_platform_tests.restaurant.name_menus import SCOOP, SHOP, TUB, match, menu_frame, shop_menu

SEED = load_rules("seed")
DOUBLES_RULES = parse_rules(
    "rule_set,step,pattern,replacement,source,note\n"
    "operator,eggless_flavour,Plum Pavlova,Eggless Plum Pavlova Ice Cream,,\n"
    "operator,diet,\\beggless\\b,eggless,,\noperator,generic,\\bice cream\\b,,,\n"
    "operator,variant,200ml,MINI_TUB_200ML,,\n",
    "operator",
)
RIGHTFUL = ("Eggless Plum Pavlova Ice Cream", "Ice Cream", (TUB,))
DOUBLES = (
    ("Plum Pavlova", "Ice Cream", (TUB,)),
    ("Plum Pavlova Ice Cream", "Ice Cream", (TUB,)),
    ("Eggless Plum Pavlova", "Ice Cream", (TUB,)),
)


def with_ids() -> Menu:
    frame = menu_frame(petpooja_itemid=range(5000, 5000 + len(menu_frame())))
    frame.loc[frame["name"] == "Cup", "petpooja_addonid"] = "61"
    return Menu.from_frame(frame)


def test_a_known_id_links_whatever_size_the_name_states() -> None:
    [row] = match("Honey & Walnut Ice Cream", menu=with_ids(), petpooja_id=5001)
    assert (row.menu_item_id, row.match_method, row.match_confidence) == (1, "exact", Decimal("100.00"))
    assert (row.reason, row.band) == ("id_map", "automatic")
    assert row.variant_id == shop_menu().variant_ids[TUB]


def test_an_id_under_quite_another_name_links_and_is_shown_to_a_person() -> None:
    [row] = match("Campfire Special", menu=with_ids(), petpooja_id="5001")
    assert (row.menu_item_id, row.match_method, row.reason, row.band) == (1, "exact", "id_name_differs", "review")
    assert 80 < row.match_confidence < 90
    assert row.candidates[0]["name"] == "Honey & Walnut Ice Cream"


def test_a_person_may_say_what_the_name_of_a_reused_id_means() -> None:
    aliases = Aliases({norm_name("Campfire Special"): Alias(3, 101)})
    [row] = match("Campfire Special", menu=with_ids(), petpooja_id="5001", aliases=aliases)
    assert (row.menu_item_id, row.variant_id, row.match_method, row.reason) == (3, 101, "manual", "alias")


def test_the_ids_of_items_and_of_addons_are_two_things() -> None:
    assert match("Cup", menu=with_ids(), petpooja_id="61", kind="addon")[0].reason == "id_map"
    assert match("Cup", menu=with_ids(), petpooja_id="61", kind="item")[0].reason == "exact"


def test_what_a_person_said_about_a_name_goes_before_its_words() -> None:
    aliases = Aliases({norm_name("Guava Chilli Ice Cream (Regular)"): Alias(1, 102)})
    [row] = match("GUAVA CHILLI ICE CREAM (regular)", aliases=aliases)
    assert (row.menu_item_id, row.variant_id, row.match_method) == (1, 102, "manual")
    assert (row.match_confidence, row.reason, row.band) == (Decimal("100.00"), "alias", "automatic")


def test_a_name_that_is_no_item_stays_unlinked_without_asking_again() -> None:
    [row] = match("Guava Chilli Ice Cream", aliases=Aliases({norm_name("Guava Chilli Ice Cream"): Alias(None, None)}))
    assert (row.menu_item_id, row.variant_id, row.match_method, row.match_confidence) == (None, None, None, None)
    assert (row.reason, row.band) == ("no_item", "none")


def test_a_cleaned_name_of_the_menu_in_its_size_is_exact() -> None:
    [row] = match("honey &amp; walnut Ice Cream (Mini Tub (200ml))")
    assert (row.menu_item_id, row.match_method, row.match_confidence) == (1, "exact", Decimal("100.00"))
    assert (row.clean_name, row.clean_type, row.clean_variant) == ("honey & walnut Ice Cream", "Ice Cream", TUB)
    assert (row.reason, row.band) == ("exact", "automatic")


def test_a_size_the_item_lacks_lowers_the_confidence_and_is_kept_where_it_is_known() -> None:
    known, unknown = match("Guava Chilli Ice Cream (Mini Tub (200ml))", "Guava Chilli Ice Cream 1kg")
    assert known.menu_item_id == unknown.menu_item_id == 3
    assert known.variant_id == shop_menu().variant_ids[TUB]
    assert unknown.variant_id is None
    assert known.reason == unknown.reason == "variant_missing"
    assert known.match_confidence == unknown.match_confidence == Decimal("95.00")


def test_of_two_items_with_one_name_the_one_sold_in_the_size_is_meant() -> None:
    shop = (("Guava Chilli", "Ice Cream", (SCOOP,)), ("GUAVA CHILLI", "Ice Cream", (TUB,)))
    assert match("Guava Chilli 200ml", menu=shop_menu(shop))[0].menu_item_id == 2
    assert match("Guava Chilli (Regular)", menu=shop_menu(shop))[0].menu_item_id == 1


def test_a_slip_no_rule_knows_is_linked_below_100() -> None:
    [row] = match("Guava Chili Ice Craem (Regular Scoop)")
    assert (row.menu_item_id, row.match_method, row.reason, row.band) == (3, "fuzzy", "fuzzy", "automatic")
    assert 90 <= row.match_confidence < 100
    assert row.candidates[0]["menu_item_id"] == 3
    assert len(row.candidates) == 3


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("Eggless Guava Chilli Ice Cream", "diet"),
        ("Guava Chilli (Contains Alcohol) Ice Cream", "diet"),
        ("Burnt Toffee Ice Cream", "diet"),
        ("Guava Chilli & Lime Ice Cream", "words"),
        ("Guava Ice Cream", "words"),
        ("Guava Chilli", "words"),
        ("Walnut & Honey Ice Cream", "words"),
        ("Burnt Toffee Brwnie", "type"),
        ("500 Rider Delivery Charges", "words"),
        ("Gift Voucher", "below_review"),
        ("!!!", "empty"),
        ("", "empty"),
    ],
)
def test_what_a_person_would_have_to_think_about_is_not_linked(raw: str, reason: str) -> None:
    for rule_set in ("seed", "operator"):
        [row] = match(raw, rules=load_rules(rule_set))  # type: ignore[arg-type]
        assert (row.menu_item_id, row.variant_id, row.match_method) == (None, None, None)
        assert row.reason == reason
        assert row.band == ("none" if reason in ("below_review", "empty") else "review")
        assert (row.match_confidence is None) == (reason == "empty")
        assert row.match_confidence is None or row.match_confidence < 90


def test_a_name_on_the_menu_under_a_type_the_words_do_not_tell_is_linked() -> None:
    menu = shop_menu((("Lemon Posset", "Dessert", ("1_PIECE",)),))
    [row] = match("Lemon Posset", menu=menu)
    assert (row.menu_item_id, row.reason, row.match_confidence) == (1, "other_type", Decimal("95.00"))


def test_a_name_whose_words_tell_another_type_is_not_linked() -> None:
    [row] = match("Waffle Cone", menu=shop_menu((("Waffle Cone", "Dessert", ("1_PIECE",)),)))
    assert (row.menu_item_id, row.reason, row.band) == (None, "type", "review")


def test_two_items_about_equally_near_are_for_a_person() -> None:
    shop = (("Guava Chilli Swirl", "Ice Cream", (SCOOP,)), ("Guava Chilla Swirl", "Ice Cream", (SCOOP,)))
    [row] = match("Guava Chille Swirl", menu=shop_menu(shop))
    assert (row.menu_item_id, row.reason, row.band) == (None, "margin", "review")
    assert {candidate["menu_item_id"] for candidate in row.candidates} == {1, 2}


def test_of_two_items_equally_near_the_one_of_the_right_type_comes_first() -> None:
    shop = (("Guava Chilli", "Dessert", ("1_PIECE",)), ("Guava Chilli", "Ice Cream", ("1_PIECE",)))
    [row] = match("Guava Chili", menu=shop_menu(shop))
    assert (row.menu_item_id, row.match_method) == (2, "fuzzy")
    assert row.candidates[0]["score"] - row.candidates[1]["score"] == pytest.approx(10, abs=0.02)


def test_the_limits_decide_what_is_linked() -> None:
    name = "Guava Chili Ice Cream (Regular)"
    assert match(name)[0].match_method == "fuzzy"
    strict = match(name, limits=MatchLimits(automatic_from=100))[0]
    assert (strict.menu_item_id, strict.reason, strict.band) == (None, "below_automatic", "review")
    assert strict.match_confidence < 100
    assert match(name, limits=MatchLimits(margin=100))[0].reason == "margin"
    assert match(name, limits=MatchLimits(automatic_from=99, review_from=99))[0].reason == "below_review"


@pytest.mark.parametrize("limits", [(60, 70, 5), (101, 70, 5), (90, -1, 5), (90, 70, -1)])
def test_limits_that_contradict_each_other_are_refused(limits: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="review_from <= automatic_from"):
        MatchLimits(*limits)


@pytest.mark.parametrize("raw", ["Plum Pavlova 200ml", "Plum Pavlova Ice Cream", "Eggless Plum Pavlova", "Plum Pavlva"])
def test_a_double_leads_to_the_item_the_rules_name(raw: str) -> None:
    menu = shop_menu((*DOUBLES, RIGHTFUL))
    [row] = match(raw, menu=menu, rules=DOUBLES_RULES)
    assert row.menu_item_id == len(DOUBLES) + 1
    assert row.band == "automatic"


@pytest.mark.parametrize("raw", ["Plum Pavlova 200ml", "Plum Pavlova Ice Cream", "Eggless Plum Pavlova", "Plum Pavlva"])
def test_a_double_whose_rightful_item_is_missing_is_never_linked(raw: str) -> None:
    [row] = match(raw, menu=shop_menu(DOUBLES), rules=DOUBLES_RULES)
    assert (row.menu_item_id, row.band) == (None, "review")
    assert row.reason in {"double", "diet"}
    assert {candidate["name"] for candidate in row.candidates} <= {name for name, _, _ in DOUBLES}


def test_a_size_in_an_items_own_name_is_part_of_it() -> None:
    shop = (("Cola 300ml", "Drinks", ("1_PIECE",)), ("Cola 500ml", "Drinks", ("1_PIECE",)))
    small, large, neither = match("COLA 300 ML".replace(" ML", "ml"), "Cola 500ml", "Cola", menu=shop_menu(shop))
    assert (small.menu_item_id, large.menu_item_id, neither.menu_item_id) == (1, 2, None)
    assert small.variant_id == shop_menu(shop).variant_ids["1_PIECE"]
    assert small.reason == "exact"


def test_an_item_no_longer_sold_is_only_meant_where_none_that_is_sold_fits() -> None:
    frame = menu_frame((*SHOP, ("Guava Chilly Ice Cream", "Ice Cream", (SCOOP,))))
    frame.loc[frame["menu_item_id"].isin([2, 10]), "is_active"] = False
    rows = match("Eggless Honey & Walnut Ice Cream", "Guava Chill Ice Cream", menu=Menu.from_frame(frame))
    assert [row.menu_item_id for row in rows] == [2, 3]
    assert [row.match_method for row in rows] == ["exact", "fuzzy"]


def test_an_addon_is_an_extra_and_one_piece_unless_its_name_says_otherwise() -> None:
    shop = (*SHOP, ("Sprinkles", "Extra", ("1_PIECE",)), ("Sprinkles", "Ice Cream", (SCOOP,)))
    sprinkles, cone, unknown, scoop = match(
        "Sprinkles", "Waffle Cone", "Gold Leaf", "Guava Chilli Ice Cream (Regular)", menu=shop_menu(shop), kind="addon"
    )
    assert sprinkles.menu_item_id == 10
    assert (sprinkles.clean_type, sprinkles.clean_variant, sprinkles.reason) == ("Extra", "1_PIECE", "exact")
    assert cone.menu_item_id == 6
    assert (unknown.menu_item_id, unknown.clean_type) == (None, "Extra")
    assert (scoop.menu_item_id, scoop.clean_variant) == (3, SCOOP)
    assert match("Sprinkles", menu=shop_menu(shop))[0].menu_item_id == 11


def test_without_a_menu_nothing_is_linked() -> None:
    [row] = match("Guava Chilli Ice Cream", menu=shop_menu(()))
    assert (row.menu_item_id, row.band, row.reason, row.candidates) == (None, "none", "empty", [])


def test_rows_come_back_as_they_were_with_the_results_added() -> None:
    names = pd.DataFrame(
        {
            "line": ["a", "b", "c"],
            "name_raw": ["Cup", "Waffle Cone", "Cup"],
            "petpooja_id": [None, 7.0, float("nan")],
            "kind": "item",
        },
        index=[7, 3, 5],
    )
    found = match_names(names, shop_menu(), Aliases(), SEED)
    assert list(found.columns) == [*names.columns, *RESULT_COLUMNS]
    assert list(found.index) == [7, 3, 5]
    assert list(found["menu_item_id"]) == [7, 6, 7]
    assert found["line"].tolist() == ["a", "b", "c"]
    again = match_names(found, shop_menu(), Aliases(), SEED)
    assert list(again.columns) == list(found.columns)


def test_no_names_give_no_rows_with_all_columns() -> None:
    empty = pd.DataFrame({"name_raw": [], "petpooja_id": [], "kind": []})
    assert list(match_names(empty, shop_menu(), Aliases(), SEED).columns) == [*empty.columns, *RESULT_COLUMNS]


def test_the_result_is_the_same_every_time_and_in_every_order() -> None:
    chance = random.Random(5)
    raws = [with_slips(name, 2, chance) for name, _, _ in SHOP for _ in range(6)]
    once = {row.name_raw: row[4:] for row in match(*raws)}
    again = {row.name_raw: row[4:] for row in match(*reversed(raws))}
    assert once == again


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6), st.sampled_from(["item", "addon"]))
@settings(max_examples=60, deadline=None)
def test_any_names_are_answered_and_a_method_stands_exactly_where_a_link_does(raws: list[str], kind: str) -> None:
    for row in match(*raws, kind=kind):
        assert (row.match_method is None) == (row.menu_item_id is None)
        assert row.match_confidence is None or Decimal(0) <= row.match_confidence <= Decimal(100)
        assert row.band in ("automatic", "review", "none")
        assert row.reason in REASONS
        assert len(row.candidates) <= 3
        assert [c["score"] for c in row.candidates] == sorted((c["score"] for c in row.candidates), reverse=True)


@given(st.integers(0, 10_000), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_names_of_the_menu_with_slips_lead_to_their_item_or_to_a_person(seed: int, slips: int) -> None:
    chance = random.Random(seed)
    raws = [with_slips(name, slips, chance) for name, _, _ in SHOP]
    for number, row in enumerate(match(*raws), 1):
        if row.match_method == "fuzzy":
            assert row.menu_item_id == number
            assert row.match_confidence >= 90
