"""What people decide about effects, and what they may not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops_platform.flows.effects import deciding
from ops_platform.flows.effects.deciding import EffectDecisionError
from ops_platform_tests.flows.effects.conftest import House, wanted

SANDBOX = ("email", "coupon")
ASHA = {"sandbox_kinds": SANDBOX, "who": "asha"}


def ended(house: House, key: str, fault: str) -> None:
    house.record(wanted(key))
    house.provider.fault(fault, key=key)
    house.deliver()


def test_a_held_effect_goes_once_it_is_approved_and_its_history_says_by_whom(house: House) -> None:
    house.record(wanted("mail/1"), status="held")
    assert house.deliver().statuses == {}
    assert deciding.approve(house.db, ["mail/1"], **ASHA) == ["mail/1"]
    assert house.deliver().statuses == {"sent": 1}
    [(_, events, _)] = deciding.history(house.db, "mail/1")
    assert [(event["event"], event["who"]) for event in events][1] == ("planned", "asha")


def test_a_failed_effect_is_tried_again_with_all_its_attempts(house: House) -> None:
    ended(house, "mail/1", "400")
    deciding.retry(house.db, ["mail/1"], **ASHA)
    assert house.deliver().statuses == {"sent": 1}
    assert house.effect("mail/1")["attempt"] == 1


def test_what_was_given_up_with_it_is_tried_again_with_it(house: House) -> None:
    house.record(wanted("coupon/1", kind="coupon"), wanted("mail/1", after_key="coupon/1"))
    house.provider.fault("400", key="coupon/1")
    house.deliver()
    assert house.statuses() == {"coupon/1": "failed", "mail/1": "suppressed"}
    assert deciding.retry(house.db, ["coupon/1"], **ASHA) == ["coupon/1", "mail/1"]
    house.deliver()
    assert house.provider.keys() == ["coupon/1", "mail/1"]


def test_an_unknown_effect_is_only_tried_again_by_who_knows_that_it_may_come_twice(house: House) -> None:
    ended(house, "mail/1", "503")
    with pytest.raises(EffectDecisionError, match=r"may have happened already \(HTTP 503\)"):
        deciding.retry(house.db, ["mail/1"], **ASHA)
    deciding.retry(house.db, ["mail/1"], maybe_twice=True, **ASHA)
    assert house.deliver().statuses == {"sent": 1}


def test_an_unknown_effect_may_be_confirmed(house: House) -> None:
    ended(house, "mail/1", "503")
    deciding.confirm(house.db, ["mail/1"], **ASHA)
    assert house.statuses() == {"mail/1": "sent"}
    assert house.deliver().statuses == {}


def test_what_is_cancelled_stays_so_whoever_plans_it_again(house: House) -> None:
    house.record(wanted("mail/1"))
    deciding.cancel(house.db, ["mail/1"], **ASHA)
    assert house.record(wanted("mail/1")).known == 1
    assert (house.deliver().statuses, house.statuses()) == ({}, {"mail/1": "cancelled"})


def test_what_is_done_cannot_be_undone_or_done_again(house: House) -> None:
    house.record(wanted("mail/1"))
    house.deliver()
    for decide in (deciding.cancel, deciding.retry, deciding.approve, deciding.confirm):
        with pytest.raises(EffectDecisionError, match="mail/1"):
            decide(house.db, ["mail/1"], **ASHA)  # type: ignore[operator]
    assert house.statuses() == {"mail/1": "sent"}


def test_what_is_too_late_cannot_be_tried_again(house: House) -> None:
    house.record(wanted("mail/1", not_after=datetime.now(UTC) - timedelta(hours=1)))
    house.deliver()
    with pytest.raises(EffectDecisionError, match="its time has passed"):
        deciding.retry(house.db, ["mail/1"], **ASHA)


def test_an_unknown_key_is_told(house: House) -> None:
    with pytest.raises(EffectDecisionError, match="there is no effect 'mail/9'"):
        deciding.cancel(house.db, ["mail/9"], **ASHA)
    with pytest.raises(EffectDecisionError, match="there is no effect 'mail/9'"):
        deciding.history(house.db, "mail/9")


def test_one_wrong_key_of_several_leaves_all_as_they_are(house: House) -> None:
    house.record(wanted("mail/1"), status="held")
    house.record(wanted("mail/2"))
    with pytest.raises(EffectDecisionError, match="mail/2 does not wait for approval"):
        deciding.approve(house.db, ["mail/1", "mail/2"], **ASHA)
    assert house.statuses() == {"mail/1": "held", "mail/2": "planned"}


def test_what_changes_while_a_person_decides_is_not_decided(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.record(wanted("mail/1"), wanted("mail/2"))
    seen = deciding.find

    def found_and_then_sent(*given: Any, **named: Any) -> Any:
        rows = seen(*given, **named)
        house.db.execute("UPDATE effects SET status = 'sent' WHERE key = 'mail/2'")
        return rows

    monkeypatch.setattr(deciding, "find", found_and_then_sent)
    with pytest.raises(EffectDecisionError, match="changed just now"):
        deciding.cancel(house.db, ["mail/1", "mail/2"], **ASHA)
    assert house.statuses() == {"mail/1": "planned", "mail/2": "sent"}


def test_of_a_key_in_the_sandbox_and_live_the_one_that_counts_now_is_decided(house: House) -> None:
    house.record(wanted("mail/1"), status="held")
    house.go_live()
    house.record(wanted("mail/1"), status="held")
    deciding.approve(house.db, ["mail/1"], sandbox_kinds=["coupon"], who="asha")
    found = house.rows("SELECT is_sandbox, status FROM effects ORDER BY effect_id")
    assert found == [{"is_sandbox": True, "status": "held"}, {"is_sandbox": False, "status": "planned"}]


def test_decisions_about_kinds_are_listed_with_who_and_why_while_they_are_in_force(house: House) -> None:
    deciding.pause(house.db, "email", why="wrong prices", who="asha")
    deciding.set_budget(house.db, "coupon", daily_budget=3, why="slowly", who="ben")
    told = [
        (row["kind"], row["control"], row["daily_budget"], row["why"], row["who"])
        for row in deciding.controls(house.db)
    ]
    assert told == [("coupon", "budget", 3, "slowly", "ben"), ("email", "pause", None, "wrong prices", "asha")]
    deciding.resume(house.db, "email", who="ben")
    deciding.set_budget(house.db, "coupon", daily_budget=None, why="enough", who="ben")
    assert deciding.controls(house.db) == []
    assert not deciding.resume(house.db, "email", who="ben")


@pytest.mark.parametrize("kind", ["mail", "", "emails"])
def test_an_unknown_kind_is_refused_with_those_there_are(house: House, kind: str) -> None:
    with pytest.raises(EffectDecisionError, match="email, coupon"):
        deciding.pause(house.db, kind, why="x", who="asha")
