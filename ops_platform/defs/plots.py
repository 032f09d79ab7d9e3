"""Pictures inside the metadata of assets: small PNGs as data URIs, because the UI shows no file of this machine.

Drawing belongs here, facts do not. matplotlib is imported when something is drawn; pyplot never is (it keeps every
figure and wants a display).
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_BYTES = 64_000  # a picture is stored with its event; plots have half of that, 24 codes 50 kB
MAX_BARS = 45
_INK, _PALE, _STRONG, _WEAK = "#2f3a4a", "#c9d3e0", "#2a78d6", "#d9534f"


def picture(png: bytes, title: str) -> dg.MarkdownMetadataValue:
    """Return a PNG as metadata the UI shows in place; a large one is named instead, for it would fill the log."""
    if len(png) > MAX_BYTES:
        return dg.MetadataValue.md(f"{title}: {len(png):,} bytes, too large to be shown here")
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{base64.b64encode(png).decode()})")


def inventory_plot(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Draw cars on hand per dealership, those its rules take and the others. rows: dealership, cars, eligible.

    More than MAX_BARS dealerships: the largest are drawn, the title counts all.
    """
    shown = sorted(rows, key=lambda row: -int(row["cars"]))[:MAX_BARS]
    figure, axes = _canvas(len(shown))
    names = [row["dealership"] for row in shown]
    eligible = [int(row["eligible"]) for row in shown]
    others = [int(row["cars"]) - taken for row, taken in zip(shown, eligible, strict=True)]
    axes.barh(names, eligible, color=_STRONG, label="taken by the rules")
    axes.barh(names, others, left=eligible, color=_PALE, label="left out")
    for place, row in enumerate(shown):
        axes.text(int(row["cars"]), place, f" {int(row['cars']):,}", va="center", fontsize=7, color=_INK)
    total, taken = (sum(int(row[name]) for row in rows) for name in ("cars", "eligible"))
    axes.set_title(f"{total:,} cars on hand, {taken:,} taken by the rules", fontsize=10, loc="left", color=_INK)
    axes.legend(fontsize=7, frameon=False, loc="lower right")
    return _png(figure, axes)


def completion_plot(rows: Sequence[Mapping[str, Any]], *, wanted: float) -> bytes:
    """Draw the share of cars with their QR file per dealership. rows: dealership, percent. wanted: percent.

    More than MAX_BARS dealerships: the least complete are drawn.
    """
    shown = sorted(rows, key=lambda row: float(row["percent"] or 0.0))[:MAX_BARS]
    figure, axes = _canvas(len(shown))
    names = [row["dealership"] for row in shown]
    shares = [float(row["percent"] or 0.0) for row in shown]
    axes.barh(names, shares, color=[_STRONG if share > wanted else _WEAK for share in shares])
    axes.axvline(wanted, color=_INK, linewidth=0.8, linestyle="--")
    for place, share in enumerate(shares):
        axes.text(share, place, f" {share:.1f} %", va="center", fontsize=7, color=_INK)
    axes.set_xlim(0, 112)
    axes.set_title(f"QR files per car in percent ({wanted:.0f} wanted)", fontsize=10, loc="left", color=_INK)
    return _png(figure, axes)


def _canvas(bars: int) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    height = 0.7 + 0.2 * max(bars, 1)
    figure = Figure(figsize=(7.5, height), dpi=90)
    # Fixed margins: measuring the labels ("constrained layout") would take longer than all the rest.
    figure.subplots_adjust(left=0.33, right=0.97, top=1 - 0.3 / height, bottom=0.3 / height)
    return figure, figure.add_subplot()


def _png(figure: Figure, axes: Axes) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.tick_params(labelsize=7, colors=_INK, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    drawn = io.BytesIO()
    FigureCanvasAgg(figure).print_png(drawn)
    small = io.BytesIO()
    with Image.open(drawn) as image:
        image.convert("RGB").quantize(16).save(small, "PNG", optimize=True)
    return small.getvalue()
