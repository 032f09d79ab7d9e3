"""The two jobs of the vehicles business."""

from __future__ import annotations

import dagster as dg

from ops_platform.defs.vehicles import keys

# With dealership_configs: on a new database no location of a file would be known without it.
_IMPORT = dg.AssetSelection.assets(keys.DEALERSHIP_CONFIGS, *keys.IMPORTED)

vehicles_import = dg.define_asset_job(
    "vehicles_import",
    selection=_IMPORT,
    description=(
        "Load scrape files into raw, normalised and history tables, with all their checks. The sensor "
        "`new_scrape_files` starts it for each new file; by hand it loads every file that is not loaded yet."
    ),
)

vehicles_daily = dg.define_asset_job(
    "vehicles_daily",
    selection=dg.AssetSelection.groups(keys.GROUP) - dg.AssetSelection.assets(keys.SCRAPE_FILES),
    description=(
        "Everything, once a day: load what is new, export for every active dealership, make QR and print files, "
        "check. All dealerships are one run (docs/adr/0007-dealership-partitions.md); choose one partition to run "
        "a single dealership."
    ),
)

JOBS = [vehicles_import, vehicles_daily]
