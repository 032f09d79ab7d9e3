"""The checks of the reports: money that has to agree, pay codes somebody has to name, and lists that ought to be empty.

verdicts.py answers. They look at the point of sale and not at a report, so that a day is judged whoever reported it.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from ops_platform.defs.retail import keys, verdicts
from ops_platform.defs.retail.check_parts import Asked, Questions
from ops_platform.defs.verdict import Verdict
from ops_platform.retail.automation import Items, Need, Stock
from ops_platform.retail.reports import needs
from ops_platform.retail.windows import Window

if TYPE_CHECKING:
    from ops_platform.retail.reports.about import About

DAYS = 28
"""How far back payments are looked at: what was booked later is seen, what is long closed is not."""
_REVENUE, _ITEMS = keys.of_snapshot("revenue_report"), keys.of_snapshot("item_report")
_REPORTS = ("admin_report", "item_report", "revenue_report", "daily_revenue_report")


def add_to(questions: Questions) -> None:
    """Ask the questions about the reports, too."""
    questions.about(_REVENUE, kind="counterpoint")(payments_equal_tickets)
    questions.about(_REVENUE, kind="counterpoint")(pay_codes_are_known)
    questions.about(_ITEMS, kind="counterpoint")(web_items_are_in_a_category)
    questions.about(_ITEMS, kind="counterpoint")(stock_is_on_the_web)
    questions.about(_ITEMS, kind="counterpoint")(inactive_items_are_not_in_stock)
    for name in _REPORTS:
        questions.add(
            keys.of_snapshot(name),
            "every_section_was_computed",
            "The last report has all of its sections. One that could not be computed says so in the mail.",
            partial(_sections, name=name),
        )


def payments_equal_tickets(asked: Asked) -> Verdict:
    """On each of the last 28 days what was paid is what the tickets came to. Else money is missing or counted twice."""
    tolerance = asked.store.revenue_report.tolerance
    window = _window(asked)
    days: dict[Any, dict[str, Any]] = {}
    for need, column in ((needs.Payments(*window), "amount"), (needs.TicketTotals(*window), "total")):
        for row in asked.read.frame(need).to_dict("records"):
            day = days.setdefault(row["day"], {"day": row["day"].isoformat(), "amount": 0, "total": 0})
            day[column] += row[column]
    differing = [
        {"day": day["day"], "paid": day["amount"], "tickets": day["total"], "difference": day["amount"] - day["total"]}
        for day in days.values()
        if abs(day["amount"] - day["total"]) > tolerance
    ]
    return verdicts.nothing_of(
        differing, len(days), "days have other payments than tickets",
        "Look at their tickets and payments at the point of sale.", name="day",
    )  # fmt: skip


def pay_codes_are_known(asked: Asked) -> Verdict:
    """Every pay code of the last 28 days stands in a group of the settings. A new one would vanish into Other."""
    from ops_platform.retail.reports.payments import NO_CODE, PayGroups

    groups = PayGroups(asked.store.revenue_report)
    amounts: dict[str, Any] = {}
    for row in asked.read.frame(needs.Payments(*_window(asked))).to_dict("records"):
        code = row["pay_code"] or NO_CODE
        amounts[code] = amounts.get(code, 0) + row["amount"]
    found = [{"pay code": code, "amount": amounts[code]} for code in groups.unknown(amounts)]
    return verdicts.nothing_of(
        found, len(amounts), "pay codes stand in no group",
        "Add them to a group of retail.revenue_report.pay_codes.", name="pay code",
    )  # fmt: skip


def web_items_are_in_a_category(asked: Asked) -> Verdict:
    """Every active web item stands in a category of the web shop. Nobody finds it there otherwise."""
    return _list(asked, "web_items_without_category", "web items are in no category")


def stock_is_on_the_web(asked: Asked) -> Verdict:
    """What is in stock is offered on the web, unless its web title hides it. It cannot be bought there otherwise."""
    return _list(asked, "stock_not_on_the_web", "items in stock are not on the web")


def inactive_items_are_not_in_stock(asked: Asked) -> Verdict:
    """What is in stock is active. Neither till nor web shop sells it otherwise."""
    return _list(asked, "inactive_items_with_stock", "inactive items are in stock")


def _sections(asked: Asked, name: str) -> Verdict:
    made = asked.records("newest_report", automation=name)
    sections = int(made[0]["considered"]) if made else 0
    lost = [
        {"section": note["detail"].partition(":")[0], "reason": note["detail"]}
        for note in (made[0]["notes"] if made else ())
        if note["code"] == "report_section_failed"
    ]
    return verdicts.nothing_of(
        lost, sections, "sections of the last report could not be computed",
        f"Mend what the reason names, then send it once more: ops retail apply {name} --force.", name="section",
    )  # fmt: skip


def _list(asked: Asked, name: str, what: str) -> Verdict:
    """One of the item report's lists."""
    from ops_platform.retail.reports.item_lists import LISTS

    about = _about(asked)
    chosen = next(each for each in LISTS if each.name == name)
    found = chosen.find(about)
    rows = [
        {"item_no": row.item["item_no"], "item": about.name(row.item["item_no"]), "available": row.available}
        for row in found.rows
    ]
    return verdicts.nothing_of(rows, found.of, what, chosen.advice)


def _about(asked: Asked) -> About:
    from ops_platform.retail.reports.about import About

    read: dict[str, Need] = {"items": Items(), "stock": Stock(), "web_categories": needs.WebCategories()}
    return About({name: asked.read.frame(need) for name, need in read.items()}, asked.store, asked.now.date())


def _window(asked: Asked) -> Window:
    """The days before today: today's tickets are still being rung up."""
    yesterday = asked.now.date() - timedelta(days=1)
    return Window(yesterday - timedelta(days=DAYS - 1), yesterday)
