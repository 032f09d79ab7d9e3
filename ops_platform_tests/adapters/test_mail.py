"""Handing over mail over real SMTP and TLS: whatever a server does, the truth about each recipient."""

from __future__ import annotations

import pytest

from ops_platform.adapters.mail import Handed, MailError
from ops_platform.adapters.smtp_replies import Reply, is_limit
from ops_platform_tests.adapters.mail_parts import (
    CONTENT,
    KIM,
    LEE,
    PAT,
    Post,
    statuses,
)


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
    assert statuses(post.send(timeout_seconds=0.5)) == [(PAT, "later")]
    post.fault("latency", method="DATA", seconds=2)
    [handed] = post.send(timeout_seconds=0.5)
    assert (handed.status, "timed out" in handed.reason) == ("unknown", True)


def test_nobody_and_more_than_a_hundred_are_no_recipients(post: Post) -> None:
    with post.client() as client:
        for many in ([], [f"p{number}@customers.example" for number in range(101)]):
            with pytest.raises(ValueError, match="1 to 100 recipients"):
                client.send(CONTENT, many)
        assert client.connections == 0


def test_a_redirected_mail_reaches_nobody_else(post: Post) -> None:
    handed = post.send(PAT, LEE, redirect_to="owner@store.example")
    assert statuses(handed) == [(PAT, "accepted"), (LEE, "accepted")]
    assert [found.envelope_to for found in post.arrived()] == [("owner@store.example",)]
