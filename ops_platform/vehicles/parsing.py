"""Prices, dates, years and fuels as dealership sites write them, read column by column.

What belongs here: from the text of a cell to its value, and a code when the text could not be used.
What does not: which column is which (layouts), what happens to a row (normalize).

Every function works on the distinct texts of a column: a day's file repeats the same few thousand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from ops_platform.core.text import clean_text

PRICE_CODES: Final = ("zero", "over_500k", "text", "unreadable")
"""What can be said of a price besides its dollars; `parse_price` explains each."""

DEAREST_PLAUSIBLE: Final = 500_000.0
"""Dollars. Rimac, Bentley and Ferrari are dearer and real (754,880), so what is above it is only flagged."""

_LARGEST_STORED: Final = 99_999_999.99
_EARLIEST_DATE_YEAR: Final = 1900
_LATEST_DATE_YEAR: Final = 2099

_PRICE: Final = re.compile(
    r"(?P<bracket>\()?(?P<minus>[-−])?(?:USD?)?\s?\$?\s?(?P<minus2>[-−])?"
    r"(?P<whole>[0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]+)(?P<cents>\.[0-9]*)?(?:\s?USD)?(?(bracket)\))",
    re.IGNORECASE,
)
_ASK: Final = re.compile(r"\b(?:call|contact|ask|inquir|enquir|request|e-?mail)", re.IGNORECASE)
_NO_PRICE: Final = frozenset({"", "na", "none", "null", "nan", "tbd", "tba"})
_DATE: Final = re.compile(
    r"(?:(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})/(?P<y>[0-9]{4})"
    r"|(?P<y2>[0-9]{4})(?P<sep>[/-])(?P<m2>[0-9]{1,2})(?P=sep)(?P<d2>[0-9]{1,2}))"
    r"(?:[T ]+[0-9]{1,2}:[0-9]{2}[0-9:.]*\s*(?:[AP]M|Z|UTC|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.IGNORECASE,
)
_YEAR: Final = re.compile(r"([0-9]{4})(?:\.0*)?")
# PHP's serialize(), e.g. a:2:{s:4:"code";s:1:"G";s:11:"description";s:8:"Gasoline";}
_SERIALISED: Final = re.compile(r"\s*[aOs]:[0-9]+:")
_SERIALISED_TEXT: Final = re.compile(r's:[0-9]+:"([^"]*)"')
_FUEL_WORD: Final = re.compile(
    r"gas|diesel|electric|hybrid|flex|ethanol|e85|unleaded|petrol|hydrogen|propane|\bcng\b|\b[bhm]ev\b|phev",
    re.IGNORECASE,
)


class Price(NamedTuple):
    """Dollars with cents (NaN = none shown) and one of PRICE_CODES or None."""

    dollars: float
    code: str | None


def map_distinct(values: pd.Series, function: Callable[[Any], Any]) -> np.ndarray:
    """Return `function` of every value (None for None) as an object array, called once per distinct value."""
    listed = values.tolist()
    result_of = {value: None if value is None else function(value) for value in dict.fromkeys(listed)}
    return object_array(map(result_of.__getitem__, listed))


def object_array(values: Iterable[Any]) -> np.ndarray:
    """Return the values as they are in an object array, also when there are none (else pandas makes it float64)."""
    listed = list(values)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def parse_price(text: str) -> Price:
    """Return the price in a cell.

    Tags, `$`, `USD` and thousands separators are dropped. Nothing, `*`, `-`, N/A, TBD and the like mean that
    no price is shown. Codes: `zero` = zero or less, which means "no price" (missing); `over_500k` = kept, but
    worth a look; `text` = the dealership wants a call or a mail; `unreadable` = anything else (missing).
    Two readings (`45.000`, `$45,000 $43,000`) are unreadable: a wrong price in print is worse than none.
    """
    if text.isdecimal() and text.isascii():  # nine of ten real prices
        return _judged(float(text))
    cleaned = clean_text(text) or ""
    match = _PRICE.fullmatch(cleaned)
    if match is None:
        return Price(float("nan"), _no_price_code(cleaned))
    whole, cents = match["whole"], match["cents"] or ""
    if len(whole) <= 3 and len(cents) == 4:
        return Price(float("nan"), "unreadable")
    dollars = round(float(re.sub("[, ]", "", whole) + cents), 2)
    return _judged(-dollars if match["bracket"] or match["minus"] or match["minus2"] else dollars)


def _judged(dollars: float) -> Price:
    if dollars <= 0:
        return Price(float("nan"), "zero")
    if dollars > _LARGEST_STORED:
        return Price(float("nan"), "unreadable")
    return Price(dollars, "over_500k" if dollars > DEAREST_PLAUSIBLE else None)


def parse_prices(texts: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return `parse_price` of a column: dollars as float64 (NaN = missing) and the codes as str or None."""
    listed = texts.tolist()
    price_of = {text: parse_price(text) for text in dict.fromkeys(listed)}
    dollars_of = {text: price.dollars for text, price in price_of.items()}
    code_of = {text: price.code for text, price in price_of.items() if price.code}
    dollars = np.array(list(map(dollars_of.__getitem__, listed)), dtype=np.float64)
    return dollars, object_array(map(code_of.get, listed))


def parse_date(text: str) -> date | None:
    """Return the day in MM/DD/YYYY, YYYY/MM/DD or YYYY-MM-DD, with or without a time of day; else None.

    Never DD/MM: of 38,030 real slash dates none has a first part above 12, so 25/12/2024 is an error, not
    Christmas. Years outside 1900..2099 are errors too.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(match[part] or match[f"{part}2"]) for part in "ymd")
    if not _EARLIEST_DATE_YEAR <= year <= _LATEST_DATE_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse_dates(texts: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the days of a column as date or None, and a bool mask of cells that hold text but no day."""
    days = map_distinct(texts, lambda text: parse_date(clean_text(text) or ""))
    written = map_distinct(texts, lambda text: clean_text(text) is not None)
    return days, written.astype(bool) & pd.isna(days)


def parse_years(texts: pd.Series) -> pd.Series:
    """Return the years of a column as Int64 on its index (missing where the cell is no whole year)."""
    years = map_distinct(texts, _parse_year)
    return pd.Series(pd.array(years, dtype="Int64"), index=texts.index)


def parse_fuel(text: str) -> tuple[str | None, bool]:
    """Return the fuel in a cell, cleaned, and whether it had to be dug out of serialised program data.

    From such data the longest text that names a fuel is taken; None when there is none.
    """
    cleaned = clean_text(text)
    if cleaned is None or not _SERIALISED.match(cleaned):
        return cleaned, False
    named = [clean_text(part) for part in _SERIALISED_TEXT.findall(cleaned) if _FUEL_WORD.search(part)]
    return max((name for name in named if name), key=len, default=None), True


def _parse_year(text: str) -> int | None:
    match = _YEAR.fullmatch(clean_text(text) or "")
    return int(match[1]) if match else None


def _no_price_code(cleaned: str) -> str | None:
    if _ASK.search(cleaned):
        return "text"
    letters = "".join(char for char in cleaned.lower() if char.isalnum())
    return None if letters in _NO_PRICE else "unreadable"
