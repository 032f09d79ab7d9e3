"""The start-up reconciler: by the state of single runs, and after a real power cut."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psutil
import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, job, op
from dagster._core.events import DagsterEvent, DagsterEventType, EngineEventData
from dagster._core.test_utils import create_run_for_test

from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.adapters.postgres.urls import Urls
from ops_platform.cli.reconciler import (
    HOST_TAG,
    PID_TAG,
    STARTED_TAG,
    process_tags,
    reconcile,
    reconcile_again,
    run_process,
)
from ops_platform.dagster_instance.environment import dagster_environment
from ops_platform.settings import load_settings
from ops_platform_tests.cli.running import RunningPlatform
from ops_platform_tests.patience import until

POOL = "outside_system"
_numbers = count(1)


@pytest.fixture(scope="module")
def url(pg_server: EmbeddedPostgres) -> Iterator[str]:
    name = f"reconciler_{next(_numbers)}"
    yield pg_server.create_database(name)
    pg_server.drop_database(name)


@pytest.fixture
def instance(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    """The platform's instance as an `ops` command opens it, with no runs."""
    settings = load_settings(tmp_path, env={"OPS_HOME": str(tmp_path / "home")})
    for name, value in dagster_environment(settings, Urls(ops=url, dagster=url, counterpoint=url)).items():
        monkeypatch.setenv(name, value)
    with DagsterInstance.get() as found:
        for run in found.get_runs():
            found.delete_run(run.run_id)
        found.event_log_storage.set_concurrency_slots(POOL, 1)
        yield found


@pytest.fixture(scope="module")
def dead_pid() -> int:
    """The number of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def a_run(instance: DagsterInstance, status: DagsterRunStatus, tags: dict[str, str] | None = None) -> DagsterRun:
    return create_run_for_test(instance, job_name="some_job", status=status, tags=tags)


def executed_by(instance: DagsterInstance, run: DagsterRun, pid: int) -> None:
    """Record what a code server records when it started a run's process."""
    instance.report_engine_event(f"Started process for run (pid: {pid}).", run, EngineEventData.in_process(pid))


def status_of(instance: DagsterInstance, run: DagsterRun) -> DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found
    return found.status


@pytest.mark.parametrize("status", [DagsterRunStatus.STARTED, DagsterRunStatus.STARTING])
def test_a_run_whose_process_is_gone_is_failed_with_the_reason(
    instance: DagsterInstance, dead_pid: int, status: DagsterRunStatus
) -> None:
    run = a_run(instance, status)
    executed_by(instance, run, dead_pid)
    assert reconcile(instance) == [run.run_id]
    assert status_of(instance, run) is DagsterRunStatus.FAILURE
    (entry,) = instance.all_logs(run.run_id, of_type=DagsterEventType.PIPELINE_FAILURE)
    event: DagsterEvent | None = entry.dagster_event
    assert event
    assert f"process {dead_pid} is gone" in (event.message or "")
    assert reconcile(instance) == []


def test_a_run_executed_again_is_not_judged_by_the_process_of_the_first_one(
    instance: DagsterInstance, dead_pid: int
) -> None:
    """Dagster copies the tags of the first run, and with them a process that is long gone."""
    tags = {**process_tags(), PID_TAG: str(dead_pid)}
    first = a_run(instance, DagsterRunStatus.FAILURE, tags)
    again = create_run_for_test(
        instance,
        job_name="some_job",
        status=DagsterRunStatus.STARTED,
        tags=tags,
        parent_run_id=first.run_id,
        root_run_id=first.run_id,
    )
    executed_by(instance, again, os.getpid())
    assert reconcile(instance) == []
    assert status_of(instance, again) is DagsterRunStatus.STARTED


def test_a_run_that_never_got_a_process_is_failed(instance: DagsterInstance) -> None:
    run = a_run(instance, DagsterRunStatus.STARTING)
    assert reconcile(instance) == [run.run_id]
    assert status_of(instance, run) is DagsterRunStatus.FAILURE


def test_a_run_that_was_being_cancelled_becomes_cancelled(instance: DagsterInstance, dead_pid: int) -> None:
    run = a_run(instance, DagsterRunStatus.CANCELING)
    executed_by(instance, run, dead_pid)
    assert reconcile(instance) == [run.run_id]
    assert status_of(instance, run) is DagsterRunStatus.CANCELED


def test_runs_that_were_not_launched_or_have_ended_are_left_alone(instance: DagsterInstance) -> None:
    statuses = (
        DagsterRunStatus.NOT_STARTED,
        DagsterRunStatus.SUCCESS,
        DagsterRunStatus.FAILURE,
        DagsterRunStatus.CANCELED,
    )
    runs = [a_run(instance, status) for status in statuses]
    assert reconcile(instance) == []
    assert tuple(status_of(instance, run) for run in runs) == statuses


