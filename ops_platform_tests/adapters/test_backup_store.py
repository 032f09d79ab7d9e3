"""The off-site folder and what lies in it: whose it is, what is removed, what a killed run leaves, bringing it back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from ops_platform.adapters.backup_manifest import FILE, ManifestError, _sum, read_manifest, stays_inside
from ops_platform.adapters.backup_restore import FILES, ZIP, broken, restore_files
from ops_platform.adapters.backup_store import MARK, BackupStore, BackupStoreError
from ops_platform.adapters.files import FileWriteError
from ops_platform.core.globs import excluder
from ops_platform_tests.adapters.backup_place import DAY, NEXT, Place, tree, without_rights


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
    assert sorted(tree(tmp_path / "back")) == sorted(done)


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
    (made.folder / FILE).write_text(json.dumps({**values, "sha256": _sum(values)}))
    with pytest.raises(ManifestError, match="leads out of its folder"):
        read_manifest(made.folder)


def test_an_unknown_copy_is_told_with_those_there_are(place: Place) -> None:
    place.back_up()
    with pytest.raises(BackupStoreError, match=r"no copy of 2026-05-01 of 'photos' .*there are: 2026-05-14"):
        place.store.copy("photos", date(2026, 5, 1))
    with pytest.raises(BackupStoreError, match="There are copies of: photos"):
        place.store.copy("videos")
