"""Settings: sources and their order, refusals that name key, place and fix, and the documented examples."""

from __future__ import annotations

import subprocess
import sys
from datetime import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from ops_platform.paths import project_root
from ops_platform.settings import Settings, SettingsError, load_settings
from ops_platform.settings_sources import NOT_SETTINGS, leaves, variable

URL = "postgresql://ops:canary-secret@db.example:5432/ops"


def problems(root: Path, env: dict[str, str] | None = None) -> list[str]:
    """The sentences the settings are refused with."""
    with pytest.raises(SettingsError) as caught:
        load_settings(root, env or {})
    assert "canary-secret" not in str(caught.value)
    return caught.value.problems


def write(root: Path, name: str, text: str) -> None:
    """Write a settings file of the checkout."""
    (root / name).write_text(text, encoding="utf-8")


def test_without_any_source_the_defaults_hold_and_folders_are_absolute(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    assert settings.home == tmp_path / ".ops"
    assert settings.database_url is None
    assert settings.vehicles.imports_dir == tmp_path / ".ops/vehicles/imports"
    assert settings.vehicles.timezone == "America/Chicago"
    assert settings.vehicles.daily_at == time(6, 0)
    assert settings.vehicles.path_map == {
        "C:\\qr_codes": tmp_path / ".ops/vehicles/qr_codes",
        "C:\\exports": tmp_path / ".ops/vehicles/exports",
    }
    assert (settings.ui.host, settings.ui.port) == ("127.0.0.1", 3000)


def test_environment_wins_over_dotenv_over_yaml_over_defaults(tmp_path: Path) -> None:
    write(
        tmp_path, "ops.yaml", "runs: {max_concurrent: 3, max_runtime_seconds: 300}\nui: {port: 3003}\nlog_level: ERROR"
    )
    write(tmp_path, ".env", "OPS_RUNS__MAX_CONCURRENT=4\nOPS_UI__PORT=3004\n")
    settings = load_settings(tmp_path, {"OPS_UI__PORT": "3005"})
    assert settings.ui.port == 3005
    assert settings.runs.max_concurrent == 4
    assert settings.runs.max_runtime_seconds == 300
    assert settings.log_level == "ERROR"
    assert settings.vehicles.qr.size_px == 388


def test_folders_follow_home_and_the_path_map_follows_the_folders(tmp_path: Path) -> None:
    write(tmp_path, "ops.yaml", "home: data\nvehicles:\n  qr_dir: /srv/qr\n")
    settings = load_settings(tmp_path, {})
    assert settings.vehicles.exports_dir == tmp_path / "data/vehicles/exports"
    assert settings.vehicles.path_map == {
        "C:\\qr_codes": Path("/srv/qr"),
        "C:\\exports": tmp_path / "data/vehicles/exports",
    }


def test_the_path_map_can_be_extended_and_its_defaults_replaced(tmp_path: Path) -> None:
    write(tmp_path, "ops.yaml", "vehicles:\n  path_map:\n    c:\\exports: out\n    D:\\print: /srv/print\n")
    settings = load_settings(tmp_path, {})
    assert settings.vehicles.path_map == {
        "C:\\qr_codes": tmp_path / ".ops/vehicles/qr_codes",
        "c:\\exports": tmp_path / ".ops/out",
        "D:\\print": Path("/srv/print"),
    }
    settings = load_settings(tmp_path, {"OPS_VEHICLES__PATH_MAP": '{"E:\\\\x": "/srv/x"}'})
    assert settings.vehicles.path_map["E:\\x"] == Path("/srv/x")


def test_an_unknown_variable_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    assert problems(tmp_path, {"OPS_DATABSE_URL": "canary-secret", "HOME": "/root"}) == [
        "OPS_DATABSE_URL: unknown setting; did you mean OPS_DATABASE_URL? (from the environment)"
    ]
    (problem,) = problems(tmp_path, {"OPS_VEHICLES__QR__SIZE": "3"})
    assert problem.startswith("OPS_VEHICLES__QR__SIZE: unknown setting; did you mean OPS_VEHICLES__QR__SIZE_PX?")
    (problem,) = problems(tmp_path, {"OPS_XYZZY": "3"})
    assert "ops.example.yaml and .env.example list every setting" in problem


def test_an_unknown_key_of_dotenv_is_refused_and_so_is_one_without_the_prefix(tmp_path: Path) -> None:
    write(tmp_path, ".env", "OPS_PORT=1\nDATABASE_URL=canary-secret\nDAGSTER_HOME=/x\n")
    assert problems(tmp_path) == [
        "OPS_PORT: unknown setting; did you mean OPS_UI__PORT? (from .env line 1)",
        "DATABASE_URL: unknown setting; did you mean OPS_DATABASE_URL? (from .env line 2)",
    ]


def test_a_line_of_dotenv_that_cannot_be_read_and_a_key_that_stands_twice_are_told(tmp_path: Path) -> None:
    write(tmp_path, ".env", "OPS_LOG_LEVEL=INFO\n\nOPS_HOME='open\nOPS_UI__PORT=1\nOPS_UI__PORT=2\n")
    assert problems(tmp_path) == [
        ".env line 3: cannot be read; a line is NAME=value",
        "OPS_UI__PORT: stands twice; remove one (from .env line 5)",
    ]


def test_dollar_signs_of_a_password_in_dotenv_stay_what_they_are(tmp_path: Path) -> None:
    write(tmp_path, ".env", "OPS_DATABASE_URL=postgresql://u:a${HOME}$b#c@h/d\n")
    url = load_settings(tmp_path, {}).database_url
    assert url is not None
    assert url.get_secret_value() == "postgresql://u:a${HOME}$b#c@h/d"


def test_an_unknown_key_of_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, "ops.yaml", "home: x\nvehicles:\n  tmezone: UTC\nrunz: 3\n")
    assert problems(tmp_path) == [
        "vehicles.tmezone: unknown setting; did you mean vehicles.timezone? (from ops.yaml line 3)",
        "runz: unknown setting; did you mean runs? (from ops.yaml line 4)",
    ]


