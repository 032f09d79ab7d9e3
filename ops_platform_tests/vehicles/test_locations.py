"""Which dealership a location means: looked up, never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.vehicles.locations import LocationDirectory, location_key

NAMES = ["BMW of West St. Louis", "Suntrup Ford West", "H&W Kia", "Serra Honda of O'Fallon", "South County Autos"]
ALIASES = {
    "Suntrup Ford Westport": "Suntrup Ford West",
    "HW Kia of West County": "H&W Kia",
    "Serra Honda O'Fallon": "Serra Honda of O'Fallon",
    "Tom's Auto Sales": None,
}
DIRECTORY = LocationDirectory(NAMES, ALIASES)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("BMW of West St. Louis", "BMW of West St. Louis"),
        ("bmw of west st louis", "BMW of West St. Louis"),
        ("  BMW  OF WEST ST. LOUIS ", "BMW of West St. Louis"),
        ("H&amp;W Kia", "H&W Kia"),
        ("H & W KIA", "H&W Kia"),
        ("Suntrup Ford Westport", "Suntrup Ford West"),
        ("SUNTRUP FORD WESTPORT", "Suntrup Ford West"),
        ("Serra Honda O\u2019Fallon", "Serra Honda of O'Fallon"),
    ],
)
def test_a_location_is_found_whatever_its_capitals_blanks_and_signs(text: str, name: str) -> None:
    assert DIRECTORY.resolve(text) == name
    assert not DIRECTORY.is_ignored(text)


@pytest.mark.parametrize("text", ["Suntrup Ford Wes", "Suntrup Ford", "BMW", "", "***"])
def test_a_location_that_is_only_similar_is_not_assigned(text: str) -> None:
    assert DIRECTORY.resolve(text) is None and not DIRECTORY.is_ignored(text)


def test_a_seller_that_is_no_client_is_ignored_not_unknown() -> None:
    assert DIRECTORY.is_ignored("TOM'S AUTO SALES") and DIRECTORY.resolve("Tom's Auto Sales") is None


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Suntrup Ford Westprt", "Suntrup Ford West"),  # nearest an alias
        ("BMW of West Saint Louis", "BMW of West St. Louis"),
        ("South County Dodge Chrysler Jeep RAM", "South County Autos"),
        ("Toms Auto Sale", None),  # nearest a seller that is no client
        ("Zanzibar Bicycles", None),
    ],
)
def test_the_nearest_dealership_is_only_suggested(text: str, suggestion: str | None) -> None:
    assert DIRECTORY.suggest(text) == suggestion


def test_aliases_may_come_as_keys() -> None:
    directory = LocationDirectory(NAMES, {location_key(alias): name for alias, name in ALIASES.items()})
    assert directory.resolve("Suntrup Ford Westport") == "Suntrup Ford West"
    assert directory.is_ignored("Tom's Auto Sales")


def test_an_alias_that_spells_its_own_dealership_differently_is_welcome() -> None:
    directory = LocationDirectory(["MINI of St. Louis"], {"MINI OF ST. LOUIS": "MINI of St. Louis"})
    assert directory.resolve("mini of st louis") == "MINI of St. Louis"


def test_an_alias_of_an_unknown_dealership_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(
        ValueError, match=r'"Suntrup Ford Wst", which is no dealership\. Did you mean "Suntrup Ford West"'
    ):
        LocationDirectory(NAMES, {"Westport": "Suntrup Ford Wst"})


def test_two_dealerships_that_differ_in_signs_only_are_refused() -> None:
    with pytest.raises(ValueError, match='"H & W KIA" reads like "H&W Kia"'):
        LocationDirectory(["H&W Kia", "H & W KIA"])


def test_an_alias_that_is_another_dealerships_name_is_refused() -> None:
    with pytest.raises(ValueError, match='"h&w kia" reads like "H&W Kia"'):
        LocationDirectory(NAMES, {"h&w kia": "Suntrup Ford West"})


def test_one_spelling_cannot_be_both_a_client_and_ignored() -> None:
    with pytest.raises(ValueError, match="reads like"):
        LocationDirectory(NAMES, {"Tom's": None, "TOMS": "H&W Kia"})


def test_a_name_of_signs_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no letter"):
        LocationDirectory(["***"])


@given(st.sampled_from(NAMES), st.lists(st.sampled_from([" ", ".", ",", "-", "\u2019", "\u00a0"]), max_size=4))
def test_signs_anywhere_never_change_whose_car_it_is(name: str, signs: list[str]) -> None:
    text = name.upper() if len(signs) % 2 else name.lower()
    for number, sign in enumerate(signs):
        at = number * 3 % len(text)
        text = text[:at] + sign + text[at:]
    assert DIRECTORY.resolve(text) == name
