"""The internet check: asking the hosts, what else is at work, and the record of every check.

What belongs here: reading for retail/automations/check_internet.py, and writing down what it found. What does not: any
rule, and the command (flows/effects/commands.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pandas as pd
from psycopg.types.json import Jsonb

from ops_platform.adapters.connectivity import ask_hosts
from ops_platform.adapters.database import Database, advisory_key
from ops_platform.adapters.sandbox_address import sandbox_of
from ops_platform.flows.restaurant.turns import LOAD_LOCK
from ops_platform.flows.retail.systems import Systems
from ops_platform.flows.vehicles.importing import IMPORT_LOCK
from ops_platform.flows.vehicles.job_records import JOB_LOCK
from ops_platform.retail.automations.check_internet import RECORDS
from ops_platform.retail.snapshots import AT_WORK, REACHABILITY

if TYPE_CHECKING:
    from ops_platform.flows.retail.runner import Outcome, Run

_NOWHERE: Final = "127.0.0.1:9"
"""The sandbox that does not run: a port nobody listens on."""


def reachability(systems: Systems) -> pd.DataFrame:
    """Which hosts answer now (snapshots.REACHABILITY). In mode sandbox the only host is the sandbox."""
    rules = systems.settings.retail.internet
    hosts = list(rules.hosts)
    if rules.mode == "sandbox":
        running = sandbox_of(systems.settings.home)
        url = systems.sandbox_url or (running.url if running else "")
        hosts = [urlsplit(url).netloc or _NOWHERE]
    https = rules.https and rules.mode == "live"
    answers = ask_hosts(hosts, port=rules.port, timeout_seconds=rules.timeout_seconds, https=https)
    now = datetime.now(UTC)
    rows = [(each.host, each.is_reached, each.milliseconds, each.detail, now) for each in answers]
    return pd.DataFrame(rows, columns=list(REACHABILITY), dtype=object)


def at_work(db: Database, besides: str) -> pd.DataFrame:
    """What else of the platform holds its lock now (snapshots.AT_WORK): automations, imports, jobs, loads."""
    known = _work(besides)
    held = db.frame("retail/held_locks")["key"].tolist()
    names = sorted({known[int(key)] for key in held if int(key) in known})
    return pd.DataFrame({"what": pd.Series(names, dtype=object)}, columns=list(AT_WORK))


def _work(besides: str) -> Mapping[int, str]:
    """Key of the lock -> what holds it."""
    from ops_platform.retail.registry import AUTOMATIONS  # noqa: PLC0415  # it lists the automation that asks here

    locks = {f"retail.{each.name}": f"{each.name} (retail)" for each in AUTOMATIONS if each.name != besides}
    locks |= {
        IMPORT_LOCK: "an import (vehicles)",
        JOB_LOCK: "order processing (vehicles)",
        LOAD_LOCK: "loading orders (restaurant)",
    }
    return {advisory_key(name): what for name, what in locks.items()}


def record_check(db: Database, systems: Systems, run: Run, outcome: Outcome) -> None:
    """Write down what a check found, also where its command may not run. After automation `internet`."""
    for row in outcome.plan.records.get(RECORDS, pd.DataFrame()).to_dict("records"):
        db.execute(
            "retail/insert_connectivity_check",
            as_of=run.as_of,
            is_connected=row["is_connected"],
            hosts=Jsonb(row["hosts"]),
            is_sandbox=systems.is_sandbox("machine"),
            run_id=run.run_id,
        )
