"""Text of names in the forms that are compared: plain characters, the key of a raw name, words.

What belongs here: what is true of every name, whatever the rules say. What does not: rules (name_rules.py), cleaning
(clean_names.py), likeness (likeness.py).
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from typing import Final

_QUOTES: Final = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "“": '"', "”": '"', "„": '"', "″": '"'}
    | dict.fromkeys("‐‑‒–—―−", "-")
)
_NESTED_AMP: Final = re.compile(r"&(?:amp;?)+(?=[#a-z0-9]|$|\W)", re.IGNORECASE)
_ACCENTS: Final = re.compile("[\u0300-\u036f]+")
_WORD: Final = re.compile(r"[^\W_]+")
_GAPS_AT_BRACKETS: Final = re.compile(r"\s*([()\[\]{}])\s*")
_SAYS_AND: Final = frozenset({"and", "n"})


def plain_text(raw: str) -> str:
    """Return `raw` as a person would have typed it: entities undone, NFKC, plain quotes and dashes, single spaces.

    Entities are undone however often they were escaped (`&amp;amp;`). Signs that cannot be seen are dropped, because
    two names that look alike must be alike. Plain text stays as it is.
    """
    text = _visible(raw)
    while True:
        # A system in between may have escaped what was escaped already, and full-width signs hide entities.
        undone = _visible(html.unescape(_NESTED_AMP.sub("&", text))) if "&" in text else text
        if undone == text:
            return text
        text = undone


def _visible(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
        text = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cn", "Co", "Cs"})
        text = unicodedata.normalize("NFKC", text)  # what stood on both sides of a dropped sign may join
    elif "`" in text:
        text = text.replace("`", "'")
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(text.split())


@functools.lru_cache(maxsize=65536)
def norm_name(raw: str) -> str:
    """Return the key of a raw name in aliases and the review queue: capitals, entities and spaces do not matter.

    Sizes do: an alias names a variant too. The key of a key is itself. Remembered, because every decision about one
    name asks for the keys of all.
    """
    text = plain_text(raw)
    while True:
        folded = plain_text(text.casefold())
        if folded == text:
            break
        text = folded
    return " ".join(_GAPS_AT_BRACKETS.sub(r" \1 ", text).split())


@functools.lru_cache(maxsize=65536)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of plain text, folded: no capitals, accents or punctuation, and no word for "and".

    Apostrophes join (`nona's` is nonas), every other sign parts words.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("’", ""))
    words = _WORD.findall(unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed)))
    return tuple(word for word in words if word not in _SAYS_AND) or tuple(words)
