"""What the reports read of NCR Counterpoint: sums by day, rep, customer, category, pay code, made by the server.

What belongs here: SELECTs and making their values plain, as the frames retail/reports/needs.py describes. What does
not: what the figures mean, and periods. BUS_DAT is the business day; it leads the primary keys of the ticket tables, so
that a window costs what is in it. A return counts against, whichever sign this installation writes it with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.counterpoint import Counterpoint, code, midnight, net, trimmed
from ops_platform.adapters.counterpoint_tables import (
    AR_CUST,
    EC_CATEG_ITEM,
    PS_DOC_HDR,
    PS_DOC_PMT,
    PS_TKT_HIST,
    PS_TKT_HIST_LIN,
    PS_TKT_HIST_PMT,
    SY_GFC,
    SY_USR,
)

_ticket, _line, _payment, _customer = PS_TKT_HIST.c, PS_TKT_HIST_LIN.c, PS_TKT_HIST_PMT.c, AR_CUST.c
_SOLD_OR_RETURNED: Final = ("S", "R")
_CODES: Final = frozenset({"store", "segment", "rep", "category", "pay_code"})
_KEYS: Final = _CODES | {"day", "item_no"}
_NONE: Final = Decimal(0)


def history_start(pos: Counterpoint) -> pd.DataFrame:
    """The first business day there is a ticket of, as `day`; no row without tickets."""
    moments = pos.frame(sa.select(sa.func.min(_ticket.BUS_DAT)), ["day"])["day"]
    return pd.DataFrame({"day": pd.Series([moment.date() for moment in moments if moment is not None], dtype=object)})


def daily_sales(pos: Counterpoint, start: date, end: date) -> pd.DataFrame:
    """Revenue, cost and tickets by day, store and category of the customer.

    A line without a store counts for that of its ticket. Only tickets with something sold are counted: one that only
    brings something back is no customer who bought.
    """
    sums = (
        sa.select(
            _line.BUS_DAT, _line.STR_ID, _ticket.STR_ID, _customer.CATEG_COD,
            sa.func.sum(net(_line.EXT_PRC)), sa.func.sum(net(_line.EXT_COST)),
        )
        .select_from(_lines_with_tickets().outerjoin(AR_CUST, _customer.CUST_NO == _ticket.CUST_NO))
        .where(_line.LIN_TYP.in_(_SOLD_OR_RETURNED), *_within(_line.BUS_DAT, start, end))
        .group_by(_line.BUS_DAT, _line.STR_ID, _ticket.STR_ID, _customer.CATEG_COD)
    )  # fmt: skip
    counts = (
        sa.select(_ticket.BUS_DAT, _ticket.STR_ID, _customer.CATEG_COD, sa.func.count())
        .select_from(PS_TKT_HIST.outerjoin(AR_CUST, _customer.CUST_NO == _ticket.CUST_NO))
        .where(sa.or_(_ticket.SAL_LINS.is_(None), _ticket.SAL_LINS > 0), *_within(_ticket.BUS_DAT, start, end))
        .group_by(_ticket.BUS_DAT, _ticket.STR_ID, _customer.CATEG_COD)
    )
    amounts = _tuples(pos.frame(sums, ["day", "of_line", "of_ticket", "segment", "revenue", "cost"]))
    tickets = _tuples(pos.frame(counts, ["day", "store", "segment", "tickets"]))
    rows = [(day, trimmed(line) or ticket, segment, *sums, 0) for day, line, ticket, segment, *sums in amounts]
    rows += [(*key, _NONE, _NONE, count) for *key, count in tickets]
    return _summed(rows, ["day", "store", "segment", "revenue", "cost", "tickets"])


def rep_sales(pos: Counterpoint, start: date, end: date) -> pd.DataFrame:
    """Revenue and tickets by sales rep, with names; the rep of a line counts before that of its ticket."""
    # A constant in the text and not a parameter: in GROUP BY it would be another expression to the server.
    blank: sa.ColumnElement[str] = sa.literal_column("''")
    rep = sa.func.coalesce(sa.func.nullif(sa.func.rtrim(_line.SLS_REP), blank), _ticket.SLS_REP)
    query = (
        sa.select(rep, sa.func.sum(net(_line.EXT_PRC)), sa.func.count(sa.distinct(_line.DOC_ID)))
        .select_from(_lines_with_tickets())
        .where(_line.LIN_TYP.in_(_SOLD_OR_RETURNED), *_within(_line.BUS_DAT, start, end))
        .group_by(rep)
    )
    found = _summed(_tuples(pos.frame(query, ["rep", "revenue", "tickets"])), ["rep", "revenue", "tickets"])
    names = _tuples(pos.frame(sa.select(SY_USR.c.USR_ID, SY_USR.c.NAM), ["rep", "name"]))
    name_of = {code(rep): trimmed(name) for rep, name in names}
    found.insert(1, "name", pd.Series([name_of.get(rep) for rep in found["rep"]], dtype=object))
    return found


def customer_sales(pos: Counterpoint, start: date, end: date, categories: Iterable[str]) -> pd.DataFrame:
    """Revenue and tickets by customer, of customers of these categories only."""
    wanted = sorted({name.strip().upper() for name in categories})
    query = (
        sa.select(
            _customer.CUST_NO, _customer.NAM, sa.func.sum(net(_line.EXT_PRC)), sa.func.count(sa.distinct(_line.DOC_ID))
        )
        .select_from(_lines_with_tickets().join(AR_CUST, _customer.CUST_NO == _ticket.CUST_NO))
        .where(
            _line.LIN_TYP.in_(_SOLD_OR_RETURNED),
            sa.func.upper(sa.func.rtrim(_customer.CATEG_COD)).in_(wanted),
            *_within(_line.BUS_DAT, start, end),
        )
        .group_by(_customer.CUST_NO, _customer.NAM)
    )
    return _texts(pos.frame(query, ["cust_no", "name", "revenue", "tickets"]), "cust_no", "name")


def category_sales(pos: Counterpoint, start: date, end: date) -> pd.DataFrame:
    """Units and revenue by category and item, category and description as the lines have them."""
    query = (
        sa.select(
            _line.CATEG_COD, _line.ITEM_NO, sa.func.max(_line.DESCR),
            sa.func.sum(net(_line.QTY_SOLD)), sa.func.sum(net(_line.EXT_PRC)),
        )
        .where(_line.ITEM_NO.is_not(None), _line.LIN_TYP.in_(_SOLD_OR_RETURNED), *_within(_line.BUS_DAT, start, end))
        .group_by(_line.CATEG_COD, _line.ITEM_NO)
    )  # fmt: skip
    read = _texts(pos.frame(query, ["category", "item_no", "descr", "units", "revenue"]), "item_no", "descr")
    descr_of = dict(zip(read["item_no"], read["descr"], strict=True))
    found = _summed(_tuples(read.drop(columns="descr")), ["category", "item_no", "units", "revenue"])
    found.insert(2, "descr", pd.Series([descr_of[item_no] for item_no in found["item_no"]], dtype=object))
    return found


def payments(pos: Counterpoint, start: date, end: date) -> pd.DataFrame:
    """What was paid by day, store of the ticket and pay code."""
    same = sa.and_(_ticket.BUS_DAT == _payment.BUS_DAT, _ticket.DOC_ID == _payment.DOC_ID)
    query = (
        sa.select(_payment.BUS_DAT, _ticket.STR_ID, _payment.PAY_COD, sa.func.sum(_payment.AMT), sa.func.count())
        .select_from(PS_TKT_HIST_PMT.outerjoin(PS_TKT_HIST, same))
        .where(*_within(_payment.BUS_DAT, start, end))
        .group_by(_payment.BUS_DAT, _ticket.STR_ID, _payment.PAY_COD)
    )
    return _read_summed(pos, query, ["day", "store", "pay_code", "amount", "payments"])


def ticket_totals(pos: Counterpoint, start: date, end: date) -> pd.DataFrame:
    """What the tickets came to by day and store, with tax, and the tax in it."""
    query = (
        sa.select(
            _ticket.BUS_DAT, _ticket.STR_ID, sa.func.count(), sa.func.sum(_ticket.TOT), sa.func.sum(_ticket.TAX_AMT)
        )
        .where(*_within(_ticket.BUS_DAT, start, end))
        .group_by(_ticket.BUS_DAT, _ticket.STR_ID)
    )
    return _read_summed(pos, query, ["day", "store", "tickets", "total", "tax"])


def deposits(pos: Counterpoint, start: date, end: date) -> pd.DataFrame:
    """Deposits on documents that are still open, by the day they were paid, and store."""
    paid = PS_DOC_PMT.c
    query = (
        sa.select(paid.PAY_DAT, PS_DOC_HDR.c.STR_ID, sa.func.sum(paid.AMT))
        .select_from(PS_DOC_PMT.outerjoin(PS_DOC_HDR, PS_DOC_HDR.c.DOC_ID == paid.DOC_ID))
        .where(paid.FINAL_PMT == "N", *_within(paid.PAY_DAT, start, end))
        .group_by(paid.PAY_DAT, PS_DOC_HDR.c.STR_ID)
    )
    return _read_summed(pos, query, ["day", "store", "amount"])


def gift_cards(pos: Counterpoint, start: date, end: date) -> pd.DataFrame:
    """Gift cards sold by day and store, at what they were sold for."""
    card = SY_GFC.c
    query = (
        sa.select(card.ORIG_DAT, card.ORIG_STR_ID, sa.func.sum(card.ORIG_AMT))
        .where(*_within(card.ORIG_DAT, start, end))
        .group_by(card.ORIG_DAT, card.ORIG_STR_ID)
    )
    return _read_summed(pos, query, ["day", "store", "amount"])


def web_categories(pos: Counterpoint) -> pd.DataFrame:
    """Items that stand in a category of the web shop."""
    return _texts(pos.frame(sa.select(EC_CATEG_ITEM.c.ITEM_NO).distinct(), ["item_no"]), "item_no")


def _lines_with_tickets() -> sa.Join:
    """Lines and their tickets; a line whose ticket is missing was sold all the same."""
    same = sa.and_(_ticket.BUS_DAT == _line.BUS_DAT, _ticket.DOC_ID == _line.DOC_ID)
    return PS_TKT_HIST_LIN.outerjoin(PS_TKT_HIST, same)


def _within(column: sa.ColumnElement, start: date, end: date) -> tuple[sa.ColumnElement[bool], ...]:
    """The whole of the last day, whatever time of it is written: `<= end` would lose all but its midnight."""
    return column >= midnight(start), column < midnight(end + timedelta(days=1))


def _tuples(frame: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    return frame.itertuples(index=False, name=None)


def _texts(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    for column in columns:
        frame[column] = frame[column].map(trimmed).astype(object)
    return frame


def _read_summed(pos: Counterpoint, query: sa.Select, columns: list[str]) -> pd.DataFrame:
    return _summed(_tuples(pos.frame(query, columns)), columns)


def _summed(rows: Iterable[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    """Rows with days and codes made plain, those that are then the same added up, in the order of their keys.

    columns: keys first. Grouping by what a column holds is cheap for the server; that `web ` and `WEB` are one store,
    and two times of one day one day, is evened out here.
    """
    makers = [_plain(name) for name in columns if name in _KEYS]
    added: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in rows:
        key = tuple(make(part) for make, part in zip(makers, row, strict=False))
        values = tuple(_NONE if value is None else value for value in row[len(makers) :])
        before = added.get(key)
        added[key] = values if before is None else tuple(a + b for a, b in zip(before, values, strict=True))
    ordered = sorted(added, key=lambda key: [(part is None, "" if part is None else part) for part in key])
    return pd.DataFrame([(*key, *added[key]) for key in ordered], columns=columns, dtype=object)


def _plain(name: str) -> Callable[[Any], Any]:
    if name == "day":
        return lambda moment: moment.date()
    return code if name in _CODES else trimmed