def test_every_problem_of_every_source_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "ops.yaml", "homme: x\nvehicles: {daily_at: noon}\n")
    write(tmp_path, ".env", "OPS_UI__PROT=1\n")
    found = problems(tmp_path, {"OPS_RUNS__MAX_CONCURRENT": "0", "OPS_HOM": "y"})
    assert [problem.split(":")[0] for problem in found] == [
        "OPS_HOM",
        "OPS_UI__PROT",
        "vehicles.daily_at",
        "runs.max_concurrent",
        "homme",
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OPS_UI__PORT", "99999", "ui.port: input should be less than or equal to 65535, got '99999'"),
        ("OPS_VEHICLES__TIMEZONE", "Chicago", "vehicles.timezone: no time zone is called 'Chicago'"),
        ("OPS_VEHICLES__QR__PAYLOAD", "link", "vehicles.qr.payload: input should be 'url_utm', 'url' or 'vin'"),
        ("OPS_LOG_LEVEL", "LOUD", "log_level: input should be 'DEBUG'"),
        ("OPS_VEHICLES__PATH_MAP", "C:/x=y", "OPS_VEHICLES__PATH_MAP: is not JSON"),
        ("OPS_VEHICLES__PATH_MAP", '{" ": "x"}', "vehicles: path_map has an empty logical root"),
    ],
)
def test_a_wrong_value_names_its_key_and_where_it_came_from(tmp_path: Path, name: str, value: str, said: str) -> None:
    (problem,) = problems(tmp_path, {name: value})
    assert said in problem
    assert problem.endswith("(from the environment)")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://ops:canary-secret@db/ops", "is no PostgreSQL URL"),
        ("sqlite:///canary-secret.db", "is no PostgreSQL URL"),
        ("postgresql://ops:canary-secret@db", "names no database"),
        ("postgresql://ops:canary-secret@db:port/ops", "cannot be read as a URL"),
        ("postgresql://ops:canary@secret@db/ops", "cannot be read as a URL"),
        ("canary-secret", "is no PostgreSQL URL"),
    ],
)
def test_a_wrong_database_url_is_told_without_showing_it(tmp_path: Path, url: str, said: str) -> None:
    (problem,) = problems(tmp_path, {"OPS_DAGSTER_DATABASE_URL": url})
    assert problem.startswith(f"dagster_database_url: {said}")
    assert "postgresql://user:password@host:5432/database" in problem


