"""Copies of mails: whole, for one user's eyes, found by their key, and not kept for ever."""

from __future__ import annotations

import os
import stat
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.adapters.files import FileWriteError
from ops_platform.adapters.mail_files import find_mail, keep_mail, kept_mails, read_head, read_mail, slug
from ops_platform_tests.adapters.mail_parts import CONTENT, LEE, PAT

DAY = date(2026, 5, 14)
KEY = "report/admin_report/2026-05-13"


def test_a_mail_is_kept_whole_by_day_and_key_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    file = keep_mail(tmp_path, KEY, CONTENT, [PAT, LEE], DAY)
    assert file.parent == tmp_path / "mail" / "2026" / "05" / "14"
    assert file.name.startswith("report-admin_report-2026-05-13-")
    assert file.read_bytes().endswith(CONTENT)
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700
    found = read_head(file)
    assert (found.key, found.to, found.accepted, found.subject) == (KEY, (PAT, LEE), (), "Hello")
    assert read_mail(file).get_content().startswith("Hi Pat")


def test_a_repeat_takes_the_place_of_the_first_and_the_newest_day_is_found(tmp_path: Path) -> None:
    keep_mail(tmp_path, KEY, b"Subject: one\r\n\r\n", [PAT], DAY)
    keep_mail(tmp_path, KEY, b"Subject: two\r\n\r\n", [PAT], DAY, accepted=[LEE])
    assert len(list(kept_mails(tmp_path))) == 1
    later = keep_mail(tmp_path, KEY, b"Subject: three\r\n\r\n", [PAT], DAY + timedelta(days=40))
    assert find_mail(tmp_path, KEY) == later
    assert [kept.subject for kept in kept_mails(tmp_path)] == ["three", "two"]
    assert find_mail(tmp_path, "another") is None


def test_mails_are_listed_by_their_time_the_newest_first(tmp_path: Path) -> None:
    for hour in (9, 11, 10):
        content = f"Subject: {hour}\r\nDate: Thu, 14 May 2026 {hour:02d}:00:00 -0400\r\n\r\n".encode()
        keep_mail(tmp_path, f"k{hour}", content, [PAT], DAY)
    keep_mail(tmp_path, "odd", b"Subject: odd\r\nDate: never\r\n\r\n", [PAT], DAY)
    assert [kept.subject for kept in kept_mails(tmp_path)] == ["11", "10", "9", "odd"]
    assert list(kept_mails(tmp_path / "none")) == []


def test_days_older_than_wanted_are_cleared_away_and_no_other_file_is(tmp_path: Path) -> None:
    old = keep_mail(tmp_path, "old", CONTENT, [PAT], DAY - timedelta(days=11))
    young = keep_mail(tmp_path, "young", CONTENT, [PAT], DAY - timedelta(days=10))
    other = tmp_path / "mail" / "notes.txt"
    other.write_text("a person's")
    keep_mail(tmp_path, KEY, CONTENT, [PAT], DAY)
    assert old.is_file()  # 0 days: for ever
    keep_mail(tmp_path, KEY, CONTENT, [PAT], DAY + timedelta(days=0), keep_days=10)
    assert old.is_file()  # looked at once a day
    keep_mail(tmp_path, KEY, CONTENT, [PAT], DAY + timedelta(days=1), keep_days=11)
    assert (old.is_file(), young.is_file(), other.is_file()) == (False, True, True)


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    with pytest.raises(FileWriteError):
        keep_mail(tmp_path, KEY, CONTENT, [PAT], DAY)


@given(st.text(max_size=200), st.text(max_size=200))
def test_keys_become_names_of_files_that_differ_as_the_keys_do(one: str, other: str) -> None:
    for key in (one, other):
        name = slug(key)
        assert len(name) < 100
        assert not set(name) & set('/\\:*?"<>| \n')
        assert not name.startswith(".")
    assert (slug(one) == slug(other)) == (one == other)
