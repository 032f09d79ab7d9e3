"""What became of texts: asked for, counted, and followed where carriers refuse what comes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ops_platform.flows.effects.deciding import controls, pause, resume
from ops_platform.flows.texts import inbound, records
from ops_platform.flows.texts.records import ask_statuses, keep_sent
from ops_platform_tests.flows.texts.conftest import LEE, PAT, Shop, text


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
