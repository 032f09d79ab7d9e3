"""When the daily work starts.

The time is read from the environment (OPS_VEHICLES__DAILY_AT, OPS_VEHICLES__TIMEZONE): defs/timing.py says why.
"""

# Dagster reads the annotations of contexts and resources as types, so they cannot be postponed here.

import os
from collections.abc import Mapping

import dagster as dg

from ops_platform.defs import timing
from ops_platform.defs.clock import as_of_tag
from ops_platform.defs.resources import OpsDatabase, is_away
from ops_platform.defs.vehicles.jobs import vehicles_daily
from ops_platform.defs.vehicles.partitions import NAME, sync_partitions, whole_range

DEFAULT_AT = "06:00"
DEFAULT_ZONE = "America/Chicago"


def daily_cron(environment: Mapping[str, str]) -> str:
    """Return the cron line for OPS_VEHICLES__DAILY_AT (HH:MM, default 06:00). Errors: ValueError naming it."""
    return timing.daily_cron(timing.time_of(environment, "OPS_VEHICLES__DAILY_AT", DEFAULT_AT))


def zone_name(environment: Mapping[str, str]) -> str:
    """Return the zone of OPS_VEHICLES__TIMEZONE (default America/Chicago); Dagster refuses one it does not know."""
    return timing.zone_of(environment, "OPS_VEHICLES__TIMEZONE", DEFAULT_ZONE)


@dg.schedule(
    name="vehicles_daily",
    job=vehicles_daily,
    cron_schedule=daily_cron(os.environ),
    execution_timezone=zone_name(os.environ),
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The daily work for all dealerships, as one run; 06:00 in America/Chicago unless set otherwise.",
)
def vehicles_daily_schedule(
    context: dg.ScheduleEvaluationContext, database: OpsDatabase
) -> dg.RunRequest | dg.SkipReason:
    """Ask for every active dealership in one run that works for the tick's own day."""
    moment = context.scheduled_execution_time
    partitions = _partitions(context, database)
    if not partitions:
        return dg.SkipReason(
            "no dealership is active: set is_active in dealership_configs (`ops vehicles dealerships list` shows them)"
        )
    # The tick as run key: a tick that is evaluated twice starts one run.
    return dg.RunRequest(
        run_key=f"vehicles_daily {moment:%Y-%m-%d %H:%M}", tags={**as_of_tag(moment), **whole_range(partitions)}
    )


def _partitions(context: dg.ScheduleEvaluationContext, database: OpsDatabase) -> list[str]:
    """The partitions in step with the database; if it is away for a moment, those of yesterday."""
    from ops_platform.flows.vehicles.dealerships import load_shipped
    from ops_platform.flows.vehicles.summaries import active_dealerships

    try:
        with database.open() as db:
            load_shipped(db)
            return sync_partitions(context.instance, active_dealerships(db))
    except Exception as error:
        known = list(context.instance.get_dynamic_partitions(NAME))
        if not (known and is_away(error)):
            raise
        # A tick that fails is a day without exports; the run itself waits for the database.
        context.log.warning(f"the database is away ({error}); taking the dealerships of the last run")
        return known


SCHEDULES = [vehicles_daily_schedule]
