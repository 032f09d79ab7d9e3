"""Publishing over WebDAV while something breaks: a reader finds the old or the new file, whole."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from ops_platform.adapters.webdav import WebDavError
from ops_platform_tests.adapters.webdav_parts import NAME, NEW, OLD, ONCE, Dav
from ops_platform_tests.patience import patience

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


def test_half_of_a_put_without_move_is_sent_again(dav: Dav) -> None:
    dav.fault("status", method="MOVE", status=405, times=None)
    dav.fault("half_stored", method="PUT", path=f"/content/{NAME}", after=1, times=2)
    assert dav.upload().how == "put"
    assert (dav.content / NAME).read_bytes() == NEW


def test_half_of_what_was_sent_never_takes_the_files_name(dav: Dav) -> None:
    dav.fault("half_stored", method="PUT", times=None)
    with pytest.raises(WebDavError, match=r"holds 2,700 bytes after 5,400 bytes were sent") as caught:
        dav.upload()
    assert (caught.value.kind, caught.value.maybe_done) == ("size", False)
    assert (dav.content / NAME).read_bytes() == OLD
    assert [path.name for path in dav.content.iterdir()] == [NAME]


def test_a_move_that_loses_the_old_file_is_made_good(dav: Dav) -> None:
    dav.fault("half_move", method="MOVE", status=500)
    assert dav.upload().how == "move"
    dav.fault("half_move", method="MOVE", status=500, times=None)
    assert dav.upload(OLD).how == "put"
    assert (dav.content / NAME).read_bytes() == OLD


def test_a_move_whose_answer_was_lost_is_recognised_as_done(dav: Dav) -> None:
    dav.fault("refuse", method="MOVE", accepted=True, times=None)
    assert dav.upload().how == "move"
    assert (dav.content / NAME).read_bytes() == NEW


def test_the_same_content_whose_move_fails_leaves_no_temporary_file(dav: Dav) -> None:
    dav.fault("status", method="MOVE", status=503, times=None)
    assert dav.upload(OLD).how == "move"
    assert [path.name for path in dav.content.iterdir()] == [NAME]


@pytest.mark.parametrize(
    ("fault", "method", "times"),
    [pytest.param(*each, id="-".join(map(str, (*each[0].values(), each[1], each[2] or "lasting")))) for each in MATRIX],
)
def test_whatever_breaks_a_reader_finds_the_old_or_the_new_file_whole(
    dav: Dav, fault: dict[str, Any], method: str, times: int | None
) -> None:
    dav.fault(method=method, times=times, **fault)
    error: WebDavError | None = None
    try:
        dav.upload(seconds=patience(fault, short=0.3))
    except WebDavError as caught:
        error = caught
    found = (dav.content / NAME).read_bytes()
    assert found == NEW if error is None else found in {OLD, NEW}
    if error is not None and not error.maybe_done:
        assert found == OLD
    dav.sandbox.faults.switch_off()
    assert dav.upload().size == len(NEW)  # the next run settles it
    assert (dav.content / NAME).read_bytes() == NEW


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
def test_a_lasting_refusal_says_what_to_do_and_leaves_the_old_file(dav: Dav, status: int, kind: str) -> None:
    dav.fault("status", method="PUT", status=status, times=None)
    with pytest.raises(WebDavError) as caught:
        dav.upload()
    assert (caught.value.kind, caught.value.status, caught.value.maybe_done) == (kind, status, False)
    assert dav.state.password not in str(caught.value)
    assert (dav.content / NAME).read_bytes() == OLD


def test_a_wrong_password_is_told_by_the_name_of_its_setting(dav: Dav) -> None:
    with pytest.raises(WebDavError, match=r"WebDAV login refused: check .*OPS_RETAIL__WEBDAV__PASSWORD") as caught:
        dav.upload(password="wrong-secret")
    assert "wrong-secret" not in str(caught.value)
    assert (dav.content / NAME).read_bytes() == OLD
    assert "PUT" not in dav.asked()


def test_a_file_that_somebody_holds_a_lock_on_stays_as_it_is(dav: Dav) -> None:
    lock = (
        '<?xml version="1.0"?><lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype>'
        "<owner>somebody</owner></lockinfo>"
    )
    login = httpx.DigestAuth(dav.state.user, dav.state.password)
    url = f"{dav.sandbox.url}/webdav/content/{NAME}"
    assert httpx.request("LOCK", url, content=lock, auth=login, trust_env=False).status_code == 200
    with pytest.raises(WebDavError, match="locked by another program"):
        dav.upload()
    assert (dav.content / NAME).read_bytes() == OLD
    assert [path.name for path in dav.content.iterdir()] == [NAME]


def test_nobody_at_the_address_is_told_with_the_setting(dav: Dav) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(WebDavError, match=r"did not answer: check the network and retail\.webdav\.url"):
        dav.upload(url=f"http://127.0.0.1:{port}/webdav")


@pytest.mark.parametrize("cut_after", [1, 60_000, 2_500_000])
def test_a_connection_cut_while_the_body_is_sent_leaves_the_old_file_until_all_of_it_came(
    dav: Dav, cut_after: int
) -> None:
    large = os.urandom(3_000_000)
    with cutting(dav.sandbox.url, cut_after) as url:
        with pytest.raises(WebDavError) as caught:
            dav.upload(large, url=f"{url}/webdav", retry=ONCE)
        assert (caught.value.kind, caught.value.maybe_done) == ("unreachable", False)
        assert (dav.content / NAME).read_bytes() == OLD
        assert dav.upload(large, url=f"{url}/webdav").how == "move"
    assert (dav.content / NAME).read_bytes() == large


def test_readers_never_meet_half_a_file_nor_none_while_it_is_replaced(dav: Dav) -> None:
    contents = [bytes([digit]) * 200_000 for digit in b"0123456789"]
    whole = {OLD, *contents}
    torn: list[object] = []
    done = threading.Event()

    def read() -> None:
        login = httpx.DigestAuth(dav.state.user, dav.state.password)
        with httpx.Client(auth=login, trust_env=False) as client:
            while not done.is_set():
                answer = client.get(f"{dav.sandbox.url}/webdav/content/{NAME}")
                if answer.status_code != 200 or answer.content not in whole:
                    torn.append(answer.status_code)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with dav.client() as client:
            for content in contents:
                client.upload(NAME, content)
    finally:
        done.set()
        reader.join()
    assert torn == []
