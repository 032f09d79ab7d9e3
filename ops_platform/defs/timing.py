"""When schedules tick: times, zones and intervals as they stand in the environment, and their cron lines.

Definitions read nothing but the environment when they are loaded, because a cron line belongs to the definition and
cannot be looked up later. `ops` sets the variables from the settings for the processes it starts, so that ops.yaml
counts as well. What is scheduled is said in <business>/schedules.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, time

_CLOCK = re.compile(r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(:\d\d)?")
_DAY = 1440


def time_of(environment: Mapping[str, str], name: str, default: str) -> time:
    """Return the time of day of a variable (HH:MM). Errors: ValueError naming it."""
    text = environment.get(name) or default
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{name} is {text!r}; write a time of day like {default}")
    return time(int(match["hour"]), int(match["minute"]))


def times_of(environment: Mapping[str, str], name: str) -> dict[str, time]:
    """Return the times of day of a variable, by what they are of: {"tea": "16:30"}. Errors: ValueError naming it."""
    text, example = environment.get(name) or "{}", '{"tea": "16:30"}'
    try:
        return {what: time_of({name: at}, name, "10:00") for what, at in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        raise ValueError(f"{name} is {text!r}; write times of day like {example}") from None


def zone_of(environment: Mapping[str, str], name: str, default: str) -> str:
    """Return the time zone of a variable; Dagster refuses one it does not know."""
    return environment.get(name) or default


def day_of(environment: Mapping[str, str], name: str, default: date) -> date:
    """Return the day of a variable (YYYY-MM-DD). Errors: ValueError naming it."""
    text = environment.get(name) or default.isoformat()
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{name} is {text!r}; write a day like {default}") from None


def daily_cron(moment: time) -> str:
    """Return the cron line for once a day."""
    return f"{moment.minute} {moment.hour} * * *"


def interval_crons(minutes: int) -> list[str]:
    """Return the cron lines for every so many minutes of a day, counted from midnight. minutes: 1..1440.

    What divides neither the hour nor the day (7, 45, 90) is written out time by time, because `*/7` would tick
    at 56 and then at 0.
    """
    if minutes < 60 and 60 % minutes == 0:
        return ["* * * * *" if minutes == 1 else f"*/{minutes} * * * *"]
    hours_at: dict[int, list[int]] = {}
    for moment in range(0, _DAY, minutes):
        hours_at.setdefault(moment % 60, []).append(moment // 60)
    return [f"{minute} {','.join(map(str, hours))} * * *" for minute, hours in sorted(hours_at.items())]


def minutes_of(environment: Mapping[str, str], name: str, default: int) -> int:
    """Return the minutes of a variable, 1..1440. Errors: ValueError naming it."""
    text = environment.get(name) or str(default)
    if not text.strip().isdecimal() or not 1 <= int(text) <= _DAY:
        raise ValueError(f"{name} is {text!r}; write a number of minutes from 1 to {_DAY}")
    return int(text)
