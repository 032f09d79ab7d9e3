"""Making a copy: whole, read back, nothing lost, only what differs the same day."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters.backup_copy import Order, copy_files
from ops_platform.adapters.backup_manifest import FILE, read_manifest
from ops_platform.adapters.backup_restore import FILES, ZIP, broken, restore_files
from ops_platform.adapters.backup_source import SourceError, patiently
from ops_platform.adapters.backup_store import BackupStore, BackupStoreError
from ops_platform_tests.adapters.backup_place import DAY, NEXT, Place, tree, without_rights


def test_a_copy_holds_every_file_and_says_so(place: Place, as_zip: bool) -> None:
    made = place.back_up(as_zip=as_zip)
    assert made.status == "ok"
    assert made.folder == place.dst / "photos" / "2026-05-14"
    assert sorted(file.name for file in made.folder.iterdir()) == sorted([ZIP if as_zip else FILES, FILE])
    manifest = read_manifest(made.folder)
    assert {file.path: file.size for file in manifest.files} == {"a": 3, "sub/b.txt": 3, "sub/deep/c.bin": 5}
    assert (manifest.name, manifest.day, manifest.is_complete, manifest.is_zip) == ("photos", DAY, True, as_zip)
    assert broken(place.store.copy("photos")) == []
    assert place.left() == []


def test_a_restored_copy_is_what_was_saved(place: Place, as_zip: bool, tmp_path: Path) -> None:
    (place.src / "empty" / "er").mkdir(parents=True)
    (place.src / "a").chmod(0o640)
    os.utime(place.src / "a", (1_700_000_000, 1_700_000_000))
    place.back_up(as_zip=as_zip)
    done, lost = restore_files(place.store.copy("photos"), tmp_path / "back")
    assert (len(done), lost) == (3, [])
    assert tree(tmp_path / "back") == place.tree()
    assert (tmp_path / "back" / "empty" / "er").is_dir()
    found = (tmp_path / "back" / "a").stat()
    assert (found.st_mtime, found.st_mode & 0o777) == (1_700_000_000, 0o640)


def test_a_single_file_is_a_source_too(place: Place, tmp_path: Path) -> None:
    made = place.back_up(src=place.src / "a")
    assert (made.manifest.kind, [file.path for file in made.manifest.files]) == ("file", ["a"])
    restore_files(place.store.copy("photos"), tmp_path / "back")
    assert (tmp_path / "back" / "a").read_text() == "one"


def test_an_empty_folder_is_a_copy_of_nothing(place: Place) -> None:
    shutil.rmtree(place.src)
    place.src.mkdir()
    assert place.back_up().manifest.files == ()


# -- again the same day, and the next


def test_a_second_run_of_a_day_without_changes_changes_nothing(place: Place, as_zip: bool) -> None:
    place.back_up(as_zip=as_zip)
    before = {path: path.stat().st_mtime_ns for path in place.dst.rglob("*")}
    again = place.back_up(as_zip=as_zip)
    assert again.status == "unchanged"
    assert {path: path.stat().st_mtime_ns for path in place.dst.rglob("*") if path.is_file()} == {
        path: found for path, found in before.items() if path.is_file()
    }
    assert (place.days(), place.left()) == (["2026-05-14"], [])


def test_a_second_run_of_a_day_writes_only_what_differs(place: Place) -> None:
    place.back_up()
    inode = (place.dst / "photos/2026-05-14/files/sub/b.txt").stat().st_ino
    place.write(a="ONE", d="four")
    (place.src / "sub/deep/c.bin").unlink()
    again = place.back_up()
    assert (again.status, again.linked) == ("ok", 1)
    assert (place.dst / "photos/2026-05-14/files/sub/b.txt").stat().st_ino == inode
    assert tree(again.folder / FILES) == {"a": "ONE", "d": "four", "sub/b.txt": "two"}
    assert (place.days(), place.left()) == (["2026-05-14"], [])


def test_a_file_of_the_same_size_and_time_but_other_content_is_seen(place: Place) -> None:
    place.back_up()
    before = (place.src / "a").stat()
    place.write(a="eno")
    os.utime(place.src / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert place.back_up().status == "ok"
    assert (place.dst / "photos/2026-05-14/files/a").read_text() == "eno"


def test_copies_of_two_days_share_no_file(place: Place) -> None:
    place.back_up()
    place.back_up(NEXT)
    assert place.days() == ["2026-05-14", "2026-05-15"]
    for name in place.tree():
        first, second = (place.dst / "photos" / str(day) / FILES / name for day in (DAY, NEXT))
        assert first.stat().st_ino != second.stat().st_ino


def test_what_broke_in_the_copy_of_the_day_is_written_anew(place: Place) -> None:
    made = place.back_up()
    (made.folder / FILES / "a").write_text("???")
    assert broken(place.store.copy("photos")) == ["a is not what was saved"]
    assert place.back_up().status == "ok"
    assert broken(place.store.copy("photos")) == []


# -- what is not copied


def test_what_is_excluded_is_left_out(place: Place) -> None:
    place.write(**{"x.tmp": "", "sub/y.tmp": "", "cache/z": ""})
    made = place.back_up(exclude=("*.tmp", "cache"))
    assert [file.path for file in made.manifest.files] == ["a", "sub/b.txt", "sub/deep/c.bin"]


def test_links_are_not_followed_and_told(place: Place, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not to be copied")
    (place.src / "link").symlink_to(tmp_path / "secret")
    (place.src / "loop").symlink_to(place.src)
    os.mkfifo(place.src / "pipe")
    made = place.back_up()
    assert {(each.path, each.reason) for each in made.manifest.skipped} == {
        ("link", "a link"), ("loop", "a link"), ("pipe", "no file"),
    }  # fmt: skip
    assert made.status == "ok"
    assert "secret" not in str(tree(made.folder))


def test_the_backups_themselves_are_never_copied(place: Place) -> None:
    store = BackupStore(place.src / "backups", make=True)
    store.open(known=False)
    for _ in range(2):
        made = copy_files(store, Order("all", DAY, "x"), place.src)
        assert [file.path for file in made.manifest.files] == ["a", "sub/b.txt", "sub/deep/c.bin"]
    with pytest.raises(SourceError, match="lies in the folder of the backups"):
        copy_files(store, Order("self", DAY, "x"), place.src / "backups" / "all")


@pytest.mark.skipif(os.name != "posix", reason="rights and names of POSIX")
def test_a_file_that_cannot_be_read_is_told_and_the_others_are_copied(place: Place) -> None:
    bad = os.fsencode(place.src) + b"/caf\xe9"
    Path(os.fsdecode(bad)).write_text("x")
    place.write(**{"C:x": "x"})
    made = place.back_up()
    assert made.status == "incomplete"
    assert {each.path for each in made.manifest.lost} == {"caf\\udce9", "C:x"}
    assert len(made.manifest.files) == 3
    assert not place.store.copies("photos")[0].is_complete
    with pytest.raises(BackupStoreError, match="no complete copy"):
        place.store.copy("photos")


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_what_this_user_may_not_read_is_told_and_the_rest_is_copied() -> None:
    with without_rights() as folder:
        place = Place(folder)
        place.write(b="two")
        (place.src / "a").chmod(0)
        (place.src / "sub").chmod(0)
        made = place.back_up()
        (place.src / "sub").chmod(0o700)
    assert {each.path: each.reason for each in made.manifest.lost} == {
        "a": "Permission denied",
        "sub": "Permission denied",
    }
    assert [file.path for file in made.manifest.files] == ["b"]


def test_a_missing_source_is_an_error(place: Place) -> None:
    with pytest.raises(SourceError, match="is missing"):
        place.back_up(src=place.src / "no")
    assert place.days() == []


def test_a_source_that_had_files_and_has_none_is_a_disk_that_is_away(place: Place) -> None:
    place.back_up()
    shutil.rmtree(place.src)
    place.src.mkdir()
    with pytest.raises(BackupStoreError, match=r"is empty, and had 3 files on 2026-05-14. Is its disk mounted"):
        place.back_up(NEXT)
    assert place.days() == ["2026-05-14"]


def test_a_file_that_goes_while_it_is_copied_is_no_error(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from ops_platform.adapters import backup_copy

    listed = backup_copy.list_source

    def then_gone(*args: Any, **values: Any) -> Any:
        found = listed(*args, **values)
        (place.src / "a").unlink()
        return found

    monkeypatch.setattr(backup_copy, "list_source", then_gone)
    made = place.back_up()
    assert (made.status, [file.path for file in made.manifest.files]) == ("ok", ["sub/b.txt", "sub/deep/c.bin"])


def writes_while_it_is_read(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that adds a line whenever somebody has opened its file: no reader ever finds it at rest."""
    fstat, inode = os.fstat, log.stat().st_ino

    def then_written(opened: int) -> os.stat_result:
        found = fstat(opened)
        if found.st_ino == inode:
            with log.open("ab") as stream:
                stream.write(b"line of a log\n")
        return found

    monkeypatch.setattr(os, "fstat", then_written)


def test_a_file_that_never_rests_is_kept_as_it_was_read_and_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write(log="begun\n")
    writes_while_it_is_read(place.src / "log", monkeypatch)
    made = place.back_up(sleep=lambda _: None)
    assert made.manifest.unsteady == ("log",)
    assert broken(place.store.copy("photos")) == []
    saved = (made.folder / FILES / "log").read_bytes()
    assert (place.src / "log").read_bytes().startswith(saved)


def test_a_locked_file_is_tried_again_and_then_given_up() -> None:
    waits: list[float] = []

    def locked_for(times: int) -> Any:
        left = [times]

        def work() -> str:
            left[0] -= 1
            if left[0] >= 0:
                raise OSError(errno.EBUSY, "locked")
            return "read"

        return work

    assert patiently(locked_for(3), waits.append) == "read"
    assert waits == [0.2, 0.5, 1.0]
    with pytest.raises(OSError, match="locked"):
        patiently(locked_for(4), waits.append)
    with pytest.raises(PermissionError):
        patiently(lambda: (_ for _ in ()).throw(PermissionError(errno.EACCES, "no")), waits.append)
    assert len(waits) == 6
