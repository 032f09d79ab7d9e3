"""The list of customers that were made of leads, for people: `<home>/retail/new_customers.csv`.

Out of the ledger and not beside it: a run that dies before its lines are written is made good by the next one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database
from ops_platform.adapters.files import stat_if_same, write_whole
from ops_platform.core.csvtext import csv_text
from ops_platform.flows.effects.customers import ALREADY
from ops_platform.flows.retail.systems import Systems

if TYPE_CHECKING:
    from ops_platform.flows.retail.runner import Outcome, Run

HEADER: Final = (
    "date", "customer_number", "first_name", "last_name", "phone_number", "email", "street", "city", "state",
    "zip_code",
)  # fmt: skip
_FIELDS: Final = ("FST_NAM", "LST_NAM", "PHONE_1", "EMAIL_ADRS_1", "ADRS_1", "CITY", "STATE", "ZIP_COD")


def new_customers_file(home: Path) -> Path:
    """Where the list lies. It names people: only its owner may read it."""
    return home / "retail" / "new_customers.csv"


def write_new_customers(db: Database, systems: Systems, _run: Run, _outcome: Outcome) -> None:
    """Write the list anew where it differs from the ledger. Errors: FileWriteError."""
    zone = ZoneInfo(systems.settings.retail.timezone)
    made = db.frame("retail/new_customers", is_sandbox=systems.is_sandbox("counterpoint_api"), already=ALREADY)
    rows = [
        [
            f"{row['at'].astimezone(zone):%Y-%m-%d %H:%M:%S}",
            row["number"],
            *(row["payload"].get(f, "") for f in _FIELDS),
        ]
        for row in made.to_dict("records")
    ]
    content = csv_text(HEADER, rows, for_people=True).encode()
    file = new_customers_file(systems.settings.home)
    if (rows or file.exists()) and not stat_if_same(file, content):
        write_whole(file, content, private=True)
