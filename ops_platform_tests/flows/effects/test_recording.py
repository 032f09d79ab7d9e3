"""Recording: once a key, in the caller's transaction, and never another meaning under the same key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ops_platform.adapters import ledger
from ops_platform.adapters.ledger import MissingEffectError, Origin
from ops_platform.core.effects import effect_set
from ops_platform.flows.effects.recording import prepared, record
from ops_platform_tests.flows.effects.conftest import House, wanted
from ops_platform_tests.flows.effects.provider import HttpSender


def test_an_effect_is_recorded_once_whoever_wants_it_again(house: House) -> None:
    first = house.record(wanted("mail/1"), wanted("mail/2"))
    again = house.record(wanted("mail/2"), wanted("mail/3"))
    assert (first.new, first.known) == (("mail/1", "mail/2"), 0)
    assert (again.new, again.known, again.conflicts) == (("mail/3",), 1, ())
    assert house.statuses() == dict.fromkeys(("mail/1", "mail/2", "mail/3"), "planned")
    assert house.events("mail/2") == ["recorded"]


def test_the_message_is_made_when_it_is_recorded_and_kept(house: House) -> None:
    house.record(wanted("mail/1", target="a@example.com"))
    assert bytes(house.effect("mail/1")["content"]) == b"to a@example.com: hello"


def test_no_message_is_made_for_what_is_known(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(HttpSender, "prepare", lambda _, effect: made.append(effect.key))
    house.record(wanted("mail/1"))
    house.record(wanted("mail/1"), wanted("mail/2"))
    assert made == ["mail/1", "mail/2"]


def test_nothing_is_recorded_when_the_callers_transaction_ends_badly(house: House) -> None:
    with house.senders() as senders:
        origin = Origin("follow_up")
        rows = prepared(house.db, senders, effect_set([wanted("mail/1")]), origin)
        with pytest.raises(ZeroDivisionError), house.db.transaction() as connection:
            record(connection, rows, origin, senders)
            raise ZeroDivisionError
    assert house.statuses() == {}


def test_the_same_key_with_another_payload_is_a_conflict_and_the_others_are_recorded(house: House) -> None:
    house.record(wanted("mail/1", payload={"text": "10 off"}))
    done = house.record(wanted("mail/1", payload={"text": "50 off"}), wanted("mail/2"))
    assert (done.new, done.conflicts) == (("mail/2",), ("mail/1",))
    assert house.effect("mail/1")["payload"] == {"text": "10 off"}
    house.record(wanted("mail/1", payload={"text": "50 off"}))  # every night anew: told once
    assert house.events("mail/1") == ["recorded", "conflict"]


@pytest.mark.parametrize("other", [{"target": "b@example.com"}, {"kind": "coupon"}])
def test_the_same_key_for_another_person_or_kind_is_a_conflict(house: House, other: dict[str, str]) -> None:
    house.record(wanted("mail/1"))
    assert house.record(wanted("mail/1", **other)).conflicts == ("mail/1",)


def test_a_frozen_report_keeps_its_first_content(house: House) -> None:
    house.record(wanted("report/1", keep_first=True, payload={"text": "sold 10"}))
    done = house.record(wanted("report/1", keep_first=True, payload={"text": "sold 11"}))
    assert (done.known, done.conflicts) == (1, ())
    assert house.effect("report/1")["payload"] == {"text": "sold 10"}


def test_an_effect_no_message_can_be_made_of_has_failed_and_the_others_go_on(house: House) -> None:
    done = house.record(wanted("mail/1", payload={"unfit": True}), wanted("mail/2"))
    assert done.new == ("mail/1", "mail/2")
    assert house.statuses() == {"mail/1": "failed", "mail/2": "planned"}
    assert house.effect("mail/1")["reason"] == "no message can be made for j***@e***.com"


def test_what_was_tried_in_the_sandbox_does_not_keep_the_live_one_from_happening(house: House) -> None:
    house.record(wanted("mail/1"))
    house.go_live()
    assert house.record(wanted("mail/1", payload={"text": "live"})).new == ("mail/1",)
    found = house.rows("SELECT is_sandbox, payload->>'text' AS text FROM effects ORDER BY effect_id")
    assert found == [{"is_sandbox": True, "text": "hello"}, {"is_sandbox": False, "text": "live"}]


def test_an_effect_that_comes_after_nothing_that_is_recorded_is_refused_by_name(house: House) -> None:
    with pytest.raises(MissingEffectError, match=r"mail/1 .*coupon/1"):
        house.record(wanted("mail/1", after_key="coupon/1"))
    assert house.statuses() == {}


def test_an_effect_may_come_after_one_of_the_same_plan_or_of_an_earlier_one(house: House) -> None:
    house.record(wanted("coupon/1", kind="coupon", target="K7QW2M9X"))
    house.record(
        wanted("mail/1", after_key="coupon/1"),
        wanted("mail/2", after_key="coupon/2"),
        wanted("coupon/2", kind="coupon", target="K7QW2M9Y"),
    )
    linked = "SELECT e.key, f.key AS first FROM effects e JOIN effects f ON f.effect_id = e.after_id ORDER BY 1"
    assert house.rows(linked) == [{"key": "mail/1", "first": "coupon/1"}, {"key": "mail/2", "first": "coupon/2"}]


@pytest.mark.parametrize("modes", [("sandbox", "live"), ("live", "sandbox")])
def test_a_mail_comes_after_the_coupon_that_counts_now(house: House, modes: tuple[str, str]) -> None:
    house.env.update({"OPS_RETAIL__BIGCOMMERCE__STORE_HASH": "abc", "OPS_RETAIL__BIGCOMMERCE__TOKEN": "secret"})
    for mode in modes:
        house.env["OPS_RETAIL__BIGCOMMERCE__MODE"] = mode
        house.record(wanted("coupon/1", kind="coupon"))
    house.record(wanted("mail/1", after_key="coupon/1"))
    linked = "SELECT f.is_sandbox FROM effects e JOIN effects f ON f.effect_id = e.after_id WHERE e.key = 'mail/1'"
    assert house.rows(linked) == [{"is_sandbox": modes[-1] == "sandbox"}]


def test_held_effects_that_were_dropped_are_taken_up_by_a_later_plan(house: House) -> None:
    house.record(wanted("mail/1", payload={"text": "old"}), status="held", batch_id=7)
    with house.db.transaction() as connection:
        assert ledger.drop_held(connection, "follow_up", who="asha", batch_id=8) == 0
        assert ledger.drop_held(connection, "follow_up", who="asha", batch_id=7) == 1
    assert house.statuses() == {"mail/1": "dropped"}
    assert house.record(wanted("mail/1", payload={"text": "new"})).new == ("mail/1",)
    found = house.effect("mail/1")
    assert (found["status"], found["payload"], bytes(found["content"])) == (
        "planned",
        {"text": "new"},
        b"to jane.doe@example.com: new",
    )
    assert house.events("mail/1") == ["recorded", "dropped", "recorded"]


def test_what_came_to_nothing_in_its_time_may_be_wanted_again_for_a_later_one(house: House) -> None:
    """A birthday text of the 1st, when nothing ran in time; whatever was tried once is never taken up."""
    over, still = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    house.record(wanted("mail/1", payload={"text": "old"}, not_after=over), wanted("mail/2", not_after=over))
    house.deliver()
    house.db.execute("UPDATE effects SET attempt = 1 WHERE key = 'mail/2'")
    assert house.statuses() == {"mail/1": "expired", "mail/2": "expired"}
    assert house.record(wanted("mail/1", payload={"text": "old"}, not_after=over)).new == ()
    later = [wanted(key, payload={"text": "new"}, not_after=still, keep_first=True) for key in ("mail/1", "mail/2")]
    assert house.record(*later).new == ("mail/1",)
    house.deliver()
    assert house.statuses() == {"mail/1": "sent", "mail/2": "expired"}
    assert house.events("mail/1") == ["recorded", "expired", "recorded", "claimed", "sent"]


def test_text_that_the_database_cannot_store_is_mended_and_not_lost(house: House) -> None:
    house.record(wanted("mail/1", payload={"text": "a\x00b"}, label="c\x00d", target="e\x00@example.com"))
    found = house.effect("mail/1")
    assert (found["payload"], found["label"]) == ({"text": "a\ufffdb"}, "c\ufffdd")


def test_times_are_kept_and_without_one_it_is_due_at_once(house: House) -> None:
    due, end = datetime(2026, 5, 14, 11, 30, tzinfo=UTC), datetime(2026, 5, 14, 21, 0, tzinfo=UTC)
    house.record(wanted("mail/1", due_at=due, not_after=end), wanted("mail/2"))
    found = house.effect("mail/1")
    assert (found["due_at"], found["next_try_at"], found["not_after"]) == (due, due, end)
    [now] = house.rows("SELECT due_at <= clock_timestamp() AS due, not_after FROM effects WHERE key = 'mail/2'")
    assert now == {"due": True, "not_after": None}


@pytest.mark.parametrize("table", ["effect_events", "effect_controls"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET who = 'x'", "TRUNCATE {}"])
def test_history_and_decisions_are_only_added_to(house: House, table: str, statement: str) -> None:
    with pytest.raises(Exception, match="never changed or removed"):
        house.db.execute(statement.format(table))


def test_an_effect_with_a_history_cannot_be_deleted(house: House) -> None:
    house.record(wanted("mail/1"))
    with pytest.raises(Exception, match="foreign key"):
        house.db.execute("DELETE FROM effects")


@pytest.mark.parametrize(
    ("role", "table", "right", "has"),
    [
        ("ops_report", "effects", "SELECT", False),
        ("ops_report", "effect_events", "SELECT", False),
        ("ops_report", "effect_report", "SELECT", True),
        ("ops_report", "effect_counts", "SELECT", True),
        ("ops_app", "effects", "INSERT", True),
        ("ops_app", "effects", "UPDATE", True),
        ("ops_app", "effects", "DELETE", False),
        ("ops_app", "effect_events", "INSERT", True),
        ("ops_app", "effect_events", "UPDATE", False),
    ],
)
def test_reports_see_nobodys_address_and_nobody_deletes(
    house: House, role: str, table: str, right: str, has: bool
) -> None:
    [found] = house.rows("SELECT has_table_privilege(:role, 'ops.' || :table, :right) AS has",
                         role=role, table=table, right=right)  # fmt: skip
    assert found == {"has": has}


def test_the_views_for_reports_hold_neither_people_nor_words(house: House) -> None:
    house.record(wanted("mail/1", label="Jane Doe", reason="Jane asked", payload={"text": "canary"}))
    for view in ("effect_report", "effect_counts"):
        shown = str(house.rows(f"SELECT * FROM {view}"))
        assert "mail" in shown
        assert not any(words in shown for words in ("jane", "Jane", "canary"))


def test_an_error_of_the_database_tells_no_values(house: House) -> None:
    with pytest.raises(Exception, match="no_such_table") as raised:
        house.db.frame("SELECT * FROM no_such_table WHERE email = :email", email="jane.doe@example.com")
    assert "jane.doe" not in str(raised.value)
