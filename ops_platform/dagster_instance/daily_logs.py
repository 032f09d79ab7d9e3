"""The daily logs, put together of Dagster's records and the store's own: for the watchdog, the asset and `ops log`."""

from __future__ import annotations

from datetime import date, datetime

from dagster import DagsterInstance

from ops_platform.adapters.database import Database
from ops_platform.dagster_instance.processes import runs_of_day
from ops_platform.flows.operations import daily_log
from ops_platform.flows.operations.daily_log import DayLog
from ops_platform.settings import Settings


def make_daily_log(db: Database, instance: DagsterInstance, settings: Settings, business: str, day: date) -> DayLog:
    """The log of a business and day, not yet written. Errors: those of the databases."""
    processes = []
    told: frozenset[str] = frozenset()
    if business == "retail":
        processes = daily_log.store_processes(db, day, settings)
        told = daily_log.runs_of_automations(db, day, settings)
    zone = daily_log.zone_of(settings, business)
    processes += runs_of_day(instance, business, day, zone, told_elsewhere=told)
    return daily_log.day_log(business, day, settings, processes)


def write_daily_logs(db: Database, instance: DagsterInstance, settings: Settings, now: datetime) -> list[DayLog]:
    """Write the logs of yesterday and today of every business of the settings. Errors: FileWriteError."""
    logs = []
    for business in settings.daily_log.businesses:
        for day in daily_log.days_to_write(business, settings, now):
            log = make_daily_log(db, instance, settings, business, day)
            daily_log.write(log)
            logs.append(log)
    return logs
