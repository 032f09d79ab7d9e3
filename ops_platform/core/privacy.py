"""Personal data as logs, metadata and the command line show them: enough to recognise, not enough to use.

What belongs here: masks of names, phones, addresses and texts with such in them. What does not: who may see the real
ones, and what a business keeps of people (restaurant/privacy.py).
"""

from __future__ import annotations

import re
from typing import Final

STARS: Final = "***"
_EMAIL: Final = re.compile(r"\w[\w.!#$%&'*+/=?^`{|}~-]*@[\w-]+(?:\.[\w-]+)*", re.UNICODE)
# Numbers as people write them; the signs around keep ids with letters in them (SM5a4d...) and decimals whole.
_PHONE: Final = re.compile(r"(?<![\w.@#/-])(?:\+|\(|\d)(?:[ .\-()]{0,2}\d){8,14}(?![\w@])")
_DAY: Final = re.compile(r"\d{4}([-.])\d{2}\1\d{2}")
_FEWEST_DIGITS: Final = 10


def mask_phone(phone: str) -> str:
    """`(828) 555-1234` -> `***34`. What has no digit is shown as stars."""
    digits = "".join(char for char in phone if char.isdigit())
    return STARS + digits[-2:] if len(digits) > 4 else STARS


def mask_email(address: str) -> str:
    """`jane.doe@example.com` -> `j***@e***.com`: a domain can be a person's name as well."""
    local, _, domain = address.strip().rpartition("@")
    if not local or not domain:
        return STARS
    host, dot, top = domain.rpartition(".")
    return f"{local[0]}{STARS}@{(host or top)[0]}{STARS}{dot}{top if dot else ''}"


def mask_name(name: str) -> str:
    """`John O'Hare` -> `J***`: also of whatever else people are called by and nothing else is known of."""
    return name.strip()[:1] + STARS


def mask_code(code: str) -> str:
    """`K7QW2M9X` -> `K7***`: a coupon's code is worth money to whoever reads it."""
    return code[:2] + STARS


def mask_target(kind: str, target: str) -> str:
    """Whom or what an effect is for (core/effects.py), as it may be shown."""
    if kind == "email":
        return ", ".join(map(mask_email, target.split(",")))
    if kind == "text":
        return mask_phone(target)
    return mask_code(target) if kind == "coupon" else masked(target)


def masked(text: str) -> str:
    """A text of others (an answer, an error) with addresses and phone numbers masked; days and short numbers stay."""
    return _PHONE.sub(_phone, _EMAIL.sub(lambda found: mask_email(found[0]), text))


def _phone(found: re.Match[str]) -> str:
    text = found[0]
    few = sum(map(str.isdigit, text)) < _FEWEST_DIGITS and not text.startswith("+")
    return text if few or _DAY.match(text) else mask_phone(text)
