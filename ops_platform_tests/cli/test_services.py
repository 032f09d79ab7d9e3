"""`up` for real: code server, UI behind the guard, daemon; faults, restarts, and nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.cli.intake import served
from ops_platform.cli.services.announcement import announced
from ops_platform.dagster_instance.daemon_lock import daemon_lock_holder
from ops_platform_tests.cli.running import RunningPlatform, free_port
from ops_platform_tests.patience import until

_numbers = count(1)
FORMS = free_port()


@pytest.fixture
def own_database(pg_server: EmbeddedPostgres) -> Iterator[str]:
    """An empty database: Dagster's tables are made by the first start."""
    name = f"services_{next(_numbers)}"
    yield pg_server.create_database(name)
    pg_server.drop_database(name)


@pytest.fixture
def platform(tmp_path: Path, own_database: str) -> Iterator[RunningPlatform]:
    """A platform of the test's own, not yet started."""
    running = RunningPlatform(tmp_path / "home", own_database)
    yield running
    if running.started:
        running.kill_everything()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, pg_server: EmbeddedPostgres) -> Iterator[RunningPlatform]:
    """A platform that is up for several tests."""
    forms = {"OPS_INTAKE__ENABLED": "true", "OPS_INTAKE__PORT": str(FORMS)}
    database = pg_server.create_database("services_shared")
    running = RunningPlatform(tmp_path_factory.mktemp("shared"), database, **forms)
    running.start()
    yield running
    running.kill_everything()
    pg_server.drop_database("services_shared")


def test_a_run_is_launched_through_the_guard_and_what_it_prints_is_kept_in_the_home(
    shared: RunningPlatform,
) -> None:
    run = shared.launch()
    until("the run is in the middle", (shared.home / "in_the_middle").exists)
    (shared.home / "release").touch()
    until("the run succeeded", lambda: shared.status(run) == "SUCCESS")
    assert list((shared.home / "dagster" / "storage" / run / "compute_logs").glob("*.out"))

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{shared.port}/graphql?query={{version}}")
    assert refused.value.code == 405


def test_the_forms_are_served_beside_where_they_are_enabled(shared: RunningPlatform) -> None:
    until("the forms are served", lambda: served("127.0.0.1", FORMS))
    assert shared.service("intake")


def test_a_second_platform_on_the_same_database_refuses_and_names_the_first(
    shared: RunningPlatform, tmp_path: Path
) -> None:
    second = RunningPlatform(tmp_path / "second", shared.url)
    second.start(wait=False)
    assert second.process.wait(timeout=60) != 0
    assert "a Dagster daemon already runs on this database" in second.said()
    holder = shared.service("daemon")
    assert holder
    assert f"pid {holder.pid}" in second.said()


def test_a_killed_service_is_started_again_and_runs_go_on(shared: RunningPlatform) -> None:
    (shared.home / "release").touch()
    for name in ("code_server", "webserver", "daemon", "watchdog"):
        victim = shared.service(name)
        assert victim
        victim.kill()
        until(f"another {name} runs", lambda name=name, victim=victim: shared.service(name) not in (None, victim))
    run = until("a run can be launched", lambda: _try_launch(shared))
    until("the run succeeded", lambda: shared.status(run) == "SUCCESS")
    assert "code-server ended (signal 9); starting it again" in shared.said()
    said = announced(shared.home)
    assert said
    assert said.is_up
    assert {"code-server", "webserver", "daemon"} <= set(said.restarts)
    assert said.ui == ("127.0.0.1", shared.port)


def test_a_daemon_that_lost_its_lock_is_replaced_by_one_that_has_it(shared: RunningPlatform) -> None:
    before = shared.service("daemon")
    assert before
    with psycopg.connect(shared.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'ops daemon %'"
        )
    holder = until("another daemon has the lock", lambda: daemon_lock_holder(shared.url))
    after = until("the daemon is there", lambda: shared.service("daemon"))
    assert after != before
    assert holder.name.endswith(f" {after.pid}")


def test_signals_end_everything_also_when_a_shell_had_them_ignored_and_the_run_is_recorded_as_failed(
    platform: RunningPlatform,
) -> None:
    platform.start(interrupts_ignored=True)
    run = platform.launch()
    until("the run is in the middle", (platform.home / "in_the_middle").exists)

    assert platform.interrupt(signal.SIGTERM) == 0
    assert platform.left() == []
    said = announced(platform.home)
    assert said
    assert said.ended_at  # as asked, which the watchdog tells from a power cut by this

    platform.start()
    assert platform.status(run) == "FAILURE"
    assert platform.interrupt(signal.SIGINT) == 0
    assert platform.left() == []
    assert "\x1b[" not in platform.logs()


def test_when_the_supervisor_is_killed_its_services_end_by_themselves(
    platform: RunningPlatform, own_database: str
) -> None:
    platform.start()
    assert len(platform.family()) >= 5
    platform.process.kill()
    platform.process.wait()
    until("all services ended", lambda: platform.left() == [])
    # The server notices a moment later that the holder's connection is gone.
    until("the lock is free", lambda: daemon_lock_holder(own_database) is None)
    said = announced(platform.home)
    assert said
    assert (said.is_up, said.ended_at) == (False, None)


def test_a_taken_port_is_named_with_its_setting_and_a_free_one(platform: RunningPlatform) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", platform.port))
        other.listen()
        platform.start(wait=False)
        assert platform.process.wait(timeout=60) != 0
    said = platform.said()
    assert f"127.0.0.1:{platform.port}" in said
    assert f"process {os.getpid()}" in said
    free = int(said.partition("OPS_UI__PORT=")[2].split()[0])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", free))


def test_definitions_that_cannot_be_loaded_stop_the_start_with_their_error(tmp_path: Path, own_database: str) -> None:
    broken = RunningPlatform(tmp_path / "home", own_database, module="ops_platform_tests.cli.broken_definitions")
    broken.start(wait=False)
    broken.family()
    assert broken.process.wait(timeout=60) != 0
    assert "the code-server ended at its start" in broken.said()
    assert "this module is broken on purpose" in broken.said()
    assert broken.left() == []


def _try_launch(platform: RunningPlatform) -> str | None:
    try:
        return platform.launch()
    except (AssertionError, OSError):
        return None
