"""What people fill in, and how it is checked: every form as fields with a kind sentence for whatever is wrong.

Pure: texts in, values and sentences out. What belongs here: which fields there are and what is right. What does not:
how a form looks (templates/intake), and keeping what it says (store.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ops_platform.core.text import drop_invisible
from ops_platform.retail.people import phone_digits, phone_text, state_code, valid_email
from ops_platform.settings_retail_requests import IntakeSettings

HONEYPOT: Final = "website"
"""A field people do not see. Who fills it in is no person."""

_ITEM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/#+-]{0,19}")
_ZIP: Final = re.compile(r"\d{5}(-\d{4})?")
_NAME: Final = 40
_LINE: Final = 80
_COMMENT: Final = 2_000


@dataclass(frozen=True)
class Filled:
    """A form as it was sent. values: as they are kept, None for nothing. typed: to show the form once more.

    errors: by field, a sentence each.
    """

    values: Mapping[str, str | None] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


Check = Callable[[str], tuple[str | None, str | None]]
"""What is made of a text that is not empty: its value, or a sentence about what is wrong."""


def design_request(sent: Mapping[str, str], goals: Sequence[str], settings: IntakeSettings) -> Filled:
    """The request for a landscape design. goals: what was ticked."""
    read = _Reader(sent)
    read.text("first_name", "your first name", most=_NAME, needed=True)
    read.text("last_name", "your last name", most=_NAME, needed=True)
    read.checked("email", _email)
    read.checked("phone", _phone)
    if not (read.values["email"] or read.values["phone"] or read.errors.keys() & {"email", "phone"}):
        read.errors["email"] = "Please give us an email address or a phone number, so that we can answer you."
    read.checked("timeline", lambda text: _offered(text, settings.timelines, "when you would like to start"))
    for name, what in (("street", "the street"), ("city", "the city")):
        read.text(name, what, most=_LINE)
    read.checked("state", _state)
    read.checked("zip_code", _zip)
    read.text("comments", "your comments", most=_COMMENT)
    chosen = tuple(goal for goal in settings.goals if goal in goals)
    if len(chosen) < len(set(goals)):
        read.errors["interested_in"] = "Please choose from the list."
    return read.filled(chosen)


def back_in_stock(sent: Mapping[str, str]) -> Filled:
    """The request to be told when an item is back."""
    read = _Reader(sent)
    read.checked("email", _email, missing="Please tell us where to write to: your email address.")
    read.checked("item", _item, missing="Please give us the item number. You find it on the product's page.")
    return read.filled()


def newsletter(sent: Mapping[str, str]) -> Filled:
    """The sign-up for the newsletter."""
    read = _Reader(sent)
    read.checked("email", _email, missing="Please tell us where to write to: your email address.")
    read.text("first_name", "your first name", most=_NAME)
    read.text("last_name", "your last name", most=_NAME)
    return read.filled()


class _Reader:
    """Reads field after field of what was sent."""

    def __init__(self, sent: Mapping[str, str]) -> None:
        self._sent = sent
        self.values: dict[str, str | None] = {}
        self.typed: dict[str, str] = {}
        self.errors: dict[str, str] = {}

    def text(self, name: str, what: str, *, most: int, needed: bool = False) -> None:
        """A text without rules but a length. what: how a sentence calls it."""
        found = self._clean(name)
        self.values[name] = found or None
        if needed and not found:
            self.errors[name] = f"Please tell us {what}."
        elif len(found) > most:
            self.errors[name] = f"Please shorten {what} to {most:,} characters; there are {len(found):,}."

    def checked(self, name: str, check: Check, *, missing: str | None = None) -> None:
        """A text that has to be something. missing: what is said when it is left out; None: it may be."""
        found = self._clean(name)
        self.values[name] = None
        if not found:
            if missing:
                self.errors[name] = missing
            return
        self.values[name], wrong = check(found[:_COMMENT])
        if wrong:
            self.errors[name] = wrong

    def filled(self, chosen: tuple[str, ...] = ()) -> Filled:
        """What was read."""
        return Filled(self.values, chosen, self.typed, self.errors)

    def _clean(self, name: str) -> str:
        given = self._sent.get(name, "")
        self.typed[name] = given[: 2 * _COMMENT]
        return " ".join(drop_invisible(" ".join(given.split())).split())


def _email(text: str) -> tuple[str | None, str | None]:
    found = valid_email(text) if len(text) <= 254 else None
    return found, None if found else "This does not look like an email address. It has the form name@example.com."


def _phone(text: str) -> tuple[str | None, str | None]:
    digits = phone_digits(text) if len(text) <= 40 else None
    if digits is None:
        return None, "Please give us a US phone number with its area code, as in 828-555-0142."
    return phone_text(digits), None


def _state(text: str) -> tuple[str | None, str | None]:
    code = state_code(text) if len(text) <= 40 else None
    if code is None or not re.fullmatch(r"[A-Z]{2}", code):
        return None, "Please give us the state by its name or its two letters, as in North Carolina or NC."
    return code, None


def _zip(text: str) -> tuple[str | None, str | None]:
    return (text, None) if _ZIP.fullmatch(text) else (None, "A ZIP code has five digits, as in 28801.")


def _item(text: str) -> tuple[str | None, str | None]:
    if not _ITEM.fullmatch(text):
        return None, "This does not look like an item number. You find it on the product's page."
    return text.upper(), None


def _offered(text: str, offered: Sequence[str], what: str) -> tuple[str | None, str | None]:
    return (text, None) if text in offered else (None, f"Please choose from the list {what}.")
