"""Every asset, check, job, schedule and sensor of the platform, put together. ops_platform/definitions.py shows it.

Loading it opens no file and no connection (a test holds it to that); what a step needs it asks its resources for.
"""

from __future__ import annotations

import dagster as dg

from ops_platform.defs.operations import daily_log, effects, maintenance
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.restaurant import assets as restaurant_assets
from ops_platform.defs.restaurant import checks as restaurant_checks
from ops_platform.defs.restaurant import jobs as restaurant_jobs
from ops_platform.defs.restaurant import schedules as restaurant_schedules
from ops_platform.defs.retail import assets as retail_assets
from ops_platform.defs.retail import checks as retail_checks
from ops_platform.defs.retail import jobs as retail_jobs
from ops_platform.defs.retail import schedules as retail_schedules
from ops_platform.defs.retail import texts as retail_texts
from ops_platform.defs.vehicles import assets, checks, checks_files, jobs, schedules, sensors

defs = dg.Definitions(
    assets=[
        *assets.ASSETS,
        *restaurant_assets.ASSETS,
        *retail_assets.ASSETS,
        *retail_texts.ASSETS,
        *maintenance.ASSETS,
        *daily_log.ASSETS,
        *effects.ASSETS,
    ],
    asset_checks=[*checks.CHECKS, *checks_files.CHECKS, *restaurant_checks.CHECKS, *retail_checks.CHECKS],
    jobs=[*jobs.JOBS, *restaurant_jobs.JOBS, *retail_jobs.JOBS, *retail_texts.JOBS, *maintenance.JOBS, *effects.JOBS],
    schedules=[
        *schedules.SCHEDULES,
        *restaurant_schedules.SCHEDULES,
        *retail_schedules.SCHEDULES,
        *retail_texts.SCHEDULES,
        *maintenance.SCHEDULES,
        *effects.SCHEDULES,
    ],
    sensors=sensors.SENSORS,
    resources={"settings": OpsSettings(), "database": OpsDatabase()},
    # A process a step costs 3 to 4 seconds each; these steps take less than that together.
    executor=dg.in_process_executor,
)
