"""Mail servers that say odd things, word for word; which server is spoken to, and whether it may be trusted."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ops_platform.adapters.health import mail_server
from ops_platform.adapters.mail import LARGEST, MailError, mail
from ops_platform.adapters.sandbox_address import announced
from ops_platform.sandbox.mail_tls import CERTIFICATE
from ops_platform.settings import Settings
from ops_platform_tests.adapters.mail_parts import (
    CONTENT,
    CUT,
    DRIP,
    HANG,
    HANG_UP,
    OFFERS,
    PAT,
    Post,
    Scripted,
    scripted,
    statuses,
)


class Cutting(Scripted):
    """Cuts the connection some bytes into a mail."""

    def _answer(self, connection: socket.socket, command: str) -> str:
        said = super()._answer(connection, command)
        if command == "DATA":
            connection.recv(1000)
            raise EOFError
        return said


class Deaf(Scripted):
    """Asks for a mail and does not read it."""

    def _answer(self, connection: socket.socket, command: str) -> str:
        said = super()._answer(connection, command)
        if command == "DATA":
            self._end.wait(10)
            raise EOFError
        return said


def cutting_server(folder: Path) -> Any:
    return Cutting(folder).serving()


def limits(says: dict[str, Any]) -> dict[str, float]:
    """What one send may take: little only where the server never answers, or a machine that stalls fails the test."""
    if HANG in says.values():
        return {"seconds": 0.4}
    return {"longest": 0.6} if DRIP in says.values() else {}


@pytest.mark.parametrize(
    ("says", "kind", "words"),
    [
        ({"connect": "421 too busy"}, "busy", "421 too busy to CONNECT"),
        ({"connect": "554 go away"}, "setup", "554 go away to CONNECT"),
        ({"connect": "220-never\r\n" * 300}, "unreachable", "did not answer"),
        ({"connect": "SSH-2.0-OpenSSH"}, "unreachable", "is no mail server"),
        ({"connect": HANG_UP}, "unreachable", "did not answer"),
        ({"connect": HANG}, "unreachable", "timed out"),
        ({"connect": DRIP}, "unreachable", "timed out"),
        ({"ehlo": "421 later"}, "busy", "421 later to EHLO"),
        ({"ehlo": "502 what"}, "setup", "502 what to EHLO"),
        ({"ehlo": HANG_UP}, "unreachable", "ended the conversation (it hung up)"),
        ({"ehlo": "250 AUTH PLAIN"}, "tls", "offers no encryption"),
        ({"starttls": "454 not now"}, "busy", "454 not now to STARTTLS"),
        ({"starttls": "501 no"}, "tls", "501 no to STARTTLS"),
        ({"ehlo": [OFFERS, "250-x\r\n250 AUTH GSSAPI XOAUTH2"]}, "login", "no login by password (GSSAPI XOAUTH2)"),
        ({"ehlo": [OFFERS, "250 x"]}, "login", "none at all"),
        ({"auth": "535 5.7.8 wrong"}, "login", "OPS_MAIL__PASSWORD"),
        ({"auth": "534 5.7.9 Application-specific password required"}, "login", "app password"),
        ({"auth": "454 4.7.0 Too many login attempts"}, "busy", "454 4.7.0"),
        ({"auth": "421 4.7.0 Try again later"}, "busy", "421 4.7.0"),
        ({"auth": HANG_UP}, "unreachable", "it hung up"),
        ({"mail": "530 5.7.0 Authentication Required"}, "login", "530 5.7.0"),
        ({"mail": "452 4.3.1 no room"}, "busy", "452 4.3.1"),
        ({"mail": "gibberish"}, "unreachable", "an answer that is none"),
    ],
)  # fmt: skip
def test_a_server_that_lets_nobody_in_is_told_with_what_to_do(
    tmp_path: Path, says: dict[str, Any], kind: str, words: str
) -> None:
    with scripted(tmp_path, **says).serving() as server, pytest.raises(MailError) as caught:
        server.send(**limits(says))
    assert caught.value.kind == kind
    assert words in str(caught.value)
    assert "canary-secret" not in str(caught.value)
    assert "DOT" not in server.heard


@pytest.mark.parametrize(
    ("says", "status", "words"),
    [
        ({"data": "451 4.3.0 later"}, "later", "451 4.3.0 later"),
        ({"data": "421 down"}, "later", "421 down"),
        ({"data": "554 5.5.1 no valid recipients"}, "refused", "554 5.5.1"),
        ({"data": "503 bad sequence"}, "refused", "503"),
        ({"data": HANG_UP}, "later", "was not accepted"),
        ({"data": HANG}, "later", "timed out"),
        ({"rcpt": HANG}, "later", "timed out"),
        ({"rcpt": "nonsense"}, "later", "an answer that is none"),
        ({"dot": HANG_UP}, "unknown", "it hung up"),
        ({"dot": HANG}, "unknown", "timed out"),
        ({"dot": DRIP}, "unknown", "timed out"),
        ({"dot": CUT}, "unknown", "not known"),
        ({"rcpt": CUT}, "later", "it hung up"),
        ({"dot": "hm"}, "unknown", "not known"),
        ({"dot": "354 more"}, "unknown", "not known"),
        ({"dot": "250-two\r\n250 lines"}, "accepted", ""),
        ({"mail": "552 5.3.4 too large"}, "refused", "552 5.3.4"),
    ],
)  # fmt: skip
def test_what_a_server_does_to_one_mail_is_told_as_it_is(
    tmp_path: Path, says: dict[str, Any], status: str, words: str
) -> None:
    with scripted(tmp_path, **says).serving() as server:
        [handed] = server.send(**limits(says))
    assert handed.status == status, handed
    assert words in handed.reason


def test_a_mail_that_takes_too_long_in_all_is_ended(tmp_path: Path) -> None:
    with scripted(tmp_path, mail=DRIP).serving() as server:
        began = time.monotonic()
        with pytest.raises(MailError, match="timed out"):
            server.send(seconds=5.0, longest=0.3)
        assert time.monotonic() - began < 2


def test_a_connection_cut_while_the_mail_is_sent_is_certainly_no_mail(tmp_path: Path) -> None:
    large = b"Subject: large\r\n\r\n" + b"x" * 70 * 1024 * 400
    with cutting_server(tmp_path) as server:
        [handed] = server.send(content=large[: 24 * 1024 * 1024], seconds=2.0)
    assert (handed.status, "broke at DATA" in handed.reason) == ("later", True)


def test_a_large_mail_that_nobody_reads_takes_too_long_and_is_no_mail(tmp_path: Path) -> None:
    with Deaf(tmp_path).serving() as server:
        [handed] = server.send(content=b"Subject: large\r\n\r\n" + b"x" * 24_000_000, seconds=5.0, longest=0.5)
    assert (handed.status, "broke at DATA (timed out)" in handed.reason) == ("later", True)


def test_nobody_at_the_address_is_told_with_the_setting(tmp_path: Path) -> None:
    with scripted(tmp_path).serving() as server:
        pass
    with pytest.raises(MailError, match=r"did not answer \(connection refused\): check the network, mail\.host"):
        server.send()


def test_a_certificate_nobody_vouches_for_ends_it_before_the_password(tmp_path: Path) -> None:
    with scripted(tmp_path).serving() as server:
        with pytest.raises(MailError, match=r"certificate of .* is not trusted .*mail\.ca_file") as caught:
            server.send(tls=ssl.create_default_context())
        assert caught.value.kind == "tls"
        with pytest.raises(MailError, match="is not trusted"):
            server.send(host="127.1")  # the same place, by a name that is not in the certificate
    assert "AUTH" not in server.heard


def test_encryption_from_the_start_works_and_its_certificate_is_checked(tmp_path: Path) -> None:
    server = Scripted(tmp_path, encrypted=True)
    with server.serving():
        assert statuses(server.send()) == [(PAT, "accepted")]
        with pytest.raises(MailError, match="is not trusted"):
            server.send(tls=ssl.create_default_context())
    assert "STARTTLS" not in server.heard


def test_a_plain_server_where_encryption_was_meant_is_told(tmp_path: Path) -> None:
    with scripted(tmp_path).serving() as server, pytest.raises(MailError, match="no encrypted connection") as caught:
        server.send(security="ssl", seconds=0.5)
    assert caught.value.kind == "tls"


def test_a_mail_larger_than_the_server_takes_is_not_sent(tmp_path: Path) -> None:
    offers = [OFFERS.replace("30000000", "1000")]
    with scripted(tmp_path, ehlo=offers).serving() as server:
        [handed] = server.send(content=b"x" * 2000)
        assert (handed.status, handed.reason) == (
            "refused",
            "the mail has 2,000 bytes and the server takes 1,000; send less",
        )
        assert "MAIL" not in server.heard
        with server.client() as client, pytest.raises(ValueError, match=r"servers take 26,214,400"):
            client.send(b"x" * (LARGEST + 1), [PAT])


def test_an_answer_with_addresses_is_masked_and_one_line(tmp_path: Path) -> None:
    says = f"550-5.1.1 <{PAT}>:\r\n550 no \x07such user, call (828) 555-0142"
    with scripted(tmp_path, rcpt=says).serving() as server:
        [handed] = server.send()
    assert PAT not in handed.reason
    assert "555-0142" not in handed.reason
    assert handed.reason.isprintable()


# -- which server


def test_in_the_sandbox_the_one_of_this_home_is_found(post: Post, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with mail(settings) as client, pytest.raises(MailError, match="no sandbox is running: `ops demo`"):
        client.send(CONTENT, [PAT])
    with announced(tmp_path, post.sandbox.url), mail(settings) as client:
        assert statuses(client.send(CONTENT, [PAT])) == [(PAT, "accepted")]


def test_a_live_account_in_the_settings_is_not_spoken_to_while_the_mode_is_sandbox(post: Post, tmp_path: Path) -> None:
    with scripted(tmp_path).serving() as server:
        account = {"host": "127.0.0.1", "port": server.port, "user": "u", "password": "p", "sender": "s@store.example"}
        assert statuses(post.send(**account)) == [(PAT, "accepted")]
    assert server.heard == []
    [found] = post.arrived()
    assert found.envelope_from == "s@store.example"


def live(server: Scripted, folder: Path, **more: Any) -> Settings:
    account = {"host": "127.0.0.1", "port": server.port, "user": "shop", "sender": "shop@store.example"}
    own = {"ca_file": folder / CERTIFICATE, "password": SecretStr("canary-secret"), "timeout_seconds": 2.0}
    return Settings(home=folder, mail={"mode": "live", **account, **own, **more})


def test_live_the_account_is_used_and_only_its_ca_file_is_trusted(tmp_path: Path) -> None:
    with scripted(tmp_path).serving() as server:
        with mail(live(server, tmp_path)) as client:
            assert statuses(client.send(CONTENT, [PAT])) == [(PAT, "accepted")]
        with mail(live(server, tmp_path, ca_file=None)) as client, pytest.raises(MailError, match="not trusted"):
            client.send(CONTENT, [PAT])
        with (
            mail(live(server, tmp_path, ca_file=tmp_path / "none.pem")) as client,
            pytest.raises(MailError, match=r"mail\.ca_file .*none\.pem cannot be used"),
        ):
            client.send(CONTENT, [PAT])


def test_the_doctor_logs_in_sends_nothing_and_tells_what_is_wrong(tmp_path: Path) -> None:
    with scripted(tmp_path, auth=["235 ok", "235 ok", "535 5.7.8 no"]).serving() as server:
        settings = live(server, tmp_path)
        probe = mail_server(settings)
        assert (probe.ok, probe.detail) == (
            True,
            f"127.0.0.1:{server.port}, logged in; mails come from shop@store.example",
        )
        assert "MAIL" not in server.heard
        assert (
            "goes to o***@s***.example" in mail_server(live(server, tmp_path, redirect_to="owner@store.example")).detail
        )
        wrong = mail_server(settings)
        assert (wrong.ok, "login was refused" in wrong.detail, "canary" in wrong.detail) == (False, True, False)
