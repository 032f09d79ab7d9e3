"""Effects of an automation's plan: recorded with its changes, delivered in the same run, never without permission."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ops_platform.core.effects import effect_set
from ops_platform.flows.effects import deciding
from ops_platform.flows.effects.registry import MAKERS
from ops_platform.flows.retail import after, decisions
from ops_platform.flows.retail.decisions import DecisionError
from ops_platform.flows.retail.runner import Outcome, Run, run_automations
from ops_platform.flows.retail.systems import open_systems
from ops_platform.retail import registry
from ops_platform.retail.automation import Automation, Plan, PlannedFile
from ops_platform_tests.flows.effects.conftest import (  # fixtures of the ledger
    House,
    house,  # noqa: F401
    provider_server,  # noqa: F401
    wanted,
)
from ops_platform_tests.flows.effects.provider import HttpSender

NOW = datetime(2026, 5, 14, 4, 0, tzinfo=ZoneInfo("America/New_York"))


class Follower:
    """An automation whose plan the test writes; everything else is the platform's own."""

    def __init__(self, ledger: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.house, self.plan = ledger, Plan()
        self.automation = Automation(
            "follow_up",
            99,
            "Follow-up",
            "Sends what the test wants.",
            "0 7 * * *",
            ("bigcommerce", "mail", "exports"),
            needs=lambda *_: {},
            plan=lambda *_: self.plan,
        )
        monkeypatch.setattr(registry, "AUTOMATIONS", (*registry.AUTOMATIONS, self.automation))
        for kind in ("email", "coupon"):
            monkeypatch.setitem(MAKERS, kind, lambda _, kind=kind: HttpSender(ledger.provider.url, kind))  # type: ignore[misc]
        ledger.db.execute("TRUNCATE retail.change_batches, retail.published_files, retail.automation_runs CASCADE")

    @property
    def systems(self) -> Any:
        return open_systems(self.house.settings, self.house.url)

    def run(self, *rows: dict[str, Any], apply: bool | None = True, **plan: Any) -> Outcome:
        self.plan = Plan(effects=effect_set(rows), considered=len(rows), **plan)
        with self.systems as systems:
            return run_automations(self.house.db, systems, [self.automation], Run(NOW, "run-1", apply))[0]

    def decide(self, decision: Callable[..., Any], batch_id: int) -> Any:
        with self.systems as systems:
            return decision(self.house.db, systems, batch_id, who="asha", run=Run(NOW, "run-2", apply=True))


@pytest.fixture
def follower(house: House, monkeypatch: pytest.MonkeyPatch) -> Follower:  # noqa: F811
    return Follower(house, monkeypatch)


def test_a_plans_effects_are_recorded_and_delivered_in_its_run(follower: Follower) -> None:
    outcome = follower.run(wanted("mail/1"), wanted("mail/2"))
    assert (outcome.status, outcome.outgoing.counts.shown()) == ("applied", {"recorded": 2, "sent": 2})
    assert sorted(follower.house.provider.keys()) == ["mail/1", "mail/2"]
    [found] = follower.house.rows("SELECT DISTINCT automation, run_id FROM effects")
    assert found == {"automation": "follow_up", "run_id": "run-1"}


def test_a_second_run_of_the_same_day_sends_nothing(follower: Follower) -> None:
    follower.run(wanted("mail/1"))
    again = follower.run(wanted("mail/1"))
    assert (again.status, again.outgoing.counts.shown()) == ("applied", {"known": 1})
    assert len(follower.house.provider.accepted) == 1


def test_a_dry_run_records_and_sends_nothing_and_shows_everything(follower: Follower) -> None:
    outcome = follower.run(wanted("mail/1"), apply=False)
    assert (outcome.status, len(outcome.plan.effects)) == ("planned", 1)
    assert (follower.house.statuses(), follower.house.provider.accepted) == ({}, [])


def test_an_effect_of_a_live_system_is_not_recorded_for_an_automation_that_may_not_write(follower: Follower) -> None:
    follower.house.go_live()
    assert follower.run(wanted("mail/1"), apply=None).outgoing.counts.shown() == {}
    assert follower.house.statuses() == {}
    follower.house.env["OPS_RETAIL__APPLY"] = '["follow_up"]'
    assert follower.run(wanted("mail/1"), apply=None).outgoing.counts.sent == 1


def test_what_waits_for_an_effect_that_may_not_be_recorded_is_not_recorded_either(follower: Follower) -> None:
    """A mail without its coupon would promise what nobody can redeem."""
    store = {"MODE": "live", "STORE_HASH": "abc", "TOKEN": "secret"}
    follower.house.env.update({f"OPS_RETAIL__BIGCOMMERCE__{name}": value for name, value in store.items()})
    rows = [wanted("coupon/1", kind="coupon"), wanted("mail/1", after_key="coupon/1"), wanted("mail/2")]
    follower.run(*rows, apply=None)
    assert follower.house.statuses() == {"mail/2": "sent"}


def test_an_effect_of_a_system_the_automation_does_not_name_is_a_defect(follower: Follower) -> None:
    outcome = follower.run(wanted("text/1", kind="text", target="+18285550142"))
    assert (outcome.status, outcome.error) == (
        "failed",
        "ValueError: follow_up plans effects for texts, which is not among its targets",
    )


def test_another_content_under_a_known_key_fails_the_run_and_the_others_are_sent(follower: Follower) -> None:
    follower.run(wanted("mail/1"))
    outcome = follower.run(wanted("mail/1", payload={"text": "other"}), wanted("mail/2"))
    assert outcome.status == "failed"
    assert (outcome.error or "").startswith("mail/1: recorded before with another content")
    assert follower.house.provider.keys() == ["mail/1", "mail/2"]


def test_a_run_makes_good_what_an_earlier_one_left(follower: Follower) -> None:
    follower.house.provider.fault("429", key="mail/1")
    first = follower.run(wanted("mail/1"))
    assert (first.status, first.outgoing.counts.shown()) == ("applied", {"recorded": 1, "waiting": 1})
    follower.house.later()
    assert follower.run().outgoing.counts.shown() == {"sent": 1}


@pytest.mark.parametrize(("fault", "error"), [("400", "mail/1: HTTP 400"), ("401", "email: login refused")])
def test_a_run_whose_effects_are_refused_has_failed(follower: Follower, fault: str, error: str) -> None:
    follower.house.provider.fault(fault, key="mail/1")
    outcome = follower.run(wanted("mail/1"))
    assert (outcome.status, outcome.error) == ("failed", error)


def test_a_run_of_which_a_part_was_refused_tells_it_and_has_not_failed(follower: Follower) -> None:
    follower.house.provider.fault("400", key="mail/1")
    outcome = follower.run(wanted("mail/1"), wanted("mail/2"))
    assert (outcome.status, outcome.outgoing.troubles) == ("applied", ("mail/1: HTTP 400",))


def test_a_paused_kind_makes_no_run_fail(follower: Follower) -> None:
    deciding.pause(follower.house.db, "email", why="prices", who="asha")
    outcome = follower.run(wanted("mail/1"))
    assert (outcome.status, outcome.outgoing.waits) == ("applied", ("email waits: paused by asha: prices",))


# -- plans that wait for a person


def test_effects_of_a_held_plan_wait_and_go_when_it_is_approved(follower: Follower) -> None:
    outcome = follower.run(wanted("mail/1"), wanted("mail/2"), held="unusually many")
    assert (outcome.status, outcome.outgoing.counts.shown()) == ("held", {"recorded": 2, "held": 2})
    assert (follower.house.provider.accepted, set(follower.house.statuses().values())) == ([], {"held"})
    [batch] = follower.house.rows("SELECT batch_id, planned, status FROM retail.change_batches")
    assert (batch["batch_id"], batch["planned"], batch["status"]) == (outcome.batch_id, 2, "held")

    done = follower.decide(decisions.approve, batch["batch_id"])
    assert (done.outgoing.counts.shown(), len(follower.house.provider.accepted)) == ({"sent": 2}, 2)
    [batch] = follower.house.rows("SELECT status, decided_by FROM retail.change_batches")
    assert batch == {"status": "applied", "decided_by": "asha"}
    with pytest.raises(DecisionError, match="does not wait"):
        follower.decide(decisions.approve, outcome.batch_id or 0)


def test_a_newer_plan_takes_the_place_of_the_one_that_waits(follower: Follower) -> None:
    first = follower.run(wanted("mail/1", payload={"text": "old"}), wanted("mail/2"), held="many")
    second = follower.run(wanted("mail/1", payload={"text": "new"}), held="many")
    assert second.outgoing.counts.shown() == {"recorded": 1, "held": 1}
    assert follower.house.statuses() == {"mail/1": "held", "mail/2": "dropped"}
    with pytest.raises(DecisionError):
        follower.decide(decisions.approve, first.batch_id or 0)
    follower.decide(decisions.approve, second.batch_id or 0)
    assert follower.house.provider.keys() == ["mail/1"]
    assert follower.house.effect("mail/1")["payload"] == {"text": "new"}


def test_a_dropped_plan_sends_nothing_and_a_later_plan_may_want_the_same(follower: Follower) -> None:
    held = follower.run(wanted("mail/1"), held="many")
    decisions.drop(follower.house.db, held.batch_id or 0, who="asha")
    assert follower.house.statuses() == {"mail/1": "dropped"}
    assert follower.run(wanted("mail/1")).outgoing.counts.shown() == {"recorded": 1, "sent": 1}


# -- files for people, and what comes after


def test_exports_are_whole_private_and_left_alone_when_they_are_the_same(follower: Follower) -> None:
    files = (PlannedFile("lists/retail.csv", b"a\n", 1, "exports", private=True),)
    first, again = follower.run(files=files), follower.run(files=files)
    assert [outcome.files[0].status for outcome in (first, again)] == ["published", "unchanged"]
    path = follower.house.root / "home" / "retail" / "exports" / "lists" / "retail.csv"
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"a\n", 0o600)
    path.chmod(0o644)
    assert follower.run(files=files).files[0].status == "published"
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_export_is_written_for_a_live_store_without_anybodys_leave(follower: Follower) -> None:
    """It changes no outside system. The name of the automation in retail.apply is for those."""
    live = {"OPS_RETAIL__COUNTERPOINT__MODE": "live", "OPS_COUNTERPOINT_DATABASE_URL": follower.house.url}
    follower.house.env.update(live)
    outcome = follower.run(files=(PlannedFile("x.csv", b"a\n", 1, "exports"),), apply=None)
    assert [file.status for file in outcome.files] == ["published"]


@pytest.mark.parametrize("name", ["../x.csv", "/etc/x.csv"])
def test_an_export_never_leaves_its_folder(follower: Follower, name: str) -> None:
    outcome = follower.run(files=(PlannedFile(name, b"a\n", 1, "exports"),))
    assert outcome.status == "failed"
    assert "would not lie in" in (outcome.error or "")


def test_what_comes_after_an_automation_is_called_with_what_became_of_it(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int]] = []
    hook = lambda db, systems, run, outcome: seen.append((outcome.status, outcome.outgoing.counts.sent))  # noqa: E731
    monkeypatch.setitem(after.AFTER, "follow_up", hook)
    follower.run(wanted("mail/1"))
    follower.run(wanted("mail/2"), apply=False)
    assert seen == [("applied", 1)]


def test_a_hook_that_fails_is_told_and_what_was_sent_stays_sent(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(after.AFTER, "follow_up", lambda *_: 1 / 0)
    outcome = follower.run(wanted("mail/1"))
    assert (outcome.status, outcome.outgoing.counts.sent) == ("failed", 1)
    assert "not what comes after it: ZeroDivisionError" in (outcome.error or "")
    assert follower.house.statuses() == {"mail/1": "sent"}
