"""What a look at the ledger reads does not grow with what stands in it: also before the server counted the rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from ops_platform.adapters import ledger
from ops_platform.adapters.database import records, scalar
from ops_platform.adapters.ledger import Order
from ops_platform_tests.flows.texts.conftest import Shop, text

MANY, FEW = 3_000, 200
TEXTS = Order("text", is_sandbox=True)
READ = """
    SELECT sum(pg_stat_get_xact_tuples_returned(oid)) FROM (
        SELECT indexrelid AS oid FROM pg_index WHERE indrelid = 'ops.effects'::regclass
        UNION ALL SELECT 'ops.effects'::regclass
    ) AS places
"""


def phone(number: int) -> str:
    return f"+1828{2_000_000 + number}"


def tidied(connection: sa.Connection) -> None:
    ledger.tidy(connection, TEXTS, grace=1.0, run_id=None)


def picked(connection: sa.Connection) -> None:
    assert len(ledger.pick(connection, TEXTS, 20)) == 20


def looked_up(connection: sa.Connection) -> None:
    found = ledger.pick_unknown(connection, TEXTS, most_looks=6, seconds=1.0)
    assert found is not None and found["key"] == text(0)["key"]


def of_today(connection: sa.Connection) -> None:
    which = {"targets": [phone(number) for number in range(20)], "is_sandbox": True, "zone": "America/New_York"}
    assert len(records(connection, "texts/today", **which)) == 20


def due(connection: sa.Connection) -> None:
    which = {"kinds": ["coupon", "email", "text"], "sandbox_kinds": ["text"], "live_automations": [], "most_looks": 6}
    assert [row["kind"] for row in records(connection, "effects/due_kinds", **which)] == ["text"]


def fill(shop: Shop, counted: str) -> None:
    """As many sent as wait, of which the first waits for another; one is unknown. counted: when the server did."""
    earlier, later = (datetime.now(UTC) + timedelta(days=days) for days in (-1, 1))
    shop.record(*(text(number, phone(number), due_at=later) for number in range(MANY)))
    if counted == "before any was sent":
        shop.db.execute("ANALYZE effects")
    shop.db.execute("UPDATE effects SET status = 'sent', claim = 1, claimed_at = clock_timestamp()")
    shop.db.execute(
        "UPDATE effects SET status = 'unknown', reason = 'x', lease_until = clock_timestamp() WHERE key = :key",
        key=text(0)["key"],
    )
    shop.record(*(text(MANY + number, phone(number)) for number in range(MANY)))
    first = text(2 * MANY)
    shop.record(first, text(2 * MANY + 1, after_key=first["key"], due_at=earlier))
    if counted == "now":
        shop.db.execute("ANALYZE effects")


def rows_read(shop: Shop, look: Callable[[sa.Connection], None]) -> int:
    """How many rows of the ledger a look reads, which is undone."""
    with shop.db.engine.connect() as connection, connection.begin() as transaction:
        before = int(scalar(connection, READ))
        look(connection)
        read = int(scalar(connection, READ)) - before
        transaction.rollback()
    return read


@pytest.mark.parametrize("counted", ["never", "before any was sent", "now"])
def test_a_look_reads_no_more_than_what_it_is_about(shop: Shop, counted: str) -> None:
    fill(shop, counted)
    read = {look.__name__: rows_read(shop, look) for look in (tidied, picked, looked_up, of_today, due)}
    assert {name: rows for name, rows in read.items() if rows >= FEW} == {}


@pytest.mark.parametrize("counted", [False, True])
def test_of_a_test_recipient_only_the_week_is_read_however_much_it_had(shop: Shop, counted: bool) -> None:
    shop.record(*(text(number, phone(0)) for number in range(MANY)))
    shop.db.execute("UPDATE effects SET status = 'sent', claim = 1, claimed_at = clock_timestamp() - interval '8 days'")
    if counted:
        shop.db.execute("ANALYZE effects")

    def look(connection: sa.Connection) -> None:
        which = {"targets": [phone(0)], "is_sandbox": True, "zone": "America/New_York"}
        assert records(connection, "texts/today", **which) == []

    assert rows_read(shop, look) < FEW
