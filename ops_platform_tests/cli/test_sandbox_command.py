"""`ops sandbox` as a person starts it: a process of its own, found by the platform of its home, gone at its end."""

from __future__ import annotations

import io
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO

import httpx
import pytest
from PIL import Image

from ops_platform.adapters.petpooja import order_source
from ops_platform.adapters.sandbox_address import sandbox_of
from ops_platform.paths import project_root
from ops_platform.sandbox.request_log import FILE
from ops_platform.settings import Settings, load_settings
from ops_platform_tests.cli.ops_command import Ops
from ops_platform_tests.cli.running import free_port
from ops_platform_tests.patience import until
from ops_platform_tests.sandbox.parts import AT_ONCE

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


class Running:
    """A sandbox that was started, and what it printed."""

    def __init__(self, home: Path, process: subprocess.Popen[str], printed: IO[str]) -> None:
        self.home, self.process, self._printed = home, process, printed

    def said(self) -> str:
        return Path(self._printed.name).read_text(encoding="utf-8")

    @property
    def url(self) -> str:
        found = re.search(r"The sandbox is up: (http://127\.0\.0\.1:\d+)", self.said())
        assert found, self.said()
        return found[1]

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@contextmanager
def running(home: Path, *arguments: str) -> Iterator[Running]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / "printed.txt").open("w", encoding="utf-8") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops_platform", "sandbox", *arguments],
            stdout=printed,
            stderr=subprocess.STDOUT,
            text=True,
            env=Ops(home).env(),
            cwd=project_root(),
        )
        found = Running(home, process, printed)
        try:
            until("the sandbox is up", lambda: process.poll() is not None or "PETPOOJA__ACCESS_TOKEN" in found.said())
            yield found
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One that is up for the tests that only look at it."""
    with running(tmp_path_factory.mktemp("served")) as found:
        yield found


def settings_of(home: Path) -> Settings:
    return load_settings(env={"OPS_HOME": str(home)})


def test_the_platform_of_the_home_finds_it_and_reads_two_months_of_orders_up_to_now(served: Running) -> None:
    home = served.home
    before = len((home / "sandbox" / FILE).read_text(encoding="utf-8").splitlines())
    pages = list(order_source(settings_of(home), retry=AT_ONCE).new_orders(after=None, today=date(2026, 1, 3)))
    events = [event for page in pages for event in page.events]
    assert 4000 < len(events) < 8000
    ids = [event["stream_id"] for event in events]
    assert ids == sorted(ids)
    newest = max(datetime.fromisoformat(event["occurred_at"]) for event in events)
    assert newest <= datetime.now(UTC)
    assert (datetime.now(UTC) - newest).days <= 1
    lines = (home / "sandbox" / FILE).read_text(encoding="utf-8").splitlines()[before:]
    assert len(lines) == len(pages)
    assert {json.loads(line)["status"] for line in lines} == {200}
    assert f"OPS_RESTAURANT__STREAM__URL={served.url}/petpooja-stream" in served.said()


def test_it_listens_where_it_is_told_on_this_machine_only_and_ends_with_sigterm(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, "--port", str(port)) as sandbox:
        assert sandbox.url == f"http://127.0.0.1:{port}"
        assert httpx.get(sandbox.url, trust_env=False).status_code == 200
        assert httpx.get(sandbox.url, headers={"Host": "evil.example"}, trust_env=False).status_code == 400
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.2:{port}", trust_env=False)  # loopback too, but not the address it was given
        assert sandbox.end(signal.SIGTERM) == 143
    assert "Traceback" not in sandbox.said()
    assert not (tmp_path / "sandbox.json").exists()


def test_a_second_one_in_the_same_home_is_refused(served: Running) -> None:
    answer = Ops(served.home).run("sandbox", code=1)
    assert f"a sandbox runs already for {served.home}: {served.url}" in answer.err


def test_one_that_was_killed_is_not_in_the_way_and_ctrl_c_is_the_way_to_end_it(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.end(signal.SIGKILL)
    assert (tmp_path / "sandbox.json").exists()
    with running(tmp_path) as second:
        assert sandbox_of(tmp_path) is not None
        assert second.end(signal.SIGINT) == 0
    assert "The sandbox is stopped." in second.said()
    assert not (tmp_path / "sandbox.json").exists()


def test_a_taken_port_is_one_message(served: Running, tmp_path: Path) -> None:
    port = served.url.rpartition(":")[2]
    answer = Ops(tmp_path).run("sandbox", "--port", port, code=1)
    assert f"cannot listen on 127.0.0.1:{port}" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.browser
@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium or chromedriver is missing")
def test_its_page_shows_orders_requests_and_faults_in_a_browser(served: Running, tmp_path: Path) -> None:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1500,1250"):
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path / 'chromium'}")
    faults = f"{served.url}/_sandbox/faults"
    for kind in ("status", "short_body"):
        httpx.post(faults, json={"service": "petpooja-stream", "kind": kind, "after": 3}, trust_env=False)
    later = {"service": "petpooja", "kind": "latency", "seconds": 2, "times": None}
    httpx.post(faults, json=later, trust_env=False)
    list(order_source(settings_of(served.home), retry=AT_ONCE).new_orders(after=None, today=date(2026, 1, 3)))
    browser = webdriver.Chrome(service=Service(str(DRIVER)), options=options)
    try:
        browser.get(served.url)
        shown = str(browser.execute_script("return document.body.innerText"))
        width = browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
        png = browser.get_screenshot_as_png()
    finally:
        browser.quit()
    assert "The shop's order stream" in shown
    assert "PetPooja's orders API" in shown
    assert "GET /orders/?limit=500&cursor=0" in shown
    assert "200, cut off" in shown
    assert "0 of all" in shown
    assert width <= 0  # nothing is cut off at the side
    with Image.open(io.BytesIO(png)) as picture:
        assert len(picture.convert("RGB").getcolors(maxcolors=1 << 24) or []) > 50
