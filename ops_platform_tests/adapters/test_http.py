"""The HTTP client against a real server: what is repeated, what is given up, and that no key is ever told."""

from __future__ import annotations

import gzip
import logging
import socket
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ops_platform.adapters.http import HttpClient, Retry
from ops_platform.adapters.http_answers import Answer, HttpError, header_value, masked
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform_tests.patience import patience
from ops_platform_tests.sandbox.parts import AT_ONCE, Echo

CANARY = "canary-5f1b0c"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, Echo]]:
    echo = Echo()
    with running_sandbox([echo.service()]) as sandbox:
        yield sandbox, echo


@pytest.fixture
def sandbox(served: tuple[Sandbox, Echo]) -> Sandbox:
    served[0].faults.switch_off()
    served[1].done.clear()
    return served[0]


def client(url: str, **options: Any) -> HttpClient:
    return HttpClient(url, **{"retry": AT_ONCE, "timeout_seconds": 5.0, **options})


def asked(sandbox: Sandbox, before: int) -> int:
    return len(sandbox.log.entries(after=before))


def newest(sandbox: Sandbox) -> int:
    entries = sandbox.log.entries()
    return entries[-1].number if entries else 0


@pytest.mark.parametrize("kind", ["refuse", "reset", "short_body", "timeout_before", "status"])
def test_a_get_is_repeated_until_it_succeeds(sandbox: Sandbox, kind: str) -> None:
    before = newest(sandbox)
    sandbox.faults.add("echo", kind, times=2)
    with client(f"{sandbox.url}/echo", timeout_seconds=patience(kind)) as http:
        assert http.request("GET", "things").json()["size"] == 0
    assert asked(sandbox, before) == 3


@pytest.mark.parametrize(
    ("fault", "kind", "maybe_done"),
    [
        ({"kind": "refuse"}, "broken", True),
        ({"kind": "reset"}, "broken", True),
        ({"kind": "timeout_after"}, "timeout", True),
        ({"kind": "status", "status": 500}, "status", True),
        ({"kind": "status", "status": 429}, "status", False),
        ({"kind": "status", "status": 404}, "status", False),
        ({"kind": "status", "status": 302}, "status", False),
    ],
)
def test_a_post_is_sent_once_and_its_error_says_whether_it_may_have_been_done(
    sandbox: Sandbox, fault: dict[str, Any], kind: str, maybe_done: bool
) -> None:
    before = newest(sandbox)
    sandbox.faults.add("echo", **fault)
    with client(f"{sandbox.url}/echo", timeout_seconds=patience(fault)) as http, pytest.raises(HttpError) as error:
        http.request("POST", "things", json={"a": 1})
    assert (error.value.kind, error.value.maybe_done) == (kind, maybe_done)
    assert asked(sandbox, before) == 1


def test_a_post_that_only_reads_is_repeated_when_the_caller_says_so(sandbox: Sandbox) -> None:
    sandbox.faults.add("echo", "status", status=502, times=2)
    with client(f"{sandbox.url}/echo") as http:
        assert http.request("POST", "things", json={"a": 1}, repeatable=True).json()["size"] == 7


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422])
def test_a_definite_refusal_is_not_repeated(sandbox: Sandbox, status: int) -> None:
    before = newest(sandbox)
    sandbox.faults.add("echo", "status", status=status, times=None)
    with client(f"{sandbox.url}/echo") as http, pytest.raises(HttpError, match=f"answered {status}"):
        http.request("GET", "things")
    assert asked(sandbox, before) == 1


def test_the_pauses_double_and_a_retry_after_lengthens_them(sandbox: Sandbox) -> None:
    pauses: list[float] = []
    patience = Retry(attempts=4, first_wait=2.0, longest_wait=20.0)
    sandbox.faults.add("echo", "status", status=503)
    sandbox.faults.add("echo", "status", status=429, headers={"Retry-After": "9"})
    sandbox.faults.add("echo", "status", status=503)
    with client(f"{sandbox.url}/echo", retry=patience, sleep=pauses.append) as http:
        assert http.request("GET", "things").status == 200
    assert pauses == [2.0, 9.0, 8.0]


def test_a_retry_after_may_be_a_date(sandbox: Sandbox) -> None:
    pauses: list[float] = []
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=15), usegmt=True)
    sandbox.faults.add("echo", "status", status=429, headers={"Retry-After": at})
    with client(f"{sandbox.url}/echo", retry=Retry(2, 0.0, 60.0), sleep=pauses.append) as http:
        http.request("GET", "things")
    assert 10 < pauses[0] <= 15


def test_who_asks_to_wait_an_hour_is_not_waited_for(sandbox: Sandbox) -> None:
    before = newest(sandbox)
    sandbox.faults.add("echo", "status", status=429, headers={"Retry-After": "3600"}, times=None)
    with client(f"{sandbox.url}/echo") as http, pytest.raises(HttpError, match="asks to wait 3,600 s") as error:
        http.request("GET", "things")
    assert error.value.retry_after == 3600
    assert asked(sandbox, before) == 1


def test_an_answer_that_drips_for_ever_ends_at_the_deadline(sandbox: Sandbox) -> None:
    sandbox.faults.add("echo", "slow_drip", seconds=0.1, times=None)
    http = client(f"{sandbox.url}/echo", timeout_seconds=0.4, retry=Retry(attempts=1))
    with http, pytest.raises(HttpError, match=r"no whole answer within 0\.4 s") as error:
        http.request("GET", "things")
    assert error.value.kind == "timeout"


