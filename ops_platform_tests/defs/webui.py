"""Dagster's own webserver on this checkout, and Chromium to look at it: what tests of the UI share."""

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
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

import psutil
import pytest
from PIL import Image

from ops_platform.paths import project_root
from ops_platform_tests.cli.running import free_port

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

# Read now: tests run without any OPS_ variable of the machine.
WRITE = os.environ.get("OPS_WRITE_SCREENSHOTS") == "1"
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
PATIENCE = 120
NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER),
        reason="chromium or chromedriver is missing: sudo apt-get install -y chromium chromium-driver",
    ),
]


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


@contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
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
        f"--user-data-dir={profile}",
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


def write_small(png: bytes, file: Path) -> None:
    """A screenshot has few colours; a palette makes it a third as large."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(128).save(file, optimize=True)