def test_a_run_in_a_living_process_is_left_alone_whoever_started_it(instance: DagsterInstance) -> None:
    by_code_server = a_run(instance, DagsterRunStatus.STARTED)
    executed_by(instance, by_code_server, os.getpid())
    by_command = a_run(instance, DagsterRunStatus.STARTED, process_tags())
    assert reconcile(instance) == []
    assert status_of(instance, by_code_server) is DagsterRunStatus.STARTED
    assert status_of(instance, by_command) is DagsterRunStatus.STARTED


def test_another_process_under_the_old_number_does_not_keep_a_run_alive(instance: DagsterInstance) -> None:
    long_before = f"{psutil.Process().create_time() - 3600:.2f}"
    run = a_run(instance, DagsterRunStatus.STARTED, {**process_tags(), STARTED_TAG: long_before})
    assert reconcile(instance) == [run.run_id]


def test_a_run_of_another_host_is_left_to_that_host(instance: DagsterInstance, dead_pid: int) -> None:
    tags = {HOST_TAG: f"not-{socket.gethostname()}", PID_TAG: str(dead_pid), STARTED_TAG: "1.0"}
    run = a_run(instance, DagsterRunStatus.STARTED, tags)
    assert reconcile(instance) == []
    assert status_of(instance, run) is DagsterRunStatus.STARTED


def test_the_slots_of_dead_ended_and_deleted_runs_are_freed_and_those_of_living_ones_kept(
    instance: DagsterInstance, dead_pid: int
) -> None:
    storage = instance.event_log_storage
    storage.set_concurrency_slots(POOL, 5)
    dead = a_run(instance, DagsterRunStatus.STARTED)
    executed_by(instance, dead, dead_pid)
    ended = a_run(instance, DagsterRunStatus.SUCCESS)
    alive = a_run(instance, DagsterRunStatus.STARTED, process_tags())
    for run_id in (dead.run_id, ended.run_id, alive.run_id, "11111111-2222-3333-4444-555555555555"):
        assert storage.claim_concurrency_slot(POOL, run_id, "step").is_claimed
    reconcile(instance)
    assert storage.get_concurrency_run_ids() == {alive.run_id}
    storage.free_concurrency_slots_for_run(alive.run_id)


def test_while_runs_are_launched_only_one_found_dead_twice_is_ended(instance: DagsterInstance, dead_pid: int) -> None:
    dead = a_run(instance, DagsterRunStatus.STARTED)
    executed_by(instance, dead, dead_pid)
    coming = a_run(instance, DagsterRunStatus.STARTING)
    suspects = reconcile_again(instance, set())
    assert suspects == {dead.run_id}
    assert status_of(instance, dead) is DagsterRunStatus.STARTED
    reconcile_again(instance, suspects)
    assert status_of(instance, dead) is DagsterRunStatus.FAILURE
    assert status_of(instance, coming) is DagsterRunStatus.STARTING


def test_a_run_executed_here_is_known_by_its_tags_and_by_its_events(instance: DagsterInstance) -> None:
    @op
    def nothing() -> None:
        pass

    @job
    def small() -> None:
        nothing()

    for tags in ({}, process_tags()):
        result = small.execute_in_process(instance=instance, tags=tags)
        run = instance.get_run_by_id(result.run_id)
        assert run
        process = run_process(instance, run)
        assert process is not None
        assert process.pid == os.getpid()
        assert process.host == socket.gethostname()
        assert psutil.Process().create_time() - 1 <= process.seen_at <= time.time()


def test_after_a_power_cut_the_dead_run_is_failed_its_slot_freed_and_the_waiting_run_goes_on(
    pg_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    name = f"reconciler_{next(_numbers)}"
    platform = RunningPlatform(tmp_path / "home", pg_server.create_database(name))
    try:
        platform.start()
        dead = platform.launch()
        until("the run is in the middle", (platform.home / "in_the_middle").exists)
        waiting = platform.launch()
        until("the second run waits for the pool", lambda: platform.status(waiting) == "QUEUED")
        platform.kill_everything()

        platform.start()
        assert platform.status(dead) == "FAILURE"
        assert platform.status(waiting) in ("QUEUED", "STARTING", "STARTED")
        (platform.home / "release").touch()
        until("the waiting run succeeded", lambda: platform.status(waiting) == "SUCCESS")
    finally:
        platform.kill_everything()
        pg_server.drop_database(name)
