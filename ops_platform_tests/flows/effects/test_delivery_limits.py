"""What keeps an effect back although it is due: a pause, the budget of a day, a gate of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ops_platform.flows.effects import deciding
from ops_platform.flows.effects.senders import (
    Defer,
    Effect,
    Go,
    Suppress,
    Verdict,
)
from ops_platform_tests.flows.effects.conftest import House, wanted

# -- pauses and budgets


@pytest.mark.parametrize("kind", ["email", "all"])
def test_a_paused_kind_waits_and_goes_on_when_it_is_resumed(house: House, kind: str) -> None:
    house.record(wanted("mail/1"))
    deciding.pause(house.db, kind, why="a wrong price in the template", who="asha")
    done = house.deliver()
    assert (done.statuses, done.waiting) == ({}, {"email": "paused by asha: a wrong price in the template"} | (
        {"coupon": "paused by asha: a wrong price in the template"} if kind == "all" else {}
    ))  # fmt: skip
    assert deciding.resume(house.db, kind, who="asha")
    assert house.deliver().statuses == {"sent": 1}


def test_another_kind_goes_on_while_one_is_paused(house: House) -> None:
    house.record(wanted("mail/1"), wanted("coupon/1", kind="coupon"))
    deciding.pause(house.db, "coupon", why="x", who="asha")
    house.deliver()
    assert house.provider.keys() == ["mail/1"]


def test_a_pause_between_claim_and_call_is_obeyed(house: House, monkeypatch: Any) -> None:
    from ops_platform_tests.flows.effects.provider import HttpSender

    house.record(*(wanted(f"mail/{number}") for number in range(5)))
    whole = HttpSender.send

    def pausing(self: HttpSender, effect: Effect) -> Any:
        deciding.pause(house.db, "email", why="stop!", who="asha")
        return whole(self, effect)

    monkeypatch.setattr(HttpSender, "send", pausing)
    assert house.deliver().statuses == {"sent": 1}
    assert list(house.statuses().values()) == ["sent", *["planned"] * 4]


def test_no_more_than_the_budget_of_a_day_is_sent(house: House) -> None:
    house.env["OPS_MAIL__DAILY_LIMIT"] = "25"
    house.record(*(wanted(f"mail/{number:02}") for number in range(30)))
    done = house.deliver()
    assert (done.statuses["sent"], done.waiting) == (25, {"email": "the budget of 25 a day is used up"})
    assert house.deliver().statuses == {}
    house.db.execute("UPDATE effects SET claimed_at = claimed_at - interval '1 day' WHERE status = 'sent'")
    assert house.deliver().statuses["sent"] == 5


def test_the_day_of_a_budget_is_the_stores(house: House) -> None:
    """What was sent at 23:30 in the store's zone was yesterday's."""
    house.env["OPS_MAIL__DAILY_LIMIT"] = "1"
    house.record(wanted("mail/1"), wanted("mail/2"))
    house.deliver()
    midnight = "date_trunc('day', clock_timestamp() AT TIME ZONE 'America/New_York') AT TIME ZONE 'America/New_York'"
    for shift, sent in (("1 second", 0), ("-1 second", 1)):
        house.db.execute(f"UPDATE effects SET claimed_at = {midnight} + interval '{shift}' WHERE status = 'sent'")
        assert house.deliver().statuses["sent"] == sent


def test_a_definite_refusal_takes_nothing_of_the_budget(house: House) -> None:
    house.env["OPS_MAIL__DAILY_LIMIT"] = "2"
    house.record(*(wanted(f"mail/{number}") for number in range(3)))
    house.provider.fault("400", key="mail/0")
    assert house.deliver().statuses == {"failed": 1, "sent": 2}


def test_a_person_may_set_another_budget_and_give_it_back(house: House) -> None:
    house.record(*(wanted(f"mail/{number}") for number in range(3)))
    deciding.set_budget(house.db, "email", daily_budget=0, why="look first", who="asha")
    assert house.deliver().statuses == {}
    deciding.set_budget(house.db, "email", daily_budget=2, why="try two", who="asha")
    assert house.deliver().statuses == {"sent": 2}
    deciding.set_budget(house.db, "email", daily_budget=None, why="looks good", who="asha")
    assert house.deliver().statuses == {"sent": 1}


# -- gates


class Household:
    """A gate as texts have one: people who said STOP, quiet hours, one a day for each phone."""

    def __init__(self) -> None:
        self.stopped: set[str] = set()
        self.quiet_until: datetime | None = None
        self.asked: list[int] = []

    def check(self, connection: sa.Connection, effects: Sequence[Effect], now: datetime) -> Sequence[Verdict]:
        self.asked.append(len(effects))
        seen: set[str] = set()
        return [self._of(effect, seen, now) for effect in effects]

    def _of(self, effect: Effect, seen: set[str], now: datetime) -> Verdict:
        if effect.target in self.stopped:
            return Suppress(f"{effect.target} wrote STOP")
        if self.quiet_until is not None and self.quiet_until > now:
            return Defer(self.quiet_until, "quiet hours")
        if effect.target in seen:
            return Suppress("one a day")
        seen.add(effect.target)
        return Go()


@pytest.fixture
def gate(house: House) -> Household:
    found = Household()
    house.gates["email"] = found
    return found


def test_a_gate_decides_inside_the_claim(house: House, gate: Household) -> None:
    house.record(
        wanted("mail/1", target="a@example.com"),
        wanted("mail/2", target="b@example.com"),
        wanted("mail/3", target="b@example.com"),
    )
    gate.stopped.add("a@example.com")
    assert house.deliver().statuses == {"suppressed": 2, "sent": 1}
    assert house.statuses() == {"mail/1": "suppressed", "mail/2": "sent", "mail/3": "suppressed"}
    assert house.effect("mail/1")["reason"] == "a***@e***.com wrote STOP"
    assert gate.asked[0] == 3


def test_a_gate_may_defer_and_then_nothing_is_tried_before(house: House, gate: Household) -> None:
    gate.quiet_until = datetime.now(UTC) + timedelta(hours=1)
    house.record(wanted("mail/1"), wanted("mail/2", target="b@example.com"))
    assert house.deliver().statuses == {"deferred": 2}
    assert house.effect("mail/1")["next_try_at"] == gate.quiet_until
    assert house.events("mail/1") == ["recorded", "deferred"]
    gate.quiet_until = None
    assert house.deliver().statuses == {}
    house.later()
    assert house.deliver().statuses == {"sent": 2}


def test_a_gate_that_defers_into_the_past_does_not_keep_the_delivery_busy(house: House, gate: Household) -> None:
    gate.check = lambda *_: [Defer(datetime.now(UTC) - timedelta(hours=1), "a clock that is behind")]  # type: ignore[method-assign]
    house.record(wanted("mail/1"))
    assert house.deliver().statuses == {"deferred": 1}


def test_a_stop_between_claim_and_call_is_obeyed(house: House, gate: Household, monkeypatch: Any) -> None:
    from ops_platform_tests.flows.effects.provider import HttpSender

    house.record(*(wanted(f"mail/{number}", target=f"{number}@example.com") for number in range(3)))
    whole = HttpSender.send

    def stopping(self: HttpSender, effect: Effect) -> Any:
        gate.stopped.add("1@example.com")
        return whole(self, effect)

    monkeypatch.setattr(HttpSender, "send", stopping)
    house.deliver()
    assert house.statuses() == {"mail/0": "sent", "mail/1": "suppressed", "mail/2": "sent"}
    assert house.provider.keys() == ["mail/0", "mail/2"]
