"""The two jobs of the restaurant business."""

from __future__ import annotations

import dagster as dg

from ops_platform.defs.restaurant import keys

_GROUP = dg.AssetSelection.groups(keys.GROUP)
ONLY_NEW = {"ops": {keys.LOAD_STEP: {"config": {"only_new": True}}}}

restaurant_incremental = dg.define_asset_job(
    "restaurant_incremental",
    # Menu and decisions do not change with an order; the daily job describes them.
    selection=dg.AssetSelection.assets(*keys.LOADED, keys.MATCH_REVIEW_QUEUE, keys.SALES),
    config=ONLY_NEW,
    description=(
        "Fetch every order that is new since the last fetch, match its lines, refresh queue and sales, check. Every "
        "few minutes (setting restaurant.poll_minutes), one run at a time."
    ),
)

restaurant_daily = dg.define_asset_job(
    "restaurant_daily",
    selection=_GROUP - dg.AssetSelection.assets(keys.PETPOOJA_EVENTS),
    description=(
        "A business day done again: asked for anew where the source knows days, else read from the kept events; its "
        "names are matched by the menu and decisions of today, never over a person's decision. Every morning for the "
        "day that ended; for other days choose their partitions, any number is one run."
    ),
)

JOBS = [restaurant_incremental, restaurant_daily]
