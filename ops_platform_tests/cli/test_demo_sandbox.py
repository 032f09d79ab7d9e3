"""The demo never takes real scrapes for its own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from ops_platform.cli.demo_sandbox import Sandbox, refuse_waiting_scrapes, sandbox_settings
from ops_platform.cli.errors import CommandError
from ops_platform.settings import Settings, load_settings


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in, and an environment that is as before afterwards."""
    before = dict(os.environ)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)


def choices(section: BaseModel) -> Iterator[tuple[str, Any]]:
    """Every setting that chooses between the sandbox and something real, with what it is."""
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from choices(value)
        elif "sandbox" in get_args(field.annotation):
            yield name, value


def test_whatever_the_settings_say_the_demo_reaches_nothing_real(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops_platform.settings.project_root", lambda: environment)
    os.environ["OPS_HOME"] = str(environment / "home")
    os.environ["OPS_RETAIL__INTERNET__MODE"] = "live"
    (environment / "ops.yaml").write_text(
        "retail:\n  bigcommerce: {mode: live, store_hash: abc}\n"
        "  webdav: {mode: live, url: 'https://shop.example/dav', user: u}\n",
        encoding="utf-8",
    )
    secrets = "OPS_RETAIL__BIGCOMMERCE__TOKEN=canary\nOPS_RETAIL__WEBDAV__PASSWORD=canary\n"
    (environment / ".env").write_text(secrets, encoding="utf-8")
    assert load_settings().retail.webdav.mode == "live"
    found = list(choices(sandbox_settings()))
    assert len(found) >= 9
    assert {value for _, value in found} == {"sandbox"}


def places(section: BaseModel, name: str = "") -> Iterator[tuple[str, Path]]:
    """Every folder and file of settings, also those in mappings."""
    for key in type(section).model_fields:
        value = getattr(section, key)
        values = value if isinstance(value, Mapping) else {"": value}
        for part, each in values.items():
            here = f"{name}.{key}{part and f'.{part}'}".lstrip(".")
            if isinstance(each, BaseModel):
                yield from places(each, here)
            elif isinstance(each, Path):
                yield here, each


def test_whatever_the_settings_say_the_demo_writes_in_its_home_and_calls_nobody(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its invented leads must not get into the store's own file, nor its troubles to the people on call."""
    home, real = environment / "home", environment / "srv"
    os.environ["OPS_HOME"] = str(home)
    monkeypatch.setattr("ops_platform.settings.project_root", lambda: environment)
    said = "OPS_ALERTS__APPRISE_URLS=ntfys://ntfy.example/canary\nOPS_ALERTS__HEARTBEAT_URL=https://ping.example/canary"
    (environment / ".env").write_text(said, encoding="utf-8")
    (environment / "ops.yaml").write_text("intake: {enabled: true}", encoding="utf-8")
    assert load_settings().intake.enabled and load_settings().alerts.urls and load_settings().alerts.heartbeat_url
    for name, _ in places(Settings()):
        if name not in {"home", "mail.logo"} and "backups.targets" not in name:
            os.environ[f"OPS_{name.upper().replace('.', '__')}"] = str(real / name)
    found = sandbox_settings()
    inside = dict(places(found))
    assert len(inside) > 10
    assert {name: place for name, place in inside.items() if not place.is_relative_to(home)} == {}
    assert not found.intake.enabled
    assert found.alerts.urls == ()
    assert found.alerts.heartbeat_url is None


def test_a_real_scrape_that_waits_in_the_imports_folder_stops_the_demo(tmp_path: Path) -> None:
    own = tmp_path / "complete_data_2026-11-20.csv"
    own.write_text("invented", encoding="utf-8")
    sandbox = Sandbox("2026-11-20", 100, 1, {own.name: hashlib.sha256(own.read_bytes()).hexdigest()})
    refuse_waiting_scrapes(tmp_path, sandbox)
    (tmp_path / "complete_data_2026-11-21.csv").write_text("real", encoding="utf-8")
    with pytest.raises(CommandError, match=r"not the demo's \(1, the first complete_data_2026-11-21\.csv\)"):
        refuse_waiting_scrapes(tmp_path, sandbox)
    with pytest.raises(CommandError, match=r"\(2, the first"):
        refuse_waiting_scrapes(tmp_path, None)
