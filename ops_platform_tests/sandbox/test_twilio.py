"""Twilio's stand-in, asked by Twilio's own library."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from pytest_httpserver import HTTPServer
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from werkzeug import Request, Response

from ops_platform.core.gsm import segments
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.twilio import twilio_service
from ops_platform.sandbox.twilio_callbacks import Callbacks
from ops_platform.sandbox.twilio_texts import TwilioSandbox
from ops_platform_tests.sandbox.parts import Clock

SHOP, PAT, LEE = "+18285550100", "+15555550123", "+15555550124"


class Phones:
    """The stand-in of one test, and how to ask it."""

    def __init__(self, state: TwilioSandbox, sandbox: Sandbox) -> None:
        self.state, self.sandbox = state, sandbox
        self.client = self.logged_in(state.token)

    def logged_in(self, token: str) -> Client:
        client = Client(self.state.account, token)
        client.api.base_url = f"{self.sandbox.url}/twilio"
        return client

    def send(self, to: str = PAT, body: str = "Hi Pat!", **options: Any) -> Any:
        return self.client.messages.create(to=to, body=body, **({"from_": SHOP} | options))

    def tell(self, page: str, **fields: Any) -> httpx.Response:
        return httpx.post(f"{self.sandbox.url}/_sandbox/twilio/{page}", json=fields, trust_env=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def phones(clock: Clock) -> Iterator[Phones]:
    state = TwilioSandbox(clock=clock)
    with running_sandbox([twilio_service(state)]) as sandbox:
        yield Phones(state, sandbox)


def refusal(phones: Phones, **options: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        phones.send(**options)
    return caught.value.code, caught.value.status


def test_a_text_is_queued_then_sent_then_delivered(phones: Phones, clock: Clock) -> None:
    text = phones.send()
    assert (text.status, text.num_segments, text.error_code) == ("queued", "1", None)
    clock.at += timedelta(seconds=1)
    assert phones.client.messages(text.sid).fetch().status == "sent"
    clock.at += timedelta(seconds=1)
    assert phones.client.messages(text.sid).fetch().status == "delivered"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"to": "555"}, (21211, 400)),
        ({"to": "+15005550001"}, (21211, 400)),
        ({"to": "+15005550004"}, (21610, 400)),
        ({"to": "+15005550009"}, (21614, 400)),
        ({"from_": "+15005550007"}, (21606, 400)),
        ({"to": SHOP}, (21266, 400)),
        ({"body": "x" * 1601}, (21617, 400)),
        ({"body": ""}, (21602, 400)),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(
    phones: Phones, options: dict[str, str], expected: tuple[int, int]
) -> None:
    assert refusal(phones, **options) == expected
    assert phones.state.texts() == []


def test_a_wrong_token_is_20003(phones: Phones) -> None:
    with pytest.raises(TwilioRestException) as caught:
        phones.logged_in("wrong").messages.create(to=PAT, from_=SHOP, body="x")
    assert (caught.value.code, caught.value.status) == (20003, 401)


def test_a_number_can_be_given_a_fate_on_the_call_or_afterwards(phones: Phones, clock: Clock) -> None:
    assert phones.tell("script", number=PAT, code=20429).status_code == 200
    assert refusal(phones) == (20429, 429)
    phones.tell("script", number=PAT, code=30006)
    text = phones.send()
    assert text.status == "queued"  # the call cannot know it
    clock.at += timedelta(seconds=2)
    found = phones.client.messages(text.sid).fetch()
    assert (found.status, found.error_code) == ("undelivered", 30006)
    phones.tell("script", number=PAT, code=None)
    assert phones.send().sid
    assert phones.tell("script", number=PAT, code=1).status_code == 422


def test_the_error_fault_refuses_or_takes_the_text_all_the_same(phones: Phones) -> None:
    phones.sandbox.faults.add("twilio", "error", status=429, code="20429")
    assert refusal(phones) == (20429, 429)
    assert len(phones.state.texts()) == 0
    phones.sandbox.faults.add("twilio", "error", status=503, code="20500", message="internal", accepted=True)
    assert refusal(phones) == (20500, 503)
    assert len(phones.state.texts()) == 1


def test_texts_are_looked_up_by_recipient_time_and_page(phones: Phones, clock: Clock) -> None:
    for number in range(5):
        phones.send(body=f"text {number}")
        clock.at += timedelta(minutes=10)
    phones.send(to=LEE)
    found = phones.client.messages.list(to=PAT, page_size=2)
    assert [text.body for text in found] == [f"text {number}" for number in (4, 3, 2, 1, 0)]
    after = clock.at - timedelta(minutes=25)
    assert [text.body for text in phones.client.messages.list(to=PAT, date_sent_after=after)] == ["text 4", "text 3"]
    assert phones.client.messages.list(to="+15555550999") == []


def test_one_text_is_looked_up_by_its_number_whoever_wrote_it(phones: Phones) -> None:
    phones.send(body="one")
    sid = phones.send(body="two").sid
    phones.tell("inbound", **{"from": PAT, "to": SHOP, "body": "three"})
    [heard] = phones.state.heard()
    assert [phones.client.messages(each).fetch().body for each in (sid, heard.sid)] == ["two", "three"]
    with pytest.raises(TwilioRestException) as caught:
        phones.client.messages("SM0").fetch()
    assert caught.value.code == 20404


def test_what_is_forgotten_is_not_looked_up_again_either(phones: Phones) -> None:
    phones.state.script(LEE, 21610)
    phones.send()
    phones.tell("inbound", **{"from": PAT, "to": SHOP, "body": "STOP"})
    phones.state.forget()
    assert phones.client.messages.list() == phones.client.messages.list(to=PAT) == []
    phones.send(), phones.send(to=LEE)
    assert len(phones.client.messages.list()) == 2


def test_what_phones_write_is_listed_with_the_texts_newest_first(phones: Phones, clock: Clock) -> None:
    phones.send(body="one")
    clock.at += timedelta(minutes=1)
    phones.tell("inbound", **{"from": PAT, "to": SHOP, "body": "When do you open?"})
    clock.at += timedelta(minutes=1)
    phones.send(body="two")
    listed = phones.client.messages.list()
    assert [(text.body, text.direction, text.from_, text.to) for text in listed] == [
        ("two", "outbound-api", SHOP, PAT),
        ("When do you open?", "inbound", PAT, SHOP),
        ("one", "outbound-api", SHOP, PAT),
    ]
    assert listed[1].status == "received"
    assert [text.body for text in phones.client.messages.list(to=SHOP)] == ["When do you open?"]


@pytest.mark.parametrize(("seconds", "is_taken"), [(1, True), (36_000, True), (0, False), (36_001, False)])
def test_how_long_a_text_may_wait_is_kept_and_has_its_limits(phones: Phones, seconds: int, is_taken: bool) -> None:
    if is_taken:
        phones.send(validity_period=seconds)
        assert [text.valid_seconds for text in phones.state.texts()] == [seconds]
    else:
        assert refusal(phones, validity_period=seconds) == (21624, 400)


def test_a_text_sent_twice_is_counted(phones: Phones) -> None:
    for body in ("one", "one", "two", "one"):
        phones.send(body=body)
    phones.send(to=LEE, body="one")
    [service] = httpx.get(f"{phones.sandbox.url}/_sandbox/state", trust_env=False).json()["services"]
    assert service["facts"] == {"texts": 5, "parts": 5, "sent twice": 2, "stopped": 0}


def test_each_news_of_a_text_is_posted_once_and_signed(phones: Phones, clock: Clock, httpserver: HTTPServer) -> None:
    heard: list[tuple[str, str | None]] = []
    news = threading.Event()

    def hear(request: Request) -> Response:
        fields = dict(parse_qsl(request.get_data(as_text=True)))
        signature = request.headers["X-Twilio-Signature"]
        assert RequestValidator(phones.state.token).validate(url, fields, signature)
        heard.append((fields["MessageStatus"], fields.get("ErrorCode")))
        news.set()
        return Response("")

    httpserver.expect_request("/status").respond_with_handler(hear)
    url = httpserver.url_for("/status?of=texts")
    phones.state.script(PAT, 30003)
    phones.send(status_callback=url)
    for _ in range(3):
        assert news.wait(10)
        news.clear()
        clock.at += timedelta(seconds=1)
    httpserver.check()
    assert heard == [("queued", None), ("sent", None), ("undelivered", "30003")]


def test_nothing_is_said_any_more_of_what_was_forgotten_or_has_ended(clock: Clock, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/status").respond_with_data("")
    state = TwilioSandbox(clock=clock)
    callbacks = Callbacks(state)

    def send(to: str) -> None:
        state.send(to=to, sender=SHOP, body="Hi", media=(), callback=httpserver.url_for("/status"))

    def told() -> list[tuple[str, str]]:
        had = len(httpserver.log)
        callbacks.tell_statuses()
        forms = [dict(parse_qsl(request.get_data(as_text=True))) for request, _ in httpserver.log[had:]]
        return [(fields["To"], fields["MessageStatus"]) for fields in forms]

    send(PAT)
    assert told() == [(PAT, "queued")]
    state.forget()
    clock.at += timedelta(seconds=1)
    send(LEE)
    assert told() == [(LEE, "queued")]
    clock.at += timedelta(seconds=2)
    assert told() == [(LEE, "delivered")]
    assert told() == []


def test_nobody_outside_of_this_machine_is_ever_called(phones: Phones) -> None:
    phones.send(status_callback="http://192.0.2.1/status")
    assert phones.tell("webhook", url="https://shop.example/texts").status_code == 200
    assert phones.tell("inbound", **{"from": PAT, "to": SHOP, "body": "hello"}).json() == {"webhook_answered": None}


def test_stop_is_heard_told_and_refused_until_start(phones: Phones, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/in", method="POST").respond_with_data("", status=204)
    phones.tell("webhook", url=httpserver.url_for("/in"))
    assert phones.tell("inbound", **{"from": PAT, "to": SHOP, "body": " stop "}).json() == {"webhook_answered": 204}
    request, _ = httpserver.log[0]
    fields = dict(parse_qsl(request.get_data(as_text=True)))
    assert fields["MessageSid"] == phones.state.heard()[0].sid, "the list has it under the same id"
    assert (fields["From"], fields["To"], fields["Body"]) == (PAT, SHOP, " stop ")
    assert refusal(phones) == (21610, 400)
    phones.tell("inbound", **{"from": PAT, "to": SHOP, "body": "Start"})
    assert phones.send().sid


def test_a_form_of_another_sites_page_cannot_play_the_phones(phones: Phones) -> None:
    answer = httpx.post(
        f"{phones.sandbox.url}/_sandbox/twilio/inbound", data={"from": PAT, "body": "STOP"}, trust_env=False
    )
    assert answer.status_code == 415
    assert phones.state.stopped == frozenset()


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("é" * 160, 1),
        ("it’s" + "x" * 66, 1),
        ("it’s" + "x" * 67, 2),
        ("🎂" * 35, 1),
        ("🎂" * 36, 2),
    ],
)
def test_parts_are_counted_as_they_are_charged(body: str, parts: int) -> None:
    assert segments(body) == parts
