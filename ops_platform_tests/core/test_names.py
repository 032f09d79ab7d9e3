from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core.names import (
    ascii_fold,
    is_safe_file_name,
    slugify,
    timestamp_text,
)

HOSTILE = [
    "",
    ".",
    "..",
    "...",
    " ",
    "../../etc/passwd",
    "..\\..\\windows\\system32",
    "C:\\evil",
    "C:evil",
    "name:stream",
    "a/b",
    "a\\b",
    "CON",
    "con.txt",
    "NUL.png",
    "nul .tar.gz",
    "COM1",
    "LPT9.csv",
    "COM¹",
    "CONIN$",
    "trailing dot.",
    "trailing blank ",
    "trailing both . .",
    "no-break blank\u00a0",
    "line\nbreak",
    "nul\x00byte",
    "tab\there",
    "<b>|?*\"'",
    "\u2028",
    "x" * 5000,
    "é" * 300 + ".png",
    "\ud800 lone surrogate",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_not_itself_taken_for_a_safe_name(text: str) -> None:
    assert not is_safe_file_name(text)


@pytest.mark.parametrize("name", ["WBAJA7C50KK123456.png", "Serra Honda of O'Fallon.csv", "überführt.csv", ".hidden"])
def test_a_good_name_is_taken_for_a_safe_one(name: str) -> None:
    assert is_safe_file_name(name)


def test_a_reserved_device_name_is_moved_out_of_the_way() -> None:
    assert slugify("Con") == "con_"


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Serra Honda of O'Fallon", "serra_honda_of_ofallon"),
        ("Serra Honda of O’Fallon", "serra_honda_of_ofallon"),
        ("H&W Kia", "h_w_kia"),
        ("BMW of West St. Louis", "bmw_of_west_st_louis"),
        ("  Citroën -- Düsseldorf  ", "citroen_dusseldorf"),
        ("premium", "premium"),
    ],
)
def test_a_slug_is_readable(text: str, slug: str) -> None:
    assert slugify(text) == slug


@given(st.text())
def test_any_text_has_a_slug_that_is_a_safe_name_and_stays_that_slug(text: str) -> None:
    slug = slugify(text)
    assert is_safe_file_name(slug)
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")
    assert slugify(slug) == slug


def test_names_in_another_script_get_slugs_that_differ() -> None:
    assert slugify("東京") != slugify("大阪")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ram® 1500", "Ram(R) 1500"),
        ("20” wheels – Driver’s", "20\" wheels - Driver's"),
        ("Citroën", "Citroen"),
        ("à\u00a0la carte…", "a la carte..."),
        ("½", "1/2"),
        ("東", "?"),
    ],
)
def test_text_is_spelled_in_ascii(text: str, folded: str) -> None:
    assert ascii_fold(text) == folded


@given(st.text())
def test_folded_text_is_ascii(text: str) -> None:
    assert ascii_fold(text).isascii()


def test_a_moment_in_a_name_sorts_like_the_moment() -> None:
    assert timestamp_text(datetime(2025, 7, 4, 5, 6, 7, tzinfo=UTC)) == "20250704_050607"
