"""The embedded server after crashes, on taken ports, with damaged files and in odd folders."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from ops_platform.adapters.postgres import cluster, postmaster
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform_tests.adapters.postgres.processes import another_process, first_line, is_running
from ops_platform_tests.conftest import open_temp_dir, remove_home

posix = pytest.mark.skipif(os.name != "posix", reason="kill -9 and file owners are POSIX")


@posix
def test_a_server_left_by_a_killed_command_is_attached_to_and_then_stopped(home: Path) -> None:
    with another_process(home) as child:
        pid, _, _ = first_line(child)
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert is_running(pid)
    with EmbeddedPostgres(home, fsync=False) as server:
        assert (server.info.pid, server.info.started_here) == (pid, False)
    assert not is_running(pid)


@posix
def test_a_server_that_still_works_after_it_was_stopped_is_told_and_a_zombie_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = psutil.Process(child.pid)
    assert not postmaster._ends(process, seconds=0.05)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process.status() == psutil.STATUS_ZOMBIE
    assert postmaster._ends(process, seconds=0.05)
    child.communicate()
    assert postmaster._ends(process, seconds=0.05)


@posix
def test_after_kill_9_of_the_server_committed_rows_are_there_and_open_ones_are_not(home: Path) -> None:
    with EmbeddedPostgres(home, fsync=False) as server:
        with psycopg.connect(server.info.urls.ops, autocommit=True) as connection:
            connection.execute("CREATE TABLE survivors (name text)")
            connection.execute("INSERT INTO survivors VALUES ('committed')")
        open_one = psycopg.connect(server.info.urls.ops)
        open_one.execute("INSERT INTO survivors VALUES ('open')")
        killed = server.info.pid
        os.kill(killed, signal.SIGKILL)
        again = server.start()
        open_one.close()
        assert again.pid != killed
        assert again.started_here
        with psycopg.connect(again.urls.ops) as connection:
            assert connection.execute("SELECT name FROM survivors").fetchall() == [("committed",)]
            connection.execute("DROP TABLE survivors")


@posix
def test_a_lock_file_whose_process_id_was_taken_by_another_program_is_no_obstacle(home: Path) -> None:
    with EmbeddedPostgres(home, fsync=False) as server:
        data, sockets = server.info.folder / "data", server.info.folder / "run"
        owner = data.stat()
        pid_file = (data / "postmaster.pid").read_text()
        (lock_file,) = sockets.glob(".s.PGSQL.*.lock")
        socket_lock = lock_file.read_text()
    # As after a restarted container: the old number belongs to another process of the server's own account.
    account = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    stranger = subprocess.Popen(["sleep", "60"], cwd="/", **account)  # type: ignore[call-overload]
    try:
        for file, text in ((data / "postmaster.pid", pid_file), (lock_file, socket_lock)):
            file.write_text("\n".join([str(stranger.pid), *text.splitlines()[1:]]) + "\n")
            os.chown(file, owner.st_uid, owner.st_gid)
        with EmbeddedPostgres(home, fsync=False) as server:
            assert server.info.started_here
    finally:
        stranger.kill()
        stranger.wait()


@posix
def test_a_first_start_killed_at_any_point_does_not_stand_in_the_way() -> None:
    home = open_temp_dir("ops-killed-")
    try:
        for seconds in (0.5, 0.8, 1.1, 1.6):
            with another_process(home) as child:
                time.sleep(seconds)
                child.send_signal(signal.SIGKILL)
        with EmbeddedPostgres(home, fsync=False) as server, psycopg.connect(server.info.urls.dagster) as it:
            assert it.execute("SELECT current_database()").fetchone() == ("dagster",)
        assert not list((home / "postgres").glob("initdb.password"))
    finally:
        remove_home(home)


def test_an_interrupted_start_leaves_no_server_behind(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ctrl_c(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cluster, "ensure_databases", ctrl_c)
        with pytest.raises(KeyboardInterrupt), EmbeddedPostgres(home, fsync=False):
            pass
    assert EmbeddedPostgres(home).peek() is None


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PostgresError, match="set OPS_HOME to another"):
        EmbeddedPostgres(tmp_path / "file" / "home").start()


def test_a_taken_port_is_replaced_and_the_new_one_kept(home: Path) -> None:
    with EmbeddedPostgres(home, fsync=False) as server:
        before = server.info.port
    with socket.create_server(("127.0.0.1", before)), EmbeddedPostgres(home, fsync=False) as server:
        moved = server.info.port
        assert moved != before
    with EmbeddedPostgres(home, fsync=False) as server:
        assert server.info.port == moved


def test_a_taken_port_that_was_asked_for_is_told_with_its_setting(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PostgresError, match=f"port {port} is taken.*OPS_POSTGRES__PORT"):
            EmbeddedPostgres(home, fsync=False, port=port).start()


def test_missing_passwords_are_told_before_a_server_runs(home: Path) -> None:
    file = home / "postgres" / "credentials.json"
    kept = file.rename(file.with_name("kept.json"))
    try:
        with pytest.raises(PostgresError, match=r"credentials\.json is missing or damaged"):
            EmbeddedPostgres(home, fsync=False).start()
        assert postmaster.alive((home / "postgres").resolve() / "data") is None
    finally:
        kept.rename(file)


def test_passwords_of_another_database_are_told(home: Path) -> None:
    file = home / "postgres" / "credentials.json"
    right = file.read_text()
    with EmbeddedPostgres(home, fsync=False):
        try:
            file.write_text(right.replace('"postgres": "', '"postgres": "x'))
            with pytest.raises(PostgresError, match="refuses the password"):
                EmbeddedPostgres(home, fsync=False).start()
        finally:
            file.write_text(right)


def test_data_of_another_major_version_is_refused_with_the_way_out() -> None:
    home = open_temp_dir("ops-version-")
    try:
        (home / "postgres" / "data").mkdir(parents=True)
        (home / "postgres" / "data" / "PG_VERSION").write_text("14\n")
        if os.name == "posix" and os.geteuid() == 0:
            os.chown(home / "postgres" / "data", 65534, 65534)
        with pytest.raises(PostgresError, match=r"(?s)PostgreSQL 14, which made.*OPS_POSTGRES__BIN_DIR"):
            EmbeddedPostgres(home, fsync=False).start()
    finally:
        remove_home(home)


def test_odd_folder_names_work() -> None:
    outer = open_temp_dir("ops-odd-")
    home = outer / "O'Fallon & söhne 100% {x}"
    try:
        with EmbeddedPostgres(home, fsync=False) as server, psycopg.connect(server.info.urls.ops) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        remove_home(home)
        remove_home(outer)


@posix
def test_a_folder_too_deep_for_a_socket_works_over_tcp() -> None:
    outer = open_temp_dir("ops-deep-")
    home = outer / ("deep" * 20) / ("deeper" * 10)
    try:
        with EmbeddedPostgres(home, fsync=False) as server:
            assert not (server.info.folder / "run").exists()
            with psycopg.connect(server.info.urls.ops) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        remove_home(home)
        remove_home(outer)


@posix
def test_a_folder_name_that_pg_ctl_cannot_quote_is_refused() -> None:
    with pytest.raises(PostgresError, match="set OPS_HOME"):
        EmbeddedPostgres(Path("/tmp/ops-$HOME"), fsync=False).start()


@pytest.mark.skipif(
    not list(Path("/usr/lib/postgresql").glob("15/bin/postgres")), reason="Debian's PostgreSQL 15 is not installed"
)
def test_debians_oldest_supported_server_works_too() -> None:
    home = open_temp_dir("ops-debian-")
    try:
        server = EmbeddedPostgres(home, fsync=False, bin_dir=Path("/usr/lib/postgresql/15/bin"))
        with server, psycopg.connect(server.info.urls.ops) as connection:
            assert server.info.version.startswith("15.")
            assert connection.execute("SELECT lower('Ü')").fetchone() == ("ü",)
    finally:
        remove_home(home)
