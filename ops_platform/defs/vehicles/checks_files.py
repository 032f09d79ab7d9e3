"""The checks of what goes out: exports and QR files. checks.py has those of what comes in and says how they work."""

# Dagster reads the annotations of contexts and resources as types, so they cannot be postponed here.

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import dagster as dg

from ops_platform.defs.check_parts import Result, result
from ops_platform.defs.clock import as_of
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.vehicles import keys, verdicts_files
from ops_platform.defs.vehicles.check_parts import check

QR_WANTED_PERCENT = 95.0
QR_AUDIT_SAMPLE = 300
EXPORTS_WITHIN = timedelta(hours=24)


# -- dealership_exports


@check(keys.DEALERSHIP_EXPORTS, "postgres")
def exports_are_written(context: dg.AssetCheckExecutionContext, settings: OpsSettings, database: OpsDatabase) -> Result:
    """Every active dealership has an export job of the day that ended well. Without one its people print nothing."""
    return result(verdicts_files.exports_written(_exports(context, settings, database)))


@check(keys.DEALERSHIP_EXPORTS, "csv")
def export_files_are_whole(
    context: dg.AssetCheckExecutionContext, settings: OpsSettings, database: OpsDatabase
) -> Result:
    """The export files of the day stand where they were written, with the size that was recorded."""
    return result(verdicts_files.export_files(_exports(context, settings, database)))


# -- qr_files


@check(keys.QR_FILES, "postgres")
def qr_files_are_complete(database: OpsDatabase) -> Result:
    """More than 95 % of the cars have their QR file, at every dealership. A car without one is left out of print."""
    from ops_platform.flows.vehicles.summaries import qr_completion

    with database.for_step() as db:
        found = qr_completion(db)
    return result(verdicts_files.qr_completion(found, wanted=QR_WANTED_PERCENT))


@check(keys.QR_FILES, "png")
def qr_files_lead_to_their_cars(
    context: dg.AssetCheckExecutionContext, settings: OpsSettings, database: OpsDatabase
) -> Result:
    """A sample of the files, another one each day, is read and decoded again. A swapped file sells the wrong car."""
    from ops_platform.flows.vehicles.folders import VehicleFolders
    from ops_platform.flows.vehicles.qr import audit_qr

    day = as_of(context.run.tags, settings.get().vehicles.timezone).date()
    with database.for_step() as db:
        audit = audit_qr(
            db,
            VehicleFolders.of(settings.get()),
            settings.get(),
            sample=QR_AUDIT_SAMPLE,
            seed=day.toordinal(),
        )
    return result(verdicts_files.qr_audit(audit.checked, audit.problems))


def _exports(
    context: dg.AssetCheckExecutionContext, settings: OpsSettings, database: OpsDatabase
) -> list[Mapping[str, Any]]:
    from ops_platform.flows.vehicles.summaries import exports_since

    now = as_of(context.run.tags, settings.get().vehicles.timezone)
    with database.for_step() as db:
        return list(exports_since(db, now - EXPORTS_WITHIN))


CHECKS = [
    exports_are_written,
    export_files_are_whole,
    qr_files_are_complete,
    qr_files_lead_to_their_cars,
]
