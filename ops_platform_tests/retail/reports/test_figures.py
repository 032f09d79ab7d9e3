"""Adding up daily sums, and comparing what may be nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.reports.figures import DailyFigures, Totals, change, share
from ops_platform.retail.windows import Window
from ops_platform_tests.retail.reports.office import daily

START = date(2026, 5, 1)
MONEY = st.decimals(-500, 500, places=2)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 20), st.sampled_from(["1", "WEB", None]), st.sampled_from(["RETAIL", "WHOLESALE", None]), MONEY,
        MONEY, st.integers(0, 5),
    )
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(-3, 22), st.integers(0, 10))
def test_a_period_is_the_sum_of_its_days_and_of_its_parts(
    rows: list[tuple[int, str | None, str | None, Decimal, Decimal, int]], start: int, length: int
) -> None:
    figures = DailyFigures(daily(*((START + timedelta(days=row[0]), *row[1:]) for row in rows)), date(2020, 1, 1))
    window = Window(START + timedelta(days=start), START + timedelta(days=start + length))
    inside = [row for row in rows if start <= row[0] <= start + length]
    assert figures.total(window) == Totals(
        sum((row[3] for row in inside), Decimal(0)),
        sum((row[4] for row in inside), Decimal(0)),
        sum(row[5] for row in inside),
    )
    by_store = figures.by_store(window)
    assert {store: totals.revenue for store, totals in by_store.items()} == {
        store: sum((row[3] for row in inside if row[1] == store), Decimal(0)) for store in {row[1] for row in inside}
    }
    web = figures.of_stores(window, {"WEB"})
    assert web is not None
    assert web.revenue == sum((row[3] for row in inside if row[1] == "WEB"), Decimal(0))
    wholesale = figures.of_segments(window, {"WHOLESALE"})
    assert wholesale is not None
    assert wholesale.cost == sum((row[4] for row in inside if row[2] == "WHOLESALE"), Decimal(0))


def test_before_the_first_ticket_nothing_is_known_and_nothing_is_no_zero() -> None:
    figures = DailyFigures(daily(("2026-05-10", "1", None, "5.00", "2.00", 1)), date(2026, 5, 10))
    before, across = Window(date(2026, 5, 1), date(2026, 5, 9)), Window(date(2026, 5, 9), date(2026, 5, 10))
    assert figures.total(before) is figures.of_stores(before, {"1"}) is figures.of_segments(before, {"X"}) is None
    assert figures.is_partly_known(across)
    assert figures.total(across) == Totals(Decimal(5), Decimal(2), 1)
    assert not figures.is_partly_known(Window(date(2026, 5, 10), date(2026, 5, 11)))


def test_a_day_without_sales_is_zero() -> None:
    figures = DailyFigures(daily(), date(2020, 1, 1))
    assert figures.total(Window(START, START)) == Totals(Decimal(0), Decimal(0), 0)


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        ("110", "100", "0.1"), ("90", "100", "-0.1"), ("0", "100", "-1"), ("-20", "100", "-1.2"),
        ("5", "0", None), ("5", "-3", None), ("5", None, None), (None, "5", None),
    ],
)  # fmt: skip
def test_a_change_is_a_share_of_before_and_none_where_there_is_no_before(
    now: str | None, before: str | None, expected: str | None
) -> None:
    found = change(now and Decimal(now), before and Decimal(before))  # type: ignore[arg-type]
    assert found == (expected and Decimal(expected))


def test_a_share_of_nothing_is_none() -> None:
    assert share(Decimal(1), Decimal(4)) == Decimal("0.25")
    assert share(Decimal(1), Decimal(0)) is None
    assert share(Decimal(1), Decimal(-4)) is None
