"""Effects of kind email: what the ledger is told, who gets what after a repeat, and what is looked up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ops_platform.adapters.mail import MailError
from ops_platform.adapters.mail_files import find_mail, kept_mails, read_head
from ops_platform.adapters.mail_message import MailProblemError
from ops_platform.adapters.mail_templates import example_context
from ops_platform.flows.effects.mail import MailSender, send_now
from ops_platform.flows.effects.registry import MAKERS
from ops_platform.flows.effects.senders import (
    Answer,
    CannotTell,
    Effect,
    Found,
    NotThere,
    Refused,
    RetryLater,
    Sent,
    UnfitError,
    Unknown,
)
from ops_platform.flows.retail.systems import open_systems
from ops_platform_tests.adapters.mail_parts import KIM, LEE, NOON, PAT, Post, parsed, running_post

KEY = "report/admin_report/2026-05-13"
LIVE = {
    "mode": "live", "host": "127.0.0.1", "port": 9, "user": "shop", "sender": "shop@store.example",
    "password": SecretStr("canary-secret"),
}  # fmt: skip


@pytest.fixture(scope="module")
def _post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with running_post(tmp_path_factory.mktemp("post")) as post:
        yield post


@pytest.fixture
def post(_post: Post, tmp_path: Path) -> Post:
    _post.home = tmp_path / "home"
    return _post.fresh()


def report(*to: str, key: str = KEY, **changes: Any) -> Effect:
    payload = {"template": "test", "to": list(to), "context": example_context("test"), "kind_of_mail": "staff"}
    return _effect(key, payload, to, changes)


def notification(to: str = PAT, key: str = "stock_mail/1", **changes: Any) -> Effect:
    context = example_context("stock_notification")
    payload = {"template": "stock_notification", "to": [to], "context": context, "kind_of_mail": "customer"}
    return _effect(key, payload, (to,), changes)


def _effect(key: str, payload: dict[str, Any], to: tuple[str, ...], changes: dict[str, Any]) -> Effect:
    usual = Effect(1, key, "email", "admin_report", ", ".join(to), payload, is_sandbox=True, attempt=1, created_at=NOON)
    return replace(usual, **changes)


@contextmanager
def sender(post: Post, **section: Any) -> Iterator[MailSender]:
    with open_systems(
        post.settings(**section), "postgresql://nobody@127.0.0.1:1/none", sandbox_url=post.sandbox.url
    ) as systems:
        yield MailSender(systems)


def send(post: Post, effect: Effect, **section: Any) -> Answer:
    with sender(post, **section) as mails:
        return mails.send(effect)


def test_the_ledger_sends_mails_with_it() -> None:
    assert MAKERS["email"] is MailSender


def test_a_mail_goes_out_as_it_was_recorded_and_a_copy_is_kept(post: Post) -> None:
    with sender(post) as mails:
        effect = notification(claimed_at=NOON)
        effect = replace(effect, content=mails.prepare(effect))
        # What changes after the recording does not change the mail.
        answer = mails.send(replace(effect, payload={**effect.payload, "context": {}}))
    assert isinstance(answer, Sent)
    [found] = post.arrived()
    assert found.envelope_to == (PAT,)
    headers = dict(found.headers)
    assert headers["Message-ID"] == answer.provider_id
    assert headers["Date"] == "Thu, 14 May 2026 12:00:00 -0400"
    kept = find_mail(post.home, "stock_mail/1")
    assert kept is not None
    assert kept.parent.name == "14"
    assert kept.read_bytes().endswith(effect.content or b"-")
    assert PAT not in answer.detail


def test_fifty_mails_of_a_run_take_one_connection(post: Post) -> None:
    with open_systems(post.settings(), "postgresql://x@127.0.0.1:1/x", sandbox_url=post.sandbox.url) as systems:
        mails = MailSender(systems)
        content = mails.prepare(notification())
        for number in range(50):
            assert isinstance(mails.send(notification(key=f"stock_mail/{number}", content=content)), Sent)
        assert systems.mail.connections == 1
    assert len(post.arrived()) == 50
    assert len(list(kept_mails(post.home))) == 50


def test_nothing_is_opened_before_the_first_mail(tmp_path: Path, post: Post) -> None:
    with sender(post) as mails:
        mails.prepare(notification())
    assert not post.sandbox.log.entries("smtp")[-1:] or post.arrived() == []
    assert not (post.home / "mail").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"template": "nothing"},
        {"context": {}},
        {"to": ["no address"]},
        {"kind_of_mail": "customer", "to": [PAT, LEE]},
        {"to": [LEE]},
    ],
)
def test_what_no_mail_can_be_made_of_is_told_when_it_is_recorded(post: Post, changes: dict[str, Any]) -> None:
    effect = report(PAT)
    with sender(post) as mails, pytest.raises(UnfitError) as caught:
        mails.prepare(replace(effect, payload={**effect.payload, **changes}))
    assert PAT not in str(caught.value)


def test_target_and_recipients_are_the_same_people_in_any_order_and_spelling(post: Post) -> None:
    effect = report(PAT, "lee@Bücher.example")
    with sender(post) as mails:
        assert mails.prepare(replace(effect, target=f"lee@xn--bcher-kva.example,{PAT}"))


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        ({"kind": "reply", "method": "RCPT", "status": 550}, Refused),
        ({"kind": "reply", "method": "RCPT", "status": 450}, RetryLater),
        ({"kind": "reply", "method": "DATA", "status": 554}, Refused),
        ({"kind": "reply", "method": "DATA", "status": 451}, RetryLater),
        ({"kind": "drop", "method": "RCPT"}, RetryLater),
        ({"kind": "drop", "method": "DATA"}, Unknown),
        ({"kind": "drop", "method": "DATA", "accepted": True}, Unknown),
    ],
)
def test_each_end_of_a_mail_has_its_answer(post: Post, fault: dict[str, Any], wanted: type[Answer]) -> None:
    post.fault(**fault)
    answer = send(post, notification())
    assert type(answer) is wanted
    assert not getattr(answer, "stop", False)
    assert PAT not in str(answer)


def test_nobodys_address_and_nothing_of_a_mail_is_logged(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    for fault in ("drop", "reply"):
        post.fault(fault, method="DATA", status=550, message=f"<{PAT}> is unknown")
        assert PAT not in str(send(post, notification()))
    send(post, notification())
    assert PAT not in caplog.text
    assert "Dana" not in caplog.text


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reply", "method": "AUTH", "status": 535},
        {"kind": "reply", "method": "MAIL", "status": 421},
        {"kind": "reply", "method": "RCPT", "status": 550, "message": "5.4.5 Daily user sending limit exceeded"},
        {"kind": "drop", "method": "MAIL"},
    ],
)
def test_what_concerns_every_mail_stops_the_run_and_is_no_failure_of_this_one(
    post: Post, fault: dict[str, Any]
) -> None:
    post.fault(**fault)
    answer = send(post, notification())
    assert isinstance(answer, RetryLater)
    assert answer.stop
    assert post.arrived() == []


def test_without_a_sandbox_mails_wait_for_one(post: Post, tmp_path: Path) -> None:
    with open_systems(post.settings(), "postgresql://x@127.0.0.1:1/x") as systems:
        answer = MailSender(systems).send(notification())
    assert isinstance(answer, RetryLater)
    assert (answer.stop, "no sandbox is running" in answer.reason) == (True, True)


def test_no_mail_leaves_without_its_copy(post: Post) -> None:
    post.home.mkdir()
    (post.home / "mail").write_text("a file where the folder should be")
    answer = send(post, notification())
    assert isinstance(answer, RetryLater)
    assert (answer.stop, "no mail leaves without a copy of it" in answer.reason) == (True, True)
    assert post.arrived() == []


def test_a_mail_of_the_sandbox_never_goes_to_a_live_account_nor_the_other_way_round(post: Post) -> None:
    for effect, section in ((notification(), LIVE), (notification(is_sandbox=False), {})):
        answer = send(post, effect, **section)
        assert isinstance(answer, RetryLater)
        assert "it was planned while mail.mode was" in answer.reason
        with sender(post, **section) as mails:
            assert isinstance(mails.look_up(effect), CannotTell)
    assert post.arrived() == []
    assert not (post.home / "mail").exists()


# -- a report to several


def test_one_wrong_address_keeps_a_report_from_nobody_else(post: Post) -> None:
    post.fault("reply", method="RCPT", path=LEE, status=550, message="5.1.1 no such user")
    answer = send(post, report(PAT, LEE, KIM))
    assert isinstance(answer, Sent)
    assert answer.detail.startswith("2 of 3 recipients; refused for 1: the server said 550 5.1.1")
    [found] = post.arrived()
    assert found.envelope_to == (PAT, KIM)


def test_a_repeat_goes_to_those_only_who_did_not_take_it(post: Post) -> None:
    post.fault("reply", method="RCPT", path=LEE, status=450, message="4.2.1 busy")
    with sender(post) as mails:
        effect = report(PAT, LEE, KIM)
        effect = replace(effect, content=mails.prepare(effect))
        first = mails.send(effect)
        assert isinstance(first, RetryLater)
        assert "2 of 3 recipients have it" in first.reason
        assert read_head(find_mail(post.home, KEY) or Path()).accepted == (PAT, KIM)
        second = mails.send(replace(effect, attempt=2))
    assert isinstance(second, Sent)
    assert second.detail == "3 of 3 recipients"
    assert [found.envelope_to for found in post.arrived()] == [(PAT, KIM), (LEE,)]
    one, two = (dict(found.headers)["Message-ID"] for found in post.arrived())
    assert one == two


def test_a_report_asked_for_again_by_a_person_goes_to_all(post: Post) -> None:
    with sender(post) as mails:
        mails.send(report(PAT, LEE))
        mails.send(report(PAT, LEE, attempt=2))
    assert [found.envelope_to for found in post.arrived()] == [(PAT, LEE)] * 2


def test_nobody_left_is_sent_without_another_mail(post: Post) -> None:
    post.fault("reply", method="RCPT", path=LEE, status=450)
    with sender(post) as mails:
        mails.send(report(PAT, LEE))
        assert isinstance(mails.send(report(PAT, attempt=2)), Sent)
    assert len(post.arrived()) == 1


# -- what became of a mail nobody knows the end of


@pytest.mark.parametrize(("accepted", "wanted"), [(True, Found), (False, NotThere)])
def test_an_unknown_mail_is_looked_up_by_its_message_id(post: Post, accepted: bool, wanted: type) -> None:
    post.fault("drop", method="DATA", accepted=accepted)
    with sender(post) as mails:
        effect = notification(key=f"stock_mail/unknown/{accepted}")
        effect = replace(effect, content=mails.prepare(effect))
        assert isinstance(mails.send(effect), Unknown)
        finding = mails.look_up(effect)
    assert type(finding) is wanted


def test_when_nobody_can_be_asked_a_report_comes_again_and_a_customers_mail_waits(post: Post) -> None:
    with sender(post, **LIVE) as mails:
        assert isinstance(mails.look_up(report(PAT, is_sandbox=False)), NotThere)
        finding = mails.look_up(notification(is_sandbox=False))
        assert isinstance(finding, CannotTell)
        assert "look into the account's sent mail" in finding.reason
    with sender(post, **LIVE, imap_host="127.0.0.1", imap_port=9) as mails:
        assert isinstance(mails.look_up(report(PAT, is_sandbox=False)), NotThere)
        assert isinstance(mails.look_up(notification(is_sandbox=False)), CannotTell)


def test_an_effect_that_no_mail_can_be_made_of_is_answered_not_raised(post: Post) -> None:
    broken = notification(payload={"template": "nothing"})
    with sender(post) as mails:
        assert isinstance(mails.send(broken), Refused)
        assert isinstance(mails.look_up(broken), CannotTell)


# -- without the ledger


def test_a_mail_without_the_ledger_is_sent_redirected_and_kept(post: Post) -> None:
    payload = dict(report(PAT).payload)
    settings = post.settings(redirect_to="owner@store.example")
    [handed] = send_now(settings, payload, "test/1", at=NOON, sandbox_url=post.sandbox.url)
    assert (handed.address, handed.status) == (PAT, "accepted")
    [found] = post.arrived()
    assert found.envelope_to == ("owner@store.example",)
    assert dict(found.headers)["Resent-To"] == "owner@store.example"
    kept = find_mail(post.home, "test/1")
    assert kept is not None
    assert parsed(kept.read_bytes())["To"] == PAT


def test_an_alert_about_a_full_disk_leaves_although_no_copy_can_be_kept(post: Post) -> None:
    post.home.mkdir()
    (post.home / "mail").write_text("a file where the folder should be")
    payload = dict(report(PAT).payload)
    [handed] = send_now(post.settings(), payload, "alert/1", at=datetime.now(UTC), sandbox_url=post.sandbox.url)
    assert handed.status == "accepted"


def test_what_cannot_be_sent_without_the_ledger_is_an_error_for_the_caller(post: Post) -> None:
    payload = dict(report(PAT).payload)
    with pytest.raises(MailProblemError, match="no mail address"):
        send_now(post.settings(), {**payload, "to": ["x"]}, "alert/1", at=NOON, sandbox_url=post.sandbox.url)
    post.fault("reply", method="AUTH", status=535)
    with pytest.raises(MailError, match="login was refused"):
        send_now(post.settings(), payload, "alert/1", at=NOON, sandbox_url=post.sandbox.url)
