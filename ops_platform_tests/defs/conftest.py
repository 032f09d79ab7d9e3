"""The platform as its definitions see it: a real database, folders of the test's own, small generated scrapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib import resources
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster._core.storage.event_log import in_memory as in_memory_events
from dagster._core.storage.runs import in_memory as in_memory_runs

from ops_platform.adapters.database import Database
from ops_platform.adapters.migrations import set_search_path
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.adapters.postgres.urls import Urls
from ops_platform.adapters.sandbox_address import announced
from ops_platform.dagster_instance.environment import dagster_environment
from ops_platform.definitions import defs
from ops_platform.defs.beta import USED
from ops_platform.defs.clock import AS_OF_TAG
from ops_platform.defs.resources import OpsDatabase
from ops_platform.defs.run import materialize_daily
from ops_platform.settings import Settings, settings
from ops_platform.vehicles.dealerships import SHIPPED_FILE, SHIPPED_PACKAGE, load_dealerships
from ops_platform.vehicles.demo_data import DemoScrape, demo_dealerships, generate_scrapes
from ops_platform_tests.defs.webui import chromium

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

FIRST_DAY = date(2026, 3, 6)
AS_OF = "2026-03-07T06:00:00-06:00"  # the second of the generated days
BMW = "BMW of West St. Louis"
LEXUS = "Spirit Lexus"  # the second file lacks it
DEALERSHIPS = 8  # of the 40: those of the first rows of the shipped list

_numbers = count(1)
# Once, now: later another test may have left Dagster with an instance that is closed, which resolving would ask.
defs.get_repository_def()


@pytest.fixture(scope="session", autouse=True)
def _memory_is_never_migrated() -> Iterator[None]:
    """Dagster notes the newest migration in each storage, and reads all of them for that: half of a test's time."""
    with pytest.MonkeyPatch.context() as patch:
        for storage in (in_memory_runs, in_memory_events):
            patch.setattr(storage, "stamp_alembic_rev", lambda *_: None)
        yield


@dataclass
class Bench:
    """One platform. `run` executes a job of the real definitions in this process on an in-memory instance."""

    settings: Settings
    instance: dg.DagsterInstance

    @contextmanager
    def database(self) -> Iterator[Database]:
        with OpsDatabase().open() as db:
            yield db

    def execute(self, statement: str, **parameters: Any) -> int:
        with self.database() as db:
            return db.execute(statement, **parameters)

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        with self.database() as db:
            return db.frame(statement, **parameters).to_dict("records")

    @property
    def imports(self) -> Path:
        return self.settings.vehicles.imports_dir

    def put(self, name: str, content: bytes | str) -> Path:
        path = self.imports / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run(self, job: str, *, config: Mapping[str, Any] | None = None, **more: Any) -> dg.ExecuteInProcessResult:
        tags = {AS_OF_TAG: AS_OF, **more.pop("tags", {})}
        return defs.resolve_job_def(job).execute_in_process(
            instance=self.instance, run_config=dict(config or {}), tags=tags, raise_on_error=False, **more
        )

    def load(self, *names: str) -> dg.ExecuteInProcessResult:
        """What the sensor starts for files."""
        config = {"ops": {"import_scrapes": {"config": {"files": list(names)}}}} if names else None
        return self.run("vehicles_import", config=config)


