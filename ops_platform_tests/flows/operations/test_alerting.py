"""A round of the watchdog: who is told, what is written down, and what a kill in between costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops_platform.adapters.database import Database
from ops_platform.core.alerts import Cause, Look
from ops_platform.flows.operations.alerting import (
    Round,
    UnknownAlertError,
    acknowledge,
    look_and_tell,
    rules_of,
    send_test,
)
from ops_platform.flows.operations.book import Book
from ops_platform.settings import Settings
from ops_platform_tests.flows.operations.conftest import Remembering

NOW = datetime(2026, 5, 14, 16, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Watch:
    """Rounds of one home, each as a process of its own would do it."""

    def __init__(self, settings: Settings, db: Database | None, *channels: Remembering) -> None:
        self.settings, self.db, self.channels, self.now = settings, db, channels, NOW

    def book(self) -> Book:
        return Book(self.settings.home, rules_of(self.settings), self.db)

    def look(self, *broken: str, well: str | None = None) -> Round:
        causes = tuple(Cause(f"a/{name}", f"{name} is broken", "it says so", "mend it") for name in broken)
        looks = [Look("a", causes, {f"a/{well}": "mended"} if well else {})]
        done = look_and_tell(self.book(), self.channels, looks, self.now, self.settings)
        self.now += MINUTE
        return done


@pytest.fixture
def mail() -> Remembering:
    return Remembering()


@pytest.fixture
def watch(settings: Settings, db: Database, mail: Remembering) -> Watch:
    return Watch(settings, db, mail)


def rows(db: Database, query: str) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in db.frame(query).to_dict("records")]


def test_ten_failures_are_one_message_and_the_end_another(watch: Watch, mail: Remembering, db: Database) -> None:
    for _ in range(10):
        watch.look("job")
    watch.look(well="job")
    assert mail.subjects == ["Alert: job is broken", "Over: job is broken"]
    [alert] = rows(db, "SELECT key, count, told_at, over_at, over_reason, over_told_at FROM ops.alerts")
    assert (alert["key"], alert["count"], alert["over_reason"]) == ("a/job", 1, "mended")
    assert alert["told_at"] == NOW
    assert alert["over_told_at"] == alert["over_at"] == NOW + 10 * MINUTE
    sent = rows(db, "SELECT kind, channel, subject, reason FROM ops.alert_messages ORDER BY message_id")
    assert [(row["kind"], row["channel"], row["reason"]) for row in sent] == [
        ("begin", "mail", None),
        ("over", "mail", None),
    ]


def test_the_same_without_the_database(settings: Settings, mail: Remembering) -> None:
    watch = Watch(settings, None, mail)
    for _ in range(10):
        watch.look("job")
    watch.look(well="job")
    assert mail.subjects == ["Alert: job is broken", "Over: job is broken"]


class KilledError(BaseException):
    """What a kill is to the code it meets."""


def test_a_kill_while_a_message_goes_out_loses_nothing(watch: Watch, mail: Remembering, db: Database) -> None:
    mail.fault = KilledError()
    with pytest.raises(KilledError):
        watch.look("job", "disk")
    assert [row["key"] for row in rows(db, "SELECT key FROM ops.alerts ORDER BY key")] == ["a/disk", "a/job"]
    mail.fault = None
    watch.look("job", "disk")
    watch.look("job", "disk")
    assert sorted(mail.subjects) == ["Alert: disk is broken", "Alert: job is broken"]


def test_a_kill_between_two_messages_repeats_neither(watch: Watch, mail: Remembering) -> None:
    class DiesAtTheSecond(Remembering):
        def send(self, message: Any) -> None:
            if self.got:
                raise KilledError
            super().send(message)

    first = DiesAtTheSecond()
    watch.channels = (first,)
    with pytest.raises(KilledError):
        watch.look("disk", "job")
    watch.channels = (mail,)
    watch.look("disk", "job")
    assert sorted([*first.subjects, *mail.subjects]) == ["Alert: disk is broken", "Alert: job is broken"]


def test_what_no_channel_takes_is_told_when_one_does(watch: Watch, mail: Remembering) -> None:
    mail.refuse()
    watch.look("job")
    watch.look("job")
    mail.fault = None
    watch.look("job")
    assert mail.subjects[0] == "Alert: job is broken"
    assert mail.subjects.count("Alert: job is broken") == 1


def test_a_channel_that_fails_is_told_through_the_other_and_to_be_over(settings: Settings, db: Database) -> None:
    mail, phone = Remembering(), Remembering("ntfys")
    watch = Watch(settings, db, mail, phone)
    mail.refuse("the mail server refused the login")
    watch.look("job")
    watch.look("job")
    assert phone.subjects == ["Alert: job is broken", "Alert: Alerts cannot be delivered by mail"]
    assert phone.got[1].alerts[0].detail == "The mail server refused the login"
    mail.fault = None
    watch.look("job", "disk")
    watch.look("job", "disk")
    assert phone.subjects[-1] == "Over: Alerts cannot be delivered by mail"


def test_a_channel_with_a_defect_does_not_keep_the_next_one_from_working(settings: Settings, db: Database) -> None:
    mail, phone = Remembering(fault=ZeroDivisionError("x")), Remembering("ntfys")
    done = Watch(settings, db, mail, phone).look("job")
    assert phone.subjects == ["Alert: job is broken"]
    assert [each.reason for each in done.deliveries] == ["ZeroDivisionError (a defect; see the log)", None]


def test_without_any_channel_the_log_has_it(settings: Settings, db: Database, caplog: pytest.LogCaptureFixture) -> None:
    Watch(settings, db).look("job")
    assert "Alert: job is broken | Since 2026-05-14 12:00 EDT." in caplog.text
    caplog.clear()
    Watch(settings, db).look("job")
    assert "job is broken" not in caplog.text


def test_who_says_that_they_know_is_not_reminded(watch: Watch, mail: Remembering) -> None:
    watch.look("job")
    found = acknowledge(watch.book(), "a/job", "ann", watch.now)
    assert (found.acked_by, found.acked_at) == ("ann", watch.now)
    watch.now += timedelta(days=3)
    watch.look("job")
    assert mail.subjects == ["Alert: job is broken"]
    with pytest.raises(UnknownAlertError, match="open are: a/job"):
        acknowledge(watch.book(), "a/nothing", "ann", watch.now)


def test_a_test_alert_goes_through_every_channel_and_opens_none(settings: Settings, db: Database) -> None:
    mail, phone = Remembering(), Remembering("ntfys")
    phone.refuse("no such topic")
    watch = Watch(settings, db, mail, phone)
    tried = send_test(watch.book(), (mail, phone), NOW, settings)
    assert mail.subjects == ["Test alert: this is how one looks"]
    assert [(each.channel, each.reason) for each in tried] == [("mail", None), ("ntfys", "no such topic")]
    assert rows(db, "SELECT key FROM ops.alerts") == []
    assert [row["kind"] for row in rows(db, "SELECT kind FROM ops.alert_messages")] == ["test", "test"]
