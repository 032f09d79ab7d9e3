"""Values as American readers of a mail or a report expect them: $1,234.56, 12.3%, Nov 21, 2026, (828) 555-0142.

What belongs here: one value to one short text. What does not: sentences and their order (templates/), and reading
values that people wrote (core/money.py and the businesses). Numbers may come as JSON brings them, as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

MISSING: Final = "n/a"
NOTHING: Final = "–"
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CENT, _ONE, _TENTH, _THOUSANDTH = (Decimal(text) for text in ("0.01", "1", "0.1", "0.001"))


def text(value: Any) -> str:
    """A text as it is; a dash for none."""
    return NOTHING if value is None else str(value)


def money(value: Any) -> str:
    """$1,234.56; -$20.00. Errors: ValueError for what is no number."""
    return _signed(_decimal(value), _CENT, "$")


def dollars(value: Any) -> str:
    """Money without its cents: $1,235."""
    return _signed(_decimal(value), _ONE, "$")


def price(value: Any) -> str:
    """Money as a shop writes it: $10, $7.50."""
    found = _decimal(value)
    return _signed(found, _ONE if found is not None and found == found.to_integral_value() else _CENT, "$")


def number(value: Any) -> str:
    """1,234 and 1,234.5: at most three decimals, and no zeros at their end."""
    found = _decimal(value)
    if found is None:
        return MISSING
    shown = _signed(found, _THOUSANDTH)
    return shown.rstrip("0").rstrip(".")


def percent(value: Any) -> str:
    """A share: 0.123 is 12.3%."""
    found = _decimal(value)
    return MISSING if found is None else _signed(found * 100, _TENTH) + "%"


def change(value: Any) -> str:
    """A change as a share, with an arrow: ▲ 12.3%, ▼ 4.0%, ± 0.0%."""
    found = _decimal(value)
    if found is None:
        return MISSING
    rounded = (found * 100).quantize(_TENTH, ROUND_HALF_UP)
    sign = "▲" if rounded > 0 else "▼" if rounded < 0 else "±"
    return f"{sign} {abs(rounded):,}%"


def day(value: Any) -> str:
    """Nov 21, 2026."""
    found = _date(value)
    return MISSING if found is None else f"{_MONTHS[found.month - 1][:3]} {found.day}, {found.year}"


def long_day(value: Any) -> str:
    """Saturday, November 21, 2026."""
    found = _date(value)
    if found is None:
        return MISSING
    return f"{_DAYS[found.weekday()]}, {_MONTHS[found.month - 1]} {found.day}, {found.year}"


def short_day(value: Any) -> str:
    """Sat, Nov 21."""
    found = _date(value)
    if found is None:
        return MISSING
    return f"{_DAYS[found.weekday()][:3]}, {_MONTHS[found.month - 1][:3]} {found.day}"


def moment(value: Any) -> str:
    """Nov 21, 2026, 6:50 AM: in the zone that the value is in."""
    return MISSING if value is None else f"{day(value)}, {clock(value)}"


def clock(value: Any) -> str:
    """6:50 AM, of a moment in its own zone."""
    if value is None:
        return MISSING
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return f"{found.hour % 12 or 12}:{found.minute:02d} {'AM' if found.hour < 12 else 'PM'}"


def phone(value: Any) -> str:
    """(828) 555-0142 for a number of North America; any other as it was written."""
    digits = _ten_digits(value)
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" if digits else text(value)


def phone_url(value: Any) -> str:
    """tel:+18285550142; empty for what no telephone could dial."""
    digits = _ten_digits(value)
    return f"tel:+1{digits}" if digits else ""


_FORMATS: Final[Mapping[str, Callable[[Any], str]]] = MappingProxyType({
    "text": text, "money": money, "dollars": dollars, "price": price, "number": number, "percent": percent,
    "change": change, "day": day, "short_day": short_day, "long_day": long_day, "moment": moment, "clock": clock,
    "phone": phone, "email": text,
})  # fmt: skip
_NUMBERS: Final = frozenset({"money", "dollars", "price", "number", "percent", "change"})


def shown(value: Any, form: str = "text") -> str:
    """A value in a named form; the names are those of the functions here. Errors: ValueError for an unknown one."""
    if form not in _FORMATS:
        raise ValueError(f"there is no format {form!r}; there are {', '.join(_FORMATS)}")
    return _FORMATS[form](value)


def is_number(form: str) -> bool:
    """Whether a form stands at the right of its column."""
    return form in _NUMBERS


def tone(value: Any, form: str) -> str:
    """good for a change upwards, bad for one downwards, else nothing."""
    found = _decimal(value) if form == "change" else None
    rounded = (found or Decimal(0)).quantize(_THOUSANDTH, ROUND_HALF_UP)
    return "good" if rounded > 0 else "bad" if rounded < 0 else ""


def _signed(value: Decimal | None, unit: Decimal, sign: str = "") -> str:
    if value is None:
        return MISSING
    rounded = value.quantize(unit, ROUND_HALF_UP)
    return f"{'-' if rounded < 0 else ''}{sign}{abs(rounded):,}"


def _decimal(value: Any) -> Decimal | None:
    if value is None:
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None
    if found.is_nan():  # how a frame says that there is none
        return None
    if not found.is_finite() or abs(found) >= Decimal(10) ** 18:
        raise ValueError(f"{value!r} is no number that can be shown")
    return found


def _date(value: Any) -> date | None:
    if value is None:
        return None
    if isinstance(value, date):  # a datetime too
        return value
    return datetime.fromisoformat(str(value)).date()


def _ten_digits(value: Any) -> str:
    digits = re.sub(r"\D", "", str(value or ""), flags=re.ASCII)
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    # An area code and an exchange begin with 2 to 9.
    return digits if re.fullmatch(r"[2-9]\d{2}[2-9]\d{6}", digits, re.ASCII) else ""
