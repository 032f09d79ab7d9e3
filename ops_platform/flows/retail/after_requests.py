"""What is done once leads were mailed and requests served: the lists of who waits, and logs for people (after.py).

What belongs here: taking served requests off the shared file and the form's table, the log of created coupons, and rows
that could not be taken. What does not: who is served (automations/notify_back_in_stock.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database, execute, records
from ops_platform.adapters.shared_csv import add_missing, remove_rows
from ops_platform.core import effect_keys
from ops_platform.flows.retail.gather_requests import effect_states, waiting_requests
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.coupon_codes import TRIES
from ops_platform.retail.requests import COLUMNS, StockRequest, is_row_of, request_cells

if TYPE_CHECKING:
    from ops_platform.flows.retail.runner import Outcome, Run

COUPON_LOG_COLUMNS: Final = ("date", "email", "item_no", "id")
Row = Mapping[Any, Any]


def created_log(home: Path) -> Path:
    """Where created coupons are logged."""
    return home / "retail" / "logs" / "coupons" / "created_coupon_log.csv"


def after_lead_followup(db: Database, systems: Systems, run: Run, outcome: Outcome) -> None:
    """Keep the rows of the leads' file that could not be taken."""
    _keep_rejected(db, outcome)


def after_stock_notifications(db: Database, systems: Systems, run: Run, outcome: Outcome) -> None:
    """Take off the list who was told and who is given up; log the coupons that were made.

    With a real store and the sandbox's mail everybody stays on the list: nobody was told.
    """
    _keep_rejected(db, outcome)
    if outcome.status == "planned" or (systems.is_sandbox("mail") and not systems.is_sandbox("counterpoint")):
        return
    given_up = [_given_up(row) for row in outcome.plan.records["given_up"].to_dict("records")]
    _put_rejected(db, systems.settings.retail.leads.stock_requests.name, given_up)
    _take_off(db, systems, [(row["request"], row["until"]) for row in given_up], because="rejected")
    _take_off(db, systems, list(_told(db, systems)), because="told")
    _log_created(db, systems)


def _told(db: Database, systems: Systems) -> Iterable[tuple[StockRequest, datetime]]:
    """Who is on the list although the mail is out, with when it went: also of a run that died before its end."""
    states = effect_states(db, systems, effect_keys.STOCK_MAIL)
    sent = states[states["status"] == "sent"]
    when: dict[str, datetime] = dict(zip(sent["key"], sent["changed_at"], strict=True))
    for request in waiting_requests(db, systems.settings):
        name = effect_keys.stock_request(*request.who_and_what, request.requested_at)
        for attempt in range(1, TRIES + 1):
            if (at := when.get(effect_keys.stock_mail(name, attempt))) is not None:
                yield request, at


def _take_off(db: Database, systems: Systems, served: list[tuple[StockRequest, datetime]], *, because: str) -> None:
    """First the table, then the file: what the form writes out of the table then never brings a line back."""
    if not served:
        return
    zone = ZoneInfo(systems.settings.retail.timezone)
    with db.transaction() as connection:
        for request, until in served:
            email, item_no = request.who_and_what
            execute(connection, "retail/close_request", email=email, item_no=item_no, until=until, because=because)
    remove_rows(
        systems.settings.retail.leads.stock_requests,
        COLUMNS,
        lambda cells: any(is_row_of(cells, *request.who_and_what, until, zone) for request, until in served),
    )


def _given_up(row: Row) -> dict[str, Any]:
    request = StockRequest(row["requested_at"], row["email"], row["item_no"])
    raw = ",".join(request_cells(request))
    return {"request": request, "until": row["requested_at"], "line": 0, "column": "", "raw": raw,
            "code": row["code"], "detail": row["detail"]}  # fmt: skip


def _keep_rejected(db: Database, outcome: Outcome) -> None:
    rejected: list[dict[Any, Any]] = outcome.plan.records["rejected_rows"].to_dict("records")
    for file in sorted({row["file"] for row in rejected}):
        _put_rejected(db, file, [row for row in rejected if row["file"] == file])


def _put_rejected(db: Database, file: str, rows: Iterable[Row]) -> None:
    with db.transaction() as connection:
        for row in rows:
            values = {name: row[name] for name in ("line", "column", "code", "detail", "raw")}
            digest = hashlib.sha256(row["raw"].encode("utf-8", "replace")).hexdigest()
            execute(connection, "retail/put_rejected_row", **values, file=file, raw_sha256=digest)


def _log_created(db: Database, systems: Systems) -> None:
    zone = ZoneInfo(systems.settings.retail.timezone)
    with db.engine.connect() as connection:
        made = records(connection, "retail/created_coupons", is_sandbox=systems.is_sandbox("bigcommerce"))
    rows = [
        [f"{row['changed_at'].astimezone(zone):%Y-%m-%d %H:%M:%S}", row["email"], row["item_no"], row["provider_id"]]
        for row in made
    ]
    if rows:
        path = created_log(systems.settings.home)
        add_missing(path, COUPON_LOG_COLUMNS, lambda: rows, key=lambda cells: tuple(cells.values()), private=True)
