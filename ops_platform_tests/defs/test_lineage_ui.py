"""The real UI in Chromium on a real Dagster storage: what a new user sees after the demo.

OPS_WRITE_SCREENSHOTS=1 writes docs/images/lineage.png, the picture of the README.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

import dagster as dg
import psutil
import pytest
from PIL import Image

from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.adapters.postgres.urls import Urls
from ops_platform.dagster_instance.environment import dagster_environment
from ops_platform.defs.run import materialize_daily
from ops_platform.paths import project_root
from ops_platform.settings import settings
from ops_platform.vehicles.dealerships import SHIPPED_FILE, SHIPPED_PACKAGE, load_dealerships
from ops_platform.vehicles.demo_data import demo_dealerships, generate_scrapes
from ops_platform_tests.cli.running import free_port
from ops_platform_tests.defs.conftest import known_only, platform

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

# Read now: tests run without any OPS_ variable of the machine.
WRITE = os.environ.get("OPS_WRITE_SCREENSHOTS") == "1"
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
PATIENCE = 120
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

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER),
        reason="chromium or chromedriver is missing: sudo apt-get install -y chromium chromium-driver",
    ),
]


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory, pg_server: EmbeddedPostgres, database_url: str) -> Iterator[str]:
    """The address of the UI of a platform that has done a day's work."""
    name = f"{database_url.rpartition('/')[2]}_dagster"
    urls = Urls(ops=database_url, dagster=pg_server.create_database(name), counterpoint=database_url)
    with platform(tmp_path_factory.mktemp("home"), database_url) as found, pytest.MonkeyPatch.context() as patch:
        for variable, value in dagster_environment(found, urls).items():
            patch.setenv(variable, value)
        settings.cache_clear()
        put_two_days(found.vehicles.imports_dir)
        with dg.DagsterInstance.get() as instance:
            assert materialize_daily(instance).success
        with webserver() as address:
            yield address
    pg_server.drop_database(name)


def put_two_days(folder: Path) -> None:
    """Yesterday and today of all 40 dealerships, some 400 cars a day."""
    text = resources.files(SHIPPED_PACKAGE).joinpath(SHIPPED_FILE).read_text("utf-8")
    names = [dealership.name for dealership in load_dealerships(text)]
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    made = generate_scrapes(dealerships=demo_dealerships(names, {}), first_day=yesterday, days=2, cars_per_day=400)
    for scrape in made:
        (folder / scrape.file_name).write_bytes(known_only(scrape))


@contextmanager
def webserver() -> Iterator[str]:
    """Dagster's webserver on the checkout's workspace, with the environment of this process."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("dagster-webserver")), "-w", "workspace.yaml", "-p", str(port)]
    log = Path(os.environ["DAGSTER_HOME"]) / "webserver.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=project_root(), stdout=output, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, process, log)
            yield address
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End the webserver and its code server, which outlives it by a moment."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return
    process.terminate()
    process.wait(30)
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.kill()


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/server_info", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.3)
    pytest.fail(f"the webserver did not answer:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Chromium without a window, with a profile of its own."""
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1800,800",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(flag)
    driver = webdriver.Chrome(service=Service(str(DRIVER)), options=options)
    try:
        yield driver
    finally:
        driver.quit()


def text_of(browser: Chrome, address: str, *expected: str) -> str:
    """Open a page, wait until it shows everything that is expected, and return its text."""
    from selenium.common.exceptions import TimeoutException
    from selenium.webdriver.support.ui import WebDriverWait

    def text(driver: Chrome) -> str:
        return str(driver.execute_script("return document.body.innerText"))

    browser.get(address)
    try:
        WebDriverWait(browser, PATIENCE).until(lambda driver: all(part in text(driver) for part in expected))
    except TimeoutException:
        missing = [part for part in expected if part not in text(browser)]
        pytest.fail(f"{address} does not show {missing}. It shows:\n{text(browser)[:2000]}")
    return text(browser)


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


def write_small(png: bytes, file: Path) -> None:
    """A screenshot has few colours; a palette makes it a third as large."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(128).save(file, optimize=True)


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
