"""What customers bought and kept, out of their tickets: which number is a refund, and what was brought back wholly.

A refund of ticket 200 is numbered 200R1, a second one 200R2. What belongs here: that, and what is left. What does not:
which dates of a customer follow (automations/restore_sale_dates.py).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

_REFUND: Final = re.compile(r"(?P<original>.+)R\d{1,2}")
_NOTHING: Final = Decimal(0)


@dataclass
class Ticket:
    """A ticket. sold, returned: pieces by item (None: without an item number)."""

    number: str
    cust_no: str | None
    day: date
    subtotal: Decimal
    sold: dict[str | None, Decimal] = field(default_factory=dict)
    returned: dict[str | None, Decimal] = field(default_factory=dict)

    @property
    def is_sale(self) -> bool:
        """Whether something was sold on it; an exchange is a sale, too."""
        return any(pieces > 0 for pieces in self.sold.values())


@dataclass(frozen=True)
class Bought:
    """The tickets of one customer. kept: sales that were not wholly brought back; undone: those that were.

    refunds: the refunds of the undone ones.
    """

    kept: list[Ticket]
    undone: list[Ticket]
    refunds: list[Ticket]


def bought(tickets: pd.DataFrame) -> dict[str, Bought]:
    """What each customer of the tickets (snapshots.CUSTOMER_TICKETS) bought, by number."""
    read = list(_tickets(tickets))
    numbers = {ticket.number for ticket in read}
    refunds: dict[str, list[Ticket]] = defaultdict(list)
    others: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in read:
        if original := original_of(ticket.number, numbers):
            refunds[original].append(ticket)
        elif ticket.cust_no and ticket.is_sale:
            others[ticket.cust_no].append(ticket)
    return {number: _bought(sales, refunds) for number, sales in others.items()}


def original_of(number: str, numbers: Container[str]) -> str | None:
    """The ticket that this one refunds; None when it refunds none of these, whatever its number looks like."""
    found = _REFUND.fullmatch(number)
    return found["original"] if found and found["original"] in numbers else None


def _bought(sales: list[Ticket], refunds: Mapping[str, list[Ticket]]) -> Bought:
    undone = [sale for sale in sales if _is_undone(sale, refunds.get(sale.number, []))]
    gone = {sale.number for sale in undone}
    theirs = [refund for number in sorted(gone) for refund in refunds[number]]
    return Bought([sale for sale in sales if sale.number not in gone], undone, theirs)


def _is_undone(sale: Ticket, refunds: list[Ticket]) -> bool:
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
    """The rows of a ticket put together. A number can come again on another day after years: those are two."""
    found: dict[tuple[Any, ...], Ticket] = {}
    for row in tickets.to_dict("records"):
        key = (row["ticket"], row["cust_no"], row["day"])
        if key not in found:
            found[key] = Ticket(row["ticket"], row["cust_no"], row["day"], row["subtotal"] or _NOTHING)
        ticket = found[key]
        for pieces, column in ((ticket.sold, "sold"), (ticket.returned, "returned")):
            if row[column]:
                pieces[row["item_no"]] = pieces.get(row["item_no"], _NOTHING) + row[column]
    return iter(found.values())
