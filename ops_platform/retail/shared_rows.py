"""The CSV files that a web form and the platform share: from bytes to rows by column, and what cannot be read.

What belongs here: the header, a last line that is still being written, rows of another width. What does not: what the
columns mean (leads.py, requests.py), files and locks (adapters/shared_csv.py).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ops_platform.core.csvtext import harmless_in_spreadsheet
from ops_platform.core.delimited import DelimitedTextError, Record, RecordReader, guess_encoding, open_text
from ops_platform.retail.automation import note
from ops_platform.retail.snapshots import REJECTED_ROWS

if TYPE_CHECKING:
    import pandas as pd

REJECT_COLUMNS: Final = list(REJECTED_ROWS)
_MISSING: Final = frozenset({"", "nan", "NaN", "NaT", "<NA>"})
_TAIL_LINES: Final = 20
_LONGEST_RAW: Final = 1000


class SharedFileError(ValueError):
    """A file is not the one its name promises; the text says what was found and what to do."""


class Reject(NamedTuple):
    """A row that was not taken: where it stands, what is wrong, what to do, and the row as it is."""

    file: str
    line: int
    column: str
    code: str
    detail: str
    raw: str


@dataclass(frozen=True)
class Row:
    """A row: the line it begins in (from 1), its texts by column (None: nothing there), and its cells as they are."""

    line: int
    values: Mapping[str, str | None]
    cells: tuple[str, ...]

    @property
    def raw(self) -> str:
        """The row as a person finds it in the file."""
        return ",".join(self.cells)[:_LONGEST_RAW]


@dataclass(frozen=True)
class SharedRows:
    """What a file says. waiting: whether its end is still being written and was left for the next run."""

    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    waiting: bool = False


def read_rows(
    data: bytes, columns: Sequence[str], *, file: str, required: Sequence[str], settled: bool = False
) -> SharedRows:
    """Read a shared file. columns: as the contract names them, in the order of a file without a header.

    A last line without its end is left for the next run; settled: nobody has written for a while, so it is whole.
    Columns are found by name, whatever their order and case; others are not looked at. An empty file has no rows.
    Raises SharedFileError: no text, or a required column is missing.
    """
    try:
        # NULs are what a power cut leaves at the end of a file; no text holds any.
        text = open_text(data, guess_encoding(data)).read().replace("\0", "")
    except DelimitedTextError as error:
        raise SharedFileError(f"{file} line {error.line}: {error}. Save it as CSV in UTF-8") from None
    whole, waiting = (text, False) if settled else _without_half_line(text)
    lines = list(io.StringIO(whole, newline=""))
    records = list(_records(lines))
    if not settled:
        records, torn = _without_torn_end(records, lines)
        waiting = waiting or torn
    if not records:
        return SharedRows(waiting=waiting)
    names, first = _header(records[0], columns, file=file, required=required)
    read = SharedRows(waiting=waiting)
    for record in records[first:]:
        _sort_in(record, names, file, read)
    return read


def _records(lines: list[str]) -> Iterator[Record]:
    reader = RecordReader(lines)
    for record in reader:
        reader.width = reader.width or len(record[1])
        yield record


def _without_half_line(text: str) -> tuple[str, bool]:
    end = max(text.rfind("\n"), text.rfind("\r")) + 1
    return text[:end], bool(text[end:].strip())


def _without_torn_end(records: list[Record], lines: list[str]) -> tuple[list[Record], bool]:
    """Leave out a quotation mark near the end that nothing closes yet: a text of several lines is being written."""
    for place, (line, _, problem) in enumerate(records):
        if problem and line > len(lines) - _TAIL_LINES and "".join(lines[line - 1 :]).count('"') % 2:
            return records[:place], True
    return records, False


def _header(
    record: Record, columns: Sequence[str], *, file: str, required: Sequence[str]
) -> tuple[list[str | None], int]:
    """The contract's column of each place, and the number of the first row that is no header."""
    cells = [cell.strip().casefold() for cell in record[1]]
    known = {column.casefold(): column for column in columns}
    if not set(cells) & known.keys():
        if len(cells) == len(columns):
            return list(columns), 0
        raise SharedFileError(
            f"{file} begins with {len(cells)} cells that are no column names; it should begin with "
            f"{','.join(columns)}. Put that line first"
        )
    if twice := sorted({cell for cell in cells if cell in known and cells.count(cell) > 1}):
        raise SharedFileError(f"{file} has the column {twice[0]} twice. Rename or remove one")
    if missing := [column for column in required if column.casefold() not in cells]:
        raise SharedFileError(f"{file} lacks the column {missing[0]}; it has {','.join(cells)}. Correct its first line")
    return [known.get(cell) for cell in cells], 1


def _sort_in(record: Record, names: Sequence[str | None], file: str, read: SharedRows) -> None:
    line, cells, problem = record
    row = Row(line, dict.fromkeys(filter(None, names)), tuple(cells))
    if problem:
        read.rejects.append(reject(row, file, "", "torn_row", f"{problem}. Close it, or remove the line"))
    elif len(cells) != len(names):
        text = f"it has {len(cells)} cells, the header has {len(names)}. Quote texts that hold commas"
        read.rejects.append(reject(row, file, "", "wrong_width", text))
    else:
        values = {name: present(cell) for name, cell in zip(names, cells, strict=True) if name}
        read.rows.append(Row(line, values, tuple(cells)))


def reject(row: Row, file: str, column: str, code: str, detail: str) -> Reject:
    """A row that is not taken. column: empty when the whole row is meant."""
    return Reject(file, row.line, column, code, detail, row.raw)


def present(cell: str) -> str | None:
    """A cell's text with single blanks, None for nothing; an apostrophe that kept a spreadsheet from reckoning goes."""
    text = " ".join(cell.split())
    if text.startswith("'") and harmless_in_spreadsheet(text[1:]) == text:
        text = text[1:]
    return None if text in _MISSING else text


def reject_notes(rejected: pd.DataFrame) -> list[dict[str, Any]]:
    """Notes (automation.note) on rejected rows (REJECT_COLUMNS): where each stands, never what stands there."""
    return [
        note(row["code"], f"{row['file']} line {row['line']}", row["detail"]) for row in rejected.to_dict("records")
    ]
