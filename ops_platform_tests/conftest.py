"""What every test may use: a real PostgreSQL server for the session, a migrated database for the module.

What belongs here: shared, expensive, real parts. What does not: data of one business and helpers of one test.
Databases are real on purpose; nothing of ours is replaced by a stand-in.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import hypothesis
import psutil
import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.migrations import migrate, set_search_path
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform_tests.chaos import FULL

REAL_VEHICLES = Path(__file__).resolve().parents[2] / "shared" / "data" / "vehicles"
_HOME_PREFIX = "ops-tests-"
_ROOM = 6 * 1024**3  # bytes: four test sessions with their write-ahead logs
_numbers = count(1)

# Rules are tried with some examples in every run, the same ones each time: whether a change is good must not depend on
# luck. Where faults are looked for at length they are many, and new ones.
hypothesis.settings.register_profile("short", max_examples=25, deadline=None, derandomize=True)
hypothesis.settings.register_profile("full", max_examples=300, deadline=None)
hypothesis.settings.load_profile("full" if FULL else "short")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_this_machine() -> Iterator[None]:
    """A developer's OPS_* and PG* variables must not steer tests; OPS_CHAOS is meant for them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("OPS_", "PG")) and name != "OPS_CHAOS":
                patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """A shell that starts tests in the background lets them ignore SIGINT, and their processes would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _log_is_heard() -> Iterator[None]:
    """A command that runs in the test's process says how much is logged, and the next test would not hear the rest."""
    logging.getLogger("ops_platform").setLevel(logging.NOTSET)
    yield
    logging.getLogger("ops_platform").setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def pg_server() -> Iterator[EmbeddedPostgres]:
    """One embedded server for this session (and xdist worker), in a folder of its own, fsync off."""
    stop_servers_of_killed_sessions()
    home = open_temp_dir(_HOME_PREFIX)
    server = EmbeddedPostgres(home, fsync=False)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        remove_home(home)


@pytest.fixture(scope="session")
def template_database(pg_server: EmbeddedPostgres) -> str:
    """The name of a migrated, empty database that others are copied from; nothing stays connected to it."""
    name = "ops_template"
    migrate(pg_server.create_database(name))
    return name


@pytest.fixture(scope="module")
def database_url(pg_server: EmbeddedPostgres, template_database: str) -> Iterator[str]:
    """The plain URL of a fresh, migrated database for this test module; dropped afterwards."""
    name = f"test_{next(_numbers)}"
    url = pg_server.create_database(name, template=template_database)
    set_search_path(url)
    try:
        yield url
    finally:
        pg_server.drop_database(name)


@pytest.fixture(scope="module")
def open_db(database_url: str) -> Iterator[Database]:
    """That database, opened; with what the module's tests leave in it."""
    db = Database(database_url)
    yield db
    db.close()


@pytest.fixture(scope="session")
def real_vehicles() -> Path:
    """The folder of the agency's real files; tests that ask for it carry the marker `realdata`."""
    if not REAL_VEHICLES.is_dir():
        pytest.skip(f"the real vehicle files are not in {REAL_VEHICLES}")
    return REAL_VEHICLES


def open_temp_dir(prefix: str, *, on_disk: bool = False) -> Path:
    """A temporary folder that root's database account can enter (mkdtemp's own is closed, 0700).

    In memory where there is room; on_disk: for what is measured.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=None if on_disk else _temp_folder()))
    folder.chmod(0o755)
    return folder


@functools.cache
def _temp_folder() -> Path:
    """Where databases of tests lie: emptying tables makes and removes files, a quarter of a test's time on a disk."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM:
        return memory if psutil.virtual_memory().available > 2 * _ROOM else Path(tempfile.gettempdir())
    return Path(tempfile.gettempdir())


def remove_home(home: Path) -> None:
    """Remove a platform folder, and the database folder it may point to."""
    base = home / "postgres"
    if base.is_symlink():
        shutil.rmtree(base.resolve(), ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def stop_servers_of_killed_sessions() -> None:
    """A test session that was killed leaves its server running; nobody is attached to it any more."""
    for home in _temp_folder().glob(f"{_HOME_PREFIX}*"):
        with contextlib.suppress(PostgresError, OSError):
            # A young folder may belong to a session that is just beginning.
            if time.time() - home.stat().st_mtime > 600 and EmbeddedPostgres(home).stop():
                remove_home(home)
