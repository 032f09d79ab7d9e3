"""Checks that look at files: the harm is done to real files and undone, because they are shared by the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from ops_platform.defs.vehicles import keys
from ops_platform_tests.defs.conftest import Bench, run_check

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
AUDIT = "qr_files_lead_to_their_cars"


@contextmanager
def restored(files: list[Path]) -> Iterator[None]:
    """Put the files back as they were, whatever is done to them."""
    whole = {file: file.read_bytes() for file in files}
    try:
        yield
    finally:
        for file, content in whole.items():
            file.write_bytes(content)


def swap(first: Path, second: Path) -> None:
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)


def tear(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])


def qr_files(bench: Bench) -> list[Path]:
    return sorted(bench.settings.vehicles.qr_dir.rglob("*.png"))


def test_the_audit_finds_swapped_and_torn_files(copy: Bench) -> None:
    files = qr_files(copy)
    assert run_check(AUDIT).passed
    with restored(files):
        swap(files[3], files[-3])
        tear(files[10])
        found = run_check(AUDIT)
    assert (found.passed, found.severity) == (False, ERROR)
    assert found.metadata["wrong"].value == 3
    assert set(table_of(found, "state")) == {"swapped", "torn"}


def test_the_audit_looks_at_other_files_each_day_and_the_same_when_repeated(
    copy: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops_platform.defs.vehicles.checks_files.QR_AUDIT_SAMPLE", 20)
    files = qr_files(copy)
    with restored(files):
        for file in files:
            tear(file)
        seen = [set(table_of(run_check(AUDIT, tags={"ops/as_of": f"2026-03-{day:02d}"}), "vin")) for day in (1, 2, 1)]
    assert [len(vins) for vins in seen] == [20, 20, 20]
    assert seen[0] == seen[2] != seen[1]


def table_of(found: dg.AssetCheckEvaluation, column: str) -> list[str]:
    """One column of the table a check shows."""
    value = found.metadata["rows"]
    assert isinstance(value, dg.TableMetadataValue)
    return [str(record.data[column]) for record in value.records]


def test_a_file_that_could_not_be_loaded_is_an_error_until_it_is_mended(copy: Bench) -> None:
    assert run_check("files_are_loaded").passed
    path = copy.put("complete_data_2026-03-09.csv", "nothing of this\nis a scrape\n")
    try:
        copy.load()
        found = run_check("files_are_loaded")
        assert (found.passed, found.severity) == (False, ERROR)
        assert path.name in str(found.description)
        path.write_bytes((copy.imports / "complete_data_2026-03-07.csv").read_bytes())
        assert run_check("files_are_loaded").passed
    finally:
        path.unlink()


def test_a_missing_imports_folder_is_an_error_and_says_what_to_do(copy: Bench) -> None:
    aside = copy.imports.with_name("aside")
    copy.imports.rename(aside)
    try:
        found = run_check("files_are_loaded")
    finally:
        aside.rename(copy.imports)
    assert (found.passed, found.severity) == (False, ERROR)
    assert "OPS_VEHICLES__IMPORTS_DIR" in str(found.description)


def test_a_car_without_its_picture_is_named_by_the_check_of_the_print_files(copy: Bench) -> None:
    copy.execute("UPDATE qr_file_tracking SET file_exists = false WHERE dealership_name = 'Columbia BMW'")
    result = copy.run("vehicles_daily", asset_selection=[keys.ILLUSTRATOR_FILES])
    [found] = [check for check in result.get_asset_check_evaluations() if check.check_name == keys.PRINT_FILES_CHECK]
    assert (found.passed, found.severity) == (False, WARN)
    assert "left out because their QR file is missing" in str(found.description)
