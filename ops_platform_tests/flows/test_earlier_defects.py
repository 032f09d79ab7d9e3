"""The twelve defects of the agency's earlier program, as the specification of the vehicles business numbers them.

One test a defect, on the whole way from a scrape to files and records. What a single rule promises is tested in detail
beside that rule; here stands that none of these comes back.
"""

from __future__ import annotations

import csv
import json
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ops_platform.adapters.database import Database
from ops_platform.flows.session import PlatformSession
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.importing import ImportReport, import_file
from ops_platform.order_processing_integration import OrderProcessingIntegrator
from ops_platform.settings import Settings
from ops_platform.vehicles.qr_decode import read_qr_png
from ops_platform_tests.flows.conftest import BMW, DAY, car

Load = Callable[..., ImportReport]
VIN = car(1)["vin"]


@pytest.fixture
def load(db: Database, write_scrape: Callable[..., Path]) -> Load:
    """Import rows made by `car`."""

    def loaded(*rows: dict[str, str], **file: str) -> ImportReport:
        return import_file(db, write_scrape(list(rows), **file), as_of=DAY, drop_ratio=0.5)

    return loaded


@pytest.fixture
def integrator(db: Database, platform_settings: Settings) -> OrderProcessingIntegrator:
    return OrderProcessingIntegrator(PlatformSession(settings=platform_settings, db=db))


@pytest.fixture
def changed(db: Database) -> Any:
    """Change a column of BMW's configuration for the length of a test."""
    before = db.frame("SELECT name, output_rules, qr_output_path FROM dealership_configs WHERE name = :n", n=BMW).iloc[
        0
    ]

    def change(**columns: str) -> None:
        for column, value in columns.items():
            db.execute(
                f"UPDATE dealership_configs SET {column} = :v WHERE qr_output_path = :p", v=value, p=before.iloc[2]
            )

    yield change
    change(name=before["name"], output_rules=json.dumps(before["output_rules"]))


