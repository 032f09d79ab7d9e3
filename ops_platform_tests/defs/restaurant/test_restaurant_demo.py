"""The demo's feed through the definitions: its menu links its names, and the checks find what was planted, no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import dagster as dg
import pytest

from ops_platform.defs.restaurant import keys
from ops_platform.defs.run import DailyResult
from ops_platform.flows.restaurant.menu import import_menu
from ops_platform.restaurant.demo_data import DemoDirt, demo_dirt, demo_events
from ops_platform.restaurant.demo_menu import demo_menu
from ops_platform.sandbox.petpooja import PetpoojaSandbox
from ops_platform_tests.defs.conftest import Bench, metadata
from ops_platform_tests.defs.restaurant.conftest import Shop, served

LAST_DAY, DAYS = date(2026, 1, 9), 12
# check -> (the figure it counts, the flag that was planted)
FOUND = {
    "statuses_are_known": ("orders of unknown status", "unknown_status"),
    "order_totals_add_up": ("odd", "total_formula_differs"),
    "taxes_and_discounts_add_up": ("odd", "tax_lines_differ"),
    "lines_make_the_core_total": ("odd", "items_differ_from_core_total"),
    "unit_prices_are_positive": ("odd", "price_not_positive"),
    "line_totals_are_right": ("odd", "line_total_differs"),
    "quantities_are_usual": ("odd", "quantity_unusual"),
    "orders_have_lines": ("odd", "no_items"),
}


@pytest.fixture(scope="module")
def dirt() -> DemoDirt:
    return demo_dirt(last_day=LAST_DAY, days=DAYS)


@pytest.fixture(scope="module")
def demo(bench: Bench) -> Shop:
    """A platform with the demo's menu, and the demo's last days in the sandbox."""
    with bench.database() as db:
        assert not import_menu(db, demo_menu(), source="the demo's menu").problems
    return Shop(bench.settings, bench.instance, PetpoojaSandbox(demo_events(last_day=LAST_DAY, days=DAYS)))


@pytest.fixture(scope="module")
def fetched(demo: Shop) -> Iterator[DailyResult]:
    """All of it fetched at once, minutes after the newest event."""
    newest = datetime.fromisoformat(demo.state.visible()[-1].event["occurred_at"]) + timedelta(minutes=5)
    with served(demo):
        yield demo.fetch(everything=True, **{"ops/as_of": newest.isoformat()})


@pytest.fixture(scope="module")
def checks(demo: Shop, fetched: DailyResult) -> dict[str, dg.AssetCheckEvaluation]:
    logs = demo.instance.all_logs(fetched.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    found = [entry.get_dagster_event().asset_check_evaluation_data for entry in logs]
    return {check.check_name: check for check in found}


def test_the_demo_blocks_nothing_and_loses_nothing(demo: Shop, fetched: DailyResult, dirt: DemoDirt) -> None:
    assert fetched.success
    assert fetched.failed_checks == []
    assert metadata(demo, keys.PETPOOJA_ORDERS)["dagster/row_count"] == dirt.orders
    assert len(demo.instance.get_materialized_partitions(keys.ORDER_ITEMS)) == DAYS


@pytest.mark.parametrize("name", sorted(FOUND))
def test_a_check_counts_what_was_planted(checks: dict[str, dg.AssetCheckEvaluation], dirt: DemoDirt, name: str) -> None:
    figure, flag = FOUND[name]
    planted = dirt.flags.get(flag, 0)
    assert checks[name].metadata[figure].value == planted
    assert checks[name].passed is (planted == 0)


def test_the_holes_of_the_stream_and_the_rejects_are_counted(
    checks: dict[str, dg.AssetCheckEvaluation], dirt: DemoDirt
) -> None:
    assert checks["stream_has_no_gaps"].metadata["events missing"].value == len(dirt.lost)
    rejected = sum(dirt.rejected_orders.values()) + sum(dirt.rejected_lines.values())
    assert checks["no_reject_is_open"].metadata["rejects"].value == rejected


def test_few_lines_stay_without_a_link_and_the_sales_add_up(checks: dict[str, dg.AssetCheckEvaluation]) -> None:
    for name in ("lines_are_linked", "addons_are_linked", "sales_add_up", "links_are_sure", "queue_is_short"):
        assert checks[name].passed, checks[name].description
