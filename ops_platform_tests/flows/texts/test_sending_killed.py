"""kill -9 of a sender of texts, at named moments and at random: nobody is texted twice, nobody is forgotten."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from ops_platform.flows.texts import inbound
from ops_platform_tests.chaos import kills
from ops_platform_tests.flows.effects.campaign import OPEN, Campaign
from ops_platform_tests.flows.effects.workers import POINTS, Job, Workers
from ops_platform_tests.flows.texts.conftest import Shop, text
from ops_platform_tests.forks import kill

SENDERS = "ops_platform_tests.flows.effects.workers:to_sandbox"


def job(shop: Shop, point: str = "", process: str = "worker", *, forever: bool = False) -> Job:
    given = {"root": str(shop.root), "env": shop.env, "url": shop.url, "sandbox": shop.sandbox.url}
    return Job(shop.url, SENDERS, given, point, process, forever)


def texts(first: int, count: int) -> list[dict[str, object]]:
    """Texts to as many phones."""
    return [text(number, to=f"+1828{4440000 + number:07d}") for number in range(first, first + count)]


def bodies(shop: Shop) -> list[str]:
    """The words of everything that arrived; each text has its own."""
    return [body for _, body in shop.arrived()]


@pytest.mark.parametrize("point", POINTS)
def test_a_sender_killed_at_a_named_moment_leaves_no_text_twice_and_none_out(
    shop: Shop, nursery: Workers, point: str
) -> None:
    wanted = texts(0, 3)
    shop.record(*wanted)
    nursery.wait(nursery.start(job(shop, point)))
    for _ in range(3):
        shop.later()
        shop.deliver()
    assert sorted(bodies(shop)) == sorted(row["payload"]["body"] for row in wanted)  # type: ignore[index]
    assert set(shop.statuses().values()) == {"sent"}


@pytest.mark.chaos
def test_senders_killed_at_random_text_nobody_twice_and_forget_nobody(shop: Shop, nursery: Workers) -> None:
    shop.env["OPS_EFFECTS__RETRY_FIRST_SECONDS"] = "0"
    campaign = Campaign(shop.db, nursery, job(shop), lambda: bodies(shop))
    wanted: list[str] = []
    faults = (("status", {"status": 503}), ("reset", {"accepted": True}), ("error", {"status": 429, "code": "20429"}))
    for attempt in campaign.attempts(kills(full=200, short=5)):
        fresh = texts(attempt * 8, 8)
        shop.record(*fresh)
        wanted += [row["payload"]["body"] for row in fresh]  # type: ignore[index]
        kind, options = faults[attempt % len(faults)]
        shop.sandbox.faults.add("twilio", kind, method="POST", after=attempt % 7, **options)
        campaign.kill(attempt, after=(0.1, 0.6))
        had = bodies(shop)  # read once: the call of a killed worker may still arrive
        assert len(set(had)) == len(had), "somebody was texted twice"
    shop.sandbox.faults.switch_off()
    campaign.finish()
    campaign.holds(wanted)
    campaign.ends()


@pytest.mark.chaos
def test_two_daemons_and_a_stop_in_between_text_nobody_twice_and_nobody_after_the_stop(
    shop: Shop, nursery: Workers
) -> None:
    shop.env |= {"OPS_EFFECTS__LEASE_SECONDS": "2", "OPS_EFFECTS__GRACE_SECONDS": "0.3"}
    shop.env["OPS_RETAIL__TEXTS__PER_SECOND"] = "100"
    count = kills(full=2000, short=120)
    shop.record(*texts(0, count))
    running = [nursery.start(job(shop, process=f"w{number}", forever=True)) for number in range(2)]
    late = f"+1828{4440000 + count - 1:07d}"
    try:
        time.sleep(0.3)
        inbound.hear(shop.db, sid="SM1", sender=late, body="STOP", is_sandbox=True)
        stopped_at = datetime.now(UTC)
        for attempt in range(kills(full=40, short=3)):
            time.sleep(0.2)
            kill(running[attempt % 2])
            running[attempt % 2] = nursery.start(job(shop, process=f"w{attempt % 2}", forever=True))
        deadline = time.monotonic() + 120
        while not shop.db.frame(OPEN).empty:
            assert time.monotonic() < deadline, shop.db.frame(OPEN).to_dict("records")[:3]
            time.sleep(0.05)
    finally:
        for pid in running:
            kill(pid)
    had = bodies(shop)
    assert len(set(had)) == len(had)
    after_stop = [each for each in shop.state.texts() if each.to == late and each.created > stopped_at]
    assert after_stop == []
    statuses = shop.statuses()
    assert len([status for status in statuses.values() if status == "sent"]) == len(had) >= count - 1
    assert "unknown" not in statuses.values()


def test_a_cap_a_day_holds_between_two_processes_that_claim_at_the_same_time(shop: Shop, nursery: Workers) -> None:
    shop.env["OPS_RETAIL__TEXTS__MAX_PER_CUSTOMER_PER_DAY"] = "1"
    shop.env["OPS_RETAIL__TEXTS__PER_SECOND"] = "20"  # neither is done before the other has begun
    campaigns = ("first_time_1", "first_time_2", "wholesale")
    phones = [f"+1828{4440000 + number:07d}" for number in range(kills(full=200, short=30))]
    rows = [
        text(number * 10 + place, to=to, campaign=name)
        for number, to in enumerate(phones)
        for place, name in enumerate(campaigns)
    ]
    shop.record(*rows)
    running = [nursery.start(job(shop, process=f"w{number}")) for number in range(2)]
    for pid in running:
        nursery.wait(pid)
    assert sorted(to for to, _ in shop.arrived()) == phones
    assert len(shop.rows("SELECT DISTINCT run_id FROM effects WHERE run_id <> 'test'")) == 2, "both took part"


def test_a_daemon_that_was_down_for_three_days_texts_nobody_late(shop: Shop, nursery: Workers) -> None:
    due = datetime.now(UTC) - timedelta(days=3)
    shop.record(*({**row, "due_at": due, "not_after": due + timedelta(hours=3)} for row in texts(0, 5)))
    nursery.wait(nursery.start(job(shop)))
    assert shop.arrived() == []
    assert set(shop.statuses().values()) == {"expired"}
