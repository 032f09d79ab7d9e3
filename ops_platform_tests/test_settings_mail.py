"""Settings of mail: what is refused at the start, and that nothing real is written to by accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops_platform.settings import SettingsError, load_settings
from ops_platform.settings_mail import MailSettings

LIVE = {"OPS_MAIL__MODE": "live", "OPS_MAIL__USER": "shop@store.example", "OPS_MAIL__SENDER": "shop@store.example"}


def test_out_of_the_box_mail_goes_to_the_sandbox() -> None:
    assert MailSettings().mode == "sandbox"


@pytest.mark.parametrize("missing", ["OPS_MAIL__USER", "OPS_MAIL__SENDER", "OPS_MAIL__PASSWORD"])
def test_live_without_an_account_is_refused_at_the_start(tmp_path: Path, missing: str) -> None:
    env = {**LIVE, "OPS_MAIL__PASSWORD": "canary-secret"}
    assert load_settings(tmp_path, env).mail.mode == "live"
    del env[missing]
    with pytest.raises(SettingsError, match=r"mode is live: set mail\.user and mail\.sender, and OPS_MAIL__PASSWORD"):
        load_settings(tmp_path, env)


def test_an_account_alone_makes_nothing_live(tmp_path: Path) -> None:
    env = {name: value for name, value in LIVE.items() if name != "OPS_MAIL__MODE"}
    assert load_settings(tmp_path, {**env, "OPS_MAIL__PASSWORD": "x"}).mail.mode == "sandbox"


def test_the_password_stands_in_no_file_of_settings_and_is_not_shown(tmp_path: Path) -> None:
    found = load_settings(tmp_path, {**LIVE, "OPS_MAIL__PASSWORD": "canary-secret"})
    assert "canary-secret" not in f"{found!r} {found.model_dump_json()}"
    (tmp_path / "ops.yaml").write_text("mail: {password: canary-secret}\n")
    with pytest.raises(SettingsError, match="OPS_MAIL__PASSWORD") as caught:
        load_settings(tmp_path, {})
    assert "canary-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SENDER", "shop", "is no mail address"),
        ("REDIRECT_TO", "owner@localhost", "is no mail address"),
        ("REPLY_TO", "a@b.example\r\nBcc: c@d.example", "is no mail address"),
        ("SENDER_NAME", "Shop\r\nBcc: c@d.example", "one line without control characters"),
        ("STORE", "Shop\u2028x", "one line without control characters"),
        ("POSTAL", '["1 Garden Road\\nx"]', "one line without control characters"),
        ("WEBSITE", "javascript:alert(1)", "is no link"),
        ("UNSUBSCRIBE", "https://x.example/ >\r\nBcc: a", "is no link"),
        ("TIMEOUT_SECONDS", "300", "less than or equal to 60"),
        ("PORT", "0", "greater than or equal to 1"),
    ],
)
def test_a_value_that_could_do_harm_is_refused_with_its_key(tmp_path: Path, name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        load_settings(tmp_path, {f"OPS_MAIL__{name}": value})
    assert f"mail.{name.lower()}" in str(caught.value)


def test_files_lie_in_the_checkout_and_domains_are_written_as_servers_take_them(tmp_path: Path) -> None:
    env = {"OPS_MAIL__LOGO": "logo.png", "OPS_MAIL__CA_FILE": "own.pem", "OPS_MAIL__SENDER": "shop@bücher.example"}
    found = load_settings(tmp_path, env).mail
    assert (found.logo, found.ca_file) == (tmp_path / "logo.png", tmp_path / "own.pem")
    assert found.sender == "shop@xn--bcher-kva.example"
