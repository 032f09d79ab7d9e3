"""The watchdog on a real database, a real Dagster instance and a real mail server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import psutil
import psycopg
import pytest
from dagster._daemon.types import DaemonHeartbeat
from pytest_httpserver import HTTPServer

from ops_platform.adapters.database import Database
from ops_platform.adapters.sandbox_address import announced as sandbox_announced
from ops_platform.adapters.webdav_errors import WebDavError
from ops_platform.cli.services.announcement import Announcer, announced
from ops_platform.cli.watching import Watchdog, dagster_instance
from ops_platform.core.alerts import Rules
from ops_platform.flows.operations.book import Book
from ops_platform.paths import project_root
from ops_platform.sandbox.mail_pages import mail_service
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.smtp import MailSandbox
from ops_platform.settings import load_settings
from ops_platform_tests.cli.ops_command import Answer, Ops, ops_home
from ops_platform_tests.cli.running import platform_env
from ops_platform_tests.flows.parts import small_disk
from ops_platform_tests.patience import until

MINUTE = timedelta(minutes=1)
ENV = {"OPS_ALERTS__TO": '["ann@store.example"]', "OPS_ALERTS__DISK_FREE_GB": "0"}
FAULTS: dict[str, Exception] = {}


@dg.asset
def exported() -> None:
    """Fails as long as a fault is set."""
    if FAULTS:
        raise FAULTS["exported"]


DEFS = dg.Definitions(
    assets=[exported],
    jobs=[dg.define_asset_job("vehicles_daily", dg.AssetSelection.assets(exported))],
    executor=dg.in_process_executor,
)


@contextmanager
def environment(env: dict[str, str]) -> Iterator[None]:
    """Another environment, for a while."""
    kept = dict(os.environ)
    os.environ.clear()
    os.environ.update(env)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


@dataclass
class Home:
    """A home with databases, a mail server, and a clock of its own."""

    path: Path
    url: str
    post: MailSandbox
    sandbox: Sandbox
    before: int = 0
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    @contextmanager
    def watchdog(self, **env: str) -> Iterator[Watchdog]:
        """As a process of its own would open it; what it sets in the environment is taken back."""
        with environment({**platform_env(self.path, self.url, 1), **ENV, **env}), Watchdog(load_settings()) as made:
            yield made

    def look(self, watchdog: Watchdog, *, after: timedelta = MINUTE) -> list[str]:
        """One look a while later; the subjects of the mails that it sent, the first first."""
        self.now += after
        seen = len(self.mails())
        watchdog.look(self.now)
        return self.mails()[seen:]

    def mails(self) -> list[str]:
        """The subjects of the mails that arrived in this test, the first first."""
        found = [mail.subject for mail in self.post.mails()]
        return found[: len(found) - self.before][::-1]


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MailSandbox, Sandbox]]:
    state = MailSandbox(tmp_path_factory.mktemp("post"))
    with running_sandbox([mail_service(state)]) as sandbox:
        yield state, sandbox


@pytest.fixture(scope="module")
def url(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database with Dagster's tables."""
    home = Home(tmp_path_factory.mktemp("first"), database_url, *(None, None))  # type: ignore[arg-type]
    with home.watchdog() as watchdog:
        watchdog.look()
    return database_url


@pytest.fixture
def home(url: str, tmp_path: Path, post: tuple[MailSandbox, Sandbox]) -> Iterator[Home]:
    """A home without alerts and runs."""
    state, sandbox = post
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE ops.alerts, ops.alert_messages, retail.automation_runs, daemon_heartbeats, runs CASCADE"
        )
    FAULTS.clear()
    with sandbox_announced(tmp_path, sandbox.url):
        yield Home(tmp_path, url, state, sandbox, len(state.mails()), datetime.now(UTC))


def run(watchdog: Watchdog) -> None:
    """One run of the job, as the daemon would have started it."""
    from ops_platform.adapters.postgres.databases import database_urls

    with dagster_instance(watchdog.settings, database_urls(watchdog.settings)) as instance:
        instance.optimize_for_webserver(statement_timeout=600_000, pool_recycle=3600, max_overflow=20)
        DEFS.resolve_job_def("vehicles_daily").execute_in_process(instance=instance, raise_on_error=False)


