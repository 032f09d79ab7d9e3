"""Tables and paragraphs for readers without HTML: aligned columns that fit a line of a mail.

What belongs here: the layout in plain text. What does not: how a value is written (core/wording.py).
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ops_platform.core.wording import is_number, shown

WIDTH: Final = 78
_GAP: Final = "  "
_NARROWEST: Final = 10


def text_table(
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Sequence[Any]],
    total: Sequence[Any] | None = None,
    width: int = WIDTH,
) -> str:
    """A table of lines. columns: title, format; rows: cells in their order, plain values or {"value": ..}.

    Texts that do not fit are wrapped inside their column, numbers never.
    """
    forms = [str(column.get("format", "text")) for column in columns]
    titles = [str(column["title"]) for column in columns]
    body = [_shown(row, forms) for row in rows]
    last = [_shown(total, forms)] if total else []
    widths = _widths([titles, *body, *last], forms, width)
    rule = _GAP.join("-" * each for each in widths)
    lines = [*_lines(titles, widths, forms), rule]
    for row in body:
        lines += _lines(row, widths, forms)
    for row in last:
        lines += [rule, *_lines(row, widths, forms)]
    return "\n".join(lines)


def wrapped(given: Any, prefix: str = "", width: int = WIDTH) -> str:
    """Paragraphs broken into lines; a word that is longer than a line, such as a link, stays whole."""
    lines = []
    for paragraph in str(given).strip().splitlines():
        found = textwrap.wrap(
            paragraph, width, initial_indent=prefix, subsequent_indent=prefix, break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
        lines += found or [""]
    return "\n".join(lines)


def _shown(row: Sequence[Any], forms: Sequence[str]) -> list[str]:
    values = [cell["value"] if isinstance(cell, Mapping) else cell for cell in row]
    texts = [shown(value, form) for value, form in zip(values, forms, strict=True)]
    return [" ".join(each.split()) for each in texts]


def _widths(table: Sequence[Sequence[str]], forms: Sequence[str], width: int) -> list[int]:
    """As wide as the widest cell; where that is too much, texts share what numbers leave."""
    widths = [max(1, *(len(row[place]) for row in table)) for place in range(len(forms))]
    room = width - len(_GAP) * (len(forms) - 1)
    texts = [place for place, form in enumerate(forms) if not is_number(form)]
    while sum(widths) > room:
        widest = max(texts, key=lambda place: widths[place], default=None)
        if widest is None or widths[widest] <= _NARROWEST:
            break  # too many columns for any line: longer lines are better than lost numbers
        widths[widest] -= min(sum(widths) - room, max(1, widths[widest] - _NARROWEST))
    return widths


def _lines(row: Sequence[str], widths: Sequence[int], forms: Sequence[str]) -> list[str]:
    cells = [textwrap.wrap(value, size) or [""] for value, size in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    lines = []
    for place in range(height):
        pieces = [
            (cell[place] if place < len(cell) else "").rjust(size)
            if is_number(form)
            else (cell[place] if place < len(cell) else "").ljust(size)
            for cell, size, form in zip(cells, widths, forms, strict=True)
        ]
        lines.append(_GAP.join(pieces).rstrip())
    return lines
