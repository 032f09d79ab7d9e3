"""The checks of the feed and the bills: what came in, and whether it adds up. checks_links.py asks about the links.

Each question looks at the business days its run is about (the partitions, and the days of orders the run loaded), or
at all there is where that is what matters. verdicts.py answers, the UI shows both. Structure broken is an ERROR,
coverage low a WARN. Only the contracts block what comes after them.
"""

# Dagster reads the annotations of contexts and resources as types, so they cannot be postponed here.

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg

from ops_platform.defs.check_parts import Result, contract_result, name_of, result
from ops_platform.defs.clock import as_of
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.restaurant import keys, verdicts
from ops_platform.defs.restaurant.check_parts import Asked, Questions, facts
from ops_platform.defs.restaurant.checks_links import ask_about_links
from ops_platform.defs.restaurant.partitions import days_of_tags
from ops_platform.defs.verdict import Verdict

REJECTS_OF_DAYS = 7
MANY_PIECES = 10
STATUSES = ("Success", "Cancelled", "Complimentary")


# -- contracts, which block


def _blocking(name: str, asset: dg.AssetKey, kind: str, described: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(name, asset=asset, blocking=True, metadata=facts(kind), description=described)


_CONSERVED = _blocking(
    "loads_are_conserved",
    keys.PETPOOJA_ORDERS,
    "postgres",
    "Read = new + updated + known before + rejected, counted again in the tables for the pages of this run (or the "
    "newest one). An order that is none of these is money nobody sees. Blocks queue and sales.",
)
_ORDERS = _blocking(
    "order_contract",
    keys.PETPOOJA_ORDERS,
    "pandas",
    "Data contract of these days' orders: number, day, status and totals are there, and no order is there twice. "
    "Broken, every figure made of them is wrong. Blocks queue and sales.",
)
_ITEMS = _blocking(
    "item_contract",
    keys.ORDER_ITEMS,
    "pandas",
    "Data contract of these days' lines: a name, whole pieces, money of zero or more, and a link that says how it was "
    "found. Blocks queue and sales.",
)
_ADDONS = _blocking(
    "addon_contract",
    keys.ORDER_ITEM_ADDONS,
    "pandas",
    "Data contract of these days' add-ons, as for lines: a cone without its link is missing where cones are counted. "
    "Blocks queue and sales.",
)


@dg.multi_asset_check(name="order_contracts", specs=[_CONSERVED, _ORDERS, _ITEMS, _ADDONS], can_subset=True)
def order_contracts(
    context: dg.AssetCheckExecutionContext, settings: OpsSettings, database: OpsDatabase
) -> Iterator[Result]:
    """The blocking checks as one step."""
    from ops_platform.defs.restaurant import contracts
    from ops_platform.flows.restaurant.summaries import contract_rows

    wanted = context.op_execution_context.selected_asset_check_keys
    with database.for_step() as db, db.engine.connect() as connection:
        asked = _asked(context, settings, connection)
        if _CONSERVED.key in wanted:
            loads = [row["load_id"] for row in asked.rows("summary_loads", run_id=asked.run_id)]
            counted = asked.rows("check_load_conservation", loads=loads)
            yield result(verdicts.conservation(counted), **name_of(_CONSERVED))
        for spec, contract, query in (
            (_ORDERS, contracts.ORDERS, "check_orders"),
            (_ITEMS, contracts.ITEMS, "check_items"),
            (_ADDONS, contracts.ADDONS, "check_addons"),
        ):
            if spec.key in wanted:
                yield contract_result(contract, contract_rows(connection, query, asked.days, contract.integers), spec)


# -- questions about the feed and the bills

questions = Questions()


@questions.about(keys.PETPOOJA_ORDERS)
def orders_are_recent(asked: Asked) -> Verdict:
    """The newest event is not older than restaurant.stale_after_hours. A feed that stands still says nothing."""
    from ops_platform.flows.restaurant.summaries import newest_event

    return verdicts.recent(newest_event(asked.connection), asked.now, hours=asked.shop.stale_after_hours)


@questions.about(keys.PETPOOJA_ORDERS)
def stream_has_no_gaps(asked: Asked) -> Verdict:
    """The numbers of the stream's events have no hole. A missing one may be an order, or that one was cancelled."""
    return verdicts.gaps(asked.rows("stream_gaps", source=asked.shop.orders_from))


@questions.about(keys.PETPOOJA_ORDERS)
def no_reject_is_open(asked: Asked) -> Verdict:
    """Every order and line of the last seven days could be loaded. What could not is missing in all sales."""
    since = asked.now - timedelta(days=REJECTS_OF_DAYS)
    return verdicts.open_rejects(asked.rows("check_open_rejects", since=since), days=REJECTS_OF_DAYS)


@questions.about(keys.PETPOOJA_ORDERS)
def statuses_are_known(asked: Asked) -> Verdict:
    """Every status is one that was explained. An unknown one may mean cancelled, and would count as sold."""
    found = asked.of_days("check_statuses", known=list(STATUSES))
    return verdicts.statuses(found, asked.counts["orders"])


@questions.about(keys.PETPOOJA_ORDERS)
def no_order_is_of_the_future(asked: Asked) -> Verdict:
    """No business day lies ahead. A till with a wrong clock puts its sales on days that nobody looks at."""
    today = asked.now.date()
    return verdicts.future(asked.rows("check_future_orders", today=today), today)


@questions.about(keys.PETPOOJA_ORDERS)
def orders_have_lines(asked: Asked) -> Verdict:
    """Every order of these days has a line. One without is money that stands on no item."""
    return verdicts.empty_orders(asked.of_days("check_empty_orders"), asked.counts["orders"])


@questions.about(keys.PETPOOJA_ORDERS)
def order_totals_add_up(asked: Asked) -> Verdict:
    """core + tax - discount + charges + round off is the total, to a paisa. Else a field changed its meaning."""
    return verdicts.order_totals(asked.of_days("check_order_totals"), asked.counts["orders"])


@questions.about(keys.PETPOOJA_ORDERS)
def taxes_and_discounts_add_up(asked: Asked) -> Verdict:
    """The tax and discount lines of an order make its totals of them. The tax office asks by line."""
    return verdicts.order_parts(asked.of_days("check_order_parts"), asked.counts["orders"])


@questions.about(keys.ORDER_ITEMS)
def lines_make_the_core_total(asked: Asked) -> Verdict:
    """The lines of an order make its core total, with or without add-ons. Else items and channels show other sums."""
    return verdicts.order_sums(asked.of_days("check_order_sums"), asked.counts["orders"])


@questions.about(keys.ORDER_ITEMS)
def unit_prices_are_positive(asked: Asked) -> Verdict:
    """Every line costs something, unless the order was a present. A free item is money nobody sees."""
    return verdicts.unit_prices(asked.of_days("check_unit_prices"), asked.counts["lines"])


@questions.about(keys.ORDER_ITEMS)
def line_totals_are_right(asked: Asked) -> Verdict:
    """A line's total is its quantity times its unit price, to a paisa. Else revenue and quantities tell two stories."""
    return verdicts.line_totals(asked.of_days("check_line_totals"), asked.counts["lines"])


@questions.about(keys.ORDER_ITEMS)
def quantities_are_usual(asked: Asked) -> Verdict:
    """No line or add-on is of more than ten pieces. That is a party, or a price typed into the wrong field."""
    counts = asked.counts
    found = asked.of_days("check_quantities", limit=MANY_PIECES)
    return verdicts.quantities(found, counts["lines"] + counts["addons"], limit=MANY_PIECES)


ask_about_links(questions)


@dg.multi_asset_check(name="order_checks", specs=questions.specs, can_subset=True)
def order_checks(
    context: dg.AssetCheckExecutionContext, settings: OpsSettings, database: OpsDatabase
) -> Iterator[Result]:
    """All questions that block nothing, as one step."""
    wanted = context.op_execution_context.selected_asset_check_keys
    with database.for_step() as db, db.engine.connect() as connection:
        asked = _asked(context, settings, connection)
        for spec in questions.specs:
            if spec.key in wanted:
                yield questions.answer(spec.key, asked)


def _asked(context: dg.AssetCheckExecutionContext, settings: OpsSettings, connection: Any) -> Asked:
    from ops_platform.flows.restaurant.summaries import days_of_run

    found = settings.get()
    now = as_of(context.run.tags, found.restaurant.timezone)
    days = days_of_run(connection, context.run.run_id, days_of_tags(context.run.tags))
    return Asked(connection, found, now, context.run.run_id, days)


CHECKS = [order_contracts, order_checks]
