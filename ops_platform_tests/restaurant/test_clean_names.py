"""Cleaning names: the design's example word for word, every spelling of a size, and no text that breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.restaurant.clean_names import clean_name, clean_order_item_name, parts_of
from ops_platform.restaurant.name_rules import RuleSet, load_rules
from ops_platform.restaurant.name_text import norm_name, plain_text, words_of

SEED, OPERATOR = load_rules("seed"), load_rules("operator")
EXAMPLE = "Old Fashion Vanilla Ice Cream (Perfect Plenty (300ml))"
PIECES = (
    *("Eggless ", "Eggles", "Vanila ", "Honey ", "&", "&amp;", "&amp;amp;", "(", ")", "[", " ", "\u00a0", "\u200b"),
    *("Ice Cream", "Icecream", "(navratri)", "(Mini Tub (200 ML))", "200ml", "２００ｍｌ", "(2pcs)", " 1kg"),
    *("（", "）", "Small Scoop", "Duo", "Dessert", "Brownie", "’", "-", "+", "Banoffee", "Fig Orange", "70%"),
    *("Bean to bar", "Chocolate", "(contains Alcohol)", "Perfect Plenty", "(Regular)", "Cup", "Café", "\x00", "\n"),
    *("&#40;", "&lt;", "9" * 30, "ﷺ"),
)
raw_names = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=9).map("".join))


def test_the_designs_example_is_cleaned_as_the_design_says() -> None:
    assert clean_order_item_name(EXAMPLE) == {
        "name": "Old Fashion Vanilla Ice Cream",
        "type": "Ice Cream",
        "variant": "REGULAR_TUB_300ML",
    }


def test_the_operators_rules_keep_the_perfect_plenty_apart() -> None:
    assert clean_order_item_name(EXAMPLE, OPERATOR)["variant"] == "PERFECT_PLENTY_300ML"
    assert clean_order_item_name(EXAMPLE, rules=SEED)["variant"] == "REGULAR_TUB_300ML"


@pytest.mark.parametrize(
    ("size", "variant"),
    [
        ("(Mini Tub (200ml))", "MINI_TUB_200ML"),
        ("(Mini tub (160gms))", "MINI_TUB_160GMS"),
        ("(Mini Tub)", "MINI_TUB_160GMS"),
        ("(Mini Indulgence)", "MINI_TUB_200ML"),
        ("(Mini Indulgence (200ml))", "MINI_TUB_200ML"),
        ("200ml", "MINI_TUB_200ML"),
        ("200 ML", "MINI_TUB_200ML"),
        ("(200 ml)", "MINI_TUB_200ML"),
        ("(160 gm)", "MINI_TUB_160GMS"),
        ("160 grams", "MINI_TUB_160GMS"),
        ("(60gm)", "JUNIOR_SCOOP_60GMS"),
        ("Small Scoop", "JUNIOR_SCOOP_60GMS"),
        ("(Junior Scoop (60gm))", "JUNIOR_SCOOP_60GMS"),
        ("(Regular)", "REGULAR_SCOOP_120GMS"),
        ("(Regular Scoop (120gm))", "REGULAR_SCOOP_120GMS"),
        ("(Regular (120gm))", "REGULAR_SCOOP_120GMS"),
        ("Scoop", "REGULAR_SCOOP_120GMS"),
        ("(Regular Tub)", "REGULAR_TUB_220GMS"),
        ("(Regular Tub (300ml))", "REGULAR_TUB_300ML"),
        ("(Perfect Plenty)", "PERFECT_PLENTY_200GMS"),
        ("(Perfect Plenty (325ml))", "PERFECT_PLENTY_325ML"),
        ("(Family Feast)", "FAMILY_TUB_725ML"),
        ("(Family Feast (550gms))", "FAMILY_TUB_550GMS"),
        ("(Family Tub)", "FAMILY_TUB_500GMS"),
        ("(Family Tub (700ml))", "FAMILY_TUB_700ML"),
        ("(Family Tub (810ml))", "FAMILY_TUB_810ML"),
        ("(1pc)", "1_PIECE"),
        ("(2pcs)", "2_PIECES"),
        ("[2 pcs]", "2_PIECES"),
        ("1kg", "1KG"),
        ("400 gms", "400GMS"),
        ("(single)", "SINGLE"),
        ("", "1_PIECE"),
    ],
)
@pytest.mark.parametrize("rule_set", ["seed", "operator"])
def test_every_spelling_of_a_size_is_read(size: str, variant: str, rule_set: RuleSet) -> None:
    found = clean_name(f"Plum Pavlova Ice Cream {size}", load_rules(rule_set))
    assert (found.name, found.variant) == ("Plum Pavlova Ice Cream", variant)
    assert found.variant_known == bool(size)


@pytest.mark.parametrize(
    "raw",
    [
        "Guava Chilli Ice Cream(Mini Tub (200ml))",
        "Guava Chilli Ice Cream (Mini Tub (200ml",
        "Guava Chilli Ice Cream Mini Tub 200ml))",
        "Guava  Chilli\u00a0Ice Cream ( Mini  Tub ( 200 ml ) )",
        "Guava Chilli Ice Cream（Mini tub（２００ｍｌ））",
        "Guava Chilli Icecream (mini tub 200 ML)",
        "Guava Chilli Ice-Cream - 200ml",
        "Guava Chilli\u200b Ice Cream () 200ml",
        "Guava Chilli Ice Cream (Mini Tab (200ml))",
        "Guava Chilli Ice Craem 200ml",
        "Guava Chilli Ide Cream 200ml",
        "Guava Chilli (Mini Tub (200ml)) Ice Cream",
    ],
)
def test_brackets_signs_and_slips_around_a_size_do_not_matter(raw: str) -> None:
    assert clean_order_item_name(raw) == {
        "name": "Guava Chilli Ice Cream",
        "type": "Ice Cream",
        "variant": "MINI_TUB_200ML",
    }


def test_some_words_are_a_size_only_between_brackets() -> None:
    for raw in (
        "Guava Chilli Ice Cream (Regular)",
        "Guava Chilli (Regular) Ice Cream",
        "Guava Chilli Ice Cream (Regular",
    ):
        assert clean_name(raw, SEED)[:3] == ("Guava Chilli Ice Cream", "Ice Cream", "REGULAR_SCOOP_120GMS")
    assert clean_name("Churn Room Factory Visit(family)", SEED).variant == "FAMILY"
    assert clean_name("Guava Chilli Regular", SEED).name == "Guava Chilli Regular"


def test_what_is_too_long_for_a_name_is_left_alone() -> None:
    assert clean_name(f"{'Guava ' * 90}(200ml)", SEED).name == f"{'Guava ' * 90}(200ml)"


def test_a_size_amid_the_name_is_part_of_it() -> None:
    found = clean_name("Winter Plum Cake 310gm With Brandy", SEED)
    assert (found.name, found.variant, found.variant_known) == ("Winter Plum Cake 310gm With Brandy", "1_PIECE", False)


def test_a_bracket_that_says_something_about_a_diet_is_never_a_size() -> None:
    found = clean_name("Burnt Toffee (contains alcohol 200ml)", OPERATOR)
    assert parts_of(found.name, OPERATOR).diet == {"alcohol"}


@pytest.mark.parametrize("raw", ["200 ML", "(Mini Tub)", "Family Tub 500gms", "()", "-", "&", "(2pcs)"])
def test_a_text_of_which_nothing_would_remain_stays(raw: str) -> None:
    assert clean_name(raw, SEED).name == raw
    assert clean_name("", SEED).name == ""


@pytest.mark.parametrize("escaped", ["&amp;", "&amp;amp;", "&amp;amp;amp;", "&#38;", "＆", "&AMP;"])
def test_an_ampersand_is_one_however_often_it_was_escaped(escaped: str) -> None:
    assert clean_name(f"Honey {escaped} Walnut Ice Cream", SEED).name == "Honey & Walnut Ice Cream"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Vanila Bean Ice Cream", "Vanilla Bean Ice Cream"),
        ("Alphanso Crumble Ice Cream", "Alphonso Crumble Ice Cream"),
        ("Eggles Rose Ice Cream", "Eggless Rose Ice Cream"),
        ("Egglss Rose Ice Cream", "Eggless Rose Ice Cream"),
        ("Churn Room Factor Visit", "Churn Room Factory Visit"),
        ("Bean to bar Mocha Ice Cream", "Bean-to-Bar Mocha Ice Cream"),
        ("Smoked Chocolate Dark Ice Cream", "Smoked Dark Chocolate Ice Cream"),
        ("Belgium Dark Chocolate Ice Cream", "Bean-to-Bar Dark Chocolate Ice Cream"),
        ("Burnt Toffee (with Alcohol)", "Burnt Toffee (Contains Alcohol) Ice Cream"),
        ("Burnt Toffee Ice Cream (contains Alcohol)", "Burnt Toffee (Contains Alcohol) Ice Cream"),
        ("Apple Piec", "Apple Pie"),
        ("Walnut Tart (eggless)", "Walnut Tart Eggless"),
        ("Grandma’s Tart", "Grandma's Tart"),
        ("Lemon Pavlova Dessert", "Lemon Pavlova"),
        ("Creamy Rose Ice Cream", "Creamy Rose Ice Cream"),
        ("Irish Cream Ice Cream", "Irish Cream Ice Cream"),
    ],
)
def test_known_slips_are_put_right_and_real_words_left_alone(raw: str, name: str) -> None:
    assert clean_name(raw, SEED).name == name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Cappuccino", "Drinks"),
        ("Cappuccino Ice Cream", "Ice Cream"),
        ("Churn Room Factory Visit", "Service"),
        ("School Kids Churning Day", "Service"),
        ("Cup", "Extra"),
        ("Waffle Cone", "Extra"),
        ("Waffle Cone Ice Cream", "Ice Cream"),
        ("300 Rider Delivery Charges", "Extra"),
        ("Dry Ice Packaging", "Extra"),
        ("Hot Fudge Sauce", "Extra"),
        ("Walnut Brownie", "Dessert"),
        ("Walnut Brownie & Ice Cream", "Ice Cream"),
        ("Espresso Tiramisu", "Dessert"),
        ("Raspberry Lamington", "Dessert"),
        ("Two Cookie Duo", "Dessert"),
        ("Sweet Pair Duo", "Combo"),
        ("Garden Family Pack Of 3 Ice Creams", "Combo"),
        ("Guava Chilli", "Ice Cream"),
    ],
)
def test_the_type_follows_from_the_words(name: str, kind: str) -> None:
    assert clean_order_item_name(name)["type"] == kind
    assert clean_order_item_name(name, OPERATOR)["type"] == kind


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("Sweet Pair Duo", "DUO_200ML_200ML"),
        ("Sweet Pair Duo Ice Creams (200ml + 200ml)", "DUO_200ML_200ML"),
        ("Garden Family Pack (200+200+200 Ml)", "FAMILY_PACK_3X200ML"),
        ("Garden Family Pack", "FAMILY_PACK_3X200ML"),
        ("Two Cookie Duo", "1_PIECE"),
    ],
)
def test_combos_have_a_size_of_their_own(name: str, variant: str) -> None:
    assert clean_order_item_name(name)["variant"] == variant


def test_a_festivals_edition_is_the_same_item_to_the_operator_and_another_to_the_seed() -> None:
    raw = "Guava Chilli Ice Cream (navratri) (Mini Tub (200ml))"
    assert clean_name(raw, OPERATOR).name == "Guava Chilli Ice Cream"
    assert clean_name(raw, SEED).name == "Guava Chilli Ice Cream (navratri)"


def test_a_scoop_or_tub_of_something_is_ice_cream_to_the_operator() -> None:
    assert clean_name("Guava Chilli (Mini Tub (160gms))", OPERATOR).name == "Guava Chilli Ice Cream"
    assert clean_name("Guava Chilli", OPERATOR).name == "Guava Chilli"
    assert clean_name("Walnut Brownie (2pcs)", OPERATOR).name == "Walnut Brownie"


def test_eggless_in_a_name_is_never_lost() -> None:
    for raw in ("Eggless Guava Chilli 200ml", "Guava Chilli (Eggless) 200ml", "Guava Chilli Eggles (Mini Tub (200ml))"):
        for rules in (SEED, OPERATOR):
            assert parts_of(clean_name(raw, rules).name, rules).diet == {"eggless"}


def test_no_alcohol_is_not_alcohol() -> None:
    assert parts_of("Cider Sorbet (Non-Alcoholic)", SEED).diet == {"no alcohol"}
    assert parts_of("Cider Sorbet (Contains Alcohol)", SEED).diet == {"alcohol"}


@given(raw_names)
@settings(deadline=None)
def test_any_text_is_cleaned_and_cleaning_a_clean_name_changes_nothing(raw: str) -> None:
    for rules in (SEED, OPERATOR):
        found = clean_name(raw, rules)
        assert found.type
        assert found.variant
        assert bool(found.name) == bool(plain_text(raw))
        assert clean_name(found.name, rules).name == found.name


@pytest.mark.parametrize(
    "raw", ["x (200ml)" * 40, "Dessert " * 60, "(" * 400, "&amp;" * 90, "a" * 20_000, "ice cream " * 49]
)
def test_long_texts_end_too(raw: str) -> None:
    found = clean_name(raw, OPERATOR)
    assert clean_name(found.name, OPERATOR).name == found.name


@given(raw_names)
@settings(deadline=None)
def test_the_key_of_a_key_is_itself(raw: str) -> None:
    assert norm_name(norm_name(raw)) == norm_name(raw)
    assert plain_text(plain_text(raw)) == plain_text(raw)


def test_the_key_of_a_name_ignores_what_tills_write_differently_and_keeps_the_size() -> None:
    key = norm_name("Honey & Walnut (Mini Tub (200ml))")
    assert norm_name("HONEY &amp; Walnut(mini tub(200ml)) ") == key
    assert norm_name("Honey ＆ Walnut （Mini Tub （200ml））") == key
    assert norm_name("Honey & Walnut (Mini Tub (160gms))") != key


def test_words_are_compared_without_accents_capitals_and_the_word_and() -> None:
    assert words_of("Crème Brûlée & Rose") == words_of("CREME BRULEE and rose") == ("creme", "brulee", "rose")
    assert words_of("Nona’s") == words_of("Nona's") == ("nonas",)
    assert words_of("and") == ("and",)
