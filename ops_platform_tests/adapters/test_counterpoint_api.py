"""Counterpoint's API over real HTTP: what each answer means, above all whether a customer may have been made."""

from __future__ import annotations

import base64
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ops_platform.adapters.counterpoint_api import CounterpointApi, CounterpointApiError, counterpoint_api
from ops_platform.adapters.health import till_api
from ops_platform.sandbox.counterpoint_api import CounterpointApiSandbox, counterpoint_api_service
from ops_platform.sandbox.counterpoint_customers import InMemory
from ops_platform.sandbox.mail_tls import CERTIFICATE, HAS_TLS, server_tls
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.settings import SettingsError, load_settings
from ops_platform.settings_retail_customers import CounterpointApiSettings
from ops_platform_tests.patience import patience

PAT = {"FST_NAM": "Pat", "LST_NAM": "Example", "EMAIL_ADRS_1": "pat@customers.example", "PHONE_1": "828-555-1234"}
SECRET = SecretStr("sandbox")
SERVICE = "counterpoint"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[CounterpointApiSandbox, Sandbox]]:
    state = CounterpointApiSandbox()
    with running_sandbox([counterpoint_api_service(state)]) as sandbox:
        yield state, sandbox


@pytest.fixture
def sandbox(served: tuple[CounterpointApiSandbox, Sandbox]) -> Sandbox:
    state, sandbox = served
    state._customers = InMemory()
    sandbox.faults.switch_off()
    return sandbox


@contextmanager
def api(sandbox: Sandbox, *, timeout: float = 10.0, **options: Any) -> Iterator[CounterpointApi]:
    settings = CounterpointApiSettings(**options.pop("settings", {}))
    given = {"user": "DEMO.OPS", "secret": SECRET, "url": f"{sandbox.url}/{SERVICE}"} | options
    with CounterpointApi(settings, timeout_seconds=timeout, **given) as opened:
        yield opened


def refused(sandbox: Sandbox, *, fields: dict[str, Any] = PAT, **options: Any) -> CounterpointApiError:
    with api(sandbox, **options) as opened, pytest.raises(CounterpointApiError) as told:
        opened.create_customer(fields)
    return told.value


def made(served: tuple[CounterpointApiSandbox, Sandbox]) -> int:
    return len(served[0].all())


def test_a_customer_is_made_and_its_number_told(served: Any, sandbox: Sandbox) -> None:
    with api(sandbox) as opened:
        number = opened.create_customer(PAT)
    [customer] = served[0].all()
    assert customer["CUST_NO"] == number
    assert customer | PAT == customer


def test_login_and_key_go_in_their_headers_and_the_servers_memory_is_passed_by(sandbox: Sandbox) -> None:
    seen: dict[str, str] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.update(self.headers.items())
            body = b'{"CUST_NO": "100001", "ErrorCode": "SUCCESS"}'
            self.send_response(201)
            self.send_header("Content-Length", str(len(body)))  # and no type at all, as some servers do
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with listening(Handler) as port, api(sandbox, url=f"http://127.0.0.1:{port}") as opened:
        assert opened.create_customer(PAT) == "100001"
    assert base64.b64decode(seen["Authorization"].removeprefix("Basic ")) == b"DEMO.OPS:sandbox"
    assert (seen["APIKey"], seen["ServerCache"]) == ("sandbox", "no-cache")
    assert seen["Content-Type"].startswith("application/json")


def test_a_field_that_is_missing_is_a_refusal_of_this_customer(served: Any, sandbox: Sandbox) -> None:
    told = refused(sandbox, fields={"FST_NAM": "Pat"})
    assert (told.end, told.code) == ("refused", "ERROR_MISSING_REQUIRED_DATA")
    assert "first and last name" in str(told)
    assert made(served) == 0


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"user": "DEMO.OTHER"}, "login refused: look at retail.counterpoint_api.user"),
        ({"settings": {"workgroup": "9"}}, "whether that workgroup has a template customer"),
        ({"url": "http://127.0.0.1:1"}, "look whether Counterpoint's API runs"),
    ],
)
def test_what_is_wrong_with_the_settings_is_not_about_this_customer(
    served: Any, sandbox: Sandbox, options: dict[str, Any], advice: str
) -> None:
    told = refused(sandbox, **options)
    assert told.end == "unavailable"
    assert advice in str(told)
    assert made(served) == 0


