"""Each fault over a real connection: what the client sees, whether the service did it, and what the log says."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform_tests.patience import until
from ops_platform_tests.sandbox.parts import Echo


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, Echo]]:
    echo = Echo()
    with running_sandbox([echo.service()]) as sandbox:
        yield sandbox, echo


@pytest.fixture
def sandbox(served: tuple[Sandbox, Echo]) -> Sandbox:
    served[0].faults.switch_off()
    return served[0]


@pytest.fixture
def echo(served: tuple[Sandbox, Echo]) -> Echo:
    served[1].done.clear()
    return served[1]


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.url}/echo", timeout=5, trust_env=False) as client:
        yield client


def test_without_a_fault_the_service_answers_and_the_log_knows_size_and_digest_but_no_body(
    sandbox: Sandbox, echo: Echo, client: httpx.Client
) -> None:
    assert client.post("/things", content=b"a secret body").json()["size"] == 13
    entry = sandbox.log.entries()[-1]
    assert (entry.service, entry.method, entry.path) == ("echo", "POST", "/things")
    assert (entry.reached, entry.status, entry.whole, entry.fault) == (True, 200, True, None)
    assert entry.request_bytes == 13
    assert entry.request_sha256 == hashlib.sha256(b"a secret body").hexdigest()
    assert "secret" not in repr(entry)


@pytest.mark.parametrize(
    ("kind", "error", "reached"),
    [
        ("refuse", httpx.RemoteProtocolError, False),
        ("reset", httpx.ReadError, True),
        ("short_body", httpx.RemoteProtocolError, True),
    ],
)
def test_a_broken_connection_is_broken_for_the_client_and_the_next_request_works(
    sandbox: Sandbox, echo: Echo, client: httpx.Client, kind: str, error: type[Exception], reached: bool
) -> None:
    sandbox.faults.add("echo", kind)
    with pytest.raises(error):
        client.post("/things", content=b"1")
    assert echo.done == ([b"1"] if reached else [])
    entry = sandbox.log.entries()[-1]
    assert (entry.fault, entry.reached, entry.whole) == (kind, reached, False)
    assert entry.status == (200 if reached else None)
    assert client.post("/things", content=b"2").status_code == 200


def test_a_short_body_announces_more_than_it_sends(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.faults.add("echo", "short_body")
    with pytest.raises(httpx.RemoteProtocolError, match=r"received 10\d\d bytes, expected 20\d\d"):
        client.get("/things")


@pytest.mark.parametrize(("kind", "reached"), [("timeout_before", False), ("timeout_after", True)])
def test_a_timeout_never_answers_and_only_the_one_after_acceptance_has_an_effect(
    sandbox: Sandbox, echo: Echo, client: httpx.Client, kind: str, reached: bool
) -> None:
    sandbox.faults.add("echo", kind)
    before = len(sandbox.log.entries())
    with pytest.raises(httpx.ReadTimeout):
        client.post("/things", content=b"1", timeout=0.3)
    [entry] = until("the request has come", lambda: sandbox.log.entries()[before:])
    assert (entry.reached, entry.status) == (reached, None)
    assert echo.done == ([b"1"] if reached else [])


def test_a_status_comes_with_its_headers_and_the_service_is_not_asked(
    sandbox: Sandbox, echo: Echo, client: httpx.Client
) -> None:
    sandbox.faults.add(
        "echo", "status", status=429, headers={"Retry-After": "7", "X-Rate-Limit-Left": "0"}, body="slow"
    )
    answer = client.post("/things", content=b"1")
    assert (answer.status_code, answer.headers["retry-after"], answer.text) == (429, "7", "slow")
    assert echo.done == []


def test_a_status_can_lie_about_what_was_done(sandbox: Sandbox, echo: Echo, client: httpx.Client) -> None:
    sandbox.faults.add("echo", "status", status=502, accepted=True)
    assert client.post("/things", content=b"1").status_code == 502
    assert echo.done == [b"1"]


def test_html_and_half_a_json_come_with_a_good_status(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.faults.add("echo", "html")
    sandbox.faults.add("echo", "malformed_json")
    page = client.get("/things")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    half = client.get("/things")
    assert (half.status_code, half.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError, match="Unterminated"):
        half.json()


def test_latency_and_a_slow_drip_give_the_whole_answer_in_the_end(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.faults.add("echo", "latency", seconds=0.2)
    sandbox.faults.add("echo", "slow_drip", seconds=0.005)
    usual = client.get("/things")
    assert usual.elapsed.total_seconds() >= 0.2
    with client.stream("GET", "/things") as answer:
        pieces = list(answer.iter_raw())
    assert len(pieces) > 3
    assert b"".join(pieces) == usual.content


def test_a_service_acts_its_own_faults_out(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.faults.add("echo", "odd", message="hello")
    assert client.get("/things").json() == {"own": "odd", "message": "hello"}
    assert sandbox.log.entries()[-1].fault == "odd"


def test_a_defect_in_a_service_is_a_500_in_answer_and_log(sandbox: Sandbox, client: httpx.Client) -> None:
    assert client.get("/breaks").status_code == 500
    assert sandbox.log.entries()[-1].status == 500
    assert client.get("/things").status_code == 200


def test_a_client_that_is_kept_waiting_does_not_keep_the_sandbox_from_ending() -> None:
    seen: list[str] = []

    def ask(url: str) -> None:
        try:
            httpx.get(f"{url}/echo/things", timeout=60, trust_env=False)
        except httpx.HTTPError as error:
            seen.append(type(error).__name__)

    with running_sandbox([Echo().service()]) as sandbox:
        sandbox.faults.add("echo", "timeout_before")
        waiting = threading.Thread(target=ask, args=[sandbox.url])
        waiting.start()
        while not sandbox.log.entries():
            time.sleep(0.01)
    waiting.join(timeout=10)
    assert not waiting.is_alive()
    assert seen in (["ReadError"], ["RemoteProtocolError"])  # cut off, not answered
