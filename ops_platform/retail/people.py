"""How people write their names, phones, addresses, and how the point of sale keeps them. Pure text, one value each.

What belongs here: what the leads, the customers' rules and the texts share. What does not: who a customer is
(known_customers.py), and widths of the point of sale's columns (leads_to_customers.py).
"""

from __future__ import annotations

import re
from typing import Final

_TEN_DIGITS: Final = re.compile(r"[2-9][0-8]\d[2-9]\d{6}", re.ASCII)
_USUAL: Final = re.compile(
    r"\s*(?:\+?\s*1[\s.-]*)?\(?(\d{3})\)?[\s.-]*(\d{3})[\s.-]*(\d{4})\s*", re.ASCII
)  # other digits are read by the library
_PARTICLES: Final = frozenset({
    "de", "del", "della", "di", "da", "das", "dos", "du", "la", "las", "los", "le", "van", "von", "vom", "zu", "zur",
    "der", "den", "ter", "ten",
})  # fmt: skip
_SUFFIXES: Final = frozenset({"ii", "iii", "iv"})
_JUNIOR: Final = frozenset({"jr", "sr"})
_PART: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LOST_ZERO: Final = frozenset({"CT", "MA", "ME", "NH", "NJ", "PR", "RI", "VT"})


def phone_digits(text: str | None) -> str | None:
    """The ten digits of a North American number however it is written, without an extension: what is compared.

    None for what is no such number: seven digits, another country, and what people type to get past a form
    (000-000-0000, 123-456-7890, one digit ten times).
    """
    if not text:
        return None
    usual = _USUAL.fullmatch(text)
    digits = "".join(usual.groups()) if usual else _parsed(text)
    if digits is None or not _TEN_DIGITS.fullmatch(digits) or len(set(digits)) == 1:
        return None
    return digits


def phone_text(digits: str) -> str:
    """Ten digits as the point of sale keeps them: 828-555-1234."""
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"


def email_key(text: str | None) -> str | None:
    """An address as it is compared: without blanks around it, in one case; None for nothing."""
    return (text or "").strip().casefold() or None


def valid_email(text: str | None) -> str | None:
    """The address as a mail can be sent to it, in small letters; None when there is none or it cannot be one."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  # only where addresses are judged

    key = email_key(text)
    if key is None:
        return None
    try:
        return validate_email(key, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def cased_name(text: str) -> str:
    """A name as a person writes it: words all in capitals or all in small letters are re-cased, others stay.

    O'Hare, McDonald, Smith-Jones; "de la" inside a name stays small. "Mac" is no prefix here: Macy is no MacY.
    """
    words = text.split()
    last = len(words) - 1
    is_mixed = not (text.isupper() or text.islower())
    cased = []
    for place, word in enumerate(words):
        # In a name that somebody took care of, a small first "de" is meant so: de la Cruz.
        may_be_small = place > 0 or (is_mixed and word.islower())
        cased.append(_cased_word(word, is_inside=may_be_small and place < last, is_last=0 < place == last))
    return " ".join(cased)


def state_code(text: str | None) -> str | None:
    """The two letters of a state of the US, spelled out or not; anything else as it is, without blanks around it."""
    import us  # noqa: PLC0415

    given = " ".join((text or "").split())
    if not any(char.isalpha() for char in given):
        return given or None
    found = us.states.lookup(given.replace(".", "").replace(" ", "") if len(given) <= 5 else given)
    return found.abbr if found is not None else given


def zip_text(text: str | None, state: str | None) -> str | None:
    """A ZIP code as text. state: two letters; north-eastern codes of four digits lost their zero in a spreadsheet."""
    given = (text or "").strip()
    if state in _LOST_ZERO and re.fullmatch(r"\d{4}(-\d{4})?", given):
        return f"0{given}"
    return given or None


def _parsed(text: str) -> str | None:
    """The national number of one that is written in another way: with an extension, letters, a country."""
    import phonenumbers  # noqa: PLC0415  # its tables are large, and hardly a number needs them

    try:
        found = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    return f"{found.national_number:010d}" if found.country_code == 1 else None


def _cased_word(word: str, *, is_inside: bool, is_last: bool) -> str:
    if not (word.isupper() or word.islower()):
        return word
    plain = word.casefold().rstrip(".,")
    if is_inside and plain in _PARTICLES:
        return word.lower()
    if is_last and plain in _SUFFIXES:
        return word.upper()
    if word.isupper() and len(word) == 2 and not (is_last and plain in _JUNIOR) and not set(plain) & set("aeiouy"):
        return word  # initials: TJ, JD
    return _PART.sub(lambda part: _cased_part(part[0]), word)


def _cased_part(part: str) -> str:
    """A run of letters, with apostrophes inside: o'hare, d'angelo, mcdonald, and the s of john's."""
    pieces = re.split(r"(['’])", part)
    first = len(pieces[0]) == 1
    cased = [_capital(piece) if place == 0 or len(piece) > 2 or (first and piece.lower() != "s") else piece.lower()
             for place, piece in enumerate(pieces)]  # fmt: skip
    return "".join(cased)


def _capital(piece: str) -> str:
    lower = piece.lower()
    if lower.startswith("mc") and len(lower) > 3:
        return f"Mc{_first_up(lower[2:])}"
    return _first_up(lower)


def _first_up(lower: str) -> str:
    upper = lower[:1].upper()
    return f"{upper}{lower[1:]}" if len(upper) == 1 else lower  # a letter such as ß has no capital of its own
