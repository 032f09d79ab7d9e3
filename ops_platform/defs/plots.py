"""Pictures inside the metadata of assets: small PNGs as data URIs, because the UI shows no file of this machine.

Drawing belongs here, facts do not. matplotlib is imported when something is drawn; pyplot never is (it keeps every
figure and wants a display).
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import cycle
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_BYTES = 64_000  # a picture is stored with its event; plots have half of that, 24 codes 50 kB
MAX_BARS = 45
_INK, _PALE, _STRONG, _WEAK = "#2f3a4a", "#c9d3e0", "#2a78d6", "#d9534f"
_COLOURS = (_STRONG, "#e8a33d", "#3f9a6b", "#8a63b8", "#7f8c9b")
_MORE_COLOURS = (*_COLOURS, "#d1495b", "#35b5c4", "#6b4f3a")  # one for each of eight campaigns
_IN_A_ROW = 4


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


def confidence_plot(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Draw lines by how sure their link is. rows: from_confidence (0, 5, .. 100), linked, not_linked."""
    figure, axes = _canvas(12)
    places = [int(row["from_confidence"]) for row in rows]
    linked = [int(row["linked"]) for row in rows]
    others = [int(row["not_linked"]) for row in rows]
    tops = [sure + unsure for sure, unsure in zip(linked, others, strict=True)]
    _columns(axes, places, [0] * len(places), linked, _STRONG, "linked", width=4.4)
    _columns(axes, places, linked, tops, _WEAK, "not linked, nearest candidate", width=4.4)
    # Exact links are so many that nothing else could be seen beside them.
    axes.set_yscale("symlog", linthresh=10)
    axes.set_xlim(-4, 104)
    axes.set_ylim(0, 4 * max([*tops, 1]))  # room for the names
    axes.set_title(f"{sum(linked) + sum(others):,} lines by confidence", fontsize=10, loc="left", color=_INK)
    axes.legend(fontsize=7, frameon=False, loc="upper left")
    return _png(figure, axes, downwards=False)


def channel_plot(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Draw net revenue a day, the channels upon each other. rows: business_date, order_from, net (rupees)."""
    days, channels = by_channel(rows)
    total = sum(map(sum, channels.values()))
    return stacked_plot(days, channels, f"net revenue a day in rupees, {total:,.0f} in {len(days)} days")


def stacked_plot(days: Sequence[date], series: Mapping[str, Sequence[float]], title: str) -> bytes:
    """Draw a column a day, the series upon each other, the first at the bottom."""
    figure, axes = _canvas(12)
    floor = [0.0] * len(days)
    for (name, values), colour in zip(series.items(), cycle(_MORE_COLOURS)):
        tops = [low + value for low, value in zip(floor, values, strict=True)]
        _columns(axes, range(len(days)), floor, tops, colour, name, width=0.8)
        floor = tops
    shown = range(0, len(days), max(1, len(days) // 8))
    axes.set_xlim(-0.6, max(len(days), 8) - 0.4)
    names = -(-len(series) // _IN_A_ROW)
    axes.set_ylim(0, (1.06 + 0.12 * names) * max([*floor, 1.0]))  # room for the rows of names
    axes.set_xticks(list(shown), [f"{days[place]:%d %b}" for place in shown])
    axes.set_title(title, fontsize=10, loc="left", color=_INK)
    if series:
        axes.legend(fontsize=7, frameon=False, loc="upper left", ncols=min(len(series), _IN_A_ROW))
    return _png(figure, axes, downwards=False)


def by_channel(rows: Sequence[Mapping[str, Any]]) -> tuple[list[date], dict[str, list[float]]]:
    """Return the days and each channel's rupees on them, the largest channel first.

    More channels than colours: the smallest are one, called others.
    """
    days = sorted({row["business_date"] for row in rows})
    sums: dict[str, float] = {}
    for row in rows:
        sums[row["order_from"]] = sums.get(row["order_from"], 0.0) + float(row["net"])
    names = sorted(sums, key=lambda name: -sums[name])
    if len(names) > len(_COLOURS):
        names = [*names[: len(_COLOURS) - 1], "others"]
    values = {name: dict.fromkeys(days, 0.0) for name in names}
    for row in rows:
        values[row["order_from"] if row["order_from"] in values else "others"][row["business_date"]] += float(
            row["net"]
        )
    return days, {name: list(found.values()) for name, found in values.items()}


def lists_plot(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Draw how many rows each list had at each upload. rows: name, at (datetime), rows; oldest first."""
    figure, axes = _canvas(10)
    series: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: str(row["name"])):
        series.setdefault(str(row["name"]), []).append(row)
    longest = max(series.values(), key=len, default=[])
    for (name, own), colour in zip(series.items(), _COLOURS, strict=False):
        # Files of one upload are written one after the other: their newest ones stand together, not their times.
        places = range(len(longest) - len(own), len(longest))
        counts = [int(row["rows"]) for row in own]
        axes.step(places, counts, where="post", color=colour, label=f"{name}, now {counts[-1]:,}")
        axes.plot(places[-1:], counts[-1:], marker="o", markersize=3, color=colour)
    _by_day(axes, [row["at"] for row in longest])
    axes.set_ylim(0, 1.3 * max([*(int(row["rows"]) for row in rows), 1]))  # room for the names
    axes.set_title(f"rows of the lists, the last {len(longest):,} uploads", fontsize=10, loc="left", color=_INK)
    if series:
        axes.legend(fontsize=7, frameon=False, loc="upper left", ncols=len(series))
    return _png(figure, axes, downwards=False)


