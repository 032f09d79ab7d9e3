"""Which request a fault hits."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ops_platform.sandbox.faults import KINDS, Faults, UnknownFaultError


@pytest.fixture
def faults() -> Faults:
    return Faults({"shop": {"odd": "answer oddly"}, "mail": {}})


def hits(
    faults: Faults, count: int, *, service: str = "shop", method: str = "GET", path: str = "/orders/"
) -> list[bool]:
    return [faults.take(service, method, path) is not None for _ in range(count)]


def test_a_fault_hits_once_unless_told_otherwise_and_is_then_spent(faults: Faults) -> None:
    on = faults.add("shop", "status")
    assert hits(faults, 3) == [True, False, False]
    assert (on.seen, on.applied, on.spent) == (3, 1, True)


def test_after_skips_the_first_matches_and_times_limits_the_hits(faults: Faults) -> None:
    faults.add("shop", "status", after=2, times=2)
    assert hits(faults, 6) == [False, False, True, True, False, False]


def test_without_a_limit_it_hits_until_it_is_switched_off(faults: Faults) -> None:
    on = faults.add("shop", "status", times=None)
    assert hits(faults, 5) == [True] * 5
    assert faults.switch_off(on.number) == 1
    assert hits(faults, 1) == [False]


def test_service_method_and_the_beginning_of_the_path_choose_the_requests(faults: Faults) -> None:
    faults.add("shop", "status", method="post", path="/orders", times=None)
    assert hits(faults, 1, method="POST") == [True]
    assert hits(faults, 1, method="GET") == [False]
    assert hits(faults, 1, method="POST", path="/items") == [False]
    assert hits(faults, 1, service="mail", method="POST") == [False]


def test_of_two_faults_the_older_hits_first_and_the_younger_counts_what_it_saw(faults: Faults) -> None:
    faults.add("shop", "status", status=500)
    faults.add("shop", "status", status=429, after=1)
    found = [faults.take("shop", "GET", "/") for _ in range(3)]
    assert [fault.status if fault else None for fault in found] == [500, 429, None]


def test_an_unknown_service_or_kind_is_refused_with_what_there_is(faults: Faults) -> None:
    with pytest.raises(UnknownFaultError, match="no service 'post'; there are: shop, mail"):
        faults.add("post", "status")
    with pytest.raises(UnknownFaultError, match="mail has no fault 'odd'; it has: latency, refuse"):
        faults.add("mail", "odd")
    assert list(faults.kinds("shop")) == [*KINDS, "odd"]


@pytest.mark.parametrize("wrong", [{"times": 0}, {"status": 99}, {"after": -1}, {"secnods": 3}, {"seconds": -1}])
def test_wrong_options_are_refused(faults: Faults, wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        faults.add("shop", "status", **wrong)
    assert faults.all() == []
