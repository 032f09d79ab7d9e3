"""What steps, sensors and schedules are given: the settings and the database. Nouns, no rules.

Nothing is read or connected when definitions are loaded: a resource looks when it is asked, and imports then.
Neither has a field, so no URL and no password stands in a run's configuration, which Dagster shows to anybody who
can reach its UI.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from ops_platform.adapters.database import Database
    from ops_platform.settings import Settings

RETRIES = 4
SECONDS_BETWEEN = 3
# SQLSTATE classes of a server that goes, comes, or ended the connection (PostgreSQL manual, appendix A).
_AWAY = ("08", "57P")


class OpsSettings(dg.ConfigurableResource):
    """The settings of this checkout: environment, .env, ops.yaml."""

    def get(self) -> Settings:
        """Return the settings; SettingsError names every wrong key."""
        from ops_platform.settings import settings

        return settings()


class OpsDatabase(dg.ConfigurableResource):
    """The platform's database, embedded or a server of your own."""

    @contextmanager
    def open(self) -> Iterator[Database]:
        """Yield the database; its connections are given back at the end. Errors are raised as they are."""
        from ops_platform.adapters.database import Database
        from ops_platform.adapters.postgres.databases import database_urls
        from ops_platform.settings import settings

        db = Database(database_urls(settings()).ops, application_name="ops dagster")
        try:
            yield db
        finally:
            db.close()

    @contextmanager
    def for_step(self) -> Iterator[Database]:
        """Like `open`, for the body of a step: while the server restarts the step is tried again.

        Only a lost or refused connection is tried again. Anything else (a full disk, a wrong row, a defect)
        would fail the same way and is raised at once.
        """
        try:
            with self.open() as db:
                yield db
        except Exception as error:
            if stop := interruption(error):
                raise stop from None
            if not is_away(error):
                raise
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=SECONDS_BETWEEN) from error


def interruption(error: BaseException) -> BaseException | None:
    """Return the Ctrl-C or the cancellation behind an error, if there is one.

    Raised inside the driver it comes out as an OperationalError without a state, which looks like a lost server: the
    step would be tried again and the run a person ended would go on to its end.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, dg.DagsterExecutionInterruptedError | KeyboardInterrupt):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def is_away(error: BaseException) -> bool:
    """Tell whether an error means that the database could not be reached, now and perhaps not for long."""
    import psycopg

    cause = getattr(error, "orig", None) or error  # SQLAlchemy wraps the driver's error
    if not isinstance(cause, psycopg.OperationalError):
        return False
    return cause.sqlstate is None or cause.sqlstate.startswith(_AWAY)
