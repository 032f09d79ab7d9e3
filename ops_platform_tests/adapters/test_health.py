"""The doctor's probes, against real things that are there, missing, old or closed."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from ops_platform.adapters import health
from ops_platform.adapters.health_probe import Probe
from ops_platform.adapters.migrations import migrate
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.settings import Settings, load_settings
from ops_platform_tests.adapters.counterpoint_rows import store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty checkout."""
    return load_settings(tmp_path, {})


@pytest.fixture
def unmigrated(pg_server: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a database without any table."""
    yield pg_server.create_database("health")
    pg_server.drop_database("health")


def with_database(root: Path, url: str) -> list[Probe]:
    """The probes of the databases when all three are this one."""
    names = ("OPS_DATABASE_URL", "OPS_DAGSTER_DATABASE_URL", "OPS_COUNTERPOINT_DATABASE_URL")
    return health.databases(load_settings(root, dict.fromkeys(names, url)))


def test_python_is_told_with_its_version() -> None:
    assert health.python() == Probe("python", True, platform.python_version(), sys.executable)


def test_an_older_python_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "OLDEST_PYTHON", (3, 99))
    probe = health.python()
    assert not probe.ok
    assert "make venv PYTHON=/path/to/python3.99" in probe.what_to_do


def test_the_programs_of_the_embedded_server_are_found(settings: Settings) -> None:
    probe = health.postgres_programs(settings)
    assert probe.ok
    assert int((probe.version or "0").partition(".")[0]) >= 15


def test_missing_programs_are_told_with_what_to_do(tmp_path: Path) -> None:
    probe = health.postgres_programs(load_settings(tmp_path, {"OPS_POSTGRES__BIN_DIR": str(tmp_path)}))
    assert not probe.ok
    assert str(tmp_path) in probe.detail
    assert "OPS_POSTGRES__BIN_DIR" in probe.what_to_do


def test_an_embedded_server_that_does_not_run_is_no_fault(settings: Settings) -> None:
    (probe,) = health.databases(settings)
    assert not probe.ok
    assert probe.optional
    assert probe.what_to_do == "start it with `ops up`"


def test_a_migrated_database_is_fine(database_url: str, tmp_path: Path) -> None:
    probes = with_database(tmp_path, database_url)
    assert [probe.name for probe in probes] == ["database ops", "database dagster", "database counterpoint"]
    assert all(probe.ok for probe in probes)
    assert "migration 0" in probes[0].detail
    with psycopg.connect(database_url) as connection:
        assert probes[0].version == (connection.info.parameter_status("server_version") or "").split()[0]


def test_passwords_are_never_shown(database_url: str, tmp_path: Path) -> None:
    password = database_url.split(":")[2].split("@", maxsplit=1)[0]
    broken = database_url.replace("127.0.0.1", "127.0.0.1.invalid")
    for url in (database_url, broken, database_url.replace("//ops:", "//nobody:")):
        assert password not in repr(with_database(tmp_path, url))


def test_a_database_that_is_not_migrated_is_told(unmigrated: str, tmp_path: Path) -> None:
    probe = with_database(tmp_path, unmigrated)[0]
    assert not probe.ok
    assert "not migrated yet: 0001_" in probe.detail
    assert probe.what_to_do == "run `ops migrate`"


def test_a_database_of_newer_code_is_told(unmigrated: str, tmp_path: Path) -> None:
    migrate(unmigrated)
    with psycopg.connect(unmigrated) as connection:
        connection.execute("UPDATE ops.migration_version SET version_num = '9999'")
    probe = with_database(tmp_path, unmigrated)[0]
    assert not probe.ok
    assert "git pull" in probe.what_to_do


def test_an_edited_migration_is_told(unmigrated: str, tmp_path: Path) -> None:
    migrate(unmigrated)
    with psycopg.connect(unmigrated) as connection:
        connection.execute("UPDATE ops.migration_checksums SET sha256 = 'x' WHERE name LIKE '0001%'")
    probe = with_database(tmp_path, unmigrated)[0]
    assert not probe.ok
    assert "edited after they were applied: 0001_" in probe.detail


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda url: url.replace("//ops:", "//ops:x"), "password authentication failed"),
        (lambda url: url.rpartition("/")[0] + "/nowhere", 'database "nowhere" does not exist'),
        (lambda url: "postgresql://u:p@127.0.0.1:9/x", "refused"),
    ],
)
def test_an_unreachable_database_is_told_with_the_reason_and_its_setting(
    pg_server: EmbeddedPostgres, change: Callable[[str], str], said: str
) -> None:
    probe = health.database("database dagster", change(pg_server.info.urls.ops), "OPS_DAGSTER_DATABASE_URL")
    assert not probe.ok
    assert said in probe.detail
    assert "OPS_DAGSTER_DATABASE_URL" in probe.what_to_do


def test_a_folder_is_writable_or_can_be_made(tmp_path: Path) -> None:
    assert health.folder("x", tmp_path) == Probe("x", True, None, str(tmp_path))
    probe = health.folder("x", tmp_path / "a" / "b")
    assert probe.ok
    assert not (tmp_path / "a").exists()


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    if os.name == "posix" and os.geteuid() == 0:
        closed = Path("/proc/self")  # root may write everywhere else
    else:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o500)
    probe = health.folder("folder exports", closed / "exports")
    assert not probe.ok
    assert str(closed) in probe.what_to_do


def test_folders_of_the_path_map_are_looked_at_too(tmp_path: Path) -> None:
    env = {"OPS_VEHICLES__PATH_MAP": '{"D:\\\\print": "/proc/self/print"}'}
    names = {probe.name: probe.ok for probe in health.folders(load_settings(tmp_path, env))}
    assert names == {
        "folder home": True,
        "folder imports": True,
        "folder exports": True,
        "folder qr": True,
        "folder photos": True,
        "folder print": not Path("/proc/self").is_dir(),
    }


def test_free_disk_is_told_and_too_little_of_it_is_a_fault(tmp_path: Path) -> None:
    assert health.disk(tmp_path / "not" / "there", enough=1).ok
    probe = health.disk(tmp_path, enough=2**62)
    assert not probe.ok
    assert "OPS_HOME" in probe.what_to_do


def test_the_whole_is_healthy_when_only_optional_things_are_missing(settings: Settings) -> None:
    probes = health.check_all(settings)
    assert {probe.name for probe in probes} >= {"python", "postgres programs", "database", "disk", "browser"}
    assert all(probe.what_to_do for probe in probes if not probe.ok)
    assert health.healthy([probe for probe in probes if probe.name != "disk"])
    assert not health.healthy([*probes, Probe("x", False, None, "", "y")])


def test_a_live_point_of_sale_that_lacks_columns_names_them(tmp_path: Path, database_url: str) -> None:
    with store(database_url) as shop:
        env = {
            "OPS_COUNTERPOINT_DATABASE_URL": shop.url,
            "OPS_RETAIL__COUNTERPOINT__MODE": "live",
            "OPS_RETAIL__COUNTERPOINT__COLUMNS": '{"brand": "USR_BRAND"}',
        }
        probe = health.counterpoint(load_settings(tmp_path, env), shop.url)
        assert not probe.ok
        assert "USR_BRAND (brand)" in probe.detail
        whole = health.counterpoint(
            load_settings(tmp_path, {**env, "OPS_RETAIL__COUNTERPOINT__COLUMNS": "{}"}), shop.url
        )
        assert whole.ok


def test_a_live_point_of_sale_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://ops:canary-secret@127.0.0.1:1/pos"
    env = {"OPS_COUNTERPOINT_DATABASE_URL": url, "OPS_RETAIL__COUNTERPOINT__MODE": "live"}
    probe = health.counterpoint(load_settings(tmp_path, env), url)
    assert not probe.ok
    assert "canary-secret" not in probe.detail
