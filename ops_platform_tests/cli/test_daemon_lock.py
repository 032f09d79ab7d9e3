"""One daemon a database, with real processes and a real server."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.dagster_instance.daemon_lock import (
    EXIT_ANOTHER_DAEMON,
    EXIT_LOCK_LOST,
    AnotherDaemonError,
    DaemonLock,
    daemon_lock_holder,
)
from ops_platform.paths import project_root
from ops_platform_tests.cli.running import platform_env
from ops_platform_tests.patience import until

HOLD = """
import sys, time
from ops_platform.dagster_instance.daemon_lock import hold_daemon_lock
hold_daemon_lock(sys.argv[1])
hold_daemon_lock(sys.argv[1])
print("held", flush=True)
time.sleep(120)
"""
# What any daemon does first, however it was started; the first line is the whole of `dagster dev`'s part in it.
HEARTBEAT = """
import sys
from dagster import DagsterInstance
from dagster._daemon.types import DaemonHeartbeat
with DagsterInstance.get() as instance:
    instance.add_daemon_heartbeat(DaemonHeartbeat(1.0, "SCHEDULER", "some-id", []))
print("beat", flush=True)
"""
_numbers = count(1)


@pytest.fixture
def url(pg_server: EmbeddedPostgres) -> Iterator[str]:
    name = f"daemon_lock_{next(_numbers)}"
    yield pg_server.create_database(name)
    pg_server.drop_database(name)


@pytest.fixture
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    process = run(HOLD, url)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def run(code: str, *arguments: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        cwd=project_root(),
    )


def test_a_second_daemon_ends_at_once_and_names_the_first(url: str, holder: subprocess.Popen[str]) -> None:
    second = run(HOLD, url)
    said, why = second.communicate(timeout=60)
    assert second.returncode == EXIT_ANOTHER_DAEMON
    assert said == ""
    assert f"pid {holder.pid}" in why
    assert "Stop the other one first" in why
    assert holder.poll() is None


def test_the_holder_is_known_to_others_with_its_process_and_since_when(url: str, holder: subprocess.Popen[str]) -> None:
    found = daemon_lock_holder(url)
    assert found is not None
    assert found.name.endswith(f" {holder.pid}")
    assert abs(found.since.timestamp() - time.time()) < 600


def test_a_killed_daemon_leaves_the_lock_free(url: str, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    until("the server noticed", lambda: daemon_lock_holder(url) is None)
    lock = DaemonLock(url)
    lock.acquire()
    with pytest.raises(AnotherDaemonError):
        DaemonLock(url).acquire()
    lock.release()
    until("the server noticed", lambda: daemon_lock_holder(url) is None)


def test_a_daemon_whose_lock_connection_is_cut_ends_at_once(url: str, holder: subprocess.Popen[str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE %s",
            (f"ops daemon % pid {holder.pid}",),
        )
    _, why = holder.communicate(timeout=60)
    assert holder.returncode == EXIT_LOCK_LOST
    assert "the connection that holds the daemon lock is gone" in why


def test_databases_have_a_daemon_each(url: str, holder: subprocess.Popen[str], pg_server: EmbeddedPostgres) -> None:
    other = pg_server.create_database("daemon_lock_other")
    lock = DaemonLock(other)
    lock.acquire()
    assert daemon_lock_holder(other) != daemon_lock_holder(url)
    lock.release()
    pg_server.drop_database("daemon_lock_other")


def test_the_heartbeat_of_any_other_daemon_ends_its_process_before_it_works(
    url: str, holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text((project_root() / "dagster.yaml").read_text())
    env = {**platform_env(tmp_path, url, 3000), "DAGSTER_HOME": str(tmp_path / "dagster")}
    refused = run(HEARTBEAT, env=env)
    said, why = refused.communicate(timeout=60)
    assert refused.returncode == EXIT_ANOTHER_DAEMON, why
    assert said == ""
    assert "a Dagster daemon already runs on this database" in why

    holder.kill()
    holder.wait()
    until("the server noticed", lambda: daemon_lock_holder(url) is None)
    allowed = run(HEARTBEAT, env=env)
    said, why = allowed.communicate(timeout=60)
    assert said == "beat\n", why
