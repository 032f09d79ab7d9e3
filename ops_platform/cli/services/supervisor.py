"""Start code server, UI and daemon, wait until they answer; then the watchdog; keep them running, end them together.

Belongs here: the order of things, the restart policy, what the person reads meanwhile. What a single process is
and how it ends is process.py. Dagster is not imported, so the supervisor stays small and quick.

Restart policy: before everything answered once, a process that ends stops the start, with the end of its log.
Afterwards it is started again, after 1, 2, 4 ... 30 seconds. With the code server the daemon is started again
too: its start ends the runs that died with the code server and frees their slots (reconciler.py).
"""

from __future__ import annotations

import os
import signal
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psycopg

from ops_platform.adapters.postgres.urls import Urls
from ops_platform.cli.errors import CommandError, report
from ops_platform.cli.guard import ExposedWithoutPasswordError, policy_for
from ops_platform.cli.output import errors, say, warn
from ops_platform.cli.services.announcement import Announcer
from ops_platform.cli.services.endpoint import Endpoint, make_endpoint, private_folder, write_workspace
from ops_platform.cli.services.ports import PortTakenError, answers_http, require_free_port
from ops_platform.cli.services.process import ServiceProcess
from ops_platform.dagster_instance.daemon_lock import (
    EXIT_ANOTHER_DAEMON,
    AnotherDaemonError,
    Holder,
    daemon_lock_holder,
)
from ops_platform.dagster_instance.environment import dagster_environment
from ops_platform.paths import project_root
from ops_platform.settings import Settings

_START_SECONDS = 180.0
_STOP_SECONDS = 20.0
_LONGEST_PAUSE = 30.0
_STEADY_SECONDS = 60.0  # who ran this long starts with the shortest pause again
_TICK_SECONDS = 0.25


class StartError(CommandError):
    """A service did not come up; the message says which, and holds the end of its log."""


@dataclass
class _Watched:
    """A service with the memory of its restarts."""

    process: ServiceProcess
    started_at: float = 0.0
    pause: float = 1.0
    start_again_at: float | None = None


@dataclass
class _Platform:
    """The services and how to see that each is ready."""

    code_server: _Watched
    webserver: _Watched
    daemon: _Watched
    watchdog: _Watched
    endpoint: Endpoint
    dagster_url: str
    ui: tuple[str, int]
    announcer: Announcer
    intake: _Watched | None = None
    ready: set[str] = field(default_factory=set)

    def needed(self) -> tuple[_Watched, _Watched, _Watched]:
        """Those without which the platform is not up."""
        return self.code_server, self.webserver, self.daemon

    def all(self) -> tuple[_Watched, ...]:
        return *self.needed(), *self.beside()

    def beside(self) -> tuple[_Watched, ...]:
        """Those that are started once it is up."""
        return (self.watchdog,) if self.intake is None else (self.watchdog, self.intake)


def up(
    settings: Settings,
    urls: Urls,
    *,
    port: int | None = None,
    open_browser: bool = False,
    module: str = "ops_platform.definitions",
) -> int:
    """Run the platform's services until Ctrl-C or SIGTERM; return the exit code for the command.

    The databases at `urls` must be reachable and migrated; stopping them is the caller's, afterwards. port:
    instead of ui.port. module: the one with the definitions. 0: ended as asked. Else it could not start, or
    another daemon took over; the reason was printed. Call it in the main thread.
    """
    port = settings.ui.port if port is None else port
    if code := refused(settings, urls, port=port):
        return code
    try:
        with _stop_signals() as stop, private_folder() as folder:
            platform = _make_platform(settings, urls, port, module, Path(folder))
            try:
                return _run(platform, stop, settings, open_browser)
            finally:
                if stop.is_set():
                    platform.announcer.ended()
                _stop(platform)
    except (PortTakenError, StartError) as problem:
        return report(problem)


def refused(settings: Settings, urls: Urls, *, port: int | None = None) -> int:
    """Tell what keeps the services from being started now, and return the exit code for it; 0 when nothing does."""
    try:
        _require_ready(settings, urls, settings.ui.port if port is None else port)
    except (PortTakenError, AnotherDaemonError, ExposedWithoutPasswordError, StartError) as problem:
        return report(problem)
    return 0


def _require_ready(settings: Settings, urls: Urls, port: int) -> None:
    """Refuse at once what would fail after some seconds in the log of a child."""
    password = settings.ui.auth_password.get_secret_value() if settings.ui.auth_password else None
    policy_for(settings.ui.host, port, user=settings.ui.auth_user, password=password)
    try:
        holder = daemon_lock_holder(urls.dagster)
    except psycopg.OperationalError as error:
        raise StartError(f"Dagster's database does not answer: {' '.join(str(error).split())}") from None
    if holder:
        raise AnotherDaemonError(holder)
    require_free_port(settings.ui.host, port)
    if settings.intake.enabled:
        require_free_port(settings.intake.host, settings.intake.port, what="the forms", section="intake")


