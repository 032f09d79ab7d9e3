"""Sending texts, against Twilio's stand-in over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters.twilio_api import MEANINGS, TextError, Twilio, twilio
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.twilio import twilio_service
from ops_platform.sandbox.twilio_texts import TwilioSandbox
from ops_platform.settings import Settings
from ops_platform.settings_retail_texts import TextsSettings
from ops_platform_tests.patience import patience

SHOP, PAT, LEE = "+18285550100", "+18285550142", "+18285550143"


class Line:
    """An account of the stand-in and the platform's client to it."""

    def __init__(self, state: TwilioSandbox, sandbox: Sandbox) -> None:
        self.state, self.sandbox = state, sandbox

    def client(self, *, token: str | None = None, sender: str = SHOP, **settings: Any) -> Twilio:
        chosen = TextsSettings(**{"timeout_seconds": 2.0, **settings})
        url = f"{self.sandbox.url}/twilio"
        return Twilio(chosen, url=url, account=self.state.account, token=token or self.state.token, sender=sender)

    def refused(self, to: str = PAT, **options: Any) -> TextError:
        with self.client(**options) as account, pytest.raises(TextError) as caught:
            account.send(to, "Hello")
        return caught.value


@pytest.fixture(scope="module")
def running() -> Iterator[Line]:
    state = TwilioSandbox()
    with running_sandbox([twilio_service(state)]) as sandbox:
        yield Line(state, sandbox)


@pytest.fixture
def line(running: Line) -> Iterator[Line]:
    running.state.forget()
    yield running
    running.sandbox.faults.switch_off()


def test_a_text_with_a_picture_arrives_as_it_was_given(line: Line) -> None:
    with line.client(webhook_url="http://127.0.0.1:9/texts") as account:
        sent = account.send(PAT, "Hi Pat! \N{FLEXED BICEPS}", ["https://x.example/5.jpg"], valid_seconds=3600)
    (text,) = line.state.texts()
    assert (text.to, text.sender, text.body, text.media) == (
        PAT,
        SHOP,
        "Hi Pat! \N{FLEXED BICEPS}",
        ("https://x.example/5.jpg",),
    )
    assert (text.callback, text.valid_seconds) == ("http://127.0.0.1:9/texts/status", 3600)
    assert (sent.sid, sent.status, sent.segments, sent.to) == (text.sid, "queued", 1, PAT)


def test_a_messaging_service_sends_instead_of_a_number(line: Line) -> None:
    with line.client(sender="MG" + "0" * 32) as account:
        account.send(PAT, "Hi")
    assert line.state.texts()[0].sender == "MG" + "0" * 32


@pytest.mark.parametrize(
    ("to", "sender", "code", "meaning"),
    [
        ("+15005550001", SHOP, 21211, "not_textable"),
        ("+15005550009", SHOP, 21614, "not_textable"),
        ("+15005550004", SHOP, 21610, "opted_out"),
        ("+15005550002", SHOP, 21612, "refused"),
        ("+15005550003", SHOP, 21408, "refused"),
        (PAT, "+15005550001", 21606, "stop_all"),
        (PAT, "+15005550008", 21611, "later"),
    ],
)
def test_a_refusal_says_what_it_calls_for(line: Line, to: str, sender: str, code: int, meaning: str) -> None:
    error = line.refused(to, sender=sender)
    assert (error.code, error.meaning) == (code, meaning)
    assert MEANINGS[code][1] in str(error)
    assert to not in str(error)


def test_a_wrong_token_stops_everything_and_is_not_shown(line: Line) -> None:
    error = line.refused(token="no-such-token")
    assert error.meaning == "stop_all"
    assert "OPS_RETAIL__TEXTS__AUTH_TOKEN" in str(error)
    assert "no-such-token" not in str(error)


