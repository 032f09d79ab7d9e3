"""Visiting a site with headless Chromium through Selenium, for pages that a script fills.

What belongs here: finding, starting and ending the browser, and what a visitor does: log in, look, turn the page. What
does not: what stands in the table. Each visit has a profile of its own in a temporary folder, so nothing is remembered.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psutil
from bs4 import BeautifulSoup

from ops_platform.adapters.site_visit import Accept, Errand, Result, SiteError, login_form, next_link, refused, too_many

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS: Final = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1280,1600",
)  # fmt: skip
_PROFILE: Final = re.compile(r"ops-chromium-(?P<pid>\d+)-[0-9a-f]{8}")
_POLL: Final = 0.1
_MARK: Final = "OPS_CHROMIUM_PROFILE"  # by which the driver is known again when its visitor was killed
_REPLACED: Final = "does not belong to the document"  # chromedriver's words in the moment of a page's change
_QUIET: Final = 0.4
"""Seconds in which a table that a script fills has grown no more."""

INSTALL: Final = (
    "Chromium and its driver are not installed. On Debian: sudo apt-get install chromium chromium-driver. A site "
    "whose table needs no script can be read without them: engine: http"
)

# At DEBUG it writes down every key that is typed, the password's too.
logging.getLogger("selenium").setLevel(logging.INFO)


class Programs(NamedTuple):
    """The browser and the program that drives it."""

    chromium: str
    driver: str


def find_chromium() -> Programs | None:
    """The browser of this machine; None when it or its driver is missing."""
    browser = next((path for path in map(shutil.which, _BROWSERS) if path), None)
    driver = shutil.which("chromedriver")
    return None if browser is None or driver is None else Programs(browser, driver)


def visit_by_browser(errand: Errand, accept: Accept[Result], *, sleep: Callable[[float], None] = time.sleep) -> Result:
    """Log in, read every page, and return what `accept` makes of them. Errors: SiteError."""
    from selenium.common.exceptions import WebDriverException  # noqa: PLC0415  # a third of a second, for visits only

    with chromium(timeout_seconds=errand.timeout_seconds) as driver:
        visitor = _Visitor(errand, driver, sleep)
        try:
            if errand.site.login is not None:
                visitor.log_in()
            pages = list(visitor.pages())
            try:
                return accept(pages)
            except ValueError as error:
                raise SiteError("layout", str(error)) from None
        except SiteError as error:
            error.page, error.picture = visitor.seen()
            raise
        except WebDriverException as error:
            page, picture = visitor.seen()
            raise SiteError("unreachable", _words(error, errand), page=page, picture=picture) from None


@contextmanager
def chromium(*, timeout_seconds: float = 30.0) -> Iterator[Chrome]:
    """Yield a browser with an empty profile; it ends with the block. Errors: SiteError (browser)."""
    from selenium import webdriver  # noqa: PLC0415
    from selenium.common.exceptions import WebDriverException  # noqa: PLC0415
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415

    found = find_chromium()
    if found is None:
        raise SiteError("browser", INSTALL)
    end_orphans()
    profile = Path(tempfile.gettempdir()) / f"ops-chromium-{os.getpid()}-{secrets.token_hex(4)}"
    options = webdriver.ChromeOptions()
    options.binary_location = found.chromium
    for flag in (*_FLAGS, f"--user-data-dir={profile}", *_as_root()):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download_restrictions": 3})  # nothing is saved on this machine
    try:
        profile.mkdir(mode=0o700)
        try:
            service = Service(found.driver, env={**os.environ, _MARK: str(profile)})
            driver = webdriver.Chrome(options=options, service=service)
        except (WebDriverException, OSError) as error:
            raise SiteError("browser", f"Chromium does not start: {_first_line(error)}") from None
        try:
            driver.set_page_load_timeout(timeout_seconds)
            yield driver
        finally:
            with contextlib.suppress(WebDriverException, OSError):
                driver.quit()
    finally:
        shutil.rmtree(profile, ignore_errors=True)


def end_orphans() -> int:
    """End browsers and drivers whose visitor was killed, and remove their profiles; return how many there were."""
    left = 0
    for profile in Path(tempfile.gettempdir()).glob("ops-chromium-*"):
        match = _PROFILE.fullmatch(profile.name)
        if match is None or _is_visiting(int(match["pid"]), profile):
            continue
        for process in _processes_of(profile):
            with contextlib.suppress(psutil.Error):
                process.kill()
        shutil.rmtree(profile, ignore_errors=True)
        left += 1
    return left


def _processes_of(profile: Path) -> list[psutil.Process]:
    """The browser of a profile with all its parts, and its driver, that run."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "environ", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        and (
            any(str(profile) in part for part in process.info["cmdline"] or ())
            or (process.info["environ"] or {}).get(_MARK) == str(profile)
        )
    ]


def _is_visiting(pid: int, profile: Path) -> bool:
    """Whether the process that made a profile still runs; its number may have been given to another one since."""
    try:
        visitor = psutil.Process(pid)
        return visitor.status() != psutil.STATUS_ZOMBIE and visitor.create_time() <= profile.stat().st_mtime + 1
    except (psutil.NoSuchProcess, OSError):
        return False
    except psutil.Error:
        return True


