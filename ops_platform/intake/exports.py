"""The CSV files of the forms: what the tables hold and the files lack is added; whatever else stands there stays.

So the files are what they always were for other programs, also where another form writes into them, and a crash between
the table and the file is made good at the next start. They name people: a file that is made here is readable by its
owner alone; one that another program made keeps its rights.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database, records
from ops_platform.adapters.shared_csv import SharedCsvError, add_missing
from ops_platform.flows.retail.gather_requests import form_leads, form_requests
from ops_platform.retail import leads, requests
from ops_platform.retail.people import email_key
from ops_platform.retail.shared_rows import present
from ops_platform.settings import Settings

NEWSLETTER_COLUMNS: Final = ("date", "email", "first_name", "last_name")
_AGAIN_SECONDS: Final = 30.0
_log = logging.getLogger(__name__)


def write_exports(db: Database, settings: Settings) -> int:
    """Bring the three files up to date; return how many lines were added. Errors: SharedCsvError."""
    files, zone = settings.retail.leads, ZoneInfo(settings.retail.timezone)

    def lead_of(cells: Mapping[str, str]) -> object:
        moment = leads.moment(present(cells.get("date", "")), zone)
        email, phone = (present(cells.get(name, "")) for name in ("email", "phone"))
        return moment and leads.Lead(moment, email=email, phone=phone).lead_id

    def request_of(cells: Mapping[str, str]) -> object:
        return tuple((present(cells.get(name, "")) or "").casefold() for name in requests.COLUMNS)

    added = add_missing(
        files.design_requests,
        leads.COLUMNS,
        lambda: map(leads.lead_cells, form_leads(db, settings)),
        key=lead_of,
        private=True,
    )
    added += add_missing(
        files.stock_requests,
        requests.COLUMNS,
        lambda: map(requests.request_cells, form_requests(db, settings)),
        key=request_of,
        private=True,
    )
    return added + add_missing(
        files.newsletter,
        NEWSLETTER_COLUMNS,
        lambda: _newsletter(db, zone),
        key=lambda cells: email_key(present(cells.get("email", ""))),
        private=True,
    )


def _newsletter(db: Database, zone: ZoneInfo) -> list[list[str]]:
    with db.engine.connect() as connection:
        rows = records(connection, "retail/intake_newsletter")
    return [
        [_text(row["joined_at"], zone), row["email"], row["first_name"] or "", row["last_name"] or ""] for row in rows
    ]


def _text(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


class Exporter:
    """Writes the files in a thread of its own whenever something came, so that nobody waits for it. Started at once.

    What fails is logged and tried again: the tables have it all.
    """

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._wanted = threading.Event()
        self._ending = threading.Event()
        self._wanted.set()
        self._thread = threading.Thread(target=self._work, name="intake exports", daemon=True)

    def start(self) -> None:
        """Begin; the first pass makes good what an earlier process could not write."""
        self._thread.start()

    def ask(self) -> None:
        """Something came."""
        self._wanted.set()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._ending.set()
        self._wanted.set()
        self._thread.join()

    def _work(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            ending = self._ending.is_set()
            try:
                write_exports(self._db, self._settings)
            except SharedCsvError as error:
                _log.warning("a file of the forms was not written, and is tried again: %s", error)
                self._later()
            except Exception:  # the database may be away; the forms go on
                _log.exception("the files of the forms were not written, and are tried again")
                self._later()
            if ending:
                return

    def _later(self) -> None:
        if not self._ending.wait(_AGAIN_SECONDS):
            self._wanted.set()
