"""A platform folder with an initialised server, shared by the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform_tests.conftest import open_temp_dir, remove_home


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A platform folder whose server is initialised and stopped; tests start it as they need."""
    folder = open_temp_dir("ops-server-")
    with EmbeddedPostgres(folder, fsync=False):
        pass
    yield folder
    remove_home(folder)


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedPostgres]:
    """A started server on that folder, stopped afterwards."""
    with EmbeddedPostgres(home, fsync=False) as started:
        yield started
