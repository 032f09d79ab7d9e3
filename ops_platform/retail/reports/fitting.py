"""How much of a report fits into a mail: Gmail hides what is beyond some 100 kB of HTML.

What belongs here: guessing the size and cutting long tables. What does not: the files that hold every row.
"""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Final

from ops_platform.core.wording import is_number, shown
from ops_platform.retail.reports.document import Block, Cell, Column, Picture, Report, Section, Table, Tiles, Value

MOST_HTML: Final = 92_000
"""Bytes a report may come to; a mail refuses 100,000, and this is a guess that is rather too large."""
# What the templates put around a value, in bytes; a test compares the guess with mails that were rendered.
_FRAME, _PART, _ROW, _TEXT, _NUMBER, _TONED, _PICTURE = 5_000, 380, 63, 12, 34, 50, 300
_FEWEST_ROWS: Final = 5


def fitted(report: Report, most: int = MOST_HTML) -> Report:
    """The report with its longest tables cut until it should fit; what is cut is counted in `more`.

    None is cut below five rows; those that ought to be whole are cut when nothing else is left, because a mail that is
    too large would not be sent at all.
    """
    for may_be_whole in (False, True):
        while html_size(report) > most and (shorter := _with_longest_cut(report, may_be_whole)) is not None:
            report = shorter
    return report


def html_size(report: Report) -> int:
    """About how many bytes of HTML the report comes to, rather more than less."""
    size = _FRAME
    for section in report.sections:
        size += _PART + _bytes(section.title) + _bytes(section.note) + _bytes(section.error)
        size += sum(_block_size(block) for block in section.blocks)
    return size


def _with_longest_cut(report: Report, may_be_whole: bool) -> Report | None:
    found: list[tuple[Section, Table]] = [
        (section, block)
        for section in report.sections
        for block in section.blocks
        if isinstance(block, Table) and (may_be_whole or not block.whole) and len(block.rows) > _FEWEST_ROWS
    ]
    if not found:
        return None
    section, table = max(found, key=lambda pair: len(pair[1].rows))
    kept = max(_FEWEST_ROWS, len(table.rows) * 3 // 4)
    cut = replace(table, rows=table.rows[:kept], more=table.more + len(table.rows) - kept)
    changed = replace(section, blocks=[cut if block is table else block for block in section.blocks])
    return replace(report, sections=[changed if each is section else each for each in report.sections])


def _block_size(block: Block) -> int:
    if isinstance(block, Table):
        rows = [*block.rows, *([block.total] if block.total else [])]
        size = _PART + sum(_NUMBER + _bytes(column.title) for column in block.columns)
        return size + sum(_ROW + sum(map(_cell_size, block.columns, row)) for row in rows)
    if isinstance(block, Tiles):
        return sum(_PART + _bytes(tile.label) for tile in block.tiles)
    if isinstance(block, Picture):
        return _PICTURE + _bytes(block.alt)
    return _PART + _bytes(block.text) + _bytes(block.title)


def _bytes(value: Value) -> int:
    return len(escape(str(value or "")).encode())


def _cell_size(column: Column, cell: Value | Cell) -> int:
    value, tone = (cell.value, cell.tone) if isinstance(cell, Cell) else (cell, "")
    around = _NUMBER if is_number(column.format) else _TEXT
    return around + (_TONED if tone or column.format == "change" else 0) + _bytes(shown(value, column.format))
