"""The internet check: disconnected only if all hosts fail; the command only after guards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.check_internet import AUTOMATION, RECORDS
from ops_platform.retail.notes import CODES
from ops_platform.settings_retail import RetailSettings
from ops_platform.settings_retail_outside import InternetSettings, host_and_port

NOW = datetime(2026, 5, 14, 13, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
COMMAND = ("shutdown", "-r", "-f", "-t", "2")


def settings(**values: Any) -> RetailSettings:
    return RetailSettings(internet=InternetSettings(**{"action": "command", "command": COMMAND, **values}))


def plan(
    *reached: bool,
    failed_before: int = 0,
    ran: timedelta | None = None,
    busy: tuple[str, ...] = (),
    before: list[tuple[timedelta, bool]] | None = None,
    **values: Any,
) -> Plan:
    """The plan of one check. failed_before: checks of the hours before that failed, after one that did not."""
    hosts = [(f"host{n}", ok, 5 if ok else None, "" if ok else "silent", NOW) for n, ok in enumerate(reached)]
    if before is None:
        before = [(HOUR * (n + 1), n >= failed_before) for n in range(failed_before + 1)]
    inputs = {
        "hosts": pd.DataFrame(
            hosts, columns=["host", "is_reached", "milliseconds", "detail", "checked_at"], dtype=object
        ),
        "before": pd.DataFrame(
            [(NOW - ago, ok) for ago, ok in before], columns=["checked_at", "is_connected"], dtype=object
        ),
        "command": pd.DataFrame({"ran_at": pd.Series([None if ran is None else NOW - ran], dtype=object)}),
        "at_work": pd.DataFrame({"what": pd.Series(busy, dtype=object)}),
    }
    made = AUTOMATION.plan(inputs, settings(**values), NOW)
    assert set(made.notes["code"]) <= set(CODES)
    return made


def codes(made: Plan) -> list[str]:
    return sorted(made.notes["code"])


@pytest.mark.parametrize("reached", [(True, True, True), (True, False, False), (False, False, True)])
def test_one_host_that_answers_is_a_connection(reached: tuple[bool, ...]) -> None:
    made = plan(*reached, failed_before=5)
    assert len(made.effects) == 0
    assert "disconnected" not in codes(made)
    assert codes(made).count("host_silent") == reached.count(False)
    assert made.records[RECORDS].iloc[0]["is_connected"]


def test_when_all_fail_it_is_written_down_and_told() -> None:
    made = plan(False, False, False, action="log")
    assert codes(made) == ["disconnected", "host_silent", "host_silent", "host_silent"]
    record = made.records[RECORDS].iloc[0]
    assert not record["is_connected"]
    assert record["hosts"][0] == {"host": "host0", "is_reached": False, "milliseconds": None, "detail": "silent"}


def test_the_default_action_only_tells_however_often_it_fails() -> None:
    assert RetailSettings().internet.action == "log"
    assert len(plan(False, failed_before=20, action="log").effects) == 0


def test_the_command_waits_for_as_many_failures_in_a_row_as_are_set() -> None:
    assert len(plan(False, failed_before=0).effects) == 0
    assert len(plan(False, failed_before=1).effects) == 1
    assert len(plan(False, failed_before=2, failures=4).effects) == 0
    assert len(plan(False, failed_before=3, failures=4).effects) == 1
    assert len(plan(False, failed_before=0, failures=1).effects) == 1


def test_the_command_is_one_effect_an_hour_with_an_end() -> None:
    effect = plan(False, failed_before=1).effects.iloc[0]
    assert (effect["kind"], effect["key"]) == ("command", "command/internet/2026-05-14T13")
    assert effect["payload"] == {"argv": list(COMMAND), "seconds": 60.0}
    assert effect["not_after"] == NOW + timedelta(minutes=30)
    assert effect["keep_first"]
    assert "2 checks in a row" in effect["reason"]


def test_inside_the_gap_it_is_not_called_a_second_time() -> None:
    assert codes(plan(False, failed_before=3, ran=timedelta(hours=5, minutes=59)))[0] == "command_too_soon"
    assert len(plan(False, failed_before=3, ran=timedelta(hours=5, minutes=59)).effects) == 0
    assert len(plan(False, failed_before=3, ran=timedelta(hours=6)).effects) == 1


def test_a_command_that_ran_in_the_future_of_a_clock_gone_back_counts_as_too_soon() -> None:
    assert len(plan(False, failed_before=3, ran=timedelta(hours=-2)).effects) == 0


def test_while_others_are_at_work_it_waits_twice_and_then_says_whom_it_cuts_off() -> None:
    first = plan(False, failed_before=1, busy=("an import (vehicles)",))
    assert (len(first.effects), "command_waits" in codes(first)) == (0, True)
    assert len(plan(False, failed_before=2, busy=("an import (vehicles)",)).effects) == 0
    third = plan(False, failed_before=3, busy=("an import (vehicles)",))
    assert "cut off if it restarts the machine: an import (vehicles)" in third.effects.iloc[0]["reason"]


def test_a_person_may_let_it_run_over_others_at_once() -> None:
    made = plan(False, failed_before=1, busy=("photos (retail)",), at_work="run")
    assert "cut off if it restarts the machine: photos (retail)" in made.effects.iloc[0]["reason"]


def test_a_good_check_between_breaks_the_row() -> None:
    assert len(plan(False, before=[(HOUR, True), (2 * HOUR, False), (3 * HOUR, False)]).effects) == 0


def test_checks_of_before_a_standstill_do_not_count() -> None:
    assert len(plan(False, before=[(timedelta(days=3), False), (timedelta(days=3, hours=1), False)]).effects) == 0


def test_several_looks_within_minutes_are_one_check() -> None:
    looks = [(timedelta(minutes=m), False) for m in (1, 2, 5, 9)]
    assert len(plan(False, before=looks).effects) == 0
    assert len(plan(False, before=[*looks, (timedelta(minutes=61), False)]).effects) == 1


def test_checks_of_a_clock_that_went_back_are_left_out() -> None:
    assert len(plan(False, before=[(timedelta(hours=-5), False), (timedelta(hours=-4), False)]).effects) == 0


@given(st.lists(st.tuples(st.integers(-600, 6000), st.booleans()), max_size=12), st.integers(1, 4))
def test_it_never_runs_without_its_number_of_failures(checks: list[tuple[int, bool]], failures: int) -> None:
    before = [(timedelta(minutes=minutes), ok) for minutes, ok in sorted(checks)]
    made = plan(False, before=before, failures=failures)
    silent = sum(not ok for _, ok in checks)
    assert len(made.effects) <= (silent + 1 >= failures)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://www.google.com/", ("www.google.com", 443)),
        ("http://www.google.com", ("www.google.com", 80)),
        (" 1.1.1.1 ", ("1.1.1.1", 443)),
        ("dns.example:853", ("dns.example", 853)),
        ("[2606::1]:53", ("2606::1", 53)),
    ],
)
def test_a_scheme_and_a_path_are_dropped_from_a_host(text: str, wanted: tuple[str, int]) -> None:
    assert host_and_port(text, 443) == wanted


@pytest.mark.parametrize("text", ["", "a b", "u@host", "host:99999", "[::1", "https://"])
def test_what_is_no_host_is_refused_with_the_settings(text: str) -> None:
    with pytest.raises(ValidationError, match="is no host"):
        InternetSettings(hosts=(text,))


@pytest.mark.parametrize("command", [(), ("",), ("  ", "-r")])
def test_an_action_without_a_command_is_refused(command: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError, match="set command"):
        InternetSettings(action="command", command=command)
