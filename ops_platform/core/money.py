"""Amounts of money as files and systems write them, read into exact decimals.

What belongs here: one amount, from a JSON number or a text to a Decimal that fits its column. What does not: which
amounts may be negative or must agree with others (the businesses), currencies and their rates.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from functools import cache, lru_cache
from typing import Any, Final

_NOISE_PLACES: Final = 9
_LONGEST_SHOWN: Final = 40
_LARGEST_BITS: Final = 256
# Wide enough for every step of an amount that fits a column; of the longer ones only the size is looked at.
_EXACT: Final = Context(prec=60)
_AMOUNT: Final = re.compile(
    # Every blank follows a sign or a word, so that a text of a thousand blanks is read once and not over and over.
    r"(?:(?P<minus>[-−])\s*)?(?:(?:₹|rs\.?|inr)\s*)?(?:(?P<sign>[-−+])\s*)?"
    # 1,440 and 1,44,000: groups of two or three, the last of three. "1,44" could mean 1.44, so it is refused.
    r"(?P<whole>[0-9]{1,3}(?:[, \u00a0\u202f][0-9]{2,3})*[, \u00a0\u202f][0-9]{3}|[0-9]+)?"
    r"(?P<part>\.[0-9]*)?(?P<power>e[-+]?[0-9]{1,9})?",
    re.IGNORECASE,
)
_SEPARATORS: Final = str.maketrans("", "", ", \u00a0\u202f")


class MoneyError(ValueError):
    """What was given is no amount; the text says what it is and how to write one.

    code: missing (nothing was given), not_a_number, too_large (it does not fit the column).
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def money(value: Any, *, places: int = 2, digits: int = 10) -> Decimal:
    """Return the amount with exactly `places` decimals, as a column numeric(digits, places) stores it.

    value: int, Decimal, float or text. A text may have a rupee sign, `Rs.` or `INR`, thousands separators of either
    habit (1,44,000 and 144,000), blanks for commas, a sign, and an exponent; the point is always the decimal point.

    Rounding is half up, away from zero, as bills are rounded. Whatever stands behind the ninth decimal is the noise
    of binary fractions and goes first, so that 0.30000000000000004 is 0.30 and 1.0049999999999999 is 1.01, as the
    1.005 it stands for. A float counts as the shortest decimal that means it. Minus zero is zero.

    Errors: MoneyError, also for true and false, NaN and infinity.
    """
    kind = type(value)
    # The same few prices come over and over. Not for texts, which may be long.
    return _of_number(value, places, digits) if kind is float or kind is int else _rounded(value, places, digits)


def _rounded(value: Any, places: int, digits: int) -> Decimal:
    number = _number(value)
    if not number:
        return _zero(places)
    # The size first: rounding a number of a million digits takes long, and fails.
    if number.adjusted() < digits - places:
        rounded = number.quantize(_unit(places), ROUND_HALF_UP, _EXACT)
        if rounded != number:
            rounded = number.quantize(_unit(_NOISE_PLACES), ROUND_HALF_EVEN, _EXACT)
            rounded = rounded.quantize(_unit(places), ROUND_HALF_UP, _EXACT)
        if not rounded:
            return _zero(places)
        if rounded.adjusted() < digits - places:
            return rounded
    largest = _unit(0).scaleb(digits - places) - _unit(places)
    raise MoneyError("too_large", f"{_shown(value)} is too large: at most {largest:,} can be stored")


_of_number = lru_cache(maxsize=8192)(_rounded)


def _number(value: Any) -> Decimal:
    kind = type(value)
    if kind is float:
        number = Decimal(repr(value))
    elif kind is Decimal:
        number = value
    elif kind is int:
        # Making a decimal of thousands of digits takes quadratic time, and none that long fits.
        number = Decimal(value if value.bit_length() <= _LARGEST_BITS else 1 << _LARGEST_BITS)
    elif kind is str:
        number = _number_in(value)
    elif value is None:
        raise MoneyError("missing", "no amount is given; write it like 1440.00")
    else:
        raise MoneyError("not_a_number", f"{_shown(value)} is no amount; write it like 1440.00")
    if not number.is_finite():
        raise MoneyError("not_a_number", f"{number} is no amount; write it like 1440.00")
    return number


def _number_in(text: str) -> Decimal:
    stripped = text.strip()
    if not stripped:
        raise MoneyError("missing", "no amount is given; write it like 1440.00")
    match = _AMOUNT.fullmatch(stripped)
    whole, part = (match["whole"] or "", match["part"] or "") if match else ("", "")
    if match is None or not (whole or len(part) > 1) or (match["minus"] and match["sign"]):
        raise MoneyError("not_a_number", f"{_shown(text)} is no amount; write it like 1440.00")
    minus = "-" if match["minus"] or match["sign"] in ("-", "−") else ""
    return Decimal(f"{minus}{whole.translate(_SEPARATORS)}{part}{match['power'] or ''}")


def _shown(value: Any) -> str:
    if isinstance(value, (str, float, Decimal, bool)):
        text = repr(value) if isinstance(value, str) else str(value)
        return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    return "the whole number" if isinstance(value, int) else f"a value of type {type(value).__name__}"


@cache
def _unit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


@cache
def _zero(places: int) -> Decimal:
    return Decimal(0).quantize(_unit(places))
