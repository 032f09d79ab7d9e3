"""`ops demo` and `ops up` as a new user runs them: processes of their own, with the real Dagster job."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from ops_platform.cli.demo_mark import MARK
from ops_platform.cli.demo_run import part_of_work
from ops_platform.cli.demo_sandbox import LONGEST, Sandbox, refuse_real_scrapes
from ops_platform.cli.errors import CommandError
from ops_platform.paths import project_root
from ops_platform_tests.chaos import FULL
from ops_platform_tests.cli.ops_command import Ops, agency_day, demo_scrapes, ops_home
from ops_platform_tests.cli.running import free_port
from ops_platform_tests.patience import until

SIZE = ("--cars", "600", "--days", "3")


@pytest.fixture(scope="module")
def ops() -> Iterator[Ops]:
    with ops_home() as opened:
        yield opened


@pytest.fixture(scope="module")
def first(ops: Ops, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The first demo in this home, with settings that name folders of somebody's own."""
    outside = tmp_path_factory.mktemp("outside")
    found = ops.json(
        "demo",
        "--no-ui",
        *SIZE,
        OPS_VEHICLES__EXPORTS_DIR=str(outside),
        OPS_VEHICLES__QR_DIR=str(outside),
        OPS_VEHICLES__PATH_MAP=json.dumps({"C:\\exports": str(outside), "D:\\print": str(outside)}),
    )
    assert list(outside.iterdir()) == []
    return dict(found)


def test_the_first_demo_loads_exports_makes_qr_files_and_passes(ops: Ops, first: dict[str, Any]) -> None:
    assert first["ok"] is True
    counts = first["counts"]
    assert counts["files_loaded"] == 3
    assert counts["rows_read"] == counts["rows_loaded"] + counts["rows_rejected"] + counts["rows_duplicate"]
    assert counts["jobs"] == 40
    assert counts["jobs_failed"] == 0
    assert counts["qr_made"] == counts["qr_existing"] == counts["qr_wanted"] == counts["cars_on_hand"] > 500
    assert counts["files_handed_out"] >= 2 * counts["jobs_completed"] > 40
    assert first["failed_assets"] == first["checks"]["failed"] == first["checks"]["failed_blocking"] == []
    # Whatever warns in the demo is planted there, and the output says so.
    assert first["checks"]["warned"]
    assert all(first["checks"]["warned"].values())
    for name in ("scrapes", "exports", "QR files"):
        folder = Path(first["folders"][name])
        assert folder.is_relative_to(ops.home)
        assert any(folder.iterdir())


@pytest.mark.chaos
@pytest.mark.skipif(not FULL, reason="half a minute for a whole demo more: make chaos")
def test_ctrl_c_in_the_middle_of_the_run_ends_the_demo_with_130_and_one_line(ops: Ops, first: dict[str, Any]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ops_platform", "demo", "--no-ui"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ops.env(),
        cwd=project_root(),
    )
    assert process.stderr is not None
    for text in process.stderr:
        if "writing the exports" in text:
            process.send_signal(signal.SIGINT)
            break
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, out + err
    assert err.rstrip().endswith("Interrupted.")


