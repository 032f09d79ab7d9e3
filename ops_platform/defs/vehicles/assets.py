"""The vehicles assets: scrape files -> raw, normalised, history -> exports -> QR files -> print files.

Each body gathers its resources, calls one flow and hands the report to reports.py, which makes it readable. No rule,
no statement and no formatting belongs here. Flows are imported inside the bodies: pandas and the drivers would
double the time every Dagster process needs to load the definitions.
"""

# Dagster reads the annotations of contexts and configurations as types, so they cannot be postponed here.

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg
from pydantic import Field

from ops_platform.defs.clock import as_of
from ops_platform.defs.metadata import column_schema
from ops_platform.defs.partition_tags import ONE_RUN
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.vehicles import columns, keys
from ops_platform.defs.vehicles.check_parts import facts
from ops_platform.defs.vehicles.partitions import DEALERSHIPS, add_partitions, unfit

# Daily work: a day and two hours are fine, two days are not.
_DAILY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26))


def _table(name: str, described: columns.Columns) -> dict[str, Any]:
    return {"dagster/table_name": f"vehicles.{name}", **column_schema(described)}


scrape_files = dg.AssetSpec(
    keys.SCRAPE_FILES,
    description=(
        "The scraper's CSV files in the imports folder, one or more a day, for some or all dealerships "
        "(`complete_data_2025-03-13.csv`). Put there by the scraper; the sensor `new_scrape_files` notices them."
    ),
    group_name=keys.GROUP,
    owners=keys.OWNERS,
    kinds={"csv", "file"},
)


@dg.asset(
    key=keys.DEALERSHIP_CONFIGS,
    group_name=keys.GROUP,
    owners=keys.OWNERS,
    kinds={"postgres", "yaml"},
    metadata=_table("dealership_configs", columns.CONFIGS),
)
def dealership_configs(
    context: dg.AssetExecutionContext, settings: OpsSettings, database: OpsDatabase
) -> dg.MaterializeResult:
    """The agency's clients: which cars each wants, how its exports look, where its QR files stand.

    Adds shipped dealerships that are missing (an edited one stays as it is), reads every rule, makes each active
    dealership a partition, and judges all cars on hand anew by the rules of today.
    """
    from ops_platform.defs.vehicles import reports
    from ops_platform.flows.vehicles.dealerships import load_directory, load_shipped, refresh_eligibility
    from ops_platform.flows.vehicles.summaries import active_dealerships

    today = as_of(context.run.tags, settings.get().vehicles.timezone).date()
    with database.for_step() as db:
        shipped = load_shipped(db)
        directory = load_directory(db)
        active = active_dealerships(db)
        judged = refresh_eligibility(db, today=today)
    add_partitions(context.instance, active)
    misfits = {name: text for name in active if (text := unfit(name))}
    return dg.MaterializeResult(metadata=reports.of_dealerships(directory, shipped, judged, misfits))


class ImportConfig(dg.Config):
    """Which files to load."""

    files: list[str] = Field(
        default=[], description="names in the imports folder; empty: every file that is not loaded yet, by name"
    )


@dg.multi_asset(
    name="import_scrapes",
    specs=[
        dg.AssetSpec(
            keys.RAW_VEHICLE_DATA,
            deps=[keys.SCRAPE_FILES],
            description=(
                "Every row of every file that was not rejected, as the site wrote it, with file and line. "
                "Append-only. Rejected rows are in vehicle_import_rejects with line, code and reason; a file is "
                "loaded wholly or not at all, and once, whatever its name."
            ),
            owners=keys.OWNERS,
            kinds={"postgres", "csv"},
            metadata=_table("raw_vehicle_data", columns.RAW),
        ),
        dg.AssetSpec(
            keys.NORMALIZED_VEHICLE_DATA,
            deps=[keys.RAW_VEHICLE_DATA, keys.DEALERSHIP_CONFIGS],
            description=(
                "The inventory: one row a car and dealership as of its newest scrape, with condition, lot status, "
                "price, odd VINs, and whether the dealership's rules take it and why not. Cars that a later "
                "scrape of their dealership no longer shows carry a gone date."
            ),
            owners=keys.OWNERS,
            kinds={"postgres", "pandas"},
            metadata=_table("normalized_vehicle_data", columns.NORMALIZED),
        ),
        dg.AssetSpec(
            keys.VIN_HISTORY,
            deps=[keys.NORMALIZED_VEHICLE_DATA],
            description="Which car was seen where on which day, with the first and last price of that day.",
            owners=keys.OWNERS,
            kinds={"postgres"},
            metadata=_table("vin_history", columns.HISTORY),
        ),
    ],
    group_name=keys.GROUP,
)
def import_scrapes(
    context: dg.AssetExecutionContext, config: ImportConfig, settings: OpsSettings, database: OpsDatabase
) -> Iterator[dg.MaterializeResult]:
    """Load scrape files into the three tables, a transaction a file (docs/adr/0005-one-transaction-a-file.md).

    A file that cannot be loaded never stops the others. Files named in the configuration (a run of the sensor) must
    load: the step fails and says what to mend. In the daily sweep the check `files_are_loaded` says it instead, so
    that one broken file does not keep 40 dealerships from their exports.
    """
    from ops_platform.defs.vehicles import reports, sweep

    now = as_of(context.run.tags, settings.get().vehicles.timezone)
    with database.for_step() as db:
        done = sweep.load_files(db, settings.get(), config.files, now=now, run_id=context.run.run_id, log=context.log)
        for report in done.loaded:
            context.log_event(reports.scrape_seen(report))
        broken = reports.failure_of(done) if done.failed and config.files else None
        if broken and not done.loaded:
            raise broken
        yield dg.MaterializeResult(asset_key=keys.RAW_VEHICLE_DATA, metadata=reports.of_raw(db, done))
        yield dg.MaterializeResult(asset_key=keys.NORMALIZED_VEHICLE_DATA, metadata=reports.of_normalized(db, done))
        yield dg.MaterializeResult(asset_key=keys.VIN_HISTORY, metadata=reports.of_history(db, done))
        if broken:
            raise broken


