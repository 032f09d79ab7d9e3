"""The store in the real UI in Chromium, on a real Dagster storage: what a person sees after the first hour.

OPS_WRITE_SCREENSHOTS=1 writes docs/images/retail_lineage.png.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.adapters.sandbox_address import announced
from ops_platform.defs.run import materialize_retail
from ops_platform.paths import project_root
from ops_platform.sandbox.bigcommerce import BigcommerceSandbox, bigcommerce_service
from ops_platform.sandbox.server import running_sandbox
from ops_platform.sandbox.webdav import DavSandbox, webdav_service
from ops_platform_tests.adapters.counterpoint_rows import Store, store
from ops_platform_tests.chaos import FULL
from ops_platform_tests.defs.conftest import stored_platform
from ops_platform_tests.defs.webui import NEEDS_CHROMIUM, PATIENCE, WRITE, text_of, webserver, write_small

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [
    *NEEDS_CHROMIUM,
    pytest.mark.chaos,
    pytest.mark.skipif(not FULL, reason="pages like those of the vehicles, which every run looks at: make chaos"),
]

UPLOAD = ("stock_buffer", "inactive_products", "inventory_upload")
CHAIN = ("IM_ITEM", "IM_INV", "items", "stock", *UPLOAD, "availability.csv")


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory, pg_server: EmbeddedPostgres, database_url: str) -> Iterator[str]:
    """The address of the UI of a platform that has set buffers and published the lists."""
    root = tmp_path_factory.mktemp("home")
    services = [bigcommerce_service(BigcommerceSandbox()), webdav_service(DavSandbox(root / "dav"))]
    with (
        stored_platform(root, pg_server, database_url) as found,
        store(database_url) as pos,
        running_sandbox(services) as sandbox,
        announced(root, sandbox.url),
    ):
        put_plants(pos, found.retail.photos.folder)
        with dg.DagsterInstance.get() as instance:
            tags = {"ops/as_of": datetime.now(UTC).isoformat()}
            assert materialize_retail(instance, *UPLOAD, tags=tags).failed_assets == []
        with webserver() as address:
            yield address


def put_plants(pos: Store, photos: Path) -> None:
    """Forty plants for the web shop, one of which is sold out."""
    photos.mkdir(parents=True)
    for place in range(40):
        number, name = f"{10_000 + place}", f"Plant {place}"
        usual = {"DESCR": name, "LONG_DESCR": name, "PRC_1": 20, "REG_PRC": 15, "CATEG_COD": "TREES", "PROF_NO_1": 5}
        pos.item(number, **usual, IS_ECOMM_ITEM="Y")
        pos.insert("IM_INV", {"ITEM_NO": number, "LOC_ID": "1", "QTY_ON_HND": place})
        (photos / f"{number}.jpg").touch()


def test_the_way_from_the_tills_stock_to_the_web_shops_file_is_seen_at_one_glance(ui: str, browser: Chrome) -> None:
    from selenium.webdriver.common.by import By

    browser.set_window_size(2300, 1000)
    text_of(browser, ui, "Hide navigation")
    browser.find_element(By.XPATH, "//*[text()='Hide navigation']").click()
    page = f"{ui}/assets/webdav/availability.csv?view=lineage&lineageScope=upstream&lineageDepth=3"
    shown = text_of(browser, page, *CHAIN, "Materialized", "3 / 3 Passed", "2 / 2 Passed")
    assert shown.count("Materialized") == len(UPLOAD)
    picture(browser, "retail_lineage")
    browser.set_window_size(1800, 800)


def test_an_automations_page_shows_what_it_did_and_its_plot(ui: str, browser: Chrome) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    page = f"{ui}/assets/retail/inventory_upload"
    text_of(browser, page, "Puts what is available, with prices", "rows of the lists", "webdav (sandbox)")
    links = browser.find_elements(By.XPATH, "//*[contains(text(), 'Show Markdown')]")
    browser.execute_script("arguments[0].click()", links[0])
    loaded = "const i = document.querySelector('img[alt=\"rows of the lists\"]'); return i ? i.naturalWidth : 0"
    assert WebDriverWait(browser, PATIENCE).until(lambda driver: driver.execute_script(loaded)) > 500


def test_a_checks_page_says_what_was_counted_and_why_it_matters(ui: str, browser: Chrome) -> None:
    page = f"{ui}/assets/retail/inventory_upload?view=checks&checkDetail=lists_are_fresh"
    text_of(browser, page, "2 allowed", "Older ones offer what is sold out")


def picture(browser: Chrome, name: str) -> None:
    """Write a screenshot for the documents, when asked to."""
    if WRITE:
        write_small(browser.get_screenshot_as_png(), Path(project_root() / "docs" / "images" / f"{name}.png"))
