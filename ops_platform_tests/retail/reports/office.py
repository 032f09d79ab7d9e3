"""Inputs of reports for tests: everything a store might have, with one ordinary row of each unless told otherwise.

about = office(daily_sales=daily(("2026-05-16", "1", "RETAIL", "100.00", "40.00", 2)), today=MONDAY)
html, text = mailed(admin_report.admin_report(about))
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from ops_platform.adapters.mail_templates import Frame, MailText, render_mail_text
from ops_platform.retail import snapshots
from ops_platform.retail.reports import needs
from ops_platform.retail.reports.about import About
from ops_platform.retail.reports.document import Block, Report, Section, Table, context
from ops_platform.retail.reports.fitting import fitted
from ops_platform.settings_retail import RetailSettings
from ops_platform_tests.retail.store import items, sales, stock

MONDAY = date(2026, 5, 18)
"""A Monday in the season; the store is closed on Sundays."""


class Unreadable(dict[str, pd.DataFrame]):
    """Inputs of which some raise when they are looked at, as those do that could not be read."""

    def __init__(self, inputs: Mapping[str, pd.DataFrame], errors: Mapping[str, Exception]) -> None:
        super().__init__(inputs)
        self._errors = errors

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name in self._errors:
            raise self._errors[name]
        return super().__getitem__(name)


def frame(columns: Mapping[str, str], *rows: Sequence[Any]) -> pd.DataFrame:
    """Rows under columns; days may be ISO text, amounts text with a point."""
    return pd.DataFrame([[_plain(value) for value in row] for row in rows], columns=list(columns), dtype=object)


def daily(*rows: Sequence[Any]) -> pd.DataFrame:
    """Daily sums: day, store, segment, revenue, cost, tickets."""
    return frame(needs.DAILY_SALES, *rows)


def first_day(day: str | None) -> pd.DataFrame:
    return frame(needs.HISTORY_START, *([] if day is None else [[day]]))


def inputs_of(**frames: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All inputs of all reports; empty ones unless given."""
    none = sales({})
    usual = {
        "items": items(),
        "stock": stock({}),
        "daily_sales": daily(),
        "history_start": first_day("2020-01-01"),
        "rep_sales": frame(needs.REP_SALES),
        "wholesale_sales": frame(needs.CUSTOMER_SALES),
        "category_sales": frame(needs.CATEGORY_SALES),
        **dict.fromkeys(("week_items", "month_items", "month_items_before", "coming_items", "season_items"), none),
        "photo_folder": frame(snapshots.PHOTO_FOLDER),
        "web_categories": frame(needs.WEB_CATEGORIES),
        "web_descriptions": frame(snapshots.WEB_DESCRIPTIONS),
        "payments": frame(needs.PAYMENTS),
        "ticket_totals": frame(needs.TICKET_TOTALS),
        "deposits": frame(needs.DEPOSITS),
        "gift_cards": frame(needs.GIFT_CARDS),
        "report_desk": pd.DataFrame([{"is_sandbox": True, "again": False}]),
        "known_reports": frame(needs.KNOWN_REPORTS),
    }
    assert frames.keys() <= usual.keys()
    return {**usual, **frames}


def office(
    today: date = MONDAY,
    errors: Mapping[str, Exception] | None = None,
    settings: Mapping[str, Any] | None = None,
    **frames: pd.DataFrame,
) -> About:
    """What a report looks at. errors: inputs that could not be read. settings: of the retail section."""
    return About(Unreadable(inputs_of(**frames), errors or {}), RetailSettings(**(settings or {})), today)


def section(report: Report, name: str) -> Section:
    return next(each for each in report.sections if each.name == name)


def tables(report: Report, name: str) -> dict[str, Table]:
    return titled(section(report, name).blocks)


def titled(blocks: Iterable[Block]) -> dict[str, Table]:
    """The tables among blocks, by their title."""
    return {block.title: block for block in blocks if isinstance(block, Table)}


def cells(table: Table) -> list[list[Any]]:
    """A table's rows as plain values."""
    return [[getattr(cell, "value", cell) for cell in row] for row in table.rows]


def mailed(report: Report) -> MailText:
    """The report as its recipients get it."""
    values = json.loads(json.dumps(context(fitted(report))))
    frame_of_mail = Frame("Willet & Moss", "staff")
    return render_mail_text(report.template, values, frame_of_mail, [each.cid for each in report.pictures])


def _plain(value: Any) -> Any:
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        return date.fromisoformat(value)
    if isinstance(value, str) and value.replace("-", "", 1).replace(".", "", 1).isdigit() and "." in value:
        return Decimal(value)
    return value
