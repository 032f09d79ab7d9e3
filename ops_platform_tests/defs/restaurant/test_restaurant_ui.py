"""The restaurant in the real UI in Chromium, on a real Dagster storage: what a person sees after the first fetch.

OPS_WRITE_SCREENSHOTS=1 writes docs/images/restaurant_lineage.png and restaurant_sales.png.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.defs.run import materialize_restaurant
from ops_platform.flows.restaurant.menu import import_menu
from ops_platform.paths import project_root
from ops_platform.restaurant.demo_data import demo_events
from ops_platform.restaurant.demo_menu import demo_menu
from ops_platform.sandbox.petpooja import PetpoojaSandbox
from ops_platform_tests.chaos import FULL
from ops_platform_tests.defs.conftest import stored_platform
from ops_platform_tests.defs.restaurant.conftest import Shop, served
from ops_platform_tests.defs.webui import NEEDS_CHROMIUM, PATIENCE, WRITE, text_of, webserver, write_small

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

ASSETS = (
    "petpooja_events",
    "menu",
    "item_aliases",
    "petpooja_orders",
    "order_items",
    "order_item_addons",
    "match_review_queue",
    "sales",
)
LINEAGE = "/locations/__repository__@ops_platform/asset-groups/restaurant/lineage"
TODAY = datetime.now(UTC).astimezone(ZoneInfo("Asia/Kolkata")).date()
YESTERDAY = TODAY - timedelta(days=1)

pytestmark = [
    *NEEDS_CHROMIUM,
    pytest.mark.chaos,
    pytest.mark.skipif(not FULL, reason="pages like those of the vehicles, which every run looks at: make chaos"),
]


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory, pg_server: EmbeddedPostgres, database_url: str) -> Iterator[str]:
    """The address of the UI of a platform that has fetched the demo's orders up to yesterday."""
    with stored_platform(tmp_path_factory.mktemp("home"), pg_server, database_url) as found:
        db = Database(database_url)
        import_menu(db, demo_menu(), source="the demo's menu")
        db.close()
        with dg.DagsterInstance.get() as instance:
            state = PetpoojaSandbox(demo_events(last_day=YESTERDAY, days=30))
            with served(Shop(found, instance, state)):
                assert materialize_restaurant(instance).success
        with webserver() as address:
            yield address


def test_the_lineage_shows_every_asset_materialised_with_its_checks(ui: str, browser: Chrome) -> None:
    from selenium.webdriver.common.by import By

    browser.set_window_size(1900, 1100)
    text_of(browser, ui, "Hide navigation")
    # The graph is then large enough to show the details of each asset.
    browser.find_element(By.XPATH, "//*[text()='Hide navigation']").click()
    shown = text_of(browser, ui + LINEAGE, *ASSETS, "partitions")
    assert shown.count("Materialized") >= 4
    assert "1 / 1 Passed" in shown
    picture(browser, "restaurant_lineage")
    browser.set_window_size(1800, 800)


def test_the_sales_show_their_plot_and_what_sold_best(ui: str, browser: Chrome) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    page = f"{ui}/assets/restaurant/sales"
    text_of(browser, page, "Sales as people ask for them", "revenue by channel and day", "by add-on", "unified_sales")
    links = browser.find_elements(By.XPATH, "//*[contains(text(), 'Show Markdown')]")
    browser.execute_script("arguments[0].click()", links[0])
    loaded = "const i = document.querySelector('img[alt=\"net revenue by channel\"]'); return i ? i.naturalWidth : 0"
    assert WebDriverWait(browser, PATIENCE).until(lambda driver: driver.execute_script(loaded)) > 500
    picture(browser, "restaurant_sales")


def test_a_days_partition_shows_its_counts(ui: str, browser: Chrome) -> None:
    page = f"{ui}/assets/restaurant/order_items?view=partitions&partition={YESTERDAY}"
    text_of(browser, page, "linked percent", "dagster/partition_row_count")


def test_a_checks_page_says_what_was_counted_and_why_it_matters(ui: str, browser: Chrome) -> None:
    page = f"{ui}/assets/restaurant/petpooja_orders?view=checks&checkDetail=loads_are_conserved"
    shown = text_of(browser, page, "orders read in", "An order that is none of these is money nobody sees")
    assert "blocking" in shown


def picture(browser: Chrome, name: str) -> None:
    """Write a screenshot for the documents, when asked to."""
    if WRITE:
        write_small(browser.get_screenshot_as_png(), images() / f"{name}.png")


def images() -> Path:
    return project_root() / "docs" / "images"