@contextmanager
def platform(home: Path, url: str) -> Iterator[Settings]:
    """Point settings and resources of this process to a folder and a database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPS_HOME", str(home))
        for name in ("OPS_DATABASE_URL", "OPS_DAGSTER_DATABASE_URL", "OPS_COUNTERPOINT_DATABASE_URL"):
            patch.setenv(name, url)
        settings.cache_clear()
        found = settings()
        found.vehicles.imports_dir.mkdir(parents=True, exist_ok=True)
        yield found
    settings.cache_clear()


@contextmanager
def stored_platform(home: Path, server: EmbeddedPostgres, url: str) -> Iterator[Settings]:
    """The same with Dagster's storage in a database beside, as `ops up` has it; the webserver sees what ran here."""
    name = f"{url.rpartition('/')[2]}_dagster"
    urls = Urls(ops=url, dagster=server.create_database(name), counterpoint=url)
    with platform(home, url) as found, pytest.MonkeyPatch.context() as patch:
        for variable, value in dagster_environment(found, urls).items():
            patch.setenv(variable, value)
        settings.cache_clear()
        yield found
    server.drop_database(name)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A platform's folder; nothing runs in it. The schedules ask no database."""
    monkeypatch.setenv("OPS_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def sandbox(home: Path) -> Iterator[None]:
    """A sandbox of this home, as far as a tick looks."""
    with announced(home, "http://127.0.0.1:9"):
        yield


@pytest.fixture(scope="session")
def scrapes() -> list[DemoScrape]:
    """Two days of eight dealerships, about 200 cars a day; every location is known."""
    text = resources.files(SHIPPED_PACKAGE).joinpath(SHIPPED_FILE).read_text("utf-8")
    names = [dealership.name for dealership in load_dealerships(text)][:DEALERSHIPS]
    made = generate_scrapes(
        dealerships=demo_dealerships(names, {}),
        first_day=FIRST_DAY,
        days=2,
        cars_per_day=200,
        unknown_location=UNKNOWN,
    )
    return made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Chromium without a window."""
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """pytest forgets the process's warning filters for each test; defs/beta.py accepts these."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for feature in USED:
                item.add_marker(pytest.mark.filterwarnings(f"ignore:{feature}:dagster.BetaWarning"))


UNKNOWN = "Harborlight Motor Exchange"


def known_only(scrape: DemoScrape) -> bytes:
    """The file without the rows of the location nobody knows."""
    lines = scrape.text.split(b"\n")
    return b"\n".join(line for line in lines if UNKNOWN.encode() not in line)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Bench]:
    """A platform for the module: an empty, migrated database and empty folders."""
    with platform(tmp_path_factory.mktemp("home"), database_url) as found, dg.DagsterInstance.ephemeral() as instance:
        yield Bench(found, instance)


def metadata(bench: Bench, key: dg.AssetKey, partition: str | None = None) -> dict[str, Any]:
    """The metadata of the newest materialisation, as plain values where Dagster wraps them."""
    if partition is None:
        event = bench.instance.get_latest_materialization_event(key)
    else:
        records = bench.instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition]), limit=1
        ).records
        event = records[0].event_log_entry
    assert event is not None
    assert event.asset_materialization is not None
    return {name: value.value for name, value in event.asset_materialization.metadata.items()}


def table(bench: Bench, key: dg.AssetKey, name: str) -> list[dict[str, Any]]:
    event = bench.instance.get_latest_materialization_event(key)
    assert event is not None
    assert event.asset_materialization is not None
    value = event.asset_materialization.metadata[name]
    assert isinstance(value, dg.TableMetadataValue)
    return [dict(record.data) for record in value.records]


@pytest.fixture(scope="module")
def sound(bench: Bench, scrapes: list[DemoScrape]) -> Iterator[Bench]:
    """Two days loaded, exported and made, with nothing to complain about."""
    for scrape in scrapes:
        bench.put(scrape.file_name, known_only(scrape))
    result = materialize_daily(bench.instance, tags={"ops/as_of": AS_OF})
    assert result.success
    assert result.warned_checks == []
    return bench


@pytest.fixture
def copy(sound: Bench, pg_server: EmbeddedPostgres, database_url: str) -> Iterator[Bench]:
    """The same platform on a copy of its database, to break. Its files are shared: put back what you take."""
    name = f"{database_url.rpartition('/')[2]}_copy_{next(_numbers)}"
    url = pg_server.create_database(name, template=database_url.rpartition("/")[2])
    set_search_path(url)
    with platform(sound.settings.home, url) as found:
        yield Bench(found, sound.instance)
    pg_server.drop_database(name)


def run_check(name: str, *, tags: dict[str, str] | None = None) -> dg.AssetCheckEvaluation:
    """Run one check alone, as a person does in the UI, and return what it found."""
    [key] = [key for key in defs.resolve_asset_graph().asset_check_keys if key.name == name]
    [found] = run_checks({key}, tags=tags)
    return found


def run_checks(keys: set[dg.AssetCheckKey], *, tags: dict[str, str] | None = None) -> list[dg.AssetCheckEvaluation]:
    """Run some checks and nothing else."""
    everything = defs.resolve_implicit_global_asset_job_def()
    job = everything.get_subset(asset_selection=frozenset(), asset_check_selection=frozenset(keys))
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance, tags={"ops/as_of": AS_OF, **(tags or {})}, raise_on_error=False
        )
        return list(result.get_asset_check_evaluations())
