"""The mask of a symbol, against the penalty rules as the qrcode package has them."""

from __future__ import annotations

import random

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from qrcode.util import lost_point

from ops_platform.vehicles.qr import qr_matrix
from ops_platform.vehicles.qr_mask import best_mask, from_bits, penalty, to_bits

TEXTS = ["5UXKR0C58F0P00011", "https://www.dealer.example/new-2025-kia-ev9/?a=1&utm_source=SilverFox", "1234567890" * 9]


@settings(max_examples=60, deadline=None)
@given(version=st.integers(1, 14), share=st.floats(0, 1), seed=st.integers(0, 10_000), striped=st.booleans())
def test_the_penalty_is_that_of_the_qrcode_package_for_any_square(
    version: int, share: float, seed: int, striped: bool
) -> None:
    side = 17 + 4 * version
    chance = random.Random(seed)
    first = [chance.random() < share for _ in range(side)]
    matrix = np.array([first if striped else [chance.random() < share for _ in range(side)] for _ in range(side)])
    for square in (matrix, matrix.T):
        assert np.array_equal(from_bits(to_bits(square), side), square)
        assert penalty(to_bits(square), side) == lost_point(square.tolist())


def _masked(text: str, level: str, mask: int) -> NDArray[np.bool_]:
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level, data_mask=mask)
    return np.asarray(symbol.to_image(scale=1, add_quiet_zones=False)) == 0


@pytest.mark.parametrize("level", list("LMQH"))
@pytest.mark.parametrize("text", TEXTS)
def test_the_symbol_is_the_one_of_the_eight_with_the_lowest_penalty(text: str, level: str) -> None:
    eight = [_masked(text, level, mask) for mask in range(8)]
    points = [lost_point(symbol.tolist()) for symbol in eight]
    assert len(set(points)) > 1
    assert np.array_equal(qr_matrix(text, level), eight[points.index(min(points))])


def test_the_first_of_equals_is_taken() -> None:
    side = 21
    symbol = to_bits(np.eye(side, dtype=np.bool_))
    mirrored = to_bits(np.eye(side, dtype=np.bool_)[::-1])
    assert penalty(symbol, side) == penalty(mirrored, side)
    assert best_mask(symbol, [symbol ^ mirrored, 0], side) == mirrored
