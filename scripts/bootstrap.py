"""Make `.venv` ready: the one thing that has to run before anything else can.

Standard library only, because nothing is installed yet. `make` calls it before every target and Windows
users call `py scripts/bootstrap.py`; when the lock has not changed since the last time it ends at once.

What it does: finds a Python that the project supports, makes the virtual environment, installs exactly
what requirements.lock names (hash-checked; with uv, else with pip), installs the project itself in
editable form and leaves a stamp.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / ".ops-stamp"
SUPPORTED = ((3, 11), (3, 13))


def main() -> int:
    """Return 0 when `.venv` matches the lock; say what to do otherwise."""
    wanted = fingerprint()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
        return 0
    started = time.monotonic()
    print("Preparing .venv (first start or a changed lock; about half a minute besides the download) ...", flush=True)
    try:
        make_venv(find_python())
        install()
    except BootstrapError as error:
        print(f"\nbootstrap: {error}", file=sys.stderr)
        return 1
    STAMP.write_text(wanted, encoding="utf-8")
    print(f".venv is ready ({time.monotonic() - started:.0f} s)", flush=True)
    return 0


class BootstrapError(Exception):
    """Something the person has to do; the text says what."""


def fingerprint() -> str:
    """What the environment depends on; a moved checkout counts, because a venv holds absolute paths."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in ("requirements.lock", "requirements-bootstrap.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def find_python() -> str:
    """Return a supported interpreter: this one, else the newest supported one on PATH."""
    if SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        return sys.executable
    for minor in range(SUPPORTED[1][1], SUPPORTED[0][1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and run([found, "-c", "pass"], check=False):
            return found
        if os.name == "nt" and (found := windows_python(f"3.{minor}")):
            return found
    have = ".".join(map(str, sys.version_info[:2]))
    advice = (
        "Install one from python.org, then run py -3.13 scripts\\bootstrap.py"
        if os.name == "nt"
        else "Install one (Debian: apt-get install python3.11 python3.11-venv) or call make PYTHON=/path/to/python3.11"
    )
    raise BootstrapError(f"Python 3.11, 3.12 or 3.13 is needed; this is {have} and no other was found. {advice}")


def windows_python(version: str) -> str | None:
    """Where the Python launcher of Windows has a version: its installer puts no python3.11 on PATH."""
    launcher = shutil.which("py")
    if launcher is None:
        return None
    asked = [launcher, f"-{version}", "-c", "import sys; print(sys.executable)"]
    answer = subprocess.run(asked, check=False, capture_output=True, text=True)
    return answer.stdout.strip() or None


def make_venv(python: str) -> None:
    """Create `.venv`, replacing one that is broken or of another Python."""
    if PYTHON.exists() and run([str(PYTHON), "-m", "pip", "--version"], check=False):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if run([python, "-m", "venv", str(VENV)], check=False):
        return
    # Debian splits ensurepip into python3-venv; root can add it, anybody else has to be told.
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=apt)
        subprocess.run(["apt-get", "install", "-y", "-qq", "python3-venv"], check=False, env=apt)
        shutil.rmtree(VENV, ignore_errors=True)
        if run([python, "-m", "venv", str(VENV)], check=False):
            return
    raise BootstrapError(
        f"{python} cannot make a virtual environment. "
        "On Debian and Ubuntu: sudo apt-get install python3-venv, then run the same command again"
    )


def install() -> None:
    """Install the lock and the project, with uv where it can be had, else with pip (slower, same result)."""
    lock = str(ROOT / "requirements.lock")
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    bootstrap_lock = str(ROOT / "requirements-bootstrap.lock")
    uv = [str(PYTHON), "-m", "uv"]
    if run([*pip, "--no-deps", "--require-hashes", "-r", bootstrap_lock], check=False):
        # --inexact-like: sync would remove pip and uv themselves, so install instead of sync.
        done = run([*uv, "pip", "install", "--quiet", "--python", str(PYTHON), "--no-deps", "--require-hashes",
                    "--compile-bytecode", "-r", lock], check=False)  # fmt: skip
        if done:
            run([*uv, "pip", "install", "--quiet", "--python", str(PYTHON), "--no-deps", "--no-build-isolation",
                 "-e", str(ROOT)])  # fmt: skip
            return
    run([*pip, "--no-deps", "--require-hashes", "-r", lock])
    run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)])


def run(command: list[str], *, check: bool = True) -> bool:
    """Run a command; output is shown only when it fails and the failure matters."""
    env = {k: v for k, v in os.environ.items() if k not in {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return True
    if check:
        raise BootstrapError(f"`{' '.join(command)}` failed:\n{done.stdout}{done.stderr}")
    return False


if __name__ == "__main__":
    raise SystemExit(main())
