"""`ops texts ...` as a person types it, against a point of sale with a few customers and the sandbox of a home."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ops_platform.adapters.counterpoint import make_tables
from ops_platform.adapters.database import Database
from ops_platform.adapters.postgres.databases import database_urls
from ops_platform.adapters.sandbox_address import announced
from ops_platform.flows.texts import inbound
from ops_platform.retail.campaigns.catalogue import CAMPAIGNS
from ops_platform.sandbox.server import running_sandbox
from ops_platform.sandbox.twilio import twilio_service
from ops_platform.sandbox.twilio_texts import TwilioSandbox
from ops_platform.settings import load_settings
from ops_platform_tests.cli.ops_command import Ops, ops_home
from ops_platform_tests.flows.texts.conftest import noon_zone

ZONE = noon_zone()
NOW = datetime.now(UTC).astimezone(ZoneInfo(ZONE))
# No such area code: where its phones are is not known, so the store's zone counts, where it is noon.
PHONES = {"W1": "221-555-0142", "W2": "221-555-0143", "W3": "221-555-0142", "W4": None}


class Desk:
    """The commands with settings under which the wholesale text is due now."""

    def __init__(self, ops: Ops, state: TwilioSandbox) -> None:
        self.ops, self.state = ops, state
        campaigns = {"wholesale": {"at": f"{NOW:%H:%M}"}}
        self.env = {"OPS_RETAIL__TIMEZONE": ZONE, "OPS_RETAIL__TEXTS__CAMPAIGNS": json.dumps(campaigns)}

    def run(self, *arguments: str, code: int = 0) -> str:
        answer = self.ops.run("texts", *arguments, code=code, **self.env)
        return answer.out + answer.err

    def json(self, *arguments: str) -> Any:
        return self.ops.json("texts", *arguments, **self.env)


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with ops_home(inside=True) as ops:
        urls = database_urls(load_settings(env={"OPS_HOME": str(ops.home)}))
        make_tables(urls.counterpoint)
        ops.run("migrate")
        pos = Database(urls.counterpoint)
        for number, phone in PHONES.items():
            pos.execute(
                """INSERT INTO "AR_CUST" ("CUST_NO", "NAM", "FST_NAM", "CATEG_COD", "PHONE_1", "LST_SAL_DAT",
                    "FST_SAL_DAT", "INCLUDE_IN_MARKETING_MAILOUTS")
                VALUES (:number, :number, 'ANN', 'WHOLESALE', :phone, :last, :first, 'Y')""",
                number=number,
                phone=phone,
                last=NOW.date() - timedelta(days=1),
                first=date(2025, 4, 1),
            )
        pos.close()
        state = TwilioSandbox(step_seconds=0.0)
        with running_sandbox([twilio_service(state)]) as running, announced(ops.home, running.url):
            yield Desk(ops, state)


def test_the_list_tells_whom_each_campaign_is_for_and_when(desk: Desk) -> None:
    rows = desk.json("list")
    assert [row["name"] for row in rows] == [campaign.name for campaign in CAMPAIGNS]
    assert {row["mode"] for row in rows} == {"sandbox"}
    shown = desk.run("list")
    assert "19:00, 3 days after the first purchase" in shown
    assert "wholesale customers" in shown
    assert "Texts go to the sandbox only" in shown


def test_a_campaign_that_is_paused_is_shown_with_how_it_goes_on(desk: Desk) -> None:
    desk.ops.run("pause", "text:birthday", "--why", "wrong coupon", "--by", "kim", **desk.env)
    paused = {row["name"]: row["paused"] for row in desk.json("list")}
    assert (paused["birthday"], paused["wholesale"]) == ("kim: wrong coupon", None)
    for told in (desk.run("list"), desk.run("status", "--no-ask")):
        assert "ops resume text:birthday lets it go on" in told
    assert [row["kind"] for row in desk.json("status", "--no-ask")["paused"]] == ["text:birthday"]
    desk.ops.run("resume", "text:birthday", **desk.env)
    assert {row["paused"] for row in desk.json("list")} == {None}


def test_a_preview_shows_who_gets_what_and_who_does_not_and_sends_nothing(desk: Desk) -> None:
    before = len(desk.state.texts())
    found = desk.json("preview", "wholesale")
    assert [text["cust_no"] for text in found["texts"]] == ["W1", "W2"]
    assert found["texts"][0]["to"] == "***42"
    assert found["texts"][0]["body"].startswith("Our Garden Center: ")
    assert {row["cust_no"]: row["why"] for row in found["not_texted"]} == {"W3": "same_phone", "W4": "no_phone"}
    shown = desk.run("preview", "wholesale", "--show")
    assert "+12215550142" in shown
    assert "Another customer with the same phone" in shown
    assert len(desk.state.texts()) == before


def test_a_day_on_which_nobody_bought_selects_nobody(desk: Desk) -> None:
    assert "Nobody's dates select them" in desk.run("preview", "wholesale", "--date", "2024-02-29")


def test_sending_twice_texts_once_and_status_history_and_log_tell_it(desk: Desk) -> None:
    desk.run("send", "wholesale")
    desk.run("send", "wholesale")
    assert sorted(text.to for text in desk.state.texts()) == ["+12215550142", "+12215550143"]
    (row,) = [row for row in desk.json("status")["campaigns"] if row["campaign"] == "wholesale"]
    assert (row["planned"], row["sent"], row["delivered"]) == (2, 2, 2)
    log = Path(desk.json("status")["log"])
    lines = log.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "date,cust_no,to_phone,body,response"
    assert len([line for line in lines if "221-555-014" in line]) == 2
    assert log.stat().st_mode & 0o077 == 0
    shown = desk.run("history", "W1")
    assert "wholesale  delivered" in shown
    assert "Our Garden Center: " in shown
    assert "221-555-0142" not in shown and "***42" in shown
    assert "No text was ever planned" in desk.run("history", "nobody")


def test_a_phone_is_stopped_once_and_allowed_again_with_a_reason(desk: Desk) -> None:
    assert "No text goes to this phone any more." in desk.run("stop", "(221) 555-0143", "--why", "asked", "--by", "kim")
    assert "gets no texts already" in desk.run("stop", "221 555 0143")
    refused = desk.json("preview", "wholesale")["not_texted"]
    assert {"cust_no": "W2", "why": "opted_out"} in refused
    assert "gets no texts: person" in desk.run("history", "W2")
    assert "allowed again" in desk.run("allow", "2215550143", "--why", "came back")
    assert "Nothing stopped" in desk.run("allow", "2215550143", "--why", "came back")


def test_what_people_wrote_is_read_by_a_person_and_an_opt_out_stops_what_is_planned(desk: Desk) -> None:
    assert "Nobody wrote anything that a person has to read" in desk.run("answers")
    db = Database(database_urls(load_settings(env={"OPS_HOME": str(desk.ops.home)})).ops)
    for sid, body in (("SM1", "When do you open?"), ("SM2", "STOP")):
        inbound.hear(db, sid=sid, sender="+12215550142", body=body, is_sandbox=True)
    db.close()
    (row,) = desk.json("answers")
    assert (row["body"], row["meaning"], row["digits"], row["cust_no"]) == ("When do you open?", "other", "***42", "W1")
    shown = desk.run("answers", "--all")
    assert "STOP" in shown
    assert "221-555-0142" not in shown
    assert "2215550142" not in shown
    (told,) = [row for row in desk.json("preview", "wholesale")["not_texted"] if row["cust_no"] == "W1"]
    assert told["why"] == "opted_out"


def test_an_opt_out_that_was_read_out_of_a_sentence_is_shown_to_a_person_and_a_plain_one_is_not(desk: Desk) -> None:
    db = Database(database_urls(load_settings(env={"OPS_HOME": str(desk.ops.home)})).ops)
    told = ("STOP", " Stop!", "Opt-Out", "\u201cSTOP\u201d", "YES", "Stop sending me stuff", "Cancel texts")
    for number, body in enumerate(told):
        inbound.hear(db, sid=f"sentence {number}", sender="+12215550142", body=body, is_sandbox=True)
    db.close()
    stops = [row["body"] for row in desk.json("answers") if row["meaning"] != "other"]
    assert stops == ["Cancel texts", "Stop sending me stuff"]


def test_a_live_campaign_that_may_only_plan_is_not_sent_by_hand(desk: Desk) -> None:
    """What waits for a recipient's morning would be passed over by the schedule, for ever."""
    live = {"MODE": "live", "ACCOUNT_SID": f"AC{'0' * 32}", "AUTH_TOKEN": "canary", "FROM_NUMBER": "+12215550100"}
    live["REVIEW_URL"] = "https://store.example/review"
    env = {f"OPS_RETAIL__TEXTS__{name}": value for name, value in live.items()}
    before = len(desk.state.texts())
    answer = desk.ops.run("texts", "send", "wholesale", code=2, **desk.env, **env)
    assert "text_wholesale is not in retail.apply" in answer.err
    assert len(desk.state.texts()) == before


@pytest.mark.parametrize(
    ("file", "words", "said"),
    [
        ("wholesale.txt", "Hello {nmae}", "{nmae} is no placeholder"),
        ("wholesale.txt", "# nothing", "holds no text"),
    ],
)
def test_a_template_that_cannot_be_used_is_one_line_with_the_place_to_mend(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, words: str, said: str
) -> None:
    monkeypatch.setattr("ops_platform.adapters.text_templates.templates_dir", lambda: tmp_path)
    (tmp_path / "sms").mkdir()
    (tmp_path / "sms" / file).write_text(words, encoding="utf-8")
    shown = desk.run("preview", "wholesale", code=1)
    assert said in shown
    assert "defect" not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("preview", "walesale"), "Did you mean wholesale?"),
        (("send", "nothing-like-it"), "There are: first_time_1"),
        (("stop", "555-0142"), "ten digits"),
        (("allow", "+44 20 7946 0958", "--why", "x"), "ten digits"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can_be(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    assert said in desk.run(*arguments, code=2)