def test_a_key_that_ended_says_where_another_comes_from(served: Any, sandbox: Sandbox) -> None:
    served[0].key = "renewed"
    try:
        told = refused(sandbox)
    finally:
        served[0].key = "sandbox"
    assert (told.end, told.code) == ("unavailable", "ERROR_INVALID_APIKEY")
    assert "OPS_RETAIL__COUNTERPOINT_API__API_KEY" in str(told)


@pytest.mark.parametrize(
    "kind",
    [
        {"kind": "error_in_201"},
        {"kind": "no_template"},
        {"kind": "status", "status": 201, "body": '{"ErrorCode": "SUCCESS"}'},
        {"kind": "status", "status": 500, "body": '{"ErrorCode": "SOMETHING_NEW", "Message": "?"}'},
        {"kind": "status", "status": 200, "body": '{"CUST_NO": "1"}'},
    ],
)  # fmt: skip
def test_an_answer_that_says_neither_yes_nor_why_not_is_unclear_whatever_its_status_is(
    sandbox: Sandbox, kind: dict[str, Any]
) -> None:
    sandbox.faults.add(SERVICE, **kind)
    assert refused(sandbox).end == "unclear"


@pytest.mark.parametrize(
    "kind",
    [
        {"kind": "timeout_before"},
        {"kind": "timeout_after"},
        {"kind": "refuse"},
        {"kind": "reset"},
        {"kind": "short_body"},
        {"kind": "html"},
        {"kind": "malformed_json"},
        {"kind": "slow_drip", "seconds": 0.2},
        {"kind": "status", "status": 502, "body": "<h1>Bad gateway</h1>"},
        {"kind": "status", "status": 500, "body": ""},
        {"kind": "status", "status": 201, "body": "[]"},
    ],
)
def test_without_a_whole_answer_nobody_knows_and_nothing_is_sent_again(sandbox: Sandbox, kind: dict[str, Any]) -> None:
    sandbox.faults.add(SERVICE, **kind)
    before = len(sandbox.log.entries(SERVICE))
    told = refused(sandbox, timeout=patience(kind))
    assert told.end == "unknown"
    assert "looked up" in str(told)
    assert len(sandbox.log.entries(SERVICE)) - before <= 1


@pytest.mark.parametrize(
    ("status", "end"), [(403, "unavailable"), (404, "unavailable"), (429, "unavailable"), (422, "refused")]
)
def test_a_status_without_a_code_is_judged_by_itself(sandbox: Sandbox, status: int, end: str) -> None:
    sandbox.faults.add(SERVICE, "status", status=status)
    assert refused(sandbox).end == end


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("ERROR_MISSING_REQUIRED_DATA", "refused"),
        ("ERROR_RECORD_NOT_FOUND", "unavailable"),
        ("ERROR_INVALID_APIKEY", "unavailable"),
        ("ERROR_INVALID_CONFIGURATION", "unavailable"),
        ("ERROR_UNKNOWN", "unclear"),
    ],
)
def test_every_code_of_the_server_says_what_to_do(sandbox: Sandbox, code: str, end: str) -> None:
    sandbox.faults.add(SERVICE, "error_in_201", code=code, message="pat@customers.example is sandbox")
    told = refused(sandbox)
    assert (told.end, told.code) == (end, code)
    assert code in str(told)
    assert len(str(told)) > 100
    assert "pat@" not in str(told)  # what the server quotes may be anybody's


