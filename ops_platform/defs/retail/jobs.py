"""The one job of the retail business; its schedules and people choose the automations of a run."""

from __future__ import annotations

import dagster as dg

from ops_platform.defs.retail import keys
from ops_platform.defs.retail.checks import store_checks

retail_automations = dg.define_asset_job(
    "retail_automations",
    selection=dg.AssetSelection.assets(*keys.BY_KEY) | dg.AssetSelection.checks(store_checks),
    description=(
        "Automations between point of sale and web shop. The schedules ask for those that are due; started by hand it "
        "runs all of them, or those you select. What others wait for comes first; one that fails stops no other."
    ),
)

JOBS = [retail_automations]
