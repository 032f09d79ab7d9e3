"""The lists for the mailing tool: who stands on one, in which columns, and what is other than yesterday.

What belongs here: rows of the lists. What does not: which files there are and when one is held
(automations/export_email_lists.py).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from ops_platform.core.csvtext import csv_text
from ops_platform.retail.automation import note
from ops_platform.retail.people import email_key, phone_digits, phone_text, valid_email

NUMBER, EMAIL = "Customer Number", "Email Address"
_NAMED: Final = (NUMBER, "First Name", "Last Name", EMAIL)
RETAIL: Final = (*_NAMED, "Phone - home", "Birth Month", "Point Balance")
WHOLESALE: Final = (*_NAMED, "Phone Number")
GONE: Final = (NUMBER, EMAIL)
"""Columns of who is no longer on a list: enough to take them out of the mailing tool, too little to import them."""

Row = tuple[str, ...]


@dataclass(frozen=True)
class Chosen:
    """Customers who stand on a list, one an address, by number. opted_out: left out for it."""

    customers: list[Mapping[Any, Any]]
    opted_out: int = 0
    notes: list[dict[str, Any]] = field(default_factory=list)


def refusing(customers: Iterable[Mapping[Any, Any]]) -> set[str]:
    """Addresses (as they are compared) that some customer gave and does not want mails at: any answer but Y."""
    return {
        key for each in customers if each["mail_opt_in"] != "Y"
        for key in (email_key(each["email_1"]), email_key(each["email_2"])) if key
    }  # fmt: skip


def chosen(customers: Iterable[Mapping[Any, Any]], refused: set[str]) -> Chosen:
    """The customers of a list with an address that can be written to and that nobody refused mails at.

    refused: empty when no refusal counts. One line an address: of several customers the one who bought last.
    """
    found: dict[str, Mapping[Any, Any]] = {}
    notes, opted_out = [], 0
    for customer in sorted(customers, key=_bought_last):
        key = email_key(customer["email_1"])
        if key is None:
            continue
        if key in refused:
            opted_out += 1
        elif valid_email(key) is None:
            notes.append(note("customer_bad_email", customer["cust_no"], "left out of the lists"))
        elif key in found:
            notes.append(
                note("customer_shared_email", customer["cust_no"], f"customer {found[key]['cust_no']} bought later")
            )
        else:
            found[key] = customer
    return Chosen(sorted(found.values(), key=_by_number), opted_out, notes)


def retail_row(customer: Mapping[Any, Any]) -> Row:
    """A line of the retail list."""
    return (*_named(customer), _birth_month(customer["birth_month"]), _points(customer["points"]))


def wholesale_row(customer: Mapping[Any, Any]) -> Row:
    """A line of the wholesale list."""
    return _named(customer)


def text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A list as CSV that people may open in a spreadsheet."""
    return csv_text(header, rows, for_people=True)


def read_rows(content: str | None, header: Sequence[str]) -> list[Row]:
    """The rows of a list as `text` wrote it; none of a file that is missing or has other columns."""
    lines = csv.reader(io.StringIO(content or "", newline=""))
    if tuple(next(lines, ())) != tuple(header):
        return []
    return [tuple(cells) for cells in lines if len(cells) == len(header)]


def changed(now: Iterable[Row], before: Iterable[Row]) -> list[Row]:
    """Rows that are new or other than before; both as they stand in the files."""
    known = set(before)
    return [row for row in now if row not in known]


def gone(now: Iterable[Row], before: Iterable[Row]) -> list[Row]:
    """Number and address of who stood on the list before and does no more."""
    place = _NAMED.index(EMAIL)
    there = {row[place] for row in now}
    return [(row[0], row[place]) for row in before if row[place] not in there]


def _named(customer: Mapping[Any, Any]) -> Row:
    phone = customer["phone_1"] or ""
    digits = phone_digits(phone)
    return (
        customer["cust_no"], customer["first_name"] or "", customer["last_name"] or "",
        email_key(customer["email_1"]) or "", phone_text(digits) if digits else phone,
    )  # fmt: skip


def _birth_month(stored: str | None) -> str:
    month = (stored or "").strip()
    return str(int(month)) if month.isascii() and month.isdecimal() and 1 <= int(month) <= 12 else ""


def _points(balance: Decimal | None) -> str:
    return str(max(int(balance or 0), 0))


def _bought_last(customer: Mapping[Any, Any]) -> tuple[Any, ...]:
    """Who bought last comes first; who never did, last; then by number."""
    last = customer["last_sale"]
    return (last is None, -last.toordinal() if last else 0, *_by_number(customer))


def _by_number(customer: Mapping[Any, Any]) -> tuple[int, str]:
    return len(customer["cust_no"]), customer["cust_no"]