def exported(job: dict[str, Any]) -> list[dict[str, str]]:
    assert job["error"] is None
    with Path(job["export_file"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_defect_1_folders_are_stored_with_single_backslashes(db: Database) -> None:
    folders = db.frame("SELECT qr_output_path FROM dealership_configs")["qr_output_path"]
    assert len(folders) == 40
    assert all(re.fullmatch(r"C:\\qr_codes\\[a-z_]+\\", folder) for folder in folders)


def test_defect_2_a_windows_path_is_one_on_every_system_and_its_file_is_found_here(
    load: Load, integrator: OrderProcessingIntegrator, folders: VehicleFolders
) -> None:
    load(car(1))
    [row] = exported(integrator.create_order_processing_job(BMW))
    assert row["qr_code_path"] == f"C:\\qr_codes\\bmw_west_stl\\{VIN}.png"
    assert folders.qr_file(row["qr_code_path"]).is_file()
    assert integrator.validate_qr_files(BMW)["qr_files_exist"] == 1


def test_defect_3_the_qr_files_of_a_job_are_made(load: Load, integrator: OrderProcessingIntegrator) -> None:
    load(*[car(number) for number in range(4)])
    made = integrator.create_order_processing_job(BMW)["qr_generation"]
    assert (made["total"], made["made"], made["failed"], made["failures"]) == (4, 4, 0, [])


def test_defect_4_export_records_and_disk_name_a_qr_file_by_its_vin(
    load: Load, integrator: OrderProcessingIntegrator, folders: VehicleFolders, db: Database
) -> None:
    load(car(1, stock="12/34 B-6"))
    [row] = exported(integrator.create_order_processing_job(BMW))
    tracked = db.frame("SELECT qr_file_path FROM qr_file_tracking")["qr_file_path"].tolist()
    assert tracked == [row["qr_code_path"]]
    assert [path.name for path in folders.qr_file(row["qr_code_path"]).parent.iterdir()] == [f"{VIN}.png"]


def test_defect_5_the_field_condition_is_exported(
    load: Load, integrator: OrderProcessingIntegrator, changed: Callable[..., None]
) -> None:
    load(car(1, type="New"), car(2, type="Used"), car(3, type="Certified Used"))
    changed(output_rules='{"fields": ["condition", "vin"]}')
    job = integrator.create_order_processing_job(BMW)
    assert [row["condition"] for row in exported(job)] == ["new", "po", "cpo"]
    assert [row["condition"] for row in job["vehicles"]] == ["new", "po", "cpo"]


def test_defect_6_every_export_is_recorded_and_a_dealership_without_cars_misses_no_qr_file(
    load: Load, integrator: OrderProcessingIntegrator, db: Database
) -> None:
    load(car(1))
    job = integrator.create_order_processing_job(BMW, "custom")
    written, companion = db.frame("SELECT * FROM export_history ORDER BY id").to_dict("records")
    assert (companion["job_id"], companion["export_type"]) == (job["job_id"], "illustrator")
    assert (written["job_id"], written["export_type"], written["dealership_name"]) == (job["job_id"], "custom", BMW)
    assert (written["file_path"], written["record_count"]) == (job["export_file"], 1)
    assert written["file_size"] == Path(job["export_file"]).stat().st_size
    empty = db.frame("SELECT * FROM dealership_qr_status WHERE dealership_name = 'Columbia BMW'").iloc[0]
    assert (empty["total_vehicles"], empty["missing_qr_files"], empty["qr_completion_percentage"]) == (0, 0, None)


def test_defect_7_rules_are_given_as_json_text_as_the_guide_reads_them(integrator: OrderProcessingIntegrator) -> None:
    configs = integrator.get_active_dealership_configs()
    assert len(configs) == 40
    for config in configs:
        assert isinstance(json.loads(config["filtering_rules"]), dict)
        assert json.loads(config["output_rules"])["include_qr"] is True


def test_defect_8_the_guides_summary_can_be_made_whatever_failed(
    load: Load, integrator: OrderProcessingIntegrator
) -> None:
    load(car(1))
    lines, results = [], []
    for dealership in ("Nobody Motors", "Columbia BMW", BMW):  # unknown, without cars, with one
        job = integrator.create_order_processing_job(dealership, "premium", {"min_price": 30000})
        validation = integrator.validate_qr_files(dealership, job["job_id"])
        lines += [f"{missing['vin']} ({missing['stock']})" for missing in validation["missing_files"][:3]]
        results.append({"dealership": dealership, "job": job, "qr_validation": validation})
    total = sum(result["job"]["vehicle_count"] for result in results)
    existing = sum(result["qr_validation"]["qr_files_exist"] for result in results)
    assert (total, f"{existing / total * 100:.1f}%", lines) == (1, "100.0%", [])
    json.dumps(results, default=str, allow_nan=False)


@pytest.mark.parametrize("name", ["O'Fallon & Sons' Honda", "O'Brien's \"Best\" 100%; DROP TABLE qr_file_tracking; --"])
def test_defect_9_no_name_breaks_a_statement(
    load: Load, integrator: OrderProcessingIntegrator, changed: Callable[..., None], name: str
) -> None:
    changed(name=name)
    load(car(1, location=name.replace('"', '""')))
    job = integrator.create_order_processing_job(name, filters={"exclude_makes": ["O'Neil'; --"]})
    assert [row["vin"] for row in exported(job)] == [VIN]
    assert integrator.validate_qr_files(name)["qr_files_exist"] == 1
    changed(output_rules='{"sort_by": ["vin; DROP TABLE qr_file_tracking"]}')
    refused = integrator.create_order_processing_job(name)
    assert refused["success"] is False and "sort_by[0]" in refused["error"]


def test_defect_10_later_imports_lose_no_qr_record_and_guess_no_condition_and_keep_cars_without_stock(
    load: Load, integrator: OrderProcessingIntegrator, db: Database
) -> None:
    load(car(1), car(2))
    integrator.create_order_processing_job(BMW)
    before = db.frame("SELECT * FROM qr_file_tracking ORDER BY vin")
    assert before["file_exists"].all()
    report = load(car(1), car(2), car(3, type="Wholesale"), car(4, stock=""), name="complete_data_2025-03-13 (2).csv")
    after = db.frame("SELECT * FROM qr_file_tracking ORDER BY vin")
    assert after.head(2).equals(before)
    assert report.reject_codes == {"unknown_type": 1}
    kept = db.frame("SELECT stock, eligible FROM normalized_vehicle_data WHERE vin = :v", v=car(4)["vin"]).iloc[0]
    assert (kept["stock"], kept["eligible"]) == (None, False)


def test_defect_11_qr_files_need_no_network_and_are_never_resampled(
    load: Load, integrator: OrderProcessingIntegrator, folders: VehicleFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(car(1))

    def no_network(*_: object, **__: object) -> None:
        raise OSError("a QR code must not ask the network")

    for name in ("connect", "connect_ex", "sendto"):  # the database's own driver is no Python socket
        monkeypatch.setattr(socket.socket, name, no_network)
    job = integrator.create_order_processing_job(BMW)
    assert job["qr_generation"]["made"] == 1
    path = folders.qr_file(job["vehicles"][0]["qr_code_path"])
    with Image.open(path) as picture:
        assert (picture.mode, picture.size, picture.getcolors(2) is not None) == ("1", (388, 388), True)
    read = read_qr_png(path.read_bytes())
    assert read.module_px >= 1  # 0 for a picture that is not made of whole modules
    assert read.payload == f"{car(1)['vehicle_url']}?utm_source=SilverFox&utm_medium=VDP_ShortCut"


def test_defect_12_both_layouts_judge_a_blank_status_alike_and_no_location_is_guessed(
    load: Load, db: Database, folders: VehicleFolders
) -> None:
    load(car(1, status=""), car(2, status="", type="New"), car(3, location=f"{BMW} Pre-Owned"), car(4, location="BMW"))
    scraper = folders.imports / "scraper_2025-03-12.csv"
    fields = [
        "vin",
        "stock_number",
        "year",
        "make",
        "model",
        "price",
        "condition",
        "exterior_color",
        "dealer_name",
        "url",
    ]
    rows = [
        [f"WBAJA7C50KK00010{n}", f"S{n}", "2023", "BMW", "X5", "1", kind, "", BMW, ""]
        for n, kind in ((1, "used"), (2, "new"))
    ]
    scraper.write_text("\n".join(",".join(row) for row in [fields, *rows]), encoding="utf-8")
    import_file(db, scraper, as_of=DAY, drop_ratio=0.5)
    found = db.frame("SELECT vehicle_condition, on_lot_status FROM normalized_vehicle_data ORDER BY vin")
    assert found.to_numpy().tolist() == [["po", "onlot"], ["new", "unknown"]] * 2
    rejected = db.frame("SELECT location, code, detail FROM vehicle_import_rejects ORDER BY line_no")
    assert rejected["code"].tolist() == ["unknown_location"] * 2
    assert f'Did you mean "{BMW}"?' in rejected["detail"][0]
