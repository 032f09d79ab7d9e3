"""How large a report's HTML will be, and what is left out of one that is too large."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ops_platform.retail.reports import item_report, revenue_report
from ops_platform.retail.reports.admin_report import admin_report
from ops_platform.retail.reports.document import Cell, Column, Report, Section, Table
from ops_platform.retail.reports.fitting import fitted, html_size
from ops_platform.retail.windows import Window
from ops_platform_tests.retail.reports.office import mailed, office
from ops_platform_tests.retail.store import items, row, sales, stock


def table(rows: int, **more: object) -> Table:
    made = [[f"Item {place}", Cell(place, "bad"), place * 7] for place in range(rows)]
    return replace(Table([Column("Item"), Column("Units", "number"), Column("Share", "change")], made), **more)  # type: ignore[arg-type]


def report(*tables: Table) -> Report:
    end = date(2026, 5, 17)
    return Report("item_report", "item_report", "Title", "Lead", "Peek", "Why", end, [Section("s", "Section", tables)])


def rows(given: Report) -> list[int]:
    return [len(block.rows) for block in given.sections[0].blocks if isinstance(block, Table)]


def test_a_report_that_fits_is_left_as_it_is() -> None:
    given = report(table(20), table(5))
    assert fitted(given) is given


def test_the_longest_table_is_cut_first_and_says_how_much_is_left_out() -> None:
    given = report(table(200, more=7), table(30), table(8))
    found = fitted(given, most=html_size(report(table(50), table(30), table(8))))
    [first, *others] = rows(found)
    assert first <= 50
    assert others == [30, 8]
    cut = found.sections[0].blocks[0]
    assert isinstance(cut, Table)
    assert len(cut.rows) + cut.more == 207
    assert [cell for cell, *_ in cut.rows] == [f"Item {place}" for place in range(first)]


def test_what_ought_to_be_whole_is_cut_last_and_nothing_below_five_rows() -> None:
    given = report(table(100, whole=True), table(40), table(4))
    assert rows(fitted(given, most=html_size(report(table(100), table(10), table(4))))) == [100, 9, 4]
    assert rows(fitted(given, most=0)) == [5, 5, 4]


@pytest.mark.parametrize("count", [0, 3, 60])
def test_the_guess_is_never_below_the_mail_and_not_far_above(count: int) -> None:
    numbers = [f"{10_000 + place}" for place in range(count)]
    about = office(
        items=items(*(row(number, descr="Fern & moss, \"1 gal\"") for number in numbers)),
        stock=stock(dict.fromkeys(numbers, -1)),
        week_items=sales({number: (1, place + 1) for place, number in enumerate(numbers)}),
        season_items=sales({number: (1, place + 1) for place, number in enumerate(numbers)}),
    )  # fmt: skip
    window = Window(date(2026, 5, 10), date(2026, 5, 16))
    books = revenue_report.Books(about, window)
    for made in (admin_report(about), item_report.item_report(about), revenue_report.revenue_report(books)):
        actual = len(mailed(made).html.encode())
        assert actual < html_size(made) < actual * 1.25 + 4_000
