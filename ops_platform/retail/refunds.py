"""What customers bought and kept, out of their tickets: which number is a refund, and what was brought back wholly.

A refund of ticket 200 is numbered 200R1, a second one 200R2. Numbers alone name no ticket: another store has its own
200, and tills begin anew after years. What belongs here: which sale a refund is of, and what is left. What does not:
which dates of a customer follow (automations/restore_sale_dates.py).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

_REFUND: Final = re.compile(r"(?P<original>.+)R\d{1,2}")
_NOTHING: Final = Decimal(0)


Key = tuple[str, str | None, date, str | None]


@dataclass
class Ticket:
    """A ticket. all_read: every ticket of its customer is here; sold, returned: pieces by item (None: no number)."""

    number: str
    cust_no: str | None
    day: date
    store: str | None
    subtotal: Decimal
    all_read: bool = True
    sold: dict[str | None, Decimal] = field(default_factory=dict)
    returned: dict[str | None, Decimal] = field(default_factory=dict)

    @property
    def is_sale(self) -> bool:
        """Whether something was sold on it; an exchange is a sale, too."""
        return any(pieces > 0 for pieces in self.sold.values())

    @property
    def key(self) -> Key:
        """What tells it from the others."""
        return self.number, self.cust_no, self.day, self.store


@dataclass(frozen=True)
class Bought:
    """The tickets of one customer. kept: sales that were not wholly brought back; undone: those that were.

    refunds: the refunds of the undone ones. One on which something else was sold is a sale of who got it as well.
    """

    kept: list[Ticket]
    undone: list[Ticket]
    refunds: list[Ticket]


def bought(tickets: pd.DataFrame) -> dict[str, Bought]:
    """What each customer all of whose tickets (snapshots.CUSTOMER_TICKETS) were read bought, by number."""
    read = list(_tickets(tickets))
    sales: dict[str, list[Ticket]] = defaultdict(list)
    theirs: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in read:
        if ticket.is_sale:
            sales[ticket.number].append(ticket)
            if ticket.cust_no and ticket.all_read:
                theirs[ticket.cust_no].append(ticket)
    refunds: dict[Key, list[Ticket]] = defaultdict(list)
    for ticket in read:
        if sale := _refunded_by(ticket, sales):
            refunds[sale.key].append(ticket)
    return {number: _bought(of_customer, refunds) for number, of_customer in theirs.items()}


def original_of(number: str, numbers: Container[str]) -> str | None:
    """The ticket that this one refunds; None when it refunds none of these, whatever its number looks like."""
    found = _REFUND.fullmatch(number)
    return found["original"] if found and found["original"] in numbers else None


def _refunded_by(refund: Ticket, sales: Mapping[str, list[Ticket]]) -> Ticket | None:
    """The one sale that a ticket is the refund of; None when it is none. sales: by number.

    Of several with that number: the customer's own, else the newest of the store up to the refund's day. Were it all of
    them, a refund would take the dates of sale of a stranger who had the number years ago, or in another store.
    """

    def is_own(sale: Ticket) -> bool:
        return refund.cust_no is not None and sale.cust_no == refund.cust_no

    def is_of_store(sale: Ticket) -> bool:
        return sale.store == refund.store

    number = original_of(refund.number, sales)
    known = sales[number] if number else []
    possible = [sale for sale in known if sale.day <= refund.day and (is_of_store(sale) or is_own(sale))]
    return max(possible, key=lambda sale: (is_own(sale), is_of_store(sale), sale.day), default=None)


def _bought(sales: list[Ticket], refunds: Mapping[Key, list[Ticket]]) -> Bought:
    undone = [sale for sale in sales if _is_undone(sale, refunds.get(sale.key, []))]
    gone = {sale.key for sale in undone}
    theirs = [refund for sale in undone for refund in refunds[sale.key]]
    return Bought([sale for sale in sales if sale.key not in gone], undone, theirs)


def _is_undone(sale: Ticket, refunds: Sequence[Ticket]) -> bool:
    """Whether all of a sale came back, by pieces of every item, or by money when the refund names other items."""
    if not refunds:
        return False
    back: dict[str | None, Decimal] = defaultdict(Decimal)
    for refund in refunds:
        for item, pieces in refund.returned.items():
            back[item] += pieces
    if all(back[item] >= pieces for item, pieces in sale.sold.items()):
        return True
    given_back = sum((abs(refund.subtotal) for refund in refunds if not refund.is_sale), _NOTHING)
    return sale.subtotal > 0 and given_back >= sale.subtotal


def _tickets(tickets: pd.DataFrame) -> Iterator[Ticket]:
    """The rows of a ticket put together. A number can come again in another store, or after years: those are two."""
    found: dict[Key, Ticket] = {}
    for row in tickets.to_dict("records"):
        key = (row["ticket"], row["cust_no"], row["day"], row["store"])
        if key not in found:
            found[key] = Ticket(*key, row["subtotal"] or _NOTHING, row["all_read"])
        ticket = found[key]
        for pieces, column in ((ticket.sold, "sold"), (ticket.returned, "returned")):
            if row[column]:
                pieces[row["item_no"]] = pieces.get(row["item_no"], _NOTHING) + row[column]
    return iter(found.values())
