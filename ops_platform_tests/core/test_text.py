"""Cleaning and comparing text from web pages."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core.text import clean_text, drop_invisible, fold_key, nearest_name, strip_tags

MARKUP_AND_TEXT = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            ["<b>", "</b>", "<br/>", "<sup>1</sup>", "&amp;", "&quot;", "&lt;", "<", ">", "&", "<!--", "é", "e\u0301"]
        ),
    ),
    max_size=8,
).map("".join)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  XLT  ", "XLT"),
        ("Town &amp; Country", "Town & Country"),
        ("145&quot; bed", '145" bed'),
        ("Town &amp;amp; Country", "Town & Country"),
        ("&lt;b&gt;Bold&lt;/b&gt;", "Bold"),
        ('<span class="callforprice">Please call for price</span>', "Please call for price"),
        ("Cloudburst Gray<sup>1</sup>", "Cloudburst Gray"),
        ("Oxygen White <SUP> 1 </SUP>", "Oxygen White"),
        ("AMG<sup>®</sup> GT", "AMG® GT"),
        ("Crew<br>Cab", "Crew Cab"),
        ("<div>Crew</div><div>Cab</div>", "Crew Cab"),
        ("S<b>E</b>L", "SEL"),
        ("seen<!-- by scraper -->", "seen"),
        ("load < 5 t", "load < 5 t"),
        ("Crew\u00a0Cab\t4WD\r\nXLT", "Crew Cab 4WD XLT"),
        ("X\u200bL\ufeffT\u00ad", "XLT"),
        ("a \u200b b", "a b"),
        ("Cafe\u0301", "Café"),
        ("\x08XLT\x7f", "XLT"),
        ("", None),
        (" \u00a0\u200b ", None),
        ("<br>", None),
    ],
)
def test_text_is_cleaned_as_a_person_reads_it(text: str, cleaned: str | None) -> None:
    assert clean_text(text) == cleaned


@given(MARKUP_AND_TEXT)
def test_cleaned_text_has_no_blank_ends_no_control_characters_and_is_composed(text: str) -> None:
    cleaned = clean_text(text)
    if cleaned is not None:
        assert cleaned == " ".join(cleaned.split())
        assert unicodedata.is_normalized("NFC", cleaned)
        assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in cleaned)


@given(st.text(alphabet=st.characters(exclude_characters="&<"), max_size=30))
def test_cleaning_clean_text_changes_nothing(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned is None or clean_text(cleaned) == cleaned


def test_unclosed_markup_costs_no_more_time_than_it_is_long() -> None:
    # Would take hours if a pattern went back to the next bracket again and again.
    hostile = "<sup>" * 20_000 + "<!--" * 20_000 + "&amp;" * 20_000 + "<a " * 20_000
    assert clean_text(hostile) is not None


def test_tags_are_stripped_without_touching_entities() -> None:
    assert strip_tags("<i>A&amp;B</i>") == "A&amp;B"


def test_printable_text_keeps_every_character() -> None:
    assert drop_invisible("Émile's 145\" – ®") == "Émile's 145\" – ®"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("BMW of West St Louis", "BMW of West St. Louis"),
        ("MINI OF ST. LOUIS", "MINI of St. Louis"),
        ("H&amp;W Kia", "h & w kia"),
        ("Serra Honda O'Fallon", "Serra Honda O\u2019Fallon"),
        ("In-Transit", "in_transit"),
        ("STRASSE", "Straße"),
        ("CAFÉ", "Cafe\u0301"),
    ],
)
def test_spellings_of_one_name_share_a_key(left: str, right: str) -> None:
    assert fold_key(left) == fold_key(right) != ""


def test_different_names_have_different_keys() -> None:
    names = ["Kia of Columbia", "Columbia Kia", "Suntrup Kia South", "Suntrup Ford West", "Suntrup Ford Westport"]
    assert len({fold_key(name) for name in names}) == len(names)


def test_text_without_letters_and_digits_has_an_empty_key() -> None:
    assert fold_key(" *-/. ") == ""


@given(MARKUP_AND_TEXT)
def test_the_key_of_a_key_is_the_key(text: str) -> None:
    key = fold_key(text)
    assert fold_key(key) == key


@pytest.mark.parametrize(
    ("text", "known", "nearest"),
    [
        ("min_pirce", ["min_price", "max_price", "year_min"], "min_price"),
        ("yearmin", ["min_price", "year_min"], "year_min"),
        ("Suntrup Ford Westprt", ["Suntrup Ford West", "Suntrup Ford Kirkwood"], "Suntrup Ford West"),
        ("BMW of Columbia", ["Kia of Columbia", "Columbia BMW"], "Columbia BMW"),
        ("zzzzz", ["min_price"], None),
        ("***", ["min_price"], None),
        ("anything", [], None),
        ("min_price" + " " * 90, ["min_price"], "min_price"),
        ("min_price" + " " * 92, ["min_price"], None),  # longer than any name
    ],
)
def test_the_nearest_name_is_suggested_or_none_when_none_is_likely(
    text: str, known: list[str], nearest: str | None
) -> None:
    assert nearest_name(text, known) == nearest


def test_the_nearest_name_does_not_depend_on_the_order_of_the_known_ones() -> None:
    known = ["Kia North", "Kia South"]
    assert nearest_name("Kia Nouth", known) == nearest_name("Kia Nouth", known[::-1])
