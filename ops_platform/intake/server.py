"""Serving the forms: uvicorn, the pages in their guard, and the files that are written beside."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn

from ops_platform.adapters.database import Database
from ops_platform.adapters.installation import installation_secret
from ops_platform.intake.app import Intake
from ops_platform.intake.exports import Exporter
from ops_platform.settings import Settings

SECRET: Final = "intake_forms"  # noqa: S105  # its name
_START_SECONDS: Final = 30.0


def serve(db: Database, settings: Settings) -> None:
    """Serve until interrupted. Errors: FileWriteError, SystemExit for a port in use."""
    with _exporting(db, settings) as exporter:
        _server(db, settings, exporter, host=settings.intake.host, port=settings.intake.port).run()


@contextmanager
def running(db: Database, settings: Settings, **app: Any) -> Iterator[str]:
    """Serve in a thread on a free port of this machine while the block runs; yield the address. app: as of Intake."""
    with socket.create_server(("127.0.0.1", 0)) as listener, _exporting(db, settings) as exporter:
        server = _server(db, settings, exporter, **app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="intake", daemon=True)
        thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _exporting(db: Database, settings: Settings) -> Iterator[Exporter]:
    exporter = Exporter(db, settings)
    exporter.start()
    try:
        yield exporter
    finally:
        exporter.stop()


def _server(
    db: Database, settings: Settings, exporter: Exporter, *, host: str = "127.0.0.1", port: int = 0, **app: Any
) -> uvicorn.Server:
    secret = installation_secret(settings.home, SECRET, settings.intake.secret)
    pages = Intake(db, settings, secret, wanted=exporter.ask, **app)
    config = uvicorn.Config(
        pages.asgi(),
        host=host,
        port=port,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,  # it would hold addresses of people
        server_header=False,
        proxy_headers=bool(settings.intake.trusted_proxies),
        forwarded_allow_ips=list(settings.intake.trusted_proxies),
        limit_concurrency=200,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=3,
    )
    return uvicorn.Server(config)
