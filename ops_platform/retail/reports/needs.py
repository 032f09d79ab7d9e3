"""What the reports ask the point of sale for (automation.Need), with the columns they get. Nothing is read here.

Sums by day come from the server and are windowed by periods.py: years of tickets never come over the wire. Columns are
of type object, as in retail/snapshots.py: text, int, Decimal, date or None, never NaN; text trimmed, codes in capitals.
Money is in dollars, before tax unless it says otherwise; what came back is subtracted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final


@dataclass(frozen=True)
class HistoryStart:
    """The first business day there is a ticket of."""


@dataclass(frozen=True)
class DailySales:
    """Sales by day, store and category of the customer over the days start..end, both included."""

    start: date
    end: date


@dataclass(frozen=True)
class RepSales:
    """Sales by sales rep over the days start..end."""

    start: date
    end: date


@dataclass(frozen=True)
class CustomerSales:
    """Sales by customer over the days start..end, of customers of these categories."""

    start: date
    end: date
    categories: tuple[str, ...]


@dataclass(frozen=True)
class CategorySales:
    """Sales by category and item over the days start..end, the category as it was when the item was sold."""

    start: date
    end: date


@dataclass(frozen=True)
class Payments:
    """What was paid, with tax, by day, store and pay code over the days start..end."""

    start: date
    end: date


@dataclass(frozen=True)
class TicketTotals:
    """What the tickets came to, with tax, by day and store over the days start..end."""

    start: date
    end: date


@dataclass(frozen=True)
class Deposits:
    """Deposits on documents that are still open, by the day they were paid, and store."""

    start: date
    end: date


@dataclass(frozen=True)
class GiftCards:
    """Gift cards sold, by day and store."""

    start: date
    end: date


@dataclass(frozen=True)
class WebCategories:
    """Items that stand in a category of the web shop."""


@dataclass(frozen=True)
class ReportDesk:
    """How the mails of reports go: whether to the sandbox, and whether somebody asked for one that is known."""


@dataclass(frozen=True)
class KnownReports:
    """What the ledger of effects has of a report: the effect of this key, and those asked for once more."""

    key: str


@dataclass(frozen=True)
class MayFail:
    """Something that only a part of a report needs: what went wrong comes up when the plan looks at this input."""

    need: Any


SalesNeed = HistoryStart | DailySales | RepSales | CustomerSales | CategorySales
MoneyNeed = Payments | TicketTotals | Deposits | GiftCards
ReportNeed = SalesNeed | MoneyNeed | WebCategories | ReportDesk | KnownReports | MayFail

KNOWN_REPORTS: Final = {"key": "", "status": "core/effects.STATUSES"}

HISTORY_START: Final = {"day": "date; no row when there is no ticket"}
DAILY_SALES: Final = {
    "day": "date",
    "store": "STR_ID or None",
    "segment": "the customer's CATEG_COD; None for who is not known",
    "revenue": "Decimal, net of returns",
    "cost": "Decimal, EXT_COST net of returns",
    "tickets": "int, tickets on which something was sold",
}
REP_SALES: Final = {
    "rep": "SLS_REP of the line, else of the ticket, or None",
    "name": "text or None",
    "revenue": "Decimal",
    "tickets": "int",
}
CUSTOMER_SALES: Final = {"cust_no": "", "name": "text or None", "revenue": "Decimal", "tickets": "int"}
CATEGORY_SALES: Final = {
    "category": "CATEG_COD of the line or None",
    "item_no": "",
    "descr": "what the ticket called it, or None",
    "units": "Decimal",
    "revenue": "Decimal",
}
PAYMENTS: Final = {
    "day": "date",
    "store": "STR_ID or None",
    "pay_code": "PAY_COD or None",
    "amount": "Decimal; change given back and refunds are negative",
    "payments": "int, how many",
}
TICKET_TOTALS: Final = {
    "day": "date",
    "store": "STR_ID or None",
    "tickets": "int",
    "total": "Decimal, with tax",
    "tax": "Decimal",
}
DEPOSITS: Final = {"day": "date", "store": "STR_ID or None", "amount": "Decimal"}
GIFT_CARDS: Final = {"day": "date", "store": "STR_ID or None", "amount": "Decimal"}
WEB_CATEGORIES: Final = {"item_no": ""}
