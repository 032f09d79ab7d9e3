"""The UI's port: free or taken, by whom, and which one to take instead."""

from __future__ import annotations

import os
import socket

import psutil

from ops_platform.cli.errors import CommandError


class PortTakenError(CommandError):
    """Another program listens where the UI should; the message names the setting and a free port."""


def require_free_port(host: str, port: int) -> None:
    """Raise PortTakenError unless the UI could listen on host:port now."""
    problem = _why_not(host, port)
    if problem is None:
        return
    free = next((number for number in range(port + 1, min(port + 100, 65536)) if not _why_not(host, number)), None)
    instead = f"{free} is free: set OPS_UI__PORT={free} (or ui.port in ops.yaml)" if free else "set ui.port to another"
    raise PortTakenError(f"the UI cannot listen on {host}:{port} ({problem}). {instead}, or end that program.")


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
