"""A report as data: sections of tables, tiles, pictures and remarks. How it looks is templates/email/_report.

What belongs here: the shapes, and their form as JSON for the templates. What does not: any figure, and how much of it
fits into a mail (fitting.py). Values are plain: text, int, Decimal, date or None; a column's format (core/wording.py)
says how they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

Value = str | int | Decimal | date | None


class Cell(NamedTuple):
    """A value that is not plain: tone good, bad or muted; strong in bold."""

    value: Value
    tone: str = ""
    strong: bool = False


Row = Sequence[Value | Cell]


class Column(NamedTuple):
    """A column. format: of core/wording.py. wide: left out on a phone."""

    title: str
    format: str = "text"
    wide: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under columns. more: rows that are not shown; where: the file they are in.

    personal: it names people. whole: it is cut last to make a report fit into a mail.
    """

    columns: Sequence[Column]
    rows: Sequence[Row]
    title: str = ""
    total: Row | None = None
    more: int = 0
    where: str = ""
    empty: str = "Nothing to show."
    personal: bool = False
    whole: bool = False


class Tile(NamedTuple):
    """A figure that stands out. change: share of `than`; None: there is nothing to compare with."""

    label: str
    value: Value
    format: str = "money"
    change: Decimal | None = None
    than: str = ""


@dataclass(frozen=True)
class Tiles:
    """Figures beside each other."""

    tiles: Sequence[Tile]


@dataclass(frozen=True)
class Picture:
    """A chart. cid: its name in the mail; alt: what it shows, for who does not see it."""

    cid: str
    alt: str
    png: bytes = field(repr=False)


@dataclass(frozen=True)
class Remark:
    """A sentence in a box. tone: info, good, warn, bad."""

    text: str
    tone: str = "info"
    title: str = ""


Block = Table | Tiles | Picture | Remark


@dataclass(frozen=True)
class Section:
    """A part of a report. error: why it has no blocks."""

    name: str
    title: str
    blocks: Sequence[Block] = ()
    note: str = ""
    error: str | None = None


@dataclass(frozen=True)
class Report:
    """A whole report. template: of templates/email, and the section of the settings. end: the last day it speaks about.

    why: who gets it and why, at the mail's end.
    """

    name: str
    template: str
    title: str
    lead: str
    preheader: str
    why: str
    end: date
    sections: Sequence[Section]

    @property
    def pictures(self) -> list[Picture]:
        """Every chart, in order."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Picture)]

    @property
    def failed(self) -> list[Section]:
        """Sections that could not be computed."""
        return [section for section in self.sections if section.error is not None]


def context(report: Report) -> dict[str, Any]:
    """The report as JSON values, for its templates."""
    return {
        "title": report.title,
        "lead": report.lead,
        "preheader": report.preheader,
        "why": report.why,
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "note": section.note,
                "error": section.error,
                "blocks": [_block(block) for block in section.blocks],
            }
            for section in report.sections
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Table):
        return {
            "kind": "table",
            "title": block.title,
            "columns": [column._asdict() for column in block.columns],
            "rows": [[_cell(cell) for cell in row] for row in block.rows],
            "total": None if block.total is None else [_cell(cell) for cell in block.total],
            "more": block.more,
            "where": block.where,
            "empty": block.empty,
            "personal": block.personal,
        }
    if isinstance(block, Tiles):
        return {"kind": "figures", "tiles": [_tile(tile) for tile in block.tiles]}
    if isinstance(block, Picture):
        return {"kind": "picture", "cid": block.cid, "alt": block.alt}
    return {"kind": "note", "text": block.text, "tone": block.tone, "title": block.title}


def _tile(tile: Tile) -> Mapping[str, Any]:
    made = {"label": tile.label, "value": json_value(tile.value), "format": tile.format}
    return {**made, "change": json_value(tile.change), "than": tile.than} if tile.than else made


def _cell(cell: Value | Cell) -> Any:
    if not isinstance(cell, Cell):
        return json_value(cell)
    made: dict[str, Any] = {"value": json_value(cell.value)}
    if cell.tone:
        made["tone"] = cell.tone
    return {**made, "strong": True} if cell.strong else made


def json_value(value: Value) -> str | int | None:
    """A value as JSON keeps it: amounts and days as text, so that no cent is lost."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value
