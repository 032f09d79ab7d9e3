"""The revenue report for accounting (item 16): payments by group, what is no sale yet, and whether it fits the tickets.

What belongs here: what it asks for, its sections and files. What does not: the sums (payments.py), who gets it (the
automations). A week or a single day; "today" is the day after it, so that a report that is made late is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final

from ops_platform.core.wording import money
from ops_platform.retail.automation import Inputs, Need, Plan, note
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.reports import charts, periods
from ops_platform.retail.reports.about import About, Part, sections
from ops_platform.retail.reports.document import (
    Block,
    Cell,
    Column,
    Picture,
    Remark,
    Report,
    Row,
    Table,
    Tile,
    Tiles,
    Value,
)
from ops_platform.retail.reports.files import ReportFile, report_file
from ops_platform.retail.reports.mailing import plan_of
from ops_platform.retail.reports.needs import DailySales, Deposits, GiftCards, HistoryStart, Payments, TicketTotals
from ops_platform.retail.reports.payments import Key, PayGroups, Till, differing, tills, together
from ops_platform.retail.reports.sections import costs, revenue
from ops_platform.retail.windows import Window
from ops_platform.settings_retail import RetailSettings

NAME: Final = "revenue_report"
DAILY: Final = "daily_revenue_report"
_MOST_STORES: Final = 3  # beside each other, and all together: what a phone has room for
_MOST_BARS: Final = 20
_FILE: Final = ("date", "store", "kind", "group", "pay_code", "amount")


def needs(settings: RetailSettings, window: Window) -> Mapping[str, Need]:
    """All of it has to be read: a report of money with a part missing would be believed."""
    lines = revenue.revenue_lines(_after(window), settings)
    return {
        "payments": Payments(*window),
        "ticket_totals": TicketTotals(*window),
        "deposits": Deposits(*window),
        "gift_cards": GiftCards(*window),
        "daily_sales": DailySales(*revenue.span_of(lines)),
        "history_start": HistoryStart(),
    }


@dataclass(frozen=True)
class Books:
    """What a revenue report looks at."""

    about: About
    window: Window

    @cached_property
    def tills(self) -> dict[Key, Till]:
        """By day and store."""
        return tills(self.about.inputs)

    @cached_property
    def groups(self) -> PayGroups:
        """Of pay codes."""
        return PayGroups(self.about.settings.revenue_report)

    @cached_property
    def stores(self) -> list[str | None]:
        """The stores of the period, in order."""
        return self.about.in_order(key.store for key in self.tills)

    @cached_property
    def unknown(self) -> list[str]:
        """Pay codes that no group names."""
        return self.groups.unknown(code for till in self.tills.values() for code in till.codes)

    @cached_property
    def differing(self) -> dict[Key, Till]:
        """Where payments are not what the tickets came to."""
        return differing(self.tills, self.about.settings.revenue_report.tolerance)

    def of(self, day: date | None = None) -> Till:
        """Payments of a day (None: all) in all stores."""
        return together(till for key, till in self.tills.items() if day in (None, key.day))

    def in_store(self, store: str | None, day: date | None = None) -> Till:
        """Payments of a day (None: all) in one store."""
        return together(till for key, till in self.tills.items() if key.store == store and day in (None, key.day))


def revenue_report(books: Books) -> Report:
    """The report of a period, with all its rows."""
    about, window = books.about, books.window
    whole = books.of()
    return Report(
        name=DAILY if window.start == window.end else NAME,
        template=NAME,
        title=f"Revenue, {_named(window)}",
        lead=f"What was paid from {periods.day_name(window.start)} to {periods.day_name(window.end)}, with tax."
        if window.start != window.end
        else "What was paid that day, with tax.",
        preheader=f"Revenue {money(whole.revenue)}, payments {money(whole.paid)}",
        why="You get this because your address stands in retail.revenue_report.recipients.",
        end=window.end,
        sections=sections(_parts(books), about),
    )


def plan_of_period(inputs: Inputs, settings: RetailSettings, window: Window) -> Plan:
    """The plan for a week or a day; pay codes and sums that a person has to look at are noted."""
    books = Books(About(inputs, settings, _after(window)), window)
    name = DAILY if window.start == window.end else NAME
    plan = plan_of(
        name, window.end, lambda: (revenue_report(books), files(books)), inputs, settings.revenue_report.recipients
    )
    if not plan.figures:  # known already
        return plan
    odd = [note("unknown_pay_code", code, "counted under Other") for code in books.unknown]
    odd += [
        note("payments_differ", f"{key.day.isoformat()} {books.about.store_name(key.store)}", f"by {till.difference}")
        for key, till in books.differing.items()
    ]
    notes = [*plan.notes.to_dict("records"), *odd]
    return replace(plan, notes=notes_frame(notes))  # type: ignore[arg-type]  # to_dict promises no names of columns


def files(books: Books) -> Iterator[ReportFile]:
    """Every amount, one a line; always with the mail, for the books."""
    name = f"revenue_{books.window.start.isoformat()}_{books.window.end.isoformat()}.csv"
    if books.window.start == books.window.end:
        name = f"revenue_{books.window.end.isoformat()}.csv"
    yield report_file(name, _FILE, _file_rows(books), attached=True)


def _parts(books: Books) -> Iterator[Part]:
    rules = books.about.settings.revenue_report
    yield Part("summary", "Summary", lambda _: list(_summary(books)))
    yield Part("groups", "How it was paid", lambda _: _payments(books))
    if rules.group_by == "day" and books.window.start != books.window.end:
        yield Part("days", "Each day", lambda _: [_matrix(books, day) for day in _days(books)])
    yield Part("reconciliation", "Payments and tickets", lambda _: _reconciliation(books))
    yield Part("sales", "Sales and their cost", _sales, "Net of returns and before tax.")


def _summary(books: Books) -> Iterator[Block]:
    whole = books.of()
    yield Tiles([
        Tile("Revenue", whole.revenue),
        Tile("Payments", whole.paid),
        Tile("Deposits", whole.deposits),
        Tile("Gift cards sold", whole.gift_cards),
        Tile("Sales tax in tickets", whole.tax),
        Tile("Payments less tickets", whole.difference),
    ])  # fmt: skip
    if books.unknown:
        one = len(books.unknown) == 1
        yield Remark(
            f"{', '.join(books.unknown)} {'stands' if one else 'stand'} in no group of retail.revenue_report.pay_codes "
            f"and {'is' if one else 'are'} counted under Other.",
            "warn",
            "A pay code nobody named" if one else "Pay codes nobody named",
        )
    if not books.tills:
        yield Remark("Nothing was paid in this time.", "warn")


def _payments(books: Books) -> Sequence[Block]:
    """The whole period by group, and every pay code."""
    whole = books.of()
    codes = [
        (code, amount)
        for group in whole.groups(books.groups)
        for code, amount in books.groups.codes_of(group, whole).items()
    ]
    rows: list[Row] = [[Cell(code), books.groups.of(code), amount] for code, amount in codes]
    table = Table([Column("Pay code"), Column("Group"), Column("Amount", "money")], rows, "By pay code",
                  total=["All", "", whole.paid])  # fmt: skip
    if not codes:
        return [_matrix(books, None)]
    told = "; ".join(f"{code}: {money(amount)}" for code, amount in codes)
    return [
        _matrix(books, None),
        Picture(
            "pay_codes",
            f"Payments by pay code. {told}.",
            charts.bars_chart(sorted(codes, key=lambda pair: -pair[1])[:_MOST_BARS]),
        ),
        table,
    ]


def _matrix(books: Books, day: date | None) -> Table:
    """Groups by store. Of a single day only the groups that something was paid with."""
    shown = books.stores if len(books.stores) <= _MOST_STORES else []
    columns = [(books.about.store_name(store), books.in_store(store, day)) for store in shown]
    if len(books.stores) != 1:
        columns.append(("Together", books.of(day)))
    found = [till for _, till in columns]
    by_group = [till.groups(books.groups) for till in found]
    names = list(dict.fromkeys(name for groups in by_group for name in groups))
    rows: list[Row] = [
        [name, *(groups.get(name, Decimal(0)) for groups in by_group)]
        for name in names
        if day is None or any(groups.get(name) for groups in by_group)
    ]
    rows.append([Cell("Payments", strong=True), *(Cell(till.paid, strong=True) for till in found)])
    for name, amounts in (
        ("Deposits", [-till.deposits for till in found]),
        ("Gift cards sold", [-till.gift_cards for till in found]),
    ):
        if day is None or any(amounts):
            rows.append([name, *amounts])
    return Table(
        [Column("Payment"), *(Column(title, "money") for title, _ in columns)], rows,
        "" if day is None else periods.day_name(day),
        total=["Revenue", *(till.revenue for till in found)], whole=True,
    )  # fmt: skip


def _reconciliation(books: Books) -> Sequence[Block]:
    """Days and stores where more or less was paid than the tickets came to."""
    if not books.tills:
        return [Remark("There are neither payments nor tickets.")]
    if not books.differing:
        days = len(_days(books))
        return [Remark(f"Payments equal tickets on {'the day' if days == 1 else f'each of the {days} days'}.", "good")]
    rows: list[Row] = [
        [f"{periods.short_day(key.day)}, {books.about.store_name(key.store)}", till.paid, till.tickets,
         Cell(till.difference, "bad")]
        for key, till in books.differing.items()
    ]  # fmt: skip
    columns = [
        Column("Day and store"), Column("Payments", "money"), Column("Tickets", "money"), Column("Difference", "money")
    ]  # fmt: skip
    many = "On one day" if len(rows) == 1 else f"{len(rows)} times"
    return [Remark(f"{many} payments and tickets differ.", "warn"), Table(columns, rows)]


def _sales(about: About) -> Sequence[Block]:
    """Net sales of the weeks, the month and the year; cost by store of the last week."""
    lines = [line for line in revenue.revenue_lines(about.today, about.settings) if line.leads or _is_week(line)]
    rows: list[Row] = []
    for line in lines:
        totals = about.figures.total(line.window)
        figures = (None, None, None) if totals is None else (totals.revenue, totals.cost, costs.margin(totals))
        rows.append([Cell(line.label.partition(", ")[0], strong=line.leads), *figures])
    columns = [Column("Period"), Column("Net sales", "money"), Column("Cost", "money"), Column("Margin", "percent")]
    week = periods.last_week(about.today)
    return [Table(columns, rows), costs.cost_table(about, week, f"By store, last week, {periods.span(week)}")]


def _is_week(line: revenue.Line) -> bool:
    return (line.window.end - line.window.start).days == 6


def _days(books: Books) -> list[date]:
    return sorted({key.day for key in books.tills})


def _file_rows(books: Books) -> Iterator[Sequence[Value]]:
    for (day, store), till in books.tills.items():
        for code, amount in till.codes.items():
            yield day, store, "payment", books.groups.of(code), code, amount
        for kind, amount in (
            ("deposit", till.deposits), ("gift_card", till.gift_cards), ("tickets", till.tickets), ("tax", till.tax),
            ("revenue", till.revenue), ("difference", till.difference),
        ):  # fmt: skip
            yield day, store, kind, None, None, amount


def _after(window: Window) -> date:
    return window.end + timedelta(days=1)


def _named(window: Window) -> str:
    if window.start == window.end:
        return periods.day_name(window.end)
    return f"week of {periods.span(window)}{'' if window.start.year != window.end.year else f', {window.end.year}'}"
