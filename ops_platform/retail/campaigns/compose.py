"""The words of a text: greeting, name, body, farewell, balance, how to opt out. Pure: the same key, the same words.

What belongs here: composing, and refusing a template that cannot be composed. What does not: who gets it (audience.py),
reading templates. What is chosen by chance is chosen by the effect's key, so that a retry composes the same text.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from ops_platform.core.gsm import is_plain, normalised, plain_segments, segments
from ops_platform.retail.people import cased_name

PLACEHOLDERS: Final = ("company", "review_url")
"""What a body may hold in braces."""
OF_COUPONS: Final = ("offer", "expires")
"""What the body of a campaign with a coupon may hold beside."""

LONGEST: Final = 1600
_SEPARATOR: Final = "---"
_NO_NAMES: Final = frozenset({"customer", "change", "none", "null", "unknown", "guest"})


class TemplateError(ValueError):
    """A template of a campaign cannot be used; the message names the file, the line and what to do."""


@dataclass(frozen=True)
class Wording:
    """What the texts of a campaign are made of. bodies: of its template, checked. opt_out: empty for none."""

    bodies: tuple[str, ...]
    greetings: tuple[str, ...]
    farewells: tuple[str, ...]
    prefix: str = ""
    opt_out: str = ""


class Composed(NamedTuple):
    """A text ready to go: its words and in how many parts it is charged."""

    body: str
    segments: int


def read_bodies(text: str, name: str, *, allowed: Iterable[str] = (*PLACEHOLDERS, *OF_COUPONS)) -> tuple[str, ...]:
    """The bodies of a template, which are separated by lines of three dashes. Lines that begin with # are comments.

    name: of the file, for errors. Raises TemplateError for an unknown placeholder, a lone brace, and when none is left.
    """
    known = frozenset(allowed)
    lines = text.removeprefix("\N{BYTE ORDER MARK}").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.startswith("#"):
            _check_line(line, f"{name}, line {number}", known)
    kept = [line for line in lines if not line.startswith("#")]
    bodies: list[list[str]] = [[]]
    for line in kept:
        if line.strip() == _SEPARATOR:
            bodies.append([])
        else:
            bodies[-1].append(line)
    found = tuple(filter(None, ("\n".join(body).strip() for body in bodies)))
    if not found:
        raise TemplateError(f"{name} holds no text. Write what customers are to read.")
    return found


class Composer:
    """Composes the texts of one campaign on one day. values: for the placeholders of the bodies.

    A hundred thousand texts consist of a few thousand beginnings and ends, so each of these is made and looked at once.
    """

    def __init__(self, wording: Wording, values: Mapping[str, str]) -> None:
        self._wording = wording
        self._bodies = tuple(body.format_map(values) for body in wording.bodies)
        self._beginning = lru_cache(maxsize=65536)(self._made_beginning)
        self._end = lru_cache(maxsize=65536)(self._made_end)

    def create_customer_text(self, key: str, first_name: str | None, *, balance: Decimal | None = None) -> Composed:
        """Compose the text of one customer: [prefix] greeting name! body farewell [balance] [opt-out].

        key: of the effect; greeting, body and farewell are chosen by it. first_name: as it stands at the point of sale.
        balance: loyalty points in dollars; None or below 1: no line about it. Raises ValueError for a text that is
        longer than carriers take.
        """
        draw = hashlib.sha256(key.encode()).digest()
        wording = self._wording
        beginning, begins_plain = self._beginning(_chosen(wording.greetings, draw, 0), called(first_name))
        farewell = _chosen(wording.farewells, draw, 8) if wording.farewells else ""
        end, ends_plain = self._end(_chosen(self._bodies, draw, 4), farewell, int(balance or 0))
        text = beginning + end
        if begins_plain and ends_plain and len(text) <= LONGEST:
            return Composed(text, plain_segments(len(text)))
        text = normalised(text)
        if len(text) > LONGEST:
            raise ValueError(f"the text has {len(text):,} letters; carriers take {LONGEST:,}")
        return Composed(text, segments(text))

    def _made_beginning(self, greeting: str, name: str) -> tuple[str, bool]:
        text = f"{self._wording.prefix}{greeting}{f' {name}' if name else ''}! "
        return text, is_plain(text)

    def _made_end(self, body: str, farewell: str, dollars: int) -> tuple[str, bool]:
        text = f"{body} {farewell}" if farewell else body
        if dollars >= 1:
            text += f"\nYour reward balance: ${dollars:,}"
        if self._wording.opt_out:
            text += f"\n{self._wording.opt_out}"
        return text, is_plain(text)


def _chosen(options: Sequence[str], draw: bytes, place: int) -> str:
    """One of the options, by four bytes of the key's digest."""
    return options[0] if len(options) == 1 else options[int.from_bytes(draw[place : place + 4], "big") % len(options)]


@lru_cache(maxsize=65536)
def called(first_name: str | None) -> str:
    """What a customer is called: the first word of the first name in its own or in title case; empty for no name.

    A single letter, Customer and the like are no names. Two of them, as in "Ann & Joe", are left together.
    """
    text = " ".join(normalised(first_name or "").split())
    if not any(sign in text for sign in "&+/"):
        text = text.partition(" ")[0]
    text = text.strip(".,;:!?\"'()*-")
    if len(text) < 2 or text.casefold() in _NO_NAMES or not any(letter.isalpha() for letter in text):
        return ""
    return cased_name(text)


def shown_date(day: date) -> str:
    """A day as the coupons write it: 5/14."""
    return f"{day.month}/{day.day}"


def _check_line(line: str, where: str, known: frozenset[str]) -> None:
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(line) if field is not None]
    except ValueError as error:
        raise TemplateError(f"{where}: {error}. A brace that customers are to see is written twice.") from None
    for field in fields:
        if field not in known:
            raise TemplateError(
                f"{where}: {{{field}}} is no placeholder of this campaign. There are "
                f"{', '.join(f'{{{name}}}' for name in sorted(known))}."
            )