def test_no_error_holds_a_secret(sandbox: Sandbox) -> None:
    for options in ({"url": "http://127.0.0.1:1"}, {"user": "x"}):
        assert "canary-secret" not in str(refused(sandbox, secret=SecretStr("canary-secret"), **options))
    with pytest.raises(CounterpointApiError) as told:
        CounterpointApi(CounterpointApiSettings(url="https://pos", api_key=SecretStr("canary\nsecret")))
    assert "canary" not in str(told.value)


def test_the_probe_changes_nothing(served: Any, sandbox: Sandbox) -> None:
    with api(sandbox) as opened:
        opened.probe()
    with api(sandbox, user="DEMO.OTHER") as opened, pytest.raises(CounterpointApiError, match="login refused"):
        opened.probe()
    assert made(served) == 0


@pytest.mark.skipif(not HAS_TLS, reason="no library to make a certificate with")
def test_a_server_that_signed_its_own_certificate_is_trusted_by_its_file_only(sandbox: Sandbox, tmp_path: Path) -> None:
    tls = server_tls(tmp_path, datetime.now(UTC))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"ErrorCode": "SUCCESS"}')

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with listening(Handler, tls) as port:
        url = f"https://localhost:{port}"
        with api(sandbox, url=url, settings={"ca_file": tmp_path / CERTIFICATE}) as opened:
            opened.probe()
        with (
            api(sandbox, url=url) as opened,
            pytest.raises(CounterpointApiError, match=r"ca_file if it signed its own"),
        ):
            opened.probe()


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_certificate_file_that_is_none_is_named(sandbox: Sandbox, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(CounterpointApiError, match=r"ca\.pem cannot be used"):
        CounterpointApi(CounterpointApiSettings(ca_file=file), url=sandbox.url, secret=SECRET)


def test_the_sandbox_of_the_home_is_used_until_the_mode_is_live(tmp_path: Path) -> None:
    with pytest.raises(CounterpointApiError, match="no sandbox is running"):
        counterpoint_api(load_settings(tmp_path, {"OPS_HOME": str(tmp_path)}))
    live = {f"OPS_RETAIL__COUNTERPOINT_API__{name}": value for name, value in (
        ("MODE", "live"), ("URL", "https://pos:52000"), ("USER", "COMPANY.OPS"), ("PASSWORD", "p"), ("API_KEY", "k"),
        ("CA_FILE", "missing.pem"),
    )}  # fmt: skip
    settings = load_settings(tmp_path, {"OPS_HOME": str(tmp_path), **live})
    assert settings.retail.counterpoint_api.ca_file == tmp_path / "missing.pem"
    with pytest.raises(CounterpointApiError, match=r"missing\.pem cannot be used"):
        counterpoint_api(settings)


def test_the_doctor_asks_a_live_api_and_says_what_is_wrong(sandbox: Sandbox, tmp_path: Path) -> None:
    live = {
        "MODE": "live",
        "URL": f"{sandbox.url}/{SERVICE}",
        "USER": "DEMO.OPS",
        "PASSWORD": "sandbox",
        "API_KEY": "sandbox",
    }

    def asked(**other: str) -> list[tuple[bool, str]]:
        env = {f"OPS_RETAIL__COUNTERPOINT_API__{name}": value for name, value in {**live, **other}.items()}
        return [
            (probe.ok, probe.detail) for probe in till_api(load_settings(tmp_path, {"OPS_HOME": str(tmp_path), **env}))
        ]

    assert asked() == [(True, f"{sandbox.url}/{SERVICE}, workgroup 1")]
    [(ok, detail)] = asked(PASSWORD="canary-secret")
    assert (ok, "login refused" in detail, "canary" in detail) == (False, True, False)
    assert till_api(load_settings(tmp_path, {"OPS_HOME": str(tmp_path)})) == []


def test_a_live_api_needs_its_keys(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"COUNTERPOINT_API__PASSWORD and \.\.__API_KEY"):
        load_settings(tmp_path, {"OPS_RETAIL__COUNTERPOINT_API__MODE": "live"})


@contextmanager
def listening(handler: type[http.server.BaseHTTPRequestHandler], tls: Any = None) -> Iterator[int]:
    """A server of one handler on a free port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
