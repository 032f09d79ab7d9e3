"""The work of a business inside this process, for `ops demo` and tests: no daemon, no queue, the same definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from ops_platform.defs.clock import as_of
from ops_platform.defs.partition_tags import PARTITION_TAG
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.restaurant.jobs import ONLY_NEW, restaurant_daily, restaurant_incremental
from ops_platform.defs.retail import checks as retail_checks
from ops_platform.defs.retail import keys as retail_keys
from ops_platform.defs.retail.jobs import retail_automations
from ops_platform.defs.vehicles.partitions import sync_partitions, whole_range
from ops_platform.defs.wiring import defs

JOB = "vehicles_daily"


@dataclass(frozen=True)
class DailyResult:
    """What one run did; all names as `vehicles/qr_files`, checks as `vehicles/qr_files: audit`.

    success: every asset was materialised and no blocking check failed. failed_checks: failed as errors without
    blocking. seconds: step -> seconds, in the order the steps ended. figures: asset -> its counts, named as on its
    page.
    """

    success: bool
    run_id: str
    failed_assets: list[str] = field(default_factory=list)
    failed_blocking_checks: list[str] = field(default_factory=list)
    failed_checks: list[str] = field(default_factory=list)
    warned_checks: list[str] = field(default_factory=list)
    passed_checks: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    figures: dict[str, dict[str, int]] = field(default_factory=dict)


def materialize_daily(instance: dg.DagsterInstance, *, tags: Mapping[str, str] | None = None) -> DailyResult:
    """Run the job `vehicles_daily` for all active dealerships in one run and tell what became of it.

    Settings and database are those of this process's environment. Failing steps are in the result; what keeps the
    run from starting (no database, no active dealership) is raised.
    """
    from ops_platform.flows.vehicles.dealerships import load_shipped
    from ops_platform.flows.vehicles.summaries import active_dealerships

    with OpsDatabase().open() as db:
        load_shipped(db)
        partitions = sync_partitions(instance, active_dealerships(db))
    if not partitions:
        raise RuntimeError("no dealership is active: set is_active in dealership_configs")
    return _run(instance, JOB, {**whole_range(partitions), **(tags or {})})


def materialize_restaurant(
    instance: dg.DagsterInstance, *, tags: Mapping[str, str] | None = None, everything: bool = True
) -> DailyResult:
    """Fetch every order that is new, for the business day of the tag `ops/as_of` (or now), and tell what became of it.

    everything: also describe menu and decisions (the job `restaurant_daily`), else as the schedule does every few
    minutes (`restaurant_incremental`). Where orders come from is said by the settings; a sandbox has to run.
    """
    from ops_platform.restaurant.business_day import business_day

    shop = OpsSettings().get().restaurant
    now = as_of(tags or {}, shop.timezone)
    day = business_day(now, ZoneInfo(shop.timezone), shop.day_starts_at)
    job = restaurant_daily if everything else restaurant_incremental
    return _run(instance, job.name, {PARTITION_TAG: day.isoformat(), **(tags or {})}, config=ONLY_NEW)


def materialize_retail(instance: dg.DagsterInstance, *names: str, tags: Mapping[str, str] | None = None) -> DailyResult:
    """Run automations of the store (all, or those named) for the time of the tag `ops/as_of` (or now).

    What is written, and where, is said by the settings; a sandbox has to run for systems in mode sandbox. Errors:
    UnknownAutomationError.
    """
    from ops_platform.retail.registry import by_name

    chosen = [retail_keys.of_automation(by_name(name)) for name in names] or list(retail_keys.BY_KEY)
    selected = defs.resolve_job_def(retail_automations.name).get_subset(
        asset_selection=set(chosen), asset_check_selection=set(retail_checks.of_run(chosen))
    )
    result = _execute(instance, selected, tags or {})
    # One step runs them all: it fails when one fails, and the others are written all the same.
    return summary(selected, result, wanted=chosen, whole_steps=False)


def _run(
    instance: dg.DagsterInstance, name: str, tags: Mapping[str, str], config: Mapping[str, Any] | None = None
) -> DailyResult:
    job = defs.resolve_job_def(name)
    return summary(job, _execute(instance, job, tags, config))


def _execute(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    tags: Mapping[str, str],
    config: Mapping[str, Any] | None = None,
) -> dg.ExecuteInProcessResult:
    # Dagster opens a connection an event otherwise; a run of 25 steps writes hundreds of them.
    instance.optimize_for_webserver(statement_timeout=600_000, pool_recycle=3600, max_overflow=20)
    return job.execute_in_process(instance=instance, tags=dict(tags), run_config=config, raise_on_error=False)


def summary(
    job: dg.JobDefinition,
    result: dg.ExecuteInProcessResult,
    *,
    wanted: Sequence[dg.AssetKey] | None = None,
    whole_steps: bool = True,
) -> DailyResult:
    """Sort a run's events into what a person asks for.

    wanted: the assets that should be there, of all of the job unless given. whole_steps: a step that failed has failed
    all its assets, also those it wrote.
    """
    graph = job.asset_layer.asset_graph
    expected = set(graph.materializable_asset_keys if wanted is None else wanted)
    made = [event.step_materialization_data.materialization for event in result.get_asset_materialization_events()]
    done = {each.asset_key for each in made}
    seconds = {
        event.step_key or "": round(event.step_success_data.duration_ms / 1000, 3)
        for event in result.all_events
        if event.is_step_success
    }
    # An asset whose step failed after it was written counts as failed: what follows it was not run.
    broken = {
        key
        for event in result.all_events
        if event.is_step_failure and whole_steps
        for key in expected
        if graph.get(key).assets_def.op.name == event.step_key
    }
    verdicts: dict[str, list[str]] = {"blocking": [], "error": [], "warned": []}
    passed = 0
    for check in result.get_asset_check_evaluations():
        name = f"{check.asset_key.to_user_string()}: {check.check_name}"
        if check.passed:
            passed += 1
        elif check.severity == dg.AssetCheckSeverity.WARN:
            verdicts["warned"].append(name)
        else:
            verdicts["blocking" if check.blocking else "error"].append(name)
    failed = sorted(key.to_user_string() for key in (expected - done) | broken)
    return DailyResult(
        success=not failed and not verdicts["blocking"],
        run_id=result.run_id,
        failed_assets=failed,
        failed_blocking_checks=verdicts["blocking"],
        failed_checks=verdicts["error"],
        warned_checks=verdicts["warned"],
        passed_checks=passed,
        seconds=seconds,
        figures={each.asset_key.to_user_string(): _counts(each.metadata) for each in made},
    )


def _counts(metadata: Mapping[str, dg.MetadataValue[Any]]) -> dict[str, int]:
    return {
        name: value.value
        for name, value in metadata.items()
        if isinstance(value, dg.IntMetadataValue) and value.value is not None
    }