def test_secrets_are_not_shown_by_the_settings(tmp_path: Path) -> None:
    env = {"OPS_DATABASE_URL": URL, "OPS_UI__AUTH_USER": "me", "OPS_UI__AUTH_PASSWORD": "canary-secret"}
    settings = load_settings(tmp_path, env)
    assert "canary-secret" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == URL


@pytest.mark.parametrize(
    "url",
    [
        "postgres://db/ops",
        "postgresql://ops@db/ops?sslmode=require",
        "postgresql+psycopg2://ops:p%40ss@[::1]:5432/ops",
        "postgresql://ops@/ops?host=/var/run/postgresql",
        "postgresql://ops:$#!*@db:1/ops",
    ],
)
def test_every_usual_form_of_a_database_url_is_taken(tmp_path: Path, url: str) -> None:
    found = load_settings(tmp_path, {"OPS_DATABASE_URL": url}).database_url
    assert found is not None
    assert found.get_secret_value() == url


@pytest.mark.parametrize("key", ["database_url", "dagster_database_url", "counterpoint_database_url"])
def test_a_secret_in_yaml_is_refused_with_the_place_for_it(tmp_path: Path, key: str) -> None:
    write(tmp_path, "ops.yaml", f"home: x\n{key}: {URL}\n")
    (problem,) = problems(tmp_path)
    assert f"{key}: is a secret" in problem
    assert f"in the environment or in .env as OPS_{key.upper()} (from ops.yaml line 2)" in problem


def test_a_nested_secret_in_yaml_is_refused_too(tmp_path: Path) -> None:
    write(tmp_path, "ops.yaml", "ui:\n  auth_user: me\n  auth_password: canary-secret\n")
    assert any("ui.auth_password: is a secret" in problem for problem in problems(tmp_path))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "ops.example", "::", ""])
def test_an_address_others_can_reach_needs_a_password(tmp_path: Path, host: str) -> None:
    write(tmp_path, "ops.yaml", f"ui:\n  host: '{host}'\n")
    (problem,) = problems(tmp_path)
    assert "lets other machines reach the UI" in problem
    assert "OPS_UI__AUTH_PASSWORD" in problem
    assert problem.endswith("(from ops.yaml line 2)")
    env = {"OPS_UI__AUTH_USER": "me", "OPS_UI__AUTH_PASSWORD": "canary-secret"}
    assert load_settings(tmp_path, env).ui.host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
def test_loopback_needs_none(tmp_path: Path, host: str) -> None:
    assert load_settings(tmp_path, {"OPS_UI__HOST": host}).ui.host == host


@pytest.mark.parametrize("name", ["OPS_UI__AUTH_USER", "OPS_UI__AUTH_PASSWORD"])
def test_user_and_password_go_together(tmp_path: Path, name: str) -> None:
    (problem,) = problems(tmp_path, {name: "canary-secret"})
    assert "go together" in problem


@given(st.times(min_value=time(0, 0), max_value=time(23, 59)))
def test_a_clock_time_of_yaml_means_the_same_with_and_without_quotes(
    tmp_path_factory: pytest.TempPathFactory, at: time
) -> None:
    root = tmp_path_factory.getbasetemp()
    text = at.strftime("%H:%M")
    for written in (text, f"'{text}'"):
        write(root, "ops.yaml", f"vehicles: {{daily_at: {written}}}")
        assert load_settings(root, {}).vehicles.daily_at == at.replace(second=0, microsecond=0)


def test_a_key_that_stands_twice_in_yaml_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "ops.yaml", "ui: {port: 1}\nhome: x\nui: {port: 2}\n")
    assert problems(tmp_path) == ["ui: stands twice; remove one (from ops.yaml line 3)"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ui: [1,\nhome: }", "ops.yaml line 2: cannot be read"),
        ("- a\n- b\n", "holds no settings"),
        ("just text", "holds no settings"),
        ("ui: 3\n", "ui: input should be a valid dictionary"),
        ("? [a, b]\n: c\n", "ops.yaml"),
    ],
)
def test_a_broken_yaml_file_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, "ops.yaml", text)
    assert any(said in problem for problem in problems(tmp_path))