def _make_platform(settings: Settings, urls: Urls, port: int, module: str, folder: Path) -> _Platform:
    endpoint = make_endpoint(folder)
    workspace = str(write_workspace(endpoint, folder))
    env = {**os.environ, **dagster_environment(settings, urls), "PYTHONUNBUFFERED": "1"}
    # Where it is set, each of the processes compiles all of Dagster anew at every start.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    logs = settings.home / "logs"
    ui = (_reachable(settings.ui.host), port)

    def service(name: str, arguments: list[str]) -> _Watched:
        python_module = f"ops_platform.cli.{name.replace('-', '_')}"
        return _Watched(ServiceProcess(name, python_module, arguments, env=env, folder=logs, cwd=project_root()))

    return _Platform(
        code_server=service("code-server", ["--module-name", module, *endpoint.arguments()]),
        webserver=service("webserver", ["--workspace", workspace, "--port", str(port)]),
        daemon=service("daemon", ["--workspace", workspace]),
        watchdog=service("watchdog", []),
        endpoint=endpoint,
        dagster_url=urls.dagster,
        ui=ui,
        announcer=Announcer(settings.home, ui=ui, workspace=workspace),
        intake=service("intake", []) if settings.intake.enabled else None,
    )


def _run(platform: _Platform, stop: threading.Event, settings: Settings, open_browser: bool) -> int:
    began = time.monotonic()
    for watched in platform.needed():
        _start(watched)
    if not _wait_ready(platform, stop):
        return 0
    platform.announcer.up()
    for watched in platform.beside():
        _start(watched)
    host, port = platform.ui
    url = f"http://{host}:{port}"
    say(
        f"The platform is up after {time.monotonic() - began:.1f} s: {url}  "
        f"(Ctrl-C ends it; logs in {settings.home / 'logs'})"
    )
    if open_browser:
        webbrowser.open(url)
    while not stop.wait(_TICK_SECONDS):
        for watched in platform.all():
            _look_after(watched, platform)
    return 0


def _wait_ready(platform: _Platform, stop: threading.Event) -> bool:
    """Wait until all three answer; False when asked to stop meanwhile. Raises StartError, AnotherDaemonError."""
    deadline = time.monotonic() + _START_SECONDS
    with errors.status("Starting: code server, UI, daemon ..."):
        while len(platform.ready) < len(platform.needed()):
            if stop.wait(_TICK_SECONDS):
                return False
            for watched in platform.needed():
                name = watched.process.name
                code = watched.process.ended()
                if code is not None:
                    _refuse_second_daemon(code, platform)
                    raise StartError(f"the {name} ended at its start ({_how(code)}).{_log(watched)}")
                if name not in platform.ready and _is_ready(name, platform):
                    platform.ready.add(name)
            if time.monotonic() > deadline:
                late = next(w for w in platform.needed() if w.process.name not in platform.ready)
                raise StartError(f"the {late.process.name} did not answer within {_START_SECONDS:.0f} s.{_log(late)}")
    return True


def _is_ready(name: str, platform: _Platform) -> bool:
    if name == "code-server":
        return platform.endpoint.answers()
    if name == "webserver":
        return answers_http(*platform.ui) is None
    holder = _lock_holder(platform)
    return holder is not None and holder.name.endswith(f" {platform.daemon.process.pid}")


def _lock_holder(platform: _Platform) -> Holder | None:
    try:
        return daemon_lock_holder(platform.dagster_url)
    except psycopg.OperationalError:
        return None


def _look_after(watched: _Watched, platform: _Platform) -> None:
    """Start a service again when it ended, after its pause."""
    now = time.monotonic()
    if watched.start_again_at is not None:
        if now >= watched.start_again_at:
            _start(watched)
        return
    code = watched.process.ended()
    if code is None:
        return
    _refuse_second_daemon(code if watched is platform.daemon else None, platform)
    if now - watched.started_at > _STEADY_SECONDS:
        watched.pause = 1.0
    warn(
        f"{watched.process.name} ended ({_how(code)}); starting it again in {watched.pause:.0f} s. "
        f"Its log: {watched.process.log}"
    )
    platform.announcer.restarted(watched.process.name)
    watched.start_again_at = now + watched.pause
    watched.pause = min(watched.pause * 2, _LONGEST_PAUSE)
    if watched is platform.code_server and platform.daemon.start_again_at is None:
        platform.daemon.process.ask_to_stop()
        platform.daemon.process.wait_stopped(_STOP_SECONDS)
        platform.daemon.start_again_at = watched.start_again_at


def _refuse_second_daemon(code: int | None, platform: _Platform) -> None:
    if code == EXIT_ANOTHER_DAEMON:
        raise AnotherDaemonError(_lock_holder(platform))


def _start(watched: _Watched) -> None:
    watched.process.start()
    watched.started_at = time.monotonic()
    watched.start_again_at = None


def _stop(platform: _Platform) -> None:
    """End them all; the daemon first, so that it starts no run on a code server that is ending."""
    for watched in (*platform.beside(), platform.daemon, platform.webserver, platform.code_server):
        watched.process.ask_to_stop()
    deadline = time.monotonic() + _STOP_SECONDS
    for watched in platform.all():
        watched.process.wait_stopped(max(0.0, deadline - time.monotonic()))


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and a closed terminal set; a second one is an ordinary KeyboardInterrupt."""
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104  # compared, not bound


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _log(watched: _Watched) -> str:
    return f" The end of {watched.process.log}:\n{watched.process.tail()}"
