"""Leads and stock requests of the demo store, written where the shop's web form would write them.

What belongs here: choosing items and customers of the stand-in, and writing the files once. What does not: what people
say (retail/demo_leads.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from ops_platform.adapters.database import Database, records
from ops_platform.adapters.shared_csv import add_missing, append_rows
from ops_platform.retail import leads, requests
from ops_platform.retail.demo_leads import BAD_LEAD, Known, demo_leads, demo_requests
from ops_platform.retail.shared_rows import present
from ops_platform.settings import Settings

_PLENTY: Final = 30
_BACK: Final = 5
_SOLD_OUT: Final = 2


class Written(NamedTuple):
    """How many lines were added, and the items that are back in stock for who waits."""

    lines: int
    back: list[str]


def write_demo_requests(url: str, settings: Settings, now: datetime) -> Written:
    """Write the leads up to `now` that are missing, and, the first time, who waits.

    url: of the point of sale's stand-in. now: in the store's zone. Errors: SharedCsvError.
    """
    files = settings.retail.leads
    db = Database(url, application_name="ops demo requests", pool_size=1)
    try:
        with db.engine.connect() as connection:
            stock = records(connection, "retail/demo_requests_items")
            known = [Known(**row) for row in records(connection, "retail/demo_requests_customers")]
    finally:
        db.close()
    back = [row["item_no"] for row in stock if row["available"] >= _PLENTY][:_BACK]
    is_first = not files.design_requests.exists()
    rows = [leads.lead_cells(lead) for lead in demo_leads(now, known)]
    added = add_missing(files.design_requests, leads.COLUMNS, lambda: rows, key=_lead)
    if is_first:
        append_rows(files.design_requests, leads.COLUMNS, [BAD_LEAD])
        sold_out = [row["item_no"] for row in stock if row["available"] <= 0][:_SOLD_OUT]
        waiting = demo_requests(now, back, sold_out, known)
        append_rows(files.stock_requests, requests.COLUMNS, map(requests.request_cells, waiting))
        added += 1 + len(waiting)
    return Written(added, back)


def _lead(cells: Mapping[str, str]) -> tuple[str | None, ...]:
    return tuple(present(cells.get(name, "")) for name in ("date", "email", "phone"))
