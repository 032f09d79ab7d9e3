"""Where the sandbox of this home runs, and what it accepts: `<home>/sandbox.json`, written by it, read by adapters.

No server belongs here (ops_platform/sandbox). The keys are no secrets: they open invented data on this machine only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from ops_platform.adapters.files import write_whole

SANDBOX_KEY: Final = "sandbox"
STREAM_PATH: Final = "petpooja-stream"
PETPOOJA_PATH: Final = "petpooja"
WEBDAV_PATH: Final = "webdav"
WEBDAV_USER: Final = "owner@shop.example"
WEBDAV_FOLDER: Final = "/content"
MAIL_USER: Final = "shop@sandbox.example"
TWILIO_PATH: Final = "twilio"
TWILIO_ACCOUNT: Final = "AC" + "5a4db0c5" * 4
TWILIO_TOKEN: Final = "70c3a5b0" * 4
COUNTERPOINT_API_PATH: Final = "counterpoint"
COUNTERPOINT_API_USER: Final = "DEMO.OPS"
COMPETITOR_PATH: Final = "competitor"
COMPETITOR_USER: Final = "buyer"
PETPOOJA_REST_ID: Final = "demo0001"
BIGCOMMERCE_PATH: Final = "bigcommerce"
BIGCOMMERCE_STORE: Final = "sandbox"
PETPOOJA_KEYS: Final = {"app_key": "sandbox0" * 4, "app_secret": "sandbox1" * 5, "access_token": "sandbox2" * 5}


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers now. born: when its process began, because process numbers are used again."""

    url: str
    pid: int
    born: float


def sandbox_of(home: Path) -> RunningSandbox | None:
    """The sandbox that runs in this home; None when there is none, also after one was killed."""
    try:
        found = RunningSandbox(**json.loads((home / "sandbox.json").read_text(encoding="utf-8")))
        born = psutil.Process(found.pid).create_time()
    except (OSError, ValueError, TypeError, psutil.Error):
        return None
    return found if abs(born - found.born) < 1 else None


@contextmanager
def announced(home: Path, url: str) -> Iterator[None]:
    """Let adapters of this home find the sandbox at `url`, which this process serves, while the block runs."""
    file = home / "sandbox.json"
    ours = RunningSandbox(url, os.getpid(), psutil.Process().create_time())
    write_whole(file, json.dumps(asdict(ours), indent=2).encode())
    try:
        yield
    finally:
        if sandbox_of(home) == ours:  # else another one took the place
            file.unlink(missing_ok=True)
