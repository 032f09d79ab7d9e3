"""The agency's order processing guide, word for word: its SQL runs, its script runs, its keys are there."""

from __future__ import annotations

import json
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.session import PlatformSession
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.importing import import_file
from ops_platform.order_processing_integration import OrderProcessingIntegrator
from ops_platform.settings import Settings
from ops_platform_tests.flows.conftest import BMW, DAY, car

GUIDE = Path(__file__).resolve().parents[3] / "shared" / "seeds" / "vehicles_order_processing_guide.md"

MONITORING = {
    "jobs": "SELECT * FROM current_job_status WHERE status = 'completed' ORDER BY created_at DESC;",
    "qr": (
        "SELECT dealership_name, qr_completion_percentage, missing_qr_files FROM dealership_qr_status "
        "WHERE qr_completion_percentage < 100;"
    ),
    "exports": "SELECT * FROM recent_export_activity WHERE export_date >= CURRENT_DATE - INTERVAL '7 days';",
    "summary": "SELECT * FROM get_order_processing_summary();",
    "job time": (
        "SELECT AVG(EXTRACT(EPOCH FROM (completed_at - created_at))/60) as avg_minutes "
        "FROM order_processing_jobs WHERE completed_at IS NOT NULL;"
    ),
    "completion": (
        "SELECT dealership_name, qr_completion_percentage FROM dealership_qr_status "
        "ORDER BY qr_completion_percentage DESC;"
    ),
    "volume": (
        "SELECT export_date, COUNT(*) as exports, SUM(record_count) as total_records FROM export_history "
        "GROUP BY export_date ORDER BY export_date DESC;"
    ),
}

JOB_KEYS = {
    "success",
    "job_id",
    "dealership",
    "job_type",
    "vehicle_count",
    "vehicles",
    "export_file",
    "qr_output_path",
    "qr_generation",
    "created_at",
    "error",
}
VALIDATION_KEYS = {
    "dealership",
    "total_vehicles",
    "qr_files_exist",
    "qr_files_missing",
    "missing_files",
    "validation_date",
}
STATUS_KEYS = {
    "id",
    "status",
    "vehicle_count",
    "final_vehicle_count",
    "export_file",
    "dealership_name",
    "job_type",
    "created_at",
    "completed_at",
    "notes",
}


@pytest.fixture
def integrator(
    db: Database,
    platform_settings: Settings,
    folders: VehicleFolders,
    write_scrape: Callable[..., Path],
) -> OrderProcessingIntegrator:
    """An integrator over two BMW dealerships with ten cars each."""
    rows = [car(n) for n in range(10)]
    rows += [car(n, location="Columbia BMW", price="28000" if n < 14 else "45000") for n in range(10, 20)]
    import_file(db, write_scrape(rows), as_of=DAY, drop_ratio=0.5)
    return OrderProcessingIntegrator(_session(platform_settings, db))


def _session(settings: Settings, db: Database) -> PlatformSession:
    return PlatformSession(settings=settings, db=db)


@pytest.mark.parametrize("name", MONITORING)
def test_a_monitoring_query_of_the_guide_runs_verbatim_and_gives_rows(
    name: str, integrator: OrderProcessingIntegrator, db: Database
) -> None:
    integrator.create_order_processing_job(BMW)
    rows = db.frame(MONITORING[name])
    assert len(rows) > 0
    if name == "summary":
        assert list(rows.columns) == ["metric_name", "metric_value"]
        assert dict(rows.itertuples(index=False)) == {
            "Active Dealerships": "40",
            "Total Vehicles (Last 7 Days)": "20",
            "Order Processing Jobs (Last 30 Days)": "1",
            "QR Files Tracked": "20",
            "QR Files Existing": "10",
            "Recent Exports (Last 7 Days)": "2",  # the export and its companion for Illustrator
        }


