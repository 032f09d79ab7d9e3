"""The real UI in Chromium on a real Dagster storage: what a new user sees after the demo.

OPS_WRITE_SCREENSHOTS=1 writes docs/images/lineage.png, the picture of the README.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from PIL import Image

from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.defs.run import materialize_daily
from ops_platform.paths import project_root
from ops_platform.vehicles.dealerships import SHIPPED_FILE, SHIPPED_PACKAGE, load_dealerships
from ops_platform.vehicles.demo_data import demo_dealerships, generate_scrapes
from ops_platform_tests.defs.conftest import known_only, stored_platform
from ops_platform_tests.defs.webui import NEEDS_CHROMIUM, PATIENCE, WRITE, text_of, webserver, write_small

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

ASSETS = (
    "scrape_files",
    "dealership_configs",
    "raw_vehicle_data",
    "normalized_vehicle_data",
    "vin_history",
    "dealership_exports",
    "qr_files",
    "illustrator_files",
)
LINEAGE = "/locations/__repository__@ops_platform/asset-groups/vehicles/lineage"

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory, pg_server: EmbeddedPostgres, database_url: str) -> Iterator[str]:
    """The address of the UI of a platform that has done a day's work."""
    with stored_platform(tmp_path_factory.mktemp("home"), pg_server, database_url) as found:
        put_two_days(found.vehicles.imports_dir)
        with dg.DagsterInstance.get() as instance:
            assert materialize_daily(instance).success
        with webserver() as address:
            yield address


def put_two_days(folder: Path) -> None:
    """Yesterday and today of all 40 dealerships, some 400 cars a day."""
    text = resources.files(SHIPPED_PACKAGE).joinpath(SHIPPED_FILE).read_text("utf-8")
    names = [dealership.name for dealership in load_dealerships(text)]
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    made = generate_scrapes(dealerships=demo_dealerships(names, {}), first_day=yesterday, days=2, cars_per_day=400)
    for scrape in made:
        (folder / scrape.file_name).write_bytes(known_only(scrape))


def test_the_lineage_of_the_vehicles_shows_every_asset_materialised_with_its_checks(ui: str, browser: Chrome) -> None:
    from selenium.webdriver.common.by import By

    text_of(browser, ui, "Hide navigation")
    # The graph is then large enough to show the details of each asset.
    browser.find_element(By.XPATH, "//*[text()='Hide navigation']").click()
    shown = text_of(browser, ui + LINEAGE, *ASSETS, "40 partitions")
    assert shown.count("Materialized") >= 6
    assert "7 / 7 Passed" in shown
    png = browser.get_screenshot_as_png()
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.width >= 1500
        assert len(picture.convert("RGB").getcolors(maxcolors=1 << 24) or []) > 50
    if WRITE:
        write_small(png, project_root() / "docs" / "images" / "lineage.png")


def test_an_assets_page_shows_its_meaning_columns_counts_and_plot(ui: str, browser: Chrome) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    page = f"{ui}/assets/vehicles/normalized_vehicle_data"
    shown = text_of(browser, page, "one row a car and dealership", "vin_warnings", "cars taken by the rules")
    assert "agency-operations" in shown
    links = browser.find_elements(By.XPATH, "//*[contains(text(), 'Show Markdown')]")
    browser.execute_script("arguments[0].click()", links[0])
    loaded = "const i = document.querySelector('img[alt=\"inventory per dealership\"]'); return i ? i.naturalWidth : 0"
    assert WebDriverWait(browser, PATIENCE).until(lambda driver: driver.execute_script(loaded)) > 500


def test_a_dealerships_partition_shows_its_file_and_its_first_lines(ui: str, browser: Chrome) -> None:
    page = f"{ui}/assets/vehicles/dealership_exports?view=partitions&partition=Columbia%20BMW"
    shown = text_of(browser, page, "columbia_bmw_standard_", "vin,stock,year,make,model")
    assert "C:\\qr_codes\\columbia_bmw\\" in shown


def test_a_checks_page_says_what_was_counted_and_why_it_matters(ui: str, browser: Chrome) -> None:
    page = f"{ui}/assets/vehicles/raw_vehicle_data?view=checks&checkDetail=rows_are_conserved"
    shown = text_of(browser, page, "rows read in 2 files =", "A row that is neither is a car nobody prints")
    assert "blocking" in shown
