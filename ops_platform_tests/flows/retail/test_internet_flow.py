"""The internet check over real sockets, with a real command: who is asked, what is recorded, when the command runs."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ops_platform.adapters.database import held_lock
from ops_platform.sandbox.server import running_sandbox
from ops_platform_tests.cli.running import free_port
from ops_platform_tests.flows.retail.outside import ZONE, World, world

AT = datetime(2026, 5, 14, 13, 0, tzinfo=ZONE)


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[World]:
    with world(database_url, tmp_path) as made:
        made.use(internet__mode="live", internet__timeout_seconds=1)
        yield made


@pytest.fixture
def host() -> Iterator[str]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(20)
        yield f"127.0.0.1:{server.getsockname()[1]}"


def nobody(number: int = 3) -> list[str]:
    return [f"127.0.0.1:{free_port()}" for _ in range(number)]


@pytest.fixture
def restarting(here: World) -> World:
    """Everything set so that a command runs: it is live, allowed, and writes into a file."""
    code = f"open({str(here.root / 'called')!r}, 'a').write('x')"
    here.use(internet__hosts=nobody(), internet__action="command", internet__command=[sys.executable, "-c", code])
    here.use(apply=["internet"])
    return here


def called(here: World) -> int:
    file = here.root / "called"
    return len(file.read_text()) if file.exists() else 0


def failed_an_hour_ago(here: World, hours: float = 1) -> None:
    here.db.execute(
        "INSERT INTO retail.connectivity_checks (checked_at, as_of, is_connected, hosts, is_sandbox) VALUES "
        f"(now() - interval '{hours} hours', now(), false, '[]', false)"
    )


def test_two_of_three_silent_hosts_are_a_connection(here: World, host: str) -> None:
    here.use(internet__hosts=[*nobody(2), host])
    outcome = here.run("internet")
    assert (outcome.plan.figures["hosts"], outcome.plan.figures["reached"]) == (3, 1)
    checks = here.rows("SELECT is_connected, hosts, run_id FROM retail.connectivity_checks")
    assert [(row["is_connected"], len(row["hosts"]), row["run_id"]) for row in checks] == [(True, 3, "test")]


def test_all_silent_is_recorded_also_where_no_command_may_run(here: World) -> None:
    here.use(internet__hosts=nobody())
    assert here.run("internet").status == "planned"
    assert here.rows("SELECT is_connected FROM retail.connectivity_checks") == [{"is_connected": False}]
    assert here.rows("SELECT * FROM ops.effects") == []


def test_the_second_failure_calls_the_command_once_and_the_gap_keeps_it_from_more(restarting: World) -> None:
    assert restarting.run("internet").error is None
    assert called(restarting) == 0
    restarting.db.execute("UPDATE retail.connectivity_checks SET checked_at = checked_at - interval '1 hour'")
    outcome = restarting.run("internet")
    assert (outcome.status, outcome.error, called(restarting)) == ("applied", None, 1)
    for _ in range(2):
        outcome = restarting.run("internet")
    assert "command_too_soon" in outcome.plan.notes["code"].tolist()
    assert called(restarting) == 1
    effects = restarting.rows("SELECT kind, status, automation FROM ops.effects")
    assert effects == [{"kind": "command", "status": "sent", "automation": "internet"}]


def test_after_the_gap_it_may_run_again(restarting: World) -> None:
    failed_an_hour_ago(restarting)
    restarting.run("internet")
    restarting.db.execute("UPDATE ops.effects SET began_at = began_at - interval '7 hours', key = key || '-earlier'")
    restarting.run("internet")
    assert called(restarting) == 2


def test_a_dry_run_calls_nothing_and_counts_as_no_check(restarting: World) -> None:
    failed_an_hour_ago(restarting)
    outcome = restarting.run("internet", apply=False)
    assert len(outcome.plan.effects) == 1
    assert called(restarting) == 0
    assert len(restarting.rows("SELECT 1 FROM retail.connectivity_checks")) == 1


def test_a_command_that_is_set_but_not_allowed_does_not_run(restarting: World) -> None:
    restarting.use(apply=[])
    failed_an_hour_ago(restarting)
    assert restarting.run("internet").status == "planned"
    assert called(restarting) == 0


def test_while_another_run_is_at_work_it_waits_and_says_for_whom(restarting: World) -> None:
    failed_an_hour_ago(restarting)
    with held_lock(restarting.db, "retail.photos"), held_lock(restarting.db, "vehicles.import"):
        outcome = restarting.run("internet")
    waits = outcome.plan.notes[outcome.plan.notes["code"] == "command_waits"]["detail"].tolist()
    assert waits == ["at work: an import (vehicles), photos (retail)"]
    assert called(restarting) == 0


def test_a_command_that_does_not_end_is_ended_and_nobody_claims_it_worked(restarting: World) -> None:
    restarting.use(
        internet__command=[sys.executable, "-c", "import time; time.sleep(60)"], internet__command_seconds=0.3
    )
    failed_an_hour_ago(restarting)
    restarting.run("internet")
    effect = restarting.rows("SELECT status, reason FROM ops.effects")[0]
    assert effect["status"] == "unknown"
    assert "was ended after 0.3 s" in effect["reason"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["/no/such/program"], "could not be started"),
        ([sys.executable, "-c", "raise SystemExit('no right')"], "no right"),
    ],
)
def test_a_command_that_fails_is_told(restarting: World, command: list[str], told: str) -> None:
    restarting.use(internet__command=command)
    failed_an_hour_ago(restarting)
    assert restarting.run("internet").status == "failed"
    effect = restarting.rows("SELECT status, reason FROM ops.effects")[0]
    assert (effect["status"], told in effect["reason"]) == ("failed", True)


def test_no_shell_reads_the_command(restarting: World) -> None:
    code = f"import sys; open({str(restarting.root / 'argv')!r}, 'w').write('|'.join(sys.argv[1:]))"
    restarting.use(internet__command=[sys.executable, "-c", code, "$(touch x); *", "a b"])
    failed_an_hour_ago(restarting)
    restarting.run("internet")
    assert (restarting.root / "argv").read_text() == "$(touch x); *|a b"


def test_out_of_the_box_only_the_sandbox_is_asked_and_no_command_runs(restarting: World) -> None:
    restarting.use(internet__mode="sandbox")
    outcome = restarting.run("internet")  # none runs, so even that is silent
    assert [row["host"] for row in outcome.plan.records["connectivity_checks"].iloc[0]["hosts"]] == ["127.0.0.1:9"]
    restarting.db.execute("UPDATE retail.connectivity_checks SET checked_at = checked_at - interval '1 hour'")
    assert restarting.run("internet").status == "applied"
    assert restarting.rows("SELECT status, is_sandbox FROM ops.effects") == [{"status": "sent", "is_sandbox": True}]
    assert called(restarting) == 0
    with running_sandbox([]) as sandbox:
        restarting.sandbox_url = sandbox.url
        assert restarting.run("internet").plan.figures["reached"] == 1


def test_a_silent_day_costs_one_connection_a_host_and_no_more_than_its_timeout(here: World) -> None:
    here.use(internet__hosts=nobody(), internet__timeout_seconds=0.5)
    assert here.run("internet").seconds < timedelta(seconds=3).total_seconds()
