"""Who gets no texts any more, or again: STOP and START, the store, what Twilio refuses, replies read late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ops_platform.flows.effects.delivery import deliver
from ops_platform.flows.effects.orders import orders_of
from ops_platform.flows.effects.registry import GATES, Senders
from ops_platform.flows.effects.senders import Answer, Effect
from ops_platform.flows.effects.texts import TextSender
from ops_platform.flows.texts import inbound
from ops_platform.flows.texts.records import ask_statuses, keep_sent
from ops_platform_tests.flows.texts.conftest import LEE, PAT, Shop, text

SUPPRESSED = "texts/suppressed"


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
