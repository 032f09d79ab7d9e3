"""Copies in a real folder: whole, verified, nothing lost, nothing of others touched."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters.backup_copy import Made, Order, copy_files
from ops_platform.adapters.backup_manifest import FILE, ManifestError, read_manifest, stays_inside
from ops_platform.adapters.backup_restore import FILES, ZIP, broken, restore_files
from ops_platform.adapters.backup_source import SourceError, patiently
from ops_platform.adapters.backup_store import MARK, BackupStore, BackupStoreError
from ops_platform.adapters.files import FileWriteError
from ops_platform.core.globs import excluder
from ops_platform_tests.conftest import open_temp_dir

DAY, NEXT = date(2026, 5, 14), date(2026, 5, 15)


class Place:
    """A source and an off-site folder."""

    def __init__(self, root: Path) -> None:
        self.src = root / "src"
        self.dst = root / "offsite"
        self.store = BackupStore(self.dst)
        self.store.open(known=False)
        self.write(a="one", **{"sub/b.txt": "two", "sub/deep/c.bin": "three"})

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.src / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def back_up(self, day: date = DAY, **values: Any) -> Made:
        order = Order("photos", day, f"{day}T22:30:00-04:00", values.pop("min_free", 0))
        return copy_files(self.store, order, values.pop("src", self.src), **values)

    def tree(self) -> dict[str, str]:
        return _tree(self.src)

    def days(self) -> list[str]:
        return [copy.day.isoformat() for copy in self.store.copies("photos")]

    def left(self) -> list[str]:
        """What lies beside the copies and should not."""
        return [path.name for path in (self.dst / "photos").iterdir() if path.name.startswith(".")]


def _tree(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(params=[False, True], ids=["folder", "zip"])
def as_zip(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


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
    assert _tree(tmp_path / "back") == place.tree()
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
    assert _tree(again.folder / FILES) == {"a": "ONE", "d": "four", "sub/b.txt": "two"}
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
    assert "secret" not in str(_tree(made.folder))


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


@contextmanager
def without_rights() -> Iterator[Path]:
    """A folder of somebody who is not root, while this process acts as that one: root reads everything."""
    folder = open_temp_dir("ops-backup-")
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        shutil.rmtree(folder)


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


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_an_off_site_folder_this_user_may_not_write_to_is_told() -> None:
    with without_rights() as folder:
        place = Place(folder)
        place.dst.chmod(0o500)
        with pytest.raises(FileWriteError, match="may not write"):
            place.back_up()
        place.dst.chmod(0)
        with pytest.raises(BackupStoreError, match=r"cannot be used|cannot be read"):
            place.store.check(known=True)
        place.dst.chmod(0o700)


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


@contextmanager
def writing_on(path: Path) -> Iterator[None]:
    stop = threading.Event()

    def work() -> None:
        with path.open("ab", buffering=0) as stream:
            for _ in range(20_000):  # and then no more, or a copy that follows it for ever would fill the disk
                if stop.is_set():
                    return
                stream.write(b"line of a log\n" * 10)
                time.sleep(0.0002)

    writer = threading.Thread(target=work)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def test_a_file_that_never_rests_is_kept_as_it_was_read_and_told(place: Place) -> None:
    place.write(log="")
    with writing_on(place.src / "log"):
        time.sleep(0.02)
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


# -- the off-site folder


def test_without_room_nothing_is_written(place: Place) -> None:
    with pytest.raises(BackupStoreError, match=r"no room for photos in .*min_free_mb"):
        place.back_up(min_free=10**18)
    assert place.days() == []
    assert not (place.dst / "photos").exists() or place.left() == []


def test_a_full_disk_leaves_the_copies_of_before_and_nothing_half(tmp_path: Path) -> None:
    mount = tmp_path / "small"
    mount.mkdir()
    tried = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)], capture_output=True, check=False
    )
    if tried.returncode:
        pytest.skip("this user cannot mount a small disk")
    try:
        place = Place(tmp_path)
        place.dst, place.store = mount / "offsite", BackupStore(mount / "offsite")
        place.store.open(known=False)
        place.back_up()
        place.write(big="x" * 1_500_000)
        real = place.store.free_bytes
        place.store.free_bytes = lambda: real() + 10**9  # type: ignore[method-assign]  # somebody fills the disk meanwhile
        with pytest.raises(FileWriteError, match="is full"):
            place.back_up(NEXT)
        assert (place.days(), place.left()) == (["2026-05-14"], [])
        assert broken(place.store.copy("photos")) == []
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def test_an_off_site_folder_that_is_away_is_one_clear_error_and_is_not_made(tmp_path: Path) -> None:
    store = BackupStore(tmp_path / "mnt" / "share" / "ops")
    with pytest.raises(BackupStoreError, match=r"mnt is not there. Is the share mounted"):
        store.open(known=False)
    assert not (tmp_path / "mnt").exists()


def test_an_empty_mount_point_is_not_taken_for_the_off_site_folder(place: Place) -> None:
    place.back_up()
    shutil.rmtree(place.dst)
    with pytest.raises(BackupStoreError, match=r"is away: .* is not there"):
        place.store.open(known=True)
    place.dst.mkdir()
    with pytest.raises(BackupStoreError, match=f"without {MARK}. Mount the share"):
        place.store.check(known=True)
    assert list(place.dst.iterdir()) == []


def test_a_folder_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupStoreError, match="cannot be used"):
        BackupStore(tmp_path / "file" / "x").open(known=False)
    with pytest.raises(BackupStoreError, match="cannot be used"):
        BackupStore(tmp_path / "file").open(known=False)


def test_only_the_owner_can_read_copies(place: Place) -> None:
    made = place.back_up()
    for path in (place.dst, made.folder, made.folder / FILES, made.folder / FILES / "a"):
        assert path.stat().st_mode & 0o077 == 0, path


# -- removing


def test_a_copy_of_ours_is_removed_and_nothing_else(place: Place) -> None:
    place.back_up()
    place.back_up(NEXT)
    assert place.store.remove("photos", DAY)
    assert not place.store.remove("photos", DAY)
    assert (place.days(), place.left()) == (["2026-05-15"], [])


@pytest.mark.parametrize("what", ["no manifest", "somebody else's", "changed", "of another day", "of another name"])
def test_a_folder_that_only_looks_like_a_copy_is_never_removed(place: Place, what: str) -> None:
    made = place.back_up()
    manifest = made.folder / FILE
    values = json.loads(manifest.read_text())
    target = place.dst / "photos" / "2026-05-01"
    made.folder.rename(target)
    name = "photos"
    if what == "no manifest":
        (target / FILE).unlink()
    elif what == "somebody else's":
        (target / FILE).write_text(json.dumps({"made_by": "another program", "sha256": "x", "version": 1}))
    elif what == "changed":
        values["files"] = []
        (target / FILE).write_text(json.dumps(values))
    elif what == "of another name":
        (place.dst / "videos").mkdir()
        target = target.rename(place.dst / "videos" / "2026-05-14")
        name = "videos"
    day = date.fromisoformat(target.name)
    with pytest.raises(BackupStoreError, match="was left"):
        place.store.remove(name, day)
    assert (target / FILES / "a").exists()


def test_a_folder_of_somebody_else_under_the_day_is_put_aside_and_stays(place: Place) -> None:
    theirs = place.dst / "photos" / "2026-05-14"
    theirs.mkdir(parents=True)
    (theirs / "mine.txt").write_text("keep")
    assert place.back_up().status == "ok"
    aside = [path for path in (place.dst / "photos").iterdir() if "set-aside" in path.name]
    assert [(path / "mine.txt").read_text() for path in aside] == ["keep"]


@pytest.mark.parametrize("name", ["2026-02-30", "2026-05-14.bak", "notes", "26-05-14"])
def test_other_folders_beside_the_copies_are_no_copies(place: Place, name: str) -> None:
    place.back_up()
    (place.dst / "photos" / name).mkdir()
    assert place.days() == ["2026-05-14"]


# -- what a killed run leaves


def test_what_a_killed_run_left_is_put_right(place: Place) -> None:
    made = place.back_up()
    folder = place.dst / "photos"
    (folder / ".partial-2026-05-15-0123abcd" / FILES).mkdir(parents=True)
    (folder / ".gone-2026-05-01-0123abcd").mkdir()
    made.folder.rename(folder / ".old-2026-05-14-0123abcd")  # killed between the two renames of `keep`
    (folder / ".mine").mkdir()
    assert place.store.repair("photos") == 3
    assert place.days() == ["2026-05-14"]
    assert place.left() == [".mine"]
    assert broken(place.store.copy("photos")) == []
    assert place.store.repair("nothing") == 0


# -- proving and restoring


@pytest.mark.parametrize("how", ["changed", "cut", "gone"])
def test_a_corrupt_copy_is_detected_and_never_restored(place: Place, as_zip: bool, how: str, tmp_path: Path) -> None:
    made = place.back_up(as_zip=as_zip)
    file = made.folder / ZIP if as_zip else made.folder / FILES / "a"
    content = bytearray(file.read_bytes())
    if how == "changed":
        at = content.find(b"one") if not as_zip else 33  # the packed bytes behind the name of the first file
        content[at] ^= 0xFF
        file.write_bytes(content)
    elif how == "cut":
        file.write_bytes(content[: len(content) // 2])
    else:
        file.unlink()
    copy = place.store.copy("photos")
    assert broken(copy)
    try:
        done, lost = restore_files(copy, tmp_path / "back")
    except (BackupStoreError, FileNotFoundError):
        assert as_zip
        return
    assert len(lost) >= 1
    assert all((tmp_path / "back" / name).read_text() == place.tree()[name] for name in done)
    assert not list((tmp_path / "back").rglob(".restoring-*"))


def test_only_what_was_asked_for_is_restored(place: Place, tmp_path: Path) -> None:
    place.back_up()
    done, _ = restore_files(place.store.copy("photos"), tmp_path / "back", wanted=excluder(["sub/**"]))
    assert sorted(done) == ["sub/b.txt", "sub/deep/c.bin"]
    assert sorted(_tree(tmp_path / "back")) == sorted(done)


def test_what_is_there_is_never_overwritten(place: Place, tmp_path: Path) -> None:
    place.back_up()
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "mine").write_text("x")
    with pytest.raises(BackupStoreError, match="is not empty"):
        restore_files(place.store.copy("photos"), tmp_path / "back")
    with pytest.raises(BackupStoreError, match="is not empty"):
        restore_files(place.store.copy("photos"), tmp_path / "back" / "mine")


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "C:x", "C:\\x", "\\x", "//h/x", ""])
def test_a_manifest_that_leads_out_of_its_folder_is_not_believed(place: Place, path: str) -> None:
    assert not stays_inside(path)
    made = place.back_up()
    values = json.loads((made.folder / FILE).read_text())
    values["files"][0]["path"] = path
    values.pop("sha256")
    from ops_platform.adapters.backup_manifest import _sum

    (made.folder / FILE).write_text(json.dumps({**values, "sha256": _sum(values)}))
    with pytest.raises(ManifestError, match="leads out of its folder"):
        read_manifest(made.folder)


def test_an_unknown_copy_is_told_with_those_there_are(place: Place) -> None:
    place.back_up()
    with pytest.raises(BackupStoreError, match=r"no copy of 2026-05-01 of 'photos' .*there are: 2026-05-14"):
        place.store.copy("photos", date(2026, 5, 1))
    with pytest.raises(BackupStoreError, match="There are copies of: photos"):
        place.store.copy("videos")
