"""What was paid, by day and store: by group of pay codes, deposits and gift cards apart, and what the tickets came to.

What belongs here: the sums accounting works with. What does not: how they are shown (revenue_report.py). Revenue is
what was paid less what is no sale yet: deposits on open documents, and gift cards sold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ops_platform.settings_retail_reports import RevenueReportSettings

if TYPE_CHECKING:
    import pandas as pd

OTHER: Final = "Other"
"""The group of pay codes that no group of the settings names."""
NO_CODE: Final = "(no code)"
_NONE: Final = Decimal(0)


class Key(NamedTuple):
    """A day in a store."""

    day: date
    store: str | None


@dataclass
class Till:
    """What came in, in one store on one day or in several together; all with tax. codes: by pay code."""

    codes: dict[str, Decimal] = field(default_factory=dict)
    deposits: Decimal = _NONE
    gift_cards: Decimal = _NONE
    tickets: Decimal = _NONE
    tax: Decimal = _NONE

    @property
    def paid(self) -> Decimal:
        """All payments; change given back and refunds are subtracted."""
        return sum(self.codes.values(), _NONE)

    @property
    def revenue(self) -> Decimal:
        """What was paid for what was sold."""
        return self.paid - self.deposits - self.gift_cards

    @property
    def difference(self) -> Decimal:
        """How much more was paid than the tickets came to."""
        return self.paid - self.tickets

    def groups(self, groups: PayGroups) -> dict[str, Decimal]:
        """Payments by group, in the order of the settings; groups without a payment are 0."""
        found = dict.fromkeys(groups.names, _NONE)
        for code, amount in self.codes.items():
            group = groups.of(code)
            found[group] = found.get(group, _NONE) + amount
        return found


class PayGroups:
    """Which group a pay code belongs to, by the settings."""

    def __init__(self, settings: RevenueReportSettings) -> None:
        self.names = list(settings.pay_codes)
        self._group_of = {code.strip().upper(): group for group, codes in settings.pay_codes.items() for code in codes}

    def of(self, code: str) -> str:
        """The group, OTHER for a code nobody named."""
        return self._group_of.get(code, OTHER)

    def unknown(self, codes: Iterable[str]) -> list[str]:
        """Codes that nobody named, sorted."""
        return sorted({code for code in codes if code not in self._group_of})

    def codes_of(self, group: str, till: Till) -> dict[str, Decimal]:
        """The codes of a group that something was paid with, the largest amount first."""
        mine = {code: amount for code, amount in till.codes.items() if self.of(code) == group}
        return dict(sorted(mine.items(), key=lambda pair: (-pair[1], pair[0])))


def tills(inputs: Mapping[str, pd.DataFrame]) -> dict[Key, Till]:
    """Every day and store on which anything was paid, sold or promised (needs.PAYMENTS and the three after it)."""
    found: dict[Key, Till] = {}

    def till(row: Mapping[Any, Any]) -> Till:
        return found.setdefault(Key(row["day"], row["store"]), Till())

    for row in inputs["payments"].to_dict("records"):
        code = row["pay_code"] or NO_CODE
        codes = till(row).codes
        codes[code] = codes.get(code, _NONE) + row["amount"]
    for row in inputs["ticket_totals"].to_dict("records"):
        till(row).tickets += row["total"]
        till(row).tax += row["tax"]
    for row in inputs["deposits"].to_dict("records"):
        till(row).deposits += row["amount"]
    for row in inputs["gift_cards"].to_dict("records"):
        till(row).gift_cards += row["amount"]
    return dict(sorted(found.items(), key=lambda pair: (pair[0].day, pair[0].store is None, pair[0].store or "")))


def together(some: Iterable[Till]) -> Till:
    """Several days or stores as one."""
    total = Till()
    for till in some:
        for code, amount in till.codes.items():
            total.codes[code] = total.codes.get(code, _NONE) + amount
        total.deposits += till.deposits
        total.gift_cards += till.gift_cards
        total.tickets += till.tickets
        total.tax += till.tax
    return total


def differing(by_till: Mapping[Key, Till], tolerance: Decimal) -> dict[Key, Till]:
    """The days and stores whose payments are not what the tickets came to."""
    return {key: till for key, till in by_till.items() if abs(till.difference) > tolerance}
