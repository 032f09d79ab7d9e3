"""From settings to URLs: own servers, the running embedded one, and the message when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops_platform.adapters.postgres.databases import database_urls, needs_embedded
from ops_platform.adapters.postgres.errors import DatabaseNotRunning
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.settings import Settings, load_settings

OWN = {
    "OPS_DATABASE_URL": "postgresql+psycopg://a:b@db.example:5432/one",
    "OPS_DAGSTER_DATABASE_URL": "postgresql://a:b@db.example/two",
    "OPS_COUNTERPOINT_DATABASE_URL": "postgres://a:b@db.example/three",
}


def with_env(home: Path, **env: str) -> Settings:
    """Settings of an empty checkout."""
    return load_settings(home, {"OPS_HOME": str(home), **env})


def test_urls_of_ones_own_are_used_and_nothing_has_to_run(tmp_path: Path) -> None:
    settings = with_env(tmp_path, **OWN)
    assert not needs_embedded(settings)
    urls = database_urls(settings)
    assert urls.ops == "postgresql://a:b@db.example:5432/one"
    assert urls.dagster == "postgresql://a:b@db.example/two"
    assert urls.counterpoint == "postgresql://a:b@db.example/three"


def test_without_urls_the_running_embedded_server_is_used(pg_server: EmbeddedPostgres) -> None:
    settings = with_env(pg_server.home)
    assert needs_embedded(settings)
    assert database_urls(settings) == pg_server.info.urls


def test_one_own_url_replaces_only_its_database(pg_server: EmbeddedPostgres) -> None:
    urls = database_urls(with_env(pg_server.home, OPS_DATABASE_URL=OWN["OPS_DATABASE_URL"]))
    assert urls.ops == "postgresql://a:b@db.example:5432/one"
    assert urls.dagster == pg_server.info.urls.dagster


def test_a_server_that_does_not_run_is_told_with_the_command_and_the_settings(tmp_path: Path) -> None:
    with pytest.raises(DatabaseNotRunning) as caught:
        database_urls(with_env(tmp_path, OPS_DATABASE_URL=OWN["OPS_DATABASE_URL"]))
    text = str(caught.value)
    assert text.startswith("the platform's database is not running: start it with `ops up` (or set OPS_DATABASE_URL")
    assert "because without OPS_DAGSTER_DATABASE_URL, OPS_COUNTERPOINT_DATABASE_URL it is" in text
