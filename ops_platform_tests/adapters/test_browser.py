"""Visiting the competitor of the sandbox with Chromium: what a script brings, and what is left of a browser that was
killed."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webelement import WebElement

from ops_platform.adapters import browser
from ops_platform.adapters.browser import INSTALL, end_orphans, find_chromium, visit_by_browser
from ops_platform.adapters.site_visit import Errand, SiteError
from ops_platform.retail.scraping import Read, read_pages
from ops_platform.sandbox.competitor import CompetitorSandbox, competitor_service, invented_rows
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.settings_retail_outside import LoginSettings, SiteSettings
from ops_platform_tests.adapters.postgres.processes import is_running
from ops_platform_tests.patience import until

PASSWORD = "canary-pass<word>"
NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="chromium or chromedriver is missing"),
]


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    state = CompetitorSandbox(invented_rows(), password=PASSWORD)
    with running_sandbox([competitor_service(state)]) as sandbox:
        yield sandbox


def visit(served: Sandbox, page: str, *, password: str = PASSWORD, **values: object) -> Read:
    base = f"{served.url}/competitor"
    site = SiteSettings(
        url=f"{base}/{page}",
        login=LoginSettings(url=f"{base}/login", user="buyer"),
        table="#availability",
        drop_rows=2,
        **values,  # type: ignore[arg-type]
    )
    errand = Errand(site, password, timeout_seconds=10, delay_seconds=0)
    return visit_by_browser(errand, lambda pages: read_pages("g", pages, site))


@pytest.fixture(autouse=True)
def _own_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Else a browser that another test starts at the same time would end the orphans of this one's, and be counted."""
    with tempfile.TemporaryDirectory(prefix="ops-web-") as folder:  # pytest's own names are too long for sockets
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield


class TestWithChromium:
    pytestmark = NEEDS_CHROMIUM

    def test_a_table_that_a_script_fills_is_read_behind_the_login(self, served: Sandbox) -> None:
        before = set(_profiles())
        found = visit(served, "availability-js")
        assert found.rows["price_raw"].tolist() == [row[3] for row in invented_rows()]
        assert set(_profiles()) <= before  # nothing is left of the visit

    def test_links_to_further_pages_are_clicked(self, served: Sandbox) -> None:
        found = visit(served, "availability-pages", next="a.next")
        assert found.rows["name"].tolist() == [row[0] for row in invented_rows()]

    def test_a_refused_login_is_told_with_a_picture_and_without_the_password(
        self, served: Sandbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        with pytest.raises(SiteError, match="login refused") as told:
            visit(served, "availability", password="canary-wrong")
        assert told.value.picture is not None
        assert told.value.picture.startswith(b"\x89PNG")
        assert told.value.page is not None
        assert "Wholesale login" in told.value.page
        assert "canary" not in " ".join([str(told.value), told.value.page, caplog.text])

    def test_a_browser_whose_visitor_was_killed_is_ended_by_the_next_visit(self) -> None:
        code = (
            "import os, sys\nfrom ops_platform.adapters.browser import chromium\n"
            "with chromium():\n    print('ready', flush=True)\n    sys.stdin.read()"
        )
        child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        [driver] = psutil.Process(child.pid).children()
        child.kill()
        child.communicate()
        profiles = [path for path in _profiles() if path.name.startswith(f"ops-chromium-{child.pid}-")]
        assert len(profiles) == 1
        assert _browsers(profiles[0])
        assert is_running(driver.pid)
        assert end_orphans() >= 1
        until("browser and driver are gone", lambda: not (_browsers(profiles[0]) or is_running(driver.pid)), seconds=5)
        assert not profiles[0].exists()


class Replaced(WebElement):
    """An element, and what the driver says when it is asked for."""

    def __init__(self, words: str) -> None:
        super().__init__(None, "element")
        self.words = words

    def is_displayed(self) -> bool:
        raise WebDriverException(f'unknown error: unhandled inspector error: {{"message":"{self.words}"}}')


def test_an_element_whose_page_is_just_being_replaced_is_gone_and_no_failure() -> None:
    assert not browser._is_shown(Replaced("Node with given id does not belong to the document"))
    with pytest.raises(WebDriverException):
        browser._is_shown(Replaced("the tab crashed"))


def _profiles() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("ops-chromium-*"))


def _browsers(profile: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(
            str(profile) in part for part in process.info["cmdline"] or ()
        ):
            found.append(process)
    return found


def test_without_chromium_it_says_how_to_install_it(served: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    assert find_chromium() is None
    with pytest.raises(SiteError, match="apt-get install chromium chromium-driver") as told:
        visit(served, "availability")
    assert (told.value.kind, str(told.value)) == ("browser", INSTALL)


def test_the_library_that_drives_it_writes_no_keys_down() -> None:
    assert browser.logging.getLogger("selenium").level >= logging.INFO


def test_a_profile_of_a_visitor_that_lives_is_left_alone() -> None:
    profile = Path(tempfile.mkdtemp(prefix=f"ops-chromium-{os.getpid()}-"))
    ours = profile.with_name(f"ops-chromium-{os.getpid()}-0123abcd")
    profile.rename(ours)
    try:
        end_orphans()
        assert ours.exists()
    finally:
        ours.rmdir()
