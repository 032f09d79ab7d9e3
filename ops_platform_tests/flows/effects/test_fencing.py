"""Claims and leases: only who holds the newest claim may say what became of an effect, by the database's clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from ops_platform.adapters import ledger
from ops_platform.adapters.ledger import Order, Settlement
from ops_platform.flows.effects import deciding
from ops_platform.flows.effects.senders import Effect
from ops_platform_tests.flows.effects.conftest import House, wanted

ORDER = Order("email", True)
SENT = Settlement("sent", provider_id="message-7")


@pytest.fixture
def one(house: House) -> House:
    house.record(wanted("mail/1"))
    return house


def claim(house: House, *, seconds: float = 60.0) -> dict[str, Any]:
    with house.db.transaction() as connection:
        [row] = ledger.claim(connection, ledger.pick(connection, ORDER, 1), seconds=seconds, run_id=None)
    return row


def begin(house: House, row: dict[str, Any], *, seconds: float = 60.0) -> int | None:
    with house.db.transaction() as connection:
        given = {"seconds": seconds, "worker": "w", "run_id": None}
        begun = ledger.begin(connection, row["effect_id"], row["claim"], **given)
    return None if begun is None else begun.attempt


def settle(house: House, row: dict[str, Any], what: Settlement = SENT) -> bool:
    with house.db.transaction() as connection:
        return ledger.settle(connection, row["effect_id"], row["claim"], 1, what, run_id=None)


def tidy(house: House) -> list[dict[str, Any]]:
    with house.db.transaction() as connection:
        return ledger.tidy(connection, ORDER, grace=0.0, run_id=None)


def test_a_claim_whose_lease_ended_before_the_call_waits_again_and_its_worker_cannot_begin(one: House) -> None:
    late = claim(one, seconds=0.0)
    assert begin(one, late) is None
    assert tidy(one) == []
    assert one.statuses() == {"mail/1": "planned"}
    assert one.effect("mail/1")["attempt"] == 0
    taken = claim(one)
    assert taken["claim"] > late["claim"]
    assert (begin(one, late), begin(one, taken)) == (None, 1)


def test_a_call_begins_only_once_a_claim(one: House) -> None:
    taken = claim(one)
    assert (begin(one, taken), begin(one, taken)) == (1, None)


def test_a_late_worker_whose_effect_was_taken_over_changes_nothing_and_is_written_down(one: House) -> None:
    late = claim(one)
    begin(one, late, seconds=0.0)
    assert [row["status"] for row in tidy(one)] == ["unknown"]
    assert one.reconcile().statuses == {"planned": 1}  # the provider does not have it
    taken = claim(one)
    assert settle(one, late) is False
    assert (one.statuses()["mail/1"], one.effect("mail/1")["provider_id"]) == ("claimed", None)
    assert one.events("mail/1")[-1] == "late"
    begin(one, taken)
    assert settle(one, taken) is True
    [told] = one.rows("SELECT detail FROM effect_events WHERE event = 'late'")
    assert told == {"detail": "a worker whose claim had ended said: sent"}


def test_a_late_worker_nobody_took_over_from_still_knows_best(one: House) -> None:
    late = claim(one)
    begin(one, late, seconds=0.0)
    tidy(one)
    assert settle(one, late) is True
    assert one.statuses() == {"mail/1": "sent"}


def test_a_late_worker_knows_better_than_who_is_asking_the_other_side_just_then(one: House) -> None:
    late = claim(one)
    begin(one, late, seconds=0.0)
    tidy(one)
    with one.db.transaction() as connection:
        asked = ledger.pick_unknown(connection, ORDER, most_looks=6, seconds=60.0)
    assert asked is not None
    assert settle(one, late) is True
    with one.db.transaction() as connection:
        not_there = Settlement("planned")
        assert not ledger.looked_up(connection, asked["effect_id"], asked["claim"], not_there, run_id=None)
    assert one.statuses() == {"mail/1": "sent"}


def test_an_answer_of_the_other_side_that_comes_too_late_changes_nothing(one: House) -> None:
    """Asked, then decided by a person, claimed and begun again: what was true then is not any more."""
    first = claim(one)
    begin(one, first, seconds=0.0)
    tidy(one)
    with one.db.transaction() as connection:
        asked = ledger.pick_unknown(connection, ORDER, most_looks=6, seconds=60.0)
    assert asked is not None
    deciding.retry(one.db, ["mail/1"], sandbox_kinds=["email"], who="asha", maybe_twice=True)
    begin(one, claim(one), seconds=0.0)
    tidy(one)
    with one.db.transaction() as connection:
        assert not ledger.looked_up(connection, asked["effect_id"], asked["claim"], Settlement("planned"), run_id=None)
    assert one.statuses() == {"mail/1": "unknown"}


def test_a_late_worker_changes_nothing_once_a_person_decided(one: House) -> None:
    late = claim(one)
    begin(one, late, seconds=0.0)
    tidy(one)
    deciding.cancel(one.db, ["mail/1"], sandbox_kinds=["email"], who="asha")
    assert settle(one, late) is False
    assert one.statuses() == {"mail/1": "cancelled"}


def test_the_same_word_said_twice_is_written_down_once(one: House) -> None:
    taken = claim(one)
    begin(one, taken)
    assert [settle(one, taken), settle(one, taken)] == [True, True]
    assert one.events("mail/1") == ["recorded", "claimed", "sent"]


def test_two_workers_never_pick_the_same_effect(house: House) -> None:
    house.record(*(wanted(f"mail/{number}") for number in range(6)))
    with house.db.transaction() as first, house.db.transaction() as second:
        picked = [{row["key"] for row in ledger.pick(connection, ORDER, 3)} for connection in (first, second)]
    assert (len(picked[0] | picked[1]), picked[0] & picked[1]) == (6, set())


def test_effects_of_another_worker_are_passed_over_and_not_waited_for(house: House) -> None:
    house.record(*(wanted(f"mail/{number}") for number in range(3)))
    with house.db.transaction() as other:
        ledger.pick(other, ORDER, 2)
        assert house.deliver().statuses == {"sent": 1}


def test_the_last_of_a_budget_is_looked_at_by_one_process_at_a_time(one: House) -> None:
    with one.db.transaction() as first:
        assert ledger.room(first, ORDER, 1, "UTC") == 1
        with pytest.raises(Exception, match="lock timeout"), one.db.transaction() as second:
            second.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            ledger.room(second, ORDER, 1, "UTC")
        ledger.claim(first, ledger.pick(first, ORDER, 1), seconds=60.0, run_id=None)
    with one.db.transaction() as second:
        assert ledger.room(second, ORDER, 1, "UTC") == 0


@pytest.fixture
def unknown(one: House) -> Iterator[House]:
    """An effect the provider accepted and did not answer."""
    one.provider.fault("accept_then_cut", key="mail/1")
    one.deliver()
    assert one.statuses() == {"mail/1": "unknown"}
    yield one


def test_nothing_is_looked_up_before_the_grace_is_over(unknown: House) -> None:
    assert (unknown.deliver().statuses, unknown.provider.looked_up) == ({}, [])
    unknown.later()
    assert unknown.deliver().statuses == {"sent": 1}
    assert unknown.effect("mail/1")["provider_id"] == "message-1"
    assert len(unknown.provider.accepted) == 1
    assert unknown.events("mail/1") == ["recorded", "claimed", "unknown", "sent"]


def test_what_the_other_side_does_not_have_is_sent_again(one: House) -> None:
    one.provider.fault("cut", key="mail/1")
    one.deliver()
    one.later()
    assert one.deliver().statuses == {"planned": 1, "sent": 1}
    assert one.provider.keys() == ["mail/1"]


def test_what_gets_lost_again_and_again_has_failed(one: House) -> None:
    one.use(max_attempts=2)
    one.provider.fault("cut", "cut", key="mail/1")
    for _ in range(3):
        one.deliver()
        one.later()
    assert one.statuses() == {"mail/1": "failed"}
    assert one.effect("mail/1")["reason"] == "it was tried 2 times and never arrived"


def test_what_nobody_can_tell_is_asked_for_less_and_less_and_then_left_to_a_person(unknown: House) -> None:
    unknown.use(most_looks=3)
    unknown.provider.fault("gone", "gone", "gone", key="look_up")
    waits = []
    for _ in range(3):
        unknown.later()
        assert unknown.reconcile().statuses == {"unknown": 1}
        [row] = unknown.rows("SELECT extract(epoch FROM lease_until - changed_at) AS seconds FROM effects")
        waits.append(round(float(row["seconds"])))
    assert waits == [240, 480, 960]
    unknown.later()
    assert unknown.reconcile().statuses == {}
    assert "a person has to decide" in unknown.effect("mail/1")["reason"]
    assert unknown.events("mail/1") == ["recorded", "claimed", "unknown", *["looked_up"] * 3]


def test_a_look_up_that_ends_its_worker_costs_the_others_nothing_and_is_given_up_at_last(
    unknown: House, monkeypatch: Any
) -> None:
    from ops_platform_tests.flows.effects.provider import HttpSender

    unknown.use(most_looks=2)
    unknown.record(wanted("mail/2"))
    unknown.provider.fault("accept_then_cut", key="mail/2")
    unknown.deliver()
    whole, ended = HttpSender.look_up, []

    def look_up(self: HttpSender, effect: Effect) -> Any:
        if effect.key == "mail/1":
            ended.append(effect.key)
            raise SystemExit
        return whole(self, effect)

    monkeypatch.setattr(HttpSender, "look_up", look_up)
    for _ in range(4):
        unknown.later()
        with suppress(SystemExit):
            unknown.reconcile()
    assert unknown.statuses() == {"mail/1": "unknown", "mail/2": "sent"}
    assert ended == ["mail/1"] * 2


def test_what_waited_longest_is_looked_up_first(unknown: House) -> None:
    """Else one whose look ends its worker would keep the others waiting."""
    unknown.record(wanted("mail/2"))
    unknown.provider.fault("accept_then_cut", key="mail/2")
    unknown.deliver()
    unknown.later()
    asked = []
    for _ in range(3):
        with unknown.db.transaction() as connection:
            row = ledger.pick_unknown(connection, ORDER, most_looks=6, seconds=-1.0)
        assert row is not None
        asked.append(row["key"])
    assert asked[0] != asked[1]
    assert asked[0] == asked[2]


def test_a_look_up_that_breaks_leaves_it_unknown(unknown: House, monkeypatch: Any) -> None:
    from ops_platform_tests.flows.effects.provider import HttpSender

    monkeypatch.setattr(HttpSender, "look_up", lambda *_: 1 / 0)
    unknown.later()
    assert unknown.reconcile().statuses == {"unknown": 1}


def test_an_unknown_effect_is_asked_for_by_one_process_only(unknown: House) -> None:
    unknown.later()
    with unknown.db.transaction() as connection:
        assert ledger.pick_unknown(connection, ORDER, most_looks=6, seconds=60.0) is not None
    assert unknown.reconcile().statuses == {}
