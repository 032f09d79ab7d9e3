"""The alphabet of text messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core.gsm import ALPHABET, TAKES_TWO, in_alphabet, is_plain, normalised, plain_segments, segments

_GSM_LETTERS = sorted(ALPHABET | TAKES_TWO)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Don\N{RIGHT SINGLE QUOTATION MARK}t", "Don't"),
        ("\N{LEFT DOUBLE QUOTATION MARK}Hi\N{RIGHT DOUBLE QUOTATION MARK} \N{EM DASH} now", '"Hi" - now'),
        ("later\N{HORIZONTAL ELLIPSIS}", "later..."),
        ("Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}", "Zoe"),
        ("Jos\N{LATIN SMALL LETTER E WITH ACUTE}", "Jos\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("a\N{NO-BREAK SPACE}b\N{ZERO WIDTH SPACE}c\x07", "a bc"),
        ("line\r\nline", "line\nline"),
    ],
)  # fmt: skip
def test_typographic_letters_become_plain_ones(text: str, plain: str) -> None:
    assert normalised(text) == plain


def test_an_emoji_stays_because_dropping_it_could_change_the_meaning() -> None:
    assert normalised("Thanks \N{FLEXED BICEPS}") == "Thanks \N{FLEXED BICEPS}"


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once


@given(st.text(alphabet=_GSM_LETTERS, max_size=400))
def test_text_of_the_alphabet_stays_in_it_letter_by_letter(text: str) -> None:
    assert normalised(text) == text.replace("\r", "")
    assert in_alphabet(normalised(text))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 159 + "€", 2),  # the euro sign takes two places
        ("€" * 153, 3),  # 76 fit into 153 places; none is cut
        ("\N{FLEXED BICEPS}" * 35, 1),
        ("\N{FLEXED BICEPS}" * 36, 2),
        ("\N{FLEXED BICEPS}" * 67, 3),  # 33 a part: no half of one is sent
        ("é" * 160, 1),
        ("ê" * 71, 2),
    ],
)
def test_parts_are_counted_as_carriers_do(text: str, parts: int) -> None:
    assert segments(text) == parts


@given(st.text(st.sampled_from("ab\n\ré^€ê"), max_size=9), st.integers(0, 400))
def test_of_a_plain_text_only_the_length_counts(signs: str, letters: int) -> None:
    text = signs + "x" * letters
    assert is_plain(text) == (normalised(text) == text and set(text) <= ALPHABET)
    if is_plain(text):
        assert plain_segments(len(text)) == segments(text)
