"""Every check of the vehicles passes on sound data and fails, with fitting weight and words, when its thing breaks."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg
import pytest

from ops_platform.definitions import defs
from ops_platform.defs.run import materialize_daily
from ops_platform.defs.vehicles import keys
from ops_platform_tests.defs.conftest import AS_OF, BMW, LEXUS, Bench, run_check

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


@dataclass(frozen=True)
class Case:
    """How to break what a check looks at, and what it then says."""

    check: str
    severity: dg.AssetCheckSeverity
    says: str
    statement: str = ""
    tags: tuple[tuple[str, str], ...] = ()


CASES = [
    Case("rows_are_conserved", ERROR, "lost or invented", "DELETE FROM raw_vehicle_data WHERE line_no = 3"),
    Case(
        "raw_contract",
        ERROR,
        "make: must be text that is not blank",
        "UPDATE raw_vehicle_data SET make = ' ' WHERE line_no = 3",
    ),
    Case(
        "normalized_contract",
        ERROR,
        "an eligible one does not",
        "UPDATE normalized_vehicle_data SET eligible = NOT eligible "
        "WHERE vin IN (SELECT max(vin) FROM normalized_vehicle_data)",
    ),
    Case(
        "rules_are_valid",
        ERROR,
        "did you mean",
        """UPDATE dealership_configs SET filtering_rules = '{"min_prise": 1}' WHERE name = 'Columbia BMW'""",
    ),
    Case(
        "rejects_are_few",
        WARN,
        "too many in complete_data_2026-03-07.csv",
        "INSERT INTO vehicle_import_rejects (import_id, line_no, code, detail, raw) "
        "SELECT 2, 1000 + n, 'vin_format', 'x', '{}' FROM generate_series(1, 50) n",
    ),
    Case(
        "locations_are_known",
        WARN,
        "Jaguar of Ranch Mirage",
        "INSERT INTO vehicle_import_rejects (import_id, line_no, location, code, detail, raw) "
        "VALUES (2, 999, 'Jaguar of Ranch Mirage', 'unknown_location', 'x', '{}')",
    ),
    Case(
        "import_is_fast",
        WARN,
        "over 120 s: complete_data_2026-03-07.csv",
        "UPDATE vehicle_imports SET started_at = finished_at - interval '3 minutes'",
    ),
    Case("scrapes_are_recent", WARN, "13 days old", tags=(("ops/as_of", "2026-03-20T06:00:00-05:00"),)),
    Case(
        "duplicate_vins_are_few",
        WARN,
        "more than one dealership",
        "INSERT INTO normalized_vehicle_data "
        "(vin, vehicle_condition, year, make, location, first_seen_date, last_seen_date) "
        "SELECT vin, vehicle_condition, year, make, 'Columbia Honda', first_seen_date, last_seen_date "
        "FROM normalized_vehicle_data WHERE location = 'Porsche St. Louis'",
    ),
    Case(
        "prices_are_sane",
        WARN,
        BMW,
        "UPDATE vin_history SET last_price = NULL "
        "WHERE dealership_name = 'BMW of West St. Louis' AND scan_date = '2026-03-07'",
    ),
    Case(
        "no_feed_is_held",
        WARN,
        "Columbia BMW",
        "UPDATE location_scans SET status = 'held' WHERE dealership_name = 'Columbia BMW' AND import_id = 2",
    ),
    Case(
        "no_location_is_stale",
        WARN,
        LEXUS,
        "UPDATE location_scans SET scan_date = '2026-02-20' WHERE dealership_name = 'Spirit Lexus'",
    ),
    Case(
        "vins_are_plausible",
        WARN,
        "check_digit",
        "UPDATE normalized_vehicle_data SET vin_warnings = '{check_digit}' WHERE location LIKE '%BMW%'",
    ),
    Case(
        "history_is_complete",
        ERROR,
        "Columbia BMW",
        "DELETE FROM vin_history WHERE dealership_name = 'Columbia BMW' AND scan_date = '2026-03-07'",
    ),
    Case(
        "exports_are_written",
        ERROR,
        "Columbia BMW: the disk was full",
        "UPDATE order_processing_jobs SET status = 'failed', notes = 'the disk was full' "
        "WHERE dealership_name = 'Columbia BMW'",
    ),
    Case(
        "export_files_are_whole",
        ERROR,
        "columbia_bmw_standard",
        "UPDATE export_history SET file_size = file_size + 1 WHERE dealership_name = 'Columbia BMW'",
    ),
    Case(
        "qr_files_are_complete",
        WARN,
        "Columbia BMW",
        "UPDATE qr_file_tracking SET file_exists = false WHERE dealership_name = 'Columbia BMW' AND id % 10 = 0",
    ),
]
OTHERS = {
    "files_are_loaded",
    "qr_files_lead_to_their_cars",
    keys.PRINT_FILES_CHECK,
}  # broken by files: test_checks_files.py


def test_every_check_has_a_case_that_breaks_it() -> None:
    checks = defs.resolve_asset_graph().asset_check_keys
    names = {key.name for key in checks if key.asset_key.path[0] == keys.GROUP}
    assert names == {case.check for case in CASES} | OTHERS


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_a_check_fails_when_its_thing_breaks(copy: Bench, case: Case) -> None:
    if not case.tags:
        before = run_check(case.check)
        assert before.passed, before.description
        assert copy.execute(case.statement) > 0
    found = run_check(case.check, tags=dict(case.tags))
    assert not found.passed
    assert found.severity == case.severity
    assert case.says in str(found.description)


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM raw_vehicle_data WHERE line_no = 3",
        "UPDATE raw_vehicle_data SET make = ' ' WHERE line_no = 3",
        "UPDATE normalized_vehicle_data SET first_seen_date = '2026-03-01', year = 1899 + 1, make = '' "
        "WHERE vin IN (SELECT max(vin) FROM normalized_vehicle_data)",
    ],
    ids=["rows_are_conserved", "raw_contract", "normalized_contract"],
)
def test_a_broken_contract_blocks_the_exports_of_the_same_run(copy: Bench, harm: str) -> None:
    copy.execute(harm)
    exports = copy.rows("SELECT count(*) AS n FROM order_processing_jobs")
    result = materialize_daily(copy.instance, tags={"ops/as_of": AS_OF})
    assert not result.success
    assert len(result.failed_blocking_checks) == 1
    assert result.failed_assets == [
        "vehicles/dealership_exports",
        "vehicles/illustrator_files",
        "vehicles/qr_files",
    ]
    assert copy.rows("SELECT count(*) AS n FROM order_processing_jobs") == exports


def test_a_rule_that_takes_no_car_is_a_warning(copy: Bench) -> None:
    copy.execute(
        "UPDATE order_processing_jobs SET status = 'empty', vehicle_count = 0 WHERE dealership_name = 'Columbia BMW'"
    )
    found = run_check("exports_are_written")
    assert (found.passed, found.severity) == (False, WARN)
    assert "the rules take none of the cars of Columbia BMW" in str(found.description)


def test_an_alias_that_was_added_since_makes_a_location_known(copy: Bench) -> None:
    copy.execute(
        "INSERT INTO vehicle_import_rejects (import_id, line_no, location, code, detail, raw) "
        "VALUES (2, 999, 'Auto Barn', 'unknown_location', 'x', '{}')"
    )
    assert not run_check("locations_are_known").passed
    copy.execute(
        "INSERT INTO location_aliases (alias_norm, alias, dealership_name) VALUES ('auto barn', 'Auto Barn', :name)",
        name=BMW,
    )
    assert run_check("locations_are_known").passed
