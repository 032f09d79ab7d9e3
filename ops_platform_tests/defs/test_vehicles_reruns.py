"""Work done again, in part, or with something broken: each test leaves the platform as it found it."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from ops_platform.defs.run import DailyResult, materialize_daily
from ops_platform.defs.vehicles import keys
from ops_platform.defs.vehicles.partitions import add_partitions
from ops_platform.vehicles.demo_data import DemoScrape
from ops_platform_tests.defs.conftest import AS_OF, BMW, LEXUS, Bench, known_only, metadata, table


@pytest.fixture(scope="module")
def daily(bench: Bench, scrapes: list[DemoScrape]) -> Iterator[DailyResult]:
    """A day's work that is done."""
    for scrape in scrapes:
        bench.put(scrape.file_name, scrape.text)
    yield again(bench)


def again(bench: Bench) -> DailyResult:
    return materialize_daily(bench.instance, tags={"ops/as_of": AS_OF})


def reason(result: dg.ExecuteInProcessResult) -> str:
    """What the one failed step of a run says to a person."""
    [event] = [event for event in result.all_events if event.is_step_failure]
    assert event.step_failure_data.user_failure_data is not None
    return str(event.step_failure_data.user_failure_data.description)


def test_a_second_day_of_nothing_new_changes_no_row_and_makes_no_file(bench: Bench, daily: DailyResult) -> None:
    again(bench)  # whatever another test left to be judged anew
    before = bench.rows("SELECT count(*) AS n, max(updated_at) AS at FROM normalized_vehicle_data")
    assert again(bench).success
    assert bench.rows("SELECT count(*) AS n, max(updated_at) AS at FROM normalized_vehicle_data") == before
    found = metadata(bench, keys.QR_FILES)
    assert found["made"] == 0
    assert "new codes" not in found


def test_one_dealership_is_run_again_alone(bench: Bench, daily: DailyResult) -> None:
    config = {
        "ops": {"vehicles__dealership_exports": {"config": {"job_type": "premium", "filters": {"min_price": 30000}}}}
    }
    before = bench.rows("SELECT count(*) AS n FROM order_processing_jobs")[0]["n"]
    result = bench.run("vehicles_daily", partition_key=BMW, asset_selection=[keys.DEALERSHIP_EXPORTS], config=config)
    assert result.success
    found = bench.rows("SELECT dealership_name, job_type, filters FROM order_processing_jobs ORDER BY id DESC LIMIT 1")
    assert found == [{"dealership_name": BMW, "job_type": "premium", "filters": {"min_price": 30000}}]
    assert bench.rows("SELECT count(*) AS n FROM order_processing_jobs")[0]["n"] == before + 1


def test_a_dealership_that_fails_alone_fails_its_run_with_the_reason(bench: Bench, daily: DailyResult) -> None:
    add_partitions(bench.instance, ["Nobody Motors"])
    result = bench.run("vehicles_daily", partition_key="Nobody Motors", asset_selection=[keys.DEALERSHIP_EXPORTS])
    assert not result.success
    assert reason(result).startswith("Nobody Motors: ")
    assert "is not known" in reason(result)
    bench.instance.delete_dynamic_partition("dealership", "Nobody Motors")


def test_a_dealership_that_fails_among_others_stops_none_of_them(bench: Bench, daily: DailyResult) -> None:
    broken = '{"min_prise": 3}'
    bench.execute(
        "UPDATE dealership_configs SET filtering_rules = CAST(:r AS jsonb) WHERE name = :n", r=broken, n=LEXUS
    )
    try:
        result = again(bench)
        assert result.success  # every asset ran; what failed is a check's to say
        assert result.failed_checks == [
            "vehicles/dealership_configs: rules_are_valid",
            "vehicles/dealership_exports: exports_are_written",
        ]
        assert "min_prise" in metadata(bench, keys.DEALERSHIP_EXPORTS, LEXUS)["note"]
        assert metadata(bench, keys.DEALERSHIP_EXPORTS, BMW)["status"] == "completed"
        assert LEXUS in {row["dealership"] for row in table(bench, keys.DEALERSHIP_CONFIGS, "problems")}
    finally:
        bench.execute("UPDATE dealership_configs SET filtering_rules = '{}' WHERE name = :n", n=LEXUS)


def test_a_broken_file_does_not_keep_the_sweep_from_the_others(bench: Bench, scrapes: list[DemoScrape]) -> None:
    broken = bench.put("complete_data_2026-03-05.csv", "this is no scrape\nat all\n")
    fine = bench.put("complete_data_2026-03-08.csv", known_only(scrapes[1]))
    try:
        result = bench.load()
        assert result.success
        names = {row["file"] for row in table(bench, keys.RAW_VEHICLE_DATA, "files")}
        assert names == {fine.name}
        [failed] = table(bench, keys.RAW_VEHICLE_DATA, "files not loaded")
        assert failed["file"] == broken.name
        checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
        assert not checks["files_are_loaded"].passed
        assert checks["files_are_loaded"].severity == dg.AssetCheckSeverity.ERROR
        assert broken.name in str(checks["files_are_loaded"].description)
    finally:
        broken.unlink()


def test_a_file_that_was_asked_for_and_is_broken_fails_the_run_saying_what_to_do(bench: Bench) -> None:
    path = bench.put("broken.csv", "this is no scrape\nat all\n")
    try:
        result = bench.load("broken.csv")
        assert not result.success
        assert reason(result).startswith("broken.csv: ")
        assert not [e for e in result.all_events if e.is_step_up_for_retry]
    finally:
        path.unlink()


@pytest.mark.parametrize("name", ["../dealerships.csv", "sub/file.csv", "..", "gone.csv"])
def test_a_name_that_is_no_file_of_the_folder_is_refused(bench: Bench, name: str) -> None:
    result = bench.load(name)
    assert not result.success
    assert str(bench.imports) in reason(result)
