"""Handing over mail over real SMTP and TLS: whatever a server does, the truth about each recipient."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ops_platform.adapters.health import mail_server
from ops_platform.adapters.mail import LARGEST, Handed, MailError, mail
from ops_platform.adapters.sandbox_address import announced
from ops_platform.adapters.smtp_replies import Reply, is_limit
from ops_platform.sandbox.mail_tls import CERTIFICATE
from ops_platform.settings import Settings
from ops_platform_tests.adapters.mail_parts import (
    CONTENT,
    CUT,
    DRIP,
    HANG,
    HANG_UP,
    KIM,
    LEE,
    OFFERS,
    PAT,
    Post,
    Scripted,
    running_post,
)


@pytest.fixture(scope="module")
def _post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with running_post(tmp_path_factory.mktemp("post")) as post:
        yield post


@pytest.fixture
def post(_post: Post) -> Post:
    return _post.fresh()


def scripted(tmp_path: Path, **says: Any) -> Scripted:
    return Scripted(tmp_path, {name.upper(): said for name, said in says.items()})


def statuses(handed: list[Handed]) -> list[tuple[str, str]]:
    return [(each.address, each.status) for each in handed]


def test_a_mail_arrives_byte_for_byte(post: Post) -> None:
    assert post.send(PAT, LEE) == [Handed(PAT, "accepted"), Handed(LEE, "accepted")]
    [found] = post.arrived()
    assert found.envelope_to == (PAT, LEE)
    assert (found.subject, found.text) == ("Hello", "Hi Pat\r\n.a dot first\r\n")


@pytest.mark.parametrize("end", [b"x\n.\ny", b"no end", b"\n", b".", b"..\r\n.", b"a\rb\r\n"])
def test_no_content_ends_a_mail_early_or_changes_the_next_one(post: Post, end: bytes) -> None:
    with post.client() as client:
        client.send(b"Subject: one\n\n" + end, [PAT])
        client.send(b"Subject: two\n\nwhole", [PAT])
    one, two = post.arrived()
    assert one.text is not None
    assert one.text.splitlines() == end.decode().splitlines()
    assert (two.subject, two.text) == ("two", "whole\r\n")


def test_fifty_mails_take_one_connection(post: Post) -> None:
    with post.client() as client:
        for number in range(50):
            [handed] = client.send(CONTENT, [f"pat{number}@customers.example"])
            assert handed.status == "accepted"
        assert client.connections == 1
    assert len(post.arrived()) == 50


@pytest.mark.parametrize(
    ("code", "message", "status", "words"),
    [
        (450, "4.2.1 mailbox busy", "later", "it is tried again"),
        (451, "local error", "later", "it is tried again"),
        (550, "5.1.1 no such user", "refused", "correct or remove the address"),
        (551, "moved", "refused", "correct the address"),
        (552, "5.2.2 mailbox full", "refused", "mailbox is full"),
        (553, "bad name", "refused", "not allowed; correct it"),
        (554, "5.7.1 spam", "refused", "SPF, DKIM and DMARC"),
    ],
)
def test_one_of_many_is_refused_and_the_others_get_the_mail(
    post: Post, code: int, message: str, status: str, words: str
) -> None:
    post.fault("reply", method="RCPT", path=LEE, status=code, message=message)
    handed = post.send(PAT, LEE, KIM)
    assert statuses(handed) == [(PAT, "accepted"), (LEE, status), (KIM, "accepted")]
    assert f"{code} {message}" in handed[1].reason
    assert words in handed[1].reason
    [found] = post.arrived()
    assert found.envelope_to == (PAT, KIM)


def test_recipients_that_are_too_many_at_once_get_the_mail_in_another_round(post: Post) -> None:
    post.fault("reply", method="RCPT", path=LEE, status=452, message="4.5.3 too many recipients")
    assert statuses(post.send(PAT, LEE, KIM)) == [(PAT, "accepted"), (LEE, "accepted"), (KIM, "accepted")]
    assert [found.envelope_to for found in post.arrived()] == [(PAT, KIM), (LEE,)]


def test_a_server_without_room_for_anybody_is_asked_again_later(post: Post) -> None:
    post.fault("reply", method="RCPT", status=452, message="4.3.1 full", times=None)
    assert statuses(post.send(PAT, LEE)) == [(PAT, "later"), (LEE, "later")]
    assert post.arrived() == []


@pytest.mark.parametrize(
    ("code", "message", "status"),
    [(421, "going down", "later"), (450, "", "later"), (451, "", "later"), (452, "disk full", "later"),
     (550, "5.7.1 spam", "refused"), (552, "too large", "refused"), (554, "no", "refused")],
)  # fmt: skip
def test_the_whole_mail_is_refused_after_its_final_dot(post: Post, code: int, message: str, status: str) -> None:
    post.fault("reply", method="DATA", status=code, message=message)
    assert statuses(post.send(PAT, LEE)) == [(PAT, status), (LEE, status)]
    assert post.arrived() == []
    assert statuses(post.send(PAT)) == [(PAT, "accepted")]


@pytest.mark.parametrize("accepted", [False, True])
def test_a_break_after_the_final_dot_is_never_taken_for_a_yes_or_a_no(post: Post, accepted: bool) -> None:
    post.fault("drop", method="DATA", accepted=accepted)
    [handed] = post.send()
    assert handed.status == "unknown"
    assert "whether it was accepted is not known" in handed.reason
    assert len(post.arrived()) == accepted


@pytest.mark.parametrize("method", ["MAIL", "RCPT"])
def test_a_break_before_the_mail_was_sent_is_certainly_no_mail(post: Post, method: str) -> None:
    post.fault("drop", method=method)
    if method == "MAIL":
        with pytest.raises(MailError, match="the mail was not accepted") as caught:
            post.send()
        assert caught.value.kind == "unreachable"
    else:
        assert statuses(post.send()) == [(PAT, "later")]
    assert post.arrived() == []


@pytest.mark.parametrize("method", ["MAIL", "RCPT"])
def test_a_kept_connection_that_died_meanwhile_is_opened_once_more(post: Post, method: str) -> None:
    with post.client() as client:
        client.send(CONTENT, [PAT])
        post.fault("drop", method=method)
        assert statuses(client.send(CONTENT, [LEE])) == [(LEE, "accepted")]
        assert client.connections == 2
    assert [found.envelope_to for found in post.arrived()] == [(PAT,), (LEE,)]


def test_a_server_that_had_enough_of_a_connection_gets_another(post: Post) -> None:
    with post.client() as client:
        client.send(CONTENT, [PAT])
        post.fault("reply", method="MAIL", status=421, message="4.7.0 too many mails in one session")
        assert statuses(client.send(CONTENT, [LEE])) == [(LEE, "accepted")]
        assert client.connections == 2


def test_421_at_each_command_leaves_nothing_accepted_and_the_next_mail_goes_out(post: Post) -> None:
    post.fault("reply", method="MAIL", status=421, message="busy")
    with pytest.raises(MailError, match=r"421 busy to MAIL: it is tried again by itself") as caught:
        post.send()
    assert caught.value.kind == "busy"
    post.fault("reply", method="RCPT", path=LEE, status=421, message="busy")
    assert statuses(post.send(PAT, LEE)) == [(PAT, "later"), (LEE, "later")]
    assert post.arrived() == []
    with post.client() as client:
        post.fault("reply", method="DATA", status=421, message="busy")
        assert statuses(client.send(CONTENT, [PAT])) == [(PAT, "later")]
        assert statuses(client.send(CONTENT, [PAT])) == [(PAT, "accepted")]


def test_a_wrong_password_names_its_setting_and_is_tried_once(post: Post) -> None:
    post.fault("reply", method="AUTH", status=535, message="5.7.8 Username and Password not accepted", times=None)
    with pytest.raises(MailError, match=r"login was refused.*535 5\.7\.8.*OPS_MAIL__PASSWORD.*app password") as caught:
        post.send()
    assert caught.value.kind == "login"
    assert post.state.password not in str(caught.value).replace("sandbox:", "")
    tries = [entry for entry in post.sandbox.log.entries("smtp") if entry.method == "AUTH"]
    assert len(tries) == 1


@pytest.mark.parametrize("method", ["RCPT", "DATA", "MAIL"])
def test_an_account_that_sent_as_much_as_it_may_waits_hours(post: Post, method: str) -> None:
    post.fault("reply", method=method, status=550, message="5.4.5 Daily user sending limit exceeded")
    with pytest.raises(MailError, match="it goes on by itself tomorrow") as caught:
        post.send()
    assert caught.value.kind == "limit"
    assert caught.value.after is not None
    assert post.arrived() == []


def test_a_full_mailbox_is_no_limit_of_ours() -> None:
    assert not is_limit(Reply(552, "5.2.2 The account that you tried to reach is over quota"))
    assert is_limit(Reply(550, "5.4.5 too many"))
    assert is_limit(Reply(550, "Daily SMTP relay sending quota exceeded"))
    assert not is_limit(Reply(250, "below your sending limit"))


def test_a_sender_the_server_does_not_let_us_use_names_its_setting(post: Post) -> None:
    post.fault("reply", method="MAIL", status=553, message="5.7.1 sender not owned by user")
    with pytest.raises(MailError, match=r"check mail\.sender"):
        post.send()


def test_a_server_slower_than_the_timeout_is_unknown_after_the_dot_and_certain_before(post: Post) -> None:
    post.fault("latency", method="RCPT", seconds=2)
    assert statuses(post.send(timeout_seconds=0.2)) == [(PAT, "later")]
    post.fault("latency", method="DATA", seconds=2)
    [handed] = post.send(timeout_seconds=0.2)
    assert (handed.status, "timed out" in handed.reason) == ("unknown", True)


# -- what only a server that was told what to say does


@pytest.mark.parametrize(
    ("says", "kind", "words"),
    [
        ({"connect": "421 too busy"}, "busy", "421 too busy to CONNECT"),
        ({"connect": "554 go away"}, "setup", "554 go away to CONNECT"),
        ({"connect": "220-never\r\n" * 300}, "unreachable", "did not answer"),
        ({"connect": "SSH-2.0-OpenSSH"}, "unreachable", "is no mail server"),
        ({"connect": HANG_UP}, "unreachable", "did not answer"),
        ({"connect": HANG}, "unreachable", "timed out"),
        ({"connect": DRIP}, "unreachable", "mail server 127"),
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
        server.send(seconds=0.4, longest=0.6)
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
        ({"dot": DRIP}, "unknown", "not known"),
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
        [handed] = server.send(seconds=0.3, longest=0.6)
    assert handed.status == status, handed
    assert words in handed.reason


def test_a_connection_cut_while_the_mail_is_sent_is_certainly_no_mail(tmp_path: Path) -> None:
    large = b"Subject: large\r\n\r\n" + b"x" * 70 * 1024 * 400
    with cutting_server(tmp_path) as server:
        [handed] = server.send(content=large[: 24 * 1024 * 1024], seconds=2.0)
    assert (handed.status, "broke at DATA" in handed.reason) == ("later", True)


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


def test_nobody_and_more_than_a_hundred_are_no_recipients(post: Post) -> None:
    with post.client() as client:
        for many in ([], [f"p{number}@customers.example" for number in range(101)]):
            with pytest.raises(ValueError, match="1 to 100 recipients"):
                client.send(CONTENT, many)
        assert client.connections == 0


def test_an_answer_with_addresses_is_masked_and_one_line(tmp_path: Path) -> None:
    says = f"550-5.1.1 <{PAT}>:\r\n550 no \x07such user, call (828) 555-0142"
    with scripted(tmp_path, rcpt=says).serving() as server:
        [handed] = server.send()
    assert PAT not in handed.reason
    assert "555-0142" not in handed.reason
    assert handed.reason.isprintable()


def test_a_redirected_mail_reaches_nobody_else(post: Post) -> None:
    handed = post.send(PAT, LEE, redirect_to="owner@store.example")
    assert statuses(handed) == [(PAT, "accepted"), (LEE, "accepted")]
    assert [found.envelope_to for found in post.arrived()] == [("owner@store.example",)]


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


class Cutting(Scripted):
    """Cuts the connection some bytes into a mail."""

    def _answer(self, connection: socket.socket, command: str) -> str:
        said = super()._answer(connection, command)
        if command == "DATA":
            connection.recv(1000)
            raise EOFError
        return said


def cutting_server(folder: Path) -> Any:
    return Cutting(folder).serving()


def test_a_mail_that_takes_too_long_in_all_is_ended(tmp_path: Path) -> None:
    with scripted(tmp_path, mail=DRIP).serving() as server:
        began = time.monotonic()
        with pytest.raises(MailError):
            server.send(seconds=5.0, longest=0.3)
        assert time.monotonic() - began < 2
