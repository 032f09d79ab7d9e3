"""Alerts as mail through a real server, and as text to a real HTTP service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from ops_platform.adapters.apprise_channel import AppriseError, check, notify
from ops_platform.adapters.sandbox_address import announced
from ops_platform.core.alert_messages import Message, due_messages
from ops_platform.core.alerts import Alert, Cause, Look, Rules, advance
from ops_platform.flows.operations.alerting import look_and_tell
from ops_platform.flows.operations.book import Book
from ops_platform.flows.operations.channels import SANDBOX_STAFF, ChannelError, channels_of
from ops_platform.sandbox.mail_pages import mail_service
from ops_platform.sandbox.mail_view import Mail
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.smtp import MailSandbox
from ops_platform.settings import Settings
from ops_platform_tests.flows.operations.conftest import settings_of

NOW = datetime(2026, 5, 14, 16, 0, tzinfo=UTC)
RULES = Rules()
CAUSE = Cause(
    "retail/inventory_upload",
    "The automation inventory_upload failed",
    "The disk of <the server> is full.",
    "`ops retail apply inventory_upload` tries it now.",
)


def messages(*causes: Cause) -> list[Message]:
    return due_messages(advance([], [Look("retail", causes)], NOW, RULES), NOW, RULES)


[BEGIN] = messages(CAUSE)


@dataclass
class Post:
    """The sandbox's mail server, running in a home."""

    root: Path
    state: MailSandbox
    sandbox: Sandbox
    before: int = 0

    def mails(self) -> list[Mail]:
        """What arrived in this test, newest first."""
        found = self.state.mails()
        return found[: len(found) - self.before]

    def settings(self, **values: str) -> Settings:
        return settings_of(self.root, **values)

    def send(self, message: Message, **values: str) -> None:
        [channel] = channels_of(self.settings(**values), RULES)
        channel.send(message)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    root = tmp_path_factory.mktemp("post")
    state = MailSandbox(root / "mail")
    with running_sandbox([mail_service(state)]) as sandbox, announced(root / "home", sandbox.url):
        yield Post(root, state, sandbox)


@pytest.fixture
def post(running: Post) -> Post:
    """Without faults, and with a mailbox that counts from here."""
    running.sandbox.faults.switch_off()
    running.before = len(running.state.mails())
    return running


def test_an_alert_is_a_mail_that_says_what_is_wrong_and_what_to_do(post: Post) -> None:
    post.send(BEGIN, alerts__to='["ann@store.example", "bob@store.example"]', mail__store="Green Acres")
    [mail] = post.mails()
    assert mail.envelope_to == ("ann@store.example", "bob@store.example")
    assert mail.subject == "Alert: The automation inventory_upload failed"
    assert mail.text is not None
    assert mail.html is not None
    text = " ".join(mail.text.split())
    assert "! The disk of <the server> is full." in text
    assert 'What to do: "ops retail apply inventory_upload" tries it now.' in text
    assert "Since: 2026-05-14 12:00 EDT" in text
    assert "The disk of &lt;the server&gt; is full." in mail.html
    assert "Green Acres" in mail.html


def test_its_end_is_a_mail_that_says_how_long_it_lasted(post: Post) -> None:
    known = [Alert(**{**BEGIN.alerts[0].__dict__, "told_at": NOW})]
    later = NOW + timedelta(hours=2)
    known = advance(known, [Look("retail", (), {CAUSE.key: "it ran again without an error"})], later, RULES)
    [over] = due_messages(known, later, RULES)
    post.send(over)
    [mail] = post.mails()
    assert mail.envelope_to == (SANDBOX_STAFF,)
    assert mail.subject == "Over: The automation inventory_upload failed"
    assert mail.text is not None
    assert "It ran again without an error." in mail.text
    assert "Lasted: 2 h" in mail.text


def test_many_at_once_are_one_mail_with_all_of_them(post: Post) -> None:
    many = [Cause(f"retail/{number}", f"Number {number} failed", level="warning") for number in range(50)]
    [digest] = messages(*many)
    post.send(digest)
    [mail] = post.mails()
    assert mail.subject == "Alert: 50 problems began"
    assert mail.text is not None
    assert "Number 39 failed" in mail.text
    assert "And 10 more" in mail.text


def test_a_logo_that_is_gone_costs_the_looks_and_not_the_alert(post: Post) -> None:
    post.send(BEGIN, mail__logo="no/such/logo.png")
    [mail] = post.mails()
    assert mail.subject == "Alert: The automation inventory_upload failed"
    assert mail.html is None
    assert mail.text is not None
    assert "The disk of <the server> is full." in mail.text


