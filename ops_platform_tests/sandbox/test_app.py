"""The frame: who may talk to it, switching faults over HTTP, and the index page."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from ops_platform.sandbox.server import Sandbox, SandboxError, running_sandbox
from ops_platform_tests.sandbox.parts import Echo


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox([Echo().service(), Echo().service("other")]) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, timeout=5, trust_env=False) as client:
        yield client


def test_a_fault_is_switched_on_shown_and_off_over_http(client: httpx.Client) -> None:
    made = client.post("/_sandbox/faults", json={"service": "echo", "kind": "status", "status": 500})
    assert made.status_code == 201
    assert client.get("/other/things").status_code == 200
    assert client.get("/echo/things").status_code == 500
    [shown] = client.get("/_sandbox/faults").json()
    assert (shown["kind"], shown["applied"], shown["spent"]) == ("status", 1, True)
    assert client.delete(f"/_sandbox/faults/{shown['number']}").json() == {"switched_off": 1}
    assert client.delete(f"/_sandbox/faults/{shown['number']}").status_code == 404
    assert client.delete("/_sandbox/faults").json() == {"switched_off": 0}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"service": "echo", "kind": "stauts"}, "echo has no fault 'stauts'; it has: latency"),
        ({"service": "nobody", "kind": "status"}, "no service 'nobody'"),
        ({"service": "echo", "kind": "status", "tmies": 2}, "tmies: Extra inputs"),
        ({"service": "echo", "kind": "status", "status": 1000}, "status: Input should be less"),
        ([], "body: Input should be an object"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_the_reason(client: httpx.Client, body: object, said: str) -> None:
    answer = client.post("/_sandbox/faults", json=body)
    assert answer.status_code == 422
    assert said in answer.json()["error"]
    assert client.get("/_sandbox/faults").json() == []


def test_a_form_of_another_sites_page_switches_nothing(client: httpx.Client) -> None:
    text = '{"service": "echo", "kind": "status"}'
    assert client.post("/_sandbox/faults", content=text, headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.post("/_sandbox/faults", data={"service": "echo", "kind": "status"}).status_code == 415
    assert client.get("/_sandbox/faults").json() == []


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", ""])
@pytest.mark.parametrize("path", ["/", "/_sandbox/faults", "/echo/things"])
def test_a_foreign_host_name_is_refused_everywhere(client: httpx.Client, host: str, path: str) -> None:
    assert client.get(path, headers={"Host": host}).status_code == 400


def test_the_state_and_the_log_are_there_as_json(client: httpx.Client, sandbox: Sandbox) -> None:
    client.post("/echo/things", content=b"abc")
    echo, other = client.get("/_sandbox/state").json()["services"]
    assert (echo["name"], echo["url"], echo["requests"]) == ("echo", f"{sandbox.url}/echo", 1)
    assert (echo["facts"], echo["rows"]) == ({"done": 1}, [["abc"]])
    assert (other["requests"], other["facts"]) == (0, {"done": 0})
    assert [entry["path"] for entry in client.get("/_sandbox/log?service=echo").json()] == ["/things"]
    assert client.get("/_sandbox/log?after=1").json() == []


def test_the_index_page_shows_services_arrivals_requests_and_faults_and_escapes_them(client: httpx.Client) -> None:
    client.post("/echo/things?note=<b>", content=b"<script>alert(1)</script>")
    client.post("/_sandbox/faults", json={"service": "other", "kind": "refuse", "times": 4})
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "An echo" in page.text
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "/things?note=%3Cb%3E" in page.text
    assert "0 of 4" in page.text
    assert "src=" not in page.text  # no asset from anywhere
    assert "https://" not in page.text


def test_a_page_without_services_requests_and_faults_has_no_holes() -> None:
    with running_sandbox([]) as empty:
        page = httpx.get(empty.url, trust_env=False)
    assert page.status_code == 200
    assert "Nobody asked for anything yet." in page.text


def test_a_taken_port_is_told_with_the_way_out(sandbox: Sandbox) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with (
        pytest.raises(SandboxError, match=rf"cannot listen on 127.0.0.1:{port} .*`ops sandbox --port N`"),
        running_sandbox([], port=port),
    ):
        pass


def test_the_port_is_free_again_at_once() -> None:
    with running_sandbox([]) as first:
        port = int(first.url.rpartition(":")[2])
        httpx.get(first.url, trust_env=False)
    with running_sandbox([], port=port) as second:
        assert httpx.get(second.url, trust_env=False).status_code == 200
