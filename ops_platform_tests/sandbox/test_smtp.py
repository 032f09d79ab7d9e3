"""The mail server's stand-in, spoken to as any program would: by smtplib, over TLS."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops_platform.sandbox.mail_pages import mail_service
from ops_platform.sandbox.mail_tls import HAS_TLS
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.smtp import MailSandbox

PNG = b"\x89PNG\r\n\x1a\n-not-really"


class Post:
    """The stand-in of one test, and how to send by it."""

    def __init__(self, state: MailSandbox, sandbox: Sandbox) -> None:
        self.state, self.sandbox = state, sandbox

    @contextmanager
    def session(self, *, password: str | None = None) -> Iterator[smtplib.SMTP]:
        """A session that has logged in."""
        with smtplib.SMTP("127.0.0.1", self.state.port, timeout=10) as session:
            if self.state.certificate:
                session.starttls(context=ssl.create_default_context(cafile=str(self.state.certificate)))
            session.login(self.state.user, password or self.state.password)
            yield session

    def send(self, *to: str, message: EmailMessage | None = None) -> dict[str, tuple[int, bytes]]:
        with self.session() as session:
            return session.send_message(message or mail(), to_addrs=list(to or ["pat@customers.example"]))

    def fault(self, kind: str, **options: Any) -> None:
        self.sandbox.faults.add("smtp", kind, **options)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    state = MailSandbox(tmp_path / "mail")
    with running_sandbox([mail_service(state)]) as sandbox:
        yield Post(state, sandbox)


def mail(subject: str = "Back in stock") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "Shop <shop@sandbox.example>", "pat@customers.example"
    message.set_content("Hi Pat,\n.a line with a dot first")
    message.add_alternative('<p>Hi <b>Pat</b></p><img src="cid:photo"><img src="cid:none">', subtype="html")
    parts = message.get_payload()
    assert isinstance(parts, list)
    parts[1].add_related(PNG, "image", "png", cid="<photo>")
    message.add_attachment("a,b\n", filename="list.csv", subtype="csv")
    return message


def test_a_mail_arrives_with_its_parts_and_those_it_was_for(post: Post) -> None:
    assert post.send("pat@customers.example", "hidden@customers.example") == {}
    [found] = post.state.mails()
    assert found.envelope_to == ("pat@customers.example", "hidden@customers.example")
    assert (found.envelope_from, found.subject) == ("shop@sandbox.example", "Back in stock")
    assert found.text is not None
    assert found.text.splitlines() == ["Hi Pat,", ".a line with a dot first"]
    assert found.html is not None
    assert 'src="data:image/png;base64,iVBORw0KGgo' in found.html
    assert 'src="cid:none"' in found.html
    assert found.attached == (("list.csv", "text/csv", 5),)
    assert "X-Sandbox-To" not in dict(found.headers)


@pytest.mark.skipif(not HAS_TLS, reason="no library here makes certificates")
def test_nothing_is_taken_before_tls_and_a_login(post: Post) -> None:
    with smtplib.SMTP("127.0.0.1", post.state.port, timeout=10) as session:
        session.ehlo()
        assert session.mail("a@b.example")[0] == 530
        with pytest.raises(ssl.SSLCertVerificationError):
            session.starttls(context=ssl.create_default_context())
    with smtplib.SMTP("127.0.0.1", post.state.port, timeout=10) as session:
        session.starttls(context=ssl.create_default_context(cafile=str(post.state.certificate)))
        session.ehlo()
        assert session.mail("a@b.example")[0] == 530
    assert post.state.mails() == []


def test_a_wrong_password_is_refused_with_535(post: Post) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError) as caught, post.session(password="wrong"):
        pass
    assert caught.value.smtp_code == 535
    # smtplib tries each way to log in that it knows.
    assert {(entry.method, entry.status) for entry in post.sandbox.log.entries("smtp")} == {("AUTH", 535)}


@pytest.mark.parametrize("status", [450, 550, 552])
def test_one_of_many_recipients_is_refused_as_the_fault_says(post: Post, status: int) -> None:
    post.fault("reply", method="RCPT", path="bounce@", status=status, message="no such user", times=None)
    refused = post.send("pat@customers.example", "bounce@customers.example", "lee@customers.example")
    assert refused == {"bounce@customers.example": (status, b"no such user")}
    [found] = post.state.mails()
    assert found.envelope_to == ("pat@customers.example", "lee@customers.example")


def test_421_hangs_up(post: Post) -> None:
    post.fault("reply", method="MAIL", status=421, message="too busy")
    with post.session() as session:
        assert session.mail("shop@sandbox.example") == (421, b"too busy")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            session.noop()
    assert post.send() == {}


def test_the_servers_own_535_and_a_refusal_of_the_whole_mail(post: Post) -> None:
    post.fault("reply", method="AUTH", status=535, message="application-specific password", times=2)
    with pytest.raises(smtplib.SMTPAuthenticationError, match="application-specific"):
        post.send()
    post.fault("reply", method="DATA", status=552, message="too large")
    with pytest.raises(smtplib.SMTPDataError, match="too large"):
        post.send()
    assert post.state.mails() == []


@pytest.mark.parametrize("accepted", [False, True])
def test_a_connection_that_breaks_at_the_final_dot_tells_nothing_of_the_mail(post: Post, accepted: bool) -> None:
    post.fault("drop", method="DATA", accepted=accepted)
    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        post.send()
    assert len(post.state.mails()) == accepted
    [entry] = [entry for entry in post.sandbox.log.entries("smtp") if entry.method == "DATA"]
    assert (entry.reached, entry.status, entry.whole, entry.fault) == (accepted, None, False, "drop")
    assert post.send() == {}


def test_the_log_holds_sizes_and_no_address(post: Post) -> None:
    post.send()
    [entry] = post.sandbox.log.entries("smtp")
    assert (entry.method, entry.status, entry.reached, entry.path) == ("DATA", 250, True, "")
    assert entry.request_bytes > 500
    assert "customers.example" not in str(entry)


def test_a_fault_of_http_is_none_of_this_service(post: Post) -> None:
    answer = httpx.post(
        f"{post.sandbox.url}/_sandbox/faults", json={"service": "smtp", "kind": "short_body"}, trust_env=False
    )
    assert answer.status_code == 422
    assert "it has: reply, drop, latency" in answer.json()["error"]


def test_mails_are_there_again_after_a_restart_and_the_certificate_stays(post: Post, tmp_path: Path) -> None:
    post.send()
    before = post.state.certificate.read_bytes() if post.state.certificate else b""
    again = MailSandbox(tmp_path / "mail")
    assert [found.subject for found in again.mails()] == ["Back in stock"]
    assert (again.certificate.read_bytes() if again.certificate else b"") == before


def test_a_person_sees_a_mail_with_its_pictures_and_none_of_its_scripts(post: Post) -> None:
    message = mail("<script>alert(1)</script>")
    post.send(message=message)
    url = post.sandbox.url
    [service] = httpx.get(f"{url}/_sandbox/state", trust_env=False).json()["services"]
    assert service["facts"] == {"address": f"127.0.0.1:{post.state.port}", "mails": 1, "recipients": 1}
    page = httpx.get(url + service["rows"][0][0]["href"], trust_env=False)
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert '<iframe sandbox title="The mail as its reader sees it" srcdoc="' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "list.csv (text/csv, 5 bytes)" in page.text
    assert httpx.get(f"{url}/_sandbox/smtp/mails/none", trust_env=False).status_code == 404
    assert httpx.get(f"{url}/_sandbox/smtp/mails", trust_env=False).json()[0]["envelope_to"] == [
        "pat@customers.example"
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no header at all",
        b"Subject: =?utf-9?q?x?=\r\n\r\nx",
        b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe",
        b"From: <<>>@\r\nTo: ,,,\r\nDate: never\r\nContent-Type: multipart/mixed\r\n\r\nx",
    ],
)
def test_a_mail_that_is_hardly_one_is_kept_and_shown(post: Post, raw: bytes) -> None:
    with post.session() as session:
        session.sendmail("shop@sandbox.example", ["pat@customers.example"], raw)
    [found] = post.state.mails()
    page = httpx.get(f"{post.sandbox.url}/_sandbox/smtp/mails/{found.key}", trust_env=False)
    assert page.status_code == 200
