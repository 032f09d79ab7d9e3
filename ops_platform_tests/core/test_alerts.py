"""Alerts are told once, told to be over, and told again only when they come back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.core.alert_messages import Message, due_messages, lead, lines, subject, told
from ops_platform.core.alerts import Alert, Cause, Look, Rules, advance, duration, forget

NOON = datetime(2026, 5, 14, 16, 0, tzinfo=UTC)
STORE = ZoneInfo("America/New_York")
RULES = Rules()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Story:
    """A watchdog that looks once a minute, and what it told."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.now = NOON
        self.rules = rules
        self.alerts: list[Alert] = []
        self.said: list[str] = []
        self.sent: list[Message] = []

    def look(
        self, *causes: Cause | str, well: dict[str, str] | None = None, blind: bool = False, works: bool = True
    ) -> list[str]:
        """One look at the area `a`; what was said in it."""
        seen = tuple(Cause(f"a/{each}", f"{each} is broken") if isinstance(each, str) else each for each in causes)
        look = Look("a", None if blind else seen, {f"a/{key}": text for key, text in (well or {}).items()})
        self.alerts = forget(advance(self.alerts, [look], self.now, self.rules), self.now, self.rules)
        messages = due_messages(self.alerts, self.now, self.rules) if works else []
        for message in messages:
            self.alerts = told(self.alerts, message)
        self.sent += messages
        said = [subject(message) for message in messages]
        self.said += said
        self.now += MINUTE
        return said

    def wait(self, span: timedelta) -> None:
        self.now += span - MINUTE


def test_the_same_cause_seen_a_hundred_times_is_told_once() -> None:
    story = Story()
    for _ in range(100):
        story.look("disk")
    assert story.said == ["Alert: disk is broken"]


def test_a_cause_that_ended_for_certain_is_over_at_once_with_the_reason() -> None:
    story = Story()
    story.look("job")
    assert story.look(well={"job": "the run 1234 succeeded"}) == ["Over: job is broken"]
    assert lines(story.sent[-1], STORE, RULES) == [
        "It lasted 1 min, since 2026-05-14 12:00 EDT.",
        "The run 1234 succeeded.",
    ]
    assert story.look() == []


def test_a_cause_that_is_only_not_seen_is_over_after_ten_minutes() -> None:
    story = Story()
    story.look("disk")
    for _ in range(9):
        assert story.look() == []
    assert story.look() == ["Over: disk is broken"]


def test_what_cannot_be_looked_at_is_not_over() -> None:
    story = Story()
    story.look("job")
    for _ in range(60):
        story.look(blind=True)
    assert story.said == ["Alert: job is broken"]
    assert story.look("job") == []


def test_a_cause_that_passes_within_its_patience_is_never_told() -> None:
    story = Story()
    restart = Cause("a/database", "the database is away", patience=3 * MINUTE)
    story.look(restart)
    story.look(restart)
    story.look()
    assert story.alerts == []
    for _ in range(3):
        story.look(restart)
    assert story.said == []
    story.look(restart)
    assert story.said == ["Alert: the database is away"]


def test_a_cause_that_becomes_more_urgent_is_told_sooner() -> None:
    story = Story()
    story.look(Cause("a/web", "the web shop is away", patience=2 * HOUR))
    assert story.look(Cause("a/web", "the web shop is away")) == ["Alert: the web shop is away"]


def test_many_that_begin_at_once_come_in_one_message() -> None:
    story = Story()
    names = [f"job {number}" for number in range(6)]
    assert story.look(*names) == ["Alert: 6 problems began"]
    assert story.look(*names) == []
    assert story.look(well=dict.fromkeys(names, "ran")) == ["Over: 6 problems"]


def test_a_storm_makes_few_messages_and_loses_no_cause() -> None:
    story = Story()
    going: list[str] = []
    for minute in range(60):
        going.append(f"job {minute}")
        story.look(*going)
    assert len(story.said) <= RULES.most_mails + 60 // 15
    story.wait(RULES.digest_every)
    story.look(*going)
    named = {alert.key for message in story.sent for alert in message.alerts}
    assert len(named) == 60


def test_what_lasts_is_told_again_after_a_day_in_one_message() -> None:
    story = Story()
    story.look("disk")
    story.look("disk", "job")
    story.wait(timedelta(hours=23))
    assert story.look("disk", "job") == []
    story.wait(2 * HOUR)
    assert story.look("disk", "job") == ["Still there: 2 problems"]
    assert story.look("disk", "job") == []


