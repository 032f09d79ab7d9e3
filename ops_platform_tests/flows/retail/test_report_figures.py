"""The figures of the demo store's reports: every one is added up again by hand."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ops_platform_tests.flows.retail.raw_store import ZERO, net
from ops_platform_tests.flows.retail.report_office import SATURDAY, SUNDAY, TODAY, WEEK, Figures, Office

KINDS = ("deposit", "gift_card", "tickets", "revenue", "difference")


@pytest.fixture(scope="module")
def figures(office: Office) -> Figures:
    return office.figures()


def amount(figures: Figures, section: str, table: str, line: str, column: str) -> Decimal:
    return Decimal(figures[section, table, line, column])


# -- every figure of the administrative report, by hand

PERIODS = {
    "Sat Jun 6": (SATURDAY, SATURDAY),
    "Last week, May 31\N{EN DASH}Jun 6": WEEK,
    "May 24\N{EN DASH}30": (date(2026, 5, 24), date(2026, 5, 30)),
    "Apr 26\N{EN DASH}May 2": (date(2026, 4, 26), date(2026, 5, 2)),
    "May 2026": (date(2026, 5, 1), date(2026, 5, 31)),
    "May 2025": (date(2025, 5, 1), date(2025, 5, 31)),
    "May 2024": (date(2024, 5, 1), date(2024, 5, 31)),
    "Month to date, Jun 1\N{EN DASH}7": (date(2026, 6, 1), SUNDAY),
    "Year to date, Jan 1\N{EN DASH}Jun 7": (date(2026, 1, 1), SUNDAY),
}


@pytest.mark.parametrize("label", PERIODS)
def test_revenue_tickets_and_their_split_are_those_of_the_rows(office: Office, figures: Figures, label: str) -> None:
    raw, (start, end) = office.raw, PERIODS[label]
    assert amount(figures, "Revenue", "Revenue and tickets", label, "Revenue") == raw.revenue(start, end) > 0
    assert amount(figures, "Revenue", "Revenue and tickets", label, "Tickets") == raw.buyers(start, end)
    web = raw.revenue(start, end, lambda line: line["STR_ID"] == "WEB")
    assert amount(figures, "Revenue", "In store and web", label, "Web") == web
    assert amount(figures, "Revenue", "In store and web", label, "In store") == raw.revenue(start, end) - web
    wholesale = raw.revenue(start, end, raw.is_wholesale)
    assert amount(figures, "Revenue", "Retail and wholesale", label, "Wholesale") == wholesale
    assert amount(figures, "Revenue", "Retail and wholesale", label, "Retail") == raw.revenue(start, end) - wholesale


def test_change_is_this_period_over_the_same_dates_a_year_before(office: Office, figures: Figures) -> None:
    now = office.raw.revenue(date(2026, 1, 1), SUNDAY)
    before = office.raw.revenue(date(2025, 1, 1), date(2025, 6, 7))
    told = amount(figures, "Revenue", "Revenue and tickets", "Year to date, Jan 1\N{EN DASH}Jun 7", "Change")
    assert abs(told - (now - before) / before) <= Decimal("0.00005")
    week, last_year = office.raw.revenue(*WEEK), office.raw.revenue(date(2025, 6, 1), date(2025, 6, 7))
    told = amount(figures, "Revenue", "Revenue and tickets", "Last week, May 31\N{EN DASH}Jun 6", "Change")
    assert abs(told - (week - last_year) / last_year) <= Decimal("0.00005")


def test_costs_are_those_of_the_whole_week_by_store(office: Office, figures: Figures) -> None:
    by_store = office.raw.by(*WEEK, lambda line: line["STR_ID"], "EXT_PRC", "EXT_COST")
    table = "Last week, May 31\N{EN DASH}Jun 6"
    for store, name in (("1", "Shop"), ("WEB", "Web")):
        assert amount(figures, "Cost of goods sold", table, name, "Revenue") == by_store[store][0]
        assert amount(figures, "Cost of goods sold", table, name, "Cost") == by_store[store][1]
    assert amount(figures, "Cost of goods sold", table, "All", "Cost") == sum(sums[1] for sums in by_store.values())


def test_sales_reps_and_wholesale_customers_are_those_of_the_week(office: Office, figures: Figures) -> None:
    raw, table = office.raw, "Last week, May 31\N{EN DASH}Jun 6"
    reps = raw.by(*WEEK, lambda line: line["SLS_REP"], "EXT_PRC")
    told = [line for section, _, line, column in figures if (section, column) == ("Sales reps", "Revenue")]
    assert told == [rep.title() for rep in sorted(reps, key=lambda rep: -reps[rep][0])]
    assert all(amount(figures, "Sales reps", table, rep.title(), "Revenue") == reps[rep][0] for rep in reps)
    wholesale = [line for line in raw.within(*WEEK) if raw.is_wholesale(line)]
    total = sum((net(line, "EXT_PRC") for line in wholesale), ZERO)
    assert amount(figures, "Wholesale", table, "All wholesale", "Revenue") == total
    assert amount(figures, "Wholesale", table, "All wholesale", "Tickets") == len(
        {line["DOC_ID"] for line in wholesale}
    )


WINDOWS = {
    "Last week, May 31\N{EN DASH}Jun 6": WEEK,
    "Month to date, Jun 1\N{EN DASH}7": (date(2026, 6, 1), SUNDAY),
    "Same days of 2025, Jun 1\N{EN DASH}7": (date(2025, 6, 1), date(2025, 6, 7)),
    "Next 45 days": (date(2025, 6, 8), date(2025, 7, 23)),
}


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("by", ["revenue", "units"])
def test_best_sellers_are_those_of_the_rows(office: Office, figures: Figures, window: str, by: str) -> None:
    sums = shown_items(office, *WINDOWS[window])
    place = 0 if by == "units" else 1
    best = sorted(
        (item for item in sums if sums[item][place] > 0), key=lambda it: (-sums[it][place], -sums[it][1 - place], it)
    )
    told = [
        (Decimal(value), Decimal(figures["Best sellers", table, line, "Revenue"]))
        for (section, table, line, column), value in figures.items()
        if (section, table, column) == ("Best sellers", f"{window}, by {by}", "Units")
    ]
    # By the values: two items may have one name, and figures.csv goes by names.
    assert told == [tuple(sums[item]) for item in best[:15]][: len(told)]
    assert len(told) >= min(10, len(best))


def shown_items(office: Office, start: date, end: date) -> dict[str, list[Decimal]]:
    hidden = {number for number, item in office.raw.items.items() if item["ADDL_DESCR_1"] == "EXCLUDE"}
    sums = office.raw.by(start, end, lambda line: line["item"], "QTY_SOLD", "EXT_PRC")
    return {item: found for item, found in sums.items() if item not in hidden}


def test_categories_are_those_of_the_week(office: Office, figures: Figures) -> None:
    hidden = {number for number, item in office.raw.items.items() if item["ADDL_DESCR_1"] == "EXCLUDE"}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in office.raw.within(*WEEK):
        if line["item"] not in hidden:
            sums[line["CATEG_COD"].strip().upper()] += net(line, "EXT_PRC")
    told = {
        line: Decimal(value)
        for (section, table, line, column), value in figures.items()
        if (section, table, column) == ("Categories", "Last week, May 31\N{EN DASH}Jun 6", "Revenue")
    }
    assert told == {name: sums[name] for name in sorted(sums, key=lambda name: -sums[name])[:10]}


def test_low_stock_is_what_sold_in_the_season_and_is_down_to_fifty(office: Office) -> None:
    sums = shown_items(office, TODAY - timedelta(days=365), TODAY - timedelta(days=365 - 90))
    best = sorted((it for it in sums if sums[it][1] > 0), key=lambda it: (-sums[it][1], -sums[it][0], it))[:500]
    expected = []
    for item in best:
        row = office.raw.items.get(item)
        if row is None or row["TRK_INV"] == "N" or (row["IS_ADM_TKT"] == "Y" and row["USR_PROF_ALPHA_16"]):
            continue
        if item in office.raw.available and office.raw.available[item] <= 50:
            expected.append((item, office.raw.available[item]))
    told = csv.DictReader(io.StringIO(office.file("admin_report/2026-06-07/low_stock_2026-06-08.csv")))
    assert [(row["item_no"], Decimal(row["available"])) for row in told] == expected[:100]
    assert expected


# -- the item report by hand


def test_the_item_report_lists_what_the_tables_lack(office: Office) -> None:
    raw = office.raw
    shown = {number: row for number, row in raw.items.items() if row["ADDL_DESCR_1"] != "EXCLUDE"}
    placed = {row["ITEM_NO"] for row in raw.rows("EC_CATEG_ITEM")}
    texts = {row["ITEM_NO"]: len((row["HTML_DESCR"] or "").strip()) for row in raw.rows("EC_ITEM_DESCR")}
    parents: dict[str, list[str]] = defaultdict(list)
    for number, row in raw.items.items():
        if row["USR_PROF_ALPHA_16"] and row["IS_ADM_TKT"] == "Y":
            parents[row["USR_PROF_ALPHA_16"]].append(number)
    pages = {
        number
        for number, row in shown.items()
        if row["STAT"] == "A" and row["IS_ECOMM_ITEM"] == "Y"
        and (not row["USR_PROF_ALPHA_16"] or number == min(parents[row["USR_PROF_ALPHA_16"]] or [""]))
    }  # fmt: skip
    stocked = {number for number, count in raw.available.items() if count > 0} & shown.keys()
    expected = {
        "items_without_photo": pages,
        "items_below_zero": {number for number, count in raw.available.items() if count < 0} & shown.keys(),
        "web_items_without_category": pages - placed,
        "stock_not_on_the_web": {n for n in stocked if shown[n]["STAT"] == "A" and shown[n]["IS_ECOMM_ITEM"] != "Y"},
        "inactive_items_with_stock": {number for number in stocked if shown[number]["STAT"] != "A"},
        "web_items_without_text": {number for number in pages if texts.get(number, 0) < 60},
    }
    told: dict[str, set[str]] = {name: set() for name in expected}
    for row in csv.DictReader(io.StringIO(office.file("item_report/2026-06-08/items_2026-06-08.csv"))):
        told[row["list"]].add(row["item_no"])
    assert told == expected
    assert {name for name, numbers in expected.items() if numbers} >= set(expected) - {"web_items_without_category"}


# -- the revenue report by hand


def test_payments_deposits_and_gift_cards_are_those_of_the_rows(office: Office) -> None:
    raw = office.raw
    paid: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in raw.rows("PS_TKT_HIST_PMT"):
        if WEEK[0] <= row["BUS_DAT"].date() <= WEEK[1]:
            paid[row["BUS_DAT"].date().isoformat(), raw.tickets[row["DOC_ID"]]["STR_ID"], row["PAY_COD"]] += row["AMT"]
    stores = {row["DOC_ID"]: row["STR_ID"] for row in raw.rows("PS_DOC_HDR")}
    deposits: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in raw.rows("PS_DOC_PMT"):
        if WEEK[0] <= row["PAY_DAT"].date() <= WEEK[1] and row["FINAL_PMT"] == "N":
            deposits[row["PAY_DAT"].date().isoformat(), stores[row["DOC_ID"]]] += row["AMT"]
    cards: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in raw.rows("SY_GFC"):
        if WEEK[0] <= row["ORIG_DAT"].date() <= WEEK[1]:
            cards[row["ORIG_DAT"].date().isoformat(), row["ORIG_STR_ID"]] += row["ORIG_AMT"]
    rows = list(csv.DictReader(io.StringIO(office.file("revenue_report/2026-06-06/revenue_2026-05-31_2026-06-06.csv"))))
    told = {(row["date"], row["store"], row["pay_code"]): Decimal(row["amount"]) for row in rows if row["pay_code"]}
    assert told == dict(paid)
    sums = {kind: sum((Decimal(row["amount"]) for row in rows if row["kind"] == kind), ZERO) for kind in KINDS}
    total = sum(paid.values(), ZERO)
    assert (sums["deposit"], sums["gift_card"]) == (sum(deposits.values(), ZERO), sum(cards.values(), ZERO))
    assert sums["revenue"] == total - sum(deposits.values(), ZERO) - sum(cards.values(), ZERO)
    assert sums["difference"] == ZERO
    tickets = [t for t in raw.tickets.values() if WEEK[0] <= t["BUS_DAT"].date() <= WEEK[1]]
    assert sums["tickets"] == sum((ticket["TOT"] for ticket in tickets), ZERO) == total
    [mail] = office.mails("Revenue, week of")
    assert mail.text is not None
    assert f"Revenue: ${sums['revenue']:,.2f}" in mail.text
    assert f"Payments: ${total:,.2f}" in mail.text
    assert "Payments equal tickets on each of the 6 days." in mail.text
