"""`ops doctor` and `ops database`, as a person and as a script call them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ops_platform.cli.database_keeper import Keeper
from ops_platform.cli.doctor import alerts
from ops_platform.settings import load_settings
from ops_platform_tests.cli.ops_command import Ops, ops_home


@pytest.fixture(scope="module")
def ops() -> Iterator[Ops]:
    with ops_home(inside=True, started=False) as opened:
        yield opened


def test_where_nothing_runs_the_doctor_says_so_starts_nothing_and_is_content(tmp_path: Path) -> None:
    ops = Ops(tmp_path, inside=True)
    found = ops.json("doctor")
    assert found["ok"] is True
    assert found["database_url"] is None
    assert found["home"] == str(ops.home)
    assert set(found["folders"]) == {"imports", "exports", "qr"}
    checks = {check["name"]: check for check in found["checks"]}
    assert set(checks["python"]) == {"name", "ok", "required", "version", "detail", "what_to_do"}
    assert checks["database"]["ok"] is False
    assert checks["database"]["required"] is False
    assert (checks["forms"]["ok"], checks["forms"]["required"]) == (True, False)
    assert "intake.enabled" in checks["forms"]["detail"]
    assert "ops up" in checks["database"]["what_to_do"]
    assert not (ops.home / "postgres").exists()
    assert "Everything required is there." in ops.run("doctor").out
    assert "not running" in ops.run("database", "url", code=1).err


def test_a_kept_database_gives_its_url_to_scripts_outlives_other_commands_and_stops_when_told(ops: Ops) -> None:
    started = ops.run("database", "start").out.strip()
    # Not migrated yet: the doctor looks, it does not repair.
    found = ops.json("doctor", code=1)
    assert found["database_url"] == started == ops.run("database", "url").out.strip()
    assert ops.json("database", "url")["dagster_database_url"] == found["dagster_database_url"]
    assert found["ok"] is False
    assert any("ops migrate" in check["what_to_do"] for check in found["checks"])

    migrated = ops.json("migrate")
    assert migrated["applied"][0] == "0001_vehicles"
    assert migrated["dealerships_added"] == 40
    assert "was up to date" in ops.run("migrate").out
    assert ops.json("doctor")["ok"] is True
    with psycopg.connect(started) as connection:
        assert connection.execute("SELECT count(*) FROM dealership_configs").fetchone() == (40,)

    assert ops.run("database", "start").out.strip() == started  # a second time changes nothing
    assert ops.json("database", "stop") == {"was_held": True, "running": False}
    assert ops.json("database", "stop") == {"was_held": False, "running": False}
    assert "not running" in ops.run("database", "url", code=1).err


def test_a_server_of_your_own_that_is_away_is_an_error_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://somebody:canary-secret@127.0.0.1:9/ops"
    names = ("OPS_DATABASE_URL", "OPS_DAGSTER_DATABASE_URL", "OPS_COUNTERPOINT_DATABASE_URL")
    ops = Ops(tmp_path, inside=True)
    answer = ops.run("doctor", "--json", code=1, **dict.fromkeys(names, url))
    assert "canary-secret" not in answer.out + answer.err
    assert "postgresql://somebody:***@127.0.0.1:9/ops" in answer.out
    shown = ops.run("doctor", code=1, **dict.fromkeys(names, url))
    assert "Missing: database ops" in shown.out
    assert "OPS_DATABASE_URL" in shown.out
    refused = ops.run("vehicles", "jobs", code=1, **dict.fromkeys(names, url))
    assert "canary-secret" not in refused.err
    assert "does not answer" in refused.err
    assert "nothing to start" in ops.run("database", "start", code=1, **dict.fromkeys(names, url)).err


def test_wrong_settings_are_a_check_like_any_other_for_a_script(tmp_path: Path) -> None:
    found = Ops(tmp_path, inside=True).json("doctor", code=2, OPS_VEHICLES__FEED_DROP_RATIO="7")
    assert found["ok"] is False
    (check,) = found["checks"]
    assert check["name"] == "settings"
    assert "feed_drop_ratio" in check["detail"]


def test_a_database_that_sleeps_is_started_for_the_look_and_kept_for_a_script_that_uses_the_url(ops: Ops) -> None:
    ops.run("migrate")
    assert "Everything required is there." in ops.run("doctor").out
    assert "not running" in ops.run("database", "url", code=1).err  # a person's look leaves nothing behind
    found = ops.json("doctor")
    assert found["ok"] is True
    with psycopg.connect(found["database_url"]) as connection:
        assert connection.execute("SELECT count(*) FROM dealership_configs").fetchone() == (40,)
    assert ops.json("doctor")["database_url"] == found["database_url"]
    assert "stopped" in ops.run("database", "stop").out
    assert "not running" in ops.run("database", "url", code=1).err


def test_a_keeper_with_a_term_ends_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_HOME", str(tmp_path / "home"))
    keeper = Keeper(tmp_path / "home")
    keeper.keep(seconds=0.5)
    assert not keeper.alive() and not keeper.file.exists()


@pytest.mark.parametrize(
    ("env", "ok", "said"),
    [
        ({}, False, "nobody is told when something is wrong (mail.mode is sandbox)"),
        ({"OPS_ALERTS__TO": '["ann@store.example"]'}, False, "nobody is told"),
        ({"OPS_ALERTS__APPRISE_URLS": "ntfys://canary-secret@ntfy.example/x"}, True, "ntfys;"),
        ({"OPS_ALERTS__APPRISE_URLS": "nonsense://canary-secret@x"}, False, "nonsense: this is no URL"),
    ],
)
def test_the_doctor_says_whether_anybody_is_told(tmp_path: Path, env: dict[str, str], ok: bool, said: str) -> None:
    found = alerts(load_settings(tmp_path, env))
    assert found.ok is ok
    assert said in found.detail
    assert "canary" not in str(found)
