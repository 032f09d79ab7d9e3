"""The daily log as an asset: what ran yesterday, how long, with which errors. The watchdog writes it during the day."""

# Dagster reads the annotations of contexts and resources as types, so they cannot be postponed here.

from datetime import timedelta
from typing import Any

import dagster as dg

from ops_platform.defs.clock import as_of
from ops_platform.defs.metadata import table
from ops_platform.defs.operations.maintenance import GROUP, OWNERS
from ops_platform.defs.resources import OpsDatabase, OpsSettings

DAILY_LOG = dg.AssetKey(["operations", "daily_log"])
_COLUMNS = ["business", "day", "processes", "errors", "seconds", "file"]


@dg.asset(key=DAILY_LOG, group_name=GROUP, owners=OWNERS, kinds={"text", "dagster"})
def daily_log(context: dg.AssetExecutionContext, settings: OpsSettings, database: OpsDatabase) -> dg.MaterializeResult:
    """The log files of yesterday, one a business, made from Dagster's run records and the store's own.

    Each process with its start, what it did, its errors and its total time; the number of errors at the end. The file
    of the store is automations_MM_DD_YY.txt. The watchdog of `ops up` keeps today's up to date; this is a whole day.
    """
    from ops_platform.dagster_instance.daily_logs import make_daily_log
    from ops_platform.flows.operations import daily_log as logs

    found = settings.get()
    made = []
    with database.for_step() as db:
        for business in found.daily_log.businesses:
            now = as_of(context.run.tags, logs.zone_of(found, business).key)
            log = make_daily_log(db, context.instance, found, business, now.date() - timedelta(days=1))
            logs.write(log)
            made.append(log)
    rows = [
        {
            "business": log.business,
            "day": str(log.day),
            "processes": log.totals.processes,
            "errors": log.totals.errors,
            "seconds": round(log.totals.seconds, 1),
            "file": str(log.file) if log.file.exists() else "none: nothing ran",
        }
        for log in made
    ]
    metadata: dict[str, Any] = {
        "processes": sum(log.totals.processes for log in made),
        "errors": sum(log.totals.errors for log in made),
        "seconds": round(sum(log.totals.seconds for log in made), 1),
        "logs": table(rows, _COLUMNS),
    }
    store = next((log for log in made if log.business == "retail"), None)
    if store is not None:
        metadata["the store's log"] = dg.MetadataValue.md(f"```\n{store.text[-20_000:]}```")
    return dg.MaterializeResult(metadata=metadata)


ASSETS = [daily_log]
