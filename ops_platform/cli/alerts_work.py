"""The work of `ops alerts` and `ops watchdog`. Nothing is started: alerts are there for when the database is not."""

from __future__ import annotations

import getpass
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database
from ops_platform.cli.errors import CommandError, explain
from ops_platform.cli.output import heading, indented, line, print_json, print_table, use_zone, warn
from ops_platform.cli.platform_reading import find_urls
from ops_platform.core.alert_messages import plain, subject
from ops_platform.core.alerts import Alert, duration
from ops_platform.flows.operations import alerting
from ops_platform.flows.operations.alerting import Round
from ops_platform.flows.operations.book import Book, BusyError
from ops_platform.flows.operations.channels import channels_of
from ops_platform.settings import Settings, load_settings

if TYPE_CHECKING:
    from ops_platform.cli.watching import Watchdog

_WAIT_SECONDS: Final = 60.0
_NOBODY: Final = (
    "Nobody is told: set alerts.to (ops.yaml) and the account of `mail`, or OPS_ALERTS__APPRISE_URLS (.env). Alerts "
    "are only here and in the watchdog's log."
)


def show_open(*, as_json: bool) -> None:
    """What is wrong now."""
    now = datetime.now(UTC)
    with _book() as (settings, book):
        alerts = [alert for alert in book.load(now).alerts if alert.is_open and alert.due_at <= now]
        names = [channel.name for channel in channels_of(settings, alerting.rules_of(settings))]
    if as_json:
        print_json({"open": [_row(alert) for alert in alerts], "channels": names})
        return
    if not alerts:
        line("Nothing is wrong that the watchdog knows of.")
    for alert in alerts:
        _show(alert, now)
    line(f"Told through: {', '.join(names)}." if names else _NOBODY)


def history(*, limit: int, as_json: bool) -> None:
    """The newest alerts."""
    with _book() as (_, book):
        if book.db is None:
            raise CommandError("the history is in the database, which does not answer; `ops alerts` shows what is open")
        alerts = book.history(limit)
    if as_json:
        print_json([_row(alert) for alert in alerts])
        return
    rows = [
        (
            alert.first_seen,
            duration(alert.over_at - alert.first_seen) if alert.over_at else "open",
            alert.title,
            alert.key,
            alert.count,
            "yes" if alert.told_at else "no",
        )
        for alert in alerts
    ]
    print_table(
        "", ["since", "lasted", "what", "key", "times", "told"], rows, right=["times"], whole=["since", "lasted"]
    )


def acknowledge(key: str, *, who: str | None) -> None:
    """Note that somebody knows."""
    with _book() as (_, book), book.locked(_WAIT_SECONDS):
        try:
            alert = alerting.acknowledge(book, key, who or getpass.getuser(), datetime.now(UTC))
        except alerting.UnknownAlertError as error:
            raise CommandError(str(error)) from None
    line(f"Noted: {alert.acked_by} knows of {alert.key}. It is not reminded of any more.")


def send_test(*, as_json: bool) -> int:
    """Send a test alert; the exit code."""
    with _book() as (settings, book):
        channels = channels_of(settings, alerting.rules_of(settings))
        if not channels:
            raise CommandError(_NOBODY)
        with book.locked(_WAIT_SECONDS):
            tried = alerting.send_test(book, channels, datetime.now(UTC), settings)
    if as_json:
        print_json([asdict(delivery) for delivery in tried])
    else:
        for delivery in tried:
            line(f"{delivery.channel}: {f'not delivered: {delivery.reason}' if delivery.reason else 'delivered'}")
    return 1 if any(delivery.reason for delivery in tried) else 0


def watch_once(*, as_json: bool) -> None:
    """One look of the watchdog; prints what it told, and nothing when there was nothing to tell.

    Nor when another one is looking at this moment: it tells what there is, and cron would mail every word.
    """
    from ops_platform.cli.watching import Watchdog

    settings = load_settings()
    quiet_logs()
    with Watchdog(settings) as watchdog:
        done = watchdog.look()
        if done is not None:
            _show_round(done, as_json=as_json)
            _write_daily_logs(watchdog)
        elif as_json:
            print_json({"open": None, "told": [], "not_delivered": []})


def _show_round(done: Round, *, as_json: bool) -> None:
    if as_json:
        told = [subject(message) for message in done.sent]
        failed = [asdict(each) for each in done.deliveries if each.reason]
        print_json({"open": [_row(alert) for alert in done.open], "told": told, "not_delivered": failed})
        return
    for message in done.sent:
        line(plain(subject(message)))
    for delivery in done.deliveries:
        if delivery.reason:
            warn(f"{delivery.channel} could not deliver it: {delivery.reason}")


def _write_daily_logs(watchdog: Watchdog) -> None:
    """What was told was told, also on a full disk: logs that cannot be written are no failure of the look."""
    try:
        watchdog.write_daily_logs()
    except Exception as error:
        known = explain(error)
        if known is None:
            raise
        warn(f"the daily logs could not be written: {known[0]}")


def quiet_logs() -> None:
    """What the watchdog writes into its log is on the screen already."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("ops_platform").setLevel(logging.ERROR)


@contextmanager
def _book() -> Iterator[tuple[Settings, Book]]:
    settings = load_settings()
    quiet_logs()
    use_zone(ZoneInfo(settings.retail.timezone))
    urls, _ = find_urls(settings)
    db = Database(urls.ops, application_name="ops alerts", pool_size=1) if urls else None
    try:
        yield settings, Book(settings.home, alerting.rules_of(settings), db)
    except BusyError as error:
        raise CommandError(f"{error}; try again in a minute") from None
    finally:
        if db is not None:
            db.close()


def _show(alert: Alert, now: datetime) -> None:
    known = f", known by {alert.acked_by}" if alert.acked_at else ""
    told = "told" if alert.told_at else "nobody told yet"
    times = f", {alert.count} times" if alert.count > 1 else ""
    heading(alert.title)
    line(f"    {alert.key}: for {duration(now - alert.first_seen)}{times}, {told}{known}")
    for text in (alert.detail, alert.advice):
        if text:
            indented(text)
    line("")


def _row(alert: Alert) -> dict[str, Any]:
    return asdict(alert)
