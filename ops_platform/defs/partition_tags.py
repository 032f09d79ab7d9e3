"""The tags that say which partitions a run is for, and which runs are under way. No partition is defined here."""

from __future__ import annotations

from typing import Final

import dagster as dg

from ops_platform.defs.beta import accept_beta_features

accept_beta_features()
# A run per partition would cost a process start each for a second of work.
ONE_RUN: Final = dg.BackfillPolicy.single_run()

PARTITION_TAG: Final = "dagster/partition"
RANGE_START_TAG: Final = "dagster/asset_partition_range_start"
RANGE_END_TAG: Final = "dagster/asset_partition_range_end"

_ENDED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
UNDER_WAY: Final = tuple(status for status in dg.DagsterRunStatus if status not in _ENDED)
