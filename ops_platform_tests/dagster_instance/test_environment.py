"""DAGSTER_HOME: the copy of dagster.yaml with the settings' limits, and the variables of a Dagster process."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from dagster import DagsterInstance
from dagster._core.instance.config import dagster_instance_config

from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.adapters.postgres.urls import Urls
from ops_platform.cli.services.endpoint import LOCATION_NAME
from ops_platform.dagster_instance.environment import dagster_environment, prepare_dagster_home
from ops_platform.paths import project_root
from ops_platform.settings import Settings, load_settings

URLS = Urls(ops="postgresql://a/ops", dagster="postgresql://a/dagster", counterpoint="postgresql://a/counterpoint")


def settings_of(home: Path, **variables: str) -> Settings:
    return load_settings(home, env={"OPS_HOME": str(home / "home"), **variables})


def test_the_limits_of_the_settings_reach_dagster(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, OPS_RUNS__MAX_CONCURRENT="5", OPS_RUNS__MAX_RUNTIME_SECONDS="120")
    config, _ = dagster_instance_config(str(prepare_dagster_home(settings)))
    assert config["concurrency"]["runs"]["max_concurrent_runs"] == 5
    assert config["run_monitoring"]["max_runtime_seconds"] == 120
    assert config["run_monitoring"]["free_slots_after_run_end_seconds"] == 60
    assert config["telemetry"] == {"enabled": False}


def test_the_checkouts_file_has_the_default_limits_so_that_plain_dagster_dev_keeps_them(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    own = yaml.safe_load((project_root() / "dagster.yaml").read_text(encoding="utf-8"))
    copied = yaml.safe_load((prepare_dagster_home(settings) / "dagster.yaml").read_text(encoding="utf-8"))
    assert copied == own


def test_an_edit_of_dagster_yaml_arrives_at_the_next_start_and_no_half_file_is_left(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    home = prepare_dagster_home(settings)
    before = (home / "dagster.yaml").stat().st_mtime_ns
    prepare_dagster_home(settings)
    assert (home / "dagster.yaml").stat().st_mtime_ns == before

    edited = (
        (project_root() / "dagster.yaml")
        .read_text(encoding="utf-8")
        .replace("start_timeout_seconds: 180", "start_timeout_seconds: 90")
    )
    (tmp_path / "dagster.yaml").write_text(edited, encoding="utf-8")
    prepare_dagster_home(settings, root=tmp_path)
    assert "start_timeout_seconds: 90" in (home / "dagster.yaml").read_text(encoding="utf-8")
    assert [file.name for file in home.iterdir()] == ["dagster.yaml"]


def test_the_environment_names_databases_and_folders_and_is_accepted_by_the_settings(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    env = dagster_environment(settings, URLS)
    assert env["DAGSTER_HOME"] == str(settings.home / "dagster")
    again = load_settings(tmp_path, env=env)
    assert again.home == settings.home
    assert again.dagster_database_url
    assert again.dagster_database_url.get_secret_value() == URLS.dagster


def test_what_definitions_read_from_the_environment_comes_from_the_settings(tmp_path: Path) -> None:
    """A time zone in ops.yaml that reached no schedule would only be noticed at night."""
    code = [file.read_text(encoding="utf-8") for file in (project_root() / "ops_platform" / "defs").rglob("*.py")]
    read = set(re.findall(r'"(OPS_[A-Z_]+)"', "".join(code)))
    texts = '{campaigns: {first_time_1: {at: "11:00"}, birthday: {enabled: false}}}'
    chosen = f"retail: {{timezone: America/Denver, texts: {texts}}}\nrestaurant: {{first_day: 2024-02-29}}\n"
    (tmp_path / "ops.yaml").write_text(chosen, encoding="utf-8")
    env = dagster_environment(load_settings(tmp_path, env={"OPS_HOME": str(tmp_path / "home")}), URLS)
    assert read <= env.keys()
    assert {name: env[name] for name in ("OPS_RETAIL__TIMEZONE", "OPS_RESTAURANT__FIRST_DAY", "OPS_TEXT_TIMES")} == {
        "OPS_RETAIL__TIMEZONE": "America/Denver",
        "OPS_RESTAURANT__FIRST_DAY": "2024-02-29",
        "OPS_TEXT_TIMES": '{"first_time_1": "11:00"}',
    }


def test_the_code_location_has_one_name_however_dagster_is_started() -> None:
    root = project_root()
    with (root / "pyproject.toml").open("rb") as stream:
        tools = tomllib.load(stream)["tool"]
    workspace = yaml.safe_load((root / "workspace.yaml").read_text(encoding="utf-8"))
    names = {
        "dagster dev": tools["dagster"].get("code_location_name"),
        "dg dev": tools["dg"]["project"].get("code_location_name"),
        "dagster dev -w": workspace["load_from"][0]["python_module"]["location_name"],
    }
    # Schedules, sensors and queued runs are kept by this name: under another one they would start from nothing.
    assert names == dict.fromkeys(names, LOCATION_NAME)


def test_dagster_opens_with_it_and_keeps_everything_in_the_home(
    tmp_path: Path, pg_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path)
    urls = replace(URLS, dagster=pg_server.create_database("environment"))
    for name, value in dagster_environment(settings, urls).items():
        monkeypatch.setenv(name, value)
    with DagsterInstance.get() as instance:
        assert instance.run_coordinator.dequeue_interval_seconds == 1  # type: ignore[attr-defined]
        assert instance.run_monitoring_enabled
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert Path(instance.storage_directory()) == settings.home / "dagster" / "storage"
        assert Path(instance.compute_log_manager._base_dir) == settings.home / "dagster" / "storage"  # type: ignore[attr-defined]
    pg_server.drop_database("environment")
