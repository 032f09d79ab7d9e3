"""What starts work when something arrives: new scrape files.

When a file is ready is a pure rule (ops_platform/vehicles/arrivals.py); here stand only the looking and the asking.
"""

# Dagster reads the annotations of contexts and resources as types, so they cannot be postponed here.

import dagster as dg

from ops_platform.defs.metadata import listing
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.vehicles.jobs import vehicles_import

SECONDS_BETWEEN_LOOKS = 30


@dg.sensor(
    name="new_scrape_files",
    job=vehicles_import,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Looks into the imports folder every 30 seconds and starts one `vehicles_import` for each new file once two "
        "looks in a row saw it unchanged. A file that was handed out or whose content is loaded is left alone."
    ),
)
def new_scrape_files(
    context: dg.SensorEvaluationContext, settings: OpsSettings, database: OpsDatabase
) -> dg.SensorResult | dg.SkipReason:
    """Ask for one run a file, oldest name first."""
    from ops_platform.flows.vehicles.folders import VehicleFolders
    from ops_platform.flows.vehicles.inbox import InboxError, look, not_loaded
    from ops_platform.vehicles.arrivals import Cursor, ready_files

    folder = VehicleFolders.of(settings.get()).imports
    try:
        listing_now = look(folder)
    except InboxError as error:
        return dg.SkipReason(str(error))
    ready, cursor = ready_files(listing_now, Cursor.from_text(context.cursor))
    if not ready:
        return dg.SensorResult(skip_reason=_nothing_new(len(listing_now), folder), cursor=cursor.to_text())
    with database.open() as db:  # if the database is away the tick fails and the cursor stays: nothing is lost
        new = {path.name for path in not_loaded(db, [folder / file.name for file in ready])}
    requests = [
        dg.RunRequest(
            run_key=file.identity,
            run_config={"ops": {"import_scrapes": {"config": {"files": [file.name]}}}},
            tags={"ops/file": file.name},
        )
        for file in ready
        if file.name in new
    ]
    if not requests:
        names = listing([file.name for file in ready])
        return dg.SensorResult(skip_reason=f"loaded before: {names}", cursor=cursor.to_text())
    return dg.SensorResult(run_requests=requests, cursor=cursor.to_text())


def _nothing_new(files: int, folder: object) -> str:
    if not files:
        return f"{folder} is empty: put the scraper's CSV files there"
    counted = "1 file" if files == 1 else f"{files:,} files"
    return f"{counted} in {folder}, none of them new (a new one is taken once two looks saw it unchanged)"


SENSORS = [new_scrape_files]
