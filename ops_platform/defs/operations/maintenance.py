"""What the platform does for itself once a day: forget old runs, close jobs whose process died.

Dagster never prunes runs and their events; 21 kB a trivial run grow to gigabytes in a few years, and the UI slows.
"""

# Dagster reads the annotations of contexts and configurations as types, so they cannot be postponed here.

from datetime import UTC, datetime, timedelta

import dagster as dg
from pydantic import Field

from ops_platform.defs.metadata import table
from ops_platform.defs.resources import OpsDatabase

GROUP = "operations"
OWNERS = ["team:platform-operations"]
RUN_RECORDS = dg.AssetKey(["operations", "run_records"])
INTERRUPTED_JOBS = dg.AssetKey(["operations", "interrupted_jobs"])
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


class RetentionConfig(dg.Config):
    """How long runs are kept."""

    keep_days: int = Field(default=90, ge=1, description="runs that ended longer ago are removed with their events")
    at_most: int = Field(default=5000, ge=1, description="no more than this many in one go")


@dg.asset(key=RUN_RECORDS, group_name=GROUP, owners=OWNERS, kinds={"postgres", "dagster"})
def run_records(context: dg.AssetExecutionContext, config: RetentionConfig) -> dg.MaterializeResult:
    """Dagster's own records of runs, without those that ended long ago.

    The run that last materialised an asset is kept however old it is, because the asset's page shows its events.
    """
    before = datetime.now(UTC) - timedelta(days=config.keep_days)
    kept = _last_materialisations(context.instance)
    records = context.instance.get_run_records(
        dg.RunsFilter(statuses=_ENDED, created_before=before), limit=config.at_most + len(kept), ascending=True
    )
    old = [record.dagster_run.run_id for record in records if record.dagster_run.run_id not in kept]
    for run_id in old[: config.at_most]:
        _forget(context.instance, run_id)
    return dg.MaterializeResult(
        metadata={
            "runs removed": min(len(old), config.at_most),
            "runs left": context.instance.get_runs_count(),
            "kept for their assets": len(kept),
            "removed up to": str(before.date()),
        }
    )


@dg.asset(key=INTERRUPTED_JOBS, group_name=GROUP, owners=OWNERS, kinds={"postgres"})
def interrupted_jobs(database: OpsDatabase) -> dg.MaterializeResult:
    """Order-processing jobs whose process died (power cut, kill) and that would stay `running` for ever.

    They are recorded as failed, with the advice to run them again. While any job is at work none is touched.
    """
    from ops_platform.flows.vehicles.jobs import fail_interrupted_jobs
    from ops_platform.flows.vehicles.summaries import rows

    with database.for_step() as db:
        closed = fail_interrupted_jobs(db)
        recent = rows(db, "recent_jobs", limit=20)
    columns = ["id", "dealership_name", "job_type", "status", "created_at", "notes"]
    return dg.MaterializeResult(metadata={"jobs closed": closed, "newest jobs": table(recent, columns)})


def _last_materialisations(instance: dg.DagsterInstance) -> set[str]:
    """The runs that made what the asset pages show: the newest materialisation of each asset."""
    events = (instance.get_latest_materialization_event(key) for key in instance.all_asset_keys())
    return {event.run_id for event in events if event is not None}


def _forget(instance: dg.DagsterInstance, run_id: str) -> None:
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    instance.delete_run(run_id)


operations_daily = dg.define_asset_job(
    "operations_daily",
    # The effects have a job of their own, and may find their systems away.
    selection=dg.AssetSelection.groups(GROUP) - dg.AssetSelection.assets(["operations", "effects"]),
    description="The platform's own housekeeping: forget old runs, close interrupted jobs, write yesterday's logs.",
)

# An hour no business works; a missed or doubled tick on a daylight-saving day does no harm.
operations_daily_schedule = dg.ScheduleDefinition(
    name="operations_daily",
    job=operations_daily,
    cron_schedule="30 3 * * *",
    execution_timezone="America/Chicago",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night at 03:30.",
)

ASSETS = [run_records, interrupted_jobs]
JOBS = [operations_daily]
SCHEDULES = [operations_daily_schedule]
