"""Vehicle identification numbers."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.vehicles.vin import (
    WARNINGS,
    check_digit,
    check_vins,
    clean_vin,
    format_problem,
    model_years,
    well_formed,
)
from ops_platform_tests.vehicles.demo_reading import check_digit as by_the_letter
from ops_platform_tests.vehicles.scrape_files import VINS

ALLOWED = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
WELL_FORMED = st.text(alphabet=ALLOWED, min_size=17, max_size=17)
SAMPLE_OF_THE_GUIDE = "WBAJA7C50KK123456"
TEXTBOOK = "1M8GDM9AXKP042788"  # the worked example of the check digit in many textbooks


def warnings(vin: str, year: int | None = None, make: str | None = None) -> list[str]:
    [found] = check_vins(pd.Series([vin]), pd.Series([year], dtype="Int64"), pd.Series([make], dtype=object))
    return found


@pytest.mark.parametrize(
    ("text", "vin"),
    [
        ("1m8gdm9axkp042788", TEXTBOOK),
        ("  1M8GDM9A XKP042788 \t", TEXTBOOK),
        ("1M8GDM9A\u00a0XKP042788\u200b", TEXTBOOK),
        ("", ""),
        ("1m8-x", "1M8-X"),
    ],
)
def test_blanks_go_and_letters_become_capitals(text: str, vin: str) -> None:
    assert clean_vin(text) == vin


@pytest.mark.parametrize("text", ["1m8gdm9axkp04278\u017f", "1m8gdm9axkp04278\u0131", "1m8gdm9axkp04278\u0441"])
def test_a_foreign_letter_never_turns_into_one_of_a_vin(text: str) -> None:
    assert clean_vin(text) == text
    assert format_problem(text) is not None


@given(st.text(alphabet=ALLOWED + "IOQioq -\u00a0\u0410é", max_size=20))
def test_cleaning_twice_is_cleaning_once_and_the_two_judges_of_format_agree(text: str) -> None:
    vin = clean_vin(text)
    assert clean_vin(vin) == vin
    assert (format_problem(vin) is None) == bool(well_formed(pd.Series([vin]))[0])


@pytest.mark.parametrize(
    ("vin", "says"),
    [
        ("", "is empty"),
        (TEXTBOOK[:-1], "has 16 characters"),
        (TEXTBOOK + "0", "has 18 characters"),
        ("MOCKAUDIR0000000000", "has 19 characters"),
        ("1M8GDM9AXKP04278I", "holds I at position 17"),
        ("O" + TEXTBOOK[1:], "holds O at position 1"),
        ("1M8GDM9AXKP0-2788", 'holds "-" at position 13'),
        ("1" * 100_000, "has 100000 characters"),
    ],
)
def test_what_is_wrong_with_a_format_is_said_with_its_place(vin: str, says: str) -> None:
    problem = format_problem(vin)
    assert problem is not None and says in problem and len(problem) < 300


def test_the_textbook_example_has_its_check_digit_and_the_guides_sample_has_not() -> None:
    assert check_digit(TEXTBOOK) == "X" == TEXTBOOK[8]
    assert "check_digit" not in warnings(TEXTBOOK)
    assert check_digit("1" * 17) == "1"
    # The owner's own sample VIN fails it: that is why the check digit is a warning and no error.
    assert warnings(SAMPLE_OF_THE_GUIDE, 2019, "BMW") == ["check_digit"]


@given(WELL_FORMED)
def test_the_check_digit_is_that_of_the_regulation(vin: str) -> None:
    digit = by_the_letter(vin)
    assert check_digit(vin) == digit
    assert ("check_digit" in warnings(vin)) == (vin[8] != digit)


def test_there_is_no_check_digit_of_something_malformed() -> None:
    with pytest.raises(ValueError, match="has 3 characters"):
        check_digit("ABC")
    with pytest.raises(ValueError, match="well-formed"):
        warnings("ABC")


@pytest.mark.parametrize(
    ("code", "years"),
    [
        ("A", (1980, 2010)),
        ("H", (1987, 2017)),
        ("J", (1988, 2018)),
        ("N", (1992, 2022)),
        ("P", (1993, 2023)),
        ("R", (1994, 2024)),
        ("T", (1996, 2026)),
        ("V", (1997, 2027)),
        ("Y", (2000, 2030)),
        ("1", (2001, 2031)),
        ("9", (2009, 2039)),
        ("0", ()),
        ("U", ()),
        ("Z", ()),
    ],
)
def test_the_year_code_repeats_every_thirty_years(code: str, years: tuple[int, ...]) -> None:
    assert model_years(f"{TEXTBOOK[:9]}{code}{TEXTBOOK[10:]}") == years


def test_a_malformed_vin_stands_for_no_year() -> None:
    assert model_years("ABC") == ()


@pytest.mark.parametrize(("year", "warned"), [(2019, False), (1989, False), (2018, True), (2020, True), (None, False)])
def test_a_year_that_the_vin_does_not_stand_for_is_a_warning(year: int | None, warned: bool) -> None:
    assert ("model_year" in warnings(VINS[0], year)) == warned


def test_a_vin_without_a_year_code_contradicts_no_year() -> None:
    assert "model_year" not in warnings("WBA00000000000000", 2019)


@pytest.mark.parametrize(
    ("make", "warned"), [("Ford", False), ("FORD", False), ("Toyota", True), ("Unknown", False), (None, False)]
)
def test_another_make_than_the_first_characters_allow_is_a_warning(make: str | None, warned: bool) -> None:
    assert ("make_mismatch" in warnings(VINS[0], 2019, make)) == warned


@pytest.mark.parametrize(
    ("vin", "warned"),
    [
        ("5TDABAB60SS09A250", True),
        ("5TDABAB60SS0925AB", True),
        ("5TDABAB60SS09X250", True),
        ("5TDABAB60SSA09250", False),
        (VINS[0], False),
    ],
)
def test_letters_in_the_last_four_positions_are_a_warning(vin: str, warned: bool) -> None:
    assert ("serial_letters" in warnings(vin)) == warned


def test_warnings_are_given_row_by_row_on_the_index_of_the_vins() -> None:
    vins = pd.Series([VINS[0], SAMPLE_OF_THE_GUIDE, VINS[1]], index=[5, 7, 9])
    found = check_vins(vins, pd.Series([2019, 2023, 2019], dtype="Int64"), pd.Series(["Ford", "BMW", "Kia"]))
    assert found.to_dict() == {5: [], 7: ["check_digit", "model_year"], 9: ["make_mismatch"]}
    assert {code for codes in found for code in codes} <= set(WARNINGS)


def test_no_vins_have_no_warnings() -> None:
    nothing = pd.Series([], dtype=object)
    assert check_vins(nothing, pd.Series([], dtype="Int64"), nothing).tolist() == []
