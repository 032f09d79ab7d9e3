"""What of an event may be kept: everything but the customer, in a form PostgreSQL can store.

What belongs here: leaving out people and keys of systems, and making JSON that jsonb takes. What does not: what a
value means (events.py), what is kept of a customer on purpose (customers.py).

Two strengths. `keepable` is what an order keeps as its raw event: known places of personal data are left out, at any
depth, and everything the rows are made of stays, so that a day can be read again from it. `rejectable` is for what
was refused: nobody knows what stands where in it, so free text and whatever looks like a phone number goes too.
Both give themselves again: keepable(keepable(x)) == keepable(x).
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

TEXT_LEFT_OUT: Final = "(text, not kept)"
NUMBER_LEFT_OUT: Final = "(number, not kept)"
TOO_DEEP: Final = "(nested too deeply, not kept)"
DAMAGED: Final = "\ufffd"
"""Stands for a character that PostgreSQL cannot store, or that was lost before the event came here."""

DEEPEST: Final = 40
"""Levels of an event that are kept. A real one has eight; Python and PostgreSQL give up at some thousand."""

_LARGEST_BITS: Final = 14_000  # Python writes whole numbers of up to 4,300 digits
_LARGEST_WITH_POINT: Final = 1e15
_EXACT_DIGITS: Final = 15  # so many digits a float always gives back
_PERSONAL: Final = re.compile(
    r"customer(?!invoiceid$)|phone|mobile|email|address|gstin|gstno|^cust(?:name|no)|^contact|latitude|longitude"
    r"|^token$|accesstoken|secret|apikey|appkey|password"
)
_MEANS_A_PERSON: Final = re.compile(r"phone|mobile|email|gstin|gstno")
_PERSONS_NAMES: Final = frozenset({"name", "firstname", "lastname", "fullname"})
_SOLD: Final = frozenset({"price", "itemid", "addonid", "Order"})
_CONTAINERS: Final = frozenset(
    {"raw_event", "raw_payload", "properties", "Order", "Restaurant", "OrderItem", "addon", "Tax", "Discount"}
)
_FREE_TEXT: Final = frozenset({"comment", "specialnotes", "biller", "assignee"})
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_MANY_DIGITS: Final = re.compile(r"\+?\d[\d ().\-]{8,}\d")
_A_DAY: Final = re.compile(r"(?:\d{4}([-.])\d{2}\1\d{2}|\d{2}([-.])\d{2}\2\d{4})(?: \d{1,2})?")


def storable(text: str) -> str:
    """Return the text with DAMAGED for what PostgreSQL refuses: NUL, and halves of surrogate pairs."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub(DAMAGED, text)


def keepable(value: Any, lost: list[str] | None = None) -> Any:
    """Return a parsed JSON value without customers and systems' keys, as JSON that jsonb gives back unchanged.

    Decimals become JSON numbers where that loses nothing and texts elsewhere, NaN and infinities texts, unstorable
    characters DAMAGED, what is nested more than DEEPEST levels TOO_DEEP, text where an object or list should be
    TEXT_LEFT_OUT. lost: gets an entry when something was nested too deeply.
    """
    return TEXT_LEFT_OUT if isinstance(value, str) else _kept(value, 0, lost if lost is not None else [])


def rejectable(kept: Any) -> Any:
    """Return what `keepable` gave without free text, staff, nested JSON texts and what looks like a phone number."""
    return _masked(kept, "")


def masked_text(text: str) -> str:
    """Return the text with what looks like a phone number left out; days and short numbers stay."""
    return _MANY_DIGITS.sub(_without_number, text)


def _kept(value: Any, depth: int, lost: list[str]) -> Any:
    if depth >= DEEPEST and (value == TOO_DEEP or isinstance(value, (dict, list, tuple))):
        lost.append(TOO_DEEP)
        return TOO_DEEP
    if type(value) is str:
        return storable(value)
    if isinstance(value, dict):
        return _kept_object(value, depth + 1, lost)
    if isinstance(value, (list, tuple)):
        return [_kept(one, depth + 1, lost) for one in value]
    return _kept_scalar(value)


def _kept_object(values: dict[Any, Any], depth: int, lost: list[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    person = False
    for key, value in values.items():
        name = _kept_key(key)
        if name is None:
            person = person or _is_of_a_person(key)
            continue
        # Plain texts are more than half of an event; a call for each would be felt.
        plain = type(value) is str and depth < DEEPEST and value.isascii() and "\x00" not in value
        found = value if plain else _kept(value, depth, lost)
        if name in _CONTAINERS and isinstance(found, str) and found not in ("", TOO_DEEP):
            found = TEXT_LEFT_OUT
        kept[name] = found
    if person and kept.keys().isdisjoint(_SOLD):
        return {name: value for name, value in kept.items() if _folded(name) not in _PERSONS_NAMES}
    return kept


def _kept_scalar(value: Any) -> Any:
    kind = type(value)
    if kind is Decimal:
        return _kept_decimal(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return value if value.bit_length() <= _LARGEST_BITS else NUMBER_LEFT_OUT
    return _kept_float(value) if kind is float else TEXT_LEFT_OUT


def _kept_decimal(number: Decimal) -> Any:
    text = str(number)
    if not number.is_finite():
        return "NaN" if number.is_nan() else text
    if "E" not in text and len(text) <= _EXACT_DIGITS:
        return _kept_float(float(text))
    nearest = float(text)
    return _kept_float(nearest) if math.isfinite(nearest) and Decimal(repr(nearest)) == number else text


def _kept_float(number: float) -> Any:
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    # jsonb writes 1e+16 out as a whole number, and knows no -0.0; the kept event must not change by being stored.
    return int(number) if abs(number) >= _LARGEST_WITH_POINT and number.is_integer() else number or 0.0


def _masked(kept: Any, key: str) -> Any:
    if isinstance(kept, dict):
        return {masked_text(name): _masked(value, name) for name, value in kept.items() if name not in _FREE_TEXT}
    if isinstance(kept, list):
        return [_masked(value, key) for value in kept]
    if isinstance(kept, str):
        if "{" in kept:  # JSON in a text: a customer may be in it, where no key can be seen
            return TEXT_LEFT_OUT
        return kept if _names_a_thing(key) else masked_text(kept)
    if isinstance(kept, (int, float)) and abs(kept) >= 1_000_000_000 and not _names_a_thing(key):
        return NUMBER_LEFT_OUT
    return kept


def _without_number(match: re.Match[str]) -> str:
    text = match[0]
    return text if sum(map(str.isdigit, text)) < 10 or _A_DAY.fullmatch(text) else NUMBER_LEFT_OUT


@lru_cache(maxsize=4096)
def _folded(key: str) -> str:
    return "".join(filter(str.isalnum, key)).casefold()


@lru_cache(maxsize=4096)
def _kept_key(key: str) -> str | None:
    """Return the key as it is stored, None when what stands under it is not kept."""
    return None if _PERSONAL.search(_folded(key)) else storable(key)


@lru_cache(maxsize=4096)
def _is_of_a_person(key: str) -> bool:
    return _MEANS_A_PERSON.search(_folded(key)) is not None


@lru_cache(maxsize=4096)
def _names_a_thing(key: str) -> bool:
    """Whether long numbers under the key are an order's or an item's, as in order_from_id, itemid, itemcode."""
    return _folded(key).endswith(("id", "code"))
