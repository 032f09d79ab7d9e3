"""One look of the watchdog put together: what is asked, in which order, and what is left out when something is away.

What belongs here: opening what a look needs, and passing what was seen on. What does not: what is wrong and who is told
(dagster_instance/looks.py, flows/operations, core), and when to look (watchdog.py, `ops watchdog --once`).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self, TypeVar

import sqlalchemy as sa

from ops_platform.adapters.database import Database
from ops_platform.adapters.heartbeat import HeartbeatError, beat
from ops_platform.adapters.postgres.urls import Urls
from ops_platform.cli.platform_reading import find_urls, read_platform
from ops_platform.core.alerts import Look
from ops_platform.core.platform_causes import disk_look, platform_looks
from ops_platform.dagster_instance.environment import dagster_environment
from ops_platform.flows.operations.alerting import Round, look_and_tell, rules_of
from ops_platform.flows.operations.book import Book, BusyError
from ops_platform.flows.operations.channels import channels_of
from ops_platform.flows.operations.looks import database_looks, disk_readings
from ops_platform.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from ops_platform.dagster_instance.looks import DagsterRecords

T = TypeVar("T")
LOG_EVERY: Final = timedelta(hours=1)
_log = logging.getLogger("ops_platform.watchdog")


class Watchdog:
    """What one process needs to look again and again. A context manager: it closes what it opened.

    The databases are asked anew each time; Dagster's instance is kept, because making one takes seconds.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        # dagster_instance() puts the databases' URLs into the environment. Settings that are read after that would take
        # the built-in server, which ends with the platform, for one of the user's own: one fault, two alerts.
        self._env = dict(os.environ)
        self.book = Book(settings.home, rules_of(settings))
        self._opened = ExitStack()
        self._records: DagsterRecords | None = None
        self._logged_at: datetime | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def reload(self) -> None:
        """Take the settings as they are now: who gets alerts must not wait for a restart."""
        with suppress(SettingsError):  # a file that somebody is editing
            self.settings = load_settings(env=self._env)

    def look(self, now: datetime | None = None) -> Round | None:
        """Look at everything once, and tell; None when another process is at it. now: instead of this moment."""
        try:
            with self.book.locked():
                done = self._look(now or datetime.now(UTC))
            self._give_a_sign()
            return done
        except BusyError as error:
            _log.info("%s", error)
            return None

    def _give_a_sign(self) -> None:
        """Tell the outside service, if there is one, that somebody looks here."""
        url = self.settings.alerts.heartbeat_url
        if url is None:
            return
        try:
            beat(url.get_secret_value())
        except HeartbeatError as error:
            _log.warning("the sign of life was not taken: %s", error)

    def write_daily_logs(self) -> None:
        """Write the daily logs, once an hour."""
        now = datetime.now(UTC)
        if self._logged_at is not None and now - self._logged_at < LOG_EVERY:
            return
        urls, _ = find_urls(self.settings)
        if urls is None:
            return
        from ops_platform.dagster_instance.daily_logs import write_daily_logs

        with _database(urls) as db:
            write_daily_logs(db, self._dagster(urls).instance, self.settings, now)
        self._logged_at = now

    def _look(self, now: datetime) -> Round:
        wanted = self.settings.alerts
        urls, away = find_urls(self.settings)
        rules = rules_of(self.settings)
        with ExitStack() as opened:
            db = opened.enter_context(_database(urls)) if urls else None
            looks = self._records_look(db, urls, now)
            beats = daemons = None
            if urls:
                beats = _asked("the heartbeats", lambda: self._dagster(urls).heartbeats())
                daemons = _asked("the daemons", lambda: self._dagster(urls).daemons())
            reading = read_platform(self.settings, away, heartbeats=beats, daemons=daemons or ())
            looks += platform_looks(reading, now, silent_after=timedelta(minutes=wanted.daemon_silent_minutes))
            disks = disk_readings(self.settings)
            looks.append(disk_look(disks, free_gb=wanted.disk_free_gb, free_percent=wanted.disk_free_percent))
            self.book.use(db, rules)
            return look_and_tell(self.book, channels_of(self.settings, rules), looks, now, self.settings)

    def _records_look(self, db: Database | None, urls: Urls | None, now: datetime) -> list[Look]:
        """What the databases tell; nothing is over because they are away."""
        if db is None or urls is None:
            return []
        looks, told = database_looks(db, self.settings, now)
        asked: dict[str, Callable[[DagsterRecords], Look]] = {
            "runs": lambda records: records.runs(now, told_elsewhere=told.runs),
            "checks": lambda records: records.checks(
                now, warnings=self.settings.alerts.include_warnings, told_elsewhere=told.assets
            ),
            "ticks": lambda records: records.ticks(now),
        }
        for area, ask in asked.items():
            found = _asked(area, lambda ask=ask: ask(self._dagster(urls)))  # type: ignore[misc]
            looks.append(found or Look(area, None))
        return looks

    def _dagster(self, urls: Urls) -> DagsterRecords:
        if self._records is None:
            from ops_platform.dagster_instance.looks import DagsterRecords

            self._records = DagsterRecords(self._opened.enter_context(dagster_instance(self.settings, urls)))
        return self._records


@contextmanager
def dagster_instance(settings: Settings, urls: Urls) -> Iterator[DagsterInstance]:
    """Yield Dagster's instance, as `ops up` makes it."""
    from dagster import DagsterInstance

    os.environ.update(dagster_environment(settings, urls))
    with DagsterInstance.get() as instance:
        yield instance


@contextmanager
def _database(urls: Urls) -> Iterator[Database]:
    db = Database(urls.ops, application_name=f"ops watchdog:{os.getpid()}", pool_size=1)
    try:
        yield db
    finally:
        db.close()


def _asked(what: str, ask: Callable[[], T]) -> T | None:
    """An answer; None when there is none now. Whatever goes wrong in one question must not keep the others unasked."""
    from ops_platform.dagster_instance.storage import DatabaseNotReadyError

    try:
        return ask()
    except (sa.exc.SQLAlchemyError, OSError, DatabaseNotReadyError) as error:
        _log.warning("%s could not be looked at: %s", what, str(error).splitlines()[0])
    except Exception:
        _log.exception("%s could not be looked at", what)
    return None
