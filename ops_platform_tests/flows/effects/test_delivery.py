"""Delivery: every effect once, only when it may, and what each answer of the other side means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ops_platform.flows.effects import deciding
from ops_platform.flows.effects.delivery import settlement
from ops_platform.flows.effects.policy import Policy
from ops_platform.flows.effects.senders import (
    Defer,
    Effect,
    Go,
    Refused,
    RetryLater,
    Sent,
    Suppress,
    Suppressed,
    Unknown,
    Verdict,
)
from ops_platform_tests.flows.effects.conftest import House, wanted

HOUR = timedelta(hours=1)


def now() -> datetime:
    return datetime.now(UTC)


def test_what_is_due_is_sent_once(house: House) -> None:
    house.record(*(wanted(f"mail/{number:02}") for number in range(45)))
    done = house.deliver()
    assert (done.statuses["sent"], sorted(house.provider.keys())) == (45, [f"mail/{n:02}" for n in range(45)])
    assert house.deliver().statuses == {}
    assert len(house.provider.accepted) == 45


def test_what_was_sent_is_told_with_the_providers_id_and_its_history(house: House) -> None:
    house.record(wanted("mail/1"))
    house.deliver()
    found = house.effect("mail/1")
    assert (found["status"], found["provider_id"], found["attempt"], found["reason"]) == ("sent", "message-1", 1, None)
    assert house.events("mail/1") == ["recorded", "claimed", "sent"]


def test_the_oldest_due_comes_first(house: House) -> None:
    for key, hours in (("mail/b", 2), ("mail/a", 3), ("mail/c", 1)):
        house.record(wanted(key, due_at=now() - hours * HOUR))
    house.deliver()
    assert house.provider.keys() == ["mail/a", "mail/b", "mail/c"]


def test_what_is_not_due_yet_waits(house: House) -> None:
    house.record(wanted("mail/1", due_at=now() + HOUR))
    assert house.deliver().statuses == {}
    house.later()
    assert house.deliver().statuses == {"sent": 1}


@pytest.mark.parametrize("status", ["planned", "held"])
def test_what_is_too_late_expires_and_is_never_sent(house: House, status: str) -> None:
    house.record(wanted("mail/1", not_after=now() - timedelta(seconds=1)), status=status)
    assert house.deliver().statuses == {"expired": 1}
    assert (house.provider.accepted, house.statuses()) == ([], {"mail/1": "expired"})
    assert house.events("mail/1") == ["recorded", "expired"]


def test_a_mail_waits_for_its_coupon_and_follows_it_in_the_same_delivery(house: House) -> None:
    house.record(wanted("mail/1", after_key="coupon/1"), wanted("coupon/1", kind="coupon", target="K7QW2M9X"))
    house.deliver()
    assert house.provider.keys() == ["coupon/1", "mail/1"]


@pytest.mark.parametrize("fault", ["429", "503"])
def test_a_mail_whose_coupon_is_not_there_yet_waits(house: House, fault: str) -> None:
    house.record(wanted("mail/1", after_key="coupon/1"), wanted("coupon/1", kind="coupon", target="K7QW2M9X"))
    house.provider.fault(fault, key="coupon/1")
    house.deliver()
    assert (house.provider.accepted, house.statuses()["mail/1"]) == ([], "planned")


def test_a_mail_whose_coupon_was_refused_is_never_sent(house: House) -> None:
    house.record(wanted("mail/1", after_key="coupon/1"), wanted("coupon/1", kind="coupon", target="K7QW2M9X"))
    house.provider.fault("400", key="coupon/1")
    house.deliver()
    assert house.statuses() == {"mail/1": "suppressed", "coupon/1": "failed"}
    assert house.effect("mail/1")["reason"] == "it was to come after another, and coupon/1 is failed"


def test_a_mail_that_follows_a_refused_mail_is_given_up_in_the_same_delivery(house: House) -> None:
    house.record(wanted("mail/1"), wanted("mail/2", after_key="mail/1"))
    house.provider.fault("400", key="mail/1")
    assert house.deliver().statuses == {"failed": 1, "suppressed": 1}


def test_a_definite_refusal_fails_and_the_others_go_on(house: House) -> None:
    house.record(*(wanted(f"mail/{number}") for number in range(3)))
    house.provider.fault("400", key="mail/1")
    done = house.deliver()
    assert house.statuses() == {"mail/0": "sent", "mail/1": "failed", "mail/2": "sent"}
    assert [(ended.key, ended.reason) for ended in done.troubles] == [("mail/1", "HTTP 400")]


def test_a_temporary_refusal_is_tried_again_later_and_later(house: House) -> None:
    house.record(wanted("mail/1"))
    house.provider.fault("429", "429", key="mail/1")
    waits = []
    for _ in range(2):
        assert house.deliver().statuses == {"waiting": 1}
        [row] = house.rows("SELECT extract(epoch FROM next_try_at - changed_at) AS seconds FROM effects")
        waits.append(round(float(row["seconds"])))
        house.later()
    assert waits == [60, 120]
    assert house.deliver().statuses == {"sent": 1}
    assert house.events("mail/1") == ["recorded", *["claimed", "planned"] * 2, "claimed", "sent"]


def test_reasons_of_others_are_kept_without_phones_and_addresses(house: House) -> None:
    house.record(wanted("mail/1"))
    house.provider.fault("429", key="mail/1")
    house.deliver()
    assert house.effect("mail/1")["reason"] == "too many for ***34"
    assert house.rows("SELECT 1 FROM effect_events WHERE detail LIKE '%%555%%'") == []


def test_what_is_refused_for_too_long_has_failed(house: House) -> None:
    house.use(max_attempts=3)
    house.record(wanted("mail/1"))
    house.provider.fault("429", "429", "429", key="mail/1")
    for _ in range(3):
        house.deliver()
        house.later()
    assert house.effect("mail/1")["reason"] == "refused 3 times, at last: too many for ***34"
    assert house.statuses() == {"mail/1": "failed"}


def test_a_wrong_login_stops_its_kind_and_counts_as_no_try(house: House) -> None:
    house.use(max_attempts=1)
    house.record(*(wanted(f"mail/{number:02}") for number in range(30)), wanted("coupon/1", kind="coupon"))
    house.provider.fault("401", key="mail/00")
    done = house.deliver()
    assert done.stopped == {"email": "login refused"}
    assert (done.statuses, house.provider.keys()) == ({"waiting": 1, "sent": 1}, ["coupon/1"])
    assert {row["attempt"] for row in house.rows("SELECT attempt FROM effects WHERE kind = 'email'")} == {0}
    assert set(house.statuses().values()) == {"sent", "planned"}
    house.later()
    assert house.deliver().statuses["sent"] == 30


def test_an_unclear_answer_is_unknown_and_not_tried_again(house: House) -> None:
    house.record(wanted("mail/1"), wanted("mail/2"))
    house.provider.fault("accept_then_cut", key="mail/1")
    house.deliver()
    assert (house.deliver().statuses, house.provider.keys()) == ({}, ["mail/1", "mail/2"])
    assert house.statuses() == {"mail/1": "unknown", "mail/2": "sent"}


def test_a_sender_that_breaks_leaves_unknown_and_the_others_go_on(house: House, monkeypatch: Any) -> None:
    from ops_platform_tests.flows.effects.provider import HttpSender

    house.record(wanted("mail/1"), wanted("mail/2"))
    whole = HttpSender.send

    def broken(self: HttpSender, effect: Effect) -> Any:
        if effect.key == "mail/1":
            raise KeyError("jane.doe@example.com")
        return whole(self, effect)

    monkeypatch.setattr(HttpSender, "send", broken)
    house.deliver()
    assert house.statuses() == {"mail/1": "unknown", "mail/2": "sent"}
    assert house.effect("mail/1")["reason"] == "KeyError: 'j***@e***.com'"


def test_an_interrupted_delivery_writes_down_what_it_knows(house: House, monkeypatch: Any) -> None:
    from ops_platform_tests.flows.effects.provider import HttpSender

    house.record(*(wanted(f"mail/{number}") for number in range(4)))
    whole = HttpSender.send

    def interrupted(self: HttpSender, effect: Effect) -> Any:
        answer = whole(self, effect)
        if effect.key == "mail/1":
            raise KeyboardInterrupt
        return answer

    monkeypatch.setattr(HttpSender, "send", interrupted)
    with pytest.raises(KeyboardInterrupt):
        house.deliver()
    assert house.statuses() == {"mail/0": "sent", "mail/1": "unknown", "mail/2": "planned", "mail/3": "planned"}


def test_everything_that_fits_no_batch_is_done_in_the_next_one(house: House) -> None:
    """What became too late while others were sent expires, and nothing waits for another delivery."""
    house.record(*(wanted(f"mail/{number:02}") for number in range(25)))
    house.db.execute("UPDATE effects SET not_after = clock_timestamp() WHERE key = 'mail/24'")
    assert house.deliver().statuses == {"sent": 24, "expired": 1}


# -- who may deliver


def test_a_run_delivers_its_own_automations_effects_only(house: House) -> None:
    house.record(wanted("mail/1"))
    assert house.deliver(automations=["another"]).statuses == {}
    assert house.deliver(automations=["follow_up"]).statuses == {"sent": 1}


def test_a_live_effect_waits_while_its_automation_may_not_write(house: House) -> None:
    house.go_live()
    house.record(wanted("mail/1"))
    assert house.deliver().statuses == {}
    house.env["OPS_RETAIL__APPLY"] = '["follow_up"]'
    assert house.deliver().statuses == {"sent": 1}


def test_an_effect_of_the_sandbox_is_not_sent_once_the_system_is_live(house: House) -> None:
    house.record(wanted("mail/1"))
    house.go_live()
    assert house.deliver(automations=["follow_up"]).statuses == {}
    assert house.provider.accepted == []


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
    gate.quiet_until = now() + HOUR
    house.record(wanted("mail/1"), wanted("mail/2", target="b@example.com"))
    assert house.deliver().statuses == {"deferred": 2}
    assert house.effect("mail/1")["next_try_at"] == gate.quiet_until
    assert house.events("mail/1") == ["recorded", "deferred"]
    gate.quiet_until = None
    assert house.deliver().statuses == {}
    house.later()
    assert house.deliver().statuses == {"sent": 2}


def test_a_gate_that_defers_into_the_past_does_not_keep_the_delivery_busy(house: House, gate: Household) -> None:
    gate.check = lambda *_: [Defer(now() - HOUR, "a clock that is behind")]  # type: ignore[method-assign]
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


# -- what an answer means


@pytest.mark.parametrize(
    ("answer", "status", "wait"),
    [
        (Sent("7"), "sent", 0),
        (Refused("no"), "failed", 0),
        (Suppressed("stop"), "suppressed", 0),
        (Unknown("?"), "unknown", 120),
        (RetryLater("busy"), "planned", 240),
        (RetryLater("busy", after=timedelta(minutes=30)), "planned", 1800),
        (RetryLater("away", stop=True), "planned", 60),
    ],
)
def test_every_answer_has_its_status_and_its_wait(answer: Any, status: str, wait: float) -> None:
    found = settlement(answer, 3, Policy("UTC"))
    assert (found.status, found.wait_seconds) == (status, wait)
    assert (found.reason is None) == (status == "sent")


def test_waits_grow_to_the_longest_and_no_further() -> None:
    policy = Policy("UTC", retry_first=60, retry_longest=3600)
    assert [policy.retry_wait(attempt, None) for attempt in (1, 2, 6, 7, 500)] == [60, 120, 1920, 3600, 3600]