def test_a_break_after_the_final_dot_may_bring_it_twice_with_one_message_id(post: Post) -> None:
    post.sandbox.faults.add("smtp", "drop", method="DATA", accepted=True)
    post.send(BEGIN)
    ids = {dict(mail.headers)["Message-ID"] for mail in post.mails()}
    assert len(post.mails()) == 2
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("method", "status", "reason"),
    [("AUTH", 535, "OPS_MAIL__PASSWORD|login|password"), ("RCPT", 550, "."), ("DATA", 452, "."), ("MAIL", 421, ".")],
)
def test_a_refusal_of_the_server_is_told_as_what_it_is(post: Post, method: str, status: int, reason: str) -> None:
    post.sandbox.faults.add("smtp", "reply", method=method, status=status, message="no", times=None)
    with pytest.raises(ChannelError, match=reason) as caught:
        post.send(BEGIN)
    assert SANDBOX_STAFF not in str(caught.value)
    assert post.mails() == []


def test_one_of_two_who_gets_it_is_enough(post: Post) -> None:
    post.sandbox.faults.add("smtp", "reply", method="RCPT", path="gone@", status=550, message="no", times=None)
    post.send(BEGIN, alerts__to='["gone@store.example", "ann@store.example"]')
    [mail] = post.mails()
    assert mail.envelope_to == ("ann@store.example",)


def test_where_no_sandbox_runs_and_nothing_is_set_there_is_no_channel(tmp_path: Path) -> None:
    assert channels_of(settings_of(tmp_path), RULES) == []


def test_mail_of_a_live_account_needs_an_address(tmp_path: Path) -> None:
    live = {"mail__mode": "live", "mail__user": "u", "mail__sender": "a@store.example", "mail__password": "x"}
    assert channels_of(settings_of(tmp_path, **live), RULES) == []
    names = [
        channel.name for channel in channels_of(settings_of(tmp_path, alerts__to='["b@x.example"]', **live), RULES)
    ]
    assert names == ["mail"]


def test_another_service_gets_the_same_as_text(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/alerts", method="POST").respond_with_data("")
    url = httpserver.url_for("/alerts").replace("http://", "json://ops:canary-secret@")
    [channel] = channels_of(settings_of(tmp_path, alerts__apprise_urls=url), RULES)
    assert channel.name == "json"
    channel.send(BEGIN)
    request, _ = httpserver.log[0]
    got: dict[str, Any] = json.loads(request.data)
    assert (got["title"], got["type"]) == ("Alert: The automation inventory_upload failed", "failure")
    assert got["message"].splitlines()[1:] == [
        "The disk of <the server> is full.",
        '"ops retail apply inventory_upload" tries it now.',
    ]


def test_of_two_services_of_one_kind_the_one_that_fails_is_told_through_the_other(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request("/broken").respond_with_data("", status=500)
    httpserver.expect_request("/works").respond_with_data("")
    urls = [httpserver.url_for(path).replace("http://", "json://") for path in ("/broken", "/works")]
    settings = settings_of(tmp_path, alerts__apprise_urls=" ".join(urls))
    channels = channels_of(settings, RULES)
    assert [channel.name for channel in channels] == ["json", "json-2"]
    book = Book(settings.home, RULES)
    for _ in range(2):
        done = look_and_tell(book, channels, [Look("retail", (CAUSE,))], NOW, settings)
    assert [alert.key for alert in done.open] == ["channels/json", "retail/inventory_upload"]
    [request] = [request for request, _ in httpserver.log if b"cannot be delivered" in request.data][1:]
    assert request.path == "/works"


@pytest.mark.parametrize("status", [401, 500])
def test_a_service_that_refuses_is_named_without_its_key(httpserver: HTTPServer, tmp_path: Path, status: int) -> None:
    httpserver.expect_request("/canary-topic").respond_with_data("canary-secret", status=status)
    url = httpserver.url_for("/canary-topic").replace("http://", "json://ops:canary-secret@")
    [channel] = channels_of(settings_of(tmp_path, alerts__apprise_urls=url), RULES)
    with pytest.raises(ChannelError, match=r"^json: ") as caught:
        channel.send(BEGIN)
    assert "canary" not in str(caught.value)


def test_a_url_that_is_none_is_told_without_showing_it() -> None:
    assert check(["json://localhost", "nonsense://canary-secret@host"]) == [
        "nonsense: this is no URL that Apprise knows"
    ]
    with pytest.raises(AppriseError, match="no URL that Apprise knows") as caught:
        notify("nonsense://canary-secret@host", title="t", body="b")
    assert "canary" not in str(caught.value)
