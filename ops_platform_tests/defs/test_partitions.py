"""Dealerships as partitions, on a stored Dagster instance."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from ops_platform.defs.partition_tags import RANGE_END_TAG, RANGE_START_TAG
from ops_platform.defs.vehicles.partitions import add_partitions, sync_partitions, unfit, whole_range


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def test_names_become_partitions_once_in_their_order(instance: dg.DagsterInstance) -> None:
    assert sync_partitions(instance, ["b", "a"]) == ["b", "a"]
    assert sync_partitions(instance, ["a", "b", "c"]) == ["b", "a", "c"]


def test_real_names_with_quotes_dots_and_ampersands_are_fine(instance: dg.DagsterInstance) -> None:
    names = ["Serra Honda of O'Fallon", "H&W Kia", "Dave Sinclair Lincoln St. Peters"]
    assert sync_partitions(instance, names) == names


def test_a_dealership_that_is_no_longer_active_loses_its_partition(instance: dg.DagsterInstance) -> None:
    sync_partitions(instance, ["a", "b"])
    assert sync_partitions(instance, ["b"]) == ["b"]


def test_no_partition_is_removed_while_a_run_is_under_way(instance: dg.DagsterInstance) -> None:
    sync_partitions(instance, ["a", "b"])
    run = dg.DagsterRun(job_name="vehicles_daily", status=dg.DagsterRunStatus.STARTED)
    instance.add_run(run)
    assert sync_partitions(instance, ["b"]) == ["a", "b"]
    instance.report_run_canceled(run)
    assert sync_partitions(instance, ["b"]) == ["b"]


def test_adding_removes_nothing(instance: dg.DagsterInstance) -> None:
    sync_partitions(instance, ["a", "b"])
    assert add_partitions(instance, ["c"]) == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["a...b", "two\nlines", "tab\there"])
def test_a_name_dagster_does_not_take_is_left_out_and_explained(instance: dg.DagsterInstance, name: str) -> None:
    assert sync_partitions(instance, ["a", name]) == ["a"]
    assert "does not take" in str(unfit(name))
    with pytest.raises(dg.DagsterInvalidDefinitionError):  # of dynamic ones it says so only in the UI
        dg.StaticPartitionsDefinition([name])


def test_the_range_tags_span_all_partitions() -> None:
    assert whole_range(["b", "a", "c"]) == {RANGE_START_TAG: "b", RANGE_END_TAG: "c"}
    assert whole_range([]) == {}
