"""What the commands about names share: who it is, problems of files, and matching again when the menu changed."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ops_platform.cli.errors import USAGE, CommandError
from ops_platform.cli.output import errors, line, warn
from ops_platform.cli.session import Platform
from ops_platform.flows.restaurant.rematching import RematchReport, rematch
from ops_platform.restaurant.sheets import Problem

_SHOWN = 40


def person(by: str | None) -> str:
    """Who decides: --by, or the login name. Raises CommandError when neither tells."""
    try:
        who = (by or getpass.getuser()).strip()
    except (KeyError, OSError, ImportError):  # a container may know no name for its user
        who = ""
    if not who:
        raise CommandError("this system does not say who you are; add --by NAME", code=USAGE)
    return who


def show_problems(file: str, problems: Sequence[Problem]) -> None:
    """Rows that were not taken, with their place; on standard error so that --json stays JSON."""
    for problem in problems[:_SHOWN]:
        warn(f"{file}, {problem}")
    if len(problems) > _SHOWN:
        warn(f"{file}: {len(problems) - _SHOWN:,} more rows; --json lists all")


def problem_rows(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """The same for --json."""
    return [problem._asdict() for problem in problems]


def match_again(platform: Platform, now: datetime) -> RematchReport:
    """Match unsure lines again, because the menu is another one now."""
    with errors.status("matching unsure lines again"):
        return rematch(platform.db, settings=platform.settings, now=now)


def show_rematch(report: RematchReport) -> None:
    """What that did, in a line."""
    if report.changed:
        line(
            f"Unsure lines were matched again: {report.linked:,} have a link now that had none, "
            f"{report.unlinked:,} lost theirs. `ops restaurant status` shows where everything stands."
        )