def changes_plot(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Draw how many changes each run wanted, those that were held or failed in another colour.

    rows: at (datetime), changes, status; oldest first.
    """
    figure, axes = _canvas(10)
    counts = [int(row["changes"]) for row in rows]
    for name, statuses, colour in (
        ("made", ("applied",), _STRONG),
        ("only planned", ("planned",), _PALE),
        ("held or failed", ("held", "failed"), _WEAK),
    ):
        places = [place for place, row in enumerate(rows) if row["status"] in statuses]
        if places:
            _columns(axes, places, [0] * len(places), [counts[place] for place in places], colour, name, width=0.8)
    _by_day(axes, [row["at"] for row in rows])
    axes.set_ylim(0, 1.3 * max([*counts, 1]))
    axes.set_title(f"changes of the last {len(rows):,} runs", fontsize=10, loc="left", color=_INK)
    if rows:
        axes.legend(fontsize=7, frameon=False, loc="upper left", ncols=3)
    return _png(figure, axes, downwards=False)


def counts_plot(counts: Mapping[str, int], title: str) -> bytes:
    """Draw how many there are of each kind, in the order given."""
    figure, axes = _canvas(8)
    tops = list(counts.values())
    _columns(axes, range(len(tops)), [0] * len(tops), tops, _STRONG, "", width=0.8)
    for place, count in enumerate(tops):
        axes.text(place, count, f"{count:,}", ha="center", va="bottom", fontsize=7, color=_INK)
    axes.set_xlim(-0.6, max(len(tops), 8) - 0.4)
    axes.set_xticks(range(len(tops)), list(counts))
    axes.set_ylim(0, 1.15 * max([*tops, 1]))
    axes.set_title(title, fontsize=10, loc="left", color=_INK)
    return _png(figure, axes, downwards=False)


def _by_day(axes: Axes, moments: Sequence[datetime]) -> None:
    """Mark what stands side by side with the day it is of, each day once."""
    first_of = {f"{moment:%d %b}": place for place, moment in reversed(list(enumerate(moments)))}
    marks = sorted((place, day) for day, place in first_of.items())
    marks = marks[:: max(1, -(-len(marks) // 8))]
    axes.set_xlim(-0.6, max(len(moments), 8) - 0.4)
    axes.set_xticks([place for place, _ in marks], [day for _, day in marks])


def _columns(
    axes: Axes,
    places: Sequence[int],
    floors: Sequence[float],
    tops: Sequence[float],
    colour: str,
    name: str,
    *,
    width: float,
) -> None:
    """Draw upright bars as one shape, because matplotlib needs a millisecond for each bar of its own."""
    from matplotlib.collections import PolyCollection

    half = width / 2
    corners = [
        [(place - half, floor), (place - half, top), (place + half, top), (place + half, floor)]
        for place, floor, top in zip(places, floors, tops, strict=True)
    ]
    axes.add_collection(PolyCollection(corners, facecolors=colour, linewidths=0), autolim=False)
    axes.plot([], [], marker="s", linestyle="", color=colour, label=name)  # a collection has no name of its own


def _canvas(bars: int) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    height = 0.7 + 0.2 * max(bars, 1)
    figure = Figure(figsize=(7.5, height), dpi=90)
    # Fixed margins: measuring the labels ("constrained layout") would take longer than all the rest.
    figure.subplots_adjust(left=0.33, right=0.97, top=1 - 0.3 / height, bottom=0.3 / height)
    return figure, figure.add_subplot()


def _png(figure: Figure, axes: Axes, *, downwards: bool = True) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    if downwards:  # the first row on top
        axes.invert_yaxis()
        axes.margins(y=0.01)
    else:
        figure.subplots_adjust(left=0.09)  # numbers need less room than names
        axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.tick_params(labelsize=7, colors=_INK, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    small = io.BytesIO()
    image.convert("RGB").quantize(32).save(small, "PNG", optimize=True)
    return small.getvalue()