@pytest.mark.parametrize(
    ("kind", "options", "meaning", "arrived"),
    [
        ("status", {"status": 429}, "later", 0),
        ("status", {"status": 500}, "ambiguous", 0),
        ("status", {"status": 503}, "ambiguous", 0),
        ("status", {"status": 400}, "refused", 0),
        ("status", {"status": 403}, "stop_all", 0),
        ("timeout_before", {}, "ambiguous", 0),
        ("timeout_after", {}, "ambiguous", 1),
        ("reset", {"accepted": True}, "ambiguous", 1),
        ("short_body", {"accepted": True}, "ambiguous", 1),
        ("html", {"accepted": True}, "ambiguous", 1),
        ("refuse", {}, "ambiguous", 0),
    ],
)
def test_only_what_certainly_did_not_arrive_may_be_sent_again(
    line: Line, kind: str, options: dict[str, Any], meaning: str, arrived: int
) -> None:
    line.sandbox.faults.add("twilio", kind, **options)
    assert line.refused(timeout_seconds=patience(kind, short=0.6)).meaning == meaning
    assert len(line.state.texts()) == arrived


def test_a_busy_answer_says_how_long_to_wait(line: Line) -> None:
    line.sandbox.faults.add("twilio", "status", status=429, headers={"Retry-After": "90"})
    error = line.refused()
    assert (error.meaning, error.code, error.retry_after) == ("later", 20429, 90.0)


def test_a_server_that_nobody_reaches_can_be_asked_again() -> None:
    settings = TextsSettings(timeout_seconds=1.0)
    account = Twilio(settings, url="http://127.0.0.1:9", account="AC1", token="x", sender=SHOP)
    with account, pytest.raises(TextError) as caught:
        account.send(PAT, "Hello")
    assert caught.value.meaning == "later"


def test_a_call_is_never_repeated(line: Line) -> None:
    fault = line.sandbox.faults.add("twilio", "status", status=500, times=3)
    line.refused()
    assert fault.applied == 1


def test_a_text_whose_answer_was_lost_is_found_by_its_words(line: Line) -> None:
    before = datetime.now(UTC)
    line.sandbox.faults.add("twilio", "reset", accepted=True)
    line.refused()
    with line.client() as account:
        found = account.find(PAT, "Hello", before)
        assert found is not None
        assert found.sid == line.state.texts()[0].sid
        assert account.find(PAT, "Other words", before) is None
        assert account.find(LEE, "Hello", before) is None
        assert account.find(PAT, "Hello", before + timedelta(minutes=55)) is not None, "Twilio's clock may be behind"
        assert account.find(PAT, "Hello", before + timedelta(minutes=65)) is None


def test_with_clocks_too_far_apart_it_is_not_said_that_there_is_no_text(line: Line) -> None:
    now = datetime.now(UTC)
    with line.client() as account:
        assert account.find(PAT, "words that nobody sent", now, now=now + timedelta(minutes=55)) is None
        for away in (timedelta(minutes=-65), timedelta(minutes=65)):
            with pytest.raises(TextError, match="set the clock"):
                account.find(PAT, "words that nobody sent", now, now=now + away)


def test_what_became_of_texts_is_read_page_by_page(line: Line) -> None:
    line.state.script(LEE, 30006)
    line.state.step_seconds = 0.0
    before = datetime.now(UTC) - timedelta(seconds=2)
    with line.client() as account:
        first = account.send(PAT, "one")
        account.send(LEE, "two")
        told = {text.body: (text.status, text.code) for text in account.newest(before)}
        assert told == {"one": ("delivered", None), "two": ("undelivered", 30006)}
        assert account.status(first.sid).status == "delivered"
    line.state.step_seconds = 1.0


def test_what_people_wrote_stands_among_the_accounts_texts(line: Line) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    with line.client() as account:
        account.send(PAT, "one")
        heard = line.state.hear(LEE, "When do you open?", SHOP)
        (found,) = [text for text in account.newest(before) if text.is_inbound]
        assert (found.sid, found.sender, found.to, found.status) == (heard.sid, LEE, SHOP, "received")
        assert account.status(heard.sid).body == "When do you open?"


def test_out_of_the_box_texts_go_to_the_sandbox(line: Line, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with twilio(settings, sandbox_url=line.sandbox.url) as account:
        account.check()
        account.send(PAT, "Hello")
    assert len(line.state.texts()) == 1


def test_without_a_sandbox_nothing_is_sent_and_the_person_is_told_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="ops sandbox") as caught, twilio(Settings(home=tmp_path)):
        pass
    assert caught.value.meaning == "stop_all"
