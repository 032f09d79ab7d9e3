"""Reading what reports need (retail/reports/needs.py), and inputs of which some may be missing.

What belongs here: from such a Need to its frame. What does not: the statements (adapters/counterpoint_reports.py), and
what a report does without an input.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pandas as pd

from ops_platform.adapters import counterpoint_reports as pos
from ops_platform.adapters.counterpoint import CounterpointError
from ops_platform.adapters.database import Database
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.reports import needs

_TOLD: Final = (CounterpointError, OSError)
_log = logging.getLogger(__name__)


class PartlyRead(Mapping[str, pd.DataFrame]):
    """Inputs of a plan. One that could not be read raises, when it is looked at, what reading it raised."""

    def __init__(self, read: Mapping[str, pd.DataFrame | Exception]) -> None:
        self._read = dict(read)

    def __getitem__(self, name: str) -> pd.DataFrame:
        found = self._read[name]
        if isinstance(found, Exception):
            raise found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


def without_known(needs_: Mapping[str, Any], read: Callable[[Any], pd.DataFrame]) -> Mapping[str, Any]:
    """The needs of an automation; of a report that was made before only those that say so: years of sales are a lot."""
    known = [need for need in needs_.values() if isinstance(need, needs.KnownReports)]
    if not any(len(read(need)) for need in known):
        return needs_
    return {name: need for name, need in needs_.items() if isinstance(need, needs.KnownReports | needs.ReportDesk)}


def read_or_error(read: Callable[[Any], pd.DataFrame], need: needs.MayFail) -> pd.DataFrame | Exception:
    """The frame of a need that may fail, or what went wrong; what nobody expected goes into the log."""
    try:
        return read(need.need)
    except _TOLD as error:
        return error
    except Exception as error:  # a defect in one read must not cost the whole report
        _log.exception("%s could not be read", type(need.need).__name__)
        return error


def report_readers(db: Database, systems: Systems, *, again: bool) -> dict[type, Callable[[Any], pd.DataFrame]]:
    """A reader a need. again: somebody asked for reports that are known."""
    return {  # the point of sale only when it is asked: what else is read must not fail with it
        needs.HistoryStart: lambda _: pos.history_start(systems.counterpoint),
        needs.DailySales: lambda need: pos.daily_sales(systems.counterpoint, need.start, need.end),
        needs.RepSales: lambda need: pos.rep_sales(systems.counterpoint, need.start, need.end),
        needs.CustomerSales: lambda need: pos.customer_sales(
            systems.counterpoint, need.start, need.end, need.categories
        ),
        needs.CategorySales: lambda need: pos.category_sales(systems.counterpoint, need.start, need.end),
        needs.Payments: lambda need: pos.payments(systems.counterpoint, need.start, need.end),
        needs.TicketTotals: lambda need: pos.ticket_totals(systems.counterpoint, need.start, need.end),
        needs.Deposits: lambda need: pos.deposits(systems.counterpoint, need.start, need.end),
        needs.GiftCards: lambda need: pos.gift_cards(systems.counterpoint, need.start, need.end),
        needs.WebCategories: lambda _: pos.web_categories(systems.counterpoint),
        needs.ReportDesk: lambda _: pd.DataFrame([{"is_sandbox": systems.is_sandbox("mail"), "again": again}]),
        needs.KnownReports: lambda need: _known(db, systems, need.key),
    }


def _known(db: Database, systems: Systems, key: str) -> pd.DataFrame:
    """What the ledger has of a report: its key, and those of the times it was asked for once more."""
    found = db.frame("effects/states", prefix=key, sandbox_kinds=["email"] if systems.is_sandbox("mail") else [])
    return found[(found["key"] == key) | found["key"].str.startswith(f"{key}/")].reset_index(drop=True)
