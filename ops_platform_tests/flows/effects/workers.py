"""Processes that deliver and can be killed -9.

What belongs here: what a worker does, and the named moments at which one kills itself. What does not: forking them
(ops_platform_tests/forks.py) and what is right afterwards (campaign.py), which only looks at the other side's log and
the database.
"""

from __future__ import annotations

import importlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops_platform_tests.forks import Forks, forks, is_alive

# What costs time is loaded once: a worker that is killed every few seconds would never get to its work else.
LOADED = (
    "httpcore",
    "ops_platform.adapters.twilio_api",
    "ops_platform.flows.effects.delivery",
    "ops_platform_tests.flows.effects.conftest",
    "sqlalchemy.dialects.postgresql.psycopg",
    "twilio.rest.api.v2010.account.message",
)
POINTS = (
    "before the claim is committed",
    "after the claim is committed",
    "before the call is begun for good",
    "before the call",
    "after the call",
    "while it is settled",
    "after it is settled",
)

LOOK_UP = "while a look-up is written down"


@dataclass(frozen=True)
class Job:
    """What a worker does. senders: module:function that makes them of `arguments`; point: where it kills itself."""

    url: str
    senders: str
    arguments: dict[str, Any]
    point: str = ""
    process: str = "worker"
    forever: bool = False


class Workers:
    """Starts workers. Made by `workers`."""

    def __init__(self, forking: Forks) -> None:
        self._forks = forking

    def start(self, job: Job) -> int:
        """Fork a worker; return its process number."""
        return self._forks.start(f"{__name__}:work", job.__dict__)

    def wait(self, pid: int, *, seconds: float = 60.0) -> None:
        """Wait until a worker has ended by itself."""
        deadline = time.monotonic() + seconds
        while is_alive(pid):
            assert time.monotonic() < deadline, "the worker does not come to an end"
            time.sleep(0.005)


@contextmanager
def workers() -> Iterator[Workers]:
    """What starts workers while the block runs; with it end all of them."""
    with forks(*LOADED) as forking:
        yield Workers(forking)


def work(given: dict[str, Any]) -> None:
    """Deliver all that is due, as a run does; forever: again and again, until it is killed."""
    from ops_platform.adapters.database import Database
    from ops_platform.flows.effects.delivery import deliver
    from ops_platform.flows.effects.orders import orders_of

    job = Job(**given)
    if job.point:
        die_at(job.point)
    module, _, name = job.senders.partition(":")
    made: Callable[..., AbstractContextManager[Any]] = getattr(importlib.import_module(module), name)
    with made(process=job.process, **job.arguments) as senders:
        db = Database(job.url, application_name=f"worker {job.process}")
        while True:
            deliver(db, senders, orders_of(senders), run_id=job.process)
            if not job.forever:
                return
            time.sleep(0.02)


def die_at(point: str) -> None:
    """Let this process kill itself at a named moment of the first effect it delivers."""
    from ops_platform.adapters import ledger
    from ops_platform.flows.effects import delivery

    def dead(*_: Any, **__: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)

    def after(whole: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given, **named: (whole(*given, **named), dead())[0]

    line = delivery._Line
    places: dict[str, tuple[Any, str, Callable[..., Any]]] = {
        "before the claim is committed": (ledger, "claim", after(ledger.claim)),
        "after the claim is committed": (line, "_one", dead),
        "before the call is begun for good": (ledger, "begin", after(ledger.begin)),
        "before the call": (line, "_answer", dead),
        "after the call": (line, "_answer", after(line._answer)),
        "while it is settled": (ledger, "settle", after(ledger.settle)),
        LOOK_UP: (ledger, "looked_up", after(ledger.looked_up)),
        "after it is settled": (line, "_put_down", _once_settled(line._put_down, dead)),
    }
    module, name, replacement = places[point]
    setattr(module, name, replacement)


def _once_settled(whole: Callable[..., Any], dead: Callable[[], Any]) -> Callable[..., Any]:
    def put_down(self: Any, what: Any) -> None:
        whole(self, what)
        if what is not None:
            dead()

    return put_down


@contextmanager
def to_provider(*, root: str, env: dict[str, str], url: str, provider: str, process: str) -> Iterator[Any]:
    """Senders that talk to provider.py."""
    from ops_platform_tests.flows.effects.conftest import senders

    with senders(Path(root), env, url, provider, process) as found:
        yield found


@contextmanager
def to_sandbox(*, root: str, env: dict[str, str], url: str, sandbox: str, process: str) -> Iterator[Any]:
    """The platform's own senders, whose systems are the sandbox. process: not told to it."""
    from ops_platform.flows.effects.registry import Senders
    from ops_platform.flows.retail.systems import open_systems
    from ops_platform.settings import load_settings

    settings = load_settings(Path(root), {"OPS_HOME": str(Path(root) / "home"), **env})
    with open_systems(settings, url, sandbox_url=sandbox) as systems:
        yield Senders(systems)
