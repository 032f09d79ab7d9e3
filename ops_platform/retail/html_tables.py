"""A table of a web page as a grid of texts, with cells that span several rows or columns spread out. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bs4 import Tag

MOST_SPANNED: Final = 1000
"""Rows or columns a cell may claim; browsers stop there too (HTML standard, 4.9.11)."""


@dataclass(frozen=True)
class Grid:
    """header: the first row with `th` cells, else the first row. rows: those below it, without repeated headers.

    A row that one cell spans wholly (a line of talk, the name of a group) has that one text only.
    """

    header: list[str]
    rows: list[list[str]]


def grid_of(page: str, selector: str) -> Grid | None:
    """The first table a CSS selector fits on a page, or that is in what it fits; None when there is none.

    Errors: ValueError for a selector that is none.
    """
    from bs4 import BeautifulSoup  # noqa: PLC0415  # a tenth of a second that listing the automations must not cost
    from soupsieve import SelectorSyntaxError  # noqa: PLC0415

    soup = BeautifulSoup(page, "lxml")
    try:
        found = soup.select_one(selector)
    except (SelectorSyntaxError, NotImplementedError) as error:
        raise ValueError(f"{selector!r} is no CSS selector: {str(error).splitlines()[0]}") from None
    table = found if found is None or found.name == "table" else found.find("table")
    if table is None:
        return None
    lines = [line for line in table.find_all("tr") if line.find_parent("table") is table]
    if not lines:
        return Grid([], [])
    top = next((place for place, line in enumerate(lines) if _is_header(line)), 0)
    spread = list(_spread(lines))
    header = spread[top]
    return Grid(header, [row for row in spread[top + 1 :] if row != header])


def _is_header(line: Tag) -> bool:
    cells = line.find_all(["th", "td"], recursive=False)
    return len(cells) > 1 and all(cell.name == "th" for cell in cells)


def _spread(lines: list[Tag]) -> Iterator[list[str]]:
    """The rows, each cell repeated over what it spans."""
    from_above: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, text
    for line in lines:
        cells = line.find_all(["th", "td"], recursive=False)
        row: list[str] = []
        for cell in cells:
            _fill(row, from_above)
            text = " ".join(cell.get_text(" ").split())
            wide, deep = _span(cell, "colspan"), _span(cell, "rowspan")
            if len(cells) == 1 and not row:
                wide = 1  # one line of talk over the whole table is no row of equal cells
            for _ in range(wide):
                if deep > 1:
                    from_above[len(row)] = (deep - 1, text)
                row.append(text)
        _fill(row, from_above)
        yield row


def _fill(row: list[str], from_above: dict[int, tuple[int, str]]) -> None:
    while len(row) in from_above:
        left, text = from_above.pop(len(row))
        if left > 1:
            from_above[len(row)] = (left - 1, text)
        row.append(text)


def _span(cell: Tag, name: str) -> int:
    text = str(cell.get(name, "")).strip()
    return min(int(text), MOST_SPANNED) if text.isdecimal() and int(text) > 0 else 1