@pytest.mark.realdata
def test_every_sql_block_of_the_guide_runs_as_it_stands(integrator: OrderProcessingIntegrator, db: Database) -> None:
    if not GUIDE.is_file():
        pytest.skip(f"the guide is not in {GUIDE}")
    integrator.create_order_processing_job(BMW)
    blocks = re.findall(r"```sql\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    statements = [text for block in blocks for text in block.split(";") if text.strip()]
    assert len(statements) == 7
    for text in statements:
        assert len(db.frame(text)) > 0, text


@pytest.mark.realdata
def test_the_daily_bmw_script_of_the_guide_runs_unchanged_but_for_import_and_output_path(
    integrator: OrderProcessingIntegrator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not GUIDE.is_file():
        pytest.skip(f"the guide is not in {GUIDE}")
    text = GUIDE.read_text(encoding="utf-8")
    [script] = re.findall(r"```python\n(#!/usr/bin/env python3.*?)```", text, flags=re.DOTALL)
    result = tmp_path / "daily_bmw_processing.json"
    script = script.replace("from order_processing_integration", "from ops_platform.order_processing_integration")
    script = script.replace("C:/exports/daily_bmw_processing.json", result.as_posix())
    path = tmp_path / "daily.py"
    path.write_text(script, encoding="utf-8")
    module = sys.modules["ops_platform.order_processing_integration"]
    session = integrator._platform
    monkeypatch.setattr(module, "OrderProcessingIntegrator", lambda: OrderProcessingIntegrator(session))

    runpy.run_path(str(path), run_name="__main__")

    printed = capsys.readouterr().out
    assert "Total Vehicles Processed: 16" in printed  # 10 at West St. Louis, 6 over 30,000 at Columbia
    assert "QR Completion Rate: 100.0%" in printed
    saved = json.loads(result.read_text(encoding="utf-8"))
    assert [entry["dealership"] for entry in saved] == [BMW, "Columbia BMW"]
    assert set(saved[0]) == {"dealership", "job", "qr_validation"}
    assert set(saved[0]["job"]) == JOB_KEYS
    assert set(saved[0]["qr_validation"]) == VALIDATION_KEYS


def test_the_export_of_the_guides_car_is_the_guides_file_byte_for_byte(
    db: Database, platform_settings: Settings, write_scrape: Callable[..., Path]
) -> None:
    row = car(123456, vin="WBAJA7C50KK123456", stock="STK001", type="New")
    import_file(db, write_scrape([row]), as_of=DAY, drop_ratio=0.5)
    db.execute(
        """UPDATE dealership_configs SET output_rules = jsonb_set(output_rules, '{format}', '"premium"')
           WHERE name = :name""",
        name=BMW,
    )
    job = OrderProcessingIntegrator(_session(platform_settings, db)).create_order_processing_job(BMW, "premium")
    assert job["error"] is None
    assert Path(job["export_file"]).read_bytes() == (
        b"vin,stock,year,make,model,trim,price,msrp,condition,qr_code_path\n"
        b"WBAJA7C50KK123456,STK001,2023,BMW,X5,xDrive40i,65000,68000,new,"
        b"C:\\qr_codes\\bmw_west_stl\\WBAJA7C50KK123456.png\n"
    )


def test_a_job_has_all_keys_and_a_recorded_state(integrator: OrderProcessingIntegrator) -> None:
    job = integrator.create_order_processing_job(BMW, filters={"min_price": 25000})
    assert set(job) == JOB_KEYS
    assert job["success"] and job["vehicle_count"] == 10 and len(job["vehicles"]) == 10
    assert job["vehicles"][0]["price"] == 65000
    assert job["qr_generation"]["made"] == 10
    status = integrator.get_job_status(job["job_id"])
    assert status is not None and set(status) == STATUS_KEYS
    assert (status["status"], status["vehicle_count"], status["final_vehicle_count"]) == ("completed", 10, 10)
    json.dumps(job, default=str)


@pytest.mark.parametrize(
    ("dealership", "job_type", "filters", "says"),
    [
        ("BMW of West St Lois", "standard", None, 'did you mean "BMW of West St. Louis"'),
        (BMW, "premum", None, "known are custom, premium, quick, standard"),
        (BMW, "standard", {"min_prise": 1}, 'did you mean "min_price"'),
    ],
)
def test_a_failed_job_has_all_keys_says_why_and_is_recorded(
    integrator: OrderProcessingIntegrator, dealership: str, job_type: str, filters: dict[str, int], says: str
) -> None:
    job = integrator.create_order_processing_job(dealership, job_type, filters)
    assert set(job) == JOB_KEYS
    assert job["success"] is False and job["vehicle_count"] == 0 and job["export_file"] is None
    assert says in job["error"]
    status = integrator.get_job_status(job["job_id"])
    assert status is not None and status["status"] == "failed" and says in status["notes"]
    assert status["completed_at"] is not None


def test_a_job_writes_the_companion_that_illustrator_links_beside_its_export(
    integrator: OrderProcessingIntegrator,
) -> None:
    export = Path(integrator.create_order_processing_job(BMW)["export_file"])
    lines = export.with_name(f"{export.stem}_illustrator.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith(",@qr_code_path") and len(lines) == 11


def test_an_inactive_dealership_gets_a_failed_job(integrator: OrderProcessingIntegrator, db: Database) -> None:
    db.execute("UPDATE dealership_configs SET is_active = false WHERE name = :name", name=BMW)
    job = integrator.create_order_processing_job(BMW)
    assert job["success"] is False and "not active" in job["error"]
    assert BMW not in [config["name"] for config in integrator.get_active_dealership_configs()]


def test_a_job_without_eligible_cars_is_empty_not_failed(integrator: OrderProcessingIntegrator) -> None:
    job = integrator.create_order_processing_job(BMW, filters={"year_min": 2030})
    assert (job["success"], job["vehicle_count"], job["export_file"]) == (True, 0, None)
    status = integrator.get_job_status(job["job_id"])
    assert status is not None and status["status"] == "empty" and "year_below_min 10" in status["notes"]


def test_validation_counts_what_is_missing_and_is_limited_to_a_job(
    integrator: OrderProcessingIntegrator, folders: VehicleFolders
) -> None:
    before = integrator.validate_qr_files(BMW)
    assert set(before) == VALIDATION_KEYS
    assert (before["total_vehicles"], before["qr_files_exist"], before["qr_files_missing"]) == (10, 0, 10)
    assert before["missing_files"][0] == {
        "vin": "WBAJA7C50KK000000",
        "stock": "STK000",
        "expected_path": "C:\\qr_codes\\bmw_west_stl\\WBAJA7C50KK000000.png",
    }
    job = integrator.create_order_processing_job("Columbia BMW", filters={"min_price": 30000})
    after = integrator.validate_qr_files("Columbia BMW", job["job_id"])
    assert (after["total_vehicles"], after["qr_files_exist"]) == (6, 6)
    victim = folders.qr_file(job["vehicles"][0]["qr_code_path"])
    victim.write_bytes(b"")
    assert integrator.validate_qr_files("Columbia BMW", job["job_id"])["qr_files_missing"] == 1


def test_validation_of_an_unknown_dealership_has_all_keys(integrator: OrderProcessingIntegrator) -> None:
    result = integrator.validate_qr_files("Nobody Motors")
    assert set(result) == VALIDATION_KEYS and result["total_vehicles"] == 0


def test_recent_jobs_come_newest_first(integrator: OrderProcessingIntegrator) -> None:
    made = [integrator.create_order_processing_job(name)["job_id"] for name in (BMW, "Columbia BMW", BMW)]
    assert [job["id"] for job in integrator.get_recent_jobs(limit=2)] == made[:0:-1]
    assert {"id", "dealership_name", "status"} <= set(integrator.get_recent_jobs()[0])


def test_dealership_configs_are_json_text_as_the_guide_reads_them(
    integrator: OrderProcessingIntegrator,
) -> None:
    config = next(c for c in integrator.get_active_dealership_configs() if c["name"] == BMW)
    assert json.loads(config["filtering_rules"])["year_min"] == 2020
    assert set(config) == {"name", "filtering_rules", "output_rules", "qr_output_path", "is_active"}


def test_an_unknown_job_has_no_state(integrator: OrderProcessingIntegrator) -> None:
    assert integrator.get_job_status(987654) is None


def test_the_integrator_answers_with_all_keys_when_the_database_is_gone(
    platform_settings: Settings,
) -> None:
    gone = Database("postgresql://nobody:x@127.0.0.1:1/nothing")
    result = OrderProcessingIntegrator(_session(platform_settings, gone))
    job = result.create_order_processing_job(BMW)
    assert set(job) == JOB_KEYS and job["success"] is False and "connection" in job["error"]
    assert set(result.validate_qr_files(BMW)) == VALIDATION_KEYS
