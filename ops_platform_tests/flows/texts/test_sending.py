"""Texts through the ledger to Twilio's stand-in: once each, and to nobody who must not get one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import sleep
from zoneinfo import ZoneInfo

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.effects import texts
from ops_platform.flows.effects.deciding import EffectDecisionError, pause
from ops_platform.flows.effects.delivery import deliver
from ops_platform.flows.effects.orders import orders_of
from ops_platform.flows.effects.registry import GATES, Senders
from ops_platform.flows.effects.senders import Answer, CannotTell, Defer, Effect, Go, NotThere, Suppress
from ops_platform.flows.effects.texts import TextSender
from ops_platform.flows.texts.gate import TextGate
from ops_platform_tests.flows.texts.conftest import LEE, PAT, Shop, text


def effect(number: int = 1, **values: object) -> Effect:
    row = text(number, **values)  # type: ignore[arg-type]
    return Effect(number, row["key"], "text", "text_first_time_1", row["target"], row["payload"], is_sandbox=True)


def test_a_text_goes_once_however_often_it_is_planned_and_delivered(shop: Shop) -> None:
    for _ in range(3):
        assert shop.send(text(1)) == {"1": "sent"}
    assert shop.arrived() == [(PAT, "Hi! This is text 1.")]


def test_a_text_with_other_words_under_the_same_key_changes_nothing(shop: Shop) -> None:
    shop.send(text(1))
    shop.send(text(1, body="Hi! Your balance is another now."))
    assert shop.arrived() == [(PAT, "Hi! This is text 1.")]


def test_a_second_customer_with_the_phone_gets_the_same_text_on_no_later_run_either(shop: Shop) -> None:
    shop.send(text(1))
    other_day = {**text(4), "key": "text/first_time_1/4/2026-05-15"}
    found = shop.send(text(2), text(3, campaign="returning_1"), other_day)
    assert found == {"1": "sent", "2": "suppressed", "3": "sent", "4": "sent"}
    assert shop.reason(2) == "another customer with the same phone got the text"
    shop.env["OPS_RETAIL__TEXTS__ONE_TEXT_A_PHONE"] = "false"
    assert shop.send(text(5))["5"] == "sent"


def test_two_of_a_household_in_one_batch_are_one_text(shop: Shop) -> None:
    assert shop.send(text(1), text(2)) == {"1": "sent", "2": "suppressed"}


def test_what_was_planned_for_customers_does_not_reach_them_once_there_are_test_recipients(shop: Shop) -> None:
    test = {**text(2, to=LEE), "key": "test-text/first_time_1/2/2026-05-14"}
    shop.record(text(1), test)
    shop.env["OPS_RETAIL__TEXTS__TEST_RECIPIENTS"] = f'["{LEE}"]'
    shop.deliver()
    assert shop.statuses() == {"1": "suppressed", "2": "sent"}
    shop.record({**text(3, to=LEE), "key": "test-text/first_time_1/3/2026-05-14"})
    shop.env["OPS_RETAIL__TEXTS__TEST_RECIPIENTS"] = "[]"
    shop.deliver()
    assert shop.statuses()["3"] == "suppressed"


def test_two_busy_answers_and_then_a_good_one_make_one_text(shop: Shop) -> None:
    shop.sandbox.faults.add("twilio", "error", status=429, code="20429", times=2)
    shop.record(text(1))
    for _ in range(3):
        shop.deliver()
        shop.later()
    assert shop.statuses() == {"1": "sent"}
    assert len(shop.arrived()) == 1


@pytest.mark.parametrize("fault", ["timeout_after", "reset", "short_body"])
def test_a_text_that_arrived_although_the_answer_was_lost_is_found_and_not_sent_again(shop: Shop, fault: str) -> None:
    shop.env["OPS_RETAIL__TEXTS__TIMEOUT_SECONDS"] = "0.4"
    shop.sandbox.faults.add("twilio", fault, accepted=True)
    assert shop.send(text(1)) == {"1": "unknown"}
    shop.later()
    shop.deliver()
    assert shop.statuses() == {"1": "sent"}
    assert len(shop.arrived()) == 1


@pytest.mark.parametrize("minutes", [-50, -2, 2, 50])
def test_a_text_that_arrived_is_found_whatever_the_clocks_say(shop: Shop, minutes: int) -> None:
    shop.state.clock = lambda: datetime.now(UTC) + timedelta(minutes=minutes)
    shop.sandbox.faults.add("twilio", "reset", accepted=True)
    assert shop.send(text(1)) == {"1": "unknown"}
    shop.later()
    shop.deliver()
    assert shop.statuses() == {"1": "sent"}
    assert len(shop.arrived()) == 1


def test_with_clocks_too_far_apart_nothing_follows_from_finding_nothing(shop: Shop) -> None:
    now = datetime.now(UTC)
    with shop.systems() as systems:
        sender = TextSender(systems)
        for hours, finding in ((-2, CannotTell), (0, NotThere), (2, CannotTell)):
            there = now + timedelta(hours=hours)
            found = sender.look_up(replace(effect(), claimed_at=there, now=there))
            assert isinstance(found, finding), hours
    assert "set the clock" in found.reason


def test_a_text_that_did_not_arrive_is_sent_after_looking(shop: Shop) -> None:
    shop.sandbox.faults.add("twilio", "status", status=503)
    assert shop.send(text(1)) == {"1": "unknown"}
    shop.later()
    shop.deliver()
    assert shop.statuses() == {"1": "sent"}
    assert len(shop.arrived()) == 1


def test_a_wrong_token_stops_all_texts_and_uses_up_no_try(shop: Shop) -> None:
    shop.sandbox.faults.add("twilio", "error", status=401, code="20003", times=None)
    shop.record(text(1), text(2, to=LEE))
    done = shop.deliver()
    assert "OPS_RETAIL__TEXTS__AUTH_TOKEN" in done.stopped["text"]
    assert shop.statuses() == {"1": "planned", "2": "planned"}
    assert {row["attempt"] for row in shop.rows("SELECT attempt FROM effects")} == {0}


def test_a_text_with_its_picture_goes_when_the_picture_can_be_fetched(shop: Shop) -> None:
    url = f"{shop.sandbox.url}/twilio/media/coupon.png"
    assert shop.send(text(1, media=[url])) == {"1": "sent"}
    assert shop.state.texts()[0].media == (url,)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/twilio/media/none.jpg", "cannot be fetched"),
        ("/", "is no picture but text/html"),
        ("/x.png?a=1", "no plain address"),
    ],
)
def test_no_text_goes_without_its_picture(shop: Shop, path: str, why: str) -> None:
    shop.record(text(1, media=[f"{shop.sandbox.url}{path}"]), text(2, to=LEE, media=[f"{shop.sandbox.url}{path}"]))
    assert why in shop.deliver().waiting["text"]
    assert shop.statuses() == {"1": "planned", "2": "planned"}
    assert shop.arrived() == []
    assert {row["attempt"] for row in shop.rows("SELECT attempt FROM effects")} == {0}
    assert why in shop.reason(1)


def test_a_picture_that_is_away_stops_no_text_of_another_campaign(shop: Shop) -> None:
    away = f"{shop.sandbox.url}/twilio/media/none.jpg"
    birthdays = [text(number, to=f"+1828333{number:04d}", campaign="birthday", media=[away]) for number in range(5)]
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    found = shop.send(*({**row, "due_at": earlier} for row in birthdays), text(9, campaign="wholesale"))
    assert found == {**{str(number): "planned" for number in range(5)}, "9": "sent"}


def test_a_text_whose_time_has_passed_is_never_sent(shop: Shop) -> None:
    past = datetime.now(UTC) - timedelta(hours=4)
    assert shop.send(text(1, due_at=past, not_after=past + timedelta(hours=3))) == {"1": "expired"}
    assert shop.arrived() == []


def test_a_campaign_that_is_switched_off_after_the_plan_sends_nothing(shop: Shop) -> None:
    shop.record(text(1))
    shop.env["OPS_RETAIL__TEXTS__CAMPAIGNS"] = '{"first_time_1": {"enabled": false}}'
    shop.deliver()
    assert shop.statuses() == {"1": "suppressed"}


def test_what_waits_at_twilio_is_dropped_when_its_time_has_passed(shop: Shop) -> None:
    """Counted from the call, not from the claim: a batch is claimed up to a minute before its last call."""

    class Slow(TextSender):
        def send(self, effect: Effect) -> Answer:
            assert effect.now is not None and effect.claimed_at is not None
            return super().send(replace(effect, claimed_at=effect.claimed_at - timedelta(minutes=1)))

    end = datetime.now(UTC) + timedelta(seconds=40)
    shop.record(text(1, not_after=end), text(2, to=LEE, campaign="birthday", not_after=end + timedelta(hours=12)))
    with shop.systems() as systems:
        senders = Senders(systems, {"text": Slow}, GATES)
        deliver(shop.db, senders, orders_of(senders), run_id="test")
    assert shop.statuses() == {"1": "sent", "2": "sent"}
    for sent in shop.state.texts():
        assert sent.valid_seconds is not None
        if sent.to == PAT:
            assert 30 < sent.valid_seconds < 40
            assert sent.created + timedelta(seconds=sent.valid_seconds) <= end
        else:
            assert sent.valid_seconds == 36_000, "the longest Twilio takes"


def test_the_time_that_its_picture_took_is_no_time_to_wait_at_twilio(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter([100.0, 115.0])
    monkeypatch.setattr(texts, "monotonic", lambda: next(ticks))
    now = datetime.now(UTC)
    with shop.systems() as systems:
        TextSender(systems).send(replace(effect(), now=now, not_after=now + timedelta(seconds=40)))
    assert [sent.valid_seconds for sent in shop.state.texts()] == [25]


def test_a_text_with_less_time_left_than_twilio_takes_is_not_sent_and_expires(shop: Shop) -> None:
    class JustInTime(TextSender):
        def send(self, effect: Effect) -> Answer:
            return super().send(replace(effect, now=effect.not_after - timedelta(milliseconds=900)))  # type: ignore[operator]

    shop.record(text(1, not_after=datetime.now(UTC) + timedelta(seconds=0.5)))
    with shop.systems() as systems:
        senders = Senders(systems, {"text": JustInTime}, GATES)
        deliver(shop.db, senders, orders_of(senders), run_id="test")
        sleep(0.5)
        deliver(shop.db, senders, orders_of(senders), run_id="test")
    assert shop.arrived() == []
    assert (shop.statuses(), shop.reason(1)) == ({"1": "expired"}, "its time had passed")


def test_a_cap_a_day_lets_the_named_pair_through_and_nothing_else(shop: Shop) -> None:
    shop.env["OPS_RETAIL__TEXTS__MAX_PER_CUSTOMER_PER_DAY"] = "1"
    morning, evening = (datetime.now(UTC) - timedelta(minutes=minutes) for minutes in (20, 10))
    rows = [
        text(1, campaign="returning_1", due_at=morning),
        text(2, campaign="returning_2", due_at=morning),
        text(3, campaign="first_time_2", due_at=evening),
        text(4, to=LEE, campaign="first_time_2", due_at=evening),
    ]
    assert shop.send(*rows) == {"1": "sent", "2": "sent", "3": "suppressed", "4": "sent"}
    assert "1 is the most" in shop.reason(3)


def test_without_a_cap_every_campaign_of_a_day_reaches_the_customer(shop: Shop) -> None:
    rows = [text(number, campaign=name) for number, name in enumerate(["returning_1", "first_time_2", "wholesale"], 1)]
    assert set(shop.send(*rows).values()) == {"sent"}


# -- the gate at moments of its own


def at(clock: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(f"2026-06-14T{clock}").replace(tzinfo=ZoneInfo(zone))  # a Sunday


@pytest.mark.parametrize(
    ("states", "clock", "verdict", "until"),
    [
        ([], "08:00", Go, None),
        ([], "20:59", Go, None),
        ([], "21:00", Suppress, None),
        ([], "07:30", Defer, "08:00"),
        (["TX"], "11:59", Defer, "12:00"),
        (["TX"], "12:00", Go, None),
        (["RI"], "17:00", Suppress, None),
        (["FL"], "20:00", Suppress, None),
    ],
)
def test_no_text_goes_outside_the_recipients_hours(
    shop: Shop, open_db: Database, states: list[str], clock: str, verdict: type, until: str | None
) -> None:
    one = effect(zones=["America/New_York"], states=states)
    with shop.systems() as systems, open_db.transaction() as connection:
        (given,) = TextGate(systems).check(connection, [one], at(clock))
    assert isinstance(given, verdict)
    if isinstance(given, Defer):
        assert until is not None
        assert given.until == at(until)


def test_a_campaign_that_is_paused_between_claim_and_call_is_not_sent(shop: Shop) -> None:
    class Interrupted(TextSender):
        def send(self, effect: Effect) -> Answer:
            pause(shop.db, "text:birthday", why="wrong coupon", who="kim")
            return super().send(effect)

    earlier = datetime.now(UTC) - timedelta(minutes=1)
    shop.record(text(1, due_at=earlier), text(2, to=LEE, campaign="birthday"))
    with shop.systems() as systems:
        senders = Senders(systems, {"text": Interrupted}, GATES)
        deliver(shop.db, senders, orders_of(senders), run_id="test")
    assert shop.statuses() == {"1": "sent", "2": "planned"}


@pytest.mark.parametrize("name", ["text:birhtday", "email:birthday", "text:", "texts"])
def test_what_is_no_campaign_cannot_be_paused(shop: Shop, name: str) -> None:
    with pytest.raises(EffectDecisionError, match="text:first_time_1"):
        pause(shop.db, name, why="x", who="kim")
