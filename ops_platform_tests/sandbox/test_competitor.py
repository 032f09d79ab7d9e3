"""The competitor's site: a login that can be wrong, a table that can change, a table only a browser sees."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import pytest
from bs4 import BeautifulSoup

from ops_platform.sandbox.competitor import COLUMNS, CompetitorSandbox, competitor_service, invented_rows
from ops_platform.sandbox.server import Sandbox, running_sandbox

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ROWS = [("Acer <i>", "1,200", "1 gal", "$1,234.50"), ("Buxus", "0", "3 gal", "call")]


class Visit:
    """A visitor of the site of one test."""

    def __init__(self, sandbox: Sandbox, state: CompetitorSandbox) -> None:
        self.sandbox, self.state = sandbox, state
        self.client = httpx.Client(
            base_url=f"{sandbox.url}/competitor", follow_redirects=True, trust_env=False, timeout=10
        )

    def log_in(self, password: str = "sandbox", token: str | None = None) -> httpx.Response:
        page = BeautifulSoup(self.client.get("/login").text, "lxml")
        hidden = page.select_one("input[name=token]")
        assert hidden is not None
        given = {"username": self.state.user, "password": password, "token": token or str(hidden["value"])}
        return self.client.post("/login", data=given)


@pytest.fixture
def visit() -> Iterator[Visit]:
    state = CompetitorSandbox(ROWS)
    with running_sandbox([competitor_service(state)]) as sandbox:
        found = Visit(sandbox, state)
        with found.client:
            yield found


def table(page: str) -> tuple[list[str], list[list[str]]]:
    lines = BeautifulSoup(page, "lxml").select("#availability tr")
    cells = [[cell.get_text() for cell in line.select("th, td")] for line in lines]
    return cells[0], cells[1:]


def test_behind_the_login_is_a_table_with_two_lines_of_talk_first(visit: Visit) -> None:
    answer = visit.log_in()
    assert answer.url.path == "/competitor/availability"
    columns, rows = table(answer.text)
    assert columns == list(COLUMNS)
    assert [len(row) for row in rows[:2]] == [1, 1]
    assert [tuple(row) for row in rows[2:]] == ROWS


@pytest.mark.parametrize("wrong", [{"password": "x"}, {"token": "stale"}])
def test_a_wrong_login_gets_the_form_again_with_200(visit: Visit, wrong: dict[str, str]) -> None:
    answer = visit.log_in(**wrong)
    assert (answer.status_code, answer.url.path) == (200, "/competitor/login")
    assert "is not right" in answer.text
    assert visit.client.get("/availability").url.path == "/competitor/login"
    assert visit.client.get("/availability.json").status_code == 401


def test_the_faults_of_its_own(visit: Visit) -> None:
    visit.log_in()
    faults = visit.sandbox.faults
    faults.add("competitor", "renamed_column", message="Your cost")
    assert table(visit.client.get("/availability").text)[0] == ["Name", "Available", "Size", "Your cost"]
    faults.add("competitor", "empty_table")
    assert len(table(visit.client.get("/availability").text)[1]) == 2
    faults.add("competitor", "half_table")
    assert len(table(visit.client.get("/availability").text)[1]) == 3
    faults.add("competitor", "no_table")
    assert "<table" not in visit.client.get("/availability").text


def test_invented_rows_are_the_same_each_time_and_hold_what_makes_reading_hard() -> None:
    rows = invented_rows()
    assert rows == invented_rows()
    assert len(rows) == len(set(rows)) == 60
    prices = {row[3] for row in rows}
    assert "call" in prices
    assert any("," in price for price in prices)
    assert any("," in row[1] for row in rows)


def test_the_page_of_the_script_holds_no_rows_for_a_reader_without_one(visit: Visit) -> None:
    visit.log_in()
    assert len(table(visit.client.get("/availability-js").text)[1]) == 2


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason="no Chromium and chromedriver here")
def test_a_browser_sees_the_rows_that_the_script_brings(visit: Visit) -> None:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    options = webdriver.ChromeOptions()
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        browser.get(f"{visit.sandbox.url}/competitor/login")
        browser.find_element(By.ID, "username").send_keys(visit.state.user)
        browser.find_element(By.ID, "password").send_keys(visit.state.password)
        browser.find_element(By.ID, "submit").click()
        WebDriverWait(browser, 30).until(lambda each: not each.current_url.endswith("/login"))  # it asks no other page
        browser.get(f"{visit.sandbox.url}/competitor/availability-js")
        WebDriverWait(browser, 30).until(lambda each: each.find_elements(By.CSS_SELECTOR, "[data-ready=yes]"))
        _, rows = table(browser.page_source)
    finally:
        browser.quit()
    assert [tuple(row) for row in rows[2:]] == ROWS


def test_a_long_list_stands_on_several_pages_with_a_link_to_the_next() -> None:
    rows = [(f"Plant {number}", "1", "1 gal", "$5") for number in range(60)]
    with running_sandbox([competitor_service(CompetitorSandbox(rows))]) as sandbox:
        found = Visit(sandbox, CompetitorSandbox(rows))
        with found.client:
            found.log_in()
            address, names = "/availability-pages", list[str]()
            for _ in range(3):
                page = found.client.get(address).text
                names += [row[0] for row in table(page)[1][2:]]
                link = BeautifulSoup(page, "lxml").select_one("a.next")
                address = f"/availability-pages{link['href']}" if link else ""
    assert (names, address) == ([row[0] for row in rows], "")


def test_prices_move_from_day_to_day_and_stay_for_the_day() -> None:
    day = date(2026, 5, 14)
    first, second = invented_rows(day), invented_rows(day + timedelta(days=1))
    assert invented_rows(day) == first
    assert len(first) == len(second) == 59
    before = {(row[0], row[2]): row[3] for row in first}
    moved = [row for row in second if before.get((row[0], row[2]), row[3]) != row[3]]
    assert 5 <= len(moved) <= 40
    state = CompetitorSandbox(today=lambda: day)
    assert state.rows == first
