"""From settings to URLs: own servers, the running embedded one, and the message when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops_platform.adapters.counterpoint import CounterpointError
from ops_platform.adapters.health import counterpoint
from ops_platform.adapters.postgres.databases import database_urls, needs_embedded
from ops_platform.adapters.postgres.errors import DatabaseNotRunning
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.flows.retail.systems import open_systems
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


def test_with_two_urls_of_ones_own_nothing_has_to_run_and_only_the_store_misses_its_own(tmp_path: Path) -> None:
    two = {name: url for name, url in OWN.items() if name != "OPS_COUNTERPOINT_DATABASE_URL"}
    settings = with_env(tmp_path, **two)
    assert not needs_embedded(settings)
    urls = database_urls(settings)
    assert (urls.dagster, urls.counterpoint) == ("postgresql://a:b@db.example/two", "")
    with open_systems(settings, urls.counterpoint) as systems, pytest.raises(CounterpointError, match="set OPS_"):
        systems.counterpoint.missing_columns()
    probe = counterpoint(settings, urls.counterpoint)
    assert (probe.ok, probe.optional) == (False, True)


def test_beside_two_urls_of_ones_own_the_stand_in_is_taken_where_it_runs(pg_server: EmbeddedPostgres) -> None:
    two = {name: url for name, url in OWN.items() if name != "OPS_COUNTERPOINT_DATABASE_URL"}
    urls = database_urls(with_env(pg_server.home, **two))
    assert urls.ops == "postgresql://a:b@db.example:5432/one"
    assert urls.counterpoint == pg_server.info.urls.counterpoint


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
    assert "because without OPS_DAGSTER_DATABASE_URL it is" in text
