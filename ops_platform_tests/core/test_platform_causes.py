"""One fault of the platform is one cause, and a healthy platform has none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core.alerts import Cause, Look
from ops_platform.core.platform_causes import (
    GIB,
    BackupReading,
    DiskReading,
    PlatformReading,
    backup_look,
    disk_look,
    platform_looks,
)

NOW = datetime(2026, 5, 14, 16, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SILENT = 5 * MINUTE
KINDS = ["SENSOR", "SCHEDULER"]
WELL = PlatformReading(
    began_at=NOW - timedelta(days=3),
    is_up=True,
    heartbeats={kind: NOW - timedelta(seconds=30) for kind in KINDS},
    daemons=KINDS,
)


def looks(reading: PlatformReading) -> dict[str, Look]:
    return {look.area: look for look in platform_looks(reading, NOW, silent_after=SILENT)}


def causes(reading: PlatformReading) -> list[Cause]:
    return [cause for look in looks(reading).values() for cause in look.causes or ()]


def keys(reading: PlatformReading) -> list[str]:
    return [cause.key for cause in causes(reading)]


def blind(reading: PlatformReading) -> set[str]:
    return {area for area, look in looks(reading).items() if look.causes is None}


def test_a_healthy_platform_has_no_cause_and_every_area_is_looked_at() -> None:
    assert keys(WELL) == []
    assert blind(WELL) == set()


def test_a_daemon_without_a_heartbeat_for_five_minutes_is_silent() -> None:
    old = replace(WELL, heartbeats={"SENSOR": NOW - 5 * MINUTE, "SCHEDULER": NOW})
    [cause] = causes(old)
    assert (cause.key, cause.level) == ("daemon/silent", "error")
    assert cause.detail == "Silent: sensor (last seen 5 min ago)."
    assert cause.patience > timedelta(0)  # after an outage of the database its newest heartbeat is old, too
    almost = replace(WELL, heartbeats={"SENSOR": NOW - 4.9 * MINUTE, "SCHEDULER": NOW})
    assert keys(almost) == []


def test_one_that_has_just_been_started_is_not_silent_whatever_its_old_heartbeats_say() -> None:
    assert keys(replace(WELL, began_at=NOW - MINUTE, heartbeats={"SENSOR": NOW - timedelta(days=3)})) == []
    assert keys(replace(WELL, began_at=NOW - MINUTE, heartbeats={})) == []


def test_a_daemon_that_never_came_is_noticed_after_the_start() -> None:
    [cause] = causes(replace(WELL, began_at=NOW - 6 * MINUTE, heartbeats={}))
    assert cause.detail == "Silent: all of it (never seen since the start)."


def test_a_database_that_is_away_is_the_one_cause_and_the_daemon_is_not_judged() -> None:
    away = replace(WELL, database="connection refused", heartbeats=None)
    [cause] = causes(away)
    assert cause.key == "database/away"
    assert cause.patience >= MINUTE  # a restart of the server is no news
    assert blind(away) == {"daemon"}


def test_a_platform_that_was_killed_is_one_cause_although_its_database_went_with_it() -> None:
    killed = replace(WELL, is_up=False, database="not running", heartbeats=None)
    [cause] = causes(killed)
    assert (cause.key, cause.level) == ("platform/down", "error")
    assert blind(killed) == {"database", "daemon", "services"}


def test_a_database_of_its_own_that_is_away_too_is_told_as_well() -> None:
    killed = replace(WELL, is_up=False, own_database=False, database="connection refused", heartbeats=None)
    assert keys(killed) == ["platform/down", "database/away"]


def test_a_platform_that_was_ended_as_asked_is_a_warning_after_a_while() -> None:
    asked = replace(WELL, is_up=False, ended_at=NOW - MINUTE, database="not running", heartbeats=None)
    [cause] = causes(asked)
    assert (cause.level, cause.title) == ("warning", "The platform is stopped")
    assert cause.patience == 15 * MINUTE


def test_where_the_platform_never_ran_nothing_is_missed() -> None:
    assert causes(PlatformReading(None, database="not running")) == []
    assert causes(PlatformReading(None, heartbeats={}, daemons=KINDS)) == []
    assert keys(PlatformReading(None, own_database=False, database="refused")) == ["database/away"]


def test_a_daemon_elsewhere_that_beats_is_a_platform_that_runs() -> None:
    assert keys(replace(WELL, is_up=False)) == []


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ({"ui": "refused"}, "services/web-page"),
        ({"code_server": "nothing listens"}, "services/code-server"),
        ({"forms": "refused"}, "services/page-of-forms"),
    ],
)
def test_a_service_that_does_not_answer_is_told_when_its_restart_did_not_help(fault: dict[str, Any], key: str) -> None:
    [cause] = causes(replace(WELL, **fault))
    assert cause.key == key
    assert cause.patience == 2 * MINUTE


def test_a_service_that_keeps_ending_is_told_and_one_restart_is_not() -> None:
    times = [NOW - minutes * MINUTE for minutes in (2, 9, 14)]
    [cause] = causes(replace(WELL, restarts={"daemon": times}))
    assert (cause.key, cause.detail) == ("services/daemon-restarts", "It was started again 3 times in 15 minutes.")
    assert keys(replace(WELL, restarts={"daemon": [*times[:2], NOW - 16 * MINUTE]})) == []


def disk(free: float, total: float, role: str = "home", **more: Any) -> DiskReading:
    return DiskReading(role, f"/{role}", int(free * GIB), int(total * GIB), **more)


@pytest.mark.parametrize(
    ("free", "total", "full"),
    [(1.9, 40, True), (1.9, 30, False), (100, 4000, False), (2.1, 100, False), (0.4, 10, True), (0.6, 10, False)],
)
def test_a_disk_is_nearly_full_below_both_limits(free: float, total: float, full: bool) -> None:
    look = disk_look([disk(free, total)], free_gb=2, free_percent=5)
    assert bool(look.causes) is full


def test_folders_of_one_disk_are_one_cause() -> None:
    three = [disk(0.1, 40, "home", device="1"), disk(0.1, 40, "database", device="1"), disk(9, 40, "tmp", device="2")]
    look = disk_look(three, free_gb=2, free_percent=5)
    assert look.causes is not None
    [cause] = look.causes
    assert (cause.key, cause.title) == ("disk/home", "The disk of home and database is nearly full")
    assert cause.detail == "0.10 of 40.0 GB are free for /home."


def test_a_disk_without_room_for_another_name_is_full_too() -> None:
    look = disk_look([disk(30, 40, files_free=0.001)], free_gb=2, free_percent=5)
    assert look.causes is not None
    assert "hardly another file fits" in look.causes[0].detail


def test_what_could_not_be_read_is_not_judged() -> None:
    assert disk_look(None, free_gb=2, free_percent=5).causes is None
    assert backup_look(None, NOW, most_hours=26).causes is None


def backups(**ages: tuple[int | None, int]) -> dict[str, Cause]:
    """The causes of targets. ages: hours since the newest good copy (None: there is none) and since the first try."""
    hour = timedelta(hours=1)
    readings = [
        BackupReading(name, None if made is None else NOW - made * hour, NOW - tried * hour)
        for name, (made, tried) in ages.items()
    ]
    return {cause.key: cause for cause in backup_look(readings, NOW, most_hours=26).causes or ()}


def test_an_old_backup_is_told_by_its_name() -> None:
    found = backups(platform=(27, 900), database=(3, 900))
    assert list(found) == ["backup/platform"]
    assert found["backup/platform"].title == "The newest backup of platform is old"
    assert found["backup/platform"].detail == "It was made 1 day 3 h ago (26 h allowed)."


def test_a_target_that_never_had_a_good_copy_is_told_when_its_first_try_is_old() -> None:
    found = backups(photos=(None, 27), new=(None, 3), database=(3, 900))
    assert list(found) == ["backup/photos"]
    assert found["backup/photos"].title == "There is no good backup of photos"
    assert found["backup/photos"].detail == "It never had one; the first try was 1 day 3 h ago (26 h allowed)."


@given(
    st.builds(
        PlatformReading,
        began_at=st.none() | st.just(NOW - timedelta(hours=5)),
        is_up=st.booleans(),
        ended_at=st.none() | st.just(NOW - MINUTE),
        own_database=st.booleans(),
        database=st.none() | st.just("away"),
        ui=st.none() | st.just("away"),
        code_server=st.none() | st.just("away"),
        heartbeats=st.none() | st.dictionaries(st.sampled_from(KINDS), st.just(NOW - 9 * MINUTE) | st.just(NOW)),
        daemons=st.just(KINDS),
    )
)
def test_every_area_is_answered_once_and_every_cause_is_of_its_area(reading: PlatformReading) -> None:
    found = platform_looks(reading, NOW, silent_after=SILENT)
    assert [look.area for look in found] == ["platform", "database", "daemon", "services"]
    for look in found:
        assert all(cause.key.startswith(f"{look.area}/") for cause in look.causes or ())
