"""Errors that nobody expected: how records hold them, and how much of that people are told.

What belongs here: both sides of one format, so that it cannot drift. The text of such an error may quote a customer, so
messages have its kind only. What does not: which errors are expected (flows/retail/runner.py).
"""

from __future__ import annotations

import re
from typing import Final

_FLAG: Final = " (a defect)"
# Not every exception is called an error (UniqueViolation), and not every word before a colon is one (`email: ...`).
_NAME: Final = r"[A-Z]\w*(?:Error|Exception|Warning)"
_KIND: Final = re.compile(rf"(?:^|(?<=: ))(?:{_NAME}(?=: |$)|\w+(?={re.escape(_FLAG)}))")


def kind_of_defect(error: BaseException) -> str:
    """`KeyError`, or `UniqueViolation (a defect)`: a name that does not say what it is gets a flag."""
    name = type(error).__name__
    return name if re.fullmatch(_NAME, name) else f"{name}{_FLAG}"


def defect(error: BaseException) -> str:
    """`KeyError: 'Pat'`: the kind and all it says, for records only."""
    return f"{kind_of_defect(error)}: {error}"


def without_text(record: str) -> str | None:
    """A record up to the kind of its defect, as `after it: KeyError`; None: there is no defect in it."""
    found = _KIND.search(record)
    return record[: found.end()] if found else None
