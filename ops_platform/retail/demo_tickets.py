"""The demo's sales history out of drawn days: tickets, lines, payments and what is brought back, as arrays and tables.

Belongs here: numbers of documents, amounts to the cent, refund tickets. Not here: what a day holds (demo_days), how a
ticket is paid (demo_payments). Amounts are whole cents until they are written, as Decimal of two places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np
import pandas as pd

from ops_platform.retail.demo_days import (
    CASH,
    FULL,
    NOBODY,
    PART,
    PART_THEN_REST,
    WITHOUT_ITEM,
    Day,
    flat,
    open_days_later,
    round_half_up,
)
from ops_platform.retail.demo_item_tables import EPOCH
from ops_platform.retail.demo_items import DemoItem, Shelf

Arrays = dict[str, np.ndarray]

REPS: Final = ("ASTRID", "BORIS", "CELIA", "DREW", "ELSA", "FLORIN")
SALE, RETURN, ORDER = 0, 1, 2
_LETTERS: Final = np.array(["S", "R", "O"], dtype=object)
_UNIX_EPOCH: Final = date(1970, 1, 1).toordinal()
_REFUNDS_FROM: Final = 50_000_000_000  # document numbers of refunds: the ticket's and this
_TAX_PERCENT: Final = 7
_OLD_PRICE, _OLD_COST = 899, 400
_BLANK_AFTER: Final = 997  # every so many lines has blanks behind its item's number, as SQL Server allows
_EMPTY: Final = np.array(None, dtype=object)
_FAIR: Final = 94  # every so many days there is one; the first ticket of that day has a number of its own
_REASONS: Final = np.array(["DEFECT", "WRONG SIZE", "DIED"], dtype=object)


@dataclass(frozen=True)
class Book:
    """Tickets and lines in the order of their days. Money in cents, quantities in hundredths, all positive.

    tickets: day (ordinal), doc, number, second, customer, on_web, rep, refund_of (doc or 0), paying, splitting;
    sold, returned, cost, taxable are sums over its lines. lines: ticket (place), seq, item, quantity, price, full
    (price before discount), amount, gross, cost, kind.
    """

    tickets: Arrays
    lines: Arrays

    @property
    def total(self) -> np.ndarray:
        """What each ticket comes to, with tax."""
        return self.net + self.tax

    @property
    def net(self) -> np.ndarray:
        """What each ticket comes to before tax."""
        return self.tickets["sold"] - self.tickets["returned"]

    @property
    def tax(self) -> np.ndarray:
        """The tax of each ticket."""
        taxable = self.tickets["taxable"]
        return np.sign(taxable) * round_half_up(np.abs(taxable) * _TAX_PERCENT, 100)


def make_book(days: Sequence[Day], shelf: Shelf, trade: int, *, since: date, until: date) -> Book:
    """The history from `since` to the day before `until`, with the refunds that fall into it.

    days: in order, from as long before `since` as a refund may take. trade: customers below this place are wholesale.
    """
    tickets, lines = _sales(days, shelf, trade)
    parts = [(tickets, lines)]
    for suffix, kinds in ((1, (FULL, PART, PART_THEN_REST)), (2, (PART_THEN_REST,))):
        parts.append(_refunds(tickets, lines, suffix, kinds))
    return _summed(*_kept(parts, since, until), shelf, trade)


def ticket_tables(book: Book, items: Sequence[DemoItem], customers: np.ndarray, sign: int) -> dict[str, pd.DataFrame]:
    """PS_TKT_HIST, PS_TKT_HIST_LIN, SY_GFC. sign: how QTY_SOLD and amounts of returned lines are written, 1 or -1.

    Totals of the ticket are as they are: what was returned is positive in RET_LIN_TOT and lowers SUB_TOT.
    """
    tickets, lines = book.tickets, book.lines
    store = np.where(tickets["on_web"], "WEB", "1").astype(object)
    rep = np.array(REPS, dtype=object)[tickets["rep"]]
    of = lines["ticket"]
    returned = lines["kind"] == RETURN
    signed = np.where(returned, sign, 1)
    number = _item_numbers(book, items)
    descr, category = _texts(items)
    place = lines["item"]  # WITHOUT_ITEM, -1, is the last text
    return {
        "PS_TKT_HIST": pd.DataFrame({
            "BUS_DAT": days_of(tickets["day"]),
            "DOC_ID": tickets["doc"],
            "TKT_NO": tickets["number"],
            "STR_ID": store,
            "STA_ID": np.where(tickets["on_web"], "WEB", "1").astype(object),
            "CUST_NO": _customer_numbers(tickets["customer"], customers),
            "SLS_REP": rep,
            "USR_ID": rep,
            "TKT_TYP": np.full(len(store), "T", dtype=object),
            "TKT_DT": days_of(tickets["day"]) + tickets["second"].astype("timedelta64[s]"),
            "SUB_TOT": decimals(book.net),
            "TAX_AMT": decimals(book.tax),
            "TOT": decimals(book.total),
            "SAL_LIN_TOT": decimals(tickets["sold"]),
            "RET_LIN_TOT": decimals(tickets["returned"]),
            "TOT_EXT_COST": decimals(tickets["cost"]),
            "SAL_LINS": np.bincount(of, lines["kind"] == SALE, len(store)).astype(np.int64),
            "RET_LINS": np.bincount(of, returned, len(store)).astype(np.int64),
        }),
        "PS_TKT_HIST_LIN": pd.DataFrame({
            "BUS_DAT": days_of(tickets["day"])[of],
            "DOC_ID": tickets["doc"][of],
            "LIN_SEQ_NO": lines["seq"],
            "TKT_NO": tickets["number"][of],
            "STR_ID": store[of],
            "LIN_TYP": _LETTERS[lines["kind"]],
            "ITEM_NO": number,
            "DESCR": descr[place],
            "CATEG_COD": category[place],
            "QTY_SOLD": decimals(signed * lines["quantity"]),
            "PRC": decimals(lines["price"]),
            "EXT_PRC": decimals(signed * lines["amount"]),
            "EXT_COST": decimals(signed * lines["cost"]),
            "GROSS_EXT_PRC": decimals(signed * lines["gross"]),
            "IS_VAL_RET": np.where(returned, np.where(tickets["refund_of"][of] > 0, "Y", "N"), _EMPTY),
            "RET_REAS": np.where(returned, _REASONS[lines["quantity"] // 50 % 3], _EMPTY),
            "SLS_REP": rep[of],
        }),
        "SY_GFC": _gift_cards(book, items, store),
    }  # fmt: skip


def decimals(cents: np.ndarray) -> np.ndarray:
    """Cents as Decimal of two places; each distinct amount is made once, for prices repeat."""
    codes, distinct = pd.factorize(cents)
    return np.array([Decimal(amount).scaleb(-2) for amount in distinct.tolist()] + [None], dtype=object)[codes]


def days_of(ordinals: np.ndarray) -> np.ndarray:
    """Midnights of days by their ordinals."""
    return (ordinals - _UNIX_EPOCH).astype("datetime64[D]").astype("datetime64[s]")


def _sales(days: Sequence[Day], shelf: Shelf, trade: int) -> tuple[Arrays, Arrays]:
    sizes = np.array([len(day.second) for day in days])
    day = np.repeat([day.day.toordinal() for day in days], sizes)
    starts = np.cumsum(sizes) - sizes
    place = np.arange(len(day)) - np.repeat(starts, sizes)
    tickets = {
        name: flat(days, name)
        for name in ("second", "customer", "on_web", "rep", "refund", "lag", "paying", "splitting")
    }
    tickets |= {"day": day, "doc": (day - EPOCH.toordinal()) * 100_000 + place + 1, "refund_of": np.zeros_like(day)}
    tickets["number"] = _ticket_numbers(tickets)
    ticket = flat(days, "ticket") + np.repeat(starts, [len(day.ticket) for day in days])
    seq = _places_within(ticket)
    item, quantity = flat(days, "item"), flat(days, "quantity")
    customer = tickets["customer"][ticket]
    is_trade, is_old = (customer >= 0) & (customer < trade), item == WITHOUT_ITEM
    full = np.where(is_old, _OLD_PRICE, np.where(is_trade, shelf.trade_price[item], shelf.price[item]))
    kind = np.where(flat(days, "returned"), RETURN, np.where(flat(days, "ordered"), ORDER, SALE))
    lines = {
        "ticket": ticket,
        "seq": seq,
        "item": item,
        "quantity": quantity,
        "full": full,
        "price": np.where(flat(days, "discounted"), full * 9 // 10, full),
        "unit_cost": np.where(is_old, _OLD_COST, shelf.cost[item]),
        "kind": np.where(seq == 1, SALE, kind),  # so that no ticket is empty
    }
    return tickets, lines


def _refunds(tickets: Arrays, lines: Arrays, suffix: int, kinds: tuple[int, ...]) -> tuple[Arrays, Arrays]:
    """The tickets of these kinds as refund tickets: R1 with all sold lines or the first, R2 with the rest."""
    kind = np.where(np.isin(tickets["refund"], kinds), tickets["refund"], 0)[lines["ticket"]]
    is_first = lines["seq"] == 1
    mine = is_first | (kind == FULL) if suffix == 1 else ~is_first
    back = {name: values[(kind > 0) & mine & (lines["kind"] == SALE)] for name, values in lines.items()}
    originals, ticket = np.unique(back["ticket"], return_inverse=True)
    made = {name: values[originals] for name, values in tickets.items()}
    lag = made["lag"] + 3 * (suffix - 1)
    made["day"] = np.array(
        [
            open_days_later(date.fromordinal(day), days).toordinal()
            for day, days in zip(made["day"].tolist(), lag.tolist(), strict=True)
        ],
        dtype=np.int64,
    )
    made["refund_of"] = made["doc"]
    made["doc"] = made["doc"] + suffix * _REFUNDS_FROM
    made["number"] = np.array([f"{number}R{suffix}" for number in made["number"]], dtype=object)
    back |= {"ticket": ticket, "seq": _places_within(ticket), "kind": np.full(len(ticket), RETURN)}
    return made, back


def _kept(parts: Sequence[tuple[Arrays, Arrays]], since: date, until: date) -> tuple[Arrays, Arrays]:
    """All parts as one, in the order of days and documents; only the days asked for."""
    offsets = np.cumsum([0, *(len(tickets["day"]) for tickets, _ in parts)])
    tickets = {name: np.concatenate([part[name] for part, _ in parts]) for name in parts[0][0]}
    lines = {name: np.concatenate([part[name] for _, part in parts]) for name in parts[0][1]}
    lines["ticket"] = np.concatenate([part["ticket"] + at for (_, part), at in zip(parts, offsets, strict=False)])
    order = np.lexsort((tickets["doc"], tickets["day"]))
    inside = (tickets["day"][order] >= since.toordinal()) & (tickets["day"][order] < until.toordinal())
    order = order[inside]
    new_place = np.full(len(tickets["day"]), -1)
    new_place[order] = np.arange(len(order))
    lines["ticket"] = new_place[lines["ticket"]]
    line_order = np.lexsort((lines["seq"], lines["ticket"]))
    line_order = line_order[lines["ticket"][line_order] >= 0]
    return {name: values[order] for name, values in tickets.items()}, {
        name: values[line_order] for name, values in lines.items()
    }


def _summed(tickets: Arrays, lines: Arrays, shelf: Shelf, trade: int) -> Book:
    """Amounts of the lines, and their sums by ticket."""
    quantity, kind, of = lines["quantity"], lines["kind"], lines["ticket"]
    lines["amount"] = round_half_up(quantity * lines["price"], 100)
    lines["gross"] = round_half_up(quantity * lines["full"], 100)
    lines["cost"] = round_half_up(quantity * lines.pop("unit_cost"), 100)
    sign = np.select([kind == SALE, kind == RETURN], [1, -1], 0)
    customer = tickets["customer"][of]
    taxed = ((customer < 0) | (customer >= trade)) & (shelf.taxed[lines["item"]] | (lines["item"] == WITHOUT_ITEM))

    def total(amounts: np.ndarray) -> np.ndarray:
        return np.rint(np.bincount(of, amounts, len(tickets["day"]))).astype(np.int64)

    tickets["sold"] = total(lines["amount"] * (kind == SALE))
    tickets["returned"] = total(lines["amount"] * (kind == RETURN))
    tickets["taxable"] = total(lines["amount"] * sign * taxed)
    tickets["cost"] = total(lines["cost"] * sign)
    return Book(tickets, lines)


def _ticket_numbers(tickets: Arrays) -> np.ndarray:
    """1-210400017 in the shop, W-210400018 on the web; now and then one that only looks like a refund."""
    numbers = [
        f"{'W' if on_web else '1'}-{doc:09d}"
        for doc, on_web in zip(tickets["doc"].tolist(), tickets["on_web"].tolist(), strict=True)
    ]
    for place in np.flatnonzero((tickets["doc"] % 100_000 == 1) & (tickets["day"] % _FAIR == 0)).tolist():
        numbers[place] = f"FAIR{tickets['day'][place]}R1"
    return np.array(numbers, dtype=object)


def _item_numbers(book: Book, items: Sequence[DemoItem]) -> np.ndarray:
    numbers = np.array([item.item_no for item in items] + [None], dtype=object)[book.lines["item"]]
    for place in np.flatnonzero(book.lines["item"] == WITHOUT_ITEM).tolist():
        numbers[place] = f"OLD-{book.lines['quantity'][place] // 50 % 7}"
    doc = book.tickets["doc"][book.lines["ticket"]]
    for place in np.flatnonzero((doc + book.lines["seq"]) % _BLANK_AFTER == 0).tolist():
        numbers[place] = f"{numbers[place]}  "
    return numbers


def _texts(items: Sequence[DemoItem]) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([*(item.descr for item in items), "No longer kept"], dtype=object),
        np.array([*(item.category.code for item in items), "SUPPLIES"], dtype=object),
    )


def _customer_numbers(customer: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return np.concatenate([numbers, np.array([None, "CASH"], dtype=object)])[
        np.select([customer == CASH, customer == NOBODY], [-1, -2], customer)
    ]


def _gift_cards(book: Book, items: Sequence[DemoItem], store: np.ndarray) -> pd.DataFrame:
    is_card = np.array([item.name.startswith("Gift Card") for item in items] + [False])
    sold = np.flatnonzero(is_card[book.lines["item"]] & (book.lines["kind"] == SALE))
    of, amount = book.lines["ticket"][sold], book.lines["amount"][sold]
    doc, seq = book.tickets["doc"][of].tolist(), book.lines["seq"][sold].tolist()
    return pd.DataFrame({
        "GFC_NO": np.array([f"GC{d}-{s}" for d, s in zip(doc, seq, strict=True)], dtype=object),
        "ORIG_AMT": decimals(amount),
        "ORIG_DAT": days_of(book.tickets["day"][of]),
        "ORIG_STR_ID": store[of],
        "CURR_AMT": decimals(amount // 2),
    })  # fmt: skip


def _places_within(ticket: np.ndarray) -> np.ndarray:
    """1, 2, 3 ... within each ticket; lines of a ticket stand behind each other."""
    first = np.flatnonzero(np.diff(ticket, prepend=-1))
    return np.arange(len(ticket)) - np.repeat(first, np.diff(first, append=len(ticket))) + 1
