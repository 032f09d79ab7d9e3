"""Log files that people of the store look through, beside the platform's own records."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database
from ops_platform.adapters.files import write_if_changed
from ops_platform.retail.automations.set_inactive_products import status_log, status_log_name

STATUS_LOG_OF: Final = "inactive_products"
"""The automation whose changes are logged."""

_DAYS: Final = 7


def status_log_file(home: Path, day: datetime) -> Path:
    """Where the status changes of a day are logged."""
    return home / "retail" / "logs" / STATUS_LOG_OF / status_log_name(day)


def write_status_logs(db: Database, home: Path, as_of: datetime, zone: ZoneInfo, *, is_sandbox: bool) -> None:
    """Write the logs of the last days out of the record, where they differ from it.

    Out of the record and not beside it: a run that dies before its lines are written is then logged by the next one.
    is_sandbox: of which point of sale; on the day a store goes live nobody is told of invented items.
    """
    since = (as_of - timedelta(days=_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    found = db.frame("retail/status_log", automation=STATUS_LOG_OF, since=since, is_sandbox=is_sandbox)
    rows = found.to_dict("records")
    texts: dict[Path, str] = {}
    for moment, some in groupby(rows, key=lambda row: row["as_of"]):
        when = moment.astimezone(zone)
        file = status_log_file(home, when)
        texts[file] = texts.get(file, "") + status_log(some, when, header=file not in texts)
    for file, text in texts.items():
        write_if_changed(file, text.encode())
