"""Open the platform for one command: settings, database (the embedded one when no URL is set), folders, today.

Imports pandas and the drivers, so a command imports this module when it runs, never at its top. The opening itself
is `ops_platform.flows.session`, which the agency's script uses as well.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database, records
from ops_platform.cli.errors import USAGE, CommandError
from ops_platform.cli.output import errors, use_zone
from ops_platform.flows.session import PlatformSession, open_platform
from ops_platform.flows.vehicles.dealerships import Directory, load_directory
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.settings import Settings, load_settings


@dataclass(frozen=True)
class Platform:
    """An open platform. Times are in the agency's zone (settings: vehicles.timezone)."""

    session: PlatformSession

    @property
    def settings(self) -> Settings:
        """What the person set."""
        return self.session.settings

    @property
    def db(self) -> Database:
        """The platform's own database."""
        return self.session.db

    @property
    def folders(self) -> VehicleFolders:
        """Where scrapes come in and exports and QR files go."""
        return VehicleFolders.of(self.settings)

    def now(self) -> datetime:
        """This moment, aware."""
        return datetime.now(ZoneInfo(self.settings.vehicles.timezone))

    def today(self) -> date:
        """The agency's calendar day."""
        return self.now().date()

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of one query of sql/, as dicts."""
        with self.db.engine.connect() as connection:
            return records(connection, query, **parameters)


@contextmanager
def open_session(settings: Settings | None = None) -> Iterator[Platform]:
    """Yield the open platform; what it is busy with shows on standard error of a terminal.

    The embedded server stops at the end, unless another process uses it. Errors: SettingsError, PostgresError,
    MigrationError; `errors.explain` knows them.
    """
    settings = settings or load_settings()
    configure_logging(settings)
    use_zone(ZoneInfo(settings.vehicles.timezone))
    with ExitStack() as stack:
        with errors.status("opening the platform") as status:
            session = stack.enter_context(open_platform(settings, progress=status.update))
        yield Platform(session)


def configure_logging(settings: Settings) -> None:
    """Log to standard error: this platform at the level of the settings, libraries only their warnings."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%H:%M:%S")
    level = max(logging.getLevelName(settings.log_level), logging.WARNING)
    logging.getLogger("ops_platform").setLevel(
        logging.DEBUG if settings.log_level == "DEBUG" else level  # INFO lines would tear the tables apart
    )


def find_dealership(directory: Directory, text: str) -> str:
    """The dealership a person means: its name or an alias, whatever the capitals and punctuation.

    Raises CommandError (exit code 2) with the nearest name.
    """
    names = [*directory.clients, *directory.problems]
    if text in names:
        return text
    found = directory.locations.resolve(text)
    if found is not None:
        return found
    near = directory.locations.suggest(text)
    hint = f'Did you mean "{near}"?' if near else "`ops vehicles dealerships list` shows all."
    raise CommandError(f'There is no dealership "{text}". {hint}', code=USAGE)


def find_dealerships(platform: Platform, texts: list[str]) -> list[str]:
    """`find_dealership` for many; nothing given means every active dealership."""
    directory = load_directory(platform.db)
    if not texts:
        return [client.name for client in directory.active]
    return list(dict.fromkeys(find_dealership(directory, text) for text in texts))
