"""Charts for reports: small PNGs that can be read on a phone, twice as wide as they are shown.

What belongs here: drawing. What does not: figures. matplotlib is imported when something is drawn; pyplot never is (it
keeps every figure and wants a display).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _DPI, _COLOURS = 5.9, 200, 24
_INK, _MUTED, _NOW, _BEFORE, _RULE = "#1f2a24", "#5a665f", "#24734b", "#c3d3c8", "#e6ebe4"
_LETTERS: Final = 13.5


def dollars(amount: Decimal | None) -> str:
    """An amount in whole dollars, for labels: $12,840; -$20; n/a."""
    if amount is None:
        return "n/a"
    whole = amount.quantize(Decimal(1), ROUND_HALF_UP)
    return f"{'-' if whole < 0 else ''}${abs(whole):,}"


def short_dollars(amount: Decimal | None) -> str:
    """An amount where there is no room: $12.8k, $950, -$1.2M; n/a."""
    if amount is None:
        return "n/a"
    size, sign = abs(amount), "-" if amount < 0 else ""
    for unit, letter in ((Decimal(1_000_000), "M"), (Decimal(1_000), "k")):
        if size >= unit:
            return f"{sign}${(size / unit).quantize(Decimal('0.1'), ROUND_HALF_UP)}{letter}"
    return dollars(amount)


def weeks_chart(labels: Sequence[str], now: Sequence[Decimal | None], before: Sequence[Decimal | None]) -> bytes:
    """Draw revenue by week, this year's bars in front of last year's. None: nothing is known of that week."""
    figure, axes = _canvas(3.0)
    places = range(len(labels))
    axes.bar(
        [place - 0.2 for place in places],
        [_height(amount) for amount in before],
        0.38,
        color=_BEFORE,
        label="last year",
    )
    axes.bar(
        [place + 0.2 for place in places], [_height(amount) for amount in now], 0.38, color=_NOW, label="this year"
    )
    for place, amount in enumerate(now):
        axes.annotate(
            short_dollars(amount), (place, max(_height(amount), _height(before[place]), 0.0)), (0, 4),
            textcoords="offset points", ha="center", fontsize=_LETTERS - 1, color=_NOW, fontweight="bold",
        )  # fmt: skip
    axes.set_xticks(list(places), [label.replace(" ", "\n", 1) for label in labels])
    axes.tick_params(axis="x", length=0, labelsize=_LETTERS - 1.5, colors=_MUTED)
    axes.set_yticks([])
    axes.margins(x=0.02, y=0.16)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, fontsize=_LETTERS - 1, labelcolor=_MUTED,
        borderpad=0, handlelength=0.9, handleheight=0.9, columnspacing=1.4, reverse=True,
    )  # fmt: skip
    figure.subplots_adjust(left=0.01, right=0.99, top=0.87, bottom=0.2)
    return _png(figure, axes)


def bars_chart(bars: Sequence[tuple[str, Decimal]]) -> bytes:
    """Draw named amounts as bars that lie, the first on top, each with its amount."""
    figure, axes = _canvas(0.34 + 0.34 * max(len(bars), 1))
    amounts = [_height(amount) for _, amount in bars]
    places = range(len(bars))
    axes.barh(places, amounts, 0.66, color=[_NOW if amount >= 0 else "#b42318" for amount in amounts])
    for place, (_, amount) in enumerate(bars):
        axes.annotate(
            dollars(amount), (max(_height(amount), 0.0), place), (6, 0), textcoords="offset points", va="center",
            fontsize=_LETTERS - 1, color=_INK,
        )  # fmt: skip
    axes.set_yticks(list(places), [_cut(name) for name, _ in bars])
    axes.tick_params(axis="y", length=0, labelsize=_LETTERS - 1, colors=_INK)
    axes.set_xticks([])
    axes.invert_yaxis()
    most = max([*amounts, 1.0])
    axes.set_xlim(min([*amounts, 0.0]) * 1.05, most * 1.26)  # room for the amounts
    figure.subplots_adjust(left=0.28, right=0.995, top=0.985, bottom=0.015)
    return _png(figure, axes)


def _height(amount: Decimal | None) -> float:
    return float(amount or 0)


def _cut(name: str) -> str:
    return name if len(name) <= 14 else f"{name[:13]}\N{HORIZONTAL ELLIPSIS}"


def _canvas(height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure  # noqa: PLC0415  # a second that a plan without a picture must not cost

    # Fixed margins: measuring the labels ("constrained layout") would take longer than all the rest.
    figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, facecolor="white")
    return figure, figure.add_subplot()


def _png(figure: Figure, axes: Axes) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_RULE)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn: Any = canvas.buffer_rgba()
    image = Image.frombuffer("RGBA", canvas.get_width_height(), drawn, "raw", "RGBA", 0, 1)
    small = io.BytesIO()
    image.convert("RGB").quantize(_COLOURS).save(small, "PNG", optimize=True)
    return small.getvalue()
