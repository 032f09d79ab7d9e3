"""Dagster's commands with and without a database, in a checkout of their own; the real commands, run as people do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import psycopg
import pytest
from dagster_postgres import DagsterPostgresStorage

from ops_platform.adapters.migrations import migrate, set_search_path
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.adapters.postgres.urls import dagster_url
from ops_platform.dagster_instance.storage import DatabaseNotReadyError, OpsStorage, find_database_url
from ops_platform.paths import project_root

DEFINITIONS = """
import dagster as dg

@dg.asset
def an_asset() -> None: ...

defs = dg.Definitions(assets=[an_asset], executor=dg.in_process_executor)
"""
PYPROJECT = """
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "small_project"
code_location_target_module = "small_project.definitions"
defs_module = "small_project.defs"
[tool.dagster]
module_name = "small_project.definitions"
"""
INSTANCE = """
from dagster import DagsterInstance
from dagster._serdes import serialize_value
with DagsterInstance.get() as instance:
    instance.get_runs()
    print(serialize_value(instance.get_ref()))
"""
_numbers = count(1)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with our dagster.yaml and one asset."""
    root = tmp_path / "checkout"
    (root / "small_project" / "defs").mkdir(parents=True)
    for package in ("small_project", "small_project/defs"):
        (root / package / "__init__.py").touch()
    (root / "small_project" / "definitions.py").write_text(DEFINITIONS)
    (root / "pyproject.toml").write_text(PYPROJECT)
    shutil.copy(project_root() / "dagster.yaml", root)
    return root


@pytest.fixture
def url(pg_server: EmbeddedPostgres) -> Iterator[str]:
    name = f"storage_{next(_numbers)}"
    yield pg_server.create_database(name)
    pg_server.drop_database(name)


def command(checkout: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `dagster ...`, `dg ...` or `python ...` in the checkout with nothing set but `variables`."""
    home = checkout.parent / "home"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPS_", "DAGSTER"))}
    env = {**kept, "HOME": str(home), "OPS_HOME": str(home / ".ops"), "PYTHONPATH": str(checkout), **variables}
    program = Path(sys.executable).parent / words[0]
    return subprocess.run(
        [str(program), *words[1:]], capture_output=True, text=True, env=env, cwd=checkout, timeout=120, check=False
    )


@pytest.mark.parametrize(
    "words", [("dagster", "definitions", "validate"), ("dg", "list", "defs"), ("dg", "check", "defs")]
)
def test_definitions_are_listed_and_checked_without_a_database(checkout: Path, words: tuple[str, ...]) -> None:
    done = command(checkout, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    if "list" in words:
        assert "an_asset" in done.stdout
    assert not list(checkout.glob(".tmp_dagster_home_*"))


@pytest.mark.parametrize(
    "words",
    [
        ("dagster", "dev"),
        ("dg", "dev"),
        ("dagster", "asset", "materialize", "--select", "an_asset", "-m", "small_project.definitions"),
        ("dg", "launch", "--assets", "an_asset"),
    ],
)
def test_what_needs_the_database_says_to_run_ops_up_and_why(checkout: Path, words: tuple[str, ...]) -> None:
    done = command(checkout, *words)
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: run `ops up`: Dagster keeps its runs and schedules in PostgreSQL"), done.stderr
    assert "OPS_DAGSTER_DATABASE_URL" in last


def test_with_a_dagster_home_every_command_says_so_at_once(checkout: Path) -> None:
    done = command(checkout, "dagster", "run", "list", DAGSTER_HOME=str(checkout))
    assert done.returncode != 0
    assert done.stderr.strip().splitlines()[-1].startswith("Error: run `ops up`"), done.stderr


def test_a_server_that_does_not_answer_is_named_without_its_password(checkout: Path) -> None:
    dead = "postgresql://dagster:hidden-word@127.0.0.1:1/dagster"
    done = command(checkout, "dagster", "dev", OPS_DAGSTER_DATABASE_URL=dead)
    assert done.returncode != 0
    assert "the server at 127.0.0.1:1 does not answer" in done.stderr
    assert "hidden-word" not in done.stdout + done.stderr
    validated = command(checkout, "dagster", "definitions", "validate", OPS_DAGSTER_DATABASE_URL=dead)
    assert validated.returncode == 0, validated.stderr


def test_a_run_of_a_plain_dagster_command_lands_in_the_database_and_its_output_in_the_home(
    checkout: Path, url: str
) -> None:
    words = ("dagster", "asset", "materialize", "--select", "an_asset", "-m", "small_project.definitions")
    done = command(checkout, *words, OPS_DAGSTER_DATABASE_URL=url)
    assert done.returncode == 0, done.stderr
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT status FROM runs").fetchall() == [("SUCCESS",)]
    storage = checkout.parent / "home" / ".ops" / "dagster" / "storage"
    assert list(storage.glob("*/compute_logs/*.out"))


def test_the_password_is_not_in_what_dagster_hands_to_its_processes(checkout: Path, url: str) -> None:
    password = url.partition("//")[2].partition(":")[2].partition("@")[0]
    assert len(password) > 8
    done = command(checkout, "python", "-c", INSTANCE, OPS_DAGSTER_DATABASE_URL=url, DAGSTER_HOME=str(checkout))
    assert "OpsStorage" in done.stdout, done.stderr
    assert password not in done.stdout


def test_processes_that_start_together_on_a_new_database_make_its_tables_once(url: str) -> None:
    connect_as = url.replace("postgresql://", "postgresql+psycopg2://")
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: OpsStorage.connected(connect_as), range(6)))
    assert [storage.run_storage.get_runs() for storage in made] == [[]] * 6


def test_the_url_is_found_in_the_environment_with_the_driver_dagster_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_DAGSTER_DATABASE_URL", "postgresql://u:p%40ss@host:5433/dagster?sslmode=require")
    assert find_database_url() == "postgresql+psycopg2://u:p%40ss@host:5433/dagster?sslmode=require"


def test_without_a_url_the_running_embedded_server_is_found(
    pg_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPS_HOME", str(pg_server.home))
    with psycopg.connect(find_database_url().replace("+psycopg2", "")) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("dagster",)
    monkeypatch.setenv("OPS_HOME", str(tmp_path))
    with pytest.raises(DatabaseNotReadyError, match="is not running"):
        find_database_url()


def test_the_platform_and_dagster_may_share_one_database(pg_server: EmbeddedPostgres) -> None:
    """Both keep their revision with Alembic; with one table name Dagster meets ours and refuses to start."""
    url = pg_server.create_database(f"shared_{next(_numbers)}")
    migrate(url)
    set_search_path(url)
    storage = DagsterPostgresStorage(dagster_url(url))
    assert storage.run_storage.get_runs_count() == 0
    assert storage.event_log_storage.alembic_version() is not None
    assert migrate(url).applied == []
