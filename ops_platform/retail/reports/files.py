"""A report's figures as CSV files: every row of every table, also those that do not fit into the mail.

What belongs here: the files' form. What does not: where they go. Text is made harmless for spreadsheets, numbers stay
numbers: the minus of an amount is no formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from ops_platform.core.csvtext import csv_text, harmless_in_spreadsheet
from ops_platform.retail.reports.document import Cell, Report, Section, Table, Value

LARGEST_ATTACHED: Final = 3_000_000
"""Bytes; a larger file is only put into the folder of exports. Mail servers take 20 MB and more, phones do not."""
FIGURES: Final = ("section", "table", "line", "column", "value")


class ReportFile(NamedTuple):
    """A file of a report. rows: without the header. attached: it comes with the mail; too_large: it would have."""

    name: str
    content: bytes
    rows: int
    attached: bool = False
    too_large: bool = False


def report_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Value]], *, attached: bool) -> ReportFile:
    """Make a CSV file."""
    made = [[_text(value) for value in row] for row in rows]
    content = csv_text(header, made).encode()
    too_large = attached and len(content) > LARGEST_ATTACHED
    return ReportFile(name, content, len(made), attached and not too_large, too_large)


def figures_file(name: str, report: Report) -> ReportFile:
    """Every figure of the tables, one a line: section, table, line, column, value."""
    rows = [row for section in report.sections for row in _figures(section)]
    return report_file(name, FIGURES, rows, attached=False)


def _figures(section: Section) -> Iterator[Sequence[Value]]:
    for table in section.blocks:
        if isinstance(table, Table):
            for row in [*table.rows, *([table.total] if table.total else [])]:
                line, *values = map(_plain, row)
                for column, value in zip(table.columns[1:], values, strict=True):
                    yield section.title, table.title, line, column.title, value


def _plain(cell: Value | Cell) -> Value:
    return cell.value if isinstance(cell, Cell) else cell


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless_in_spreadsheet(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)
