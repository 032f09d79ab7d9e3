"""The forms in a real browser: filled in by keyboard, errors announced, in a frame of the shop's page, on a phone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ops_platform.intake.server import running
from ops_platform.paths import project_root
from ops_platform.settings import load_settings
from ops_platform_tests.defs.webui import NEEDS_CHROMIUM, WRITE, chromium, write_small
from ops_platform_tests.intake.conftest import Served

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


def width(browser: Chrome, pixels: int) -> None:
    """A screen so wide."""
    metrics = {"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": pixels < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def wait(browser: Chrome, script: str) -> Any:
    """The first true answer of a script."""
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, 10, poll_frequency=0.05).until(
        lambda driver: driver.execute_script(f"return {script}")
    )


def test_a_request_is_filled_in_by_keyboard_corrected_and_sent(served: Served, browser: Chrome) -> None:
    from selenium.webdriver import ActionChains, Keys
    from selenium.webdriver.common.by import By

    width(browser, 1000)
    browser.get(f"{served.address}/design-request")
    keys = ActionChains(browser)
    # Brand, then field after field: the trap for programs is never stopped at.
    keys.send_keys(Keys.TAB, Keys.TAB, "Jane", Keys.TAB, "O'Hare", Keys.TAB, "jane@", Keys.TAB, "8285550142")
    keys.send_keys(Keys.TAB, Keys.SPACE, Keys.ENTER).perform()
    wait(browser, "document.activeElement.id === 'summary'")
    assert browser.title.startswith("Please check: ")
    email = browser.find_element(By.ID, "email")
    assert (email.get_attribute("value"), email.get_attribute("aria-invalid")) == ("jane@", "true")
    told = browser.find_element(By.ID, (email.get_attribute("aria-describedby") or "").strip())
    assert "name@example.com" in told.text
    browser.find_element(
        By.LINK_TEXT, "This does not look like an email address. It has the form name@example.com."
    ).click()
    wait(browser, "document.activeElement.id === 'email'")
    email.send_keys("jane@customers.com", Keys.ENTER)
    wait(browser, "document.body.innerText.includes('Thank you')")
    [row] = served.rows("leads")
    assert (row["email"], row["interested_in"]) == ("jane@customers.com", ["Landscape design"])
    browser.refresh()
    assert len(served.rows("leads")) == 1


@pytest.mark.parametrize("pixels", [320, 375, 1000])
@pytest.mark.parametrize("path", ["", "design-request", "back-in-stock?item=10093", "newsletter", "newsletter/thanks"])
def test_no_page_is_wider_than_the_screen_and_fields_are_large_enough_to_touch(
    served: Served, browser: Chrome, path: str, pixels: int
) -> None:
    width(browser, pixels)
    browser.get(f"{served.address}/{path}")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= pixels
    low = browser.execute_script(
        "return [...document.querySelectorAll('input:not([type=hidden]):not([tabindex]),button,.choice,a.go')]"
        ".filter(e => !e.closest('.choice') || e.matches('.choice'))"
        ".map(e => e.getBoundingClientRect().height).filter(h => h < 44).length"
    )
    assert low == 0


def test_nothing_is_refused_by_the_pages_own_policy(served: Served, browser: Chrome) -> None:
    browser.get_log("browser")
    browser.get(f"{served.address}/design-request")
    background = browser.execute_script("return getComputedStyle(document.querySelector('button')).backgroundColor")
    assert background == "rgb(36, 84, 58)"
    said = [entry["message"] for entry in browser.get_log("browser") if "favicon" not in entry["message"]]
    assert said == []


class ShopPage(BaseHTTPRequestHandler):
    """A page of the shop that shows a form in a frame, as the documentation says."""

    form = ""

    def do_GET(self) -> None:
        site = self.form.rpartition("/")[0]
        page = f"""<!doctype html><title>Shop</title>
            <iframe id="ops-form" src="{self.form}" title="Newsletter" style="width: 100%; height: 50px"></iframe>
            <script>addEventListener("message", function (event) {{
              var height = event.data && event.data["ops-intake-height"];
              if (event.origin === "{site}" && height) document.getElementById("ops-form").style.height = height + "px";
            }});</script>"""
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@contextmanager
def shop() -> Iterator[tuple[str, type[ShopPage]]]:
    """The shop's page, and where to say which form it shows."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), ShopPage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", ShopPage
    finally:
        server.shutdown()
        server.server_close()


def test_a_form_in_a_frame_of_the_shops_page_is_as_tall_as_it_needs_and_is_sent(
    served: Served, browser: Chrome, tmp_path: Path
) -> None:
    from selenium.webdriver.common.by import By

    width(browser, 1000)
    with shop() as (site, page):
        env = {"OPS_HOME": str(tmp_path / "home"), "OPS_INTAKE__FRAME_ANCESTORS": f'["{site}"]'}
        with running(served.db, load_settings(tmp_path, env)) as address:
            page.form = f"{address}/newsletter"
            browser.get(site)
            wait(browser, "document.getElementById('ops-form').offsetHeight > 250")
            browser.switch_to.frame("ops-form")
            assert not browser.find_element(By.CLASS_NAME, "brand").is_displayed()
            browser.find_element(By.ID, "email").send_keys("framed@customers.com")
            browser.find_element(By.TAG_NAME, "button").click()
            wait(browser, "document.body.innerText.includes('Welcome')")
            browser.switch_to.default_content()
    assert [row["email"] for row in served.rows("newsletter")] == ["framed@customers.com"]


def test_a_page_that_is_not_named_shows_no_form_in_its_frame(served: Served, browser: Chrome) -> None:
    with shop() as (site, page):
        page.form = f"{served.address}/newsletter"
        browser.get(site)
        browser.switch_to.frame("ops-form")
        assert "Sign me up" not in browser.page_source
        browser.switch_to.default_content()


@pytest.mark.skipif(not WRITE, reason="OPS_WRITE_SCREENSHOTS=1 renews the pictures of the documentation")
def test_the_pictures_of_the_documentation_are_made(served: Served, browser: Chrome) -> None:
    for pixels in (375, 1000):
        width(browser, pixels)
        browser.get(f"{served.address}/design-request")
        tall = browser.execute_script("return document.documentElement.scrollHeight")
        metrics = {"width": pixels, "height": min(tall, 1250), "deviceScaleFactor": 1, "mobile": pixels < 500}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        picture = project_root() / "docs" / "images" / f"intake_design_request_{pixels}.png"
        write_small(browser.get_screenshot_as_png(), picture)
