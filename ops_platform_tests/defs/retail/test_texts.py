"""What Dagster says of the texts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ops_platform.defs.retail.texts import (
    is_time_to_look,
    months_to_log,
    of_delivery,
    of_hours,
    of_opt_outs,
    of_pictures,
    trend,
)
from ops_platform.settings_retail_texts import TextsSettings

SETTINGS = TextsSettings()


def campaign(**counts: Any) -> dict[str, Any]:
    usual = {"campaign": "first_time_1", "texts": 100, "delivered": 100, "failed": 0, "opted_out": 0}
    return {**usual, **counts}


@pytest.mark.parametrize(
    ("delivered", "failed", "passed"), [(80, 20, True), (79, 21, False), (0, 19, True), (0, 20, False), (0, 0, True)]
)
def test_a_share_of_undelivered_texts_is_told_when_there_are_enough_to_tell(
    delivered: int, failed: int, passed: bool
) -> None:
    verdict = of_delivery([campaign(delivered=delivered, failed=failed)], SETTINGS)
    assert verdict.passed is passed
    assert not verdict.is_error
    assert f"{failed:,} of {delivered + failed:,}" in verdict.message


def test_texts_that_carriers_stopped_are_an_error_whatever_arrived_before() -> None:
    paused = {"text": "Twilio 30034 for 3 texts: the number is not registered", "text:birthday": "Twilio 30007"}
    verdict = of_delivery([campaign()], SETTINGS, paused)
    assert (verdict.passed, verdict.is_error) == (False, True)
    assert "Texts are stopped: Twilio 30034" in verdict.message
    assert "`ops resume text`" in verdict.message
    assert "The texts of birthday are stopped: Twilio 30007" in verdict.message
    assert "`ops resume text:birthday`" in verdict.message
    assert of_delivery([campaign()], SETTINGS, {}).passed


def test_while_nothing_is_open_replies_are_looked_for_every_third_hour_where_no_webhook_tells_them() -> None:
    assert [hour for hour in range(8, 23) if is_time_to_look(hour, wants_replies=True)] == [10, 13, 16, 19, 22]
    assert [hour for hour in range(8, 23) if is_time_to_look(hour, wants_replies=False)] == [22]


@pytest.mark.parametrize(
    ("today", "months"),
    [
        (date(2026, 1, 1), [date(2025, 12, 1), date(2026, 1, 1)]),
        (date(2026, 3, 4), [date(2026, 2, 1), date(2026, 3, 1)]),
        (date(2026, 3, 5), [date(2026, 3, 1)]),
    ],
)
def test_the_log_of_last_month_is_written_until_its_last_texts_are_known(today: date, months: list[date]) -> None:
    assert months_to_log(today) == months


def test_the_campaign_that_drives_people_away_is_named() -> None:
    verdict = of_opt_outs([campaign(opted_out=4), campaign(campaign="birthday", opted_out=3)], SETTINGS)
    assert not verdict.passed
    assert "first_time_1 (4 of 100)" in verdict.message
    assert "birthday" not in verdict.message
    assert of_opt_outs([campaign(opted_out=3)], SETTINGS).passed
    assert of_opt_outs([campaign(texts=5, opted_out=5)], SETTINGS).passed


def test_a_text_out_of_hours_is_an_error_that_says_what_to_do() -> None:
    assert of_hours([]).passed
    verdict = of_hours([{"text": "text/birthday/1/2026-05-01", "went_at": None}])
    assert (verdict.passed, verdict.is_error) == (False, True)
    assert "ops pause text" in verdict.message


def test_a_picture_nobody_can_fetch_is_an_error() -> None:
    assert of_pictures([]).passed
    verdict = of_pictures([{"campaign": "birthday", "problem": "retail.texts.media.birthday is not set"}])
    assert (verdict.passed, verdict.is_error) == (False, True)
    assert verdict.message == "birthday: retail.texts.media.birthday is not set"


def test_the_trend_is_a_picture_with_and_without_texts() -> None:
    days = [{"day": date(2026, 5, 14), "campaign": name, "texts": 7} for name in "abcdefgh"]
    for rows in (days, []):
        assert trend(rows, date(2026, 5, 20)).startswith(b"\x89PNG")
