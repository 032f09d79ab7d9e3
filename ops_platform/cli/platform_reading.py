"""How the platform is doing, asked from outside: its processes, its web page, its databases, its daemon.

What belongs here: asking, with short timeouts, and never raising. What does not: what an answer means
(core/platform_causes.py). Nothing is started: a database that is away is what is looked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import psycopg
import yaml

from ops_platform.adapters.postgres.databases import database_urls, needs_embedded
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.postgres.urls import Urls, plain_url
from ops_platform.cli.intake import served
from ops_platform.cli.services.announcement import Announcement, announced
from ops_platform.cli.services.endpoint import Endpoint
from ops_platform.cli.services.ports import answers_http
from ops_platform.core.platform_causes import PlatformReading
from ops_platform.settings import Settings

_SECONDS: Final = 5


def find_urls(settings: Settings) -> tuple[Urls | None, str | None]:
    """The databases' URLs, or why there is none to ask; a server that is asked and silent is the second as well."""
    try:
        urls = database_urls(settings)
    except PostgresError as error:
        return None, str(error)
    for url in dict.fromkeys((urls.ops, urls.dagster)):
        try:
            with psycopg.connect(plain_url(url), connect_timeout=_SECONDS) as connection:
                connection.execute("SELECT 1")
        except psycopg.Error as error:
            return None, " ".join(str(error).split()) or "no answer"
    return urls, None


def read_platform(
    settings: Settings,
    database: str | None,
    *,
    heartbeats: Mapping[str, datetime] | None = None,
    daemons: Sequence[str] = (),
) -> PlatformReading:
    """What can be seen of `ops up` of this home. database: why it does not answer."""
    said = announced(settings.home)
    if said is None:
        return PlatformReading(None, own_database=needs_embedded(settings), database=database, heartbeats=heartbeats)
    is_up = said.is_up
    return PlatformReading(
        began_at=said.began_at,
        is_up=is_up,
        ended_at=said.ended_at,
        own_database=needs_embedded(settings),
        database=database,
        ui=_ui(said) if is_up else None,
        code_server=_code_server(Path(said.workspace)) if is_up else None,
        forms=_forms(settings) if is_up and settings.intake.enabled else None,
        heartbeats=heartbeats,
        daemons=daemons,
        restarts=said.restarts,
    )


def _ui(said: Announcement) -> str | None:
    return answers_http(*said.ui)


def _forms(settings: Settings) -> str | None:
    host, port = settings.intake.host, settings.intake.port
    return None if served(host, port) else f"the forms do not answer at {host}:{port}"


def _code_server(workspace: Path) -> str | None:
    try:
        server = yaml.safe_load(workspace.read_text(encoding="utf-8"))["load_from"][0]["grpc_server"]
        endpoint = Endpoint(server.get("socket"), server.get("port"))
    except (OSError, yaml.YAMLError, KeyError, TypeError, IndexError) as error:
        return f"{workspace}: {error}"
    return None if endpoint.answers() else "nothing listens where it should; the definitions may not load"
