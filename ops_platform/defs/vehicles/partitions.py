"""Dealerships as partitions: kept in step with the database, and the tags that ask for all of them in one run.

Why: docs/adr/0007-dealership-partitions.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from ops_platform.defs.partition_tags import RANGE_END_TAG, RANGE_START_TAG, UNDER_WAY

NAME = "dealership"
DEALERSHIPS = dg.DynamicPartitionsDefinition(name=NAME)

_NOT_IN_A_PARTITION = ("...", "\a", "\b", "\f", "\n", "\r", "\t", "\v", "\0")


def sync_partitions(instance: dg.DagsterInstance, names: Sequence[str]) -> list[str]:
    """Make the partitions these dealerships (the active ones) and return all partitions, in Dagster's order.

    A dealership that is no longer active loses its partition, its history stays. While any run is under way none is
    removed: a range of a queued run names its first and last partition and would then mean nothing.
    """
    known = add_partitions(instance, names)
    gone = [name for name in known if name not in set(names)]
    if gone and not instance.get_runs_count(dg.RunsFilter(statuses=UNDER_WAY)):
        for name in gone:
            instance.delete_dynamic_partition(NAME, name)
    return list(instance.get_dynamic_partitions(NAME))


def add_partitions(instance: dg.DagsterInstance, names: Sequence[str]) -> list[str]:
    """Add the partitions that are missing and return all. Names that cannot be partitions are left out."""
    known = set(instance.get_dynamic_partitions(NAME))
    missing = [name for name in names if name not in known and not unfit(name)]
    if missing:
        instance.add_dynamic_partitions(NAME, missing)
    return list(instance.get_dynamic_partitions(NAME))


def unfit(name: str) -> str | None:
    """Return why a dealership's name cannot be a partition of Dagster, or None when it can."""
    found = [text for text in _NOT_IN_A_PARTITION if text in name]
    return f"its name holds {found[0]!r}, which Dagster does not take" if found else None


def whole_range(partitions: Sequence[str]) -> dict[str, str]:
    """Return the tags of a run for all partitions at once; none when there is no partition."""
    if not partitions:
        return {}
    return {
        RANGE_START_TAG: partitions[0],
        RANGE_END_TAG: partitions[-1],
    }
