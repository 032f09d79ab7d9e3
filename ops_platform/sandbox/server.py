"""Serving the sandbox on this machine: a thread of this process, a free port, and an end that leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ops_platform.sandbox.app import SandboxApp
from ops_platform.sandbox.exchange import TRANSPORT
from ops_platform.sandbox.faults import Faults
from ops_platform.sandbox.request_log import RequestLog
from ops_platform.sandbox.service import Service

HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 30.0


class SandboxError(Exception):
    """The sandbox cannot be served; the message says what to do."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox. url: without a slash at its end; a service is at `<url>/<its name>`."""

    url: str
    log: RequestLog
    faults: Faults


class _Protocol(H11Protocol):
    """uvicorn's, which also lets a request reach its connection (see exchange.py)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


@contextmanager
def running_sandbox(services: Sequence[Service], *, port: int = 0, folder: Path | None = None) -> Iterator[Sandbox]:
    """Serve services on 127.0.0.1 while the block runs. port 0: a free one. folder: where the request log is written.

    Raises SandboxError when the port is taken, OSError when the folder cannot be written to.
    """
    log = RequestLog(folder)
    app = SandboxApp(services, log=log)
    try:
        with _beside(app), _listening(port) as listener, _serving(app, listener):
            yield Sandbox(f"http://{HOST}:{listener.getsockname()[1]}", log, app.faults)
    finally:
        log.close()


@contextmanager
def _beside(app: SandboxApp) -> Iterator[None]:
    """What services run besides their HTTP."""
    with ExitStack() as running:
        for service in app.services:
            if service.alongside is not None:
                running.enter_context(service.alongside(app.log, app.faults))
        yield


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    # With its protocol named: else asyncio does not switch Nagle's algorithm off, and each answer takes 40 ms longer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        if os.name == "posix":  # on Windows it would take a port away from who has it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise SandboxError(
                f"the sandbox cannot listen on {HOST}:{port} ({(error.strerror or str(error)).lower()}). Use another "
                "port: `ops sandbox --port N`, or the setting sandbox.port (0: a free one)"
            ) from None
        yield listener


@contextmanager
def _serving(app: SandboxApp, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(
        app.asgi(),
        http=_Protocol,
        loop="asyncio",  # aborting a connection is written for its transports
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,  # a fault may be holding a client for an hour
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
    thread.start()
    try:
        _wait_started(server, thread)
        yield
    finally:
        server.should_exit = True
        thread.join()


def _wait_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise SandboxError("the sandbox did not start; this is a defect, its reason stands above")
        time.sleep(0.005)
