"""The checks of what comes in: clients, scrapes, inventory, history. checks_files.py has those of what goes out.

Each asks one question, verdicts.py answers it, the UI shows both. Structure broken is an ERROR, coverage low a WARN.
Only the data contracts block what comes after them. The limits stand here; settings overrule two of them.
"""

# Dagster reads the annotations of contexts and resources as types, so they cannot be postponed here.

from collections.abc import Iterator

import dagster as dg

from ops_platform.defs.check_parts import Result, contract_result, name_of, result
from ops_platform.defs.clock import as_of
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.vehicles import keys, verdicts, verdicts_files
from ops_platform.defs.vehicles.check_parts import check, facts, rows_of, rows_of_imports
from ops_platform.defs.verdict import Verdict

DUPLICATES_ALLOWED = 0.05  # on real days 2 %: group sites list each other's cars
PRICED_MAY_FALL = 0.3
MEDIAN_MAY_MOVE = 0.4
STALE_AFTER_DAYS = 7
SCRAPES_OLD_AFTER_DAYS = 2
VIN_WARNINGS_ALLOWED = 0.1
IMPORT_SECONDS = 120.0


# -- dealership_configs


@check(keys.DEALERSHIP_CONFIGS, "postgres")
def rules_are_valid(database: OpsDatabase) -> Result:
    """Every dealership's rules can be read. One that cannot gets no export, and none of its cars is eligible."""
    from ops_platform.flows.vehicles.dealerships import load_directory

    with database.for_step() as db:
        directory = load_directory(db)
    problems = directory.findings
    total = len(directory.clients) + len(directory.problems)
    message = f"{len(directory.clients)} of {total} dealerships have readable rules."
    if problems:
        message += " Correct the database (`ops vehicles rules check`): " + "; ".join(
            f"{row['what']} {row['name']}: {row['problem']}" for row in problems
        )
    return result(Verdict(not problems, message, problems, {"unreadable": len(problems)}, is_error=True))


# -- raw_vehicle_data, normalized_vehicle_data, vin_history: contracts, which block


_CONSERVED = dg.AssetCheckSpec(
    "rows_are_conserved",
    asset=keys.RAW_VEHICLE_DATA,
    blocking=True,
    metadata=facts("postgres"),
    description=(
        "Read = loaded + rejected + duplicate, counted again in the tables for the files of this run (or the newest "
        "one). A row that is neither is a car nobody prints. Blocks the exports."
    ),
)
_RAW_CONTRACT = dg.AssetCheckSpec(
    "raw_contract",
    asset=keys.RAW_VEHICLE_DATA,
    blocking=True,
    metadata=facts("pandas"),
    description=(
        "Data contract of the raw rows of these files: VIN, type, year, make, location are there and of the right "
        "form. Broken, the import itself is wrong. Blocks the exports."
    ),
)
_NORMALIZED_CONTRACT = dg.AssetCheckSpec(
    "normalized_contract",
    asset=keys.NORMALIZED_VEHICLE_DATA,
    blocking=True,
    metadata=facts("pandas"),
    description=(
        "Data contract of the cars of these files: closed lists for condition and lot status, prices above zero or "
        "missing, dates in order, one row a car and dealership. Blocks the exports."
    ),
)


@dg.multi_asset_check(
    name="vehicle_contracts", specs=[_CONSERVED, _RAW_CONTRACT, _NORMALIZED_CONTRACT], can_subset=True
)
def vehicle_contracts(context: dg.AssetCheckExecutionContext, database: OpsDatabase) -> Iterator[Result]:
    """The blocking checks as one step: the exports wait for the cars' contract, and so for all three."""
    from ops_platform.defs.vehicles import contracts
    from ops_platform.flows.vehicles.summaries import contract_rows, imports_of, rows

    wanted = context.op_execution_context.selected_asset_check_keys
    with database.for_step() as db:
        imports = imports_of(db, context.run.run_id)
        if _CONSERVED.key in wanted:
            counted = rows(db, "check_row_conservation", imports=imports.ids)
            yield result(verdicts.conservation(counted), **name_of(_CONSERVED))
        if _RAW_CONTRACT.key in wanted:
            raw = contract_rows(db, "check_raw_rows", imports.ids, contracts.RAW.integers)
            yield contract_result(contracts.RAW, raw, _RAW_CONTRACT)
        if _NORMALIZED_CONTRACT.key in wanted:
            cars = contract_rows(db, "check_normalized_rows", imports.ids, contracts.NORMALIZED.integers)
            yield contract_result(contracts.NORMALIZED, cars, _NORMALIZED_CONTRACT)


# -- raw_vehicle_data


@check(keys.RAW_VEHICLE_DATA, "csv")
def files_are_loaded(settings: OpsSettings, database: OpsDatabase) -> Result:
    """No file in the imports folder failed to load. One that did is missing whole; the others are in and exported."""
    from ops_platform.flows.vehicles.folders import VehicleFolders
    from ops_platform.flows.vehicles.inbox import InboxError, failed_files, scrapes

    try:
        files = scrapes(VehicleFolders.of(settings.get()).imports)
    except InboxError as error:
        return result(Verdict(False, str(error), is_error=True))
    with database.for_step() as db:
        failed = failed_files(db, files)
    listed = [{"file": file.name, "error": file.error} for file in failed]
    return result(verdicts_files.files_loaded(listed, len(files)))


