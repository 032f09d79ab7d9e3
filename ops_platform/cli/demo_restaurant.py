"""The restaurant part of `ops demo`: the invented shop behind the sandbox, and its run in figures."""

from __future__ import annotations

import time
from typing import Any, Final

from ops_platform.cli.demo_run import Ran
from ops_platform.cli.demo_steps import Part, Step, checks_step, dagster_step, seconds_of
from ops_platform.cli.errors import USAGE, CommandError
from ops_platform.cli.session import Platform
from ops_platform.defs.run import DailyResult
from ops_platform.flows.restaurant.menu import import_menu
from ops_platform.restaurant.demo_menu import demo_menu

_LOAD: Final = ("load_orders",)
_REST: Final = (
    "restaurant__menu",
    "restaurant__item_aliases",
    "restaurant__match_review_queue",
    "restaurant__sales",
)

_ODD = "A few bills are wrong on purpose. They are loaded and flagged."
EXPECTED: Final = {
    "no_reject_is_open": "Some events and lines are broken on purpose: `ops restaurant rejects` shows them.",
    "stream_has_no_gaps": "Four events of the invented stream were never sent.",
    "statuses_are_known": "A few orders have the status Hold, which nobody explained.",
    "order_totals_add_up": _ODD,
    "lines_make_the_core_total": _ODD,
    "unit_prices_are_positive": _ODD,
    "line_totals_are_right": _ODD,
    "quantities_are_usual": "A few bills hold a dozen of something.",
    "sizes_fit_their_items": "Some names tell a size the menu does not sell.",
    "lines_are_linked": "Some names are not on the menu: `ops restaurant review` asks a person.",
    "links_are_sure": "Some names are spelled so oddly that a person has to decide: `ops restaurant review`.",
    "queue_is_short": "Nobody has decided the odd names yet: `ops restaurant review`.",
    "orders_are_recent": "The shop is closed at night, and the demo's last order is some hours old.",
}


def prepare(platform: Platform) -> Step:
    """Refuse a home with real orders, else give the shop its menu if it has none; return the row about it."""
    began = time.perf_counter()
    refuse_real(platform)
    [stands] = platform.rows("restaurant/demo_counts", run_id="")
    if not stands["menu_items"]:
        import_menu(platform.db, demo_menu(), source="the demo's menu", rules=platform.settings.restaurant.rules)
    [stands] = platform.rows("restaurant/demo_counts", run_id="")
    return Step("invented menu", f"{stands['menu_items']} items", time.perf_counter() - began)


def refuse_real(platform: Platform) -> None:
    """Raise CommandError when the database holds orders that no sandbox gave."""
    foreign = platform.rows("restaurant/foreign_loads")
    if foreign:
        home = platform.settings.home
        raise CommandError(
            f"the database in {home} holds orders that are not the demo's (the last from {foreign[0]['name']}), and "
            f"invented ones must not get between them. Give the demo a home of its own: OPS_HOME={home}-demo ops demo",
            code=USAGE,
        )


def told(platform: Platform, daily: DailyResult, ran: Ran, menu: Step) -> Part:
    """What the run did."""
    [counts] = platform.rows("restaurant/demo_counts", run_id=daily.run_id)
    return Part(
        "restaurant",
        daily,
        counts,
        [menu, *_steps(daily, counts), dagster_step(daily, ran)],
        EXPECTED,
        lines=[f"Waffle cones sold, as add-on and by themselves: {counts['waffle_cones']:,}"],
    )


def _steps(daily: DailyResult, counts: dict[str, Any]) -> list[Step]:
    fetched = (
        f"{counts['orders_read']:,} read in {counts['pages']} pages = {counts['orders_new']:,} new + "
        f"{counts['orders_updated']:,} updated + {counts['orders_duplicate']:,} duplicate + "
        f"{counts['orders_superseded']:,} superseded + {counts['orders_rejected']:,} rejected"
        if counts["orders_read"]
        else f"nothing new: {counts['orders']:,} orders are there"
    )
    return [
        Step("orders", fetched, seconds_of(daily, *_LOAD)),
        Step(
            "matched",
            f"{counts['items']:,} lines, {counts['linked_percent']} % on the menu, {counts['addons']:,} add-ons, "
            f"{counts['waiting']:,} names wait for a person",
            seconds_of(daily, *_REST),
        ),
        checks_step(daily, {*_LOAD, *_REST}),
    ]
