"""The alphabet of text messages: what it holds, what a text costs in parts, and how other letters get into it.

What belongs here: GSM 7-bit (3GPP TS 23.038) as carriers count it. What does not: what a text says (retail/campaigns).
One letter outside of the alphabet makes every part hold 67 letters instead of 153 and more than doubles the price.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ALPHABET: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
TAKES_TWO: Final = frozenset("^{}\\[~]|€")
_TYPOGRAPHY: Final = {
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{SINGLE LOW-9 QUOTATION MARK}": "'",
    "\N{PRIME}": "'",
    "\N{GRAVE ACCENT}": "'",
    "\N{ACUTE ACCENT}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{DOUBLE LOW-9 QUOTATION MARK}": '"',
    "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}": '"',
    "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}": '"',
    "\N{HYPHEN}": "-",
    "\N{NON-BREAKING HYPHEN}": "-",
    "\N{FIGURE DASH}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MINUS SIGN}": "-",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{BULLET}": "*",
    "\N{TRADE MARK SIGN}": "(TM)",
    "\N{REGISTERED SIGN}": "(R)",
    "\N{COPYRIGHT SIGN}": "(C)",
    "\N{DEGREE SIGN}": " deg",
    "\t": " ",
}
_MAP: Final = str.maketrans(_TYPOGRAPHY)
_ONLY_GSM: Final = re.compile(f"[{re.escape(''.join(sorted(ALPHABET | TAKES_TWO)))}]*")
_ONE_PLACE: Final = re.compile(f"[{re.escape(''.join(sorted(ALPHABET - {chr(13)})))}]*")
_TWO: Final = re.compile(f"[{re.escape(''.join(sorted(TAKES_TWO)))}]")
_ALONE: Final = 160
_OF_MANY: Final = 153
_BEYOND: Final = re.compile("[\U00010000-\U0010ffff]")


def in_alphabet(text: str) -> bool:
    """Whether every letter is of GSM's alphabet."""
    return _ONLY_GSM.fullmatch(text) is not None


def is_plain(text: str) -> bool:
    """Whether every letter is of GSM's alphabet, takes one place, and stays as it is when the text is normalised."""
    return _ONE_PLACE.fullmatch(text) is not None


def normalised(text: str) -> str:
    """The text with typographic signs as plain ones and foreign accents dropped; control characters go.

    What has no likeness in the alphabet (an emoji, Chinese) stays: dropping it could turn the meaning round. Whoever
    sends it sees the price in `segments`.
    """
    if in_alphabet(text):
        return text.replace("\r", "")
    plain = unicodedata.normalize("NFC", text).translate(_MAP)
    return "".join(map(_letter, plain))


def _letter(letter: str) -> str:
    if letter == "\r":
        return ""
    if letter in ALPHABET or letter in TAKES_TWO:
        return letter
    kind = unicodedata.category(letter)
    if kind in ("Cc", "Cf", "Zl", "Zp"):  # invisible: zero-width joiners, direction marks, byte order marks
        return ""
    if kind == "Zs":
        return " "
    base = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return base if base and in_alphabet(base) else letter


def segments(text: str) -> int:
    """Parts of a text: 160 letters of GSM's alphabet (153 each of several), 70 (67) when one is outside of it.

    A letter that takes two places is never cut, as carriers do it. An empty text is one part.
    """
    wide, alone, each_of_many = (_TWO, _ALONE, _OF_MANY) if in_alphabet(text) else (_BEYOND, 70, 67)
    places = [found.start() for found in wide.finditer(text)]
    length = len(text) + len(places)
    if length <= alone:
        return 1
    if not places:
        return -(-length // each_of_many)
    return _parts(len(text), frozenset(places), each_of_many)


def plain_segments(letters: int) -> int:
    """Parts of a text that `is_plain`, of which only the length counts."""
    return 1 if letters <= _ALONE else -(-letters // _OF_MANY)


def _parts(letters: int, wide: frozenset[int], room: int) -> int:
    parts, used = 1, 0
    for place in range(letters):
        size = 2 if place in wide else 1
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts
