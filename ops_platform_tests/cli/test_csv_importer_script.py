"""The agency's own command, `python scripts/csv_importer_complete.py FILE`, as the guide writes it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ops_platform.paths import project_root
from ops_platform_tests.cli.ops_command import Answer, Ops, agency_day, demo_scrapes, ops_home

SCRIPT = project_root() / "scripts" / "csv_importer_complete.py"


@pytest.fixture(scope="module")
def ops() -> Iterator[Ops]:
    with ops_home() as opened:
        opened.run("database", "start")
        yield opened


def _script(ops: Ops, *arguments: str, cwd: Path, code: int = 0, python: str = sys.executable) -> Answer:
    env = ops.env()
    del env["PYTHONPATH"]  # it must find the platform by itself, from any folder
    done = subprocess.run(
        [python, str(SCRIPT), *arguments], capture_output=True, text=True, env=env, cwd=cwd, timeout=300, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return Answer(done.returncode, done.stdout, done.stderr)


def test_the_guides_command_loads_the_file_from_any_folder_shows_each_dealership_and_changes_nothing_twice(
    ops: Ops, tmp_path: Path
) -> None:
    imports = ops.home / "vehicles" / "imports"
    imports.mkdir(parents=True)
    [file] = demo_scrapes(imports, days=1, cars=300, last_day=agency_day())
    file.rename(imports / "complete_data.csv")
    logical = "C:/data_imports/complete_data.csv"  # on Windows that is a real folder of the agency's machine
    named = logical if sys.platform != "win32" else str(imports / "complete_data.csv")

    first = _script(ops, named, cwd=tmp_path)
    assert "rows read =" in first.out
    assert "Columbia Honda" in first.out
    assert "dealership or location" in first.out
    with psycopg.connect(ops.run("database", "url").out.strip()) as connection:
        cars = connection.execute("SELECT count(*), max(updated_at) FROM normalized_vehicle_data").fetchone()
        assert cars is not None
        assert cars[0] > 250

        assert "already loaded" in _script(ops, named, cwd=imports).out
        assert connection.execute("SELECT count(*), max(updated_at) FROM normalized_vehicle_data").fetchone() == cars

    found = json.loads(_script(ops, str(imports / "complete_data.csv"), "--json", cwd=tmp_path).out)
    assert found["files"][0]["already_loaded"] is True


def test_a_file_that_is_missing_or_no_scrape_ends_with_1_and_wrong_use_with_2(ops: Ops, tmp_path: Path) -> None:
    missing = _script(ops, "C:/data_imports/nothing.csv", cwd=tmp_path, code=1)
    assert "nothing.csv" in missing.err
    assert "Traceback" not in missing.err
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "other.csv" in _script(ops, str(other), cwd=tmp_path, code=1).err
    assert "FILE" in _script(ops, cwd=tmp_path, code=2).err


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="needs a Python besides the environment's own")
def test_a_python_without_the_packages_uses_the_environment_or_says_how_to_make_it(ops: Ops, tmp_path: Path) -> None:
    bare = str(Path(sys.base_prefix) / ("python.exe" if sys.platform == "win32" else "bin/python3"))
    has_it = subprocess.run([bare, "-c", "import psycopg, pandas"], capture_output=True, check=False).returncode == 0
    if not Path(bare).exists() or has_it:
        pytest.skip("no Python without the packages here")
    if (project_root() / ".venv").is_dir():
        assert "FILE" in _script(ops, cwd=tmp_path, code=2, python=bare).err
    else:
        assert "make venv" in _script(ops, cwd=tmp_path, code=1, python=bare).err
