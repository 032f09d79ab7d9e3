"""Charts: small pictures that say something, whatever the amounts are."""

from __future__ import annotations

import io
from decimal import Decimal

import numpy as np
import pytest
from PIL import Image

from ops_platform.retail.reports.charts import bars_chart, dollars, short_dollars, weeks_chart

LABELS = [f"May {day}\N{EN DASH}{day + 6}" for day in (3, 10, 17, 24)]
GREEN, PALE = (0x24, 0x73, 0x4B), (0xC3, 0xD3, 0xC8)


def drawn(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def pixels(png: bytes, colour: tuple[int, int, int]) -> int:
    """How many pixels have about a colour."""
    apart = np.abs(np.asarray(drawn(png), dtype=int) - np.array(colour)).max(axis=2)
    return int((apart < 12).sum())


def test_a_chart_is_small_white_and_twice_as_wide_as_it_is_shown() -> None:
    png = weeks_chart(LABELS, [Decimal(n * 1000) for n in (4, 3, 2, 9)], [Decimal(5000)] * 4)
    assert len(png) < 40_000
    assert drawn(png).width == 1180
    assert drawn(png).getpixel((2, 2)) == (255, 255, 255)


def test_bars_are_as_long_as_their_amounts() -> None:
    one = pixels(weeks_chart(LABELS, [Decimal(1), None, None, None], [Decimal(1000)] * 4), GREEN)
    four = pixels(weeks_chart(LABELS, [Decimal(1000)] * 4, [Decimal(1000)] * 4), GREEN)
    assert four > 20 * one
    assert pixels(weeks_chart(LABELS, [Decimal(5)] * 4, [None] * 4), PALE) < 2_000  # only the legend


@pytest.mark.parametrize("amount", [None, Decimal(0), Decimal(-20), Decimal(10) ** 12])
def test_any_amount_can_be_drawn(amount: Decimal | None) -> None:
    assert drawn(weeks_chart(LABELS, [amount] * 4, [amount] * 4)).height > 300
    assert drawn(bars_chart([("A name that is far too long", amount or Decimal(0)), ("B", Decimal(3))])).height > 100


def test_the_same_figures_are_the_same_picture() -> None:
    assert bars_chart([("A", Decimal(2)), ("B", Decimal(1))]) == bars_chart([("A", Decimal(2)), ("B", Decimal(1))])


@pytest.mark.parametrize(
    ("amount", "whole", "short"),
    [
        ("0", "$0", "$0"), ("12.5", "$13", "$13"), ("-20", "-$20", "-$20"), ("999.4", "$999", "$999"),
        ("12840.5", "$12,841", "$12.8k"), ("-1234567", "-$1,234,567", "-$1.2M"), (None, "n/a", "n/a"),
    ],
)  # fmt: skip
def test_amounts_are_short_where_there_is_no_room(amount: str | None, whole: str, short: str) -> None:
    given = None if amount is None else Decimal(amount)
    assert (dollars(given), short_dollars(given)) == (whole, short)
