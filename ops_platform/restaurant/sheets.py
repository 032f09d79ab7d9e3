"""Sheets that people fill in (menu, verified names, decisions): from bytes to rows with their line numbers.

What belongs here: finding the header, naming the cells, and a problem's place in the file. What does not: what a
column means (menu_file.py, queue_file.py), and text of unknown origin as such (core/delimited.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ops_platform.core.csvtext import harmless_in_spreadsheet
from ops_platform.core.delimited import DelimitedTextError, Record, RecordReader, guess_encoding, open_text
from ops_platform.core.text import clean_text

_OTHER_SEPARATORS: Final = (";", "\t", "|")


class SheetError(ValueError):
    """A file that cannot be read as the sheet it should be; nothing of it is taken. The message says what to do."""


class Problem(NamedTuple):
    """A row, or a cell of it, that is not taken. line: from 1; column: its header, or the place in a JSON file."""

    line: int | None
    column: str | None
    text: str

    def __str__(self) -> str:
        line = None if self.line is None else f"line {self.line}"
        return f"{', '.join(filter(None, (line, self.column))) or 'file'}: {self.text}"


class SheetRow(NamedTuple):
    """A row: the line it starts in, and its cells by column. Cells are clean text, "" where nothing stands."""

    line: int
    cells: dict[str, str]


class Sheet(NamedTuple):
    """What a file holds. problems: rows that could not be told apart; the others are all there."""

    rows: list[SheetRow]
    columns: tuple[str, ...]
    problems: list[Problem]


def read_sheet(
    data: bytes, *, required: Sequence[str], optional: Sequence[str] = (), verbatim: Sequence[str] = ()
) -> Sheet:
    """Read comma-separated text whose first line names the columns, in any order and capitals.

    Columns that are neither required nor optional are left out. A cell that begins with the apostrophe which makes
    formulas harmless is given without it. Cells of the columns `verbatim` keep entities and tags, because names of
    order lines are compared as they came. Errors: SheetError when there is no such header, or no text at all.
    """
    try:
        reader = RecordReader(open_text(data, guess_encoding(data)))
        records = iter(reader)
        header = next(records, None)
        if header is None:
            raise SheetError(f"the file is empty; its first line names the columns: {', '.join(required)}")
        columns = _columns(header[1], required, optional)
        reader.width = len(columns)
        rows: list[SheetRow] = []
        problems: list[Problem] = []
        for record in records:
            _take(record, columns, verbatim, rows, problems)
    except DelimitedTextError as error:
        raise SheetError(f"line {error.line}: {error}; save the file as CSV (UTF-8) and try again") from None
    return Sheet(rows, tuple(name for name in columns if name), problems)


def _columns(cells: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> list[str]:
    """The column each cell of a row belongs to, "" for those nobody asked for."""
    names = ["_".join((clean_text(cell) or "").lower().split()) for cell in cells]
    missing = [name for name in required if name not in names]
    if missing:
        for separator in _OTHER_SEPARATORS:
            if len(names) == 1 and separator in cells[0]:
                raise SheetError(f'the columns are separated by "{separator}"; save the file as CSV with commas')
        found = ", ".join(filter(None, names)) or "nothing"
        raise SheetError(f"the first line lacks {', '.join(missing)}; it has {found}")
    wanted = {*required, *optional}
    twice = sorted(name for name in wanted if names.count(name) > 1)
    if twice:
        raise SheetError(f"the first line names {', '.join(twice)} twice")
    return [name if name in wanted else "" for name in names]


def _take(
    record: Record,
    columns: Sequence[str],
    verbatim: Sequence[str],
    rows: list[SheetRow],
    problems: list[Problem],
) -> None:
    line, cells, torn = record
    if torn is not None:
        problems.append(Problem(line, None, torn))
        return
    if any(cell.strip() for cell in cells[len(columns) :]):
        problems.append(Problem(line, None, f"the row has {len(cells)} cells, the header {len(columns)}"))
        return
    # Spreadsheets leave out empty cells at the end of a row.
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    texts = {
        name: _bare(" ".join(cell.split()) if name in verbatim else clean_text(cell) or "")
        for name, cell in zip(columns, padded, strict=False)
        if name
    }
    if any(texts.values()):
        rows.append(SheetRow(line, texts))


def _bare(text: str) -> str:
    """`text` without the apostrophe that `harmless_in_spreadsheet` put before it."""
    return text[1:] if text.startswith("'") and harmless_in_spreadsheet(text[1:]) == text else text
