"""Pictures in the metadata: readable as PNG, small, and never a reason for a step to fail."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from PIL import Image

from ops_platform.defs.plots import (
    MAX_BARS,
    MAX_BYTES,
    by_channel,
    changes_plot,
    channel_plot,
    completion_plot,
    confidence_plot,
    counts_plot,
    inventory_plot,
    lists_plot,
    picture,
    stacked_plot,
)


def rows(count: int) -> list[dict[str, object]]:
    return [
        {"dealership": f"Dealership {n} of a Long Name", "cars": 37 * n, "eligible": 20 * n, "percent": 100 - n}
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [0, 1, 40, 300])
def test_plots_are_small_pngs_for_any_number_of_dealerships(count: int) -> None:
    for png in (inventory_plot(rows(count)), completion_plot(rows(count), wanted=95.0)):
        assert len(png) < 40_000
        with Image.open(io.BytesIO(png)) as image:
            assert image.format == "PNG"
            assert image.width == 675
            assert image.height < 30 * (MAX_BARS + 4)


def test_a_dealership_without_cars_has_no_percentage_and_is_drawn_as_zero() -> None:
    assert completion_plot([{"dealership": "a", "percent": None}], wanted=95.0)


def sold(days: int, channels: int) -> list[dict[str, object]]:
    first = date(2026, 1, 1)
    return [
        {"business_date": first + timedelta(days=day), "order_from": f"channel {n}", "net": Decimal(1000 * (n + 1))}
        for day in range(days)
        for n in range(channels)
    ]


@pytest.mark.parametrize(("days", "channels"), [(0, 0), (1, 1), (30, 4), (30, 9), (400, 3)])
def test_revenue_by_channel_is_a_small_png_of_one_size(days: int, channels: int) -> None:
    png = channel_plot(sold(days, channels))
    assert len(png) < 40_000
    with Image.open(io.BytesIO(png)) as image:
        assert (image.format, image.width) == ("PNG", 675)


def test_more_channels_than_colours_are_drawn_as_others_and_lose_no_rupee() -> None:
    days, channels = by_channel(sold(3, 12))
    assert days == [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)]
    assert list(channels) == ["channel 11", "channel 10", "channel 9", "channel 8", "others"]
    assert [sum(values) for values in zip(*channels.values(), strict=True)] == [78_000.0] * 3


def test_a_day_without_a_channel_is_a_day_without_its_rupees() -> None:
    _, channels = by_channel([*sold(2, 1), *sold(1, 2)])
    assert channels == {"channel 0": [2000.0, 1000.0], "channel 1": [2000.0, 0.0]}


@pytest.mark.parametrize("steps", [range(0), range(0, 101, 5)])
def test_lines_by_confidence_are_a_small_png(steps: range) -> None:
    png = confidence_plot([{"from_confidence": step, "linked": step**2, "not_linked": 3} for step in steps])
    assert len(png) < 40_000
    with Image.open(io.BytesIO(png)) as image:
        assert (image.format, image.width) == ("PNG", 675)


@pytest.mark.parametrize("count", [0, 1, 30, 400])
def test_lists_runs_and_counts_are_small_pngs_of_any_length(count: int) -> None:
    at = [datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=place) for place in range(count)]
    lists = [{"name": name, "at": moment, "rows": 700 - place} for place, moment in enumerate(at) for name in "ab"]
    states = ("applied", "held", "planned", "failed")
    runs = [{"at": moment, "changes": place, "status": states[place % 4]} for place, moment in enumerate(at)]
    counts = {str(number): number * 7 for number in range(min(count, 30))}
    for png in (lists_plot(lists), changes_plot(runs), counts_plot(counts, "items")):
        assert len(png) < 40_000
        with Image.open(io.BytesIO(png)) as image:
            assert (image.format, image.width) == ("PNG", 675)


def test_eight_series_have_eight_colours_and_their_names_stand_above_the_columns() -> None:
    days = [date(2026, 5, day) for day in range(1, 31)]
    rare = [5.0, *[0.0] * 29]  # as of birthdays: a few pixels, which must not take another's colour
    drawn = stacked_plot(days, {f"campaign_{number}": [5.0] * 30 if number else rare for number in range(8)}, "texts")
    image = Image.open(io.BytesIO(drawn)).convert("RGB")
    columns = image.crop((61, 75, image.width - 30, image.height - 30))
    colours = [colour for pixels, colour in columns.getcolors(10_000) if pixels > 100 and colour != (255, 255, 255)]
    assert len(colours) == 8
    assert len(drawn) < MAX_BYTES


def test_a_picture_is_a_data_uri_that_holds_the_png() -> None:
    value = picture(b"\x89PNG...", "inventory")
    prefix = "![inventory](data:image/png;base64,"
    assert value.value.startswith(prefix)
    assert base64.b64decode(value.value[len(prefix) : -1]) == b"\x89PNG..."


def test_a_picture_that_is_too_large_is_named_instead() -> None:
    assert (
        picture(b"x" * (MAX_BYTES + 1), "sheet").value == f"sheet: {MAX_BYTES + 1:,} bytes, too large to be shown here"
    )


def test_drawing_needs_neither_pyplot_nor_a_display() -> None:
    code = (
        "import sys; from ops_platform.defs.plots import inventory_plot as p; assert 'matplotlib' not in sys.modules;"
        "p([{'dealership': 'a', 'cars': 1, 'eligible': 1}]); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