def test_what_somebody_knows_of_is_not_reminded_of_but_its_end_is_told() -> None:
    story = Story()
    story.look("disk")
    [alert] = story.alerts
    story.alerts = [Alert(**{**alert.__dict__, "acked_at": story.now, "acked_by": "ann"})]
    story.wait(timedelta(hours=50))
    assert story.look("disk") == []
    assert story.look(well={"disk": "it has room"}) == ["Over: disk is broken"]


def test_a_cause_that_comes_back_is_told_again_and_from_the_third_time_on_it_comes_and_goes() -> None:
    story = Story()
    for _ in range(2):
        story.look("job")
        story.look(well={"job": "ran"})
    assert story.said == [
        "Alert: job is broken",
        "Over: job is broken",
        "Alert again: job is broken",
        "Over: job is broken",
    ]
    story.said.clear()
    for _ in range(20):
        story.look("job")
        story.look(well={"job": "ran"})
    assert story.said == ["Alert again: job is broken"]
    assert "It comes and goes: 3 times since" in lead(story.sent[-1], STORE, RULES)
    story.wait(RULES.restless_within)
    assert story.look() == ["Over: job is broken"]
    [alert] = story.alerts
    assert alert.over_reason.startswith("quiet for 6 h")


def test_the_same_cause_on_another_day_is_another_alert() -> None:
    story = Story()
    story.look("job")
    story.look(well={"job": "ran"})
    story.wait(timedelta(hours=7))
    assert story.look("job") == ["Alert: job is broken"]
    assert [alert.count for alert in story.alerts if alert.is_open] == [1]


def test_what_nobody_could_be_told_of_is_told_when_it_can_also_when_it_is_over() -> None:
    story = Story()
    story.look("job", works=False)
    story.look(well={"job": "ran"}, works=False)
    assert story.look() == ["Over: job is broken"]
    assert "No alert could be delivered while it lasted." in lead(story.sent[-1], STORE, RULES)
    assert story.look() == []


def test_one_message_sent_twice_has_one_key_and_other_news_another() -> None:
    story = Story()
    story.look("job")
    [begin] = story.sent
    again = Message("begin", begin.alerts, begin.at + HOUR)
    assert again.key == begin.key == "alert/a/job/20260514T160000/begin"
    story.look(well={"job": "ran"})
    story.look("job")
    keys = [message.key for message in story.sent]
    assert len(set(keys)) == len(keys) == 3


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3600, "1 h"),
        (7800, "2 h 10 min"),
        (86400, "1 day"),
        (187200, "2 days 4 h"),
    ],
)
def test_a_span_is_told_as_people_say_it(seconds: int, text: str) -> None:
    assert duration(timedelta(seconds=seconds)) == text


Minute = tuple[frozenset[str], frozenset[str], bool, bool, int]
MINUTES = st.lists(
    st.tuples(
        st.frozensets(st.sampled_from("abcdefgh"), max_size=8),
        st.frozensets(st.sampled_from("abcdefgh"), max_size=8),
        st.booleans(),
        st.booleans(),
        st.sampled_from([1, 1, 1, 20, 400, -30, -400]),
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=150)
@given(MINUTES)
def test_whatever_happens_nobody_hears_of_an_end_before_its_beginning_nor_of_anything_twice(
    minutes: list[Minute],
) -> None:
    story = Story()
    for seen, well, blind, works, pause in minutes:
        before = story.alerts
        story.look(*sorted(seen), well=dict.fromkeys(well - seen, "ran"), blind=blind, works=works)
        assert one_open_each(story.alerts)
        if blind:
            assert [(each.key, each.over_at) for each in story.alerts if each.is_open] == [
                (each.key, each.over_at) for each in before if each.is_open
            ]
        story.now += (pause - 1) * MINUTE
    last: dict[str, str] = {}
    for message in story.sent:
        for alert in message.alerts if message.kind != "reminder" else ():
            kind = "over" if message.kind == "over" else "begin"
            if kind == "begin":
                assert last.get(alert.key) != "begin"
            last[alert.key] = kind
    for _ in range(30):
        story.look(*"abcdefgh")
    assert {alert.key for alert in story.alerts if alert.is_open and alert.told_at} == {
        f"a/{each}" for each in "abcdefgh"
    }


def one_open_each(alerts: Iterable[Alert]) -> bool:
    keys = [alert.key for alert in alerts if alert.is_open]
    return len(keys) == len(set(keys))
