"""The confidence table: it never falls, it says no more than the samples do, and the shipped one is such a table."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.restaurant.confidence import blocks_csv, confidence_of, fit_blocks, read_blocks, shipped_blocks

samples = st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=200)


@given(samples, st.floats(0, 100), st.floats(0, 100))
@settings(deadline=None)
def test_confidence_never_falls_with_likeness(found: list[tuple[float, bool]], one: float, other: float) -> None:
    blocks = fit_blocks(found)
    lower, upper = sorted((one, other))
    assert 0 <= confidence_of(lower, blocks) <= confidence_of(upper, blocks) < 100
    assert sum(block.samples for block in blocks) == len(found)
    assert sum(block.right for block in blocks) == sum(right for _, right in found)


def test_what_was_seen_seldom_is_not_sure() -> None:
    few, many = fit_blocks([(92, True)] * 3), fit_blocks([(92, True)] * 3000)
    assert confidence_of(92, few) < 50
    assert confidence_of(92, many) > 99.8


def test_a_block_says_no_more_than_its_share() -> None:
    blocks = fit_blocks([(92, number % 4 > 0) for number in range(400)])
    assert 68 < confidence_of(92, blocks) < 75


def test_a_likelier_block_that_was_wrong_more_often_is_one_with_the_block_below() -> None:
    good, bad = [(81, True)] * 100, [(91, number > 50) for number in range(100)]
    blocks = fit_blocks(good + bad)
    assert [(block.likeness_from, block.right, block.samples) for block in blocks] == [(80, 149, 200)]


def test_below_what_was_ever_seen_there_is_no_confidence() -> None:
    assert confidence_of(59, fit_blocks([(92, True)] * 50)) == 0
    assert confidence_of(99, []) == 0


def test_the_table_is_read_as_it_was_written() -> None:
    blocks = fit_blocks([(value / 2, value > 60) for value in range(200)])
    assert read_blocks(blocks_csv(blocks)) == tuple(blocks)


def test_a_table_that_falls_is_refused() -> None:
    with pytest.raises(ValueError, match="falls at likeness 80"):
        read_blocks("likeness_from,confidence,right,samples\n70,95,10,10\n80,90,10,10\n")


def test_the_shipped_table_is_fitted_on_many_names_and_only_links_what_is_near() -> None:
    blocks = shipped_blocks()
    assert sum(block.samples for block in blocks) > 1000
    assert confidence_of(60) < 90 < confidence_of(80) < 100
