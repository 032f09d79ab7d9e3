"""The nightly housekeeping, on a real Dagster storage and a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

import dagster as dg
import pytest

from ops_platform.definitions import defs
from ops_platform.defs.operations import maintenance
from ops_platform_tests.defs.conftest import Bench

OLD, NEW = timedelta(days=200), timedelta(days=3)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def add_run(instance: dg.DagsterInstance, age: timedelta, status: dg.DagsterRunStatus) -> str:
    run = dg.DagsterRun(job_name="vehicles_import", status=status)
    instance.run_storage.add_historical_run(run, datetime.now(UTC) - age)
    return run.run_id


def prune(instance: dg.DagsterInstance, **config: int) -> dict[str, object]:
    result = defs.resolve_job_def("operations_daily").execute_in_process(
        instance=instance,
        asset_selection=[maintenance.RUN_RECORDS],
        run_config={"ops": {"operations__run_records": {"config": config}}},
    )
    [event] = result.get_asset_materialization_events()
    return {name: value.value for name, value in event.materialization.metadata.items()}


def test_runs_that_ended_long_ago_are_forgotten_and_the_others_stay(instance: dg.DagsterInstance) -> None:
    success, failure = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE
    gone = [add_run(instance, OLD, success), add_run(instance, OLD, failure)]
    kept = [
        add_run(instance, NEW, success),
        add_run(instance, OLD, dg.DagsterRunStatus.STARTED),
        add_run(instance, OLD, dg.DagsterRunStatus.CANCELING),
    ]
    found = prune(instance, keep_days=90)
    assert found["runs removed"] == 2
    assert [instance.get_run_by_id(run) for run in gone] == [None, None]
    assert all(instance.get_run_by_id(run) for run in kept)


def test_the_run_an_assets_page_shows_is_kept_however_old(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dg.asset
    def shown() -> None: ...

    first, last = (dg.materialize([shown], instance=instance).run_id for _ in range(2))
    later = datetime.now(UTC) + OLD

    class Later(datetime):
        """The clock of a day long after both runs."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return later

    monkeypatch.setattr(maintenance, "datetime", Later)
    assert prune(instance, keep_days=90)["runs removed"] == 1
    assert instance.get_run_by_id(first) is None
    assert instance.get_run_by_id(last) is not None
    assert instance.get_latest_materialization_event(dg.AssetKey("shown")) is not None


def test_no_more_than_the_limit_is_removed_in_one_night_and_the_rest_the_next(instance: dg.DagsterInstance) -> None:
    for _ in range(5):
        add_run(instance, OLD, dg.DagsterRunStatus.SUCCESS)
    assert prune(instance, keep_days=90, at_most=3)["runs removed"] == 3
    assert prune(instance, keep_days=90, at_most=3)["runs removed"] == 2


def test_a_job_whose_process_died_is_recorded_as_failed(bench: Bench) -> None:
    bench.execute("INSERT INTO order_processing_jobs (dealership_name, status) VALUES ('Columbia BMW', 'running')")
    result = defs.resolve_job_def("operations_daily").execute_in_process(
        instance=bench.instance, asset_selection=[maintenance.INTERRUPTED_JOBS]
    )
    [event] = result.get_asset_materialization_events()
    assert event.materialization.metadata["jobs closed"].value == 1
    [job] = bench.rows("SELECT status, notes FROM order_processing_jobs")
    assert job["status"] == "failed"
    assert "run it again" in job["notes"]
