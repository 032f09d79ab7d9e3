"""The daily work on a real database: what is loaded, exported and made, and what Dagster shows of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ops_platform.defs.partition_tags import RANGE_END_TAG, RANGE_START_TAG
from ops_platform.defs.run import DailyResult, materialize_daily
from ops_platform.defs.vehicles import keys
from ops_platform.vehicles.demo_data import DemoScrape
from ops_platform_tests.defs.conftest import AS_OF, BMW, LEXUS, Bench, metadata, table


@pytest.fixture(scope="module")
def daily(bench: Bench, scrapes: list[DemoScrape]) -> Iterator[DailyResult]:
    """The daily work on two files at once, as a new user sees it first."""
    for scrape in scrapes:
        bench.put(scrape.file_name, scrape.text)
    yield materialize_daily(bench.instance, tags={"ops/as_of": AS_OF})


def test_the_daily_work_materialises_everything_and_blocks_nothing(daily: DailyResult) -> None:
    assert daily.success
    assert daily.failed_assets == []
    assert daily.failed_blocking_checks == []
    assert daily.failed_checks == []
    assert daily.warned_checks == ["vehicles/raw_vehicle_data: locations_are_known"]
    assert set(daily.seconds) > {"import_scrapes", "vehicles__dealership_exports", "vehicles__qr_files"}


def test_the_tables_hold_what_the_files_held(bench: Bench, daily: DailyResult, scrapes: list[DemoScrape]) -> None:
    found = bench.rows(
        "SELECT file_name, rows_total, rows_loaded, rows_rejected, rows_duplicate FROM vehicle_imports "
        "ORDER BY import_id"
    )
    assert [(row["file_name"], row["rows_total"], row["rows_loaded"]) for row in found] == [
        (scrape.file_name, scrape.facts.rows, scrape.facts.vehicles) for scrape in scrapes
    ]
    assert [row["rows_rejected"] for row in found] == [sum(s.facts.rejects.values()) for s in scrapes]


def test_the_metadata_of_the_raw_rows_add_up_with_a_preview_of_rejects(
    bench: Bench, daily: DailyResult, scrapes: list[DemoScrape]
) -> None:
    found = metadata(bench, keys.RAW_VEHICLE_DATA)
    assert found["rows read"] == sum(scrape.facts.rows for scrape in scrapes)
    assert found["rows read"] == found["rows loaded"] + found["rows rejected"] + found["rows duplicate"]
    reasons = {row["code"]: row["rows"] for row in table(bench, keys.RAW_VEHICLE_DATA, "rejects by reason")}
    assert reasons == {
        code: sum(scrape.facts.rejects.get(code, 0) for scrape in scrapes) for code in scrapes[0].facts.rejects
    }
    preview = table(bench, keys.RAW_VEHICLE_DATA, "rejects, a few of each")
    assert {row["code"] for row in preview} == set(reasons)
    assert all(row["line"] > 1 and row["detail"] for row in preview)
    per_dealership = table(bench, keys.RAW_VEHICLE_DATA, "dealerships")
    assert sum(row["total"] for row in per_dealership) == found["rows read"]


def test_the_metadata_of_the_inventory_count_each_dealership_and_show_a_plot(
    bench: Bench, daily: DailyResult, scrapes: list[DemoScrape]
) -> None:
    found = metadata(bench, keys.NORMALIZED_VEHICLE_DATA)
    assert found["new cars"] == sum(scrape.facts.changes.first_seen + scrape.facts.changes.moved for scrape in scrapes)
    assert found["gone cars"] == sum(scrape.facts.changes.gone + scrape.facts.changes.moved for scrape in scrapes)
    assert found["price changes"] == sum(scrape.facts.changes.price_changes for scrape in scrapes)
    assert found["inventory"].startswith("![inventory per dealership](data:image/png;base64,")
    assert len(found["inventory"]) < 64_000
    shown = {row["dealership"]: row["cars"] for row in table(bench, keys.NORMALIZED_VEHICLE_DATA, "dealerships")}
    assert shown[BMW] == scrapes[1].facts.by_dealership[BMW]
    # The second file lacks one dealership: that says nothing about its cars.
    assert shown[LEXUS] == scrapes[0].facts.by_dealership[LEXUS]
    assert found["dagster/row_count"] == sum(shown.values())


def test_each_dealership_is_a_partition_with_its_own_file_and_preview(bench: Bench, daily: DailyResult) -> None:
    found = metadata(bench, keys.DEALERSHIP_EXPORTS, BMW)
    assert found["status"] == "completed"
    file = Path(found["file"])
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == found["cars"] + 1
    assert found["preview"].removeprefix("```\n").splitlines()[0] == lines[0]
    assert file.stat().st_size == found["bytes"]
    materialised = bench.instance.get_materialized_partitions(keys.DEALERSHIP_EXPORTS)
    assert len(materialised) == 40
    assert metadata(bench, keys.DEALERSHIP_EXPORTS, "Columbia Honda")["status"] == "empty"


def test_all_dealerships_are_exported_by_one_run_that_works_for_the_given_day(bench: Bench, daily: DailyResult) -> None:
    found = bench.rows("SELECT DISTINCT run_id, created_by, as_of FROM order_processing_jobs")
    assert found == [{"run_id": daily.run_id, "created_by": "dagster", "as_of": date(2026, 3, 7)}]
    assert "_20260307_060000_" in metadata(bench, keys.DEALERSHIP_EXPORTS, BMW)["file"]


def test_qr_files_are_made_for_every_car_and_the_newest_are_shown(bench: Bench, daily: DailyResult) -> None:
    found = metadata(bench, keys.QR_FILES)
    cars = metadata(bench, keys.NORMALIZED_VEHICLE_DATA)["dagster/row_count"]
    assert (found["made"], found["failed"], found["completion percent"]) == (cars, 0, 100.0)
    assert len(list(bench.settings.vehicles.qr_dir.rglob("*.png"))) == cars
    assert found["new codes"].startswith("![new QR codes](data:image/png;base64,")
    assert found["completion"].startswith("![QR files per dealership](data:image/png;base64,")


def test_print_files_stand_beside_the_exports(bench: Bench, daily: DailyResult) -> None:
    found = table(bench, keys.ILLUSTRATOR_FILES, "files")
    assert {row["dealership"] for row in found} >= {BMW, LEXUS}
    assert all(Path(row["path"]).is_file() for row in found)


def test_the_clients_are_shown_with_their_rules(bench: Bench, daily: DailyResult) -> None:
    shown = {row["dealership"]: row for row in table(bench, keys.DEALERSHIP_CONFIGS, "dealerships")}
    assert len(shown) == 40
    assert "year_min: 2020" in shown[BMW]["takes"]
    assert table(bench, keys.DEALERSHIP_CONFIGS, "problems") == []


def test_a_loaded_file_is_an_observation_of_the_external_asset(bench: Bench, daily: DailyResult) -> None:
    found = bench.instance.fetch_observations(keys.SCRAPE_FILES, limit=10).records
    assert len(found) == 2


def test_the_range_of_the_daily_run_covers_all_partitions_in_dagsters_order(bench: Bench, daily: DailyResult) -> None:
    run = bench.instance.get_run_by_id(daily.run_id)
    assert run is not None
    partitions = bench.instance.get_dynamic_partitions("dealership")
    assert (run.tags[RANGE_START_TAG], run.tags[RANGE_END_TAG]) == (partitions[0], partitions[-1])
    assert len(partitions) == 40
