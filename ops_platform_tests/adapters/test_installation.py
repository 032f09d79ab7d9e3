"""Secrets an installation makes for itself: once, the same for all, for its owner alone."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from ops_platform.adapters.files import FileWriteError
from ops_platform.adapters.installation import installation_secret


def test_a_secret_is_made_once_and_then_kept(tmp_path: Path) -> None:
    first = installation_secret(tmp_path, "coupons")
    assert len(first) == 64
    assert installation_secret(tmp_path, "coupons") == first
    assert installation_secret(tmp_path, "forms") != first
    assert installation_secret(tmp_path / "other", "coupons") != first


def test_a_secret_of_the_settings_counts_and_makes_no_file(tmp_path: Path) -> None:
    assert installation_secret(tmp_path, "coupons", SecretStr("given")) == b"given"
    assert list(tmp_path.iterdir()) == []


def test_processes_that_make_it_at_the_same_time_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: installation_secret(tmp_path, "coupons"), range(32)))
    assert len(made) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["coupons"]


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    installation_secret(tmp_path, "coupons")
    assert stat.S_IMODE((tmp_path / "secrets" / "coupons").stat().st_mode) == 0o600


def test_an_empty_file_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "coupons").touch()
    with pytest.raises(FileWriteError, match="from a backup"):
        installation_secret(tmp_path, "coupons")


def test_a_home_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(FileWriteError, match="was not written"):
        installation_secret(tmp_path / "home", "coupons")
