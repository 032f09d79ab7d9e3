"""What doctor says about the browser and the off-site folder."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ops_platform.adapters import health_outside
from ops_platform.adapters.backup_store import BackupStore
from ops_platform.adapters.health_probe import Probe
from ops_platform.settings import load_settings


def probes(root: Path, **retail: str) -> dict[str, Probe]:
    env = {"OPS_HOME": str(root / "home"), **{f"OPS_RETAIL__{name.upper()}": text for name, text in retail.items()}}
    return {probe.name: probe for probe in health_outside.outside(load_settings(root, env))}


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_browser")
def test_a_missing_browser_is_no_fault_unless_a_site_is_read_with_it(tmp_path: Path) -> None:
    probe = probes(tmp_path)["browser"]
    assert (probe.ok, probe.optional) == (False, True)
    assert "chromium-driver" in probe.what_to_do
    sites = {"laurel": {"url": "https://laurel.example/list"}}
    live = probes(tmp_path, scraping__mode="live", scraping__sites=json.dumps(sites))["browser"]
    assert (live.ok, live.optional) == (False, False)
    assert "a competitor's site is read with it" in live.what_to_do
    by_http = {"laurel": {"url": "https://laurel.example/list", "engine": "http"}}
    assert probes(tmp_path, scraping__mode="live", scraping__sites=json.dumps(by_http))["browser"].optional


@pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")
def test_a_browser_is_told_with_its_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("chromium", "chromedriver"):
        (tmp_path / name).write_text("#!/bin/sh\necho Chromium 123.4.5 built here\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    probe = health_outside.browser()
    assert (probe.ok, probe.version) == (True, "123.4.5")


def test_an_off_site_folder_that_is_away_is_a_fault_and_one_that_is_there_tells_its_room(tmp_path: Path) -> None:
    assert "backups" not in probes(tmp_path)
    away = probes(tmp_path, backups__dst=str(tmp_path / "mnt" / "offsite"))["backups"]
    assert (away.ok, "mount the share" in away.what_to_do) == (False, True)
    assert not (tmp_path / "mnt").exists()
    (tmp_path / "mnt").mkdir()
    first = probes(tmp_path, backups__dst=str(tmp_path / "mnt" / "offsite"))["backups"]
    assert first.ok
    assert "nothing was backed up there yet" in first.detail
    assert list((tmp_path / "mnt").iterdir()) == []
    BackupStore(tmp_path / "mnt" / "offsite").open(known=False)
    used = probes(tmp_path, backups__dst=str(tmp_path / "mnt" / "offsite"))["backups"]
    assert used.detail.endswith("GB free")


def test_the_program_that_dumps_the_database_is_told(tmp_path: Path) -> None:
    probe = probes(tmp_path)["pg_dump"]
    assert probe.ok
    assert probe.version is not None
    assert "pg_dump" not in probes(tmp_path, backups__database="false")
