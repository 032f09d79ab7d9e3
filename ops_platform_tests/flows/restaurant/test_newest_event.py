"""Which event of an order counts, whichever way they come; and which order an event is of."""

from __future__ import annotations

from copy import deepcopy
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.restaurant.fetching import reload_day
from ops_platform.settings import Settings, load_settings
from ops_platform_tests.flows.restaurant.conftest import (
    NOON,
    NOW,
    TABLES,
    bare,
    content,
    event,
    everything,
    item,
    load,
    put,
    rows,
    write_json,
)

ORDERS = "SELECT petpooja_order_id, business_date::text, order_status, stream_id FROM orders ORDER BY 2, 1"
REJECTS = "SELECT code, resolved_at IS NOT NULL FROM order_rejects ORDER BY stream_id, reject_id"


def states(db: Database) -> list[tuple[Any, ...]]:
    return rows(db, ORDERS)


def empty(db: Database) -> None:
    db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")


@pytest.mark.parametrize("together", [True, False])
def test_the_higher_stream_id_counts_in_whatever_order_events_come(
    db: Database, shop: Settings, together: bool
) -> None:
    placed, paid, cancelled = (
        event(110, number, status=status) for number, status in ((1, "Placed"), (2, "Success"), (3, "Cancelled"))
    )
    wanted = None
    for order in permutations([placed, paid, cancelled]):
        empty(db)
        for events in [order] if together else [[one] for one in order]:
            assert put(db, shop, *events).conserved
        assert states(db) == [(110, "2026-01-03", "Cancelled", 3)]
        assert rows(db, "SELECT stream_id, outcome FROM stream_events ORDER BY 1") == [
            (1, "superseded"),
            (2, "superseded"),
            (3, "loaded"),
        ]
        wanted = wanted or content(db)
        assert content(db) == wanted


@pytest.mark.parametrize("together", [True, False])
def test_an_event_between_two_that_say_the_same_does_not_come_out_on_top(
    db: Database, shop: Settings, together: bool
) -> None:
    """Placed, cancelled by mistake, placed again: the middle one arrives last."""
    first, mistake, again = event(110, 1), event(110, 2, status="Cancelled"), event(110, 3)
    for events in [[first, again, mistake]] if together else [[first], [again], [mistake]]:
        put(db, shop, *events)
    assert states(db) == [(110, "2026-01-03", "Success", 3)]


def without(one: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key not in keys}


def test_without_stream_ids_the_later_moment_counts(db: Database, shop: Settings) -> None:
    early = event(110, status="Placed", occurred_at="2026-01-03T10:00:00+00:00")
    late = event(110, 111, status="Success", occurred_at="2026-01-03T10:05:00+00:00")
    for order in permutations([without(early, "stream_id"), without(late, "stream_id")]):
        empty(db)
        for one in order:
            put(db, shop, one)
        assert states(db) == [(110, "2026-01-03", "Success", None)]


def test_without_any_position_what_comes_later_counts(db: Database, shop: Settings) -> None:
    put(db, shop, bare(event(110, status="Placed")))
    put(db, shop, bare(event(110, status="Success")))
    assert states(db) == [(110, "2026-01-03", "Success", None)]
    before = everything(db)
    assert put(db, shop, bare(event(110, status="Success"))).orders_duplicate == 1
    assert everything(db) == before


@pytest.mark.parametrize("stream_first", [True, False])
def test_a_file_of_bills_and_the_stream_of_them_end_in_the_same_tables(
    db: Database, shop: Settings, tmp_path: Path, stream_first: bool
) -> None:
    events = [event(number) for number in range(110, 120)]
    put(db, shop, *events)
    wanted = content(db)
    empty(db)
    file = write_json(tmp_path / "bills.json", {"order_json": [bare(one) for one in events]})
    if stream_first:
        put(db, shop, *events)
        assert load(db, shop, file).orders_duplicate == 10
    else:
        load(db, shop, file)
        assert put(db, shop, *events).orders_duplicate == 10  # they only learn where they stand in the stream
    assert content(db) == wanted


@pytest.mark.parametrize("together", [True, False])
def test_a_bill_of_another_source_does_not_make_old_events_new(db: Database, shop: Settings, together: bool) -> None:
    """PetPooja's API corrects an order, and the stream's page is read once more."""
    placed, corrected = event(110, 5, status="Placed"), bare(event(110, status="Success"))
    for events in [[placed, corrected, placed]] if together else [[placed], [corrected], [placed]]:
        put(db, shop, *events)
    assert states(db) == [(110, "2026-01-03", "Success", 5)]
    put(db, shop, event(110, 6, status="Cancelled"))
    assert states(db) == [(110, "2026-01-03", "Cancelled", 6)]


