"""Delivery while the database goes away: what an answer said is not lost for that."""

from __future__ import annotations

import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ops_platform.adapters.database import Database
from ops_platform.adapters.migrations import migrate, set_search_path
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.flows.effects.senders import Answer, Effect
from ops_platform_tests.conftest import open_temp_dir, remove_home
from ops_platform_tests.flows.effects.conftest import House, wanted
from ops_platform_tests.flows.effects.provider import HttpSender, running_provider

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def after_each_call(monkeypatch: Any, work: Any) -> None:
    whole = HttpSender.send

    def send(self: HttpSender, effect: Effect) -> Any:
        answer = whole(self, effect)
        work(effect.key)
        return answer

    monkeypatch.setattr(HttpSender, "send", send)


def test_connections_cut_after_every_call_lose_no_answer(house: House, monkeypatch: Any) -> None:
    house.record(*(wanted(f"mail/{number}") for number in range(6)))
    admin = Database(house.url)
    after_each_call(monkeypatch, lambda _: admin.frame(CUT))
    assert house.deliver().statuses == {"sent": 6}
    assert (house.provider.twice(), set(house.statuses().values())) == ([], {"sent"})
    admin.close()


def test_a_connection_that_hangs_in_a_statement_is_given_up_for_a_new_one(house: House, monkeypatch: Any) -> None:
    """Cut while a question was under way, it answers nothing more and does not look lost either."""
    from ops_platform.flows.effects.delivery import _Line

    house.record(wanted("mail/1"), wanted("mail/2"))
    house.use(lease_seconds=5)
    whole = _Line._answer
    hung: list[Effect] = []

    def answer(self: _Line, effect: Effect) -> Answer:
        if not hung:
            hung.append(effect)
            assert self._connection is not None
            self._connection.connection.driver_connection.pgconn.send_query(b"SELECT 1")  # type: ignore[union-attr]
        return whole(self, effect)

    monkeypatch.setattr(_Line, "_answer", answer)
    assert house.deliver().statuses == {"sent": 2}
    assert (house.provider.twice(), set(house.statuses().values())) == ([], {"sent"})


def test_a_database_that_restarts_during_a_delivery_is_waited_for(monkeypatch: Any, tmp_path: Path) -> None:
    home = open_temp_dir("ops-tests-")
    server = EmbeddedPostgres(home, fsync=False)
    try:
        server.start()
        url = server.create_database("effects")
        migrate(url)
        set_search_path(url)
        with running_provider() as provider:
            house = House(Database(url), url, provider, tmp_path, {"OPS_MAIL__PER_MINUTE": "6000"})
            house.record(*(wanted(f"mail/{number}") for number in range(4)))

            def restart(key: str) -> None:
                if key == "mail/1":
                    server.stop()
                    threading.Thread(target=lambda: (time.sleep(0.4), server.start())).start()

            after_each_call(monkeypatch, restart)
            assert house.deliver().statuses == {"sent": 4}
            assert sorted(provider.keys()) == [f"mail/{number}" for number in range(4)]
            house.db.close()
    finally:
        server.stop()
        remove_home(home)


def test_a_beginning_whose_answer_was_lost_is_asked_for_again_and_the_call_is_made(
    house: House, monkeypatch: Any
) -> None:
    """The connection breaks after the commit: it is begun, and the worker does not know it."""
    from ops_platform.flows.effects.delivery import _Line

    house.record(wanted("mail/1"))
    whole, lost = _Line._begin, []

    def begin(self: _Line, effect: Effect, *, again: bool) -> int | None:
        found = whole(self, effect, again=again)
        if not lost:
            lost.append(found)
            raise sa.exc.OperationalError("", {}, ConnectionError("cut"))
        return found

    monkeypatch.setattr(_Line, "_begin", begin)
    assert house.deliver().statuses == {"sent": 1}
    assert (house.provider.keys(), house.effect("mail/1")["attempt"]) == (["mail/1"], 1)
    assert house.events("mail/1") == ["recorded", "claimed", "sent"]


def test_a_database_that_goes_away_while_a_place_is_asked_for_is_waited_for(house: House, monkeypatch: Any) -> None:
    from ops_platform.flows.effects import pace

    house.go_live()  # the sandbox takes as many as come
    house.env.update({"OPS_RETAIL__APPLY": '["follow_up"]', "OPS_MAIL__PER_MINUTE": "6000"})
    house.record(wanted("mail/1"))
    whole, asked = pace.take, count()

    def take(*given: Any, **named: Any) -> float:
        if next(asked) == 0:
            raise sa.exc.OperationalError("", {}, ConnectionError("gone"))
        return whole(*given, **named)

    monkeypatch.setattr(pace, "take", take)
    assert house.deliver().statuses == {"sent": 1}
    assert next(asked) == 2


def test_a_database_that_stays_away_ends_the_delivery_within_a_lease(house: House, monkeypatch: Any) -> None:
    house.use(lease_seconds=0.3)
    house.record(wanted("mail/1"), wanted("mail/2"))

    def gone(*_: Any, **__: Any) -> Any:
        raise sa.exc.OperationalError("", {}, ConnectionError("gone"))

    from ops_platform.adapters import ledger

    monkeypatch.setattr(ledger, "settle", gone)
    with pytest.raises(sa.exc.OperationalError):
        house.deliver()
    monkeypatch.undo()
    house.later()
    house.deliver()
    house.later()
    house.deliver()
    assert (house.provider.twice(), set(house.statuses().values())) == ([], {"sent"})


def test_a_person_who_ends_a_delivery_is_not_taken_for_a_lost_database(house: House, monkeypatch: Any) -> None:
    from ops_platform.adapters import ledger

    def interrupted(*_: Any, **__: Any) -> Any:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as cause:
            raise sa.exc.OperationalError("", {}, ConnectionError("cut")) from cause

    house.record(wanted("mail/1"))
    monkeypatch.setattr(ledger, "pick", interrupted)
    began = time.monotonic()
    with pytest.raises(sa.exc.OperationalError):
        house.deliver()
    assert time.monotonic() - began < 5
