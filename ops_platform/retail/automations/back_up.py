"""Item 21: a copy of every target off-site, every evening, and which older copies may go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from ops_platform.core.changes import change_set
from ops_platform.retail.automation import Automation, Inputs, Need, Plan, note
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.outside_needs import BackupCopies, BackupSources
from ops_platform.retail.retention import surplus
from ops_platform.settings_retail import RetailSettings

NAME: Final = "backups"
DATABASE: Final = "database"
FIELD: Final = "copy"
"""Of a change: key is a name and the values are when it was copied; or a name and a day, and the new value is none."""


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """What is to be copied, and the copies there are."""
    return {"sources": BackupSources(), "copies": BackupCopies()}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """A copy of each target, and of each as many older ones removed as retention.surplus allows.

    Removing comes after copying, and only where tonight's copy is good (flows/retail/backups.py sees to that): the plan
    counts on tonight's. Copies of what is no target any more stay.
    """
    rules = settings.backups
    sources = sorted(inputs["sources"].to_dict("records"), key=lambda row: row["name"])
    copies = inputs["copies"].to_dict("records")
    rows: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for source in sources:
        own = sorted((copy for copy in copies if copy["name"] == source["name"]), key=lambda copy: copy["day"])
        known = [copy for copy in own if not copy["problem"]]
        rows.append(_copied(source, known, as_of))
        gone = surplus(
            [copy["day"] for copy in known] + [as_of.date()],
            good=[copy["day"] for copy in known if copy["is_complete"]] + [as_of.date()],
            today=as_of.date(),
            keep_daily=rules.keep_daily,
            keep_monthly=rules.keep_monthly,
        )
        made = {copy["day"]: copy["made_at"] for copy in known}
        rows += [_removed(source["name"], day, made[day], why) for day, why in gone.items()]
        notes += _notes(source, own, as_of.date())
    if rules.dst is None:
        notes.append(note("nothing_off_site", NAME, "copies lie beside the platform"))
    return Plan(
        changes=change_set(rows),
        notes=notes_frame(notes),
        considered=len(sources),
        figures={"targets": len(sources), "copies_there": len(copies), "copies_to_go": len(rows) - len(sources)},
    )


def key_of(name: str, day: date) -> str:
    """The key of a change that removes a copy."""
    return f"{name}/{day.isoformat()}"


def name_and_day(key: str) -> tuple[str, date | None]:
    """What the key of a change is about: a target, or its copy of a day."""
    name, _, day = key.partition("/")
    return name, date.fromisoformat(day) if day else None


def _copied(source: Mapping[Any, Any], own: Sequence[Mapping[Any, Any]], as_of: datetime) -> dict[str, Any]:
    newest = [copy["made_at"] for copy in own if copy["day"] <= as_of.date()]
    again = any(copy["day"] == as_of.date() for copy in own)
    moment = as_of.isoformat()
    return {
        "target": "backups",
        "key": source["name"],
        "field": FIELD,
        # A run that is made once more for the same moment copies again: a change to what is so already would be none.
        "old": newest[-1] if newest and newest[-1] != moment else None,
        "new": moment,
        "reason": "again today: only what differs" if again else "the copy of the day" if newest else "the first copy",
        "label": source["src"],
    }


def _removed(name: str, day: date, made_at: str, why: str) -> dict[str, Any]:
    return {
        "target": "backups",
        "key": key_of(name, day),
        "field": FIELD,
        "old": made_at,
        "new": None,
        "reason": why,
        "label": f"{name}, copy of {day}",
    }


def _notes(source: Mapping[Any, Any], own: Sequence[Mapping[Any, Any]], today: date) -> Iterator[dict[str, Any]]:
    if source["problem"]:
        yield note("backup_source_missing", source["name"], source["problem"])
    for copy in own:
        if copy["problem"]:
            yield note("backup_unreadable", key_of(source["name"], copy["day"]), copy["problem"])
        if copy["day"] > today:
            yield note("backup_from_the_future", key_of(source["name"], copy["day"]), f"today is {today}")


AUTOMATION = Automation(
    name=NAME,
    number=21,
    title="Back up off-site",
    description="Copies folders, files and the platform's database off-site, reads them back, and removes old copies.",
    cron="30 22 * * *",
    targets=("backups",),
    needs=needs,
    plan=plan,
)
