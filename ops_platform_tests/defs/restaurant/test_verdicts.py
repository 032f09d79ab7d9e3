"""What figures mean: the limits at their edges, nothing to judge, and sentences that name what is meant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ops_platform.defs.restaurant import verdicts as v
from ops_platform.defs.restaurant import verdicts_links as links

NOW = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)


def load(**changes: Any) -> dict[str, Any]:
    counts = dict.fromkeys(["orders_updated", "orders_duplicate", "orders_superseded", "orders_rejected"], 0)
    lost = dict.fromkeys(["missing", "lost_rejects", "lost_events"], 0)
    return {"name": "stream after 7", "orders_read": 3, "orders_new": 3, **counts, **lost, **changes}


@pytest.mark.parametrize("lost", ["missing", "lost_rejects", "lost_events"])
def test_an_order_lost_after_it_was_counted_is_structure_broken_and_named(lost: str) -> None:
    found = v.conservation([load(), load(**{lost: 1})])
    assert not found.passed
    assert found.is_error
    assert "stream after 7" in found.message


def test_orders_that_are_all_somewhere_are_conserved_and_added_up() -> None:
    found = v.conservation([load(), load(orders_new=1, orders_duplicate=1, orders_superseded=1)])
    assert found.passed
    assert found.message.startswith("6 orders read in 2 pages and files = 4 new + 0 updated + 2 known before")
    assert v.conservation([]).passed


@pytest.mark.parametrize(("hours", "passed"), [(0, True), (24, True), (24.1, False), (-1, True)])
def test_a_feed_is_stale_past_its_hours(hours: float, passed: bool) -> None:
    found = v.recent(NOW - timedelta(hours=hours), NOW, hours=24)
    assert found.passed is passed
    assert found.figures["hours"] == max(hours, 0)


def test_a_shop_without_any_order_is_told_how_to_get_some() -> None:
    found = v.recent(None, NOW, hours=24)
    assert not found.passed
    assert "ops restaurant fetch" in found.message


def test_a_hole_in_the_stream_says_which_numbers_are_missing() -> None:
    found = v.gaps([{"first": 5, "last": 5}, {"first": 10, "last": 12}])
    assert (found.passed, found.figures["events missing"]) == (False, 4)
    assert "(5, 10 to 12)" in found.message
    assert v.gaps([]).passed


def test_an_order_of_tomorrow_is_an_error() -> None:
    found = v.future([{"business_date": date(2026, 3, 9)}], date(2026, 3, 7))
    assert (found.passed, found.is_error) == (False, True)
    assert "as far as 2026-03-09" in found.message


def counted(lines: int, linked: int, no_item: int = 0) -> dict[str, Any]:
    return {"lines": lines, "linked": linked, "no_item": no_item, "revenue_not_linked": Decimal("1234.50")}


@pytest.mark.parametrize(
    ("row", "passed"),
    [
        (None, True),  # no line at all
        (counted(0, 0), True),
        (counted(100, 90), True),  # at the limit
        (counted(100, 89), False),
        (counted(100, 80, no_item=10), True),  # a person said of the others that they are no items
    ],
)
def test_lines_without_a_link_are_too_many_above_the_limit(row: dict[str, Any] | None, passed: bool) -> None:
    assert links.linked(row, "lines", limit=0.1).passed is passed


def test_lines_without_a_link_are_told_in_rupees_and_with_what_to_do() -> None:
    found = links.linked(counted(100, 50), "lines", limit=0.1)
    assert "50 of 100 lines have no link to the menu (50.0%, 10.0% allowed), ₹1,23" in found.message
    assert "ops restaurant review" in found.message


@pytest.mark.parametrize(("unsure", "passed"), [(0, True), (2, True), (3, False)])
def test_unsure_links_are_too_many_above_their_share(unsure: int, passed: bool) -> None:
    names = [{"name_raw": "Vanila", "lines": unsure}] if unsure else []
    assert links.sure(names, 100, limit=80, allowed=0.02).passed is passed


def waiting(names: int, revenue: int) -> dict[str, Any]:
    return {"names": names, "lines": names, "revenue": Decimal(revenue), "oldest": date(2026, 1, 2)}


@pytest.mark.parametrize(
    ("row", "passed"),
    [
        (waiting(0, 0), True),
        (waiting(100, 100), True),
        (waiting(101, 0), False),
        (waiting(1, 101), False),  # one dear name is enough
    ],
)
def test_the_queue_is_long_by_names_or_by_money(row: dict[str, Any], passed: bool) -> None:
    assert links.queue(row, Decimal(1000), names=100, share=0.1).passed is passed


def test_a_queue_without_any_sale_is_no_division_by_zero() -> None:
    assert links.queue(waiting(1, 0), Decimal(0), names=100, share=0.1).passed


def sums(**changes: int) -> dict[str, Any]:
    figures = {"unified": 130, "items_by_day": 100, "addons_on_top": 30, "lines": 100, "channels": 130}
    whole = {name: Decimal(value) for name, value in {**figures, "core_totals": 130}.items()}
    return {**whole, "orders": 2, "channel_orders": 2, **{k: Decimal(n) for k, n in changes.items()}}


@pytest.mark.parametrize("name", ["unified", "items_by_day", "channels", "channel_orders"])
def test_a_view_that_counts_twice_is_structure_broken(name: str) -> None:
    assert links.sales(sums()).passed
    found = links.sales(sums(**{name: 231}))
    assert (found.passed, found.is_error) == (False, True)


def test_an_empty_menu_says_how_to_get_one() -> None:
    found = links.menu([], 0)
    assert not found.passed
    assert "ops restaurant menu import" in found.message


def test_rows_that_should_not_be_there_are_counted_with_their_money() -> None:
    found = v.line_totals([{"total_price": Decimal("12.50"), "expected": Decimal("10.00")}], 40)
    assert found.message.startswith("1 of 40 lines have a total that is not quantity times unit price (₹2.50 in all)")
    assert v.line_totals([], 40).message == "None of 40 lines have a total that is not quantity times unit price."
