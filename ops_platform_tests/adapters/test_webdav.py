"""Publishing files over WebDAV over real HTTP: where they go, under which name, what is left behind, what is asked."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from ops_platform.adapters.health import webdav
from ops_platform.adapters.http_answers import Answer, HttpError
from ops_platform.adapters.sandbox_address import announced
from ops_platform.adapters.webdav import UploadResult, WebDav, WebDavError, web_dav
from ops_platform.adapters.webdav_listing import listing
from ops_platform.settings import Settings
from ops_platform.settings_retail import WebdavSettings
from ops_platform_tests.adapters.webdav_parts import NAME, NEW, OLD, Dav


def test_a_file_is_put_under_another_name_and_moved_into_place(dav: Dav) -> None:
    assert dav.upload() == UploadResult(NAME, "published", len(NEW), "move")
    assert (dav.content / NAME).read_bytes() == NEW
    assert [path.name for path in dav.content.iterdir()] == [NAME]
    puts = [entry.path for entry in dav.sandbox.log.entries() if entry.method == "PUT"]
    assert len(puts) == 1
    assert puts[0].startswith(f"/content/{NAME}.tmp-ops")


def test_a_large_body_is_sent_only_after_the_login(dav: Dav) -> None:
    dav.upload()
    refused = [entry for entry in dav.sandbox.log.entries() if entry.status == 401]
    assert [(entry.method, entry.request_bytes) for entry in refused] == [("HEAD", 0)]


def test_empty_files_and_odd_names_are_published_as_they_are(dav: Dav) -> None:
    with dav.client(folder="/content/weekly lists/März") as client:
        assert client.upload("prix d'été 50%.csv", b"").size == 0
        assert client.upload("a&b,c.csv", b"x").how == "move"
        assert sorted(each.name for each in client.files()) == ["a&b,c.csv", "prix d'été 50%.csv"]
        assert client.read("a&b,c.csv") == b"x"
        assert client.read("c.csv") is None


@pytest.mark.parametrize(
    "name",
    ["", "../x.csv", "a/b.csv", "a\\b.csv", ".htaccess", "x?.csv", "x#y", "x;y", "x\r\ny", "x.tmp-ops0123456789ab"],
)
def test_a_name_that_is_a_path_is_refused_before_anything_is_asked(dav: Dav, name: str) -> None:
    with dav.client() as client, pytest.raises(ValueError, match="no name of a file"):
        client.upload(name, NEW)
    assert dav.asked() == []


def test_unchanged_content_is_not_sent_while_the_file_is_there(dav: Dav) -> None:
    with dav.client() as client:
        assert client.upload(NAME, OLD, unchanged=True) == UploadResult(NAME, "unchanged", len(OLD), "none")
        assert "PUT" not in dav.asked()
        (dav.content / NAME).unlink()
        assert client.upload(NAME, OLD, unchanged=True).status == "published"
    assert (dav.content / NAME).read_bytes() == OLD


def test_a_missing_folder_is_made_with_those_above_it(dav: Dav) -> None:
    assert dav.upload(folder="/content/lists/2026").how == "move"
    assert (dav.content / "lists" / "2026" / NAME).read_bytes() == NEW


@pytest.mark.parametrize("status", [405, 501])
def test_a_server_without_move_gets_the_file_put_and_checked(dav: Dav, status: int) -> None:
    dav.fault("status", method="MOVE", status=status, times=None)
    assert dav.upload() == UploadResult(NAME, "published", len(NEW), "put")
    assert (dav.content / NAME).read_bytes() == NEW
    assert [path.name for path in dav.content.iterdir()] == [NAME]


def test_only_old_temporary_files_of_ours_are_removed(dav: Dav) -> None:
    names = ["a.csv.tmp-ops0123456789ab", "b.csv.tmp-opsba9876543210", "c.csv.tmp-ops01", "d.tmp", "e.csv"]
    long_ago = time.time() - timedelta(days=2).total_seconds()
    for name in names:
        (dav.content / name).write_bytes(b"x")
        if not name.startswith("b"):
            os.utime(dav.content / name, (long_ago, long_ago))
    dav.upload()
    assert sorted(path.name for path in dav.content.iterdir()) == sorted([*names[1:], NAME])
    with dav.client() as client:
        assert client.remove_leftovers(datetime.now(UTC) + timedelta(hours=23)) == 0
        assert client.remove_leftovers(datetime.now(UTC) + timedelta(hours=25)) == 1


def test_leftovers_are_looked_for_once_a_connection_and_cannot_fail_an_upload(dav: Dav) -> None:
    dav.fault("html", method="PROPFIND", times=None)
    with dav.client() as client:
        client.upload(NAME, NEW)
        client.upload(NAME, OLD)
    assert dav.asked().count("PROPFIND") == 1


def test_a_server_that_tells_no_length_is_asked_by_a_listing(dav: Dav) -> None:
    dav.fault("status", method="HEAD", status=200, times=None)
    assert dav.upload().how == "move"
    with dav.client() as client:
        assert client.exists_with_size(NAME, len(NEW))
        assert not client.exists_with_size(NAME, len(OLD))


def test_the_section_says_where_unless_the_sandbox_is_meant(dav: Dav, tmp_path: Path) -> None:
    live = WebdavSettings(
        mode="live",
        url=f"{dav.sandbox.url}/webdav/",
        user=dav.state.user,
        password=SecretStr(dav.state.password),
        folder="content/",
    )
    with WebDav(live) as client:
        assert client.upload(NAME, NEW).how == "move"
    with pytest.raises(WebDavError, match="lacks its url, user or password"):
        WebDav(WebdavSettings())
    with pytest.raises(WebDavError, match=r"retail\.webdav\.url is no URL"):
        WebDav(WebdavSettings(), url="ftp://x", user="u", password="p")


def test_the_doctor_looks_at_a_real_server_and_says_what_is_wrong(dav: Dav, tmp_path: Path) -> None:
    section = {"mode": "live", "url": f"{dav.sandbox.url}/webdav", "user": dav.state.user, "password": "sandbox"}
    settings = Settings(home=tmp_path, retail={"webdav": section})
    assert (webdav(settings).ok, webdav(settings).detail) == (True, f"{section['url']}/content, 1 files")
    assert list(dav.state.files()) == [f"/content/{NAME}"]  # what it tried with is gone
    for method in ("PUT", "DELETE"):
        dav.fault("status", method=method, status=403)
        refused = webdav(settings)
        assert (refused.ok, "may not write to /content" in refused.detail) == (False, True)
        dav.sandbox.faults.switch_off()
    wrong = webdav(Settings(home=tmp_path, retail={"webdav": {**section, "password": "wrong-secret"}}))
    assert (wrong.ok, "login refused" in wrong.detail, "wrong-secret" in wrong.detail) == (False, True, False)


def test_in_the_sandbox_the_one_of_this_home_is_found(dav: Dav, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(WebDavError, match="no sandbox is running: `ops demo` or `ops sandbox` starts it"):
        web_dav(settings)
    with announced(settings.home, dav.sandbox.url), web_dav(settings) as client:
        assert client.upload(NAME, NEW).status == "published"
    with web_dav(settings, sandbox_url=dav.sandbox.url) as client:
        assert client.exists_with_size(NAME, len(NEW))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"<multistatus/>",
        b"<a",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    ],
)
def test_an_answer_that_is_no_listing_is_refused(body: bytes) -> None:
    with pytest.raises(HttpError, match="no listing"):
        listing(Answer("PROPFIND http://x/", 207, httpx.Headers(), body))


def test_an_entry_without_size_or_time_is_no_file_of_ours() -> None:
    inside = (
        "<response><href>/content/a%20b.csv</href><propstat><prop><getcontentlength>7</getcontentlength>"
        "<getlastmodified>nonsense</getlastmodified></prop></propstat></response>"
        "<response><href>/content/c.csv</href></response>"
        "<response><href>/content/</href><propstat><prop><resourcetype><collection/></resourcetype>"
        "<getcontentlength>4</getcontentlength></prop></propstat></response>"
    )
    answer = Answer("x", 207, httpx.Headers(), f'<multistatus xmlns="DAV:">{inside}</multistatus>'.encode())
    [found] = listing(answer)
    assert (found.name, found.size, found.changed) == ("a b.csv", 7, None)
