"""Where a phone number may be, and whether it is of this country."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from ops_platform.retail.campaigns.places import is_foreign, place_of
from ops_platform.retail.campaigns.quiet_hours import is_allowed, next_allowed

EAST, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
TUESDAY = date(2026, 6, 9)


def _at(clock: str, zone: str) -> datetime:
    return datetime.combine(TUESDAY, time.fromisoformat(clock), ZoneInfo(zone))


@pytest.mark.parametrize(
    ("state", "zone"),
    [("OR", PACIFIC), ("TX", MOUNTAIN), ("ID", PACIFIC), ("AK", "America/Adak"), ("TN", CENTRAL), ("FL", CENTRAL),
     ("KS", MOUNTAIN), ("Tennessee", CENTRAL), ("N. Dak.", None), ("CA", PACIFIC)],
)  # fmt: skip
def test_whoever_moved_with_the_number_is_not_texted_before_the_morning_of_the_latest_zone_of_the_state(
    state: str, zone: str | None
) -> None:
    """A number of North Carolina, and the birthday text of nine o'clock there."""
    place, due = place_of("8285551234", state, EAST), _at("09:00", EAST)
    found = next_allowed(due, place)
    assert found is not None
    if zone is None:  # what is no state says nothing
        assert found == due
    else:
        assert found.astimezone(ZoneInfo(zone)).time() >= time(8)


@pytest.mark.parametrize(
    ("digits", "is_morning", "is_evening"),
    [
        ("8502221234", False, False),  # Tallahassee
        ("4239261234", True, True),  # Johnson City, which is listed
        ("4235551234", False, True),  # somewhere in 423
        ("2705551234", False, True),
        ("8125551234", False, True),
        ("2195551234", False, True),
        ("8285551234", True, True),
        ("2125551234", True, True),
    ],
)
def test_an_area_code_of_two_zones_is_texted_when_both_allow_it(
    digits: str, is_morning: bool, is_evening: bool
) -> None:
    """At 8:30 in the east it is 7:30 in its west; at 20:30 Florida's day is over."""
    place = place_of(digits, None, EAST)
    assert is_allowed(_at("08:30", EAST), place) is is_morning
    assert is_allowed(_at("20:30", EAST), place) is is_evening


def test_a_number_that_says_nothing_is_where_the_store_is() -> None:
    assert place_of("2215551234", None, MOUNTAIN).zones == (MOUNTAIN,)
    assert place_of("2065551234", None, EAST).states == ("WA",)
    assert place_of("2025551234", None, EAST).states == ("DC",)


@pytest.mark.parametrize("area_code", ["876", "809", "829", "242", "416", "604", "867", "441"])
def test_a_number_of_another_country_is_foreign_although_it_begins_with_one(area_code: str) -> None:
    assert is_foreign(area_code)


@pytest.mark.parametrize("area_code", ["828", "212", "787", "939", "340", "671", "684", "670", "221"])
def test_a_number_of_the_states_and_territories_or_of_a_new_area_code_is_none(area_code: str) -> None:
    assert not is_foreign(area_code)
