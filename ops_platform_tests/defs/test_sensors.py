"""The sensor on a real folder: one run a new file, nothing twice, and words when there is nothing to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from ops_platform.definitions import defs
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.vehicles.sensors import new_scrape_files
from ops_platform.vehicles.demo_data import DemoScrape
from ops_platform_tests.defs.conftest import Bench

NEWER = iter(range(1_800_000_000, 1_900_000_000))


class Watch:
    """The sensor as the daemon calls it: each look gets the cursor of the one before."""

    def __init__(self) -> None:
        self.cursor: str | None = None

    def look(self) -> dg.SensorResult | dg.SkipReason:
        given = {"settings": OpsSettings(), "database": OpsDatabase()}
        with dg.build_sensor_context(cursor=self.cursor, resources=given) as context:
            found = new_scrape_files(context)
        assert isinstance(found, dg.SensorResult | dg.SkipReason)
        if isinstance(found, dg.SensorResult):
            self.cursor = found.cursor
        return found

    def asked(self) -> list[str]:
        """Look, and return the names of the files runs were asked for."""
        found = self.look()
        return [request.tags["ops/file"] for request in requests(found)]


def requests(found: dg.SensorResult | dg.SkipReason) -> list[dg.RunRequest]:
    return list(found.run_requests or []) if isinstance(found, dg.SensorResult) else []


def words(found: dg.SensorResult | dg.SkipReason) -> str:
    reason = found.skip_reason if isinstance(found, dg.SensorResult) else found
    assert reason is not None
    return str(reason.skip_message)


@pytest.fixture
def inbox(bench: Bench) -> Iterator[Path]:
    """The imports folder, empty."""
    for file in bench.imports.iterdir():
        file.unlink()
    yield bench.imports


def write(file: Path, text: str | bytes) -> None:
    """Write with a time of its own: two writes within the clock's resolution must differ."""
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    moment = next(NEWER)
    os.utime(file, (moment, moment))


def test_a_file_is_handed_out_once_two_looks_saw_it_unchanged(inbox: Path) -> None:
    watch = Watch()
    write(inbox / "complete_data_2025-03-13.csv", "half")
    assert watch.asked() == []
    write(inbox / "complete_data_2025-03-13.csv", "half and the other half")
    assert watch.asked() == []
    assert watch.asked() == ["complete_data_2025-03-13.csv"]
    assert watch.asked() == []


def test_each_file_gets_its_own_run_with_its_name_as_configuration_oldest_first(inbox: Path) -> None:
    watch = Watch()
    for day in ("14", "13"):
        write(inbox / f"complete_data_2025-03-{day}.csv", f"day {day}")
    watch.look()
    found = requests(watch.look())
    assert [request.run_config["ops"]["import_scrapes"]["config"]["files"] for request in found] == [
        ["complete_data_2025-03-13.csv"],
        ["complete_data_2025-03-14.csv"],
    ]
    assert len({request.run_key for request in found}) == 2


def test_a_replaced_file_of_the_same_name_is_handed_out_again_under_another_key(inbox: Path) -> None:
    watch = Watch()
    write(inbox / "a.csv", "first")
    watch.look()
    [first] = requests(watch.look())
    write(inbox / "a.csv", "second")
    assert watch.asked() == []
    [second] = requests(watch.look())
    assert first.run_key != second.run_key


def test_a_file_whose_content_is_loaded_starts_no_run(bench: Bench, inbox: Path, scrapes: list[DemoScrape]) -> None:
    write(inbox / scrapes[0].file_name, scrapes[0].text)
    assert bench.load(scrapes[0].file_name).success
    (inbox / scrapes[0].file_name).rename(inbox / "the_same_again.csv")
    watch = Watch()
    watch.look()
    found = watch.look()
    assert requests(found) == []
    assert words(found) == "loaded before: the_same_again.csv"


def test_the_run_the_sensor_asks_for_loads_its_file(bench: Bench, inbox: Path, scrapes: list[DemoScrape]) -> None:
    write(inbox / scrapes[1].file_name, scrapes[1].text)
    watch = Watch()
    watch.look()
    [request] = requests(watch.look())
    result = bench.run("vehicles_import", config=request.run_config, tags=dict(request.tags))
    assert result.success
    found = bench.rows("SELECT status FROM vehicle_imports WHERE file_name = :n", n=scrapes[1].file_name)
    assert found == [{"status": "loaded"}]


@pytest.mark.parametrize("name", [".hidden.csv", "~lock.csv", "data.csv.part", "notes.txt"])
def test_files_that_are_no_scrapes_are_left_alone(inbox: Path, name: str) -> None:
    watch = Watch()
    write(inbox / name, "x")
    assert watch.asked() == []
    assert watch.asked() == []


def test_an_empty_folder_says_where_to_put_files(inbox: Path) -> None:
    assert words(Watch().look()) == f"{inbox} is empty: put the scraper's CSV files there"


def test_a_quiet_folder_says_what_it_saw(inbox: Path) -> None:
    write(inbox / "a.csv", "x")
    assert words(Watch().look()).startswith(f"1 file in {inbox}, none of them new")


def test_a_missing_folder_says_what_to_do_and_forgets_nothing(inbox: Path) -> None:
    watch = Watch()
    write(inbox / "a.csv", "x")
    watch.look()
    assert watch.asked() == ["a.csv"]
    aside = inbox.with_name("aside")
    inbox.rename(aside)
    try:
        assert "OPS_VEHICLES__IMPORTS_DIR" in words(watch.look())
    finally:
        aside.rename(inbox)
    assert watch.asked() == []
    assert watch.asked() == []


def test_while_the_database_is_away_the_tick_fails_and_the_file_is_handed_out_later(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ops_platform.settings import settings

    watch = Watch()
    write(inbox / "a.csv", "x")
    watch.look()
    with monkeypatch.context() as patch:
        patch.setenv("OPS_DATABASE_URL", "postgresql://nobody:none@127.0.0.1:9/nothing")
        settings.cache_clear()
        with pytest.raises(sa.exc.OperationalError):
            watch.look()
    settings.cache_clear()
    assert watch.asked() == ["a.csv"]


def test_the_sensor_is_on_without_a_click_and_looks_every_thirty_seconds() -> None:
    sensor = defs.resolve_sensor_def("new_scrape_files")
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    assert sensor.minimum_interval_seconds == 30
    assert sensor.job_name == "vehicles_import"
