"""Files appear whole: old content or new, whatever happens in between."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from ops_platform.adapters import files
from ops_platform.adapters.files import (
    FileWriteError,
    explain,
    list_files,
    remove_stale_temps,
    stat_if_same,
    write_batch,
    write_if_changed,
    write_whole,
)
from ops_platform_tests.chaos import kills, ready, run_and_kill
from ops_platform_tests.conftest import open_temp_dir, remove_home

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def _temps(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.name.endswith(".tmp")]


@contextmanager
def _as_ordinary_user() -> Iterator[None]:
    """Root may write everywhere; the kernel is asked as nobody instead."""
    if not IS_ROOT:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user can enter and write (tmp_path is root's alone)."""
    folder = open_temp_dir("ops-files-")
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    remove_home(folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not IS_ROOT or sys.platform != "linux":
        pytest.skip("only root on Linux can mount a disk of 1 MB")
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if mount.returncode:
        pytest.skip(f"a disk of 1 MB cannot be mounted here: {mount.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


# --- writing


def test_a_file_is_written_with_its_folders_and_its_stat_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "x.png"
    stat = write_whole(path, b"one")
    assert path.read_bytes() == b"one"
    assert (stat.size, stat.mtime_ns) == (3, path.stat().st_mtime_ns)
    write_whole(path, b"")
    assert path.read_bytes() == b""
    assert _temps(path.parent) == []


def test_a_new_file_gets_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    write_whole(tmp_path / "whole", b"x")
    assert (tmp_path / "whole").stat().st_mode == plain.stat().st_mode


def test_an_unchanged_file_is_not_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    assert write_if_changed(path, b"one") is True
    before = path.stat()
    assert write_if_changed(path, b"one") is False
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert write_if_changed(path, b"two") is True
    assert path.read_bytes() == b"two"
    assert stat_if_same(path, b"two") == list_files(tmp_path)["x.csv"]
    assert stat_if_same(path, b"tw0") is None
    assert stat_if_same(tmp_path / "none", b"") is None


def test_a_reader_never_sees_a_part(tmp_path: Path) -> None:
    path = tmp_path / "x"
    contents = {bytes([letter]) * 300_000 for letter in b"abc"}
    write_whole(path, b"a" * 300_000)
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys\nfrom pathlib import Path\nfrom ops_platform.adapters.files import write_whole\n"
            "for n in range(150): write_whole(Path(sys.argv[1]), b'abc'[n % 3:n % 3 + 1] * 300_000)",
            str(path),
        ]
    )
    seen = set()
    while writer.poll() is None:
        content = path.read_bytes()
        assert content in contents
        seen.add(content[:1])
    assert writer.returncode == 0
    assert len(seen) > 1


def test_a_name_as_long_as_the_system_allows_is_written_and_a_longer_one_explained(tmp_path: Path) -> None:
    write_whole(tmp_path / ("x" * 255), b"1")
    with pytest.raises(FileWriteError, match=r"name is too long \(256 characters.*Shorten") as caught:
        write_whole(tmp_path / ("x" * 256), b"1")
    assert caught.value.kind == "name_too_long"
    assert _temps(tmp_path) == []


# --- batches


def test_a_batch_larger_than_a_group_is_written_in_order(tmp_path: Path) -> None:
    items = [(tmp_path / str(number % 7) / f"{number}.txt", str(number).encode()) for number in range(300)]
    outcomes = write_batch(items)
    assert [outcome.path for outcome in outcomes] == [path for path, _ in items]
    assert all(outcome.error is None for outcome in outcomes)
    assert all(path.read_bytes() == data for path, data in items)
    assert {outcome.path.name: outcome.stat for outcome in outcomes if outcome.path.parent.name == "3"} == list_files(
        tmp_path / "3"
    )


def test_one_bad_file_of_a_batch_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("here")
    items = [
        (tmp_path / "a", b"a"),
        (tmp_path / "folder", b"b"),
        (tmp_path / "file" / "c", b"c"),
        (tmp_path / ("d" * 300), b"d"),
        (tmp_path / "e", b"e"),
    ]
    kinds = [outcome.error.kind if outcome.error else None for outcome in write_batch(items)]
    assert kinds == [None, "is_a_folder", "not_a_folder", "name_too_long", None]
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "e").read_bytes()) == (b"a", b"e")
    assert _temps(tmp_path) == []


