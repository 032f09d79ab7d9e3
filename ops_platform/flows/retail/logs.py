"""Log files that people of the store look through, beside the platform's own records."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd

from ops_platform.adapters.files import write_whole
from ops_platform.retail.automations.set_inactive_products import status_log, status_log_name


def status_log_file(home: Path, day: datetime) -> Path:
    """Where the status changes of a day are logged."""
    return home / "retail" / "logs" / "inactive_products" / status_log_name(day)


def write_status_log(home: Path, changes: pd.DataFrame, results: pd.DataFrame, when: datetime) -> None:
    """Add the changes that were written to the day's log; the file is replaced whole, so it is never torn."""
    written = set(results.loc[results["status"] == "applied", "key"])
    rows = [row for row in changes.to_dict("records") if row["key"] in written]
    if not rows:
        return
    file = status_log_file(home, when)
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    write_whole(file, (before + status_log(rows, when, header=not before)).encode())