def test_an_answer_that_is_too_large_is_refused_also_when_it_is_packed_small(httpserver: HTTPServer) -> None:
    packed = gzip.compress(b" " * 1_000_000)
    assert len(packed) < 2000
    httpserver.expect_request("/bomb").respond_with_data(packed, headers={"Content-Encoding": "gzip"})
    with (
        client(httpserver.url_for("/"), max_bytes=100_000) as http,
        pytest.raises(HttpError, match="more than 100,000"),
    ):
        http.request("GET", "bomb")
    assert len(httpserver.log) == 1


def test_a_server_that_is_not_there_is_unreachable_and_certainly_did_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        with client(f"http://127.0.0.1:{taken.getsockname()[1]}") as http, pytest.raises(HttpError) as error:
            http.request("GET", "things")
    assert (error.value.kind, error.value.maybe_done) == ("unreachable", False)
    assert "refused" in str(error.value)


def test_a_redirect_is_not_followed_with_the_key(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a").respond_with_response(Response(status=302, headers={"Location": "/b"}))
    with client(httpserver.url_for("/"), headers={"X-Key": CANARY}) as http, pytest.raises(HttpError, match="302"):
        http.request("GET", "a")
    assert [request.path for request, _ in httpserver.log] == ["/a"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "orders.example/api",
        "ftp://a.example",
        "https://",
        "https://u:p@a.example",
        "https://a.example/?k=1",
        "http://[::1",
    ],
)
def test_an_address_that_is_none_is_told_without_its_password(url: str) -> None:
    with pytest.raises(HttpError) as error:
        HttpClient(url)
    assert error.value.kind == "address"
    assert "u:p" not in str(error.value)


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with client(f"{sandbox.url}/echo") as http:
        assert http.request("GET", "things").status == 200


@pytest.mark.parametrize("kind", ["refuse", "reset", "status", "timeout_before", "html", "malformed_json"])
def test_no_key_stands_in_an_error_a_log_or_a_repr(
    sandbox: Sandbox, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sandbox.faults.add("echo", kind, times=None)
    headers, query = {"X-API-Key": CANARY}, {"email": CANARY}
    with client(f"{sandbox.url}/echo", headers=headers, timeout_seconds=patience(kind)) as http:
        with pytest.raises(HttpError) as error:
            http.request("POST", "things", json={"app_secret": CANARY}, params=query).json()
        assert CANARY not in repr(http)
    assert CANARY not in "".join(traceback.format_exception(error.value))
    assert CANARY not in caplog.text


@pytest.mark.parametrize("wrong", ["", "   ", "mykey\nlines", "mykeyé", "mykey\0x", "mykey\tx"])
def test_a_key_no_header_can_carry_names_its_setting_and_not_itself(wrong: str) -> None:
    with pytest.raises(HttpError, match="THE_KEY is empty or holds a line break") as error:
        header_value(wrong, "THE_KEY")
    assert "mykey" not in str(error.value)
    assert header_value(f" {CANARY}\n", "THE_KEY") == CANARY


def test_a_servers_words_are_told_without_our_keys() -> None:
    assert masked(f"bad\nkey {CANARY}!", [CANARY, ""]) == "bad key ***!"
    assert masked("ab abc", ["ab", "abc"]) == "*** ***"
    assert masked("x" * 400, []) == "x" * 300 + "..."


def json_answer(body: bytes, content_type: str = "application/json") -> Answer:
    return Answer("GET http://a.example/b", 200, httpx.Headers({"Content-Type": content_type}), body)


def test_numbers_of_json_keep_every_digit() -> None:
    found = json_answer(b'{"a": 241.20, "b": 3, "c": 1e2, "d": 0.1}').json()
    assert [str(value) for value in found.values()] == ["241.20", "3", "1E+2", "0.1"]
    assert isinstance(found["a"], Decimal)
    assert isinstance(found["b"], int)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "0 bytes of application/json that is no whole JSON"),
        (b'{"a": NaN}', "NaN is no number of JSON"),
        (b"[Infinity, -Infinity]", "Infinity is no number"),
        (b'{"data": [{"a"', "no whole JSON document"),
        (b'{"a": 1} x', "Extra data"),
        (b"\xff\xfe{}", "no UTF-8"),
        (b"<html>sorry</html>", "answered a web page that is no whole JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b"1" * 5000, "no whole JSON document"),
    ],
)
def test_what_is_no_json_is_refused_with_what_it_looks_like(body: bytes, said: str) -> None:
    with pytest.raises(HttpError, match=said) as error:
        json_answer(body).json()
    assert error.value.kind == "content"


@pytest.mark.parametrize("kind", ["text/html", "text/plain; charset=utf-8", ""])
def test_another_type_than_json_is_refused_unless_the_body_is_to_be_believed(kind: str) -> None:
    with pytest.raises(HttpError, match="where JSON was expected"):
        json_answer(b"{}", kind).json()
    assert json_answer(b"\xef\xbb\xbf{}", kind).json(any_type=True) == {}
    assert json_answer(b"{}", "application/problem+json; charset=utf-8").json() == {}


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_json_or_a_clear_refusal(body: bytes) -> None:
    try:
        json_answer(body).json()
    except HttpError as error:
        assert error.kind == "content"


def test_a_retry_after_nobody_can_read_counts_as_none(httpserver: HTTPServer) -> None:
    def busy(_request: Request) -> Response:
        return Response(status=503, headers={"Retry-After": "soon"})

    httpserver.expect_request("/a").respond_with_handler(busy)
    with client(httpserver.url_for("/"), retry=Retry(2, 0.0, 1.0)) as http, pytest.raises(HttpError) as error:
        http.request("GET", "a")
    assert error.value.retry_after is None
    assert len(httpserver.log) == 2