def on_day(day: int, number: int, stream_id: int, **more: Any) -> dict[str, Any]:
    created_on = NOON.replace(day=day)
    return event(number, stream_id, created_on=f"{created_on:%Y-%m-%d %H:%M:%S}", **more)


def test_a_number_that_is_used_again_is_another_order(db: Database, shop: Settings) -> None:
    """PetPooja's numbers start again, and the shop's stream repeats the number as aggregate_id."""
    put(db, shop, on_day(3, 110, 1), on_day(4, 110, 2))
    put(db, shop, on_day(5, 110, 3))
    assert [state[:2] for state in states(db)] == [(110, f"2026-01-0{day}") for day in (3, 4, 5)]


@pytest.mark.parametrize("together", [True, False])
def test_an_order_whose_chain_of_events_moves_to_another_day_moves_and_keeps_its_lines(
    db: Database, shop: Settings, together: bool
) -> None:
    before, after = on_day(3, 110, 1, chain="7f1c"), on_day(4, 110, 2, chain="7f1c")
    for order in permutations([before, after]):
        empty(db)
        for events in [order] if together else [[one] for one in order]:
            put(db, shop, *events)
        assert states(db) == [(110, "2026-01-04", "Success", 2)]
        assert rows(db, "SELECT order_item_id FROM order_items") == [(1,)]


def test_a_chain_that_moves_onto_a_bill_of_another_source_is_one_order(db: Database, shop: Settings) -> None:
    put(db, shop, on_day(3, 110, 1, chain="7f1c"), bare(on_day(4, 110, 9)))
    assert len(states(db)) == 2  # nobody can know yet
    put(db, shop, on_day(4, 110, 2, chain="7f1c", status="Cancelled"))
    assert states(db) == [(110, "2026-01-04", "Cancelled", 2)]
    put(db, shop, on_day(3, 110, 1, chain="7f1c"))
    assert states(db) == [(110, "2026-01-04", "Cancelled", 2)]


def test_orders_that_take_each_others_place_in_one_page_wait_for_each_other(db: Database, shop: Settings) -> None:
    put(db, shop, on_day(3, 110, 1, chain="a"), on_day(4, 110, 2, chain="b"))
    moved = [on_day(4, 110, 3, chain="a"), on_day(5, 110, 4, chain="b"), on_day(3, 110, 5, chain="c")]
    for events in (moved, moved[::-1], [moved[1], moved[0], moved[2]]):
        put(db, shop, *deepcopy(events))
        assert [state[1::2] for state in states(db)] == [("2026-01-03", 5), ("2026-01-04", 3), ("2026-01-05", 4)]
    assert rows(db, "SELECT count(*) FROM order_items") == [(3,)]


def test_another_start_of_the_day_does_not_double_what_is_read_again(
    db: Database, shop: Settings, tmp_path: Path
) -> None:
    night = event(110, created_on="2026-01-04 03:30:00")
    put(db, shop, night)
    assert states(db)[0][1] == "2026-01-03"
    early = load_settings(tmp_path, env={"OPS_RESTAURANT__DAY_STARTS_AT": "03:00", "OPS_HOME": str(tmp_path / "home")})
    put(db, early, night, event(110, 120, created_on="2026-01-04 03:30:00", comment="later"))
    assert states(db) == [(110, "2026-01-04", "Success", 120)]
    put(db, shop, deepcopy(night))
    assert len(states(db)) == 1


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("taken", ["stream_id", "event_id"])
def test_an_event_with_another_orders_id_is_refused_and_kept(
    db: Database, shop: Settings, taken: str, together: bool
) -> None:
    """A feed that was set up anew counts from the beginning: its orders must not pass for those that are stored."""
    first, other = event(110, 5), event(111, 5 if taken == "stream_id" else 6)
    other["event_id"] = first["event_id"] if taken == "event_id" else "another"
    for events in [[first, other]] if together else [[first], [other]]:
        report = put(db, shop, *events)
        assert report.conserved
    assert report.orders_rejected == 1
    assert [state[0] for state in states(db)] == [110]
    [reject] = db.frame("SELECT code, detail, raw, petpooja_order_id FROM order_rejects").to_dict("records")
    assert (reject["code"], reject["petpooja_order_id"]) == (f"{taken}_taken", 111)
    assert "order 110 of 2026-01-03" in reject["detail"] and reject["raw"]["stream_id"] == other["stream_id"]
    assert rows(db, "SELECT outcome FROM stream_events WHERE stream_id = 5") == [("loaded",)]


