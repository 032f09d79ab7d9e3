"""CSV files that other programs write too: locks, whole lines, and rewriting without losing what came meanwhile."""

from __future__ import annotations

import csv
import multiprocessing
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.adapters import files, shared_csv
from ops_platform.adapters.shared_csv import (
    SharedCsvError,
    add_missing,
    append_rows,
    put_rows,
    read_shared,
    remove_rows,
)
from ops_platform_tests.flows.parts import small_disk

HEADER = ("date", "email", "item_no")


def rows_of(path: Path) -> list[list[str]]:
    """The rows below the header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def has_email(address: str) -> Callable[[Mapping[str, str]], bool]:
    """Whether a row is of an address."""
    return lambda cells: cells["email"] == address


def test_a_file_that_does_not_exist_is_empty_and_no_lock_is_made_for_it(tmp_path: Path) -> None:
    assert read_shared(tmp_path / "none" / "a.csv").data == b""
    assert not (tmp_path / "none").exists()


def test_a_new_file_gets_its_header_once(tmp_path: Path) -> None:
    path = tmp_path / "leads" / "a.csv"
    append_rows(path, HEADER, [["1", "a@x.example", "A"]])
    append_rows(path, HEADER, [["2", "b@x.example", "B"]])
    assert path.read_text(encoding="utf-8") == "date,email,item_no\n1,a@x.example,A\n2,b@x.example,B\n"


def test_a_last_line_without_its_end_gets_one_before_a_row_is_added(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("date,email,item_no\n1,a@x.example,A", encoding="utf-8")
    append_rows(path, HEADER, [["2", "b@x.example", "B"]])
    assert rows_of(path) == [["1", "a@x.example", "A"], ["2", "b@x.example", "B"]]


def test_a_cell_cannot_begin_a_formula_or_another_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    append_rows(path, HEADER, [["1", '=HYPERLINK("x")', "A\nB"]])
    assert rows_of(path) == [["1", '\'=HYPERLINK("x")', "A B"]]


def test_removing_leaves_every_other_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    torn = b'3,"never closed,C\r\n'
    kept = [
        b"\xef\xbb\xbfdate,email,item_no\r\n",
        b'2,"b, c@x.example",B\r\n',
        torn,
        b"4,\xe9@x.example,D\n",
        b"5,half",
    ]
    path.write_bytes(b"".join([kept[0], b"1,a@x.example,A\r\n", *kept[1:3], b"1,a@x.example,A\n", *kept[3:]]))
    assert remove_rows(path, HEADER, has_email("a@x.example")) == 2
    assert path.read_bytes() == b"".join(kept)


def test_a_line_that_is_still_being_written_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"date,email,item_no\n1,a@x.example,A")
    assert remove_rows(path, HEADER, lambda _: True) == 0
    assert path.read_bytes() == b"date,email,item_no\n1,a@x.example,A"


def test_columns_are_found_by_name_and_a_file_may_lack_its_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Item_No,Date,Email\nA,1,a@x.example\nB,2,b@x.example\n", encoding="utf-8")
    assert remove_rows(path, HEADER, has_email("a@x.example")) == 1
    assert path.read_text(encoding="utf-8") == "Item_No,Date,Email\nB,2,b@x.example\n"
    path.write_text("1,a@x.example,A\n2,b@x.example,B\n", encoding="utf-8")
    assert remove_rows(path, HEADER, has_email("a@x.example")) == 1
    assert path.read_text(encoding="utf-8") == "2,b@x.example,B\n"


def test_nothing_to_remove_does_not_touch_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    append_rows(path, HEADER, [["1", "a@x.example", "A"]])
    before = path.stat()
    assert remove_rows(path, HEADER, lambda _: False) == 0
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_who_may_write_the_file_may_still_write_it_after_a_rewrite(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    append_rows(path, HEADER, [["1", "a@x.example", "A"], ["2", "b@x.example", "B"]])
    path.chmod(0o660)
    remove_rows(path, HEADER, has_email("a@x.example"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_a_file_in_utf_16_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("date,email,item_no\n1,a@x.example,A\n".encode("utf-16"))
    with pytest.raises(SharedCsvError, match="Save it as CSV in UTF-8"):
        remove_rows(path, HEADER, lambda _: True)


def test_a_lock_somebody_keeps_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    told = pytest.raises(SharedCsvError, match="kept locked by another program")
    with FileLock(f"{path}.lock"), told, shared_csv.locked(path, seconds=0.05):
        pass


def test_missing_rows_are_added_once_and_asked_for_under_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    append_rows(path, HEADER, [["1", "a@x.example", "A"]])

    def rows() -> list[list[str]]:
        with pytest.raises(SharedCsvError), shared_csv.locked(path, seconds=0):
            pass
        return [["1", "a@x.example", "A"], ["2", "b@x.example", "B"], ["2", "b@x.example", "B"]]

    assert add_missing(path, HEADER, rows, key=lambda cells: cells["email"]) == 1
    assert rows_of(path) == [["1", "a@x.example", "A"], ["2", "b@x.example", "B"]]


def test_a_row_with_the_same_key_is_put_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    put_rows(path, ("id", "status"), [["1", "expired"], ["2", "expired"]], key=["id"])
    put_rows(path, ("id", "status"), [["3", "expired"], ["1", "deleted"]], key=["id"])
    assert rows_of(path) == [["1", "deleted"], ["2", "expired"], ["3", "expired"]]
    for status in ("expired", "deleted"):
        put_rows(path, ("id", "status"), [["-4", status]], key=["id"])
    assert rows_of(path)[3:] == [["'-4", "deleted"]]


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_a_private_file_is_never_readable_by_others_also_not_while_a_row_is_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []

    def written(path: Path, data: bytes, *, private: bool = False) -> None:
        files.write_whole(path, data, private=private)
        modes.append(stat.S_IMODE(path.stat().st_mode))

    monkeypatch.setattr(shared_csv, "write_whole", written)
    umask = os.umask(0o022)
    try:
        for name, private in (("a.csv", True), ("b.csv", False)):
            for status in ("expired", "deleted"):
                put_rows(tmp_path / name, ("id", "status"), [["1", status]], key=["id"], private=private)
    finally:
        os.umask(umask)
    ends = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.csv", "b.csv")]
    assert (modes, ends) == ([0o600, 0o644], [0o600, 0o644])


def test_a_full_disk_takes_no_half_line(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kilobytes=64) as leave:
        path = tmp_path / "disk" / "a.csv"
        append_rows(path, HEADER, [["1", "a@x.example", "A"]])
        before = path.read_bytes()
        leave(4096)
        with pytest.raises(SharedCsvError, match="is full"):
            append_rows(path, HEADER, [["2", "b" * 20_000, "B"]])
        assert path.read_bytes() == before


_LINES = st.lists(
    st.sampled_from(
        [b"1,a,A\n", b"2,b,B\r\n", b'3,"x,y",C\n', b'"4\n4",b,D\n', b"5,b\n", b'6,"torn\n', b"\n", b"7\0,g,G\n"]
    )
)


@settings(max_examples=30)
@given(_LINES, st.sampled_from([b"", b"date,email,item_no\n"]))
def test_what_is_not_removed_stays_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], head: bytes
) -> None:
    path = tmp_path_factory.mktemp("shared") / "a.csv"
    path.write_bytes(head + b"".join(lines))
    seen: list[str] = []
    remove_rows(path, HEADER, lambda cells: seen.append(cells["email"]) is not None)
    assert path.read_bytes() == head + b"".join(lines)
    put_rows(path, HEADER, [["9", "b", "B"]], key=["email"])
    assert path.read_bytes().count(b"9,b,B\n") == max(seen.count("b"), 1)


_FORM = """
import sys
from pathlib import Path
from filelock import FileLock
path, count = Path(sys.argv[1]), int(sys.argv[2])
for number in range(count):
    with FileLock(f"{path}.lock", poll_interval=0.002), path.open("a", encoding="utf-8") as file:
        file.write(f"{number},form@x.example,A\\n")