@check(keys.RAW_VEHICLE_DATA, "postgres")
def rejects_are_few(context: dg.AssetCheckExecutionContext, settings: OpsSettings, database: OpsDatabase) -> Result:
    """Few rows of these files were rejected. Many mean that a scraper or a site changed its form."""
    limit = settings.get().vehicles.rejects_warn_ratio
    found = rows_of_imports(database, "check_reject_shares", context.run.run_id)
    return result(verdicts.rejects(found, limit=limit))


@check(keys.RAW_VEHICLE_DATA, "postgres")
def locations_are_known(context: dg.AssetCheckExecutionContext, database: OpsDatabase) -> Result:
    """Every Location of these files means a dealership. Cars of an unknown one are set aside, with the nearest name."""
    from ops_platform.flows.vehicles.summaries import imports_of, unknown_locations

    with database.for_step() as db:
        found = unknown_locations(db, imports_of(db, context.run.run_id).ids)
    return result(verdicts.unknown(found))


@check(keys.RAW_VEHICLE_DATA, "postgres")
def import_is_fast(context: dg.AssetCheckExecutionContext, database: OpsDatabase) -> Result:
    """Each of these files was loaded within two minutes, as the agency promises its own people."""
    from ops_platform.flows.vehicles.summaries import imports_of

    with database.for_step() as db:
        found = imports_of(db, context.run.run_id).rows
    return result(verdicts.import_speed(found, limit=IMPORT_SECONDS))


@check(keys.RAW_VEHICLE_DATA, "postgres")
def scrapes_are_recent(context: dg.AssetCheckExecutionContext, settings: OpsSettings, database: OpsDatabase) -> Result:
    """The newest scrape is at most two days old. When scraping stops, exports repeat the last known inventory."""
    from ops_platform.flows.vehicles.summaries import table_sizes

    today = as_of(context.run.tags, settings.get().vehicles.timezone).date()
    with database.for_step() as db:
        newest = table_sizes(db)["newest_scan"]
    return result(verdicts.recent(newest, today, days=SCRAPES_OLD_AFTER_DAYS))


# -- normalized_vehicle_data


@check(keys.NORMALIZED_VEHICLE_DATA, "postgres")
def duplicate_vins_are_few(database: OpsDatabase) -> Result:
    """Few cars stand at more than one dealership at once. Group sites explain some, a misread site many."""
    from ops_platform.flows.vehicles.summaries import rows, table_sizes

    with database.for_step() as db:
        found, cars = rows(db, "check_duplicate_vins"), table_sizes(db)["on_hand"]
    return result(verdicts.duplicates(found, cars, limit=DUPLICATES_ALLOWED))


@check(keys.NORMALIZED_VEHICLE_DATA, "postgres")
def prices_are_sane(database: OpsDatabase) -> Result:
    """No dealership lost its prices and no median jumped since the scan before. A misread column would do both."""
    found = rows_of(database, "check_prices")
    return result(verdicts.prices(found, lost=PRICED_MAY_FALL, moved=MEDIAN_MAY_MOVE))


@check(keys.NORMALIZED_VEHICLE_DATA, "postgres")
def no_feed_is_held(database: OpsDatabase) -> Result:
    """No dealership's newest scan lost half of its cars. A broken scraper looks like a sold-out lot, so it is held."""
    return result(verdicts.held_feeds(rows_of(database, "check_held_feeds")))


@check(keys.NORMALIZED_VEHICLE_DATA, "postgres")
def no_location_is_stale(database: OpsDatabase) -> Result:
    """Every active dealership was scanned within seven days of the newest scan."""
    found = rows_of(database, "check_stale_locations", days=STALE_AFTER_DAYS)
    return result(verdicts.stale(found, days=STALE_AFTER_DAYS))


@check(keys.NORMALIZED_VEHICLE_DATA, "postgres")
def vins_are_plausible(database: OpsDatabase) -> Result:
    """Few VINs are odd (check digit, model year, make). An odd VIN is exported; many mean that a column slipped."""
    from ops_platform.flows.vehicles.summaries import rows, table_sizes

    with database.for_step() as db:
        found, cars = rows(db, "check_vin_warnings"), table_sizes(db)["on_hand"]
    return result(verdicts.vin_warnings(found, cars, limit=VIN_WARNINGS_ALLOWED))


# -- vin_history


@check(keys.VIN_HISTORY, "postgres")
def history_is_complete(context: dg.AssetCheckExecutionContext, database: OpsDatabase) -> Result:
    """Every car of these files has its sighting of that day; days on the lot and price changes come from them."""
    return result(verdicts.history_gaps(rows_of_imports(database, "check_history_gaps", context.run.run_id)))


CHECKS = [
    rules_are_valid,
    vehicle_contracts,
    files_are_loaded,
    rejects_are_few,
    locations_are_known,
    import_is_fast,
    scrapes_are_recent,
    duplicate_vins_are_few,
    prices_are_sane,
    no_feed_is_held,
    no_location_is_stale,
    vins_are_plausible,
    history_is_complete,
]
