"""The demo never takes real scrapes for its own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from ops_platform.cli.demo_sandbox import Sandbox, refuse_waiting_scrapes, sandbox_settings
from ops_platform.cli.errors import CommandError


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


def test_whatever_the_settings_say_the_demo_reaches_nothing_real(environment: Path) -> None:
    os.environ["OPS_HOME"] = str(environment / "home")
    os.environ["OPS_RETAIL__INTERNET__MODE"] = "live"
    (environment / "ops.yaml").write_text(
        "retail:\n  bigcommerce: {mode: live, store_hash: abc, token: canary}\n"
        "  webdav: {mode: live, url: 'https://shop.example/dav', user: u, password: canary}\n",
        encoding="utf-8",
    )
    found = list(choices(sandbox_settings()))
    assert len(found) >= 9
    assert {value for _, value in found} == {"sandbox"}


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
