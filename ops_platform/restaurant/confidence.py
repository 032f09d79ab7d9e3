"""How sure a fuzzy link is: from likeness to confidence, by a table that was fitted on verified names.

What belongs here: the table (data/match_confidence.csv), looking it up, and fitting it anew. What does not: making the
samples it is fitted on (calibration.py).

Only names whose words agree are linked (likeness.same_words), so the table is about those. Each row is a block of an
isotonic fit: the higher the likeness, the more often the link is right. The confidence of a block is the lower end of
the 95 % interval of that share (Wilson): what was seen seldom is not very sure, even if it was always right.
"""

from __future__ import annotations

import bisect
import csv
import functools
import importlib.resources
import io
import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ops_platform.core.csvtext import csv_text

_SHIPPED: Final = "data/match_confidence.csv"
_COLUMNS: Final = ("likeness_from", "confidence", "right", "samples")
_Z: Final = 1.96
_STEP: Final = 5


class Block(NamedTuple):
    """From this likeness on, `right` of `samples` links were right; confidence 0 to 100."""

    likeness_from: float
    confidence: float
    right: int
    samples: int


def confidence_of(likeness: float, blocks: Sequence[Block] | None = None) -> float:
    """The confidence (0 to 100) of a link whose words agree; 0 below the first block. Never falls with likeness."""
    blocks = shipped_blocks() if blocks is None else blocks
    place = bisect.bisect_right([block.likeness_from for block in blocks], likeness)
    return blocks[place - 1].confidence if place else 0.0


def fit_blocks(samples: Iterable[tuple[float, bool]]) -> list[Block]:
    """Fit a table on samples (likeness of a link, was it right): counted in steps of 5, adjacent violators pooled."""
    counted: dict[float, list[int]] = {}
    for likeness, was_right in samples:
        block = counted.setdefault(likeness // _STEP * _STEP, [0, 0])
        block[0] += was_right
        block[1] += 1
    pools: list[tuple[float, int, int]] = []
    for start in sorted(counted):
        right, count = counted[start]
        pool = (start, right, count)
        while pools and pools[-1][1] * pool[2] > pool[1] * pools[-1][2]:  # right less often than the block below
            below = pools.pop()
            pool = (below[0], below[1] + pool[1], below[2] + pool[2])
        pools.append(pool)
    blocks: list[Block] = []
    for start, right, count in pools:
        sure = math.floor(10_000 * _lower_end(right, count)) / 100
        # Fewer samples may know less of a likelier block; it is no less sure for that.
        blocks.append(Block(start, max(sure, blocks[-1].confidence if blocks else 0.0), right, count))
    return blocks


def _lower_end(right: int, count: int) -> float:
    share = right / count
    centre = share + _Z**2 / (2 * count)
    spread = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    return (centre - spread) / (1 + _Z**2 / count)


def blocks_csv(blocks: Iterable[Block]) -> str:
    """The table as it is shipped."""
    return csv_text(_COLUMNS, ([str(value) for value in block] for block in blocks))


def read_blocks(text: str) -> tuple[Block, ...]:
    """Read what `blocks_csv` wrote. Raises ValueError when confidence ever falls, or a cell is no number."""
    rows = csv.DictReader(io.StringIO(text))
    blocks = tuple(
        Block(float(row["likeness_from"]), float(row["confidence"]), int(row["right"]), int(row["samples"]))
        for row in rows
    )
    for lower, upper in itertools.pairwise(blocks):
        if upper.likeness_from <= lower.likeness_from or upper.confidence < lower.confidence:
            raise ValueError(f"the confidence table falls at likeness {upper.likeness_from}")
    return blocks


@functools.cache
def shipped_blocks() -> tuple[Block, ...]:
    """The shipped table."""
    return read_blocks(importlib.resources.files(__package__).joinpath(_SHIPPED).read_text("utf-8"))
