"""Item 19 over real HTTP: logged before it is deleted, in few requests, and never what somebody prolonged."""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from ops_platform.flows.effects.coupon_deletions import LOG_COLUMNS, deleted_log
from ops_platform.flows.retail.decisions import approve
from ops_platform.flows.retail.runner import Run
from ops_platform_tests.flows.retail.garden import Garden
from ops_platform_tests.sandbox.bigcommerce_parts import coupon

NAME = "expired_coupons"


def fill(garden: Garden, expired: int, coming: int = 0, without: int = 0) -> None:
    """Put coupons into the shop; the expired ones have the lowest numbers."""
    past, later = (format_datetime(datetime.now(UTC) + timedelta(days=days)) for days in (-1, 1))
    ends = [past] * expired + [later] * coming + [""] * without
    garden.web.add_coupons(*(coupon(number, expires=text) for number, text in enumerate(ends, 1)))


def logged(path: Path) -> list[dict[str, Any]]:
    """The rows of the log."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_of_120_coupons_seven_are_deleted_and_logged_and_a_second_run_deletes_none(garden: Garden) -> None:
    fill(garden, 7, 110, 3)
    outcome = garden.run(NAME)[NAME]
    assert (outcome.status, outcome.error, garden.statuses()) == ("applied", None, ["coupon_deletion sent"])
    assert [each["id"] for each in garden.coupons()] == list(range(8, 121))
    rows = logged(deleted_log(garden.home))
    assert os.name != "posix" or deleted_log(garden.home).stat().st_mode & 0o077 == 0
    assert list(rows[0]) == list(LOG_COLUMNS)
    assert [(row["id"], row["code"], row["status"]) for row in rows] == [
        (f"{n}", f"CODE{n}", "deleted") for n in range(1, 8)
    ]
    garden.run(NAME)
    assert (len(garden.calls("DELETE")), len(logged(deleted_log(garden.home))), garden.statuses()) == (
        1, 7, ["coupon_deletion sent"],
    )  # fmt: skip


def test_three_thousand_of_ten_thousand_take_fifty_requests_reading_included(garden: Garden) -> None:
    fill(garden, 3000, 7000)
    outcome = garden.run(NAME)[NAME]
    assert outcome.status == "applied"
    assert len(garden.coupons()) == 7000
    assert outcome.api_calls <= 50
    rows = logged(deleted_log(garden.home))
    assert (len(rows), {row["status"] for row in rows}) == (3000, {"deleted"})


def test_what_cannot_be_logged_is_not_deleted(garden: Garden) -> None:
    fill(garden, 3)
    path = deleted_log(garden.home)
    path.mkdir(parents=True)  # a folder in its place
    outcome = garden.run(NAME)[NAME]
    assert "could not be logged" in (outcome.error or "")
    assert (len(garden.coupons()), garden.calls("DELETE"), garden.statuses()) == (3, [], ["coupon_deletion planned"])
    path.rmdir()
    garden.run(NAME)
    assert (garden.coupons(), len(logged(path))) == ([], 3)


def test_the_log_is_there_before_the_shop_is_asked_to_delete(garden: Garden) -> None:
    fill(garden, 2)
    garden.sandbox.faults.add("bigcommerce", "status", method="DELETE", status=503, times=None)
    outcome = garden.run(NAME)[NAME]
    assert outcome.status == "failed"
    assert [row["status"] for row in logged(deleted_log(garden.home))] == ["expired", "expired"]
    assert (len(garden.coupons()), garden.statuses()) == (2, ["coupon_deletion planned"])
    garden.sandbox.faults.switch_off()
    garden.run(NAME)
    assert [row["status"] for row in logged(deleted_log(garden.home))] == ["deleted", "deleted"]
    assert garden.coupons() == []


def test_one_the_shop_keeps_is_told_and_the_others_are_gone(garden: Garden) -> None:
    fill(garden, 2)
    garden.sandbox.faults.add("bigcommerce", "status", method="DELETE", status=400, body="[]", times=3)
    outcome = garden.run(NAME)[NAME]
    assert "1 of 2 were not deleted" in (outcome.error or "")
    assert [row["status"] for row in logged(deleted_log(garden.home))] == ["failed", "deleted"]
    garden.run(NAME, as_of=garden.now + timedelta(days=1))
    assert (garden.coupons(), garden.statuses()) == ([], ["coupon_deletion failed", "coupon_deletion sent"])


def test_a_list_that_breaks_off_deletes_nothing(garden: Garden) -> None:
    fill(garden, 300)
    garden.sandbox.faults.add("bigcommerce", "status", method="GET", status=401, after=1, times=None)
    outcome = garden.run(NAME)[NAME]
    assert outcome.status == "failed"
    assert (len(garden.coupons()), garden.statuses()) == (300, [])


def test_a_mass_deletion_waits_and_what_was_prolonged_meanwhile_stays(garden: Garden) -> None:
    fill(garden, 12, 1)
    outcome = garden.run(NAME)[NAME]
    assert (outcome.status, garden.statuses(), len(garden.coupons())) == ("held", ["coupon_deletion held"], 13)
    garden.db.execute("UPDATE ops.effects SET created_at = created_at - interval '1 day'")  # a person took a day
    prolonged = {**garden.coupons()[0], "expires": format_datetime(datetime.now(UTC) + timedelta(days=9))}
    garden.web.put("coupons", prolonged)
    assert outcome.batch_id is not None
    with garden.systems() as systems:
        approve(garden.db, systems, outcome.batch_id, who="a test", run=Run(garden.now))
    assert [each["id"] for each in garden.coupons()] == [1, 13]
    assert [row["id"] for row in logged(deleted_log(garden.home))] == [f"{number}" for number in range(2, 13)]
    assert garden.statuses() == ["coupon_deletion sent"]


def test_ended_promotions_go_with_their_codes(garden: Garden) -> None:
    garden.use(stock_notifications__coupon_api="v3")
    past = (garden.now - timedelta(days=1)).isoformat()
    for name in ("Back in Stock until 2026-05-13 11:30", "Spring sale"):
        number = garden.web.put("promotions", {"name": name, "redemption_type": "COUPON", "end_date": past,
                                               "current_uses": 2})  # fmt: skip
        for code in ("AAAA", "BBBB"):
            garden.web.put("codes", {"promotion_id": number, "code": f"{code}{number}", "max_uses": 1,
                                     "max_uses_per_customer": 1, "current_uses": 0})  # fmt: skip
    outcome = garden.run(NAME)[NAME]
    assert (outcome.status, outcome.error) == ("applied", None)
    assert [each["name"] for each in garden.web.records("promotions")] == ["Spring sale"]
    assert len(garden.web.records("codes")) == 2
    assert [(row["name"], row["uses"], row["status"]) for row in logged(deleted_log(garden.home))] == [
        ("Back in Stock until 2026-05-13 11:30", "2", "deleted")
    ]


def test_promotions_that_were_prolonged_while_a_plan_waited_stay_with_their_codes(garden: Garden) -> None:
    garden.use(stock_notifications__coupon_api="v3", expired_coupons__max_share=0)
    past, later = ((garden.now + timedelta(days=days)).isoformat() for days in (-1, 9))
    numbers = []
    for place in range(12):
        numbers.append(
            garden.web.put("promotions", {"name": f"Back in Stock until {place}", "redemption_type": "COUPON",
                                          "end_date": past, "current_uses": 0})
        )  # fmt: skip
        garden.web.put("codes", {"promotion_id": numbers[-1], "code": f"CODE{place}", "max_uses": 1,
                                 "max_uses_per_customer": 1, "current_uses": 0})  # fmt: skip
    outcome = garden.run(NAME)[NAME]
    assert (outcome.status, garden.statuses()) == ("held", ["coupon_deletion held"])
    garden.db.execute("UPDATE ops.effects SET created_at = created_at - interval '1 day'")  # a person took a day
    first, second, *_ = garden.web.records("promotions")
    garden.web.put("promotions", {**first, "end_date": later})
    garden.web.put("promotions", {**second, "end_date": None})
    assert outcome.batch_id is not None
    with garden.systems() as systems:
        approve(garden.db, systems, outcome.batch_id, who="a test", run=Run(garden.now))
    assert [each["id"] for each in garden.web.records("promotions")] == numbers[:2]
    assert [each["code"] for each in garden.web.records("codes")] == ["CODE0", "CODE1"]
    assert [row["id"] for row in logged(deleted_log(garden.home))] == [f"{number}" for number in numbers[2:]]
    [detail] = garden.db.frame("SELECT detail FROM ops.effect_events WHERE event = 'sent'")["detail"]
    assert detail == "10 deleted; 2 are left, whose end was changed meanwhile"
