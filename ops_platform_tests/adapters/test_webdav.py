"""Publishing files over WebDAV over real HTTP: whatever goes wrong, a reader finds the old or the new file, whole."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from ops_platform.adapters.health import webdav
from ops_platform.adapters.http import Retry
from ops_platform.adapters.http_answers import Answer, HttpError
from ops_platform.adapters.sandbox_address import announced
from ops_platform.adapters.webdav import UploadResult, WebDav, WebDavError, web_dav
from ops_platform.adapters.webdav_listing import listing
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.webdav import DavSandbox, webdav_service
from ops_platform.settings import Settings
from ops_platform.settings_retail import WebdavSettings

NAME = "retail.csv"
OLD, NEW = b"old," * 700, b"new,\r\n" * 900
TWICE = Retry(attempts=2, first_wait=0.0, longest_wait=5.0)
ONCE = Retry(attempts=1)


@dataclass(frozen=True)
class Shop:
    """A file server with one published file, and how to reach it."""

    state: DavSandbox
    sandbox: Sandbox

    @property
    def content(self) -> Path:
        return self.state.folder / "content"

    def client(
        self, retry: Retry = TWICE, *, folder: str = "/content", url: str = "", seconds: float = 10.0, **login: str
    ) -> WebDav:
        login = {"user": self.state.user, "password": self.state.password, **login}
        return WebDav(
            WebdavSettings(folder=folder),
            url=url or f"{self.sandbox.url}/webdav",
            timeout_seconds=seconds,
            retry=retry,
            sleep=lambda _: None,
            **login,
        )

    def upload(self, content: bytes = NEW, **options: Any) -> UploadResult:
        with self.client(**options) as client:
            return client.upload(NAME, content)

    def fault(self, kind: str, **options: Any) -> None:
        self.sandbox.faults.add("webdav", kind, **options)

    def asked(self) -> list[str]:
        return [entry.method for entry in self.sandbox.log.entries("webdav")]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    state = DavSandbox(tmp_path / "dav")
    with running_sandbox([webdav_service(state)]) as sandbox:
        (state.folder / "content" / NAME).write_bytes(OLD)
        yield Shop(state, sandbox)


def test_a_file_is_put_under_another_name_and_moved_into_place(shop: Shop) -> None:
    assert shop.upload() == UploadResult(NAME, "published", len(NEW), "move")
    assert (shop.content / NAME).read_bytes() == NEW
    assert [path.name for path in shop.content.iterdir()] == [NAME]
    puts = [entry.path for entry in shop.sandbox.log.entries() if entry.method == "PUT"]
    assert len(puts) == 1
    assert puts[0].startswith(f"/content/{NAME}.tmp-ops")


def test_a_large_body_is_sent_only_after_the_login(shop: Shop) -> None:
    shop.upload()
    refused = [entry for entry in shop.sandbox.log.entries() if entry.status == 401]
    assert [(entry.method, entry.request_bytes) for entry in refused] == [("HEAD", 0)]


def test_empty_files_and_odd_names_are_published_as_they_are(shop: Shop) -> None:
    with shop.client(folder="/content/weekly lists/März") as client:
        assert client.upload("prix d'été 50%.csv", b"").size == 0
        assert client.upload("a&b,c.csv", b"x").how == "move"
        assert sorted(each.name for each in client.files()) == ["a&b,c.csv", "prix d'été 50%.csv"]
        assert client.read("a&b,c.csv") == b"x"
        assert client.read("c.csv") is None


@pytest.mark.parametrize(
    "name",
    ["", "../x.csv", "a/b.csv", "a\\b.csv", ".htaccess", "x?.csv", "x#y", "x;y", "x\r\ny", "x.tmp-ops0123456789ab"],
)
def test_a_name_that_is_a_path_is_refused_before_anything_is_asked(shop: Shop, name: str) -> None:
    with shop.client() as client, pytest.raises(ValueError, match="no name of a file"):
        client.upload(name, NEW)
    assert shop.asked() == []


def test_unchanged_content_is_not_sent_while_the_file_is_there(shop: Shop) -> None:
    with shop.client() as client:
        assert client.upload(NAME, OLD, unchanged=True) == UploadResult(NAME, "unchanged", len(OLD), "none")
        assert "PUT" not in shop.asked()
        (shop.content / NAME).unlink()
        assert client.upload(NAME, OLD, unchanged=True).status == "published"
    assert (shop.content / NAME).read_bytes() == OLD


def test_a_missing_folder_is_made_with_those_above_it(shop: Shop) -> None:
    assert shop.upload(folder="/content/lists/2026").how == "move"
    assert (shop.content / "lists" / "2026" / NAME).read_bytes() == NEW


@pytest.mark.parametrize("status", [405, 501])
def test_a_server_without_move_gets_the_file_put_and_checked(shop: Shop, status: int) -> None:
    shop.fault("status", method="MOVE", status=status, times=None)
    assert shop.upload() == UploadResult(NAME, "published", len(NEW), "put")
    assert (shop.content / NAME).read_bytes() == NEW
    assert [path.name for path in shop.content.iterdir()] == [NAME]


def test_half_of_a_put_without_move_is_sent_again(shop: Shop) -> None:
    shop.fault("status", method="MOVE", status=405, times=None)
    shop.fault("half_stored", method="PUT", path=f"/content/{NAME}", after=1, times=2)
    assert shop.upload().how == "put"
    assert (shop.content / NAME).read_bytes() == NEW


def test_half_of_what_was_sent_never_takes_the_files_name(shop: Shop) -> None:
    shop.fault("half_stored", method="PUT", times=None)
    with pytest.raises(WebDavError, match=r"holds 2,700 bytes after 5,400 bytes were sent") as caught:
        shop.upload()
    assert (caught.value.kind, caught.value.maybe_done) == ("size", False)
    assert (shop.content / NAME).read_bytes() == OLD
    assert [path.name for path in shop.content.iterdir()] == [NAME]


def test_a_move_that_loses_the_old_file_is_made_good(shop: Shop) -> None:
    shop.fault("half_move", method="MOVE", status=500)
    assert shop.upload().how == "move"
    shop.fault("half_move", method="MOVE", status=500, times=None)
    assert shop.upload(OLD).how == "put"
    assert (shop.content / NAME).read_bytes() == OLD


def test_a_move_whose_answer_was_lost_is_recognised_as_done(shop: Shop) -> None:
    shop.fault("refuse", method="MOVE", accepted=True, times=None)
    assert shop.upload().how == "move"
    assert (shop.content / NAME).read_bytes() == NEW


def test_the_same_content_whose_move_fails_leaves_no_temporary_file(shop: Shop) -> None:
    shop.fault("status", method="MOVE", status=503, times=None)
    assert shop.upload(OLD).how == "move"
    assert [path.name for path in shop.content.iterdir()] == [NAME]


STATUSES = {
    401: "login",
    403: "refused",
    404: "folder",
    409: "folder",
    423: "locked",
    500: "busy",
    503: "busy",
    507: "full",
}
BREAKS: list[dict[str, Any]] = [
    {"kind": "refuse"},
    {"kind": "refuse", "accepted": True},
    {"kind": "timeout_before"},
    {"kind": "timeout_after"},
    {"kind": "reset"},
    {"kind": "short_body"},
    {"kind": "html"},
    {"kind": "half_stored"},
    {"kind": "half_move"},
    *({"kind": "status", "status": status} for status in STATUSES),
    *({"kind": "status", "status": status, "accepted": True} for status in (500, 503)),
]


MATRIX = [
    *((fault, method, times) for fault in BREAKS for method in ("PUT", "HEAD", "MOVE") for times in (1, None)),
    *(({"kind": kind}, method, None) for kind in ("refuse", "status", "html") for method in ("DELETE", "PROPFIND")),
]


@pytest.mark.parametrize(
    ("fault", "method", "times"),
    [pytest.param(*each, id="-".join(map(str, (*each[0].values(), each[1], each[2] or "lasting")))) for each in MATRIX],
)
def test_whatever_breaks_a_reader_finds_the_old_or_the_new_file_whole(
    shop: Shop, fault: dict[str, Any], method: str, times: int | None
) -> None:
    shop.fault(method=method, times=times, **fault)
    error: WebDavError | None = None
    try:
        shop.upload(seconds=0.3 if fault["kind"].startswith("timeout") else 10.0)
    except WebDavError as caught:
        error = caught
    found = (shop.content / NAME).read_bytes()
    assert found == NEW if error is None else found in {OLD, NEW}
    if error is not None and not error.maybe_done:
        assert found == OLD
    shop.sandbox.faults.switch_off()
    assert shop.upload().size == len(NEW)  # the next run settles it
    assert (shop.content / NAME).read_bytes() == NEW


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
def test_a_lasting_refusal_says_what_to_do_and_leaves_the_old_file(shop: Shop, status: int, kind: str) -> None:
    shop.fault("status", method="PUT", status=status, times=None)
    with pytest.raises(WebDavError) as caught:
        shop.upload()
    assert (caught.value.kind, caught.value.status, caught.value.maybe_done) == (kind, status, False)
    assert shop.state.password not in str(caught.value)
    assert (shop.content / NAME).read_bytes() == OLD


def test_a_wrong_password_is_told_by_the_name_of_its_setting(shop: Shop) -> None:
    with pytest.raises(WebDavError, match=r"WebDAV login refused: check .*OPS_RETAIL__WEBDAV__PASSWORD") as caught:
        shop.upload(password="wrong-secret")
    assert "wrong-secret" not in str(caught.value)
    assert (shop.content / NAME).read_bytes() == OLD
    assert "PUT" not in shop.asked()


def test_a_file_that_somebody_holds_a_lock_on_stays_as_it_is(shop: Shop) -> None:
    lock = (
        '<?xml version="1.0"?><lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype>'
        "<owner>somebody</owner></lockinfo>"
    )
    login = httpx.DigestAuth(shop.state.user, shop.state.password)
    url = f"{shop.sandbox.url}/webdav/content/{NAME}"
    assert httpx.request("LOCK", url, content=lock, auth=login, trust_env=False).status_code == 200
    with pytest.raises(WebDavError, match="locked by another program"):
        shop.upload()
    assert (shop.content / NAME).read_bytes() == OLD
    assert [path.name for path in shop.content.iterdir()] == [NAME]


def test_nobody_at_the_address_is_told_with_the_setting(shop: Shop) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(WebDavError, match=r"did not answer: check the network and retail\.webdav\.url"):
        shop.upload(url=f"http://127.0.0.1:{port}/webdav")


@pytest.mark.parametrize("cut_after", [1, 60_000, 2_500_000])
def test_a_connection_cut_while_the_body_is_sent_leaves_the_old_file_until_all_of_it_came(
    shop: Shop, cut_after: int
) -> None:
    large = os.urandom(3_000_000)
    with cutting(shop.sandbox.url, cut_after) as url:
        with pytest.raises(WebDavError) as caught:
            shop.upload(large, url=f"{url}/webdav", retry=ONCE)
        assert (caught.value.kind, caught.value.maybe_done) == ("unreachable", False)
        assert (shop.content / NAME).read_bytes() == OLD
        assert shop.upload(large, url=f"{url}/webdav").how == "move"
    assert (shop.content / NAME).read_bytes() == large


def test_readers_never_meet_half_a_file_nor_none_while_it_is_replaced(shop: Shop) -> None:
    contents = [bytes([digit]) * 200_000 for digit in b"0123456789"]
    whole = {OLD, *contents}
    torn: list[object] = []
    done = threading.Event()

    def read() -> None:
        login = httpx.DigestAuth(shop.state.user, shop.state.password)
        with httpx.Client(auth=login, trust_env=False) as client:
            while not done.is_set():
                answer = client.get(f"{shop.sandbox.url}/webdav/content/{NAME}")
                if answer.status_code != 200 or answer.content not in whole:
                    torn.append(answer.status_code)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with shop.client() as client:
            for content in contents:
                client.upload(NAME, content)
    finally:
        done.set()
        reader.join()
    assert torn == []


def test_only_old_temporary_files_of_ours_are_removed(shop: Shop) -> None:
    names = ["a.csv.tmp-ops0123456789ab", "b.csv.tmp-opsba9876543210", "c.csv.tmp-ops01", "d.tmp", "e.csv"]
    long_ago = time.time() - timedelta(days=2).total_seconds()
    for name in names:
        (shop.content / name).write_bytes(b"x")
        if not name.startswith("b"):
            os.utime(shop.content / name, (long_ago, long_ago))
    shop.upload()
    assert sorted(path.name for path in shop.content.iterdir()) == sorted([*names[1:], NAME])
    with shop.client() as client:
        assert client.remove_leftovers(datetime.now(UTC) + timedelta(hours=23)) == 0
        assert client.remove_leftovers(datetime.now(UTC) + timedelta(hours=25)) == 1


def test_leftovers_are_looked_for_once_a_connection_and_cannot_fail_an_upload(shop: Shop) -> None:
    shop.fault("html", method="PROPFIND", times=None)
    with shop.client() as client:
        client.upload(NAME, NEW)
        client.upload(NAME, OLD)
    assert shop.asked().count("PROPFIND") == 1


def test_a_server_that_tells_no_length_is_asked_by_a_listing(shop: Shop) -> None:
    shop.fault("status", method="HEAD", status=200, times=None)
    assert shop.upload().how == "move"
    with shop.client() as client:
        assert client.exists_with_size(NAME, len(NEW))
        assert not client.exists_with_size(NAME, len(OLD))


def test_the_section_says_where_unless_the_sandbox_is_meant(shop: Shop, tmp_path: Path) -> None:
    live = WebdavSettings(
        mode="live",
        url=f"{shop.sandbox.url}/webdav/",
        user=shop.state.user,
        password=SecretStr(shop.state.password),
        folder="content/",
    )
    with WebDav(live) as client:
        assert client.upload(NAME, NEW).how == "move"
    with pytest.raises(WebDavError, match="lacks its url, user or password"):
        WebDav(WebdavSettings())
    with pytest.raises(WebDavError, match=r"retail\.webdav\.url is no URL"):
        WebDav(WebdavSettings(), url="ftp://x", user="u", password="p")


def test_the_doctor_looks_at_a_real_server_and_says_what_is_wrong(shop: Shop, tmp_path: Path) -> None:
    section = {"mode": "live", "url": f"{shop.sandbox.url}/webdav", "user": shop.state.user, "password": "sandbox"}
    settings = Settings(home=tmp_path, retail={"webdav": section})
    assert (webdav(settings).ok, webdav(settings).detail) == (True, f"{section['url']}/content, 1 files")
    assert list(shop.state.files()) == [f"/content/{NAME}"]  # what it tried with is gone
    for method in ("PUT", "DELETE"):
        shop.fault("status", method=method, status=403)
        refused = webdav(settings)
        assert (refused.ok, "may not write to /content" in refused.detail) == (False, True)
        shop.sandbox.faults.switch_off()
    wrong = webdav(Settings(home=tmp_path, retail={"webdav": {**section, "password": "wrong-secret"}}))
    assert (wrong.ok, "login refused" in wrong.detail, "wrong-secret" in wrong.detail) == (False, True, False)


def test_in_the_sandbox_the_one_of_this_home_is_found(shop: Shop, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(WebDavError, match="no sandbox is running: `ops demo` or `ops sandbox` starts it"):
        web_dav(settings)
    with announced(settings.home, shop.sandbox.url), web_dav(settings) as client:
        assert client.upload(NAME, NEW).status == "published"
    with web_dav(settings, sandbox_url=shop.sandbox.url) as client:
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


@contextmanager
def cutting(url: str, cut_after: int) -> Iterator[str]:
    """A relay in front of the server which breaks the first connection with a body, after so many bytes of it."""
    upstream = int(url.rpartition(":")[2])
    spent = threading.Event()

    def carry(source: socket.socket, target: socket.socket, *, cuts: bool) -> None:
        body = -1
        try:
            while data := source.recv(65536):
                if cuts and not spent.is_set() and data.startswith(b"PUT "):
                    body = 0
                if body >= 0:
                    body += len(data)
                    if body > cut_after and not spent.is_set():
                        spent.set()
                        target.sendall(data[: max(0, len(data) - (body - cut_after))])
                        for each in (source, target):
                            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                            each.close()
                        return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                server = socket.create_connection(("127.0.0.1", upstream))
                for pair, cuts in (((client, server), True), ((server, client), False)):
                    threading.Thread(target=carry, args=pair, kwargs={"cuts": cuts}, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
