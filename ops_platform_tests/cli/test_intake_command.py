"""`ops intake`: what it says, and what it refuses."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from ops_platform.cli.intake import served
from ops_platform.paths import project_root
from ops_platform_tests.cli.running import free_port, platform_env
from ops_platform_tests.patience import until


def start(home: Path, url: str, port: int, **more: str) -> subprocess.Popen[str]:
    """`ops intake` in a process of its own."""
    env = {**platform_env(home, url, free_port()), "OPS_INTAKE__PORT": str(port), **more}
    command = [sys.executable, "-m", "ops_platform", "intake"]
    return subprocess.Popen(
        command, env=env, cwd=project_root(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_the_forms_are_served_until_ctrl_c_and_what_was_sent_is_in_the_file(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    process = start(tmp_path / "home", database_url, port)
    try:
        until("the forms are served", lambda: served("127.0.0.1", port) or process.poll() is not None)
        page = httpx.get(f"http://127.0.0.1:{port}/newsletter").text
        token = page.partition('name="token" value="')[2].partition('"')[0]
        sent = httpx.post(
            f"http://127.0.0.1:{port}/newsletter", data={"token": token, "email": "jane@customers.com"}, timeout=10
        )
        assert sent.status_code == 303
    finally:
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"The forms are at http://127.0.0.1:{port}" in said
    assert "intake.allowed_hosts" in said
    assert said.rstrip().endswith("The forms are stopped.")
    assert "jane@" not in said
    written = tmp_path / "home" / "retail" / "leads" / "newsletter_signups.csv"
    assert "jane@customers.com" in written.read_text(encoding="utf-8")


def test_a_port_that_is_taken_is_told_with_one_that_is_free(database_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(tmp_path / "home", database_url, taken.getsockname()[1])
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "the forms cannot listen on 127.0.0.1:" in said
    assert "set OPS_INTAKE__PORT=" in said


def test_another_address_without_names_is_refused(database_url: str, tmp_path: Path) -> None:
    process = start(tmp_path / "home", database_url, free_port(), OPS_INTAKE__HOST="0.0.0.0")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "set intake.allowed_hosts to the names they are opened by" in " ".join(said.split())