@pytest.mark.parametrize(
    "bad",
    [{"total": "see register"}, {"created_on": "2026-13-40 25:61:00"}, {"lines": [item(), item("B", quantity=0)]}],
)
def test_a_reject_is_past_when_a_later_event_of_its_order_is_good(
    db: Database, shop: Settings, bad: dict[str, Any]
) -> None:
    wanted = None
    for order in permutations([event(110, 5, **bad), event(110, 6)]):
        for together in (True, False):
            empty(db)
            for events in [order] if together else [[one] for one in order]:
                put(db, shop, *events)
            [(_, is_past)] = rows(db, REJECTS)
            assert is_past, (order[0]["stream_id"], together)
            wanted = wanted or content(db)
            assert content(db) == wanted
    put(db, shop, event(110, 5, **bad))
    assert [past for _, past in rows(db, REJECTS)] == [True]


@pytest.mark.parametrize("still_bad", [True, False])
def test_a_line_refused_of_an_order_that_moved_to_another_day_is_past(
    db: Database, shop: Settings, still_bad: bool
) -> None:
    bad = [item(), item("B", quantity=0)]
    before = on_day(3, 110, 5, chain="7f1c", lines=bad)
    after = on_day(4, 110, 6, chain="7f1c", lines=bad if still_bad else [item()])
    for order in permutations([before, after]):
        for together in (True, False):
            empty(db)
            for events in [order] if together else [[one] for one in order]:
                put(db, shop, *events)
            wanted = [True, False] if still_bad else [True]
            assert [past for _, past in rows(db, REJECTS)] == wanted, (order[0]["stream_id"], together)


def test_a_reject_stays_open_while_no_later_event_of_its_own_order_is_good(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, 5, lines=[item(quantity=0)]), on_day(4, 110, 7))
    put(db, shop, event(110, 4), event(111, 8))
    assert rows(db, REJECTS) == [("not_positive", False)]


def test_a_line_that_is_bad_again_is_open_again(db: Database, shop: Settings) -> None:
    bad = item("B", quantity=0)
    put(db, shop, event(110, 5, lines=[bad]))
    put(db, shop, event(110, 6, lines=[item()]))
    put(db, shop, event(110, 7, lines=[bad]))
    assert rows(db, REJECTS) == [("not_positive", True), ("not_positive", False)]


def test_the_same_bad_line_in_two_orders_is_two_rejects_and_each_is_one_row(db: Database, shop: Settings) -> None:
    bad = item("B", quantity=0)
    for source in ("stream", "stream", "file"):
        put(db, shop, event(110, 5, lines=[bad]), event(111, 6, lines=[bad]), source=source)
    assert rows(db, REJECTS) == [("not_positive", False)] * 2


def test_reading_a_day_again_changes_nothing_that_is_the_same(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, 1), event(111, 2, lines=[item(), item("B", quantity=0)]), bare(event(112)))
    before, rejects = everything(db), rows(db, "SELECT * FROM order_rejects")
    report = reload_day(db, NOON.date(), settings=shop, now=NOW)
    assert (report.load.orders_read, report.load.orders_duplicate) == (3, 3)
    assert everything(db) == before and rows(db, "SELECT * FROM order_rejects") == rejects


def test_reading_a_day_again_follows_the_settings_and_keeps_the_customer(
    db: Database, shop: Settings, tmp_path: Path
) -> None:
    env = {"OPS_HOME": str(tmp_path / "home"), "OPS_RESTAURANT__CUSTOMER_IDENTITY": "full"}
    night = event(110, created_on="2026-01-04 03:30:00")
    night["raw_event"]["raw_payload"]["properties"]["Customer"] = {"name": "Asha", "phone": "9876501234"}
    put(db, load_settings(tmp_path, env=env), night)
    env["OPS_RESTAURANT__DAY_STARTS_AT"] = "03:00"
    report = reload_day(db, NOON.date(), settings=load_settings(tmp_path, env=env), now=NOW)
    assert report.load.orders_updated == 1
    assert states(db) == [(110, "2026-01-04", "Success", 110)]
    assert rows(db, "SELECT name FROM orders JOIN customers USING (customer_id)") == [("Asha",)]
    assert rows(db, "SELECT order_item_id FROM order_items") == [(1,)]
