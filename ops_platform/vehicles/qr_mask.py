"""Which of the eight data masks a QR symbol gets: the one with the lowest penalty of ISO/IEC 18004, 7.8.3.

Here: the penalty and the choice, over whole symbols as one large integer each. Not here: encoding (qr.py).

An encoder's own choice takes four fifths of its time. But two symbols of one version and level that differ in the
mask alone always differ in the same modules, whatever they say: so one symbol and the eight known differences give
all eight symbols, and shifting whole symbols against themselves finds their runs, blocks and patterns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

_PATTERN_MODULES = 11  # a finder pattern's middle and four light modules


def to_bits(matrix: NDArray[np.bool_]) -> int:
    """A square of modules as one integer, a dark module a 1, rows padded with 0 to whole bytes.

    A side is 17 + 4 x version, never a multiple of 8: at least three light modules part one row from the next.
    """
    return int.from_bytes(np.packbits(matrix, axis=1).tobytes(), "big")


def from_bits(bits: int, side: int) -> NDArray[np.bool_]:
    """The inverse of to_bits."""
    stride = _stride(side)
    packed = np.frombuffer(bits.to_bytes(side * stride // 8, "big"), dtype=np.uint8).reshape(side, -1)
    return np.unpackbits(packed, axis=1, count=side).astype(np.bool_)


def best_mask(symbol: int, differences: Sequence[int], side: int) -> int:
    """The symbol of lowest penalty among `symbol` XOR each difference; the first one when several are equal."""
    return min((symbol ^ difference for difference in differences), key=lambda bits: penalty(bits, side))


def penalty(bits: int, side: int) -> int:
    """The sum of the four penalties: runs, blocks, finder-like patterns, share of dark modules."""
    area = _area(side)
    light = area.whole & ~bits
    total = 0
    for step, pairs, windows in (area.across, area.down):
        same = pairs & ~(bits ^ bits >> step)
        threes = same & same >> step
        fives = threes & threes >> 2 * step
        # A run of n >= 5 modules holds n - 4 windows of five and costs n - 2.
        total += fives.bit_count() + 2 * (fives & ~(fives << step)).bit_count()
        # dark light dark dark dark light dark, with four light modules before or after
        darks = bits & bits >> 2 * step
        finder = darks & bits >> 3 * step & darks >> 4 * step & light >> step & light >> 5 * step
        lights = light & light >> step
        fours = lights & lights >> 2 * step
        total += 40 * ((finder & fours >> 7 * step & windows).bit_count())
        total += 40 * ((fours & finder >> 4 * step & windows).bit_count())
    across = ~(bits ^ bits >> 1) & area.across[1]
    down = ~(bits ^ bits >> area.down[0]) & area.down[1]
    total += 3 * (across & across >> area.down[0] & down).bit_count()
    return total + 10 * (abs(100 * bits.bit_count() - 50 * side * side) // (5 * side * side))


@dataclass(frozen=True, slots=True)
class _Area:
    """The places of a symbol of one size. `across` and `down`: the distance to the next module that way, the
    places that have one, and those where eleven modules that way begin."""

    whole: int
    across: tuple[int, int, int]
    down: tuple[int, int, int]


@cache
def _area(side: int) -> _Area:
    rows, columns = np.indices((side, side))[:, ::-1, ::-1]  # the last module is the lowest bit
    room = side - _PATTERN_MODULES
    return _Area(
        to_bits(np.ones((side, side), dtype=np.bool_)),
        (1, to_bits(columns < side - 1), to_bits(columns <= room)),
        (_stride(side), to_bits(rows < side - 1), to_bits(rows <= room)),
    )


def _stride(side: int) -> int:
    return (side + 7) // 8 * 8
