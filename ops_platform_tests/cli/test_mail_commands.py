"""`ops mail ...` as a person uses it, with the sandbox's mail server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops_platform.adapters.sandbox_address import announced
from ops_platform.sandbox.mail_tls import CERTIFICATE
from ops_platform_tests.adapters.mail_parts import PAT, Post, Scripted, running_post
from ops_platform_tests.cli.ops_command import Ops


@pytest.fixture(scope="module")
def _post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with running_post(tmp_path_factory.mktemp("post")) as post:
        yield post


@pytest.fixture
def post(_post: Post, tmp_path: Path) -> Iterator[Post]:
    _post.home = tmp_path / "home"
    with announced(_post.home, _post.sandbox.url):
        yield _post.fresh()


def ops(post: Post) -> Ops:
    return Ops(post.home, inside=True)


def test_a_test_mail_arrives_is_listed_masked_and_shown(post: Post, tmp_path: Path) -> None:
    answer = ops(post).run("mail", "test", PAT)
    assert "Accepted by the sandbox on this machine" in answer.out
    [found] = post.arrived()
    assert found.envelope_to == (PAT,)
    [row] = ops(post).json("mail", "list")
    assert (row["subject"], row["to"]) == ("Test mail from Our store", "p***@c***.example")
    assert PAT not in ops(post).run("mail", "list").out
    shown = ops(post).run("mail", "show", row["key"]).out
    assert f"To: {PAT}" in shown
    assert "WHAT A REPORT LOOKS LIKE" in shown.upper()
    page = tmp_path / "page.html"
    assert str(page) in ops(post).run("mail", "show", row["key"], "--out", str(page)).out
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")


def test_a_refused_test_mail_ends_with_1_and_the_reason(post: Post) -> None:
    post.fault("reply", method="RCPT", status=550, message="5.1.1 no such user", times=2)
    assert "refused: the server said 550 5.1.1" in ops(post).run("mail", "test", PAT, code=1).err
    assert ops(post).json("mail", "test", PAT, code=1)["status"] == "refused"
    assert "is no mail address" in ops(post).run("mail", "test", "nobody", code=1).err


def test_live_a_test_mail_goes_to_the_account_and_says_so(post: Post, tmp_path: Path) -> None:
    with Scripted(tmp_path).serving() as server:
        live = {
            "OPS_MAIL__MODE": "live", "OPS_MAIL__HOST": "127.0.0.1", "OPS_MAIL__PORT": str(server.port),
            "OPS_MAIL__USER": "shop", "OPS_MAIL__SENDER": "shop@store.example", "OPS_MAIL__PASSWORD": "canary-secret",
            "OPS_MAIL__CA_FILE": str(tmp_path / CERTIFICATE), "OPS_MAIL__REDIRECT_TO": "owner@store.example",
        }  # fmt: skip
        answer = ops(post).run("mail", "test", PAT, **live)
    assert f"Accepted by 127.0.0.1, port {server.port}, from shop@store.example" in answer.out
    assert "mail.redirect_to is set" in answer.err
    assert post.arrived() == []
    assert server.heard.count("DOT") == 1


def test_a_template_is_previewed_without_sending_and_a_wrong_one_is_told(post: Post, tmp_path: Path) -> None:
    out = ops(post).run("mail", "preview", "stock_notification", "--out", str(tmp_path)).out
    assert "is back in stock" in out
    page = (tmp_path / "stock_notification.html").read_text("utf-8")
    assert "data:image/png;base64," in page
    assert "K7QW2M9X" in (tmp_path / "stock_notification.txt").read_text("utf-8")
    assert post.arrived() == []
    assert "there is no mail 'nothing'" in ops(post).run("mail", "preview", "nothing", code=1).err


def test_nothing_sent_and_an_unknown_key_are_said(post: Post) -> None:
    assert "No mail was sent yet." in ops(post).run("mail", "list").out
    assert json.loads(ops(post).run("mail", "list", "--json").out) == []
    assert "no mail of 'x' is kept; ops mail list" in ops(post).run("mail", "show", "x", code=1).err
