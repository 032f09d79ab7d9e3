"""`ops database start | stop | url`: the embedded server without anything else, for psql and other programs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Final

from ops_platform.adapters.postgres.databases import database_urls, embedded_server, needs_embedded
from ops_platform.adapters.postgres.urls import Urls
from ops_platform.cli.database_keeper import Keeper
from ops_platform.cli.errors import CommandError
from ops_platform.cli.output import errors, line, print_json
from ops_platform.settings import Settings, load_settings

_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 60.0


def start(*, as_json: bool) -> None:
    """Leave a process behind that holds the server, and print the URL."""
    settings = load_settings()
    if not needs_embedded(settings):
        raise CommandError("the settings name servers of your own for every database; there is nothing to start")
    keep(settings)
    _tell(database_urls(settings), as_json=as_json)


def keep(settings: Settings, seconds: int | None = None) -> None:
    """Have the embedded server held by a process of its own: until it is told to stop, or for so many seconds."""
    keeper = Keeper(settings.home)
    if seconds is None and keeper.is_timed():
        # One that ends by itself (ops doctor --json) must not pass for one that stays.
        keeper.dismiss()
        while keeper.alive():
            time.sleep(0.1)
    if not keeper.alive():
        keeper.dismiss()  # what a killed one left behind would pass for "ready"
        _spawn(settings, keeper, [] if seconds is None else [str(seconds)])


def _spawn(settings: Settings, keeper: Keeper, arguments: list[str]) -> None:
    keeper.log.parent.mkdir(parents=True, exist_ok=True)
    with keeper.log.open("wb") as log, errors.status("starting the database"):
        process = subprocess.Popen(  # noqa: S603 - this program, with a number
            [sys.executable, "-m", "ops_platform.cli.database_keeper", *arguments],
            env={**os.environ, "OPS_HOME": str(settings.home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=os.name == "posix",  # Ctrl-C in this terminal is not for it
            creationflags=getattr(subprocess, "DETACHED_PROCESS", 0)
            | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        deadline = time.monotonic() + _START_SECONDS
        while not keeper.ready():
            if process.poll() is not None or time.monotonic() > deadline:
                said = keeper.log.read_text(encoding="utf-8", errors="replace").strip()
                raise CommandError(f"the database was not started:\n{said[-4000:]}")
            time.sleep(0.1)


def stop(*, as_json: bool) -> None:
    """Let the process end that `start` left behind."""
    settings = load_settings()
    keeper = Keeper(settings.home)
    held = keeper.alive()
    keeper.dismiss()
    deadline = time.monotonic() + _STOP_SECONDS
    with errors.status("stopping the database"):
        while keeper.alive():
            if time.monotonic() > deadline:
                raise CommandError(f"the process that holds the database does not end; see {keeper.log}")
            time.sleep(0.1)
    running = embedded_server(settings).peek() is not None
    if as_json:
        print_json({"was_held": held, "running": running})
    elif running:
        line("The database goes on running for another ops command; it ends with that.")
    else:
        line("The database is stopped." if held else "The database was not running.")


def url(*, as_json: bool) -> None:
    """Print the running database's URL and nothing else."""
    _tell(database_urls(load_settings()), as_json=as_json)


def _tell(urls: Urls, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "database_url": urls.ops,
                "dagster_database_url": urls.dagster,
                "counterpoint_database_url": urls.counterpoint or None,
            }
        )
    else:
        line(urls.ops)
