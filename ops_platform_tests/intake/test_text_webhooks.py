"""Twilio's calls to the platform, made by its stand-in over real HTTP and by people who are not Twilio."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from ops_platform.adapters.database import Database
from ops_platform.adapters.sandbox_address import TWILIO_TOKEN
from ops_platform.adapters.twilio_api import Twilio
from ops_platform.flows.texts.records import keep_sent
from ops_platform.intake.text_webhooks import LARGEST_BYTES, text_routes
from ops_platform.sandbox.server import running_sandbox
from ops_platform.sandbox.twilio import twilio_service
from ops_platform.sandbox.twilio_callbacks import Callbacks
from ops_platform.sandbox.twilio_texts import TwilioSandbox
from ops_platform.settings_retail_texts import TextsSettings
from ops_platform_tests.flows.effects.conftest import forget

PAT, SHOP = "+18285550142", "+18285550100"


@pytest.fixture(scope="module")
def webhook(open_db: Database) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/texts"
    app = Starlette(routes=text_routes(open_db, TextsSettings(webhook_url=url)))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield url
    server.should_exit = True
    thread.join()


@pytest.fixture(autouse=True)
def _empty(open_db: Database) -> None:
    open_db.execute("TRUNCATE retail.text_suppressions, retail.text_inbound")
    forget(open_db)


def stopped(db: Database) -> list[str]:
    return [str(each) for each in db.frame("texts/suppressed", digits=None, is_sandbox=True)["digits"]]


def post(url: str, **fields: str) -> httpx.Response:
    return httpx.post(url, data=fields, trust_env=False)


def test_a_stop_that_twilio_tells_is_in_force_when_it_is_answered(open_db: Database, webhook: str) -> None:
    callbacks = Callbacks(TwilioSandbox())
    assert callbacks.tell_inbound(PAT, SHOP, "Stop!", f"{webhook}/inbound") == 200
    assert stopped(open_db) == ["8285550142"]
    assert callbacks.post(f"{webhook}/inbound", {"MessageSid": "SM2", "From": PAT, "Body": "START"}) == 200
    assert stopped(open_db) == []


def test_the_opt_out_of_a_second_phone_counts_as_well(open_db: Database, webhook: str) -> None:
    callbacks = Callbacks(TwilioSandbox())
    for number in (PAT, SHOP):
        assert callbacks.tell_inbound(number, "+18285550199", "STOP", f"{webhook}/inbound") == 200
    assert stopped(open_db) == [SHOP[-10:], PAT[-10:]]


def test_an_opt_out_in_the_stores_own_words_is_told_by_twilio(open_db: Database, webhook: str) -> None:
    fields = {"MessageSid": "SM7", "From": PAT, "Body": "basta", "OptOutType": "STOP"}
    assert Callbacks(TwilioSandbox()).post(f"{webhook}/inbound", fields) == 200
    assert stopped(open_db) == [PAT[-10:]]


def test_nobody_but_twilio_can_tell_anything(open_db: Database, webhook: str) -> None:
    answer = post(f"{webhook}/inbound", MessageSid="SM1", From=PAT, Body="STOP")
    assert answer.status_code == 403
    forged = httpx.post(
        f"{webhook}/inbound",
        data={"MessageSid": "SM1", "From": PAT, "Body": "STOP"},
        headers={"X-Twilio-Signature": "c2lnbmVk"},
        trust_env=False,
    )
    assert forged.status_code == 403
    assert Callbacks(TwilioSandbox(token="another")).tell_inbound(PAT, SHOP, "STOP", f"{webhook}/inbound") == 403
    assert stopped(open_db) == []


def test_a_call_that_is_too_large_or_lacks_something_is_refused(webhook: str) -> None:
    assert post(f"{webhook}/inbound", Body="x" * (LARGEST_BYTES + 1)).status_code == 413
    assert Callbacks(TwilioSandbox()).post(f"{webhook}/inbound", {"Body": "STOP"}) == 400


def test_a_short_code_or_a_foreign_number_breaks_nothing(open_db: Database, webhook: str) -> None:
    assert Callbacks(TwilioSandbox()).tell_inbound("+447946095800", SHOP, "STOP", f"{webhook}/inbound") == 200
    assert stopped(open_db) == []


def test_the_status_of_a_text_comes_by_itself(open_db: Database, webhook: str, tmp_path: Path) -> None:
    state = TwilioSandbox(step_seconds=0.0)
    state.script(PAT, 30006)
    with running_sandbox([twilio_service(state)], folder=tmp_path) as sandbox:
        settings = TextsSettings(webhook_url=webhook)
        url = f"{sandbox.url}/twilio"
        with Twilio(settings, url=url, account=state.account, token=state.token, sender=SHOP) as account:
            sid = account.send(PAT, "Hi").sid
        _sent(open_db, sid)
        keep_sent(open_db)
        Callbacks(state).tell_statuses()
    (row,) = open_db.frame("SELECT status, code FROM text_messages").to_dict("records")
    assert (row["status"], row["code"]) == ("undelivered", 30006)
    assert stopped(open_db) == ["8285550142"]


def test_without_an_address_there_is_nothing_to_call(open_db: Database) -> None:
    assert text_routes(open_db, TextsSettings()) == []


def test_the_sandbox_signs_with_the_key_everybody_knows() -> None:
    assert TwilioSandbox().token == TWILIO_TOKEN


def _sent(db: Database, sid: str) -> None:
    """A text of the ledger that was sent."""
    payload = json.dumps({"campaign": "first_time_1", "cust_no": "1", "segments": 1})
    db.execute(
        "INSERT INTO effects (key, is_sandbox, kind, automation, target, payload, payload_sha256, due_at, next_try_at, "
        "status, claim, claimed_at, provider_id) "
        "VALUES ('text/first_time_1/1/2026-05-14', true, 'text', 'text_birthday', :to, CAST(:payload AS jsonb), 'x', "
        "now(), now(), 'sent', 1, now(), :sid)",
        to=PAT,
        payload=payload,
        sid=sid,
    )
