"""Who ordered, as far as the operator wants to know: the one place where a customer's phone number is read.

What belongs here: the policy `restaurant.customer_identity` and the form of a phone number. What does not: keeping
customers out of what is stored (privacy.py).
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from typing import Any, Final, Literal, NamedTuple

from pydantic import SecretStr

from ops_platform.restaurant.privacy import storable

CustomerIdentity = Literal["none", "hashed", "full"]

_NAME_LENGTH: Final = 255
_GROUPING: Final = re.compile(r"[\s().\-/]+")
_INDIAN: Final = re.compile(r"(?:\+91|0091|91|0)?0?([1-9][0-9]{9})")
_FOREIGN: Final = re.compile(r"(?:\+|00)([1-9][0-9]{7,14})")


class Customer(NamedTuple):
    """What is kept of a customer. All None: nothing is kept, or the bill names nobody."""

    identity: str | None = None
    name: str | None = None
    phone: str | None = None


NOBODY: Final = Customer()


def customer_of(customer: Any, wanted: CustomerIdentity, hash_key: SecretStr | None) -> Customer:
    """Return what the policy keeps of an event's Customer object.

    none: nothing. hashed: identity is HMAC-SHA256(hash_key, number) in hex, because the plain hash of a phone number
    is found by trying all numbers. full: that identity (the number itself without a key), name and number too.

    Without a usable phone number there is no identity and so no customer: a name alone would make one person of
    everybody called so. A Customer of any other shape than an object is nobody.
    """
    if wanted == "none" or not isinstance(customer, dict):
        return NOBODY
    phone = normal_phone(customer.get("phone"))
    if phone is None:
        return NOBODY
    identity = phone
    if hash_key is not None:
        identity = hmac.new(hash_key.get_secret_value().encode(), phone.encode(), "sha256").hexdigest()
    if wanted == "hashed":
        if hash_key is None:
            raise ValueError("customer_identity is hashed: a hash key is needed")
        return Customer(identity)
    return Customer(identity, _name(customer.get("name")), phone)


def normal_phone(value: Any) -> str | None:
    """Return a phone number as +919876543210, or None when it is none for certain.

    Indian numbers may have +91, 0091, 91 or a 0 before their ten digits, and blanks, dots, dashes and brackets
    between them; other countries need their + or 00. One digit ten times is what cashiers type to get on.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    text = unicodedata.normalize("NFKC", value) if isinstance(value, str) else str(value)
    digits = _GROUPING.sub("", text)
    if match := _INDIAN.fullmatch(digits):
        return None if len(set(match[1])) == 1 else f"+91{match[1]}"
    match = _FOREIGN.fullmatch(digits)
    return f"+{match[1]}" if match and not match[1].startswith("91") else None


def _name(value: Any) -> str | None:
    return (storable(value).strip()[:_NAME_LENGTH] or None) if isinstance(value, str) else None
