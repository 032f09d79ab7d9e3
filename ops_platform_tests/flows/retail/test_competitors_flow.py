"""Competitors' lists from the sandbox's site to files and history: days, failures, a person's word. Two engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters import browser
from ops_platform.adapters.browser import find_chromium
from ops_platform.adapters.sandbox_address import COMPETITOR_USER, SANDBOX_KEY
from ops_platform.flows.retail.accepted_lists import accept_list
from ops_platform.flows.retail.competitors import failures_folder
from ops_platform.flows.retail.decisions import DecisionError
from ops_platform.flows.retail.demo_lists import remember_list
from ops_platform.flows.retail.runner import Outcome, Run
from ops_platform.sandbox.competitor import CompetitorSandbox, competitor_service, invented_rows
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform_tests.flows.retail.outside import EVENING, ZONE, World, world

DAY = timedelta(days=1)
NAME = "competitor_prices"


class Growing(CompetitorSandbox):
    """A competitor whose list a test changes."""

    def __init__(self) -> None:
        super().__init__(invented_rows())
        self.now = invented_rows()

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        return self.now


@dataclass
class Market:
    """A platform and its competitor."""

    world: World
    sandbox: Sandbox
    site: Growing

    def run(self, **values: Any) -> Outcome:
        return self.world.run(NAME, **values)

    def visits(self) -> list[tuple[str, str, int]]:
        return [
            (row["site"], row["status"], row["rows"])
            for row in self.world.rows("SELECT site, status, rows FROM retail.scrapes ORDER BY scrape_id")
        ]

    def fault(self, kind: str, path: str = "/availability", **values: Any) -> None:
        self.sandbox.faults.add("competitor", kind, path=path, **{"times": None, **values})

    def live(self, **sites: dict[str, Any]) -> None:
        """The site as a person sets it. Each value changes what is usual."""
        base = f"{self.sandbox.url}/competitor"
        usual = {
            "url": f"{base}/availability",
            "login": {"url": f"{base}/login", "user": COMPETITOR_USER},
            "table": "#availability",
            "drop_rows": 2,
        }
        passwords = {name: values.pop("password", SANDBOX_KEY) for name, values in sites.items()}
        self.world.use(scraping__mode="live", scraping__delay_seconds=0, scraping__timeout_seconds=10)
        self.world.use(scraping__sites={name: {**usual, **values} for name, values in sites.items()})
        self.world.use(scraping__passwords=passwords)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, Growing]]:
    site = Growing()
    with running_sandbox([competitor_service(site)]) as sandbox:
        yield sandbox, site


@pytest.fixture
def market(database_url: str, tmp_path: Path, served: tuple[Sandbox, Growing]) -> Iterator[Market]:
    sandbox, site = served
    site.now = invented_rows()
    with world(database_url, tmp_path, sandbox.url) as made:
        made.use(scraping__engine="http")
        yield Market(made, sandbox, site)
    sandbox.faults.switch_off()


def test_a_list_is_kept_as_files_and_as_history(market: Market) -> None:
    outcome = market.run()
    assert (outcome.status, outcome.error) == ("applied", None)
    assert sorted(market.world.exports()) == [
        f"competitors/laurel_ridge/laurel_ridge_{name}.csv" for name in ("2026-05-14", "latest")
    ]
    assert market.visits() == [("laurel_ridge", "accepted", 60)]
    kept = market.world.rows("SELECT name, size, available, price, price_raw FROM retail.scraped_rows ORDER BY place")
    assert [(row["name"], row["size"], row["price_raw"]) for row in kept] == [
        (name, size, price) for name, _, size, price in invented_rows()
    ]
    assert {row["price"] is None for row in kept if row["price_raw"] == "call"} == {True}
    view = market.world.rows("SELECT DISTINCT site, scraped_on FROM retail.competitor_prices")
    assert [(row["site"], str(row["scraped_on"])) for row in view] == [("laurel_ridge", "2026-05-14")]


def test_the_next_day_tells_what_changed_and_a_second_run_tells_the_same(market: Market) -> None:
    market.run()
    plant, number, size, _ = market.site.now[0]
    market.site.now = [(plant, number, size, "$99.90"), *market.site.now[2:], ("Zinnia", "3", "1 gal", "$5")]
    outcome = market.run(as_of=EVENING + DAY)
    assert {name: outcome.plan.figures[name] for name in ("dearer", "new", "gone")} == {
        "dearer": 1,
        "new": 1,
        "gone": 1,
    }
    name = "competitors/laurel_ridge/laurel_ridge_price_changes_2026-05-15.csv"
    first = market.world.exports()[name]
    assert [line.split(",")[0] for line in first.splitlines()] == ["what", "dearer", "new", "gone"]
    again = market.run(as_of=EVENING + DAY)
    assert market.world.exports()[name] == first
    assert {file.name: file.status for file in again.files}[name] == "unchanged"
    days = market.world.rows("SELECT DISTINCT scraped_on FROM retail.competitor_prices")
    assert len(days) == 2  # of a day that was read twice the last list counts


def test_half_a_list_is_held_and_the_latest_stays_until_a_person_says_it_is_right(market: Market) -> None:
    market.run()
    before = market.world.exports()
    market.site.now = market.site.now[:20]
    held = market.run(as_of=EVENING + DAY)
    assert held.plan.notes["code"].tolist() == ["list_held"]
    assert market.world.exports() == before
    assert market.visits()[-1] == ("laurel_ridge", "held", 20)

    market.run(as_of=EVENING + DAY)  # it is measured on the list that counts, not on the held one
    assert market.visits()[-1] == ("laurel_ridge", "held", 20)
    with market.world.systems() as systems:
        accept_list(market.world.db, systems, "laurel_ridge", who="ann", run=Run(EVENING + 2 * DAY))
        with pytest.raises(DecisionError, match="its newest list is accepted"):
            accept_list(market.world.db, systems, "laurel_ridge", who="ann", run=Run(EVENING + 2 * DAY))
        with pytest.raises(DecisionError, match=r"it was never read. Sites that were read: laurel_ridge"):
            accept_list(market.world.db, systems, "other", who="ann", run=Run(EVENING + 2 * DAY))
    files = market.world.exports()
    assert len(files["competitors/laurel_ridge/laurel_ridge_latest.csv"].splitlines()) == 21
    assert len(files["competitors/laurel_ridge/laurel_ridge_price_changes_2026-05-15.csv"].splitlines()) == 41
    assert market.run(as_of=EVENING + 2 * DAY).plan.notes["code"].tolist() == []


@pytest.mark.parametrize("fault", ["empty_table", "no_table", "renamed_column", "half_table"])
def test_whatever_is_wrong_with_a_page_the_latest_list_stays(market: Market, fault: str) -> None:
    market.run()
    before = market.world.exports()
    market.fault(fault)
    market.world.use(scraping__min_share_of_last=0.6)
    outcome = market.run(as_of=EVENING + DAY)
    assert market.world.exports() == before
    assert market.visits()[-1][1] == ("held" if fault in ("empty_table", "half_table") else "failed")
    if fault == "renamed_column":
        assert outcome.status == "failed"
        assert "'Price'" in str(outcome.error)
        assert "Cost" in str(outcome.error)


def test_a_wrong_password_is_login_refused_and_shown_nowhere(market: Market, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    market.live(laurel={"password": "canary-secret"})
    outcome = market.run()
    assert outcome.status == "failed"
    assert "login refused" in str(outcome.error)
    assert market.world.exports() == {}
    assert market.visits() == [("laurel", "failed", 0)]
    kept = list(failures_folder(market.world.settings.home, "laurel").iterdir())
    assert [file.suffix for file in kept] == [".html"]
    assert kept[0].stat().st_mode & 0o077 == 0
    everything = caplog.text + str(outcome) + kept[0].read_text()
    for table in ("retail.scrapes", "retail.automation_runs", "retail.published_files"):
        everything += json.dumps(market.world.rows(f"SELECT * FROM {table}"), default=str)
    assert "canary-secret" not in everything
    assert str(kept[0]) in market.world.rows("SELECT detail FROM retail.scrapes")[0]["detail"]


def test_one_bad_site_never_stops_the_others(market: Market) -> None:
    market.live(bad={"url": f"{market.sandbox.url}/competitor/nothing"}, good={}, wrong={"password": "no"})
    outcome = market.run()
    assert outcome.status == "applied"
    assert {site: status for site, status, _ in market.visits()} == {
        "bad": "failed", "good": "accepted", "wrong": "failed",
    }  # fmt: skip
    assert [failure.partition(":")[0] for failure in outcome.plan.failures] == ["bad", "wrong"]
    assert {name.split("/")[1] for name in market.world.exports()} == {"good"}


def test_only_the_newest_failures_are_kept(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    market.world.use(scraping__keep_failures=2)
    folder = failures_folder(market.world.settings.home, "laurel_ridge")
    folder.mkdir(parents=True)
    for old in ("2026-01-01_000000", "2026-01-02_000000"):
        (folder / f"{old}.html").write_text("")
        (folder / f"{old}.png").write_text("")
    market.fault("no_table")
    market.run()
    assert sorted({file.stem for file in folder.iterdir()})[0] == "2026-01-02_000000"
    assert len({file.stem for file in folder.iterdir()}) == 2


def test_lists_of_the_invented_competitor_are_never_compared_with_real_ones(market: Market) -> None:
    market.run()
    market.live(laurel_ridge={})
    market.site.now = market.site.now[:10]
    assert market.run(as_of=EVENING + DAY).plan.notes["code"].tolist() == []
    assert [row["is_sandbox"] for row in market.world.rows("SELECT is_sandbox FROM retail.scrapes ORDER BY 1")] == [
        False, True,
    ]  # fmt: skip
    assert len(market.world.rows("SELECT * FROM retail.competitor_prices")) == 10


def test_a_dry_run_reads_and_keeps_nothing(market: Market) -> None:
    outcome = market.run(apply=False)
    assert len(outcome.plan.files) == 2
    assert (market.visits(), market.world.exports()) == ([], {})


def test_without_a_sandbox_it_says_so(market: Market) -> None:
    market.world.sandbox_url = None
    outcome = market.run()
    assert outcome.status == "failed"
    assert "no connection" in str(outcome.error)


def test_without_chromium_the_invented_competitor_is_read_all_the_same(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    market.world.use(scraping__engine="browser")
    outcome = market.run()
    assert outcome.plan.notes["code"].tolist() == ["http_instead_of_browser"]
    assert market.world.rows("SELECT engine FROM retail.scrapes") == [{"engine": "http"}]
    market.live(laurel={})
    failed = market.run()
    assert browser.INSTALL in str(failed.error)


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="chromium or chromedriver is missing")
def test_a_visit_by_chromium_that_fails_keeps_the_page_and_a_picture_of_it(market: Market) -> None:
    market.live(wrong={"engine": "browser", "columns": {"name": "Name", "price": "Cost"}, "key": ["name"]})
    outcome = market.run()
    assert market.world.rows("SELECT engine, status FROM retail.scrapes") == [{"engine": "browser", "status": "failed"}]
    assert "'Cost' is not in the table" in outcome.plan.failures[0]
    kept = {file.suffix: file for file in failures_folder(market.world.settings.home, "wrong").iterdir()}
    assert sorted(kept) == [".html", ".png"]
    assert kept[".png"].read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("to", [[], ["buyer@store.example"]])
def test_a_mail_about_changes_goes_once_a_day_to_those_who_are_named(
    market: Market, to: list[str], tmp_path: Path
) -> None:
    market.world.use(scraping__mail_to=to)
    market.run()
    market.site.now = market.site.now[:50]
    for _ in range(2):
        market.run(as_of=EVENING + DAY)
    recorded = market.world.rows("SELECT key, kind, content FROM ops.effects")
    assert [row["key"] for row in recorded] == ["report/competitor_prices/2026-05-15/laurel_ridge"] * len(to)
    if to:
        assert b"Competitors" in bytes(recorded[0]["content"])
        assert b"laurel_ridge_price_changes_2026-05-15.csv" in bytes(recorded[0]["content"])


def test_what_a_site_changed_that_could_only_be_read_later_stands_in_a_second_mail(market: Market) -> None:
    market.live(early={}, late={})
    market.world.use(scraping__mail_to=["buyer@store.example"])
    market.run()
    market.site.now = market.site.now[:50]
    market.live(early={}, late={"password": "changed meanwhile"})
    market.run(as_of=EVENING + DAY)
    market.live(early={}, late={})
    for _ in range(2):
        market.run(as_of=EVENING + DAY)
    recorded = market.world.rows("SELECT key, payload FROM ops.effects ORDER BY effect_id")
    assert [row["key"].rpartition("/")[2] for row in recorded] == ["early", "late"]
    assert [[site["name"] for site in row["payload"]["context"]["sites"]] for row in recorded] == [["early"], ["late"]]


def test_a_demo_has_the_day_before_to_compare_with_once(market: Market) -> None:
    assert remember_list(market.world.db, EVENING.date() - DAY, ZONE)
    market.site.now = invented_rows(EVENING.date())
    outcome = market.run()
    assert outcome.plan.figures["dearer"] + outcome.plan.figures["cheaper"] > 0
    assert any("price_changes" in name for name in market.world.exports())
    assert not remember_list(market.world.db, EVENING.date() - DAY, ZONE)
