"""The owner's log of texts, a file a month: date, cust_no, to_phone, body, response. Made again out of the ledger.

What belongs here: those files. They name people and what was written to them, so only the owner can read them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from ops_platform.adapters.database import Database
from ops_platform.adapters.files import stat_if_same, write_whole
from ops_platform.core.csvtext import csv_text
from ops_platform.core.privacy import masked
from ops_platform.retail.people import phone_text

COLUMNS: Final = ["date", "cust_no", "to_phone", "body", "response"]


def log_file(home: Path, month: date) -> Path:
    """Where the texts of a month are logged."""
    return home / "retail" / "logs" / "texts" / f"texts_{month:%Y_%m}.csv"


def write_text_log(db: Database, home: Path, month: date, zone: str, *, is_sandbox: bool) -> Path | None:
    """Write the log of a month where it differs from the ledger; its path, None for a month without texts."""
    rows = db.frame("texts/log", first=month.replace(day=1), zone=zone, is_sandbox=is_sandbox).to_dict("records")
    if not rows:
        return None
    text = csv_text(COLUMNS, [_cells(row) for row in rows], for_people=True)
    file, data = log_file(home, month), text.encode("utf-8")
    if stat_if_same(file, data) is None:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, data, private=True)
    return file


def _cells(row: Mapping[Hashable, Any]) -> list[str]:
    when, phone = row["date"], phone_text(row["to_phone"][-10:])
    return [f"{when:%Y-%m-%d %H:%M:%S}", row["cust_no"], phone, row["body"], masked(row["response"])]
