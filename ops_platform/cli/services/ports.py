"""The UI's port: free or taken, by whom, which one to take instead, and whether the UI answers on it."""

from __future__ import annotations

import http.client
import os
import socket

import psutil

from ops_platform.cli.errors import CommandError

_SECONDS = 3.0


class PortTakenError(CommandError):
    """Another program listens where the UI should; the message names the setting and a free port."""


def require_free_port(host: str, port: int, *, what: str = "the UI", section: str = "ui") -> None:
    """Raise PortTakenError unless the UI could listen on host:port now. what, section: of settings, for another one."""
    problem = _why_not(host, port)
    if problem is None:
        return
    free = next((number for number in range(port + 1, min(port + 100, 65536)) if not _why_not(host, number)), None)
    instead = f"set {section}.port to another"
    if free:
        instead = f"{free} is free: set OPS_{section.upper()}__PORT={free} (or {section}.port in ops.yaml)"
    raise PortTakenError(f"{what} cannot listen on {host}:{port} ({problem}). {instead}, or end that program.")


def answers_http(host: str, port: int) -> str | None:
    """Why nobody answers on host:port; None when somebody does, whatever it says: without the password it refuses."""
    connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    try:
        connection.request("GET", "/server_info")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        return f"http://{host}:{port}: {error or type(error).__name__}"
    finally:
        connection.close()
    return None


def _why_not(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # As the server itself does: a port whose last connections are in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except PermissionError:
            return "ports below 1024 need more rights"
        except OSError as error:
            return _listener(port) or (error.strerror or str(error)).lower()
    return None


def _listener(port: int) -> str | None:
    """Name the process that listens on a port, where the system lets us see it."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f"taken by {psutil.Process(connection.pid).name()}, process {connection.pid}"
    except psutil.Error:
        return None
    return None
