"""The restaurant assets: PetPooja's events -> orders, lines, add-ons -> review queue and sales; beside them the menu.

Each body gathers its resources, calls one flow and hands what happened to reports.py, which makes it readable. No rule,
no statement and no formatting belongs here. Flows are imported inside the bodies: pandas and the drivers would
double the time every Dagster process needs to load the definitions.
"""

# Dagster reads the annotations of contexts and configurations as types, so they cannot be postponed here.

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from ops_platform.defs.clock import as_of
from ops_platform.defs.metadata import column_schema
from ops_platform.defs.partition_tags import ONE_RUN
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.restaurant import columns, keys
from ops_platform.defs.restaurant.partitions import DAYS, known

if TYPE_CHECKING:
    import sqlalchemy as sa

    from ops_platform.defs.restaurant.fetching import Fetched

# New orders are fetched every few minutes: two hours without are odd, a day without is a defect.
_POLLED = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26), warn_window=timedelta(hours=2))


def _table(name: str, described: columns.Columns) -> dict[str, Any]:
    return {"dagster/table_name": f"restaurant.{name}", **column_schema(described)}


petpooja_events = dg.AssetSpec(
    keys.PETPOOJA_EVENTS,
    description=(
        "The shop's orders as PetPooja sends them: a stream of events by stream_id, or PetPooja's own API by day "
        "(setting restaurant.orders_from). The schedule `restaurant_incremental` asks for what is new."
    ),
    group_name=keys.GROUP,
    owners=keys.OWNERS,
    kinds={"json", "api"},
)


@dg.asset(
    key=keys.MENU,
    group_name=keys.GROUP,
    owners=keys.OWNERS,
    kinds={"postgres"},
    metadata=_table("menu_items", columns.MENU),
)
def menu(database: OpsDatabase) -> dg.MaterializeResult:
    """What the shop sells, in which sizes, at which price: items, add-ons too, and the PetPooja ids they are known by.

    Changed by people: `ops restaurant menu import` reads a sheet or PetPooja's menu. Here it is only described.
    """
    from ops_platform.defs.restaurant import reports

    with database.for_step() as db, db.engine.connect() as connection:
        return dg.MaterializeResult(metadata=reports.of_menu(connection))


@dg.asset(
    key=keys.ITEM_ALIASES,
    group_name=keys.GROUP,
    owners=keys.OWNERS,
    kinds={"postgres"},
    metadata=_table("item_aliases", columns.ALIASES),
)
def item_aliases(database: OpsDatabase) -> dg.MaterializeResult:
    """What people decided about names of bills: this item in this size, or no item. Replaced, never deleted.

    Decisions are made with `ops restaurant review` and win over every rule. Here they are only described.
    """
    from ops_platform.defs.restaurant import reports

    with database.for_step() as db, db.engine.connect() as connection:
        return dg.MaterializeResult(metadata=reports.of_aliases(connection))


class LoadConfig(dg.Config):
    """What to bring in."""

    only_new: bool = Field(
        default=False,
        description=(
            "true: what came since the last fetch, of whatever day; false: the days of the partitions once more, asked "
            "for anew where the source knows days, else read from the kept events, and matched by today's menu"
        ),
    )


@dg.multi_asset(
    name=keys.LOAD_STEP,
    specs=[
        dg.AssetSpec(
            keys.PETPOOJA_ORDERS,
            deps=[keys.PETPOOJA_EVENTS],
            description=(
                "One row an order as its newest event says, with its money, channel and business day, and the event "
                "without the customer. What could not be read is in order_rejects with place and reason. A page is "
                "loaded wholly or not at all; the same event again changes nothing."
            ),
            metadata=_table("orders", columns.ORDERS),
            owners=keys.OWNERS,
            kinds={"postgres", "json"},
            freshness_policy=_POLLED,
            partitions_def=DAYS,
        ),
        dg.AssetSpec(
            keys.ORDER_ITEMS,
            deps=[keys.PETPOOJA_ORDERS, keys.MENU, keys.ITEM_ALIASES],
            description=(
                "What was ordered, line by line: as the bill says and as the menu calls it, with how the link was "
                "found and how sure it is. Without a link the line counts all the same, on no item."
            ),
            metadata=_table("order_items", columns.ITEMS),
            owners=keys.OWNERS,
            kinds={"postgres", "pandas"},
            partitions_def=DAYS,
        ),
        dg.AssetSpec(
            keys.ORDER_ITEM_ADDONS,
            deps=[keys.ORDER_ITEMS, keys.MENU, keys.ITEM_ALIASES],
            description=(
                "What was added to a line (Cup, Waffle Cone), linked to the menu like the line itself, because add-ons "
                "are menu items too."
            ),
            metadata=_table("order_item_addons", columns.ADDONS),
            owners=keys.OWNERS,
            kinds={"postgres", "pandas"},
            partitions_def=DAYS,
        ),
    ],
    group_name=keys.GROUP,
    backfill_policy=ONE_RUN,
)
def load_orders(
    context: dg.AssetExecutionContext, config: LoadConfig, settings: OpsSettings, database: OpsDatabase
) -> Iterator[dg.MaterializeResult]:
    """Bring in orders and match their lines: what is new, or the partitions' business days once more.

    A run over several days tells of each day that failed at its end; the others are loaded by then.
    """
    from ops_platform.core.order_source import OrderSourceError
    from ops_platform.defs.restaurant.fetching import Fetch

    asked = [date.fromisoformat(key) for key in context.partition_keys]
    now = as_of(context.run.tags, settings.get().restaurant.timezone)
    with database.for_step() as db:
        fetch = Fetch(db, settings.get(), now, context.run.run_id, context.log)
        try:
            done = fetch.new() if config.only_new else fetch.again(asked)
        except OrderSourceError as error:
            # The source was asked several times already; the next tick asks again.
            raise dg.Failure(str(error), allow_retries=False) from None
        with db.engine.connect() as connection:
            yield from _shown(context, connection, done, asked)


