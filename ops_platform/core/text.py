"""Text as it comes from web pages: cleaning it, comparing it, and guessing what a person meant.

What belongs here: functions from text to text that every business can use. What does not: what a text means
(prices, dates, statuses, dealerships), reading or writing files.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz, process, utils

# A superscript number or dagger is the page's footnote, not part of the name: "Iridium<sup>1</sup>".
_FOOTNOTE: Final = re.compile(r"<sup[^<>]*>[\s\d*†‡]{1,6}</sup>", re.IGNORECASE)
_COMMENT: Final = re.compile(r"<!--[^<>]*-->")
_BREAKING_TAG: Final = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|td|th|h[1-6])\b[^<>]*>", re.IGNORECASE)
# A letter must follow the bracket, so that "weight < 5 t" survives. No pattern here can run back and forth
# over the text ([^<>] stops at the next bracket): a hostile cell costs no more time than a long one.
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_ENTITY_ROUNDS: Final = 3
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs"})
_LIKELY: Final = 60.0
_LONGEST_NAME: Final = 100


def strip_tags(text: str) -> str:
    """Return `text` without HTML tags, comments and footnote marks; the edge of a block becomes a blank."""
    if "<" not in text:
        return text
    text = _FOOTNOTE.sub("", text)
    text = _COMMENT.sub("", text)
    return _TAG.sub("", _BREAKING_TAG.sub(" ", text))


def clean_text(text: str) -> str | None:
    """Return `text` as a person would read it on the page, or None when nothing is left.

    Tags are stripped, HTML entities decoded (also those encoded twice), blanks of every kind (no-break, tab,
    line end) become single spaces, invisible and control characters vanish, and the rest is Unicode NFC, so
    that equal texts are equal strings.
    """
    if "<" in text or "&" in text:
        text = strip_tags(text)
        for _ in range(_ENTITY_ROUNDS):
            decoded = strip_tags(html.unescape(text))
            if decoded == text:
                break
            text = decoded
    text = " ".join(text.split())
    if not text.isprintable():
        text = " ".join(drop_invisible(text).split())
    return (text if text.isascii() else unicodedata.normalize("NFC", text)) or None


def drop_invisible(text: str) -> str:
    """Return `text` without control and invisible characters (zero-width space, byte order mark, ...).

    Two texts that look the same on a screen must not differ by one of them. Line ends and tabs go too.
    """
    if text.isprintable():
        return text
    return "".join(char for char in text if unicodedata.category(char) not in _INVISIBLE)


def fold_key(text: str) -> str:
    """Return the key that two spellings of one name share: letters and digits only, case folded.

    "BMW of West St Louis" and "BMW of West St. Louis" are one; "Kia" and "Kia South" are not. The key of a
    text without letters and digits is "". Folding a key gives the key.
    """
    if text.isascii() and text.isalnum():
        return text.lower()
    folded = clean_text(text) or ""
    # Canonical caseless matching of the Unicode standard: decompose, fold, compose.
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", folded).casefold())
    return "".join(char for char in folded if char.isalnum())


def nearest_name(text: str, known: Iterable[str], *, likely: float = _LIKELY) -> str | None:
    """Return the known name that `text` most resembles, or None when the best scores below `likely` (0..100).

    None too for a text of more than 100 characters: no name is that long, and comparing thousands of them (URLs
    of a shifted column, hostile cells) takes minutes.

    For "did you mean": a guess is shown to a person and never acted upon. The score is the mean of
    rapidfuzz's WRatio and token_ratio, which named the right dealership for all 14 real spellings of the
    agency where each alone was wrong once.
    """
    if len(text) > _LONGEST_NAME:
        return None
    found = process.extractOne(
        text, sorted(set(known)), scorer=_likeness, processor=utils.default_process, score_cutoff=likely
    )
    return found[0] if found else None


def _likeness(left: str, right: str, **_: object) -> float:
    return (fuzz.WRatio(left, right) + fuzz.token_ratio(left, right)) / 2
