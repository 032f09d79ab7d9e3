"""The embedded server: what is in it, who may enter, starting, attaching and stopping. Real servers only."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import psycopg
import pytest

from ops_platform.adapters.postgres import postmaster
from ops_platform.adapters.postgres.cluster import DATABASES
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.postgres.probe import connect
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform_tests.adapters.postgres.processes import (
    another_process,
    end,
    finish,
    first_line,
    is_running,
    spawn,
)
from ops_platform_tests.conftest import open_temp_dir, remove_home


def test_every_database_belongs_to_its_login(server: EmbeddedPostgres) -> None:
    for database, owner in DATABASES.items():
        with psycopg.connect(getattr(server.info.urls, database)) as connection:
            row = connection.execute(
                "SELECT current_user, current_database(), pg_get_userbyid(datdba) FROM pg_database "
                "WHERE datname = current_database()"
            ).fetchone()
        assert row == (owner, database, owner)


def test_the_group_roles_exist_and_cannot_log_in(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.info.urls.ops) as connection:
        rows = connection.execute(
            "SELECT rolname, rolcanlogin, rolsuper FROM pg_roles WHERE rolname LIKE 'ops%' ORDER BY 1"
        ).fetchall()
    assert rows == [("ops", True, False), ("ops_app", False, False), ("ops_report", False, False)]


def test_dagsters_login_cannot_enter_the_business_databases(server: EmbeddedPostgres) -> None:
    for database in ("ops", "counterpoint"):
        url = server.info.urls.dagster.removesuffix("dagster") + database
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(url)


def test_a_wrong_password_is_refused_on_tcp_and_on_the_socket(server: EmbeddedPostgres) -> None:
    hosts = ["127.0.0.1"]
    if os.name == "posix":
        hosts.append(str(server.info.folder / "run"))
    for host in hosts:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(host=host, port=server.info.port, user="ops", password="guess", dbname="ops")


def test_it_listens_on_loopback_only(server: EmbeddedPostgres) -> None:
    sockets = psutil.Process(server.info.pid).net_connections("tcp")
    assert {each.laddr.ip for each in sockets if each.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_passwords_are_private_and_never_shown(server: EmbeddedPostgres) -> None:
    password = server.info.urls.ops.split(":")[2].split("@")[0]
    assert password not in repr(server.info)
    if os.name == "posix":
        assert (server.info.folder / "credentials.json").stat().st_mode & 0o777 == 0o600


def test_the_configuration_is_durable_by_default_and_meant_for_a_small_machine() -> None:
    home = open_temp_dir("ops-durable-")
    try:
        with EmbeddedPostgres(home) as server, psycopg.connect(server.info.urls.ops) as connection:
            names = ["fsync", "full_page_writes", "synchronous_commit", "shared_buffers", "max_connections"]
            names += ["max_wal_size", "TimeZone", "server_encoding", "password_encryption", "logging_collector"]
            shown = {name: connection.execute(f"SHOW {name}").fetchone() for name in names}
            log_folder = server.info.folder / "log"
            assert list(log_folder.glob("postgresql-*.log"))
    finally:
        remove_home(home)
    assert {name: row[0] for name, row in shown.items() if row} == {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "shared_buffers": "256MB",
        "max_connections": "100",
        "max_wal_size": "2GB",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
        "password_encryption": "scram-sha-256",
        "logging_collector": "on",
    }


def test_values_of_a_failed_statement_stay_out_of_the_logs(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.info.urls.ops, autocommit=True) as connection:
        connection.execute("CREATE TABLE canary (phone text UNIQUE)")
        connection.execute("INSERT INTO canary VALUES ('canary-3145550100')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO canary VALUES ('canary-3145550100')")
        connection.execute("DROP TABLE canary")
    logs = "".join(file.read_text() for file in (server.info.folder / "log").glob("*.log"))
    assert "duplicate key value" in logs
    assert "canary-3145550100" not in logs


def test_a_second_start_of_the_same_object_changes_nothing(server: EmbeddedPostgres) -> None:
    before = server.info
    assert server.start() == before


def test_a_second_user_attaches_and_the_last_one_out_stops_the_server(home: Path) -> None:
    first, second = EmbeddedPostgres(home, fsync=False), EmbeddedPostgres(home, fsync=False)
    started, attached = first.start(), second.start()
    assert (started.started_here, attached.started_here) == (True, False)
    assert attached.pid == started.pid
    assert first.stop() is False
    assert is_running(started.pid)
    assert second.stop() is True
    assert not is_running(started.pid)


def test_two_processes_share_one_server_and_the_last_one_stops_it(home: Path) -> None:
    with another_process(home) as one:
        pid, port, started_here = first_line(one)
        assert started_here
        with another_process(home) as two:
            assert first_line(two) == (pid, port, False)
            assert finish(one) == "False"
            assert is_running(pid)
            assert finish(two) == "True"
    assert not is_running(pid)


def test_processes_that_start_at_once_get_one_server(home: Path) -> None:
    children = [spawn(home) for _ in range(4)]
    try:
        said = [first_line(child) for child in children]
        assert len({(pid, port) for pid, port, _ in said}) == 1
        assert sum(started_here for _, _, started_here in said) == 1
        assert sorted(finish(child) for child in children) == ["False", "False", "False", "True"]
    finally:
        for child in children:
            end(child)


def test_the_port_is_kept_over_restarts(home: Path) -> None:
    with EmbeddedPostgres(home, fsync=False) as server:
        first = server.info.port
    with EmbeddedPostgres(home, fsync=False) as server:
        assert server.info.port == first


def test_looking_starts_nothing_and_makes_no_folder(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "new")
    assert server.attach() is None
    assert server.peek() is None
    assert server.stop() is True
    assert not (tmp_path / "new").exists()


def test_attaching_keeps_the_server_and_peeking_does_not(home: Path) -> None:
    starter, visitor = EmbeddedPostgres(home, fsync=False), EmbeddedPostgres(home, fsync=False)
    started = starter.start()
    attached = visitor.attach()
    assert attached is not None
    assert attached.pid == started.pid
    assert starter.stop() is False
    assert visitor.stop() is True
    starter.start()
    assert visitor.peek() is not None
    assert starter.stop() is True
    assert visitor.peek() is None


def test_a_process_that_only_has_the_number_of_a_server_is_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n1\n5432\n\n\n\nready\n")
    assert postmaster.alive(tmp_path) is None


def test_a_database_can_be_copied_and_dropped(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.create_database("first_one"), autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT 42 AS answer")
    connected = psycopg.connect(server.create_database("second_one", template="first_one"))
    assert connected.execute("SELECT answer FROM t").fetchall() == [(42,)]
    server.drop_database("second_one")  # although somebody is connected
    connected.close()
    server.drop_database("first_one")
    server.drop_database("first_one")
    with connect(server.info.folder, server.info.port) as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
    assert names == {"postgres", "template0", "template1", *DATABASES}


def test_database_names_are_identifiers_and_the_platforms_own_are_kept(server: EmbeddedPostgres) -> None:
    for name in ('x"; DROP DATABASE ops; --', "UPPER", "", "a" * 64, "ä"):
        with pytest.raises(PostgresError, match="cannot be a database name"):
            server.create_database(name)
    for name in (*DATABASES, "postgres"):
        with pytest.raises(PostgresError, match="belongs to the platform"):
            server.drop_database(name)
