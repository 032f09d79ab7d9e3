"""How like names are: a ranking that finds the item, and words that agree only where they are the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.restaurant.likeness import is_slip, likeness, same_words
from ops_platform.restaurant.name_text import words_of

NONE: frozenset[str] = frozenset()


def test_scores_are_from_0_to_100_and_100_only_for_the_same_words() -> None:
    spellings = ["honey walnut ice cream", "guava chilli ice cream", "cup"]
    scores = likeness([*spellings, "xyz", ""], spellings)
    assert scores.shape == (5, 3)
    assert np.diag(scores) == pytest.approx([100, 100, 100], abs=1e-3)
    assert scores[:3][~np.eye(3, dtype=bool)].max() < 90
    assert scores[3:].max() < 20
    assert scores.min() >= 0


def test_rare_words_weigh_more_than_those_every_item_has() -> None:
    spellings = [f"{flavour} ice cream" for flavour in ("guava", "honey", "walnut", "saffron", "raspberry")]
    [scores] = likeness(["guaba ice craem"], spellings)
    assert int(scores.argmax()) == 0


def test_there_may_be_nothing_to_compare() -> None:
    assert likeness([], ["a"]).shape == (0, 1)
    assert likeness(["a"], []).shape == (1, 0)


def test_a_name_scores_the_same_whatever_is_asked_with_it() -> None:
    spellings = ["honey walnut ice cream", "guava chilli ice cream"]
    alone = likeness(["guava chily"], spellings)
    among = likeness([f"name {number}" for number in range(700)] + ["guava chily"], spellings)
    assert np.array_equal(alone[0], among[-1])


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Guava Chili", "Guava Chilli"),
        ("Rasberry Ripple", "Raspberry Ripple"),
        ("Raspberrry Rippel", "Raspberry Ripple"),
        ("Hazelnuts", "Hazelnut"),
        ("Passionfruit", "Passion Fruit"),
        ("Honey and Walnut", "Honey & Walnut"),
        ("aWalnut", "Walnut"),
        ("alnut", "Walnut"),
        ("Awlnut", "Walnut"),
    ],
)
def test_slips_plurals_and_gaps_leave_the_words_the_same(name: str, known: str) -> None:
    assert same_words(words_of(name), words_of(known), NONE)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Honey & Walnut Fudge", "Honey & Walnut"),
        ("Honey", "Honey & Walnut"),
        ("Walnut & Honey", "Honey & Walnut"),
        ("Malted Caramel", "Salted Caramel"),
        ("300 Rider", "400 Rider"),
        ("Cake 310gm", "Cake 320gm"),
        ("Fog", "Fig"),
        ("Peach", "Pear"),
        ("Coffee", "Toffee"),
        ("Cup", "Cups"),
        ("Blackberry", "Blueberry"),
    ],
)
def test_other_words_are_other_words(name: str, known: str) -> None:
    assert not same_words(words_of(name), words_of(known), NONE)


def test_a_word_of_the_menu_is_no_slip_of_another() -> None:
    assert same_words(("pearl",), ("pear",), NONE) is True
    assert same_words(("pearl",), ("pear",), frozenset({"pearl", "pear"})) is False
    assert same_words(("cookies",), ("cookie",), frozenset({"cookies", "cookie"})) is True


@given(st.text("abcdefg", min_size=4, max_size=12), st.integers(0, 11), st.sampled_from("abcdefgxyz"))
@settings(deadline=None)
def test_one_wrong_letter_after_the_first_is_a_slip_and_it_is_so_both_ways(word: str, place: int, letter: str) -> None:
    place = 1 + place % (len(word) - 1)
    slipped = word[:place] + letter + word[place + 1 :]
    assert is_slip(slipped, word)
    assert is_slip(word, slipped)