def test_a_run_that_fails_again_and_again_is_one_mail_and_another_when_it_succeeds(home: Home) -> None:
    FAULTS["exported"] = WebDavError("the disk of the server is full", kind="full")
    with home.watchdog() as watchdog:
        run(watchdog)
        assert home.look(watchdog) == ["Alert: The job vehicles_daily failed"]
        run(watchdog)
        assert [home.look(watchdog) for _ in range(3)] == [[]] * 3
        FAULTS.clear()
        run(watchdog)
    with home.watchdog() as another:
        assert home.look(another) == ["Over: The job vehicles_daily failed"]
        assert home.look(another) == []
    [mail, *_] = home.post.mails()
    assert mail.envelope_to == ("ann@store.example",)
    db = Database(home.url)
    [row] = db.frame("SELECT key, count, over_reason FROM ops.alerts").to_dict("records")
    db.close()
    assert (row["key"], row["count"]) == ("runs/vehicles_daily", 1)
    assert "succeeded" in row["over_reason"]


def test_a_person_reads_acknowledges_and_tries_alerts_on_the_command_line(home: Home) -> None:
    FAULTS["exported"] = WebDavError("the disk of the server is full", kind="full")
    with home.watchdog() as watchdog:
        run(watchdog)
    ops = Ops(home.path, inside=True)
    env = {**{name: value for name, value in platform_env(home.path, home.url, 1).items() if "OPS" in name}, **ENV}
    assert "Nothing is wrong" in ops.run("alerts", **env).out
    assert ops.run("watchdog", "--once", **env).out == "Alert: The job vehicles_daily failed\n"
    assert ops.run("watchdog", "--once", **env).out == ""

    said = ops.run("alerts", **env).out
    assert "runs/vehicles_daily" in ops.run("alerts", "list", **env).out
    assert "The job vehicles_daily failed" in said
    assert "runs/vehicles_daily: for" in said
    assert "exported: the disk of the server is full" in said
    assert "Told through: mail." in said
    assert [row["key"] for row in ops.json("alerts", **env)["open"]] == ["runs/vehicles_daily"]

    assert "no alert 'nothing' is open" in ops.run("alerts", "ack", "nothing", code=1, **env).err
    assert "ann knows of" in ops.run("alerts", "ack", "runs/vehicles_daily", "--by", "ann", **env).out
    assert "known by ann" in ops.run("alerts", **env).out
    assert "vehicles_daily" in ops.run("alerts", "history", **env).out

    assert ops.run("alerts", "test", **env).out == "mail: delivered\n"
    assert home.mails() == ["Alert: The job vehicles_daily failed", "Test alert: this is how one looks"]
    home.sandbox.faults.add("smtp", "reply", method="AUTH", status=535, message="no", times=None)
    try:
        assert "mail: not delivered" in ops.run("alerts", "test", code=1, **env).out
    finally:
        home.sandbox.faults.switch_off()

    log = ops.run("log", "--business", "vehicles", **env).out
    assert "ERROR: exported: the disk of the server is full" in log
    assert log.endswith("Total errors: 1\n")
    told = ops.json("log", "--business", "vehicles", **env)
    assert Path(told["file"]).read_text(encoding="utf-8") == told["text"] == log
    assert ops.json("log", "--date", "2026-02-28", **env)["processes"] == 0
    assert "is no day" in ops.run("log", "--date", "2026-02-29", code=2, **env).err
    away = {**env, "OPS_DATABASE_URL": "postgresql://ops@127.0.0.1:1/none"}
    assert ops.run("log", "--business", "vehicles", **away).out == log
    assert "does not answer" in ops.run("alerts", "history", code=1, **away).err
    assert "runs/vehicles_daily" in ops.run("alerts", **away).out


@pytest.fixture
def once(home: Home) -> Callable[..., Answer]:
    """`ops watchdog --once`, as cron types it."""
    env = {name: value for name, value in platform_env(home.path, home.url, 1).items() if "OPS" in name}
    ops = Ops(home.path, inside=True)
    return lambda *more: ops.run("watchdog", "--once", *more, **env, **ENV)