class ExportConfig(dg.Config):
    """Which kind of job to run."""

    job_type: str = Field(default="standard", description="a row of order_processing_config")
    filters: dict[str, Any] = Field(
        default={}, description="more restrictions in the keys of filtering_rules, like min_price: 25000"
    )


@dg.asset(
    key=keys.DEALERSHIP_EXPORTS,
    deps=[keys.NORMALIZED_VEHICLE_DATA, keys.DEALERSHIP_CONFIGS],
    partitions_def=DEALERSHIPS,
    backfill_policy=ONE_RUN,
    group_name=keys.GROUP,
    owners=keys.OWNERS,
    kinds={"csv", "postgres"},
    metadata=_table("export_history", columns.EXPORTS),
    freshness_policy=_DAILY,
)
def dealership_exports(
    context: dg.AssetExecutionContext, config: ExportConfig, settings: OpsSettings, database: OpsDatabase
) -> dg.MaterializeResult:
    """One order-processing job and its filtered CSV a dealership; any number of dealerships is one run.

    Re-run a single dealership by materialising its partition. A dealership that fails (rules that cannot be read, a
    full disk) never stops the others: its job is recorded as failed and the check `exports_are_written` names it.
    """
    from ops_platform.defs.vehicles import reports
    from ops_platform.flows.vehicles.folders import VehicleFolders
    from ops_platform.flows.vehicles.jobs import JobRequest, run_jobs

    requests = [JobRequest(name, config.job_type, config.filters or None) for name in context.partition_keys]
    now = as_of(context.run.tags, settings.get().vehicles.timezone)
    with database.for_step() as db:
        outcomes = run_jobs(
            db,
            VehicleFolders.of(settings.get()),
            requests,
            now=now,
            created_by="dagster",
            run_id=context.run.run_id,
        )
    if all(outcome.status == "failed" for outcome in outcomes):
        # Nothing to go on with, and a person who re-runs one dealership wants to see the reason at once.
        raise dg.Failure("\n".join(f"{o.dealership}: {o.error}" for o in outcomes), allow_retries=False)
    for outcome in outcomes:
        context.add_asset_metadata(reports.of_export(outcome), partition_key=outcome.dealership)
    return dg.MaterializeResult()


@dg.asset(
    key=keys.QR_FILES,
    deps=[keys.DEALERSHIP_EXPORTS],
    group_name=keys.GROUP,
    owners=keys.OWNERS,
    kinds={"png", "postgres"},
    metadata=_table("qr_file_tracking", columns.QR_FILES),
    freshness_policy=_DAILY,
)
def qr_files(context: dg.AssetExecutionContext, settings: OpsSettings, database: OpsDatabase) -> dg.MaterializeResult:
    """`<VIN>.png` for every car on hand of every active dealership: made where missing or changed, never resampled.

    Each new file was decoded back by a second library before it counted.
    """
    from ops_platform.defs.vehicles import reports
    from ops_platform.flows.vehicles.folders import VehicleFolders
    from ops_platform.flows.vehicles.qr import make_qr
    from ops_platform.flows.vehicles.summaries import qr_completion

    folders = VehicleFolders.of(settings.get())
    with database.for_step() as db:
        report = make_qr(db, folders, settings.get(), progress=reports.every_thousand(context.log))
        completion = qr_completion(db)
    if report.failed and report.failed == report.total:
        raise dg.Failure(f"no QR file could be made: {report.failures[0]['reason']}", allow_retries=False)
    return dg.MaterializeResult(metadata=reports.of_qr(report, completion))


@dg.asset(
    key=keys.ILLUSTRATOR_FILES,
    deps=[keys.QR_FILES],
    group_name=keys.GROUP,
    owners=keys.OWNERS,
    kinds={"csv", "illustrator"},
    freshness_policy=_DAILY,
    check_specs=[
        dg.AssetCheckSpec(
            keys.PRINT_FILES_CHECK,
            asset=keys.ILLUSTRATOR_FILES,
            metadata=facts("csv"),
            description=(
                "Every print file could be written, and every exported car has its picture in it. A layout with "
                "an empty picture is waste paper, so a car without a QR file is left out and named here."
            ),
        )
    ],
)
def illustrator_files(
    context: dg.AssetExecutionContext, settings: OpsSettings, database: OpsDatabase
) -> dg.MaterializeResult:
    """The data files people open in Illustrator (and InDesign, order templates, the Google feed where wanted).

    They stand beside the export of each dealership's newest completed job and link the QR files by path.
    """
    from ops_platform.defs.vehicles import reports
    from ops_platform.flows.vehicles.companions import write_companions
    from ops_platform.flows.vehicles.folders import VehicleFolders
    from ops_platform.flows.vehicles.summaries import active_dealerships

    now = as_of(context.run.tags, settings.get().vehicles.timezone)
    with database.for_step() as db:
        report = write_companions(
            db,
            VehicleFolders.of(settings.get()),
            settings.get(),
            active_dealerships(db),
            now=now,
            created_by="dagster",
        )
    return dg.MaterializeResult(
        metadata=reports.of_print_files(report), check_results=[reports.print_files_check(report)]
    )


ASSETS: list[dg.AssetsDefinition | dg.AssetSpec] = [
    scrape_files,
    dealership_configs,
    import_scrapes,
    dealership_exports,
    qr_files,
    illustrator_files,
]
