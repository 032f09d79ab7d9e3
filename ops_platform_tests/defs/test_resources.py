"""The database as steps are given it: a server that restarts is waited for, everything else fails at once."""

from __future__ import annotations

import dagster as dg
import psycopg
import pytest
import sqlalchemy as sa

from ops_platform.defs import resources
from ops_platform.defs.resources import OpsDatabase, OpsSettings, is_away
from ops_platform_tests.defs.conftest import Bench


def run_step(bench: Bench, statements: list[str]) -> tuple[dg.ExecuteInProcessResult, int]:
    """Run a step that executes the next statement at each attempt; return the run and the number of attempts."""
    attempts: list[str] = []

    @dg.op(required_resource_keys={"database"})
    def ask(context) -> None:  # type: ignore[no-untyped-def]  # Dagster reads a postponed annotation as text
        with context.resources.database.for_step() as db:
            attempts.append(statements[len(attempts)])
            db.frame(attempts[-1])

    @dg.job(resource_defs={"database": OpsDatabase()})
    def work() -> None:
        ask()

    return work.execute_in_process(instance=bench.instance, raise_on_error=False), len(attempts)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "SECONDS_BETWEEN", 0)


END_MY_CONNECTION = "SELECT pg_terminate_backend(pg_backend_pid())"


def test_a_step_whose_connection_was_ended_is_tried_again(bench: Bench) -> None:
    result, attempts = run_step(bench, [END_MY_CONNECTION, END_MY_CONNECTION, "SELECT 1"])
    assert result.success
    assert attempts == 3


def test_a_database_that_stays_away_fails_the_step_in_the_end(bench: Bench) -> None:
    result, attempts = run_step(bench, [END_MY_CONNECTION] * 9)
    assert not result.success
    assert attempts == 1 + resources.RETRIES


@pytest.mark.parametrize("statement", ["SELECT 1 / 0", "SELECT nonsense", "SELECT FROM nowhere"])
def test_a_statement_that_is_wrong_is_not_tried_again(bench: Bench, statement: str) -> None:
    result, attempts = run_step(bench, [statement] * 9)
    assert not result.success
    assert attempts == 1


def test_a_refused_connection_means_away_and_a_full_disk_does_not() -> None:
    with pytest.raises(sa.exc.OperationalError) as refused:
        sa.create_engine("postgresql+psycopg://x:y@127.0.0.1:9/z").connect()
    assert is_away(refused.value)
    assert not is_away(psycopg.errors.DiskFull("no space left"))
    assert is_away(psycopg.errors.AdminShutdown("terminating connection"))
    assert not is_away(ValueError("no"))


def test_no_resource_has_a_field_that_could_show_a_password() -> None:
    assert not OpsDatabase.model_fields
    assert not OpsSettings.model_fields