"""


def test_no_line_of_a_web_form_is_lost_while_the_file_is_rewritten_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    append_rows(path, HEADER, [])
    form = subprocess.Popen([sys.executable, "-c", _FORM, str(path), "60"])
    rewrites = number = 0
    while form.poll() is None:
        append_rows(path, HEADER, [[str(number), "ours@x.example", "A"]])
        rewrites += remove_rows(path, HEADER, has_email("ours@x.example"))
        number += 1
        time.sleep(0.005)  # locks are not fair: the form has to get a turn
    assert form.returncode == 0
    assert rewrites == number > 2
    assert [row[0] for row in rows_of(path)] == [str(each) for each in range(60)]


def test_a_form_without_the_lock_that_writes_into_the_old_file_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    append_rows(path, HEADER, [["1", "ours@x.example", "A"]])
    replace = os.replace
    with path.open("a", encoding="utf-8") as form:

        def then_written(source: Path, target: Path) -> None:
            replace(source, target)
            if target == path:
                form.write("2,form@x.example,A\n")
                form.flush()

        monkeypatch.setattr(os, "replace", then_written)
        assert remove_rows(path, HEADER, has_email("ours@x.example")) == 1
    assert rows_of(path) == [["2", "form@x.example", "A"]]


def _add(path: Path, name: str) -> None:
    for number in range(10):
        append_rows(path, HEADER, [[str(number), name, "A"]])


def test_four_processes_append_without_losing_a_line_or_writing_two_headers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_add, args=(path, name)) for name in "abcd"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(row[1] for row in rows_of(path)) == sorted("abcd" * 10)
    assert path.read_text(encoding="utf-8").count("email") == 1


def test_a_file_nobody_wrote_to_for_ten_minutes_is_settled(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    append_rows(path, HEADER, [])
    assert not read_shared(path).settled
    assert read_shared(path, now=time.time() + 601).settled
