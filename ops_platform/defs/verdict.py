"""What a check concludes: passed or not, a sentence, the rows that show it. Pure: no database, no clock.

What belongs here: the form. What figures of a business mean is said in its own verdicts.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MAX_NAMES = 10  # in a sentence; the rows below it hold all
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """passed, the sentence, the rows that show it, and whether a failure is structure broken (else coverage low).

    figures: the counts behind the sentence; the UI draws them over time.
    """

    passed: bool
    message: str
    rows: Sequence[Row] = ()
    figures: Mapping[str, int | float] = field(default_factory=dict)
    is_error: bool = False
