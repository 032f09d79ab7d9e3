"""The imports folder: what lies there, what is still written, what was loaded before, what cannot be."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.importing import import_file
from ops_platform.flows.vehicles.inbox import InboxError, failed_files, look, not_loaded, scrapes, settled
from ops_platform_tests.flows.conftest import DAY, car


def old(path: Path, text: str = "x") -> Path:
    """A file that was written an hour ago."""
    path.write_text(text, encoding="utf-8")
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))
    return path


def test_files_are_listed_by_name_without_folders(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "notes.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "done").mkdir()
    assert [file.name for file in look(tmp_path)] == ["a.csv", "b.csv", "notes.txt"]
    assert scrapes(tmp_path) == [tmp_path / "a.csv", tmp_path / "b.csv"]


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.write_text("a file", encoding="utf-8")])
def test_a_folder_that_cannot_be_listed_is_an_error_that_says_what_to_do(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    make(tmp_path / "imports")
    with pytest.raises(InboxError, match="OPS_VEHICLES__IMPORTS_DIR"):
        look(tmp_path / "imports")


def test_old_files_are_settled_at_once(tmp_path: Path) -> None:
    file = old(tmp_path / "a.csv")
    assert settled(tmp_path, wait=lambda _: pytest.fail("nobody has to wait")) == ([file], [])


def test_a_file_that_grows_between_two_looks_is_left_for_later(tmp_path: Path) -> None:
    file = old(tmp_path / "a.csv")
    growing = tmp_path / "b.csv"
    growing.write_text("half", encoding="utf-8")
    assert settled(tmp_path, wait=lambda _: old(growing, "half and half")) == ([file], ["b.csv"])


def test_a_young_file_that_no_longer_grows_is_settled(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("whole", encoding="utf-8")
    waits: list[float] = []
    assert settled(tmp_path, wait=waits.append) == ([file], [])
    assert len(waits) == 1


def test_a_file_is_known_by_its_content_whatever_its_name(
    db: Database, folders: VehicleFolders, write_scrape: Callable[..., Path]
) -> None:
    loaded = write_scrape([car(1)])
    import_file(db, loaded, as_of=DAY, drop_ratio=0.5)
    same = folders.imports / "another name.csv"
    same.write_bytes(loaded.read_bytes())
    other = write_scrape([car(2)], "complete_data_2025-03-12.csv")
    gone = folders.imports / "gone.csv"
    assert not_loaded(db, [loaded, same, other, gone]) == [other]


def test_a_file_that_failed_is_named_with_its_reason_until_it_is_mended(
    db: Database, folders: VehicleFolders, write_scrape: Callable[..., Path]
) -> None:
    broken = folders.imports / "broken.csv"
    broken.write_text("no scrape\nat all\n", encoding="utf-8")
    untried = write_scrape([car(1)])
    with pytest.raises(ValueError, match=r"broken\.csv"):
        import_file(db, broken, as_of=DAY, drop_ratio=0.5)
    [failed] = failed_files(db, [broken, untried])
    assert failed.name == "broken.csv"
    assert "broken.csv" in failed.error
    write_scrape([car(2)], "broken.csv")
    assert failed_files(db, [broken, untried]) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read_it_is_not_taken_for_loaded(db: Database, tmp_path: Path) -> None:
    file = old(tmp_path / "a.csv")
    file.chmod(0)
    assert not_loaded(db, [file]) == [file]
    [failed] = failed_files(db, [file])
    assert failed.error.startswith("cannot be read")


def test_an_unchanged_lot_under_another_days_name_is_still_to_be_loaded(
    db: Database, folders: VehicleFolders, write_scrape: Callable[..., Path]
) -> None:
    first = write_scrape([car(1)], "complete_data_2025-03-13.csv")
    import_file(db, first, as_of=DAY, drop_ratio=0.5)
    copy = write_scrape([car(1)], "copy.csv")
    next_day = write_scrape([car(1)], "complete_data_2025-03-14.csv")
    assert not_loaded(db, [first, copy, next_day]) == [next_day]
