"""What a delivery asks the database: most of its work is with effects, little with looking for some."""

from __future__ import annotations

import pytest

from ops_platform.flows.effects import delivery
from ops_platform_tests.adapters.counterpoint_rows import counted
from ops_platform_tests.flows.effects.conftest import House, wanted


def test_a_kind_that_has_nothing_due_is_not_looked_for_after_every_batch_of_another(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_REST", 600.0)  # a slow machine changes nothing
    house.record(*(wanted(f"mail/{number}") for number in range(100)))
    with counted(house.db) as asked:
        house.deliver()
    looked = [statement for statement in asked if "The oldest due effects nobody else is picking" in statement]
    batches = 100 // 20
    assert len(house.provider.keys()) == 100
    assert len(looked) == 1 + batches + 1 + 2, "coupons, mails until there are none, and both again at the end"


def test_a_mail_after_the_last_coupon_goes_in_the_same_delivery_although_its_kind_rested(
    house: House,
) -> None:
    coupons = [wanted(f"coupon/{number:02}", kind="coupon") for number in range(41)]
    house.record(*coupons, wanted("mail/1", after_key="coupon/40"))
    house.deliver()
    assert house.provider.keys() == [*(each["key"] for each in coupons), "mail/1"]