def test_a_yaml_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "ops.yaml").write_bytes(b"home: \xff\xfe")
    (problem,) = problems(tmp_path)
    assert "no YAML text in UTF-8" in problem


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_yaml_file_sets_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path, "ops.yaml", text)
    assert load_settings(tmp_path, {}) == load_settings(tmp_path, {})


def test_ops_config_names_another_file_and_a_missing_one_is_told(tmp_path: Path) -> None:
    write(tmp_path, "night.yaml", "log_level: DEBUG\n")
    assert load_settings(tmp_path, {"OPS_CONFIG": "night.yaml"}).log_level == "DEBUG"
    assert "OPS_CONFIG: there is no file" in problems(tmp_path, {"OPS_CONFIG": "other.yaml"})[0]


def test_an_empty_variable_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"OPS_DATABASE_URL": "", "OPS_UI__PORT": ""})
    assert settings.database_url is None
    assert settings.ui.port == 3000


def test_the_settings_are_read_only(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    with pytest.raises(ValueError, match="frozen"):
        settings.log_level = "DEBUG"


def test_importing_reads_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import ops_platform.settings as s; s.Settings(); print('ok')"],
        env={"OPS_NO_SUCH_SETTING": "x", "PYTHONPATH": str(project_root())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "ok\n", done.stderr


def test_the_yaml_example_shows_every_key_with_its_default(tmp_path: Path) -> None:
    text = (project_root() / "ops.example.yaml").read_text(encoding="utf-8")
    defaults = load_settings(tmp_path, {})
    write(tmp_path, "ops.yaml", text)
    assert load_settings(tmp_path, {}) == defaults
    shown: set[tuple[str, ...]] = set()

    def walk(values: dict[str, object], prefix: tuple[str, ...]) -> None:
        for key, value in values.items():
            if isinstance(value, dict) and (*prefix, key) not in leaves(Settings):
                walk(value, (*prefix, key))
            else:
                shown.add((*prefix, key))

    walk(yaml.safe_load(text), ())
    assert shown == {location for location, secret in leaves(Settings).items() if not secret}


def test_the_dotenv_example_shows_every_variable_and_loads(tmp_path: Path) -> None:
    text = (project_root() / ".env.example").read_text(encoding="utf-8")
    lines = [line.removeprefix("#") for line in text.splitlines() if line.startswith("#OPS_")]
    shown = {line.partition("=")[0] for line in lines}
    assert shown == {variable(location) for location in leaves(Settings)} | (
        NOT_SETTINGS - {"OPS_CHAOS", "OPS_TEXT_TIMES"}
    )
    write(tmp_path, ".env", "\n".join(line for line in lines if not line.startswith("OPS_CONFIG")))
    settings = load_settings(tmp_path, {})
    secrets = {"database_url", "dagster_database_url", "counterpoint_database_url"}
    plain = load_settings(tmp_path, {name: "" for name in shown if name != "OPS_CONFIG"})
    assert plain == settings  # an empty variable does not hide .env
    (tmp_path / ".env").unlink()
    defaults = load_settings(tmp_path, {})
    assert settings.vehicles == defaults.vehicles
    assert settings.runs == defaults.runs
    assert all(isinstance(getattr(settings, name), SecretStr) for name in secrets)


def test_the_point_of_sale_may_be_sql_server_and_no_other_database_may(tmp_path: Path) -> None:
    url = "mssql+pymssql://ops:canary-secret@pos.example:1433/COMPANY"
    found = load_settings(tmp_path, {"OPS_COUNTERPOINT_DATABASE_URL": url}).counterpoint_database_url
    assert found is not None
    assert found.get_secret_value() == url
    with pytest.raises(SettingsError, match="is no PostgreSQL URL"):
        load_settings(tmp_path, {"OPS_DATABASE_URL": url})
    with pytest.raises(SettingsError, match="is no URL of SQL Server") as refused:
        load_settings(tmp_path, {"OPS_COUNTERPOINT_DATABASE_URL": "oracle://ops:canary-secret@pos/x"})
    assert "canary-secret" not in str(refused.value)
