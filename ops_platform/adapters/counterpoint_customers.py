"""Customers of NCR Counterpoint and what they bought and brought back, as the frames of retail/snapshots.py.

What belongs here: SELECTs over AR_CUST and the ticket history, for the customers that are asked about only. What does
not: who a customer is and what a refund means (retail/), and writing (counterpoint_writes.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.counterpoint import Counterpoint, code, midnight, trimmed
from ops_platform.adapters.counterpoint_tables import PS_TKT_HIST, PS_TKT_HIST_LIN

MOST_IN_LIST: Final = 1000
"""Values of one IN list: SQL Server takes 2,100 parameters a statement."""

_CODES: Final = frozenset({
    "name_type", "category", "state", "mail_opt_in", "loyalty_program", "sms_consent_1", "sms_consent_2",
})  # fmt: skip
_DAYS: Final = frozenset({"loyalty_adjusted_on", "first_sale", "last_sale", "day"})
_PHONES: Final = ("phone_1", "phone_2", "mobile_1", "mobile_2")
_EMAILS: Final = ("email_1", "email_2")
_TICKET_COLUMNS: Final = ["cust_no", "ticket", "day", "store", "subtotal", "item_no", "sold", "returned"]


def customers(pos: Counterpoint) -> pd.DataFrame:
    """Every customer but the walk-in ones, with the columns of snapshots.CUSTOMERS. One query."""
    fields = pos.customer_fields
    query = fields.selected().where(_is_somebody(pos))
    read = pos.frame(query, ["cust_no", *fields.columns])
    read["cust_no"] = read["cust_no"].map(trimmed)
    for meaning in fields.columns:
        read[meaning] = _plain(meaning, read[meaning])
    return read


def customers_like(pos: Counterpoint, *, email: str | None, phone: str | None) -> pd.DataFrame:
    """Numbers, phones and addresses of the customers who may have this address or these ten digits. One query.

    A superset: digits are looked for in their order, whatever stands between them; the caller compares. email: in
    small letters. Neither: nobody.
    """
    fields = pos.customer_fields
    columns = [*_PHONES, *_EMAILS]
    alike = []
    if email:
        alike += [sa.func.lower(sa.func.ltrim(sa.func.rtrim(fields.column(name)))) == email for name in _EMAILS]
    if phone:
        parts = "%".join((phone[:3], phone[3:6], phone[6:]))
        alike += [fields.column(name).like(f"%{parts}%") for name in _PHONES]
    query = (
        sa.select(fields.key_column, *(fields.column(name) for name in columns))
        .where(_is_somebody(pos), sa.or_(sa.false(), *alike))
        .order_by(fields.key_column)
    )
    return pos.frame(query, ["cust_no", *columns]).map(trimmed)


def refunded_tickets(pos: Counterpoint, since: date, stores: Iterable[str] = ()) -> pd.DataFrame:
    """All tickets of the customers who have a refund since a day, with the columns of snapshots.CUSTOMER_TICKETS.

    A row a ticket and item. With them come, also of others (`all_read` is False), the refunds that have the number of
    one of their tickets, and the tickets with the same number as such a one: the refund may be of either. stores:
    those whose refunds count, none: all. Two statements, and one more for every further five hundred customers.
    """
    concerned = pos.frame(_concerned(pos, since, tuple(stores)), ["cust_no"])["cust_no"]
    numbers = sorted(number for number in concerned if number)  # an empty number would mean half of the history
    found = [pos.frame(_tickets_of(some), _TICKET_COLUMNS) for some in _chunks(numbers)]
    read = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=_TICKET_COLUMNS, dtype=object)
    read = read.drop_duplicates(["cust_no", "ticket", "day", "store", "item_no"], ignore_index=True)
    for column in read.columns:
        read[column] = _plain(column, read[column])
    # Two tickets of the walk-in customer are not of the same person.
    nobody = read["cust_no"].isin(pos.settings.walk_in_customers)
    read["cust_no"] = read["cust_no"].mask(nobody, None)
    return read.assign(all_read=read["cust_no"].isin(numbers).astype(object))


def _concerned(pos: Counterpoint, since: date, stores: tuple[str, ...]) -> sa.CompoundSelect:
    """Customers of the refunds since a day, and of the tickets they may refund; which one it is the caller decides."""
    refund = _refunds()
    lately = [refund.c.day >= midnight(since)]
    if stores:
        lately.append(refund.c.store.in_(stores))
    own = PS_TKT_HIST.c
    customer, ticket = sa.func.rtrim(own.CUST_NO), sa.func.rtrim(own.TKT_NO)
    may_be = sa.and_(
        ticket == refund.c.original,
        refund.c.day >= own.BUS_DAT,
        sa.or_(_store() == refund.c.store, customer == refund.c.customer),
    )
    nobody = pos.settings.walk_in_customers
    of_refund = sa.select(refund.c.customer).where(refund.c.customer.is_not(None), refund.c.customer.not_in(nobody))
    of_original = (
        sa.select(customer)
        .select_from(PS_TKT_HIST.join(refund, may_be))
        .where(own.CUST_NO.is_not(None), customer.not_in(nobody))
    )
    return sa.union(of_refund.where(*lately), of_original.where(*lately))


def _tickets_of(numbers: list[str]) -> sa.Select:
    ticket, line = PS_TKT_HIST.c, PS_TKT_HIST_LIN.c
    customer, number, item = sa.func.rtrim(ticket.CUST_NO), sa.func.rtrim(ticket.TKT_NO), sa.func.rtrim(line.ITEM_NO)
    other = PS_TKT_HIST.alias("other")
    theirs = sa.select(sa.func.rtrim(other.c.TKT_NO)).where(sa.func.rtrim(other.c.CUST_NO).in_(numbers))
    refund = _refunds()
    elsewhere = sa.select(refund.c.number).where(refund.c.original.in_(theirs))
    same_number = sa.select(refund.c.original).where(refund.c.original.in_(theirs))
    same_ticket = sa.and_(line.BUS_DAT == ticket.BUS_DAT, line.DOC_ID == ticket.DOC_ID, line.LIN_TYP.in_(("S", "R")))
    return (
        sa.select(
            customer, number, ticket.BUS_DAT, _store(), ticket.SUB_TOT, item,
            sa.func.sum(sa.case((line.LIN_TYP == "S", sa.func.abs(line.QTY_SOLD)), else_=0)),
            sa.func.sum(sa.case((line.LIN_TYP == "R", sa.func.abs(line.QTY_SOLD)), else_=0)),
        )
        .select_from(PS_TKT_HIST.outerjoin(PS_TKT_HIST_LIN, same_ticket))
        .where(sa.or_(customer.in_(numbers), number.in_(elsewhere), number.in_(same_number)))
        .group_by(customer, number, ticket.BUS_DAT, ticket.STR_ID, ticket.SUB_TOT, item)
    )  # fmt: skip


def _store() -> sa.ColumnElement[str]:
    """The store of a ticket; empty when there is none, so that two of those compare as equal."""
    return sa.func.coalesce(sa.func.rtrim(PS_TKT_HIST.c.STR_ID), "")


def _refunds() -> sa.Subquery:
    """Tickets whose number looks like a refund's: the number of another with R1, R2 .. R99 behind it."""
    ticket = PS_TKT_HIST.c
    number = sa.func.rtrim(ticket.TKT_NO)
    length = sa.func.char_length(number)
    original = sa.case(
        (number.like("%R_"), sa.func.left(number, length - 2)), (number.like("%R__"), sa.func.left(number, length - 3))
    )
    return (
        sa.select(
            number.label("number"),
            original.label("original"),
            sa.func.rtrim(ticket.CUST_NO).label("customer"),
            ticket.BUS_DAT.label("day"),
            _store().label("store"),
        )
        .where(sa.or_(number.like("%R_"), number.like("%R__")))
        .subquery()
    )


def _is_somebody(pos: Counterpoint) -> sa.ColumnElement[bool]:
    return sa.func.rtrim(pos.customer_fields.key_column).not_in(pos.settings.walk_in_customers)


def _chunks(values: list[str]) -> Iterator[list[str]]:
    most = MOST_IN_LIST // 2  # each stands in three lists of the statement
    for start in range(0, len(values), most):
        yield values[start : start + most]


def _plain(meaning: str, values: pd.Series) -> pd.Series:
    """A column as the snapshots have it."""
    read = _read(meaning)
    return pd.Series([None if value is None else read(value) for value in values], dtype=object)


def _read(meaning: str) -> Callable[[Any], Any]:
    if meaning in _DAYS:
        return datetime.date
    if meaning in _CODES:
        return code
    # Whether a contact is empty or blank is a setting; all other blanks are nothing.
    return str.rstrip if meaning == "contact_1" else trimmed
