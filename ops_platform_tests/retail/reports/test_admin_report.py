"""The administrative report (item 15): its figures, its sections each by itself, and what its readers see."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pandas as pd
import pytest

from ops_platform.adapters.counterpoint import CounterpointError
from ops_platform.adapters.mail_templates import LARGEST_HTML
from ops_platform.retail.automation import Sales
from ops_platform.retail.reports import needs
from ops_platform.retail.reports.admin_report import NAME, admin_report, end_of, files
from ops_platform.retail.reports.admin_report import needs as needs_of
from ops_platform.retail.reports.document import Tiles
from ops_platform.retail.reports.sections import categories, costs, low_stock, people, revenue
from ops_platform.retail.reports.sections import items as best_sellers
from ops_platform.settings_retail import RetailSettings
from ops_platform_tests.retail.reports.office import (
    MONDAY,
    cells,
    daily,
    first_day,
    frame,
    mailed,
    office,
    section,
    tables,
    titled,
)
from ops_platform_tests.retail.store import items, row, sales, stock

SECTIONS = ["revenue", "costs", "reps", "wholesale", "items", "categories", "low_stock", "quality"]
SATURDAY = "2026-05-16"


def revenue_of(**frames: Any) -> dict[str, list[Any]]:
    """The lines of the first table by their label."""
    found = titled(revenue.tables(office(**frames)))["Revenue and tickets"]
    return {line[0]: line[1:] for line in cells(found)}


def test_on_monday_the_report_is_about_saturday() -> None:
    report = admin_report(office(today=MONDAY))
    assert report.title == "Administrative report: Saturday, May 16, 2026"
    assert "Written on Monday, May 18, 2026" in report.lead
    assert mailed(report).subject == report.title


def test_on_monday_and_on_sunday_there_is_a_report_each() -> None:
    assert (end_of(date(2026, 5, 17)), end_of(MONDAY)) == (date(2026, 5, 16), date(2026, 5, 17))


def test_a_store_that_works_on_sundays_reads_about_sunday() -> None:
    report = admin_report(office(settings={"reports": {"closed_weekdays": []}}))
    assert report.title == "Administrative report: Sunday, May 17, 2026"


def test_what_is_returned_lowers_revenue() -> None:
    sold = daily((SATURDAY, "1", "RETAIL", "120.00", "50.00", 3))
    less = daily((SATURDAY, "1", "RETAIL", "120.00", "50.00", 3), (SATURDAY, "1", "RETAIL", "-20.00", "-8.00", 0))
    assert revenue_of(daily_sales=sold)["Sat May 16"][0] - revenue_of(daily_sales=less)["Sat May 16"][0] == 20


def test_periods_add_up_their_days_and_are_compared_with_the_year_before() -> None:
    found = revenue_of(daily_sales=daily(
        (SATURDAY, "1", "RETAIL", "110.00", "0.00", 2),
        ("2026-05-10", "1", "RETAIL", "1.00", "0.00", 1),  # Sunday, the first day of last week
        ("2026-05-09", "1", "RETAIL", "7.00", "0.00", 1),
        ("2026-04-30", "1", "RETAIL", "13.00", "0.00", 1),
        ("2025-05-16", "1", "RETAIL", "100.00", "0.00", 9),  # the same date, a Friday
        ("2025-05-17", "1", "RETAIL", "50.00", "0.00", 9),
        ("2024-05-17", "1", "RETAIL", "40.00", "0.00", 4),
    ))  # fmt: skip
    assert found["Sat May 16"] == [Decimal(110), Decimal("0.1"), 2]
    assert found["Last week, May 10\N{EN DASH}16"] == [Decimal(111), Decimal("-0.26"), 3]  # of May 11-17, 2025
    assert found["May 3\N{EN DASH}9"] == [Decimal(7), None, 1]
    assert found["April 2026"] == [Decimal(13), None, 1]
    assert found["Month to date, May 1\N{EN DASH}17"] == [Decimal(118), Decimal("-0.2133"), 4]
    assert found["2025"] == [Decimal(150), Decimal("2.75"), 18]


def test_with_weekdays_aligned_a_saturday_is_compared_with_a_saturday() -> None:
    sold = daily((SATURDAY, "1", None, "110.00", "0.00", 2), ("2025-05-17", "1", None, "100.00", "0.00", 2))
    assert revenue_of(daily_sales=sold)["Sat May 16"][1] is None
    aligned = revenue_of(daily_sales=sold, settings={"reports": {"same_period": "weekday"}})
    assert aligned["Sat May 16"][1] == Decimal("0.1")


def test_last_month_stands_there_for_three_years_in_the_first_eight_days_only() -> None:
    labels = list(revenue_of(today=date(2026, 6, 8)))
    assert [label for label in labels if label.startswith("May 2")] == [
        "May 24\N{EN DASH}30", "May 2026", "May 2025", "May 2024",
    ]  # fmt: skip
    assert not [label for label in revenue_of(today=date(2026, 6, 9)) if label in ("May 2025", "May 2024")]


def test_the_29th_of_february_is_compared_with_the_28th() -> None:
    found = revenue_of(
        today=date(2028, 3, 1),
        daily_sales=daily(("2028-02-29", "1", None, "30.00", "0.00", 1), ("2027-02-28", "1", None, "20.00", "0.00", 1)),
    )
    assert found["Tue Feb 29"] == [Decimal(30), Decimal("0.5"), 1]
    assert found["Month to date, Feb 1\N{EN DASH}29"][:2] == [Decimal(30), Decimal("0.5")]


def test_on_new_year_the_year_to_date_is_the_whole_year_that_ended() -> None:
    found = revenue_of(
        today=date(2027, 1, 1),
        daily_sales=daily(("2026-01-02", "1", None, "30.00", "0.00", 1), ("2025-12-31", "1", None, "5.00", "0.00", 1)),
    )
    assert found["Year to date, Jan 1\N{EN DASH}Dec 31"][0] == Decimal(30)
    assert found["December 2026"][0] == 0


def test_stores_and_customers_are_split_by_the_settings() -> None:
    found = titled(revenue.tables(office(
        daily_sales=daily(
            (SATURDAY, "1", "RETAIL", "10.00", "0.00", 1), (SATURDAY, "2", None, "20.00", "0.00", 1),
            (SATURDAY, "WEB", "TRADE", "40.00", "0.00", 1), (SATURDAY, "SHOPIFY", "WHOLESALE", "80.00", "0.00", 1),
        ),
        settings={"reports": {"web_stores": ["web", "SHOPIFY"], "wholesale_categories": ["trade "]}},
    )))  # fmt: skip
    assert cells(found["In store and web"])[0] == ["Sat May 16", Decimal(30), Decimal(120)]
    assert cells(found["Retail and wholesale"])[0] == ["Sat May 16", Decimal(110), Decimal(40)]


def test_a_new_store_has_no_last_year() -> None:
    about = office(daily_sales=daily((SATURDAY, "1", None, "10.00", "4.00", 1)), history_start=first_day("2026-05-11"))
    report = admin_report(about)
    found = {line[0]: line[1:] for line in cells(tables(report, "revenue")["Revenue and tickets"])}
    assert found["Sat May 16"] == [Decimal(10), None, 1]
    assert found["2025"] == [None, None, None]
    mail = mailed(report)
    assert "n/a" in mail.html
    assert "The history begins on Monday, May 11, 2026." in mail.html
    [tiles] = [block for block in section(report, "revenue").blocks if isinstance(block, Tiles)]
    assert [tile.change for tile in tiles.tiles] == [None] * 6


def test_a_store_without_any_ticket_says_so() -> None:
    report = admin_report(office(history_start=first_day(None)))
    assert report.failed == []
    assert "There is no ticket in the point of sale's history." in mailed(report).text


def test_a_store_that_sold_nothing_has_zeros_and_no_division() -> None:
    report = admin_report(office())
    assert report.failed == []
    assert [each.name for each in report.sections] == SECTIONS
    mail = mailed(report)
    assert "$0.00" in mail.html
    assert "Nothing was sold last week." in mail.text
    assert "nan" not in mail.text.lower().replace("finance", "")


def test_cost_of_goods_is_told_by_store_with_its_margin() -> None:
    [table] = titled(costs.blocks(office(daily_sales=daily(
        (SATURDAY, "1", None, "100.00", "60.00", 1), ("2026-05-10", "WEB", None, "50.00", "25.00", 1),
        ("2026-05-17", "1", None, "999.00", "999.00", 1), ("2026-05-11", "9", None, "-5.00", "-2.00", 0),
    )))).values()  # fmt: skip
    assert cells(table) == [
        ["Shop", Decimal(100), Decimal(60), Decimal("0.4")],
        ["Web", Decimal(50), Decimal(25), Decimal("0.5")],
        ["Store 9", Decimal(-5), Decimal(-2), None],
    ]
    assert table.total == ["All", Decimal(145), Decimal(83), Decimal("0.4276")]


def test_people_are_ranked_by_revenue_and_only_the_best_are_named() -> None:
    about = office(
        rep_sales=frame(needs.REP_SALES, ["B", "Bo", "5.00", 1], ["A", None, "9.00", 2], [None, None, "1.00", 1]),
        wholesale_sales=frame(
            needs.CUSTOMER_SALES, ["C1", "Ann's Yard", "5.00", 1], ["C2", None, "7.00", 2], ["C3", "Zed", "-4.00", 1]
        ),
        settings={"admin_report": {"top_customers": 2}},
    )  # fmt: skip
    [reps] = titled(people.reps(about)).values()
    assert cells(reps) == [["A", 2, Decimal(9)], ["Bo", 1, Decimal(5)], ["No sales rep", 1, Decimal(1)]]
    [wholesale] = titled(people.wholesale(about)).values()
    assert cells(wholesale) == [["C2", "C2", 2, Decimal(7)], ["Ann's Yard", "C1", 1, Decimal(5)]]
    assert (wholesale.more, wholesale.total) == (1, ["All wholesale", "", 4, Decimal(8)])
    assert wholesale.personal


def test_best_sellers_go_by_revenue_and_by_units_and_sizes_are_told_apart() -> None:
    found = titled(best_sellers.blocks(office(
        items=items(row("A", variant_name="1 gal"), "B", row("HID", web_title="exclude ")),
        week_items=sales({"A": (1, "90.00"), "B": (5, "10.00"), "OLD": (2, "20.00"), "HID": (99, "999.00")}),
    )))  # fmt: skip
    week = "Last week, May 10\N{EN DASH}16"
    assert [line[0] for line in cells(found[f"{week}, by revenue"])] == ["Item A, 1 gal", "OLD", "Item B"]
    assert [line[0] for line in cells(found[f"{week}, by units"])] == ["Item B", "OLD", "Item A, 1 gal"]
    assert found["Next 45 days, by revenue"].empty == "Nothing was sold in these days."
    assert "Next 45 days, by units" not in found


def test_categories_list_their_best_items_by_the_name_the_ticket_has() -> None:
    found = titled(categories.blocks(office(
        category_sales=frame(
            needs.CATEGORY_SALES, ["TREES", "A", "Oak", "2.00", "60.00"], ["TREES", "B", None, "1.00", "15.00"],
            [None, "C", "Fee", "1.00", "25.00"], ["POTTERY", "D", None, "1.00", "-5.00"],
        )
    )))  # fmt: skip
    assert cells(found["Last week, May 10\N{EN DASH}16"]) == [
        ["TREES", Decimal(3), Decimal(75), Decimal("0.7895")],
        ["No category", Decimal(1), Decimal(25), Decimal("0.2632")],
    ]  # fmt: skip
    assert cells(found["TREES"]) == [["Oak", Decimal(2), Decimal(60)], ["B", Decimal(1), Decimal(15)]]
    assert found["Last week, May 10\N{EN DASH}16"].more == 1
    assert "POTTERY" not in found


def test_low_stock_is_what_sold_best_and_is_down_to_fifty() -> None:
    numbers = {"A": 51, "B": 50, "C": "0.5", "D": -3, "PARENT": 1, "FEE": 1, "HID": 1, "LATE": 1}
    about = office(
        items=items(
            *"ABCD", "NO ROW", row("PARENT", is_parent=True, binding_id="B1"), row("FEE", tracks_stock=False),
            row("HID", web_title="EXCLUDE"), "LATE",
        ),
        stock=stock(numbers, on_order={"C": 12}),
        season_items=sales({
            "A": (1, 900), "B": (2, 800), "C": (3, 700), "D": (4, 600), "NO ROW": (1, 550), "PARENT": (1, 540),
            "FEE": (1, 530), "HID": (1, 520), "GONE": (1, 510), "LATE": (1, 1),
        }),
        settings={"admin_report": {"low_stock_among": 8}},
    )  # fmt: skip
    [table] = titled(low_stock.blocks(about, "low.csv")).values()
    assert cells(table) == [
        ["Item B", Decimal(50), Decimal(0), Decimal(2), Decimal(800)],
        ["Item C", Decimal("0.5"), Decimal(12), Decimal(3), Decimal(700)],
        ["Item D", Decimal(-3), Decimal(0), Decimal(4), Decimal(600)],
    ]


def test_a_long_list_is_cut_in_the_mail_and_whole_in_its_file() -> None:
    numbers = [f"{10_000 + place}" for place in range(130)]
    about = office(
        items=items(*(row(number, descr="=SUM(A1)") for number in numbers)),
        stock=stock(dict.fromkeys(numbers, 2)),
        season_items=sales({number: (1, 500 - place) for place, number in enumerate(numbers)}),
    )
    report = admin_report(about)
    assert "and 60 more, in low_stock_2026-05-18.csv" in mailed(report).text
    low = next(file for file in files(about, report) if file.name == "low_stock_2026-05-18.csv")
    rows = list(csv.DictReader(io.StringIO(low.content.decode())))
    assert (len(rows), low.rows, low.attached) == (100, 100, True)
    assert rows[0] == {
        "rank": "1", "item_no": "10000", "item": "'=SUM(A1)", "available": "2", "on_order": "0", "units_then": "1",
        "revenue_then": "500",
    }  # fmt: skip


def test_what_the_database_says_is_text_and_no_html() -> None:
    report = admin_report(office(
        items=items(row("A", descr="<b>Rose</b> & \"thorn\"")), week_items=sales({"A": (1, "9.00")}),
        wholesale_sales=frame(needs.CUSTOMER_SALES, ["C", "<script>alert(1)</script>", "5.00", 1]),
    ))  # fmt: skip
    mail = mailed(report)
    assert "&lt;b&gt;Rose&lt;/b&gt; &amp;" in mail.html
    assert "<b>Rose" not in mail.html
    assert "<script" not in mail.html
    assert '<b>Rose</b> & "thorn"' in mail.text


def test_money_has_cents_and_thousands_and_a_minus() -> None:
    mail = mailed(admin_report(office(daily_sales=daily(
        (SATURDAY, "1", "RETAIL", "1234567.5", "0.00", 1), ("2026-05-08", "1", "RETAIL", "-20.00", "0.00", 0)
    ))))  # fmt: skip
    assert "$1,234,567.50" in mail.html
    assert "-$20.00" in mail.html
    assert "-$20.00" in mail.text


@pytest.mark.parametrize(
    ("lost", "missing"),
    [
        ("rep_sales", {"reps"}), ("wholesale_sales", {"wholesale"}), ("week_items", {"items"}),
        ("category_sales", {"categories"}), ("season_items", {"low_stock"}), ("stock", {"low_stock"}),
        ("items", {"items", "categories", "low_stock"}),
    ],
)  # fmt: skip
def test_a_section_that_cannot_be_computed_says_why_and_the_others_go_out(lost: str, missing: set[str]) -> None:
    about = office(
        items=items("A"),
        week_items=sales({"A": (1, "9.00")}),
        category_sales=frame(needs.CATEGORY_SALES, ["TREES", "A", None, "1.00", "9.00"]),
        errors={lost: CounterpointError("the point of sale is away")},
    )
    report = admin_report(about)
    assert {each.name for each in report.failed} == missing
    mail = mailed(report)
    assert mail.html.count("could not be computed: the point of sale is away") == len(missing)
    assert "Revenue and tickets" in mail.html
    assert [each.name for each in report.sections] == SECTIONS
    assert {file.name for file in files(about, report)} >= {"figures.csv"}


def test_a_defect_in_a_section_is_told_with_its_place_and_the_others_go_out() -> None:
    report = admin_report(office(rep_sales=pd.DataFrame({"wrong": [1]})))
    [lost] = report.failed
    assert lost.name == "reps"
    assert lost.error is not None
    assert lost.error.startswith("KeyError: 'revenue' (people.py, line ")


def test_of_the_items_to_look_at_one_list_that_cannot_be_read_spares_the_others() -> None:
    report = admin_report(office(
        items=items("A"), stock=stock({"A": -1}), errors={"photo_folder": OSError("no such folder")}
    ))  # fmt: skip
    assert report.failed == []
    [table] = tables(report, "quality").values()
    assert ["Less than nothing in stock", 1] in cells(table)
    assert len(table.rows) == 5
    assert "Web items without a photo: OSError: no such folder" in mailed(report).text


def test_without_revenue_there_is_no_report_and_whatever_else_may_fail() -> None:
    found = needs_of(RetailSettings(), MONDAY)
    firm = {name for name, need in found.items() if not isinstance(need, needs.MayFail)}
    assert firm == {"daily_sales", "history_start"}


@pytest.mark.parametrize("today", [MONDAY, date(2026, 1, 3), date(2028, 3, 1), date(2027, 1, 1)])
@pytest.mark.parametrize("alignment", ["calendar", "weekday"])
def test_the_days_that_are_read_hold_all_periods(today: date, alignment: str) -> None:
    settings = RetailSettings(reports={"same_period": alignment})
    daily_sales = needs_of(settings, today)["daily_sales"]
    assert isinstance(daily_sales, needs.DailySales)
    lines = revenue.revenue_lines(today, settings)
    assert min(window.start for line in lines for window in (line.window, line.before)) == daily_sales.start
    assert max(line.window.end for line in lines) == daily_sales.end == end_of(today)
    assert daily_sales.start <= date(end_of(today).year - 3, 1, 6)


def test_sales_by_item_are_read_of_five_short_windows() -> None:
    found = [need.need for need in needs_of(RetailSettings(), MONDAY).values() if isinstance(need, needs.MayFail)]
    windows = [need for need in found if isinstance(need, Sales)]
    assert windows == [
        Sales(date(2025, 5, 18), date(2025, 8, 16)),
        Sales(date(2026, 5, 10), date(2026, 5, 16)),
        Sales(date(2026, 5, 1), date(2026, 5, 17)),
        Sales(date(2025, 5, 1), date(2025, 5, 17)),
        Sales(date(2025, 5, 18), date(2025, 7, 2)),
    ]


def test_a_store_of_20_000_items_with_long_names_fits_into_a_mail() -> None:
    names = {f"{number:06}": f"{'&' * 20}{number:06}{'ß' * 24}" for number in range(20_000)}
    sold = sales({number: (place + 1, place + 1) for place, number in enumerate(names)})
    days = ("2026-05-10", "2026-05-16", "2025-05-16", "2024-05-16", "2026-01-05")
    about = office(
        items=items(*(row(number, descr=name) for number, name in names.items())),
        stock=stock(dict.fromkeys(names, 1)),
        daily_sales=daily(*(
            (day, store, kind, "1234567.89", "1000000.00", 99999)
            for day, store, kind in product(days, ("1", "WEB"), ("RETAIL", "WHOLESALE"))
        )),
        rep_sales=frame(needs.REP_SALES, *([f"R{n}", "&" * 40, "1234567.89", 9] for n in range(40))),
        wholesale_sales=frame(needs.CUSTOMER_SALES, *([f"C{n}", "<" * 40, "1234567.89", 9] for n in range(99))),
        category_sales=frame(
            needs.CATEGORY_SALES,
            *([f"CATEGORY{place % 20}", number, None, "3.00", "9999.99"] for place, number in enumerate(names)),
        ),
        **dict.fromkeys(("week_items", "month_items", "month_items_before", "coming_items", "season_items"), sold),
    )  # fmt: skip
    report = admin_report(about)
    mail = mailed(report)
    assert report.failed == []
    assert 60_000 < len(mail.html.encode()) < LARGEST_HTML
    assert len(cells(tables(report, "revenue")["Revenue and tickets"])) == 14
    assert mail.html.count("Year to date, Jan 1") == 3  # periods are never cut


def test_the_same_rows_in_another_order_are_the_same_report() -> None:
    def shuffled(frame_: pd.DataFrame) -> pd.DataFrame:
        return frame_.sample(frac=1, random_state=3).reset_index(drop=True)

    sold = sales({number: (place % 3, place % 4) for place, number in enumerate("ABCDEFGH")})
    given = {
        "items": items(*"ABCDEFGH"), "stock": stock(dict.fromkeys("ABCDEFGH", 1)), "week_items": sold,
        "season_items": sold,
        "daily_sales": daily(*((SATURDAY, store, None, "1.00", "1.00", 1) for store in ("1", "2", "3", None))),
        "rep_sales": frame(needs.REP_SALES, *([rep, None, "5.00", 1] for rep in ("A", "B", None))),
    }  # fmt: skip
    one = admin_report(office(**given))
    other = admin_report(office(**{name: shuffled(found) for name, found in given.items()}))
    assert mailed(one) == mailed(other)


def test_the_name_is_that_of_the_template_and_the_settings() -> None:
    assert NAME == admin_report(office()).name == admin_report(office()).template == "admin_report"
