"""How the demo's tickets are paid: to the cent, by card, cash with change, checks, gift cards and points.

Belongs here: PS_TKT_HIST_PMT and its codes. Not here: what a ticket comes to (demo_tickets).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from ops_platform.retail.demo_item_tables import frame
from ops_platform.retail.demo_tickets import Book, days_of, decimals

PAY_CODES: Final[dict[str, tuple[str, str]]] = {
    "CASH": ("Cash", "C"), "CHECK": ("Check", "K"), "VISA": ("Visa", "R"), "MC": ("Mastercard", "R"),
    "DEBIT": ("Debit card", "R"), "DISCOVER": ("Discover", "R"), "AMEX": ("American Express", "R"),
    "BIG": ("Web gateway", "R"), "GIFT": ("Gift card", "G"), "LOYALTY": ("Loyalty points", "L"),
    "STORE CRED": ("Store credit", "S"),
}  # fmt: skip
"""Code -> what it is called, its type."""

UNKNOWN: Final = "TAPPY"
"""A code the tills use that nobody told the office of; it is not in SY_PAY_COD."""

_CODES: Final = np.array([*PAY_CODES, UNKNOWN], dtype=object)
_TYPES: Final = np.array([*(kind for _, kind in PAY_CODES.values()), "R"], dtype=object)
_PLACE: Final = {code: place for place, code in enumerate([*PAY_CODES, UNKNOWN])}
_AT_THE_TILL: Final = ("CASH", "CHECK", "VISA", "MC", "DEBIT", "DISCOVER", "AMEX", UNKNOWN)
_UP_TO: Final = (0.22, 0.27, 0.60, 0.78, 0.90, 0.94, 0.9985, 1.0)
_SHARE_IN_TWO, _LEAST_IN_TWO, _SHARE_WITH_CHANGE = 0.05, 2000, 0.6


def pay_code_table() -> pd.DataFrame:
    """SY_PAY_COD."""
    return frame({"PAY_COD": code, "DESCR": name, "PAY_COD_TYP": kind} for code, (name, kind) in PAY_CODES.items())


def payment_table(book: Book) -> pd.DataFrame:
    """PS_TKT_HIST_PMT: their sum is what the ticket comes to. Change given back and refunds are negative."""
    tickets, total = book.tickets, book.total
    paying, splitting = tickets["paying"], tickets["splitting"]
    code = np.array([_PLACE[name] for name in _AT_THE_TILL])[np.searchsorted(_UP_TO, paying, side="right")]
    code = np.where(tickets["on_web"], _PLACE["BIG"], code)
    in_two = (splitting < _SHARE_IN_TWO) & (total > _LEAST_IN_TWO) & ~tickets["on_web"]
    part = np.where(in_two, total * (20 + (splitting * 1000).astype(np.int64)) // 100, 0)
    by_whom = np.where(tickets["customer"] >= 0, np.where(splitting < 0.02, "LOYALTY", "STORE CRED"), "GIFT")
    with_change = (code == _PLACE["CASH"]) & (splitting > 1 - _SHARE_WITH_CHANGE) & (total > 0) & ~in_two
    change = np.where(with_change, -total % 500, 0)
    other = np.where(in_two, np.array([_PLACE[name] for name in by_whom.tolist()], dtype=np.int64), code)
    first, second = _rows(book, code, total - part + change, 1), _rows(book, other, part - change, 2)
    second = second[(part != 0) | (change != 0)]
    both = pd.concat([first[(total != 0) | (change != 0)], second], ignore_index=True)
    return both.sort_values(["BUS_DAT", "DOC_ID", "PMT_SEQ_NO"], ignore_index=True)


def _rows(book: Book, code: np.ndarray, amount: np.ndarray, place: int) -> pd.DataFrame:
    is_change = (amount < 0) & (place == 2) & (book.total > 0)
    return pd.DataFrame({
        "BUS_DAT": days_of(book.tickets["day"]),
        "DOC_ID": book.tickets["doc"],
        "PMT_SEQ_NO": np.full(len(code), place),
        "PAY_COD": _CODES[code],
        "PAY_COD_TYP": _TYPES[code],
        "AMT": decimals(amount),
        "PMT_LIN_TYP": np.where(is_change, "C", "T").astype(object),
        "FINAL_PMT": np.full(len(code), "Y", dtype=object),
    })  # fmt: skip
