"""The code of a coupon: made of what it is for, so that a repeat makes the same one and nobody can guess another.

What belongs here: from a secret and a key to a code. What does not: the secret itself (adapters/installation.py).
"""

from __future__ import annotations

import hashlib
import hmac
import string
from typing import Final

LETTERS: Final = string.ascii_uppercase + string.digits
LENGTH: Final = 8
TRIES: Final = 3
"""How many coupons a request may get, one after the other: when a mail could not be sent before its coupon ended."""


def coupon_code(secret: bytes, key: str) -> str:
    """Eight of A-Z and 0-9 (41 bits) for the key of an effect. Without the secret the code of a key cannot be told."""
    number = int.from_bytes(hmac.digest(secret, key.encode(), hashlib.sha256), "big")
    code = ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        code += LETTERS[place]
    return code
