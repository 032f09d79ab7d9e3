"""The platform's Dagster instance on a real database, for tests that look at what it keeps."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from ops_platform.adapters.postgres.urls import Urls
from ops_platform.dagster_instance.environment import dagster_environment
from ops_platform.settings import load_settings


@pytest.fixture(scope="module")
def instance(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    """As an `ops` command opens it; one for the module, because its tables take a second."""
    root = tmp_path_factory.mktemp("instance")
    settings = load_settings(root, env={"OPS_HOME": str(root / "home")})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in dagster_environment(settings, Urls(database_url, database_url, database_url)).items():
            patch.setenv(name, value)
        with dg.DagsterInstance.get() as found:
            # Dagster opens a connection an event otherwise.
            found.optimize_for_webserver(statement_timeout=600_000, pool_recycle=3600, max_overflow=20)
            yield found
