"""Writing Counterpoint: compare-and-set, one bad row never stops the others, a second call changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.adapters.counterpoint import CounterpointError
from ops_platform.adapters.counterpoint_writes import TRIES, update_items
from ops_platform.core.changes import change_set
from ops_platform_tests.adapters.counterpoint_rows import NOW, Store, store
from ops_platform_tests.patience import until

BEFORE = datetime(2026, 1, 1)  # noqa: DTZ001


@pytest.fixture
def shop(database_url: str) -> Iterator[Store]:
    with store(database_url, batch_rows=2) as made:
        yield made


def wanted(*rows: tuple[str, str, Any, Any]) -> pd.DataFrame:
    named = ("key", "field", "old", "new")
    return change_set(
        {"target": "counterpoint", "reason": "a test", "label": "", **dict(zip(named, row, strict=True))}
        for row in rows
    )


def write(shop: Store, *rows: tuple[str, str, Any, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    done = update_items(shop.counterpoint, wanted(*rows), now=NOW)
    return {(row["key"], row["field"]): (row["status"], row["detail"]) for row in done.to_dict("records")}


def test_a_value_is_written_with_the_stamp_other_programs_look_at(shop: Store) -> None:
    shop.item("A", PROF_NO_1=5, LST_MAINT_DT=BEFORE)
    assert write(shop, ("A", "stock_buffer", Decimal(5), Decimal(3))) == {("A", "stock_buffer"): ("applied", "")}
    present = shop.present("A")
    assert (present["PROF_NO_1"], present["LST_MAINT_DT"], present["LST_MAINT_USR_ID"]) == (Decimal(3), NOW, "OPS")


def test_a_status_carries_its_own_day(shop: Store) -> None:
    shop.item("A", STAT="A")
    write(shop, ("A", "status", "A", "V"))
    assert (shop.present("A")["STAT"], shop.present("A")["STAT_DAT"]) == ("V", NOW.replace(hour=0))


def test_what_somebody_else_changed_meanwhile_is_left_and_told(shop: Store) -> None:
    shop.item("A", PROF_COD_1="MINE", LST_MAINT_DT=BEFORE)
    [(status, detail)] = write(shop, ("A", "brand", None, "OURS")).values()
    assert status == "conflict"
    assert "'MINE' now" in detail
    assert (shop.present("A")["PROF_COD_1"], shop.present("A")["LST_MAINT_DT"]) == ("MINE", BEFORE)


def test_an_item_that_is_gone_is_a_conflict(shop: Store) -> None:
    [(status, detail)] = write(shop, ("A", "brand", None, "OURS")).values()
    assert (status, "not in Counterpoint" in detail) == ("conflict", True)


def test_a_second_call_finds_everything_so_and_touches_no_stamp(shop: Store) -> None:
    shop.item("A", USR_PROF_ALPHA_27="-5")
    row = ("A", "sort_order", "-5", "-9")
    write(shop, row)
    stamped = shop.present("A")
    later = update_items(shop.counterpoint, wanted(row), now=datetime(2027, 1, 1))  # noqa: DTZ001
    assert later.to_dict("records") == [
        {"key": "A", "field": "sort_order", "status": "applied", "detail": "already so"}
    ]
    assert shop.present("A") == stamped


def test_blanks_count_as_nothing_as_they_were_read(shop: Store) -> None:
    shop.item("A", PROF_COD_1="  ")
    assert write(shop, ("A", "brand", None, "OURS"))["A", "brand"][0] == "applied"


def test_a_code_read_in_capitals_is_found_in_any_case(shop: Store) -> None:
    shop.item("A", PROF_COD_1="acme ")
    assert write(shop, ("A", "brand", "ACME", "OURS"))["A", "brand"][0] == "applied"


def test_a_value_too_long_for_its_column_fails_by_itself_and_is_not_cut(shop: Store) -> None:
    for number in ("A", "B", "C"):
        shop.item(number)
    done = write(
        shop, ("A", "brand", None, "SHORT"), ("B", "brand", None, "MUCH-TOO-LONG-A-BRAND"), ("C", "brand", None, "ALSO")
    )
    assert [done[number, "brand"][0] for number in ("A", "B", "C")] == ["applied", "failed", "applied"]
    assert "longer than the 10 characters of PROF_COD_1" in done["B", "brand"][1]
    assert shop.present("B")["PROF_COD_1"] is None


def test_a_row_the_server_refuses_never_stops_its_batch(shop: Store) -> None:
    for number in ("A", "B", "C"):
        shop.item(number)
    with shop.counterpoint.engine.begin() as connection:
        connection.execute(sa.text('ALTER TABLE "IM_ITEM" ADD CONSTRAINT known CHECK ("PROF_COD_1" <> \'UNKNOWN\')'))
    try:
        done = write(shop, ("A", "brand", None, "ONE"), ("B", "brand", None, "UNKNOWN"), ("C", "brand", None, "THREE"))
    finally:
        with shop.counterpoint.engine.begin() as connection:
            connection.execute(sa.text('ALTER TABLE "IM_ITEM" DROP CONSTRAINT known'))
    assert [done[number, "brand"][0] for number in ("A", "B", "C")] == ["applied", "failed", "applied"]


def test_what_a_trigger_of_the_store_sets_again_is_told(shop: Store) -> None:
    for number in ("A", "B"):
        shop.item(number, STAT="A", PROF_NO_1=5)
    trigger = """
        CREATE FUNCTION keep() RETURNS trigger AS $$ BEGIN NEW."STAT" := 'A'; RETURN NEW; END $$ LANGUAGE plpgsql;
        CREATE TRIGGER keep BEFORE UPDATE ON "IM_ITEM" FOR EACH ROW WHEN (NEW."ITEM_NO" = 'A') EXECUTE FUNCTION keep()
    """
    with shop.counterpoint.engine.begin() as connection:
        connection.execute(sa.text(trigger))
    try:
        rows = [(number, "status", "A", "V") for number in ("A", "B")]
        done = write(shop, *rows, ("A", "stock_buffer", Decimal(5), Decimal(3)))
    finally:
        with shop.counterpoint.engine.begin() as connection:
            connection.execute(sa.text('DROP TRIGGER keep ON "IM_ITEM"; DROP FUNCTION keep'))
    assert done == {
        ("A", "status"): ("failed", "Counterpoint took it, but keeps 'A'"),
        ("A", "stock_buffer"): ("applied", ""),
        ("B", "status"): ("applied", ""),
    }


def test_of_two_fields_the_one_that_still_stands_is_written(shop: Store) -> None:
    shop.item("A", PROF_COD_1="MINE", PROF_NO_1=5)
    done = write(shop, ("A", "brand", None, "OURS"), ("A", "stock_buffer", Decimal(5), Decimal(3)))
    assert (done["A", "brand"][0], done["A", "stock_buffer"][0]) == ("conflict", "applied")
    assert (shop.present("A")["PROF_COD_1"], shop.present("A")["PROF_NO_1"]) == ("MINE", Decimal(3))


def test_a_field_the_till_does_not_know_is_told(shop: Store) -> None:
    [(status, detail)] = write(shop, ("A", "colour", None, "red")).values()
    assert (status, "colour" in detail) == ("failed", True)


def test_a_server_that_is_away_raises_and_says_so(shop: Store) -> None:
    shop.item("A")
    shop.counterpoint.engine.dispose()
    away = Store("postgresql://ops@127.0.0.1:1/none")
    with pytest.raises((CounterpointError, sa.exc.OperationalError), match=r"(?s)does not answer|connection"):
        update_items(away.counterpoint, wanted(("A", "brand", None, "X")), now=NOW)


def test_a_server_that_goes_away_midway_tells_what_was_written_and_what_was_not(shop: Store) -> None:
    for key in "ABC":
        shop.item(key)
    changes = wanted(*((key, "brand", None, "X") for key in "ABC"))  # two transactions: A and B, then C
    done: list[pd.DataFrame] = []
    with shop.counterpoint.engine.connect() as till:
        till.execute(sa.text("""UPDATE "IM_ITEM" SET "DESCR" = 'till' WHERE "ITEM_NO" = 'C'"""))
        ours = threading.Thread(target=lambda: done.append(update_items(shop.counterpoint, changes, now=NOW)))
        ours.start()
        until("our update waits for the till", lambda: _waiting(shop))
        till.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted"))
        ours.join(20)
    assert done[0]["status"].tolist() == ["applied", "applied", "failed"]
    assert done[0]["detail"].iloc[2].startswith("not written: Counterpoint's database does not answer")
    assert [shop.present(key)["PROF_COD_1"] for key in "ABC"] == ["X", "X", None]


@contextmanager
def clashing(shop: Store, times: int) -> Iterator[None]:
    """The server ends so many writes of item B as a deadlock's victim.

    By a trigger: of two that really wait for each other it ends the one that looks first, which is not always us.
    """
    trigger = f"""
        CREATE SEQUENCE tries;
        CREATE FUNCTION clash() RETURNS trigger AS $$
            BEGIN IF nextval('tries') <= {times} THEN RAISE deadlock_detected; END IF; RETURN NEW; END
        $$ LANGUAGE plpgsql;
        CREATE TRIGGER clash BEFORE UPDATE ON "IM_ITEM" FOR EACH ROW WHEN (NEW."ITEM_NO" = 'B') EXECUTE FUNCTION clash()
    """
    with shop.counterpoint.engine.begin() as connection:
        connection.execute(sa.text(trigger))
    try:
        yield
    finally:
        with shop.counterpoint.engine.begin() as connection:
            connection.execute(sa.text('DROP TRIGGER clash ON "IM_ITEM"; DROP FUNCTION clash; DROP SEQUENCE tries'))


def test_a_deadlock_is_tried_again_with_all_of_its_batch(shop: Store) -> None:
    shop.item("A")
    shop.item("B")
    with clashing(shop, times=TRIES - 1):
        done = write(shop, ("A", "brand", None, "X"), ("B", "brand", None, "X"))
    assert [status for status, _ in done.values()] == ["applied", "applied"]
    assert [shop.present(key)["PROF_COD_1"] for key in "AB"] == ["X", "X"]


def test_a_deadlock_that_does_not_end_is_told_and_nothing_of_its_batch_is_written(shop: Store) -> None:
    shop.item("A")
    shop.item("B")
    with (
        clashing(shop, times=TRIES),
        pytest.raises(CounterpointError, match=f"same rows .*, {TRIES} times"),
    ):
        write(shop, ("A", "brand", None, "X"), ("B", "brand", None, "X"))
    assert [shop.present(key)["PROF_COD_1"] for key in "AB"] == [None, None]


def _waiting(shop: Store) -> bool:
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with shop.counterpoint.engine.connect() as connection:
        return bool(connection.execute(sa.text(query)).scalar_one())


@settings(max_examples=25, deadline=None)
@given(
    present=st.lists(st.integers(0, 3), min_size=1, max_size=6),
    plans=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=6, max_size=6),
)
def test_a_write_happens_just_where_the_value_still_is_the_old_one(
    database_url: str, present: list[int], plans: list[tuple[int, int]]
) -> None:
    with store(database_url, batch_rows=2) as shop:
        rows = []
        for number, value in enumerate(present):
            shop.item(f"I{number}", PROF_NO_1=value)
            rows.append((f"I{number}", "stock_buffer", Decimal(plans[number][0]), Decimal(plans[number][1])))
        done = write(shop, *rows)
        for number, value in enumerate(present):
            old, new = plans[number]
            if old == new:
                continue  # no change was wanted
            status, _ = done[f"I{number}", "stock_buffer"]
            assert status == ("applied" if value in (old, new) else "conflict")
            assert shop.present(f"I{number}")["PROF_NO_1"] == (new if value in (old, new) else value)
