"""What figures of the world around the store mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ops_platform.defs.retail import verdicts_outside as verdicts

NOW = datetime(2026, 5, 14, 23, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def check(*reached: bool, ago: int) -> dict[str, Any]:
    hosts = [{"host": str(n), "is_reached": ok, "milliseconds": None, "detail": ""} for n, ok in enumerate(reached)]
    return {"is_connected": any(reached), "checked_at": NOW - ago * HOUR, "hosts": hosts}


def test_a_connection_is_there_as_soon_as_one_host_answers() -> None:
    assert verdicts.connected([]).passed
    assert verdicts.connected([check(False, True, ago=0), check(False, ago=1)]).passed


def test_a_lost_connection_is_told_with_its_beginning() -> None:
    found = verdicts.connected([check(False, False, ago=n) for n in range(3)] + [check(True, ago=3)])
    assert (found.passed, found.is_error) == (False, True)
    assert "at 3 checks in a row, since 2026-05-14 21:00 UTC" in found.message


def test_only_sites_that_failed_are_named() -> None:
    rows = [
        {"site": "a", "status": "failed", "detail": "login refused"},
        {"site": "b", "status": "held", "detail": "few"},
    ]
    found = verdicts.sites_read(rows)
    assert (found.passed, found.is_error) == (False, True)
    assert "1 of 2 sites could not be read. a: login refused." in found.message
    assert verdicts.sites_read(rows[1:]).passed


def test_a_held_list_is_a_warning() -> None:
    rows = [{"site": "a", "status": "held", "rows": 3, "detail": "3 rows, 60 before"}]
    found = verdicts.lists_held(rows)
    assert (found.passed, found.is_error) == (False, False)
    assert found.message.endswith("`ops retail accept-scrape a`.")
    assert verdicts.lists_held([{**rows[0], "status": "accepted"}]).passed


def test_the_age_of_a_backup_counts_for_each_target() -> None:
    fresh, old = NOW - 25 * HOUR, NOW - 27 * HOUR
    assert verdicts.copies_fresh({"a": fresh}, [], NOW, hours=26).passed
    assert not verdicts.copies_fresh({"a": fresh, "b": old}, [], NOW, hours=26).passed
    found = verdicts.copies_fresh({"a": fresh, "b": None}, [{"name": "b", "detail": "no room"}], NOW, hours=26)
    assert "1 of 2 targets have no good copy of the last 26 h: b (never: b). No room." in found.message
    assert found.is_error
    assert verdicts.copies_fresh({}, [], NOW, hours=26).passed


def test_a_copy_made_by_a_clock_that_is_ahead_is_not_old() -> None:
    assert verdicts.copies_fresh({"a": NOW + HOUR}, [], NOW, hours=26).passed


def test_a_broken_copy_is_named() -> None:
    assert verdicts.copies_whole({"a of 2026-05-14": []}, 5).passed
    found = verdicts.copies_whole({"a of 2026-05-14": ["x is missing", "y is missing"], "b of 2026-05-14": []}, 5)
    assert "a of 2026-05-14 cannot be restored wholly: x is missing" in found.message
    assert (found.is_error, len(found.rows)) == (True, 2)


def test_a_restore_that_was_never_tried_or_long_ago_is_told() -> None:
    def tried(restored_at: datetime | None, error: str | None = None) -> dict[str, Any]:
        return {"restored_at": restored_at, "restore_error": error}

    assert verdicts.restore_tried(None, NOW, days=0).passed
    assert not verdicts.restore_tried(None, NOW, days=7).passed
    assert not verdicts.restore_tried(tried(None), NOW, days=7).passed
    assert verdicts.restore_tried(tried(NOW - 300 * HOUR), NOW, days=7).passed
    assert not verdicts.restore_tried(tried(NOW - 400 * HOUR), NOW, days=7).passed
    failed = verdicts.restore_tried(tried(None, "a table has other values"), NOW, days=7)
    assert (failed.passed, failed.is_error) == (False, True)


def test_copies_beside_the_platform_are_told() -> None:
    assert not verdicts.off_site("/home/backups", is_own=True, same_disk=True).passed
    assert not verdicts.off_site("/mnt/x", is_own=False, same_disk=True).passed
    assert verdicts.off_site("/mnt/x", is_own=False, same_disk=False).passed
