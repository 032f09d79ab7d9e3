"""Delivery: every effect once, only when it may, and what each answer of the other side means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops_platform.flows.effects.delivery import settlement
from ops_platform.flows.effects.policy import Policy
from ops_platform.flows.effects.senders import (
    Effect,
    Refused,
    RetryLater,
    Sent,
    Suppressed,
    Unknown,
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
        (RetryLater("no picture", uncounted=True), "planned", 60),
    ],
)
def test_every_answer_has_its_status_and_its_wait(answer: Any, status: str, wait: float) -> None:
    found = settlement(answer, 3, Policy("UTC"))
    assert (found.status, found.wait_seconds) == (status, wait)
    assert (found.reason is None) == (status == "sent")


def test_waits_grow_to_the_longest_and_no_further() -> None:
    policy = Policy("UTC", retry_first=60, retry_longest=3600)
    assert [policy.retry_wait(attempt, None) for attempt in (1, 2, 6, 7, 500)] == [60, 120, 1920, 3600, 3600]
