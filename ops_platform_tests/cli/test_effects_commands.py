"""`ops effects ...`, `ops pause` and `ops resume` as a person types them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops_platform.core.effects import effect_set
from ops_platform.flows.effects.registry import MAKERS
from ops_platform.retail.automation import Plan
from ops_platform_tests.cli.ops_command import Answer, Ops
from ops_platform_tests.flows.effects.conftest import (  # fixtures of the ledger
    House,
    house,  # noqa: F401
    provider_server,  # noqa: F401
    wanted,
)
from ops_platform_tests.flows.effects.provider import HttpSender
from ops_platform_tests.flows.retail.test_outgoing import Follower


class Desk:
    """The commands on the ledger of a test."""

    def __init__(self, ledger: House) -> None:
        self.house = ledger
        self._ops = Ops(ledger.root / "home", inside=True)
        urls = ("OPS_DATABASE_URL", "OPS_DAGSTER_DATABASE_URL", "OPS_COUNTERPOINT_DATABASE_URL")
        self._env = dict.fromkeys(urls, ledger.url)

    def run(self, *arguments: str, code: int = 0) -> Answer:
        return self._ops.run(*arguments, code=code, **self._env, **self.house.env)

    def json(self, *arguments: str, code: int = 0) -> Any:
        return self._ops.json(*arguments, code=code, **self._env, **self.house.env)


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> Desk:  # noqa: F811
    for kind in ("email", "coupon"):
        monkeypatch.setitem(MAKERS, kind, lambda _, kind=kind: HttpSender(house.provider.url, kind))  # type: ignore[misc]
    return Desk(house)


def test_the_list_shows_what_became_of_each_and_nobodys_address(desk: Desk) -> None:
    assert "Nothing was sent yet." in desk.run("effects", "list").out
    desk.house.record(wanted("mail/1"), wanted("mail/2"))
    desk.house.provider.fault("400", key="mail/2")
    answer = desk.run("effects", "deliver", code=1)
    assert "1 sent, 1 failed" in answer.out
    assert "mail/2: failed, HTTP 400" in answer.err
    shown = desk.run("effects", "list").out
    assert "j***@e***.com" in shown and "jane.doe" not in shown
    assert "1 failed, 1 sent" in shown
    assert [row["key"] for row in desk.json("effects", "list", "--status", "failed")["effects"]] == ["mail/2"]
    assert "There are no such effects." in desk.run("effects", "list", "--kind", "coupon").out
    assert 'There is no status "lost"' in desk.run("effects", "list", "--status", "lost", code=2).err


def test_the_json_of_the_list_tells_no_address_and_no_content(desk: Desk) -> None:
    desk.house.record(wanted("mail/1", payload={"text": "canary words"}))
    text = str(desk.json("effects", "list")) + str(desk.json("effects", "why", "mail/1"))
    assert "canary" not in text and "jane.doe" not in text
    assert "j***@e***.com" in text


def test_why_tells_the_whole_story_in_words(desk: Desk) -> None:
    desk.house.record(wanted("coupon/1", kind="coupon", target="K7QW2M9X"), wanted("mail/1", after_key="coupon/1"))
    desk.house.provider.fault("429", key="coupon/1")
    desk.house.deliver()
    shown = desk.run("effects", "why", "coupon/1").out
    for words in (
        "coupon/1: a mail, for K7***",
        "Wanted by follow_up: asked for. It waits. Why: too many for ***34.",
        "After it comes mail/1, which is planned.",
        "written down",
        "try 1 began",
        "waits (again): too many for ***34",
    ):
        assert words in shown
    assert "It comes after coupon/1, which is planned." in desk.run("effects", "why", "mail/1").out
    assert "there is no effect 'mail/9'" in desk.run("effects", "why", "mail/9", code=1).err


def test_a_held_effect_is_approved_and_sent_at_once(desk: Desk) -> None:
    desk.house.record(wanted("mail/1"), wanted("mail/2"), status="held")
    answer = desk.run("effects", "approve", "mail/1", "--by", "asha")
    assert "mail/1: may go." in answer.out and "1 sent" in answer.out
    assert desk.house.statuses() == {"mail/1": "sent", "mail/2": "held"}
    assert "asha" in desk.run("effects", "why", "mail/1").out
    assert "mail/1 does not wait for approval" in desk.run("effects", "approve", "mail/1", code=1).err
    assert "or give --batch" in desk.run("effects", "approve", code=2).err


def test_a_person_may_send_a_live_effect_of_an_automation_that_may_not_by_itself(desk: Desk) -> None:
    desk.house.go_live()
    desk.house.record(wanted("mail/1"), status="held")
    desk.run("effects", "approve", "mail/1")
    assert desk.house.provider.keys() == ["mail/1"]


def test_a_failed_effect_is_tried_again_at_once(desk: Desk) -> None:
    desk.house.record(wanted("mail/1"), wanted("mail/2", due_at=datetime.now(UTC) + timedelta(hours=1)))
    desk.house.provider.fault("400", key="mail/1")
    desk.house.deliver()
    assert desk.json("effects", "retry", "mail/1") == {
        "ok": True,
        "effects": ["mail/1"],
        "counts": {"sent": 1},
        "troubles": [],
        "stopped": {},
        "waiting": {},
    }
    assert desk.house.provider.keys() == ["mail/1"]


def test_an_unknown_effect_is_looked_up_confirmed_or_risked(desk: Desk) -> None:
    desk.house.record(wanted("mail/1"), wanted("mail/2"), wanted("mail/3"))
    desk.house.provider.fault("accept_then_cut", "503", "503")
    desk.house.deliver()
    assert set(desk.house.statuses().values()) == {"unknown"}
    assert "mail/2 may have happened already" in desk.run("effects", "retry", "mail/2", code=1).err
    assert "mail/2: noted as sent." in desk.run("effects", "confirm", "mail/2").out
    assert "1 sent" in desk.run("effects", "retry", "mail/3", "--maybe-twice").out
    assert "Nothing was due." in desk.run("effects", "reconcile").out
    desk.house.later("mail/1")
    assert "1 sent" in desk.run("effects", "reconcile").out
    assert desk.house.provider.twice() == []


def test_what_is_cancelled_is_given_up(desk: Desk) -> None:
    desk.house.record(wanted("mail/1"))
    assert "given up for good" in desk.run("effects", "cancel", "mail/1").out
    assert "Nothing was due." in desk.run("effects", "deliver").out


def test_a_kind_is_paused_with_a_reason_and_resumed(desk: Desk) -> None:
    desk.house.record(wanted("mail/1"))
    assert "Missing option" in desk.run("pause", "email", code=2).err
    assert "there is no kind 'mails'" in desk.run("pause", "mails", "--why", "x", code=1).err
    desk.run("pause", "email", "--why", "wrong prices", "--by", "asha")
    answer = desk.run("effects", "deliver")
    assert "email: paused by asha: wrong prices" in answer.err
    assert "email is paused (asha," in desk.run("effects", "list").err
    assert "email: goes on" in desk.run("resume", "email").out
    assert "email: not paused." in desk.run("resume", "email").out
    assert "1 sent" in desk.run("effects", "deliver").out


def test_resuming_one_kind_says_that_all_are_paused_still(desk: Desk) -> None:
    desk.run("pause", "all", "--why", "look first")
    desk.run("pause", "email", "--why", "prices")
    answer = desk.run("resume", "email")
    assert "all is paused" in answer.err


def test_a_budget_is_set_and_given_back(desk: Desk) -> None:
    desk.house.record(wanted("mail/1"), wanted("mail/2"))
    assert "at most 1 a day" in desk.run("effects", "budget", "email", "1", "--why", "a try").out
    answer = desk.run("effects", "deliver")
    assert "1 sent" in answer.out and "the budget of 1 a day is used up" in answer.err
    assert "is in force again" in desk.run("effects", "budget", "email").out
    assert "1 sent" in desk.run("effects", "deliver").out


def test_a_dry_run_shows_effects_masked_and_which_of_them_are_known(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = Follower(desk.house, monkeypatch)
    follower.plan = Plan(effects=effect_set([wanted("mail/1"), wanted("mail/2", target="b@example.com")]))
    desk.house.record(wanted("mail/1"))
    shown = desk.run("retail", "plan", "follow_up").out
    assert "follow_up: 2 effects wanted, nothing was sent" in shown
    lines = {words[0]: words for words in map(str.split, shown.splitlines()) if words and words[0].startswith("mail/")}
    assert (lines["mail/1"][-1], lines["mail/2"][-1]) == ("planned", "new")
    assert "b***@e***.com" in shown and "jane.doe" not in shown
    assert desk.house.statuses() == {"mail/1": "planned"}

    done = desk.json("retail", "apply", "follow_up")["automations"][0]["effects"]
    assert done["counts"] == {"recorded": 1, "known": 1, "sent": 2}
    assert [row["ledger"] for row in done["planned"]] == ["sent", "sent"]
    assert "effects: 2 known" in desk.run("retail", "apply", "follow_up").out


def test_a_held_plan_is_approved_with_its_effects_by_either_command(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = Follower(desk.house, monkeypatch)
    for number, command in enumerate([("retail", "approve"), ("effects", "approve", "--batch")]):
        batch = follower.run(wanted(f"mail/{number}"), held="unusually many").batch_id
        assert "effects: 1 sent" in desk.run(*command, str(batch)).out
    assert len(desk.house.provider.accepted) == 2
