"""The revenue report (item 16): payments by group, what is no sale yet, and whether it fits the tickets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.adapters.mail_templates import LARGEST_HTML
from ops_platform.retail.reports import needs
from ops_platform.retail.reports.document import Remark
from ops_platform.retail.reports.payments import OTHER, PayGroups, Till, tills, together
from ops_platform.retail.reports.revenue_report import Books, files, revenue_report
from ops_platform.retail.reports.revenue_report import needs as needs_of
from ops_platform.retail.windows import Window
from ops_platform.settings_retail import RetailSettings
from ops_platform.settings_retail_reports import RevenueReportSettings
from ops_platform_tests.retail.reports.office import cells, daily, frame, inputs_of, mailed, office, section, tables

WEEK = Window(date(2026, 5, 10), date(2026, 5, 16))
MON, TUE = "2026-05-11", "2026-05-12"


def paid(*rows: Sequence[Any]) -> Any:
    """Payments: day, store, pay code, amount."""
    return frame(needs.PAYMENTS, *((*row, 1) for row in rows))


def tickets(*rows: Sequence[Any]) -> Any:
    """Ticket totals: day, store, total, tax."""
    return frame(needs.TICKET_TOTALS, *((day, store, 1, total, tax) for day, store, total, tax in rows))


def books(window: Window = WEEK, rules: dict[str, Any] | None = None, **frames: Any) -> Books:
    about = office(today=window.end + timedelta(days=1), settings={"revenue_report": rules or {}}, **frames)
    return Books(about, window)


EXAMPLE: dict[str, Any] = {
    "payments": paid((MON, "1", "CASH", "100.00"), (MON, "1", "VISA", "50.00"), (TUE, "1", "VISA", "-20.00")),
    "ticket_totals": tickets((MON, "1", "150.00", "9.81"), (TUE, "1", "-20.00", "-1.31")),
    "deposits": frame(needs.DEPOSITS, (TUE, "1", "30.00")),
    "gift_cards": frame(needs.GIFT_CARDS, (MON, "1", "25.00")),
}


def test_the_owners_example_comes_to_130_paid_and_75_of_revenue() -> None:
    whole = books(**EXAMPLE).of()
    assert (whole.paid, whole.revenue) == (Decimal(130), Decimal(75))
    mail = mailed(revenue_report(books(**EXAMPLE)))
    assert "Revenue: $75.00" in mail.text
    assert "Payments: $130.00" in mail.text
    assert "$75.00" in mail.html


def test_every_day_stands_by_itself_with_what_was_paid_and_what_is_no_sale_yet() -> None:
    found = tables(revenue_report(books(**EXAMPLE)), "days")
    assert cells(found["Monday, May 11, 2026"]) == [
        ["Cash", Decimal(100)], ["Credit", Decimal(50)], ["Payments", Decimal(150)], ["Gift cards sold", Decimal(-25)],
    ]  # fmt: skip
    assert found["Monday, May 11, 2026"].total == ["Revenue", Decimal(125)]
    assert cells(found["Tuesday, May 12, 2026"]) == [
        ["Credit", Decimal(-20)], ["Payments", Decimal(-20)], ["Deposits", Decimal(-30)],
    ]  # fmt: skip
    assert found["Tuesday, May 12, 2026"].total == ["Revenue", Decimal(-50)]
    assert "days" not in [s.name for s in revenue_report(books(rules={"group_by": "period"}, **EXAMPLE)).sections]


def test_stores_stand_beside_each_other_and_together() -> None:
    report = revenue_report(books(payments=paid((MON, "WEB", "BIG", "40.00"), (MON, "1", "CASH", "2.00"),
                                                (TUE, None, "CASH", "1.00"))))  # fmt: skip
    [whole, codes] = [*tables(report, "groups").values()]
    assert [column.title for column in whole.columns] == ["Payment", "Shop", "Web", "No store", "Together"]
    assert cells(whole)[0] == ["Cash", Decimal(2), Decimal(0), Decimal(1), Decimal(3)]
    assert cells(codes) == [["CASH", "Cash", Decimal(3)], ["BIG", "Credit", Decimal(40)]]


def test_more_stores_than_a_phone_has_room_for_are_shown_together() -> None:
    report = revenue_report(books(payments=paid(*((MON, store, "CASH", "1.00") for store in "1234"))))
    whole = tables(report, "groups")[""]
    assert [column.title for column in whole.columns] == ["Payment", "Together"]
    assert whole.total == ["Revenue", Decimal(4)]


def test_a_pay_code_nobody_named_is_counted_under_other_and_told() -> None:
    made = books(payments=paid((MON, "1", "TAPPY", "7.00"), (MON, "1", None, "2.00"), (MON, "1", "CASH", "1.00")))
    assert made.unknown == ["(no code)", "TAPPY"]
    report = revenue_report(made)
    assert ["Other", Decimal(9)] in cells(tables(report, "groups")[""])
    assert "(no code), TAPPY stand in no group" in mailed(report).text.replace("\n! ", " ")
    named = books(payments=paid((MON, "1", "TAPPY", "7.00")), rules={"pay_codes": {"Phone": ["tappy "]}})
    assert (named.unknown, cells(tables(revenue_report(named), "groups")[""])[0]) == ([], ["Phone", Decimal(7)])


def test_days_whose_payments_are_not_what_the_tickets_came_to_are_listed() -> None:
    made = books(
        payments=paid((MON, "1", "CASH", "10.00"), (TUE, "1", "CASH", "10.01"), (TUE, "WEB", "BIG", "5.00")),
        ticket_totals=tickets(
            (MON, "1", "10.00", "0.00"), (TUE, "1", "10.00", "0.00"), ("2026-05-13", "1", "4.00", "0.00")
        ),
    )
    [table] = tables(revenue_report(made), "reconciliation").values()
    assert cells(table) == [
        ["Tue May 12, Web", Decimal(5), Decimal(0), Decimal(5)],
        ["Wed May 13, Shop", Decimal(0), Decimal(4), Decimal(-4)],
    ]
    exact = books(rules={"tolerance": 0}, payments=paid((MON, "1", "CASH", "10.01")),
                  ticket_totals=tickets((MON, "1", "10.00", "0.00")))  # fmt: skip
    assert len(exact.differing) == 1


def test_equal_payments_and_tickets_are_said_to_be_so() -> None:
    [said] = section(revenue_report(books(**EXAMPLE)), "reconciliation").blocks
    assert said == Remark("Payments equal tickets on each of the 2 days.", "good")


def test_sales_and_costs_are_those_of_the_week_however_late_the_report_is_made() -> None:
    sold = daily(("2026-05-16", "1", None, "100.00", "60.00", 1), ("2026-05-18", "1", None, "9.00", "9.00", 1))
    report = revenue_report(books(daily_sales=sold, **EXAMPLE))
    lines = {line[0]: line[1:] for line in cells(tables(report, "sales")[""])}
    assert lines["Last week"] == [Decimal(100), Decimal(60), Decimal("0.4")]
    assert lines["Year to date"] == [Decimal(100), Decimal(60), Decimal("0.4")]
    assert report.title == "Revenue, week of May 10\N{EN DASH}16, 2026"


def test_a_day_has_a_report_of_its_own() -> None:
    day = Window(date(2026, 5, 11), date(2026, 5, 11))
    made = books(day, **{**EXAMPLE, "payments": paid((MON, "1", "CASH", "100.00")), "deposits": frame(needs.DEPOSITS)})
    report = revenue_report(made)
    assert (report.name, report.template) == ("daily_revenue_report", "revenue_report")
    assert report.title == "Revenue, Monday, May 11, 2026"
    assert "days" not in [each.name for each in report.sections]
    assert [file.name for file in files(made)] == ["revenue_2026-05-11.csv"]


def test_a_time_without_payments_has_zeros_and_says_so() -> None:
    report = revenue_report(books())
    assert report.failed == []
    assert "Nothing was paid in this time." in mailed(report).text
    assert "$0.00" in mailed(report).html


def test_the_file_has_every_amount_as_a_number() -> None:
    [file] = files(
        books(payments=paid((MON, "1", "=X", "-20.00")), **{k: v for k, v in EXAMPLE.items() if k != "payments"})
    )
    rows = list(csv.DictReader(io.StringIO(file.content.decode())))
    assert (file.name, file.attached) == ("revenue_2026-05-10_2026-05-16.csv", True)
    assert rows[0] == {
        "date": MON, "store": "1", "kind": "payment", "group": "Other", "pay_code": "'=X", "amount": "-20.00"
    }  # fmt: skip
    assert {(row["date"], row["kind"], row["amount"]) for row in rows} >= {
        (MON, "gift_card", "25.00"), (TUE, "deposit", "30.00"), (MON, "tickets", "150.00"), (MON, "revenue", "-45.00"),
    }  # fmt: skip


def test_what_a_pay_code_says_is_text_and_no_html() -> None:
    mail = mailed(revenue_report(books(payments=paid((MON, "1", "<b>X", "1.00")))))
    assert "&lt;b&gt;X" in mail.html
    assert "X" not in [bold.text for bold in BeautifulSoup(mail.html, "html.parser").find_all("b")]


def test_a_week_with_three_stores_and_many_codes_fits_into_a_mail() -> None:
    days = [WEEK.start + timedelta(days=number) for number in range(7)]
    codes = [f"CODE{number:06}" for number in range(60)]
    rules = {"pay_codes": {f"Group {code}": [code] for code in codes}}
    made = books(
        rules=rules,
        payments=paid(*((d, s, code, "1234567.89") for d in days for s in ("1", "2", "WEB") for code in codes)),
    )
    assert len(mailed(revenue_report(made)).html.encode()) < LARGEST_HTML


AMOUNTS = st.decimals(-300, 300, places=2)
PAYMENTS = st.lists(
    st.tuples(
        st.sampled_from([MON, TUE]), st.sampled_from(["1", "WEB", None]),
        st.sampled_from(["CASH", "VISA", "NEW", None]), AMOUNTS,
    ),
    unique_by=lambda row: row[:3],
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(PAYMENTS, st.lists(st.tuples(st.sampled_from([MON, TUE]), st.sampled_from(["1", "WEB"]), AMOUNTS), max_size=5))
def test_groups_add_up_to_what_was_paid_and_nothing_is_lost(
    rows: list[tuple[str, str | None, str | None, Decimal]], less: list[tuple[str, str, Decimal]]
) -> None:
    inputs = inputs_of(payments=paid(*rows), deposits=frame(needs.DEPOSITS, *less))
    found = tills(inputs)
    groups, whole = PayGroups(RevenueReportSettings()), together(found.values())
    assert whole.paid == sum((row[3] for row in rows), Decimal(0))
    assert sum(whole.groups(groups).values(), Decimal(0)) == whole.paid
    assert whole.revenue == whole.paid - sum((row[2] for row in less), Decimal(0))
    assert sum((till.revenue for till in found.values()), Decimal(0)) == whole.revenue
    other = sum((row[3] for row in rows if row[2] in ("NEW", None)), Decimal(0))
    assert whole.groups(groups).get(OTHER, Decimal(0)) == other


def test_all_of_it_has_to_be_read() -> None:
    found = needs_of(RetailSettings(), WEEK)
    assert not any(isinstance(need, needs.MayFail) for need in found.values())
    assert found["payments"] == needs.Payments(*WEEK)


def test_a_code_in_two_groups_is_refused() -> None:
    with pytest.raises(ValueError, match="VISA stands in Cards and in Plastic"):
        RevenueReportSettings(pay_codes={"Cards": ("VISA",), "Plastic": ("mc", "VISA")})


def test_an_empty_till_has_no_revenue() -> None:
    assert (Till().paid, Till().revenue, Till().difference) == (0, 0, 0)