def test_a_look_while_another_watchdog_is_at_it_says_nothing_and_is_no_failure(
    home: Home, once: Callable[..., Answer]
) -> None:
    with Book(home.path, Rules()).locked():
        assert once() == Answer(0, "", "")
        assert json.loads(once("--json").out) == {"open": None, "told": [], "not_delivered": []}


def test_a_log_that_cannot_be_written_is_a_warning_after_what_was_told(home: Home, once: Callable[..., Answer]) -> None:
    FAULTS["exported"] = WebDavError("the disk of the server is full", kind="full")
    with home.watchdog() as watchdog:
        run(watchdog)
    (home.path / "retail").mkdir(exist_ok=True)
    (home.path / "retail" / "logs").write_text("not a folder")
    answer = once()
    assert (answer.code, answer.out) == (0, "Alert: The job vehicles_daily failed\n")
    assert "the daily logs could not be written" in answer.err


@pytest.fixture
def pretend(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """A living process that passes for `ops up`, whose services all answer."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
    workspace = home.path / "workspace.yaml"
    host, port = home.sandbox.url.removeprefix("http://").split(":")
    workspace.write_text(f"load_from: [{{grpc_server: {{host: {host}, port: {port}}}}}]")
    announcer = Announcer(home.path, ui=(host, int(port)), workspace=str(workspace))
    born = psutil.Process(process.pid).create_time()
    announcer._said = replace(announcer._said, pid=process.pid, born=born)
    announcer.up()
    yield process
    process.kill()
    process.wait()


def beat(watchdog: Watchdog, when: datetime) -> None:
    """A heartbeat of every kind of daemon, past the storage that lets only the one daemon write."""
    from ops_platform.adapters.postgres.databases import database_urls

    with dagster_instance(watchdog.settings, database_urls(watchdog.settings)) as instance:
        for kind in instance.get_required_daemon_types():
            told = DaemonHeartbeat(when.timestamp(), kind, "some-id", [])
            super(type(instance.run_storage), instance.run_storage).add_daemon_heartbeat(told)


def test_a_daemon_that_falls_silent_is_noticed_and_so_is_its_return(
    home: Home, pretend: subprocess.Popen[bytes]
) -> None:
    with home.watchdog() as watchdog:
        beat(watchdog, home.now)
        assert home.look(watchdog) == []
        assert home.look(watchdog, after=5 * MINUTE) == []
        assert home.look(watchdog, after=2 * MINUTE) == ["Alert: The daemon is silent: no schedule and no sensor runs"]
        assert home.look(watchdog) == []
        beat(watchdog, home.now)
        assert home.look(watchdog) == []
        beat(watchdog, home.now + 9 * MINUTE)
        assert home.look(watchdog, after=9 * MINUTE) == ["Over: The daemon is silent: no schedule and no sensor runs"]


def test_a_database_that_is_away_is_told_although_nothing_can_be_written_there(
    home: Home, pretend: subprocess.Popen[bytes]
) -> None:
    away = replace(home, url="postgresql://ops@127.0.0.1:1/none")
    with away.watchdog() as watchdog:
        assert away.look(watchdog) == []  # a restart takes no longer than a minute
        assert away.look(watchdog) == ["Alert: The database does not answer"]
        assert away.look(watchdog) == []
    with away.watchdog() as another:
        assert away.look(another) == []
    back = replace(home, now=away.now)
    with back.watchdog() as watchdog:
        beat(watchdog, back.now + 11 * MINUTE)
        assert back.look(watchdog) == []
        assert back.look(watchdog, after=10 * MINUTE) == ["Over: The database does not answer"]


def test_a_platform_that_was_killed_is_told_and_one_that_was_stopped_only_after_a_while(
    home: Home, pretend: subprocess.Popen[bytes]
) -> None:
    with home.watchdog() as watchdog:
        beat(watchdog, home.now)
        assert home.look(watchdog) == []
        pretend.kill()
        pretend.wait()
        home.now += 10 * MINUTE
        assert home.look(watchdog) == []  # a machine that boots starts it again
        assert home.look(watchdog, after=5 * MINUTE) == ["Alert: The platform is not running"]
    said = announced(home.path)
    assert said is not None
    assert not said.is_up


def test_a_platform_that_ends_with_its_built_in_database_is_one_cause() -> None:
    with ops_home(inside=True) as ops, environment(ops.env()), Watchdog(load_settings()) as watchdog:
        announcer = Announcer(ops.home, ui=("127.0.0.1", 1), workspace="w")  # this process passes for `ops up`
        announcer.up()
        now = datetime.now(UTC)
        assert watchdog.look(now) is not None
        assert "OPS_DATABASE_URL" in os.environ  # Dagster's instance was made
        announcer.ended()
        ops.run("database", "stop")
        for minutes in (1, 10, 20):
            watchdog.reload()
            done = watchdog.look(now + minutes * MINUTE)
        assert done is not None
        found = {alert.key for alert in done.open if alert.area in ("platform", "database", "daemon")}
        assert found == {"platform/down"}


def test_a_disk_that_fills_up_is_told_and_the_alert_itself_survives_it(home: Home, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk) as leave:
        own = replace(home, path=disk / "home")
        own.path.mkdir()
        (own.path / "sandbox.json").write_bytes((home.path / "sandbox.json").read_bytes())
        limits = {"OPS_ALERTS__DISK_FREE_GB": "1", "OPS_ALERTS__DISK_FREE_PERCENT": "5"}
        with own.watchdog(**limits) as watchdog:
            assert own.look(watchdog) == []
            leave(0)
            assert own.look(watchdog) == ["Alert: The disk of home is nearly full"]
            assert own.look(watchdog) == []
        with own.watchdog(**limits) as another:  # what the file could not take, the table has
            assert own.look(another) == []
            leave(900_000)
            assert own.look(another) == []
            assert own.look(another, after=10 * MINUTE) == ["Over: The disk of home is nearly full"]


def test_the_watchdog_process_goes_on_where_another_ended_and_repeats_nothing(home: Home) -> None:
    FAULTS["exported"] = WebDavError("the disk of the server is full", kind="full")
    with home.watchdog() as watchdog:
        run(watchdog)
        assert home.look(watchdog) == ["Alert: The job vehicles_daily failed"]
    env = {**platform_env(home.path, home.url, 1), **ENV, "OPS_ALERTS__EVERY_SECONDS": "1"}
    seen = file_version(home)
    command = [sys.executable, "-m", "ops_platform.cli.watchdog"]
    process = subprocess.Popen(command, env=env, cwd=project_root(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        until("it looked", lambda: file_version(home) > seen)
        until("it wrote the logs", (home.path / "retail/logs/business_automations").is_dir)
        # Frames would double what it needs for the hundreds of days on which nothing is wrong.
        assert not [each.path for each in psutil.Process(process.pid).memory_maps() if "pandas" in each.path]
        db = Database(home.url)
        db.execute(
            "INSERT INTO retail.automation_runs (automation, as_of, status, error, run_id) "
            "VALUES ('brands', now(), 'failed', 'a column is missing', 'run-1')"
        )
        db.close()
        until("it told", lambda: len(home.mails()) > 1)
        told = file_version(home)  # killed before it wrote that down, it would tell it again rather than never
        until("it wrote down that it told", lambda: file_version(home) > told)
    finally:
        process.kill()
        said, _ = process.communicate()
    assert home.mails()[1:] == ["Alert: The automation brands failed"], said.decode()
    with home.watchdog() as another:
        assert home.look(another) == []


def file_version(home: Home) -> int:
    """When the watchdog wrote down what it knows the last time."""
    return (home.path / "operations" / "alerts.json").stat().st_mtime_ns


def test_each_look_gives_a_sign_of_life_and_a_service_that_is_away_stops_none(
    home: Home, httpserver: HTTPServer
) -> None:
    httpserver.expect_oneshot_request("/canary-key").respond_with_data("ok")
    with home.watchdog(OPS_ALERTS__HEARTBEAT_URL=httpserver.url_for("/canary-key")) as watchdog:
        assert watchdog.look() is not None
        assert watchdog.look() is not None
    assert [answer.status_code for _, answer in httpserver.log] == [200, 500]
