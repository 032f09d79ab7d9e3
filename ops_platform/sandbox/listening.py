"""A listening socket for asyncio, and the end of a server with all its conversations. No protocol belongs here."""

from __future__ import annotations

import asyncio
import os
import socket


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Errors: OSError when the port is taken."""
    # With its protocol named: else asyncio does not switch Nagle's algorithm off, and some answers take 40 ms longer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # on Windows it would take a port away from who has it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


async def ended(server: asyncio.Server) -> None:
    """Close a server and what its connections are busy with."""
    server.close()
    own = asyncio.current_task()
    sessions = [task for task in asyncio.all_tasks() if task is not own]
    for task in sessions:
        task.cancel()
    await asyncio.gather(*sessions, return_exceptions=True)