def test_the_check_sees_the_written_bytes_before_the_name_and_a_refusal_keeps_the_old_file(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    bad.write_bytes(b"old")
    seen = {}

    def check(path: Path, written: bytes) -> None:
        seen[path] = (written, path.read_bytes() if path.exists() else None)
        if path == bad:
            raise ValueError("no good")

    first, second = write_batch([(good, b"1"), (bad, b"2")], check)
    assert seen == {good: (b"1", None), bad: (b"2", b"old")}
    assert first.error is None and second.error is not None
    assert (second.error.kind, str(second.error)) == ("check", "no good")
    assert (good.read_bytes(), bad.read_bytes()) == (b"1", b"old")
    assert _temps(tmp_path) == []


def test_an_interrupted_batch_leaves_no_temporary_files(tmp_path: Path) -> None:
    def stop(path: Path, written: bytes) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_batch([(tmp_path / str(number), b"x") for number in range(5)], stop)
    assert list(tmp_path.iterdir()) == []


def test_every_file_is_on_the_disk_before_it_takes_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(handle: int) -> None:
        events.append("folder" if Path(f"/proc/self/fd/{handle}").is_dir() else "file")
        fsync(handle)

    def noted_replace(self: Path, target: Path) -> Path:
        events.append("name")
        return replace(self, target)

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc to tell a folder's handle from a file's")
    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    write_batch([(tmp_path / str(number), b"x") for number in range(3)])
    assert events == ["file"] * 3 + ["name"] * 3 + ["folder"]


# --- what can go wrong


def test_a_full_disk_leaves_the_old_file_and_says_so(small_disk: Path) -> None:
    path = small_disk / "x.csv"
    write_whole(path, b"old" * 1000)
    with pytest.raises(FileWriteError, match=r"disk of .* is full. Free space") as caught:
        write_whole(path, b"n" * 2_000_000)
    assert caught.value.kind == "disk_full"
    assert path.read_bytes() == b"old" * 1000
    assert _temps(small_disk) == []
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_on_a_full_disk_the_files_that_fit_are_still_written(small_disk: Path) -> None:
    items = [(small_disk / "big", b"b" * 2_000_000), (small_disk / "small", b"s" * 600_000)]
    big, small = write_batch(items)
    assert big.error is not None and big.error.kind == "disk_full"
    assert small.error is None
    assert set(list_files(small_disk)) == {"small"}


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_folder_this_user_may_not_write_is_named(open_folder: Path) -> None:
    with _as_ordinary_user():
        write_whole(open_folder / "x", b"old")
    open_folder.chmod(0o555)
    with _as_ordinary_user(), pytest.raises(FileWriteError, match=r"may not write into .*write permission") as caught:
        write_whole(open_folder / "x", b"new")
    assert caught.value.kind == "refused"
    assert (open_folder / "x").read_bytes() == b"old"
    with _as_ordinary_user(), pytest.raises(FileWriteError, match="may not write"):
        write_whole(open_folder / "new" / "x", b"new")


@pytest.mark.parametrize(
    ("number", "winerror", "kind"),
    [(30, None, "read_only"), (122, None, "disk_full"), (13, 32, "in_use"), (13, 5, "refused"), (5, None, "other")],
)
@pytest.mark.skipif(sys.platform != "linux", reason="error numbers of Linux")
def test_other_faults_of_the_system_are_explained(number: int, winerror: int | None, kind: str, tmp_path: Path) -> None:
    error = OSError(number, os.strerror(number))
    if winerror is not None:
        error.winerror = winerror  # type: ignore[attr-defined]
    explained = explain(error, tmp_path / "x.png")
    assert explained.kind == kind
    assert str(explained).startswith(f"{tmp_path / 'x.png'} was not written: ")


def test_a_file_that_another_program_holds_for_a_moment_is_written_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, refusals = Path.replace, []

    def busy(self: Path, target: Path) -> Path:
        if len(refusals) < 2:
            refusals.append(1)
            error = PermissionError(13, "in use")
            error.winerror = 32  # type: ignore[attr-defined]
            raise error
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", busy)
    write_whole(tmp_path / "x", b"1")
    assert (len(refusals), (tmp_path / "x").read_bytes()) == (2, b"1")


# --- folders and leftovers


def test_a_folder_is_listed_with_sizes_and_without_folders_and_temporary_files(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.png", b"12345")
    (tmp_path / "sub").mkdir()
    (tmp_path / files._temp_name()).write_bytes(b"")
    assert {name: stat.size for name, stat in list_files(tmp_path).items()} == {"a.png": 5}
    assert list_files(tmp_path / "none") == {}


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_folder_that_cannot_be_read_is_not_taken_for_an_empty_one(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    closed.chmod(0o000)
    with _as_ordinary_user(), pytest.raises(PermissionError):
        list_files(closed)
    closed.chmod(0o700)


def test_only_temporary_files_of_dead_writers_are_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    living = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        host = files._host()
        mine, others_living = f".ops-{host}-{os.getpid()}-0a.tmp", f".ops-{host}-{living.pid}-0b.tmp"
        dead, given_again = f".ops-{host}-{ended.pid}-0c.tmp", f".ops-{host}-{living.pid}-0d.tmp"
        elsewhere, elsewhere_old = ".ops-01234567-1-0e.tmp", ".ops-01234567-1-0f.tmp"
        names = [mine, others_living, dead, given_again, elsewhere, elsewhere_old, "a.tmp", ".ops-x-1-0.tmp", "a.png"]
        for name in names:
            (tmp_path / name).write_bytes(b"")
        before_its_process = psutil.Process(living.pid).create_time() - 60
        os.utime(tmp_path / given_again, (before_its_process, before_its_process))
        os.utime(tmp_path / elsewhere_old, (time.time() - 90_000,) * 2)
        assert remove_stale_temps(tmp_path) == 3
        assert {entry.name for entry in tmp_path.iterdir()} == set(names) - {dead, given_again, elsewhere_old}
    finally:
        living.kill()
        living.wait()
    assert remove_stale_temps(tmp_path) == 1
    assert remove_stale_temps(tmp_path / "none") == 0


def work(arguments: Sequence[str]) -> None:
    """What the child does: batches, over and over. arguments: the folder."""
    folder = Path(arguments[0])
    ready()
    for turn in range(10_000):
        letter = b"abc"[turn % 3 : turn % 3 + 1]
        write_batch([(folder / str(number), letter * (1_000 * number + 1)) for number in range(40)])


@pytest.mark.chaos
def test_a_writer_killed_at_any_moment_leaves_whole_files_and_its_rest_is_swept(tmp_path: Path) -> None:
    swept = 0
    for attempt in range(kills()):
        assert run_and_kill(f"{__name__}:work", [str(tmp_path)], after=(0.0, 0.3), seed=attempt)
        for name in list_files(tmp_path):
            content = (tmp_path / name).read_bytes()
            assert content in {letter * (1_000 * int(name) + 1) for letter in (b"a", b"b", b"c")}
        swept += remove_stale_temps(tmp_path)
        assert _temps(tmp_path) == []
    assert swept > 0, "no kill fell into a write; the campaign showed nothing"
