"""`ops restaurant review`: a person decides names at the keyboard."""

from __future__ import annotations

import sys
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import typer

from ops_platform.cli.errors import INTERRUPTED, USAGE, CommandError
from ops_platform.cli.output import console, line
from ops_platform.cli.restaurant_desk import Desk
from ops_platform.cli.restaurant_keys import terminal_keys
from ops_platform.cli.restaurant_person import match_again, person, show_rematch
from ops_platform.cli.restaurant_queue import show_decided
from ops_platform.cli.restaurant_screen import rupees
from ops_platform.cli.restaurant_session import ReviewSession, Summary
from ops_platform.cli.restaurant_status import open_shop


def review(*, by: str | None) -> None:
    """Show name after name until the queue is empty or the person quits. Raises CommandError without a terminal."""
    if not (sys.stdin.isatty() and console.is_terminal):
        raise CommandError(
            "review needs a terminal. In a script or without one: ops restaurant queue export queue.csv, fill in the "
            "column decision, ops restaurant queue import queue.csv",
            code=USAGE,
        )
    who = person(by)
    with open_shop() as (platform, now):
        zone = ZoneInfo(platform.settings.restaurant.timezone)
        desk = Desk(platform.db, platform.settings, who, lambda: datetime.now(zone))
        if not desk.waiting():
            line("No name waits for a person.")
            return
        summary, interrupted = _at_the_keyboard(desk)
        _show_summary(summary)
        if summary.changed_menu:
            show_rematch(match_again(platform, now))
    if interrupted:
        raise typer.Exit(INTERRUPTED)


def _at_the_keyboard(desk: Desk) -> tuple[Summary, bool]:
    """Run a session on a screen of its own, which goes at the end; return what it did, and whether Ctrl-C ended it.

    Ctrl-C ends it like q, only with its own exit code: every decision so far is kept, and the person sees which.
    """
    interrupted = False
    with terminal_keys() as keys, console.screen(hide_cursor=True) as screen:
        session = ReviewSession(desk, keys, screen.update)
        try:
            session.run()
        except KeyboardInterrupt:
            interrupted = True
    return session.summary, interrupted


def _show_summary(summary: Summary) -> None:
    if summary.decided:
        show_decided(summary.decided)
    answered = summary.answered
    lines = sum(one.line_count for one in answered)
    worth = sum((one.revenue for one in answered), Decimal(0))
    skipped = len(summary.decided) - len(answered)
    line(
        f"{len(answered):,} names decided, {lines:,} lines worth {rupees(worth)}"
        f"{f', {skipped:,} skipped' if skipped else ''}; "
        f"{summary.left:,} names wait, worth {rupees(summary.rupees_left)}."
    )
