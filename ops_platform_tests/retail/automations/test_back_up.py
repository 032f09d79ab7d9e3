"""The plan of a backup: a copy of each target, and which older ones go."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from pydantic import ValidationError

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.back_up import AUTOMATION, key_of, name_and_day
from ops_platform.retail.notes import CODES
from ops_platform.retail.snapshots import BACKUP_COPIES, BACKUP_SOURCES
from ops_platform.settings_retail import RetailSettings
from ops_platform.settings_retail_outside import BackupsSettings

ZONE = ZoneInfo("America/New_York")
AS_OF = datetime(2026, 5, 14, 22, 30, tzinfo=ZONE)
TODAY = AS_OF.date()


def copy(name: str, day: date, *, complete: bool = True, problem: str = "") -> tuple[Any, ...]:
    made = None if problem else datetime(day.year, day.month, day.day, 22, 30, tzinfo=ZONE).isoformat()
    return (name, day, made, complete, 3, 100, problem)


def plan(
    *copies: tuple[Any, ...],
    names: tuple[str, ...] = ("photos",),
    as_of: datetime = AS_OF,
    problem: str = "",
    **rules: Any,
) -> Plan:
    inputs = {
        "sources": pd.DataFrame([(name, f"/srv/{name}", problem) for name in names], columns=list(BACKUP_SOURCES)),
        "copies": pd.DataFrame(copies, columns=list(BACKUP_COPIES), dtype=object),
    }
    settings = RetailSettings(backups=BackupsSettings(**{"dst": Path("/mnt/offsite"), **rules}))
    made = AUTOMATION.plan(inputs, settings, as_of)
    assert set(made.notes["code"]) <= set(CODES)
    return made


def changes(made: Plan) -> list[tuple[str, Any, Any]]:
    return [(row["key"], row["old"], row["new"]) for row in made.changes.to_dict("records")]


def gone(made: Plan) -> list[str]:
    return [key for key, _, new in changes(made) if new is None]


def test_every_target_is_copied_and_the_dry_run_says_why() -> None:
    made = plan(names=("photos", "database"))
    assert changes(made) == [("database", None, AS_OF.isoformat()), ("photos", None, AS_OF.isoformat())]
    assert made.changes["reason"].tolist() == ["the first copy", "the first copy"]
    assert made.notes["code"].tolist() == []


def test_a_second_run_of_a_day_copies_again_only_what_differs() -> None:
    made = plan(copy("photos", TODAY), as_of=AS_OF + timedelta(hours=1))
    assert made.changes["reason"].tolist() == ["again today: only what differs"]
    assert changes(made)[0][1] == AS_OF.isoformat()


def test_with_a_retention_of_one_yesterdays_copy_goes() -> None:
    made = plan(copy("photos", TODAY - timedelta(days=1)), keep_daily=1)
    assert gone(made) == ["photos/2026-05-13"]
    assert "none of the 1 newest" in made.changes.iloc[1]["reason"]


def test_each_target_has_a_retention_of_its_own() -> None:
    made = plan(copy("a", TODAY - timedelta(days=1)), names=("a", "b"), keep_daily=1)
    assert gone(made) == ["a/2026-05-13"]


def test_copies_of_what_is_no_target_any_more_stay() -> None:
    assert (
        gone(plan(*(copy("old", TODAY - timedelta(days=n)) for n in range(1, 30)), keep_daily=1, keep_monthly=0)) == []
    )


def test_a_copy_whose_manifest_is_not_believed_is_told_and_is_not_the_good_one() -> None:
    made = plan(copy("photos", TODAY - timedelta(days=1), complete=False, problem="changed"), keep_daily=14)
    assert made.notes["code"].tolist() == ["backup_unreadable"]
    assert changes(made)[0][1] is None


def test_a_copy_from_the_future_is_told_and_stays() -> None:
    made = plan(copy("photos", date(2099, 1, 1)), copy("photos", TODAY - timedelta(days=1)), keep_daily=1)
    assert "backup_from_the_future" in made.notes["code"].tolist()
    assert gone(made) == ["photos/2026-05-13"]


def test_a_clock_that_went_back_removes_nothing_newer() -> None:
    back = AS_OF - timedelta(days=400)
    copies = [copy("photos", TODAY - timedelta(days=n)) for n in range(10)]
    assert gone(plan(*copies, as_of=back, keep_daily=1, keep_monthly=0)) == []


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)])
def test_on_the_days_the_clock_changes_there_is_one_copy_of_the_day(day: date) -> None:
    for hour, fold in ((1, 0), (1, 1), (3, 0), (22, 0)):
        as_of = datetime(day.year, day.month, day.day, hour, 30, tzinfo=ZONE, fold=fold)
        made = plan(copy("photos", day), as_of=as_of, keep_daily=1)
        assert gone(made) == []
        assert name_and_day(key_of("photos", as_of.date())) == ("photos", day)


def test_a_missing_source_is_told_and_still_tried_so_that_it_fails_by_name() -> None:
    made = plan(problem="/srv/photos is missing")
    assert made.notes["code"].tolist() == ["backup_source_missing"]
    assert [key for key, _, _ in changes(made)] == ["photos"]


def test_copies_on_the_platforms_own_disk_are_told() -> None:
    assert plan(dst=None).notes["code"].tolist() == ["nothing_off_site"]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"targets": {"database": {"src": "/x"}}}, "name of the dump"),
        ({"targets": {"../x": {"src": "/x"}}}, "is no name"),
        ({"targets": {"a": {}}}, "src"),
        ({"keep_daily": 0}, "greater than or equal to 1"),
    ],
)
def test_settings_that_lead_nowhere_are_refused(rules: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        BackupsSettings(**rules)
