"""The demo never takes real scrapes for its own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ops_platform.cli.demo_sandbox import Sandbox, refuse_waiting_scrapes
from ops_platform.cli.errors import CommandError


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
