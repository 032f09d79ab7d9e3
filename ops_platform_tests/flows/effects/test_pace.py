"""The rate of a kind is one for all processes. A place is mostly half a minute: a slow machine changes nothing then."""

from __future__ import annotations

import time

from ops_platform.adapters.rates import take
from ops_platform.flows.effects.pace import Pace
from ops_platform.flows.effects.policy import policy_of
from ops_platform_tests.flows.effects.conftest import House, wanted

SLOW = 1 / 30


def test_places_are_given_one_after_the_other_whoever_asks(house: House) -> None:
    waits = [take(house.db, "email", per_second=SLOW, places=2) for _ in range(4)]
    assert [round(wait / 60) for wait in waits] == [0, 1, 2, 3]
    assert take(house.db, "text", per_second=SLOW) == 0.0


def test_time_in_which_nobody_asked_is_not_saved_up(house: House) -> None:
    take(house.db, "email", per_second=SLOW)
    house.db.execute("UPDATE effect_rates SET free_at = free_at - interval '1 hour'")
    assert take(house.db, "email", per_second=SLOW) == 0.0
    assert round(take(house.db, "email", per_second=SLOW) / 30) == 1


def test_a_burst_may_be_made_good(house: House) -> None:
    waits = [take(house.db, "email", per_second=SLOW, burst=90) for _ in range(5)]
    assert [round(wait / 30) for wait in waits] == [0, 0, 0, 0, 1]


def test_texts_make_a_second_good_that_nobody_used(house: House) -> None:
    house.env["OPS_RETAIL__TEXTS__PER_SECOND"] = "0.2"
    policy = policy_of(house.settings, "text")
    pace = Pace(house.db, "text", policy.per_second, policy.burst)
    assert pace.wait() == 0.0
    assert 0 < pace.wait() <= 4, "five seconds, and the second before the first"


def test_without_a_rate_nothing_waits_and_nothing_is_asked(house: House) -> None:
    assert Pace(house.db, "email", None).wait() == 0.0
    assert house.rows("SELECT * FROM effect_rates") == []


def test_two_paces_share_the_places(house: House) -> None:
    first, second = Pace(house.db, "email", SLOW), Pace(house.db, "email", SLOW)
    waits = sorted([pace.wait() for pace in (first, second) for _ in range(10)])
    assert [round(wait / 30) for wait in waits] == list(range(20))


def test_a_fast_pace_takes_several_places_at_once_and_keeps_them_apart(house: House) -> None:
    pace = Pace(house.db, "email", 500)
    began = time.monotonic()
    places = [pace.wait() + time.monotonic() - began for _ in range(10)]
    assert places[-1] - places[0] >= 9 * 0.002 - 0.001  # a slow machine makes them later, never closer
    [row] = house.rows("SELECT xmax::text AS changed FROM effect_rates")
    assert row == {"changed": "0"}, "ten places were asked for one by one"


def live(house: House, *, per_minute: int) -> None:
    """The sandbox takes as many as come."""
    house.go_live()
    house.env.update({"OPS_RETAIL__APPLY": '["follow_up"]', "OPS_MAIL__PER_MINUTE": str(per_minute)})


def test_a_delivery_keeps_to_the_rate(house: House) -> None:
    """20 mails a second; as many as fall on ten seconds may follow at once, and they have."""
    live(house, per_minute=1200)
    house.record(*(wanted(f"mail/{number}") for number in range(8)))
    take(house.db, "email", per_second=20, places=200, burst=10)
    began = time.monotonic()
    house.deliver()
    assert time.monotonic() - began >= 7 * 0.05


def test_a_few_mails_after_a_pause_wait_for_nothing(house: House) -> None:
    """At one a second four would take three seconds; nothing is left of that in the row of calls."""
    live(house, per_minute=60)
    house.record(*(wanted(f"mail/{number}") for number in range(4)))
    house.deliver()
    [row] = house.rows("SELECT free_at < clock_timestamp() AS is_behind FROM effect_rates WHERE name = 'email'")
    assert row == {"is_behind": True}
