"""The fields of one object of an event, read one by one: lenient about types, strict about meaning.

What belongs here: from a JSON value to a value that fits its column, the reasons why it does not (REJECT_CODES), and
notes about what was mended. What does not: which field means what (events.py).

PetPooja writes numbers as numbers or as text, and nothing as "" or null or not at all; all of that is read alike. A
field that the row cannot do without raises FieldError; another one is stored as missing and noted. Lines count from
1, in paths (`OrderItem[2].price`) as in the tables.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from ops_platform.core.money import MoneyError, money
from ops_platform.restaurant.privacy import DAMAGED, masked_text
from ops_platform.restaurant.quality import Notes

REJECT_CODES: Final = {
    "not_an_object": "should be an object with fields",
    "not_a_list": "should be a list",
    "missing": "is missing or empty, and nothing can stand for it",
    "not_a_number": "is no number",
    "not_whole": "is no whole number",
    "not_positive": "should be above 0",
    "negative": "is below 0, and its column takes no less",
    "too_large": "is too large for its column",
    "not_text": "should be a text",
    "too_long": "is longer than its column",
    "not_a_time": "is no day and time, as in 2025-06-08 20:55:58 of the years 2000 to 2099",
}
"""Why an order or a line is not loaded. Each is said of a field, and followed by what to do."""

INT: Final = 2**31 - 1
BIGINT: Final = 2**63 - 1

_LONGEST_SHOWN: Final = 40
_MOST_DIGITS: Final = 30
_NUMBER: Final = re.compile(r"\s*[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,9})?\s*")
_KINDS: Final = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}


class FieldError(Exception):
    """A field that its row cannot do without is unusable. code: of REJECT_CODES; column: its path, None: the event."""

    def __init__(self, code: str, column: str | None, found: str = "") -> None:
        super().__init__(f"{column or 'The event'} {f'is {found}: it ' if found else ''}{REJECT_CODES[code]}")
        self.code = code
        self.column = column


class Fields:
    """The fields of one object. path: how columns of rejects call the object; entity, line_no, addon_no: of flags."""

    __slots__ = ("_notes", "_path", "_place", "_values")

    def __init__(
        self,
        values: dict[str, Any],
        path: str,
        notes: Notes,
        entity: str = "order",
        line_no: int = 0,
        addon_no: int = 0,
    ) -> None:
        self._values = values
        self._path = path
        self._notes = notes
        self._place = (entity, line_no, addon_no)

    def column(self, key: str) -> str:
        """Return the path of a field, as rejects show it."""
        return f"{self._path}.{key}" if self._path else key

    def note(self, code: str, detail: str) -> None:
        """Note an oddity of this object."""
        self._notes.add(code, detail, *self._place)

    def raw(self, key: str) -> Any:
        """Return a field as it came, None when it is missing."""
        return self._values.get(key)

    def is_empty(self, key: str) -> bool:
        """Whether there is nothing in a field: it is missing, null or blank."""
        value = self._values.get(key)
        return value is None or (type(value) is str and not value.strip())

    def text(self, key: str, longest: int | None = None) -> str | None:
        """Return a text without blanks around it, cut to its column; None when there is none."""
        value = self._values.get(key)
        if value is None or value == "":
            return None
        if type(value) is not str:
            text = _number_as_text(value)
            if text is None:
                self._unreadable(key, value)
                return None
        else:
            text = value.strip()
        if DAMAGED in text:
            self.note("text_damaged", self.column(key))
        if longest is not None and len(text) > longest:
            self.note("text_cut", f"{self.column(key)} has {len(text)} characters, {longest} are stored")
            return text[:longest].rstrip()
        return text or None

    def name(self, key: str, longest: int) -> str:
        """Return a text as it came, because matching starts from it. Errors: FieldError, also when it is too long."""
        value = self._values.get(key)
        text = value if type(value) is str else _number_as_text(value)
        if value is None or (text is not None and not text.strip()):
            raise FieldError("missing", self.column(key))
        if text is None:
            raise FieldError("not_text", self.column(key), kind_of(value))
        if len(text) > longest:
            raise FieldError("too_long", self.column(key), f"a text of {len(text)} characters where {longest} fit")
        if DAMAGED in text:
            self.note("text_damaged", self.column(key))
        return text

    def identifier(self, key: str, longest: int) -> str | None:
        """Return an optional id as text. One that is no id or does not fit is none: a cut id names something else."""
        if self.is_empty(key):
            return None
        value = self._values[key]
        text = value.strip() if isinstance(value, str) else _number_as_text(value)
        if text is None or len(text) > longest or DAMAGED in text:
            self._unreadable(key, value)
            return None
        return text or None

    def whole(self, key: str, largest: int, *, positive: bool = True) -> int:
        """Return a whole number; 3, 3.0, "3" and "3.00" are alike. Errors: FieldError."""
        value = self._values.get(key)
        number = value if type(value) is int else self._whole_in(key, value)
        if positive and number <= 0:
            raise FieldError("not_positive", self.column(key), shown(value))
        if not -largest - 1 <= number <= largest:
            raise FieldError("too_large", self.column(key), shown(value))
        return number

    def whole_or_none(self, key: str, largest: int) -> int | None:
        """Return an optional whole number; None when there is none or it is unreadable, which is noted."""
        if self.is_empty(key):
            return None
        value = self._values[key]
        try:
            return self.whole(key, largest, positive=False)
        except FieldError:
            self._unreadable(key, value)
            return None

    def amount(self, key: str, *, least_zero: bool = False) -> Decimal:
        """Return an amount of rupees that must be there. Errors: FieldError."""
        value = self._values.get(key)
        try:
            amount = money(value)
        except MoneyError as error:
            found = "" if error.code == "missing" else shown(value)
            raise FieldError(error.code, self.column(key), found) from None
        if least_zero and amount < 0:
            raise FieldError("negative", self.column(key), shown(value))
        return amount

    def amount_or_zero(self, key: str, *, least_zero: bool = False) -> Decimal:
        """Return an amount, 0.00 when there is none. Errors: FieldError when there is one and it is unusable."""
        return money(0) if self.is_empty(key) else self.amount(key, least_zero=least_zero)

    def rate(self, key: str) -> Decimal | None:
        """Return a rate in per cent with three places; None when there is none or it is unreadable, which is noted."""
        if self.is_empty(key):
            return None
        value = self._values[key]
        try:
            return money(value, places=3)
        except MoneyError:
            self._unreadable(key, value)
            return None

    def _whole_in(self, key: str, value: Any) -> int:
        if self.is_empty(key):
            raise FieldError("missing", self.column(key))
        if isinstance(value, bool) or not isinstance(value, (str, float)):
            raise FieldError("not_a_number", self.column(key), kind_of(value))
        text = value if isinstance(value, str) else repr(value)
        if not _NUMBER.fullmatch(text):
            raise FieldError("not_a_number", self.column(key), shown(value))
        number = Decimal(text.strip())
        if number.adjusted() > _MOST_DIGITS:
            raise FieldError("too_large", self.column(key), shown(value))
        if number != number.to_integral_value():
            raise FieldError("not_whole", self.column(key), shown(value))
        return int(number)

    def _unreadable(self, key: str, value: Any) -> None:
        self.note("value_unreadable", f"{self.column(key)} is {shown(value)}")


def shown(value: Any) -> str:
    """Return how a value is shown to a person: short, without contents of objects and without phone numbers."""
    if isinstance(value, str):
        text = masked_text(value)
        return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")
    if type(value) is int or isinstance(value, float):
        text = masked_text(str(value)) if abs(value) < 10**_MOST_DIGITS else ""
        return text or f"a number of {Decimal(value).adjusted() + 1} digits"
    return kind_of(value)


def kind_of(value: Any) -> str:
    """Return what kind of JSON value it is, in words."""
    return _KINDS.get(type(value), "a number")


def _number_as_text(value: Any) -> str | None:
    """Return a number as people write it (12.0 is 12), None when the value is none."""
    if type(value) is int:
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return None
