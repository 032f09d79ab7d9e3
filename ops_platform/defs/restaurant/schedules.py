"""When orders are fetched, and when a day that ended is done again.

Zone, interval and start of the day are read from the environment (OPS_RESTAURANT__TIMEZONE, __POLL_MINUTES,
__DAY_STARTS_AT): defs/timing.py says why.
"""

# Dagster reads the annotations of contexts and resources as types, so they cannot be postponed here.

import os
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import dagster as dg

from ops_platform.defs import timing
from ops_platform.defs.clock import as_of_tag
from ops_platform.defs.resources import OpsSettings
from ops_platform.defs.restaurant.jobs import ONLY_NEW, restaurant_daily, restaurant_incremental
from ops_platform.defs.restaurant.partitions import ZONE

if TYPE_CHECKING:
    from ops_platform.settings import Settings

DEFAULT_MINUTES = 10
DEFAULT_START = "04:00"
AFTER_CLOSING = timedelta(minutes=30)
# Not NOT_STARTED: a run whose process died before it was launched stays so for ever and would keep back every tick.
_BUSY = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


def poll_crons(environment: Mapping[str, str]) -> list[str]:
    """Return the cron lines for OPS_RESTAURANT__POLL_MINUTES (default 10). Errors: ValueError naming it."""
    return timing.interval_crons(timing.minutes_of(environment, "OPS_RESTAURANT__POLL_MINUTES", DEFAULT_MINUTES))


def closing_cron(environment: Mapping[str, str]) -> str:
    """Return the cron line for half an hour after OPS_RESTAURANT__DAY_STARTS_AT (default 04:00)."""
    start = timing.time_of(environment, "OPS_RESTAURANT__DAY_STARTS_AT", DEFAULT_START)
    return timing.daily_cron((datetime.combine(date.min, start) + AFTER_CLOSING).time())


@dg.schedule(
    name="restaurant_incremental",
    job=restaurant_incremental,
    cron_schedule=poll_crons(os.environ),
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=(
        "Fetches what is new every ten minutes unless set otherwise. Skips while a run of it is queued or running, and "
        "while orders come from the sandbox and none runs."
    ),
)
def restaurant_incremental_schedule(
    context: dg.ScheduleEvaluationContext, settings: OpsSettings
) -> dg.RunRequest | dg.SkipReason:
    """Ask for one run, for the business day of the tick."""
    moment = context.scheduled_execution_time
    job = restaurant_incremental.name
    if context.instance.get_runs_count(dg.RunsFilter(job_name=job, statuses=_BUSY)):
        # Ticks that pile up behind a slow feed would all fetch the same.
        return dg.SkipReason(f"a run of {job} is queued or running; the next tick fetches what comes meanwhile")
    found = settings.get()
    if _sandbox_is_missing(found):
        return dg.SkipReason(
            "restaurant.orders_from is sandbox, and no sandbox is running: `ops sandbox` starts one; your own orders "
            "come in when orders_from is stream or petpooja (ops.yaml)"
        )
    return _request(job, moment, _business_day(found, moment), ONLY_NEW)


@dg.schedule(
    name="restaurant_daily",
    job=restaurant_daily,
    cron_schedule=closing_cron(os.environ),
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every morning, half an hour after the business day changed: the day that ended, once more.",
)
def restaurant_daily_schedule(context: dg.ScheduleEvaluationContext, settings: OpsSettings) -> dg.RunRequest:
    """Ask for the business day before that of the tick."""
    moment = context.scheduled_execution_time
    return _request(restaurant_daily.name, moment, _business_day(settings.get(), moment) - timedelta(days=1), {})


def _request(name: str, moment: datetime, day: date, config: Mapping[str, Any]) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"{name} {moment:%Y-%m-%d %H:%M}",  # a tick that is evaluated twice starts one run
        partition_key=day.isoformat(),
        run_config=config,
        tags=as_of_tag(moment),
    )


def _business_day(settings: "Settings", moment: datetime) -> date:
    from ops_platform.restaurant.business_day import business_day

    shop = settings.restaurant
    starts: time = shop.day_starts_at
    return business_day(moment, ZoneInfo(shop.timezone), starts)


def _sandbox_is_missing(settings: "Settings") -> bool:
    from ops_platform.adapters.sandbox_address import sandbox_of

    return settings.restaurant.orders_from == "sandbox" and sandbox_of(settings.home) is None


SCHEDULES = [restaurant_incremental_schedule, restaurant_daily_schedule]