def _as_root() -> tuple[str, ...]:
    """Chromium refuses its own sandbox to root."""
    return ("--no-sandbox",) if os.name == "posix" and os.geteuid() == 0 else ()


class _Visitor:
    """What a person would do."""

    def __init__(self, errand: Errand, driver: Chrome, sleep: Callable[[float], None]) -> None:
        self._errand = errand
        self._site = errand.site
        self._driver = driver
        self._sleep = sleep

    def log_in(self) -> None:
        login = self._site.login
        assert login is not None
        self._driver.get(login.url)
        self._until(lambda: self._field(login.password_field))
        user, password = self._field(login.user_field), self._field(login.password_field)
        if user is None or password is None:
            raise SiteError(
                "login",
                f"there is no login form at {login.url} with the fields {login.user_field!r} and "
                f"{login.password_field!r}; set user_field and password_field",
            )
        user.clear()
        user.send_keys(login.user)
        password.clear()
        password.send_keys(self._errand.password)
        self._press(password, login.submit)
        self._until(lambda: not _is_shown(password))
        if login_form(self._page(), login) is not None:
            raise SiteError("login", refused(login))

    def pages(self) -> Iterator[str]:
        """The page of the table, and those its link leads on to."""
        self._sleep(self._errand.delay_seconds)
        self._driver.get(self._site.url)
        seen: set[str] = set()
        while True:
            self._settle(self._site.talk_rows(len(seen) + 1))
            page = self._page()
            login = self._site.login
            if login is not None and page.select_one(self._site.table) is None and login_form(page, login) is not None:
                raise SiteError("login", refused(login))
            shown = str(page.select_one(self._site.table))
            if shown in seen:  # the last page leads to itself
                return
            seen.add(shown)
            yield str(page)
            target = next_link(page, self._site.next)
            if target is None:
                return
            if len(seen) >= self._site.max_pages:
                raise SiteError("page", too_many(self._site))
            self._turn(shown)

    def seen(self) -> tuple[str | None, bytes | None]:
        """The page as it is now, without the password, and a picture of it."""
        page = picture = None
        with contextlib.suppress(Exception):  # the browser may be gone; the first error is the one that counts
            page = self._errand.without_password(self._driver.page_source)
            picture = self._driver.get_screenshot_as_png()
        return page, picture

    def _turn(self, shown: str) -> None:
        """Follow the link as a person does, and wait until the table is another one."""
        self._sleep(self._errand.delay_seconds)
        self._driver.find_element("css selector", self._site.next).click()
        self._until(lambda: str(self._page().select_one(self._site.table)) != shown)

    def _settle(self, talk: int) -> None:
        """Wait until the table is there and, where no `wait_for` says it, has stopped growing. talk: its rows of it."""
        if self._site.wait_for:
            if not self._until(lambda: self._driver.find_elements("css selector", self._site.wait_for)):
                raise SiteError("page", f"nothing on the page fits wait_for {self._site.wait_for!r}")
            return
        self._until(lambda: self._rows() > talk + 1 or self._is_login())
        rows, since = self._rows(), time.monotonic()
        deadline = since + self._errand.timeout_seconds
        while time.monotonic() - since < _QUIET and time.monotonic() < deadline:
            time.sleep(_POLL)
            if self._rows() != rows:
                rows, since = self._rows(), time.monotonic()

    def _rows(self) -> int:
        return len(self._driver.find_elements("css selector", f":is({self._site.table}) tr"))

    def _is_login(self) -> bool:
        login = self._site.login
        return login is not None and self._field(login.password_field) is not None

    def _field(self, name: str) -> WebElement | None:
        found = self._driver.find_elements("name", name) or self._driver.find_elements("id", name)
        return found[0] if found else None

    def _press(self, password: WebElement, submit: str) -> None:
        usual = "button[type=submit], input[type=submit], button:not([type])"
        form = password.find_elements("xpath", "ancestor::form")
        places: Any = self._driver if submit or not form else form[0]
        buttons = places.find_elements("css selector", submit or usual)
        if buttons:
            buttons[0].click()
        else:
            password.submit()

    def _page(self) -> BeautifulSoup:
        return BeautifulSoup(self._driver.page_source, "lxml")

    def _until(self, holds: Callable[[], Any]) -> bool:
        """Wait for something; whether it came in time. What comes and goes while a page loads counts as not yet."""
        deadline = time.monotonic() + self._errand.timeout_seconds
        while True:
            with _coming_and_going():
                if holds():
                    return True
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)


def _is_shown(element: WebElement) -> bool:
    with _coming_and_going():
        return element.is_displayed()
    return False  # the page it was on is gone


@contextmanager
def _coming_and_going() -> Iterator[None]:
    """Pass over what a driver says of an element whose page is just being replaced."""
    from selenium.common.exceptions import (  # noqa: PLC0415
        NoSuchElementException,
        StaleElementReferenceException,
        WebDriverException,
    )

    try:
        yield
    except (StaleElementReferenceException, NoSuchElementException):
        pass
    except WebDriverException as error:
        if _REPLACED not in str(error.msg):
            raise


def _words(error: Exception, errand: Errand) -> str:
    return f"{errand.site.url}: {errand.without_password(_first_line(error))}"


def _first_line(error: Exception) -> str:
    """The reason without the stack of the driver's own program."""
    lines = str(getattr(error, "msg", None) or error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:300]
