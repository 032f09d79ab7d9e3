"""Item 3: is there an internet connection? When every host is silent there is none: it is told, or a command runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ops_platform.core import effect_keys
from ops_platform.core.effects import effect_set, no_effects
from ops_platform.retail.automation import Automation, Inputs, Need, Plan, note
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.outside_needs import AtWork, ConnectivityRecord, LastCommand, Reachability
from ops_platform.settings_retail import RetailSettings

NAME: Final = "internet"
RECORDS: Final = "connectivity_checks"
_SAME: Final = timedelta(minutes=10)
_IN_A_ROW: Final = timedelta(hours=3)
_COMMAND_GOOD_FOR: Final = timedelta(minutes=30)
_MOST_WAITS: Final = 2


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """The hosts, the checks before, when the command last ran, and what it would cut off."""
    return {
        "hosts": Reachability(),
        "before": ConnectivityRecord(settings.internet.failures + _MOST_WAITS + 10),
        "command": LastCommand(NAME),
        "at_work": AtWork(NAME),
    }


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """A row for the record; notes of what is silent; and the command, where one is set and all its guards agree.

    It runs when so many checks in a row failed, when the last one is long enough ago (a provider's failure must not
    restart the machine all night), and not while others are at work, unless it was put off twice for that.
    """
    import pandas as pd  # noqa: PLC0415

    hosts = inputs["hosts"].to_dict("records")
    now = max(row["checked_at"] for row in hosts)
    is_connected = any(row["is_reached"] for row in hosts)
    shown = [{name: row[name] for name in ("host", "is_reached", "milliseconds", "detail")} for row in hosts]
    record = pd.DataFrame([{"is_connected": is_connected, "hosts": shown}], dtype=object)
    silent = [note("host_silent", row["host"], row["detail"]) for row in hosts if not row["is_reached"]]
    figures = {"hosts": len(hosts), "reached": len(hosts) - len(silent)}
    if is_connected:
        return Plan(notes=notes_frame(silent), considered=len(hosts), figures=figures, records={RECORDS: record})
    failed = 1 + _failed_before(inputs["before"].to_dict("records"), now)
    told = f"all {len(hosts)} hosts are silent; failed checks in a row: {failed}"
    notes = [*silent, note("disconnected", NAME, told)]
    effects = no_effects()
    if settings.internet.action == "command" and failed >= settings.internet.failures:
        if guard := _guard(inputs, settings, now, failed):
            notes.append(guard)
        else:
            effects = effect_set([_command(settings, inputs, now, failed)])
    return Plan(
        effects=effects,
        notes=notes_frame(notes),
        considered=len(hosts),
        figures={**figures, "failed_in_a_row": failed},
        records={RECORDS: record},
    )


def _failed_before(checks: Sequence[Mapping[Any, Any]], now: datetime) -> int:
    """How many checks just before failed, without a gap of hours between two, or a good one.

    Several within minutes, as when a person looks, are one.
    """
    failed, last = 0, now
    for check in checks:
        since = last - check["checked_at"]
        if since < timedelta(0):
            continue  # written by a clock that has gone back since
        if check["is_connected"] or since > _IN_A_ROW:
            break
        if since >= _SAME:
            failed, last = failed + 1, check["checked_at"]
    return failed


def _guard(inputs: Inputs, settings: RetailSettings, now: datetime, failed: int) -> dict[str, Any] | None:
    """What keeps the command from running now, as a note."""
    rules = settings.internet
    ran = [moment for moment in inputs["command"]["ran_at"].tolist() if moment is not None]
    if ran and now - max(ran) < timedelta(hours=rules.gap_hours):
        return note("command_too_soon", NAME, f"it last ran at {_moment(max(ran))}; gap_hours is {rules.gap_hours:g}")
    others = inputs["at_work"]["what"].tolist()
    if others and rules.at_work == "wait" and failed < rules.failures + _MOST_WAITS:
        return note("command_waits", NAME, f"at work: {', '.join(others)}")
    return None


def _command(settings: RetailSettings, inputs: Inputs, now: datetime, failed: int) -> dict[str, Any]:
    others = inputs["at_work"]["what"].tolist()
    cut = f"; at work meanwhile, and cut off if it restarts the machine: {', '.join(others)}" if others else ""
    return {
        "key": effect_keys.command(NAME, now),
        "kind": "command",
        "target": settings.internet.command[0],
        "payload": {"argv": list(settings.internet.command), "seconds": settings.internet.command_seconds},
        "not_after": now + _COMMAND_GOOD_FOR,  # what restarts the machine must not do so an hour after all is well
        "keep_first": True,
        "label": "no internet connection",
        "reason": f"{failed} checks in a row found no internet connection{cut}",
    }


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


AUTOMATION = Automation(
    name=NAME,
    number=3,
    title="Check the internet connection",
    description="Asks three hosts; when none answers it says so, or runs the command that is set.",
    cron="0 * * * *",
    targets=("machine",),
    needs=needs,
    plan=plan,
)
