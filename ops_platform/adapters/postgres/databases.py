"""Which databases the platform uses: the person's own servers, else the embedded one.

What belongs here: from settings to URLs. What does not: starting a server (server.py; only commands do that).
"""

from __future__ import annotations

from typing import Final

from ops_platform.adapters.postgres.errors import DatabaseNotRunning
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.adapters.postgres.urls import Urls, plain_url
from ops_platform.settings import Settings

_VARIABLES: Final = {
    "ops": "OPS_DATABASE_URL",
    "dagster": "OPS_DAGSTER_DATABASE_URL",
}
"""What nothing works without. The point of sale's database is the store's business alone."""


def embedded_server(settings: Settings) -> EmbeddedPostgres:
    """The supervisor of the embedded server as the settings want it; nothing is started."""
    return EmbeddedPostgres(settings.home, port=settings.postgres.port, bin_dir=settings.postgres.bin_dir)


def needs_embedded(settings: Settings) -> bool:
    """Whether the platform's or Dagster's database has no URL of its own, so that the embedded server has to run."""
    return bool(_missing(settings))


def database_urls(settings: Settings) -> Urls:
    """Plain URLs of the three databases: the settings' where given, else the running embedded server's.

    The point of sale's is empty where it has no URL and the embedded server, which holds its stand-in, is not needed
    and does not run. Never starts a server. Raises DatabaseNotRunning where one is needed and does not run.
    """
    own = {"counterpoint": "", **_own_urls(settings)}
    if own["counterpoint"] and not needs_embedded(settings):
        return Urls(**own)
    info = embedded_server(settings).peek()
    if info is not None:
        return Urls(**{name: own.get(name) or getattr(info.urls, name) for name in (*_VARIABLES, "counterpoint")})
    if needs_embedded(settings):
        raise DatabaseNotRunning(
            "the platform's database is not running: start it with `ops up` (or set OPS_DATABASE_URL to your "
            f"own server) because without {', '.join(_missing(settings))} it is the built-in PostgreSQL of "
            f"{settings.home}, which runs only as long as an ops command does"
        )
    return Urls(**own)


def _missing(settings: Settings) -> list[str]:
    own = _own_urls(settings)
    return [variable for name, variable in _VARIABLES.items() if name not in own]


def _own_urls(settings: Settings) -> dict[str, str]:
    given = {
        "ops": settings.database_url,
        "dagster": settings.dagster_database_url,
        "counterpoint": settings.counterpoint_database_url,
    }
    urls = {name: url.get_secret_value() for name, url in given.items() if url is not None}
    # The point of sale's own server is SQL Server; its URL names the driver and stays as it is.
    return {name: url if url.startswith("mssql") else plain_url(url) for name, url in urls.items()}
