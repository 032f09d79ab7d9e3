"""The file server's stand-in: who may, what is kept, what a person sees, the faults of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.webdav import DavSandbox, webdav_service


@pytest.fixture
def state(tmp_path: Path) -> DavSandbox:
    return DavSandbox(tmp_path / "dav")


@pytest.fixture
def sandbox(state: DavSandbox) -> Iterator[Sandbox]:
    with running_sandbox([webdav_service(state)]) as sandbox:
        yield sandbox


@pytest.fixture
def client(state: DavSandbox, sandbox: Sandbox) -> Iterator[httpx.Client]:
    login = httpx.DigestAuth(state.user, state.password)
    with httpx.Client(base_url=f"{sandbox.url}/webdav", auth=login, trust_env=False, timeout=10) as client:
        yield client


def test_only_digest_opens_the_door(state: DavSandbox, sandbox: Sandbox, client: httpx.Client) -> None:
    url = f"{sandbox.url}/webdav/content/a.csv"
    basic = httpx.put(url, content=b"x", auth=(state.user, state.password), trust_env=False)
    assert basic.status_code == 401
    assert basic.headers["www-authenticate"].startswith("Digest ")
    assert httpx.put(url, content=b"x", auth=httpx.DigestAuth(state.user, "wrong"), trust_env=False).status_code == 401
    assert state.files() == {}
    assert client.put("/content/a.csv", content=b"x").status_code == 201
    assert list(state.files()) == ["/content/a.csv"]


def test_a_file_is_put_read_moved_over_another_and_removed(state: DavSandbox, client: httpx.Client) -> None:
    client.put("/content/old.csv", content=b"old")
    client.put("/content/new.csv", content=b"new!")
    head = client.head("/content/new.csv")
    assert (head.status_code, head.headers["content-length"]) == (200, "4")
    to = {"Destination": f"{client.base_url}content/old.csv", "Overwrite": "F"}
    assert client.request("MOVE", "/content/new.csv", headers=to).status_code == 412
    assert client.request("MOVE", "/content/new.csv", headers={**to, "Overwrite": "T"}).status_code == 204
    assert client.get("/content/old.csv").content == b"new!"
    assert client.get("/content/new.csv").status_code == 404
    assert client.put("/nowhere/a.csv", content=b"x").status_code == 409
    assert client.delete("/content/old.csv").status_code == 204
    assert state.files() == {}


def test_nothing_outside_the_folder_is_reached(state: DavSandbox, sandbox: Sandbox, client: httpx.Client) -> None:
    (state.folder.parent / "outside.txt").write_text("secret")
    for path in ("/%2e%2e/outside.txt", "/content/..%2f..%2foutside.txt"):
        assert b"secret" not in client.get(path).content
        shown = httpx.get(f"{sandbox.url}/_sandbox/webdav/files{path}", trust_env=False)
        assert (shown.status_code, b"secret" in shown.content) == (404, False)


def test_files_are_there_again_after_a_restart(state: DavSandbox, client: httpx.Client) -> None:
    client.put("/content/a.csv", content=b"a,b\n")
    again = DavSandbox(state.folder)
    assert [path.read_bytes() for path in again.files().values()] == [b"a,b\n"]


def test_the_page_lists_files_and_shows_them_harmlessly(sandbox: Sandbox, client: httpx.Client) -> None:
    client.put("/content/list of <b>.html", content=b"<script>alert(1)</script>")
    [service] = httpx.get(f"{sandbox.url}/_sandbox/state", trust_env=False).json()["services"]
    [[link, size, _]] = service["rows"]
    assert (link["text"], size) == ("/content/list of <b>.html", "25")
    page = httpx.get(sandbox.url, trust_env=False).text
    assert f'<a href="{link["href"]}">/content/list of &lt;b&gt;.html</a>' in page
    shown = httpx.get(sandbox.url + link["href"], trust_env=False)
    assert shown.content == b"<script>alert(1)</script>"
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert shown.headers["x-content-type-options"] == "nosniff"


def test_looking_at_a_file_is_no_request_and_takes_no_fault(sandbox: Sandbox, client: httpx.Client) -> None:
    client.put("/content/a.csv", content=b"x")
    asked = len(sandbox.log.entries())
    sandbox.faults.add("webdav", "status", status=500)
    assert httpx.get(f"{sandbox.url}/_sandbox/webdav/files/content/a.csv", trust_env=False).status_code == 200
    assert len(sandbox.log.entries()) == asked
    assert client.get("/content/a.csv").status_code == 500


def test_the_faults_of_its_own(state: DavSandbox, sandbox: Sandbox, client: httpx.Client) -> None:
    client.head("/")  # the login comes first, else its refusal would take the fault
    sandbox.faults.add("webdav", "half_stored")
    assert client.put("/content/a.csv", content=b"12345678").status_code == 201
    assert state.files()["/content/a.csv"].read_bytes() == b"1234"
    client.put("/content/b.csv", content=b"new")
    sandbox.faults.add("webdav", "half_move", status=507)
    to = {"Destination": f"{client.base_url}content/a.csv", "Overwrite": "T"}
    assert client.request("MOVE", "/content/b.csv", headers=to).status_code == 507
    assert list(state.files()) == ["/content/b.csv"]
