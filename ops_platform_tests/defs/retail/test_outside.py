"""The world around the store as Dagster shows it: internet, competitors, backups; every check fails when it has to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.sandbox_address import announced
from ops_platform.definitions import defs
from ops_platform.defs.retail import keys
from ops_platform.defs.retail.checks import of_run, of_store
from ops_platform.defs.run import DailyResult, materialize_retail
from ops_platform.retail.registry import by_name
from ops_platform.sandbox.competitor import CompetitorSandbox, competitor_service
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.settings import settings
from ops_platform_tests.defs.conftest import platform
from ops_platform_tests.defs.retail.conftest import plain
from ops_platform_tests.defs.retail.test_checks import complains
from ops_platform_tests.flows.effects.conftest import forget
from ops_platform_tests.flows.retail.conftest import TABLES
from ops_platform_tests.flows.retail.outside import EVENING, OUTSIDE

TAGS = {"ops/as_of": EVENING.isoformat()}
AUTOMATIONS = ("internet", "competitor_prices", "backups")


@dataclass
class Outside:
    """A platform without a store: the sandbox has a competitor, and the point of sale has no tables."""

    db: Database
    sandbox: Sandbox
    root: Path
    patch: pytest.MonkeyPatch
    instance: dg.DagsterInstance = field(default_factory=dg.DagsterInstance.ephemeral)

    def use(self, **values: str) -> None:
        for name, text in values.items():
            self.patch.setenv(f"OPS_RETAIL__{name.upper()}", text)
        settings.cache_clear()

    def run(self, *names: str) -> DailyResult:
        return materialize_retail(self.instance, *(names or AUTOMATIONS), tags=TAGS)

    def told(self, name: str) -> dict[str, Any]:
        event = self.instance.get_latest_materialization_event(keys.of_automation(by_name(name)))
        assert event is not None
        assert event.asset_materialization is not None
        return plain(event.asset_materialization.metadata)


@pytest.fixture
def outside(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    home = tmp_path / "home"
    db = Database(database_url)
    db.execute(f"TRUNCATE {TABLES}, {OUTSIDE} RESTART IDENTITY CASCADE")
    forget(db)
    with (
        platform(home, database_url),
        running_sandbox([competitor_service(CompetitorSandbox())]) as sandbox,
        announced(home, sandbox.url),
        dg.DagsterInstance.ephemeral() as instance,
    ):
        made = Outside(db, sandbox, tmp_path, monkeypatch, instance)
        made.use(scraping__engine="http", backups__min_free_mb="0", backups__test_restore_days="0")
        yield made
    db.close()


def test_all_three_work_without_a_point_of_sale_and_say_what_they_did(outside: Outside) -> None:
    done = outside.run()
    assert (done.success, done.failed_assets) == (True, [])
    # Copies beside the platform are better than none, and are told; everything else passes.
    assert done.warned_checks == ["retail/backups: backups_lie_off_site"]
    assert done.failed_checks == []
    assert outside.told("internet")["reached"] == 1
    prices = outside.told("competitor_prices")
    assert [file["name"] for file in prices["files"]] == [
        f"competitors/laurel_ridge/laurel_ridge_{which}.csv" for which in ("2026-05-14", "latest")
    ]
    backups = outside.told("backups")
    assert {row["key"]: row["result"] for row in backups["old and new"]} == {
        "database": "applied",
        "platform": "applied",
    }
    assert backups["writes to"] == "backups (sandbox)"


def test_their_runs_ask_nothing_of_the_store(outside: Outside) -> None:
    ours = [keys.of_automation(by_name(name)) for name in AUTOMATIONS]
    store = {spec.key for spec in of_store.specs}
    assert not set(of_run(ours)) & store
    assert store <= set(of_run([*ours, keys.of_automation(by_name("photos"))]))


def test_lineage_leads_from_the_site_to_the_price_report_and_from_files_to_copies() -> None:
    graph = defs.resolve_asset_graph()

    def above(*key: str) -> set[str]:
        return {found.to_user_string() for found in graph.get(dg.AssetKey(list(key))).parent_keys}

    assert above("competitors", "price_changes") == {"retail/competitor_prices"}
    assert above("retail", "competitor_prices") == {"retail/competitor_lists"}
    assert above("retail", "competitor_lists") == {"competitors/sites"}
    assert above("backups", "copies") == {"retail/backups"}
    assert above("retail", "backups") == {"retail/backup_copies", "retail/backup_sources"}
    assert above("retail", "backup_sources") == {"backups/files"}


def test_a_silent_internet_fails_its_check(outside: Outside) -> None:
    outside.use(internet__mode="live", internet__hosts='["127.0.0.1:9"]')
    done = outside.run("internet")
    assert done.failed_checks == ["retail/internet: internet_is_reachable"]
    said, rows = complains("internet_is_reachable", "internet")
    assert said.startswith("There is no internet connection: all 1 hosts are silent, at 1 checks in a row")
    assert rows[0]["host"] == "127.0.0.1:9"


def test_a_site_that_cannot_be_read_fails_the_run_and_its_check(outside: Outside) -> None:
    outside.sandbox.faults.add("competitor", "renamed_column", path="/availability", times=None)
    done = outside.run("competitor_prices")
    assert done.failed_assets == ["retail/competitor_prices"]
    assert done.failed_checks == ["retail/competitor_prices: sites_were_read"]
    assert "'Price' is not in the table" in complains("sites_were_read", "competitor_prices")[0]


def test_a_list_that_shrank_is_told_with_what_to_do(outside: Outside) -> None:
    outside.sandbox.faults.add("competitor", "empty_table", path="/availability", times=None)
    done = outside.run("competitor_prices")
    assert done.warned_checks == ["retail/competitor_prices: lists_did_not_shrink"]
    assert "ops retail accept-scrape laurel_ridge" in complains("lists_did_not_shrink", "competitor_prices")[0]


def test_an_old_backup_is_an_error(outside: Outside) -> None:
    outside.run("backups")
    outside.db.execute("UPDATE retail.backup_copies SET created_at = :at", at=EVENING.replace(day=12))
    said, rows = complains("backups_are_fresh", "backups")
    assert said.startswith("2 of 2 targets have no good copy of the last 26 h: database, platform.")
    assert {row["name"]: row["status"] for row in rows} == {"database": "ok", "platform": "ok"}


def test_a_backup_that_failed_says_why(outside: Outside) -> None:
    outside.use(backups__targets='{"photos": {"src": "/no/such/folder"}}', backups__database="false")
    done = outside.run("backups")
    assert done.failed_assets == ["retail/backups"]
    assert "retail/backups: backups_are_fresh" in done.failed_checks
    assert "(never: photos). The source /no/such/folder is missing." in complains("backups_are_fresh", "backups")[0]


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_copy_that_broke_is_an_error(outside: Outside, how: str) -> None:
    outside.run("backups")
    copy = outside.root / "home" / "backups" / "database" / "2026-05-14"
    if how == "gone":
        shutil.rmtree(copy)
    else:
        (copy / "files" / "database.dump").write_bytes(b"?")
    assert "database" in complains("backups_can_be_read", "backups")[0]


def test_a_database_that_was_never_restored_to_try_it_is_told(outside: Outside) -> None:
    outside.use(backups__test_restore_days="7")
    done = outside.run("backups")
    # This test's login may not make databases, so the trial says so.
    assert "retail/backups: backup_was_restored" in done.failed_checks
    assert "ALTER ROLE ops CREATEDB" in complains("backup_was_restored", "backups")[0]
    outside.db.execute(
        "UPDATE retail.backup_copies SET restore_error = NULL, restored_at = :at", at=EVENING.replace(day=1)
    )
    outside.use(backups__test_restore_days="3")
    assert "12.2 days ago" in complains("backup_was_restored", "backups")[0]


def test_copies_on_the_platforms_own_disk_are_told(outside: Outside) -> None:
    outside.use(backups__dst=str(outside.root / "offsite"))
    outside.run("backups")
    assert "is on the same disk" in complains("backups_lie_off_site", "backups")[0]
