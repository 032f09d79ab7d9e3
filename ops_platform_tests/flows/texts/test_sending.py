"""Texts through the ledger to Twilio's stand-in: once each, and to nobody who must not get one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import sleep
from zoneinfo import ZoneInfo

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.effects import texts
from ops_platform.flows.effects.deciding import EffectDecisionError, controls, pause, resume
from ops_platform.flows.effects.delivery import deliver
from ops_platform.flows.effects.orders import orders_of
from ops_platform.flows.effects.registry import GATES, Senders
from ops_platform.flows.effects.senders import Answer, CannotTell, Defer, Effect, Go, NotThere, Suppress
from ops_platform.flows.effects.texts import TextSender
from ops_platform.flows.texts import inbound, records
from ops_platform.flows.texts.gate import TextGate
from ops_platform.flows.texts.records import ask_statuses, keep_sent
from ops_platform_tests.flows.texts.conftest import LEE, PAT, Shop, text

SUPPRESSED = "texts/suppressed"


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


def test_who_wrote_stop_after_the_plan_gets_no_text(shop: Shop) -> None:
    shop.record(text(1), text(2, to=LEE))
    inbound.hear(shop.db, sid="SM1", sender=PAT, body="Stop.", is_sandbox=True)
    shop.deliver()
    assert shop.statuses() == {"1": "suppressed", "2": "sent"}
    assert shop.reason(1) == "the recipient wrote STOP"
    assert [to for to, _ in shop.arrived()] == [LEE]


def test_start_undoes_stop_but_not_what_the_store_entered(shop: Shop) -> None:
    inbound.hear(shop.db, sid="SM1", sender=PAT, body="STOP", is_sandbox=True)
    inbound.hear(shop.db, sid="SM2", sender=PAT, body="START", is_sandbox=True)
    inbound.stop(shop.db, "828-555-0143", who="kim")
    inbound.hear(shop.db, sid="SM3", sender=LEE, body="start", is_sandbox=True)
    assert shop.send(text(1), text(2, to=LEE)) == {"1": "sent", "2": "suppressed"}
    assert inbound.allow(shop.db, LEE, who="kim", why="asked at the register") == 1
    assert shop.send(text(3, to=LEE))["3"] == "sent"


def test_what_somebody_wrote_is_followed_once(shop: Shop) -> None:
    for sid, body in (("SM1", "STOP"), ("SM2", "START"), ("SM1", "STOP")):
        inbound.hear(shop.db, sid=sid, sender=PAT, body=body, is_sandbox=True)
    assert len(shop.rows("SELECT * FROM text_inbound")) == 2
    assert len(shop.rows("SELECT * FROM text_suppressions WHERE lifted_at IS NULL")) == 0


def test_what_is_written_in_the_sandbox_stops_and_allows_no_real_text(shop: Shop) -> None:
    inbound.hear(shop.db, sid="SM1", sender=PAT, body="STOP", is_sandbox=True)
    inbound.hear(shop.db, sid="SM2", sender=LEE, body="STOP", is_sandbox=False)
    inbound.hear(shop.db, sid="SM3", sender=LEE, body="START", is_sandbox=True)
    stopped = {
        is_sandbox: [row["digits"] for row in shop.rows(SUPPRESSED, digits=None, is_sandbox=is_sandbox)]
        for is_sandbox in (False, True)
    }
    assert stopped == {False: [LEE[-10:]], True: [PAT[-10:], LEE[-10:]]}
    inbound.stop(shop.db, PAT, who="kim")
    assert PAT[-10:] in [row["digits"] for row in shop.rows(SUPPRESSED, digits=None, is_sandbox=False)]
    assert inbound.allow(shop.db, PAT, who="kim", why="came back") == 2


def test_a_stop_with_signs_that_the_database_refuses_counts(shop: Shop) -> None:
    assert inbound.hear(shop.db, sid="SM1", sender=PAT, body="STOP\x00", is_sandbox=True) == "stop"
    assert shop.send(text(1)) == {"1": "suppressed"}


def test_what_twilio_took_for_an_opt_out_is_one_in_any_words(shop: Shop) -> None:
    assert inbound.hear(shop.db, sid="SM1", sender=PAT, body="basta", is_sandbox=True, understood="stop") == "stop"
    assert shop.send(text(1)) == {"1": "suppressed"}


def test_a_number_that_is_none_is_told_to_whoever_enters_it(shop: Shop) -> None:
    with pytest.raises(inbound.NoPhoneError, match="ten digits"):
        inbound.stop(shop.db, "555-0142", who="kim")


@pytest.mark.parametrize(
    ("code", "status", "suppressed_as"),
    [
        (21610, "suppressed", "carrier"),
        (21614, "suppressed", "not_textable"),
        (21211, "suppressed", "not_textable"),
        (21612, "failed", None),
    ],
)
def test_a_refusal_of_the_number_is_remembered_for_every_later_text(
    shop: Shop, code: int, status: str, suppressed_as: str | None
) -> None:
    shop.state.script(PAT, code)
    assert shop.send(text(1)) == {"1": status}
    keep_sent(shop.db)
    assert [row["reason"] for row in shop.rows("SELECT reason FROM text_suppressions")] == (
        [suppressed_as] if suppressed_as else []
    )
    shop.state.script(PAT, None)
    assert shop.send(text(2, campaign="returning_1"))["2"] == ("suppressed" if suppressed_as else "sent")


def test_who_opted_in_again_is_texted_and_who_is_refused_after_that_is_out_again(shop: Shop) -> None:
    shop.state.script(PAT, 21610)
    shop.send(text(1))
    keep_sent(shop.db)
    inbound.hear(shop.db, sid="SM1", sender=PAT, body="START", is_sandbox=True)
    keep_sent(shop.db)
    shop.state.script(PAT, None)
    assert shop.send(text(2, campaign="wholesale"))["2"] == "sent", "the refusal of before START counts no more"
    shop.state.script(PAT, 21610)
    assert shop.send(text(3, campaign="returning_1"))["3"] == "suppressed"
    keep_sent(shop.db)
    assert shop.rows(SUPPRESSED, digits=None, is_sandbox=True)[0]["digits"] == PAT[-10:]


def test_a_stop_between_claim_and_call_is_seen(shop: Shop) -> None:
    class Interrupted(TextSender):
        """While the first text of a batch goes out, the recipient of the second writes STOP."""

        def send(self, effect: Effect) -> Answer:
            inbound.hear(shop.db, sid="SM1", sender=LEE, body="STOP", is_sandbox=True)
            return super().send(effect)

    shop.record(text(1), text(2, to=LEE))
    with shop.systems() as systems:
        senders = Senders(systems, {"text": Interrupted}, GATES)
        deliver(shop.db, senders, orders_of(senders), run_id="test")
    assert shop.statuses() == {"1": "sent", "2": "suppressed"}
    assert [to for to, _ in shop.arrived()] == [PAT]
    claimed = shop.rows("SELECT claimed_at FROM effects WHERE payload->>'cust_no' = '2'")
    assert claimed[0]["claimed_at"] is not None, "it was claimed before the STOP"


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


def test_what_became_of_texts_is_asked_and_landlines_are_remembered(shop: Shop) -> None:
    shop.state.script(LEE, 30006)
    shop.send(text(1), text(2, to=LEE))
    with shop.systems() as systems:
        told = ask_statuses(shop.db, systems)
        again = ask_statuses(shop.db, systems)
    assert (told.asked, told.changed, told.suppressed, told.paused) == (2, 2, 1, {})
    assert again.asked == 0
    found = {row["cust_no"]: (row["status"], row["code"]) for row in shop.rows("SELECT * FROM text_messages")}
    assert found["1"][0] == "delivered"
    assert found["2"] == ("undelivered", 30006)
    assert shop.send(text(3, to=LEE))["3"] == "suppressed"


@pytest.mark.parametrize(("code", "times", "is_stopped"), [(30003, 2, False), (30005, 1, False), (30005, 2, True)])
def test_a_phone_that_was_off_stays_and_one_the_carrier_does_not_know_goes_the_second_time(
    shop: Shop, code: int, times: int, is_stopped: bool
) -> None:
    shop.state.script(PAT, code)
    for number in range(times):
        shop.send(text(number, campaign=("returning_1", "returning_2")[number]))
        with shop.systems() as systems:
            ask_statuses(shop.db, systems)
    assert bool(shop.rows("SELECT * FROM text_suppressions")) is is_stopped


def test_texts_are_paused_when_the_carriers_refuse_the_stores_number(shop: Shop) -> None:
    shop.state.script(PAT, 30034)
    shop.send(text(1))
    with shop.systems() as systems:
        told = ask_statuses(shop.db, systems)
    assert "A2P 10DLC" in str(told.paused)
    assert shop.send(text(2, to=LEE))["2"] == "planned"
    assert len(shop.arrived()) == 1


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


def test_texts_that_were_let_go_again_are_not_stopped_for_what_was_before(shop: Shop) -> None:
    shop.state.script(PAT, 30034)
    shop.send(text(1))
    with shop.systems() as systems:
        assert ask_statuses(shop.db, systems).paused
        assert "A2P 10DLC" in str(ask_statuses(shop.db, systems).paused), "who looks later is told, too"
        resume(shop.db, "text", who="kim")
        shop.send(text(2, to=LEE))
        assert ask_statuses(shop.db, systems).paused == {}
        shop.state.script(LEE, 30034)
        shop.send(text(3, to=LEE, campaign="returning_1"))
        assert ask_statuses(shop.db, systems).paused


def filtered(shop: Shop, codes: list[int | None], campaign: str = "birthday", *, first: int = 10) -> dict[str, str]:
    """Send a text for each code, let Twilio end each with its own, and ask; what is paused."""
    for number, code in enumerate(codes, first):
        to = f"+1828444{number:04d}"
        shop.state.script(to, code)
        shop.send(text(number, to=to, campaign=campaign))
    with shop.systems() as systems:
        return dict(ask_statuses(shop.db, systems).paused)


@pytest.mark.parametrize("codes", [[30007], [30007, 30007, None, 30007, 30007], [None, 30007, 30003, 30007, 30007]])
def test_a_few_filtered_texts_stop_nothing(shop: Shop, codes: list[int | None]) -> None:
    assert filtered(shop, codes) == {}
    assert shop.send(text(1, campaign="birthday"))["1"] == "sent"


def test_a_campaign_that_carriers_filter_is_stopped_alone_until_a_person_lets_it_go(shop: Shop) -> None:
    assert filtered(shop, [30007, 30007], "wholesale", first=30) == {}
    paused = filtered(shop, [None, 30007, 30007, 30007, None])
    assert list(paused) == ["text:birthday"]
    assert "30007 for 3 texts in a row" in paused["text:birthday"]
    found = shop.send(text(1, campaign="birthday"), text(2, to=LEE, campaign="first_time_1"))
    assert (found["1"], found["2"]) == ("planned", "sent")
    assert "paused by the platform: Twilio 30007" in shop.reason(1)
    assert [row["kind"] for row in controls(shop.db)] == ["text:birthday"], "where a person sees it"
    resume(shop.db, "text:birthday", who="kim")
    shop.later()
    shop.deliver()
    assert shop.statuses()["1"] == "sent"
    assert filtered(shop, [None], "birthday", first=50) == {}, "what was before counts no more"


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


# -- what people write, without a webhook


def stopped(shop: Shop) -> list[str]:
    return [row["digits"] for row in shop.rows(SUPPRESSED, digits=None, is_sandbox=True)]


def test_what_people_wrote_is_heard_without_a_webhook_also_when_no_text_is_open(shop: Shop) -> None:
    shop.send(text(1), text(2, to=LEE))
    with shop.systems() as systems:
        assert ask_statuses(shop.db, systems).heard == 0
        shop.state.hear(PAT, "please stop texting me")
        shop.state.hear(LEE, "When do you open?")
        shop.state.hear("+447946095800", "STOP")
        told = ask_statuses(shop.db, systems)
        assert (told.asked, told.heard) == (0, 2)
        assert ask_statuses(shop.db, systems).heard == 0, "each is heard once"
    assert stopped(shop) == [PAT[-10:]]
    assert shop.send(text(3, campaign="birthday"))["3"] == "suppressed"
    assert [row["meaning"] for row in shop.rows("SELECT meaning FROM text_inbound ORDER BY inbound_id")] == [
        "stop",
        "other",
    ]


@pytest.mark.parametrize(("words", "is_stopped"), [(["STOP", "START"], False), (["STOP", "START", "STOP"], True)])
def test_of_stop_and_start_the_last_one_counts(shop: Shop, words: list[str], is_stopped: bool) -> None:
    shop.send(text(1))
    for word in words:
        shop.state.hear(PAT, word)
    with shop.systems() as systems:
        ask_statuses(shop.db, systems)
    assert bool(stopped(shop)) is is_stopped


def test_an_old_start_that_comes_to_light_late_undoes_no_newer_stop(shop: Shop) -> None:
    shop.send(text(1))
    shop.state.hear(PAT, "START")
    inbound.hear(shop.db, sid="SM1", sender=PAT, body="STOP", is_sandbox=True)
    with shop.systems() as systems:
        assert ask_statuses(shop.db, systems).heard == 1
    assert stopped(shop) == [PAT[-10:]]


def test_where_a_webhook_tells_what_people_wrote_a_quiet_list_is_not_read(shop: Shop) -> None:
    shop.send(text(1))
    with shop.systems() as systems:
        ask_statuses(shop.db, systems)
    shop.env["OPS_RETAIL__TEXTS__WEBHOOK_URL"] = "https://shop.example/texts"
    shop.state.hear(PAT, "Hello")
    asked = len(shop.sandbox.log.entries())
    with shop.systems() as systems:
        assert ask_statuses(shop.db, systems).heard == 0
    assert len(shop.sandbox.log.entries()) == asked


def test_replies_are_asked_for_from_the_newest_one_on_and_for_two_weeks_at_most(shop: Shop) -> None:
    def since() -> datetime | None:
        (row,) = shop.rows("texts/replies_since", is_sandbox=True)
        found: datetime | None = row["since"]
        return found

    assert since() is None, "nobody was texted"
    shop.send(text(1))
    keep_sent(shop.db)
    now = datetime.now(UTC)
    assert timedelta(days=13, hours=23) < now - (since() or now) < timedelta(days=14, hours=1)
    inbound.hear(shop.db, sid="SM1", sender=PAT, body="Hello", is_sandbox=True)
    assert timedelta(minutes=59) < now - (since() or now) < timedelta(minutes=61)


def test_a_person_who_opts_out_is_counted_once_for_the_text_before_it(shop: Shop) -> None:
    shop.send(text(1))
    shop.send(text(2, campaign="birthday"))
    shop.send(text(3, to=LEE, campaign="first_time_1"))
    keep_sent(shop.db)
    inbound.hear(shop.db, sid="SM1", sender=PAT, body="STOP", is_sandbox=True)
    since = datetime.now(UTC) - timedelta(hours=1)
    counted = {row["campaign"]: row["opted_out"] for row in shop.rows("texts/status", since=since, is_sandbox=True)}
    assert counted == {"birthday": 1, "first_time_1": 0}


def test_a_pause_of_a_person_is_not_taken_for_the_carriers(shop: Shop) -> None:
    pause(shop.db, "text", why="wrong coupon", who="kim")
    with shop.systems() as systems:
        assert ask_statuses(shop.db, systems).paused == {}


def test_many_texts_are_asked_about_in_parts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_AT_ONCE", 2)
    shop.send(*(text(number, to=f"+1828333{number:04d}") for number in range(5)))
    with shop.systems() as systems:
        told = ask_statuses(shop.db, systems)
    assert (told.asked, told.changed) == (5, 5)
    (row,) = shop.rows("SELECT count(*) AS texts, sum(price) AS price FROM text_messages WHERE status = 'delivered'")
    assert (row["texts"], row["price"]) == (5, 5 * Decimal("0.0079"))


def test_a_price_that_a_callback_does_not_tell_is_asked_for(shop: Shop) -> None:
    shop.send(text(1))
    keep_sent(shop.db)
    shop.db.execute("UPDATE text_messages SET status = 'delivered'")
    with shop.systems() as systems:
        assert ask_statuses(shop.db, systems).asked == 1
        assert ask_statuses(shop.db, systems).asked == 0
    assert shop.rows("SELECT price FROM text_messages")[0]["price"] == Decimal("0.0079")


def test_a_texted_customer_leaves_a_row_without_a_second_one_when_kept_again(shop: Shop) -> None:
    shop.send(text(1))
    assert (keep_sent(shop.db), keep_sent(shop.db)) == (1, 0)
    (row,) = shop.rows("SELECT sid, campaign, cust_no, digits, segments, is_sandbox FROM text_messages")
    assert row == {
        "sid": shop.state.texts()[0].sid,
        "campaign": "first_time_1",
        "cust_no": "1",
        "digits": "8285550142",
        "segments": 1,
        "is_sandbox": True,
    }
