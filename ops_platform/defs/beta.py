"""The features Dagster calls "beta" that the platform uses on purpose, and the silence about them.

Each would print its warning at every start of every process and bury the ones that matter. dagster is pinned to
1.13.*, so none of them changes unseen. A beta feature that is not listed here still warns.
"""

from __future__ import annotations

import warnings

import dagster as dg

USED = (
    "Parameter `backfill_policy`",  # one run for all dealerships: docs/adr/0007-dealership-partitions.md
    "Class `PandasColumn`",  # the data contracts: defs/vehicles/contracts.py
    "Function `create_dagster_pandas_dataframe_type`",  # the same
)


def accept_beta_features() -> None:
    """Silence the warnings about USED, in this process."""
    for feature in USED:
        warnings.filterwarnings("ignore", message=feature, category=dg.BetaWarning)
