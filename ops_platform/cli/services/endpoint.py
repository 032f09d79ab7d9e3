"""Where the code server listens, and the workspace file that tells the UI and the daemon.

A socket in a folder only its owner can enter, because whoever reaches the code server can run code; Windows
has none and gets a loopback port. Nothing of Dagster is imported here.
"""

from __future__ import annotations

import os
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

LOCATION_NAME: Final = "ops_platform"
_LONGEST_SOCKET_PATH = 100  # the system's limit is 107 bytes on Linux, 103 on macOS


@dataclass(frozen=True)
class Endpoint:
    """The code server's address: a socket file, or a port on 127.0.0.1."""

    socket_file: str | None = None
    port: int | None = None

    def arguments(self) -> list[str]:
        """Options of `dagster api grpc`."""
        if self.socket_file:
            return ["--socket", self.socket_file]
        return ["--host", "127.0.0.1", "--port", str(self.port)]

    def answers(self) -> bool:
        """Tell whether something accepts connections there; the code server does once it loaded the code."""
        if self.socket_file:
            family, address = socket.AF_UNIX, self.socket_file
        else:
            family, address = socket.AF_INET, ("127.0.0.1", self.port)  # type: ignore[assignment]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(2)
            try:
                probe.connect(address)
            except OSError:
                return False
        return True


def make_endpoint(folder: Path) -> Endpoint:
    """Return a fresh address. `folder`: private to this user, for the socket."""
    file = folder / "code.sock"
    if os.name == "posix" and len(os.fsencode(file)) <= _LONGEST_SOCKET_PATH:
        return Endpoint(socket_file=str(file))
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return Endpoint(port=probe.getsockname()[1])


def private_folder() -> tempfile.TemporaryDirectory[str]:
    """A short temporary folder that only this user can enter, removed at the end of a `with`."""
    return tempfile.TemporaryDirectory(prefix="ops-", ignore_cleanup_errors=True)


def write_workspace(endpoint: Endpoint, folder: Path) -> Path:
    """Write the workspace file that points at the code server and return it.

    The location has the name that workspace.yaml gives it: schedules and queued runs are kept by that name.
    """
    where = {"socket": endpoint.socket_file} if endpoint.socket_file else {"host": "127.0.0.1", "port": endpoint.port}
    file = folder / "workspace.yaml"
    content = {"load_from": [{"grpc_server": {**where, "location_name": LOCATION_NAME}}]}
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def wait_for_code(workspace: Path, seconds: float = 180.0) -> None:
    """Wait until the code server of a workspace file answers. Raises TimeoutError.

    The UI and the daemon spend the time in imports instead of showing a location that cannot be reached.
    """
    server = yaml.safe_load(workspace.read_text(encoding="utf-8"))["load_from"][0]["grpc_server"]
    endpoint = Endpoint(server.get("socket"), server.get("port"))
    deadline = time.monotonic() + seconds
    while not endpoint.answers():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the code server did not answer for {seconds:.0f} s")
        time.sleep(0.1)