def _shown(
    context: dg.AssetExecutionContext, connection: "sa.Connection", done: "Fetched", asked: list[date]
) -> Iterator[dg.MaterializeResult]:
    """What the load step tells Dagster, when the orders are in."""
    from ops_platform.defs.restaurant import reports

    _note_other_days(context, connection, done, asked)
    if done.failed:
        raise reports.failure_of(done)
    context.log_event(reports.events_seen(connection, context.run.run_id))
    for key in keys.LOADED:
        for day, counts in reports.of_days(connection, key, asked).items():
            context.add_asset_metadata(counts, asset_key=key, partition_key=str(day))
    metadata = {
        keys.PETPOOJA_ORDERS: reports.of_orders(connection, done, context.run),
        keys.ORDER_ITEMS: reports.of_items(connection, asked),
        keys.ORDER_ITEM_ADDONS: reports.of_addons(connection, asked),
    }
    for key in keys.LOADED:
        yield dg.MaterializeResult(asset_key=key, metadata=metadata[key])


def _note_other_days(
    context: dg.AssetExecutionContext, connection: "sa.Connection", done: "Fetched", asked: list[date]
) -> None:
    """Mark the partitions of days this run changed beside those it was for, and of a failing run those it did."""
    from ops_platform.defs.restaurant import reports
    from ops_platform.flows.restaurant.summaries import loaded_days

    touched = {*loaded_days(connection, context.run.run_id), *done.again}
    others = known(sorted(touched if done.failed else touched - set(asked)), done.today)
    for key in keys.LOADED:
        for day, counts in reports.of_days(connection, key, others).items():
            context.log_event(dg.AssetMaterialization(key, partition=str(day), metadata=counts))


@dg.asset(
    key=keys.MATCH_REVIEW_QUEUE,
    deps=[keys.ORDER_ITEMS, keys.ORDER_ITEM_ADDONS],
    group_name=keys.GROUP,
    owners=keys.OWNERS,
    kinds={"postgres"},
    metadata=_table("match_review_queue", columns.QUEUE),
)
def match_review_queue(database: OpsDatabase) -> dg.MaterializeResult:
    """Names a person should look at, the dearest first: those without a link and those whose link is not sure.

    Filled by every load. Shows how lines were linked and how sure they are. `ops restaurant review` asks them.
    """
    from ops_platform.defs.restaurant import reports

    with database.for_step() as db, db.engine.connect() as connection:
        return dg.MaterializeResult(metadata=reports.of_queue(connection))


@dg.asset(
    key=keys.SALES,
    deps=[keys.ORDER_ITEMS, keys.ORDER_ITEM_ADDONS, keys.MENU],
    group_name=keys.GROUP,
    owners=keys.OWNERS,
    kinds={"postgres", "matplotlib"},
    metadata=_table("unified_sales", columns.UNIFIED_SALES),
)
def sales(database: OpsDatabase) -> dg.MaterializeResult:
    """Sales as people ask for them: by item, by add-on, by channel and day, and the money without a link.

    Views over orders and lines (unified_sales, item_sales_by_day, addon_sales_by_day, menu_sales_by_day,
    addon_attach_rate, revenue_by_channel, unmatched_revenue): always as fresh as the orders. Cancelled orders are left
    out.
    """
    from ops_platform.defs.restaurant import reports

    with database.for_step() as db, db.engine.connect() as connection:
        return dg.MaterializeResult(metadata=reports.of_sales(connection))


ASSETS: list[dg.AssetsDefinition | dg.AssetSpec] = [
    petpooja_events,
    menu,
    item_aliases,
    load_orders,
    match_review_queue,
    sales,
]
