"""kill -9 of a delivery, at named moments and at random: nothing twice, nothing lost, nothing unknown afterwards."""

from __future__ import annotations

import time

import pytest

from ops_platform_tests.chaos import kills
from ops_platform_tests.flows.effects.campaign import OPEN, Campaign
from ops_platform_tests.flows.effects.conftest import House, wanted
from ops_platform_tests.flows.effects.workers import LOOK_UP, POINTS, Job, Workers
from ops_platform_tests.forks import kill

SENDERS = "ops_platform_tests.flows.effects.workers:to_provider"
KEYS = [f"mail/{number:03}" for number in range(20)]


def job(house: House, point: str = "", process: str = "worker", *, forever: bool = False) -> Job:
    given = {"root": str(house.root), "env": house.env, "url": house.url, "provider": house.provider.url}
    return Job(house.url, SENDERS, given, point, process, forever)


# What the provider has at the moment of death, and what the ledger makes of the effect the worker died over.
LEFT = {
    "before the claim is committed": (0, "planned"),
    "after the claim is committed": (0, "claimed"),
    "before the call is begun for good": (0, "claimed"),
    "before the call": (0, "claimed"),
    "after the call": (1, "claimed"),
    "while it is settled": (1, "claimed"),
    "after it is settled": (1, "sent"),
}
UNCLEAR = {"before the call", "after the call", "while it is settled"}


@pytest.mark.parametrize("point", POINTS)
def test_a_delivery_killed_at_a_named_moment_is_ended_by_the_next_one(
    house: House, nursery: Workers, point: str
) -> None:
    house.record(*(wanted(key) for key in KEYS[:3]))
    nursery.wait(nursery.start(job(house, point)))
    accepted, status = LEFT[point]
    assert (len(house.provider.accepted), house.statuses()[KEYS[0]]) == (accepted, status)

    house.deliver()  # while the lease of the dead one lasts, nobody touches what it held
    assert house.provider.keys().count(KEYS[0]) == (1 if accepted or status == "planned" else 0)
    house.later()
    done = house.deliver()
    assert (house.statuses()[KEYS[0]] == "unknown") == (point in UNCLEAR), done
    house.later()
    house.deliver()
    assert house.provider.twice() == []
    assert sorted(house.provider.keys()) == KEYS[:3]
    assert set(house.statuses().values()) == {"sent"}


def test_a_look_up_killed_before_it_is_written_down_is_made_again(house: House, nursery: Workers) -> None:
    house.record(wanted("mail/1"))
    house.provider.fault("accept_then_cut")
    house.deliver()
    house.later()
    nursery.wait(nursery.start(job(house, LOOK_UP)))
    assert (len(house.provider.looked_up), house.statuses()) == (1, {"mail/1": "unknown"})
    assert house.deliver().statuses == {}  # the dead one's question may still be under way
    house.later()
    assert house.deliver().statuses == {"sent": 1}
    assert house.provider.keys() == ["mail/1"]


@pytest.mark.chaos
def test_deliveries_killed_at_random_send_nothing_twice_and_lose_nothing(house: House, nursery: Workers) -> None:
    house.use(retry_first_seconds=0)
    house.env["OPS_MAIL__DAILY_LIMIT"] = "1000000"
    house.provider.seconds = 0.004
    campaign = Campaign(house.db, nursery, job(house), house.provider.keys)
    recorded: list[str] = []
    for attempt in campaign.attempts(kills(full=100, short=6)):
        fresh = [f"{key}/{attempt}" for key in KEYS]
        house.record(*(wanted(key) for key in fresh))
        house.provider.fault("429", "503", "accept_then_cut", key=fresh[attempt % len(fresh)])
        recorded += fresh
        campaign.kill(attempt, after=(0.1, 0.5))
        assert house.provider.twice() == []
    campaign.finish()
    campaign.holds(recorded)
    campaign.ends()


@pytest.mark.chaos
def test_four_workers_of_which_one_is_killed_again_and_again_send_each_effect_once(
    house: House, nursery: Workers
) -> None:
    """Leases by the real clock: the living go on while the dead one's effects wait for theirs to end."""
    house.use(lease_seconds=1.0, grace_seconds=0.3, retry_first_seconds=0)
    house.env["OPS_MAIL__DAILY_LIMIT"] = "1000000"
    house.provider.seconds = 0.002
    keys = [f"mail/{number:04}" for number in range(kills(full=4000, short=300))]
    house.record(*(wanted(key) for key in keys))
    running = [nursery.start(job(house, process=f"w{number}", forever=True)) for number in range(4)]
    try:
        for attempt in range(kills(full=100, short=4)):
            time.sleep(0.1)
            kill(running[attempt % 4])
            running[attempt % 4] = nursery.start(job(house, process=f"w{attempt % 4}", forever=True))
        deadline = time.monotonic() + 60
        while not house.db.frame(OPEN).empty:
            assert time.monotonic() < deadline, house.db.frame(OPEN).to_dict("records")[:3]
            time.sleep(0.05)
    finally:
        for pid in running:
            kill(pid)
    assert house.provider.twice() == []
    assert sorted(house.provider.keys()) == keys
    assert set(house.statuses().values()) == {"sent"}


def test_ten_deliveries_at_once_send_each_effect_once(house: House, nursery: Workers) -> None:
    keys = [f"mail/{number:03}" for number in range(120)]
    house.record(*(wanted(key) for key in keys))
    for pid in [nursery.start(job(house, process=f"w{number}")) for number in range(10)]:
        nursery.wait(pid)
    assert sorted(house.provider.keys()) == keys
    assert set(house.statuses().values()) == {"sent"}
    assert len({process for _, process in house.provider.accepted}) > 1, "one of them did all the work"


def test_ten_deliveries_at_once_keep_to_one_budget(house: House, nursery: Workers) -> None:
    house.env["OPS_MAIL__DAILY_LIMIT"] = "37"
    house.record(*(wanted(f"mail/{number:03}") for number in range(120)))
    for pid in [nursery.start(job(house, process=f"w{number}")) for number in range(10)]:
        nursery.wait(pid)
    assert len(house.provider.accepted) == 37
