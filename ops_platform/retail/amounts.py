"""Prices and quantities as competitors write them on their pages. What cannot be read for sure is None, no guess."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

LARGEST: Final = Decimal(10) ** 8
"""No plant costs more; a longer run of digits is an item number in the wrong column."""

_AMERICAN: Final = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,4})?|[0-9]+(?:\.[0-9]{1,4})?|\.[0-9]{1,4}"
_EUROPEAN: Final = r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,2}|[0-9]+,[0-9]{1,2}"
_SIGN: Final = r"(?:(?:US|CA|AU)?\$|€|£|USD|CAD|EUR|GBP)"
_PRICE: Final = re.compile(
    rf"{_SIGN}?\s*(?:(?P<american>{_AMERICAN})|(?P<european>{_EUROPEAN}))\s*{_SIGN}?"
    # "12.50 ea", "12.50/flat", "12.50 per pot": what it is for stands in the raw text.
    r"(?:\s*(?:/|per\b)?\s*[a-z][a-z. ]{0,20})?",
    re.IGNORECASE,
)
_QUANTITY: Final = re.compile(
    r"(?P<number>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.0+)?\s*\+?(?:\s*[a-z][a-z. ]{0,20})?", re.I
)
_NOTHING_LEFT: Final = frozenset({"none", "out", "sold out", "out of stock", "unavailable", "not available"})


def price(text: str) -> Decimal | None:
    """The price in a cell: `$1,234.50` is 1234.50; `call`, a range and an empty cell are None."""
    match = _PRICE.fullmatch(text.strip())
    if match is None:
        return None
    american, european = match["american"], match["european"]
    plain = american.replace(",", "") if american else european.replace(".", "").replace(",", ".")
    found = Decimal(plain)
    return found if found < LARGEST else None


def quantity(text: str) -> int | None:
    """How many there are: `1,200` and `1200+` are 1200, `sold out` is 0; what says no number is None."""
    bare = " ".join(text.split())
    if bare.casefold() in _NOTHING_LEFT:
        return 0
    match = _QUANTITY.fullmatch(bare)
    found = None if match is None else int(match["number"].replace(",", ""))
    return found if found is not None and found < LARGEST else None


def names_a_number(text: str) -> bool:
    """Whether a cell holds digits, so that not reading it loses something: `call` does not, `$10 - $12` does."""
    return any(sign.isdigit() for sign in text)
