"""What time a run works for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.defs.clock import AS_OF_TAG, as_of, as_of_tag

ZONE = "America/Chicago"


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-12, 14))  # noqa: DTZ001
def test_the_tag_of_a_moment_gives_that_moment_back_in_the_business_zone(local: datetime, hours: int) -> None:
    moment = local.replace(tzinfo=UTC).astimezone(datetime.now(UTC).tzinfo) - timedelta(hours=hours)
    found = as_of(as_of_tag(moment), ZONE)
    assert found == moment
    assert found.tzinfo == ZoneInfo(ZONE)


def test_a_day_set_by_hand_is_a_day_of_the_business() -> None:
    assert as_of({AS_OF_TAG: "2026-03-08"}, ZONE) == datetime(2026, 3, 8, tzinfo=ZoneInfo(ZONE))


@pytest.mark.parametrize("text", ["yesterday", "", "2026-02-30", "08.03.2026"])
def test_a_time_that_is_none_fails_the_run_for_good_and_says_how_to_write_it(text: str) -> None:
    with pytest.raises(dg.Failure, match="2026-03-08") as caught:
        as_of({AS_OF_TAG: text}, ZONE)
    assert caught.value.allow_retries is False


def test_without_a_tag_a_run_works_for_now_in_the_business_zone() -> None:
    before = datetime.now(UTC)
    found = as_of({}, ZONE)
    assert before <= found <= datetime.now(UTC)
    assert found.tzinfo == ZoneInfo(ZONE)
