"""Alerts are kept in two places, and either may be away."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.core.alerts import Alert, Cause, Look, Rules, advance
from ops_platform.flows.operations.book import Book, BusyError, Delivery
from ops_platform_tests.flows.operations.conftest import make_unwritable
from ops_platform_tests.flows.parts import small_disk

NOW = datetime(2026, 5, 14, 16, 0, 30, 250_000, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULES = Rules()


def alerts(*names: str, at: datetime = NOW, patience: timedelta = timedelta(0)) -> list[Alert]:
    look = Look("a", tuple(Cause(f"a/{name}", f"{name} is broken", patience=patience) for name in names))
    return advance([], [look], at, RULES)


def book(home: Path, db: Database | None) -> Book:
    """As another process opens it."""
    return Book(home, RULES, db)


def delivery(channel: str, *, reason: str | None = None) -> Delivery:
    return Delivery("alert/a/disk/x/begin", "begin", channel, "Alert: disk", NOW, reason)


def keys(found: Book, now: datetime = NOW + MINUTE) -> list[str]:
    return [alert.key for alert in found.load(now).alerts]


def test_what_is_saved_is_read_again_by_another_process(tmp_path: Path, db: Database) -> None:
    known = alerts("disk", "job")
    book(tmp_path, db).save(known, NOW)
    assert book(tmp_path, db).load(NOW).alerts == known
    assert book(tmp_path, None).load(NOW).alerts == known
    (tmp_path / "operations" / "alerts.json").unlink()
    assert book(tmp_path, db).load(NOW).alerts == known


def test_of_two_versions_the_one_that_was_written_last_counts(tmp_path: Path, db: Database) -> None:
    first = book(tmp_path, db)
    first.save(alerts("disk"), NOW)
    [alert] = first.load(NOW).alerts
    over = [Alert(**{**alert.__dict__, "over_at": NOW + MINUTE, "over_reason": "room"})]
    book(tmp_path, None).save(over, NOW + MINUTE)  # while the database is away
    second = book(tmp_path, db)
    second.save(second.load(NOW + MINUTE).alerts, NOW + 2 * MINUTE)
    first.save([alert], NOW - MINUTE)
    assert book(tmp_path, db).load(NOW + MINUTE).alerts == over


def test_what_the_file_learnt_while_the_database_was_away_comes_into_the_table(tmp_path: Path, db: Database) -> None:
    away = book(tmp_path, None)
    sent = Delivery("alert/a/disk/x/begin", "begin", "mail", "Alert: disk", NOW)
    away.save(alerts("disk"), NOW, deliveries=[sent])
    back = book(tmp_path, db)
    back.save(back.load(NOW).alerts, NOW + MINUTE)
    again = book(tmp_path, db)
    again.save(again.load(NOW).alerts, NOW + MINUTE)
    rows = db.frame("SELECT key, channel, sent_at FROM ops.alert_messages").to_dict("records")
    assert [(row["key"], row["channel"], row["sent_at"]) for row in rows] == [("alert/a/disk/x/begin", "mail", NOW)]
    assert db.frame("SELECT key FROM ops.alerts")["key"].tolist() == ["a/disk"]


def test_one_whose_patience_has_not_passed_is_no_row(tmp_path: Path, db: Database) -> None:
    waiting = alerts("restart", patience=3 * MINUTE)
    book(tmp_path, db).save(waiting, NOW)
    assert len(db.frame("SELECT key FROM ops.alerts")) == 0
    found = book(tmp_path, db)
    assert found.load(NOW).alerts == waiting
    found.save([], NOW + MINUTE)
    assert keys(book(tmp_path, db)) == []


def test_a_disk_that_cannot_be_written_leaves_the_table(tmp_path: Path, db: Database) -> None:
    make_unwritable(tmp_path / "operations")
    found = book(tmp_path, db)
    with found.locked():
        found.save(alerts("disk"), NOW)
    assert keys(book(tmp_path, db)) == ["a/disk"]


def test_with_neither_file_nor_table_the_process_remembers(tmp_path: Path) -> None:
    make_unwritable(tmp_path / "operations")
    found = book(tmp_path, None)
    found.save(alerts("disk"), NOW)
    assert keys(found) == ["a/disk"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "\x00",
        '{"version": 9}',
        '{"version": 1, "alerts": [{"nonsense": 1}], "unrecorded": [], "troubles": {}}',
        '{"version": 1, "alerts": [{"key": "a/disk"}], "unrecorded": [], "troubles": {}}',
        '{"version": 1, "alerts": [], "unrecorded": [{"key": "x"}], "troubles": {}}',
        '{"version": 1, "alerts": [], "unrecorded": [], "troubles": []}',
        '{"version": 1, "alerts": [{"last_seen": "yesterday"}], "unrecorded": [], "troubles": {}}',
    ],
)
def test_a_file_that_cannot_be_read_is_begun_anew(tmp_path: Path, db: Database, content: str) -> None:
    book(tmp_path, db).save(alerts("disk"), NOW)
    (tmp_path / "operations" / "alerts.json").write_text(content)
    found = book(tmp_path, db)
    found.save(found.load(NOW).alerts, NOW + MINUTE)
    assert keys(book(tmp_path, None)) == ["a/disk"]


def test_a_database_that_goes_away_in_between_costs_nothing(tmp_path: Path) -> None:
    nowhere = Database("postgresql://ops@127.0.0.1:1/none")
    found = book(tmp_path, nowhere)
    found.load(NOW)
    found.save(alerts("disk"), NOW)
    assert keys(book(tmp_path, None)) == ["a/disk"]


def test_two_never_look_at_once(tmp_path: Path) -> None:
    with book(tmp_path, None).locked(), pytest.raises(BusyError), book(tmp_path, None).locked():
        pass


def test_on_a_full_disk_a_process_remembers_which_channels_are_in_trouble(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as leave:
        found = book(tmp_path / "disk", None)
        found.save([], NOW, deliveries=[delivery("mail"), delivery("ntfys", reason="nobody listens")])
        leave(0)
        found.load(NOW)
        found.save([], NOW, deliveries=[delivery("mail", reason="no login"), delivery("ntfys")])
        assert found.load(NOW).troubles == {"mail": "no login"}
        leave(900_000)
        found.save([], NOW)
        assert book(tmp_path / "disk", None).load(NOW).troubles == {"mail": "no login"}


def test_a_trouble_that_another_process_saw_end_is_over_for_this_one(tmp_path: Path) -> None:
    found = book(tmp_path, None)
    found.save([], NOW, deliveries=[delivery("mail", reason="no login")])
    book(tmp_path, None).save([], NOW, deliveries=[delivery("mail")])  # `ops alerts test`
    assert found.load(NOW).troubles == {}


def test_a_message_that_the_file_goes_on_telling_is_one_row(tmp_path: Path, db: Database) -> None:
    with small_disk(tmp_path / "disk") as leave:
        book(tmp_path / "disk", None).save([], NOW, deliveries=[delivery("mail"), delivery("ntfys", reason="x")])
        leave(0)
        for _ in range(2):
            found = book(tmp_path / "disk", db)
            for _ in range(2):
                found.load(NOW)
                found.save([], NOW)
    rows = db.frame("SELECT channel, sent_at, reason FROM ops.alert_messages ORDER BY channel").to_dict("records")
    assert [tuple(row.values()) for row in rows] == [("mail", NOW, None), ("ntfys", NOW, "x")]


def test_what_was_over_long_ago_is_history_and_not_carried_along(tmp_path: Path, db: Database) -> None:
    [alert] = alerts("disk")
    told = {"told_at": NOW, "over_at": NOW + MINUTE, "over_told_at": NOW + MINUTE}
    book(tmp_path, db).save([Alert(**{**alert.__dict__, **told})], NOW + MINUTE)
    later = NOW + timedelta(days=1)
    assert keys(book(tmp_path, db), later) == []
    assert [each.key for each in book(tmp_path, db).history(10)] == ["a/disk"]
    found = book(tmp_path, db)
    found.save(found.load(later).alerts, later)
    assert json.loads((tmp_path / "operations" / "alerts.json").read_text())["alerts"] == []