@pytest.mark.chaos
@pytest.mark.skipif(not FULL, reason="half a minute for a whole demo more: make chaos")
def test_the_next_demo_loads_nothing_twice_serves_the_ui_gives_scripts_its_database_and_ends_whole_at_ctrl_c(
    ops: Ops, first: dict[str, Any]
) -> None:
    port = free_port()
    printed = ops.home / "printed.txt"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops_platform", "demo", "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=ops.env(),
            cwd=project_root(),
        )

    def said() -> str:
        assert process.poll() is None, printed.read_text(encoding="utf-8")
        return printed.read_text(encoding="utf-8")

    until("the platform is up", lambda: "The platform is up" in said(), seconds=180)
    answer = said()
    assert "nothing new: 3 files were loaded before" in answer
    assert "0 made now" in answer
    assert "Every asset and every blocking check passed." in answer
    assert str(ops.home / "vehicles" / "exports") in answer
    assert "making QR files" in answer
    assert "dagster - DEBUG" not in answer
    assert "STEP_SUCCESS" in (ops.home / "logs" / "demo.log").read_text(encoding="utf-8")
    family = psutil.Process(process.pid).children(recursive=True)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=30) as page:
        assert page.status == 200
    doctor = ops.json("doctor", OPS_UI__PORT=str(port))
    assert doctor["ok"] is True
    assert any(check["name"] == "platform" and "is up" in check["detail"] for check in doctor["checks"])
    with psycopg.connect(doctor["database_url"]) as connection:
        summary = connection.execute("SELECT * FROM get_order_processing_summary()").fetchall()
    assert ("Active Dealerships", "40") in summary
    assert "the platform in" in ops.run("demo", "--no-ui", "--fresh", code=1).err
    assert ops.json("vehicles", "jobs", "--limit", "1")[0]["status"] in ("completed", "empty")

    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
    assert "The demo is stopped" in printed.read_text(encoding="utf-8")
    assert [child for child in family if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
    assert "not running" in ops.run("database", "url", code=1).err


@pytest.mark.chaos
@pytest.mark.skipif(not FULL, reason="half a minute for a whole demo more: make chaos")
def test_a_demo_whose_work_fails_ends_with_1_and_names_the_assets(ops: Ops, first: dict[str, Any]) -> None:
    exports = ops.home / "vehicles" / "exports"
    exports.rename(exports.with_name("put away"))
    exports.write_text("a file where the folder has to be", encoding="utf-8")
    try:
        answer = ops.run("demo", "--no-ui", code=1)
    finally:
        exports.unlink()
        exports.with_name("put away").rename(exports)
    assert "failed: vehicles/dealership_exports" in answer.err
    assert "Every asset" not in answer.out


def test_another_size_needs_a_fresh_demo() -> None:
    with ops_home(inside=True, started=False) as other:
        _mark(other)
        assert "--fresh" in other.run("demo", "--no-ui", "--cars", "200", code=2).err


@pytest.mark.chaos
@pytest.mark.skipif(not FULL, reason="half a minute for a whole demo more: make chaos")
def test_fresh_throws_the_old_demo_away() -> None:
    with ops_home() as other:
        old = other.home / "vehicles" / "exports" / "of_the_old_demo.csv"
        old.parent.mkdir(parents=True)
        old.touch()
        _mark(other)
        found = other.json("demo", "--no-ui", "--fresh", "--cars", "200", "--days", "1")
        assert found["counts"]["files_in_all"] == 1
        assert found["counts"]["cars_on_hand"] < 300
        assert not old.exists()


def test_a_server_of_your_own_and_a_home_with_real_scrapes_are_refused(tmp_path: Path) -> None:
    named = Ops(tmp_path / "new", inside=True).run(
        "demo", "--no-ui", code=2, OPS_DATABASE_URL="postgresql://u:canary@h/db"
    )
    assert "OPS_DATABASE_URL" in named.err
    assert "canary" not in named.err
    assert not (tmp_path / "new").exists()

    with ops_home(inside=True, started=False) as real:
        [scrape] = demo_scrapes(tmp_path, days=1, cars=100, last_day=agency_day())
        real.run("vehicles", "import", str(scrape))
        refused = real.run("demo", "--no-ui", code=2)
        assert scrape.name in refused.err
        assert f"OPS_HOME={real.home}-demo" in refused.err
        assert "holds none" in real.run("demo", "--no-ui", "--fresh", code=2).err
        assert len(real.json("vehicles", "status")["dealerships"]) == 40
        assert not (real.home / "demo.json").exists()


def test_real_work_in_the_demos_home_is_warned_about_and_ends_the_demo_there(tmp_path: Path) -> None:
    [scrape] = demo_scrapes(tmp_path, days=1, cars=150, last_day=agency_day())
    with ops_home(inside=True, started=False) as other:
        _mark(other)
        assert "invented cars" in other.run("vehicles", "import", str(scrape)).err
        assert "not the demo's" in other.run("demo", "--no-ui", code=2).err


def test_a_taken_port_is_told_before_the_work_is_done() -> None:
    with socket.socket() as other, ops_home(inside=True, started=False) as ops:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"127.0.0.1:{port}" in ops.run("demo", "--port", str(port), code=1).err
        assert not (ops.home / "vehicles" / "imports").exists()


def test_a_demo_goes_on_a_day_at_a_time_and_not_for_ever() -> None:
    begun = Sandbox("2026-03-01", cars=100, days=3)
    assert begun.days_until(date(2026, 3, 3)) == 3
    assert begun.days_until(date(2026, 3, 4)) == 4
    assert begun.days_until(date(2026, 3, 1) + timedelta(days=400)) == LONGEST


def test_a_demo_knows_its_own_files_by_content_not_by_name(tmp_path: Path) -> None:
    mine = Sandbox("2026-03-01", cars=100, days=1, files={"complete_data_2026-03-01.csv": "aa"})
    refuse_real_scrapes(tmp_path, {"aa": "renamed.csv"}, mine)
    with pytest.raises(CommandError, match=r"complete_data_2026-03-01\.csv"):
        refuse_real_scrapes(tmp_path, {"bb": "complete_data_2026-03-01.csv"}, mine)
    with pytest.raises(CommandError):
        refuse_real_scrapes(tmp_path, {"aa": "x.csv"}, None)


def test_the_parts_of_the_work_are_named_as_people_say_them() -> None:
    from ops_platform.definitions import defs

    steps = defs.resolve_job_def("vehicles_daily").graph.node_dict
    work = [step for step in steps if not part_of_work(step).startswith("checking")]
    assert len(work) == 5
    assert part_of_work("vehicles__qr_files_qr_files_are_complete") == "checking: qr files qr files are complete"


def _mark(ops: Ops) -> None:
    """Make the home one of an earlier demo, without running it."""
    begun = Sandbox("2026-03-01", cars=600, days=3)
    (ops.home / MARK).write_text(json.dumps(asdict(begun)), encoding="utf-8")
