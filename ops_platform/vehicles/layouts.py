"""From the bytes of a scrape file to one table of text, whatever its layout.

What belongs here: finding the header, telling rows that fit it from rows that do not, and telling a person what
is wrong with a file. What does not: encodings and quotes (core.delimited), which column is which (headers),
what a cell means (normalize).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from ops_platform.core.delimited import DelimitedTextError, Record, RecordReader, guess_encoding, open_text
from ops_platform.vehicles.headers import RAW_FIELDS, Header, HeaderError, is_header, read_header

REJECT_COLUMNS: Final = ("line_no", "location", "vin", "code", "column", "detail", "raw")
"""One row a rejected row: where it starts in the file, what is known of it, the reason, and all its cells."""

_VIN_LENGTH: Final = 17
_BLOCK: Final = 4096
_NOT_CSV: Final = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "an image"),
    (b"<", "a web page or XML (was the scraper blocked or logged out?)"),
    (b"{", "JSON"),
)


class ScrapeFileError(ValueError):
    """A file that cannot be loaded at all. The text names file, line and column and says what to do."""

    def __init__(self, file_name: str, problem: str, *, line: int | None = None, column: int | None = None) -> None:
        where = [file_name]
        where += [f"line {line}"] if line is not None else []
        where += [f"column {column}"] if column is not None else []
        super().__init__(f"{', '.join(where)}: {problem} Nothing of this file was loaded.")
        self.file_name = file_name
        self.line = line
        self.column = column


@dataclass(frozen=True)
class ScrapeTable:
    """A scrape file as text.

    frame: line_no (int64), then RAW_FIELDS, then the file's other columns under their own headers (the scraper
    layout's mileage, scraped_at, ...); cells exactly as in the file, "" where the file has no such column.
    rejects: REJECT_COLUMNS. metadata: the line before the header, if there is one.
    """

    frame: pd.DataFrame
    rejects: pd.DataFrame
    layout: str
    encoding: str
    metadata: str | None

    @property
    def rows_read(self) -> int:
        """Rows of the file: those in `frame` and those in `rejects`."""
        return len(self.frame) + len(self.rejects)


def read_scrape(data: bytes, file_name: str) -> ScrapeTable:
    """Read a scrape file of either layout, its columns in any order.

    Rows with another number of cells than the header are rejected (`field_count`), each with its line; surplus
    cells that are empty are forgiven. Blank lines are no rows.
    Errors: ScrapeFileError when there is no header, a needed column is missing or stands there twice, the
    header is repeated further down, there is no row, or the file is no comma-separated text.
    """
    _refuse_other_formats(data, file_name)
    encoding = guess_encoding(data)
    try:
        with open_text(data, encoding) as text:
            reader = RecordReader(text)
            records = iter(reader)
            header, metadata = _find_header(records, file_name)
            reader.width = len(header.names)
            fitting, rejects = _sort_rows(records, header, file_name)
    except DelimitedTextError as error:
        problem = f"{error}. Save the file as CSV UTF-8 and import it again."
        raise ScrapeFileError(file_name, problem, line=error.line, column=error.column) from error
    if not fitting.lines and not rejects:
        problem = "there is a header, but no row under it: the scraper probably stopped. Scrape again."
        raise ScrapeFileError(file_name, problem, line=header.line_no)
    return ScrapeTable(
        frame=fitting.frame(header.names),
        rejects=rejects_frame(rejects),
        layout=header.layout,
        encoding=encoding,
        metadata=metadata,
    )


def rejects_frame(rejects: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rejects (one mapping of REJECT_COLUMNS each) as a frame: line_no int64, the others object."""
    rows = list(rejects)
    columns: dict[str, Any] = {}
    for column in REJECT_COLUMNS:
        values = np.empty(len(rows), dtype=np.int64 if column == "line_no" else object)
        values[:] = [row[column] for row in rows]
        columns[column] = values
    return pd.DataFrame(columns)


def _refuse_other_formats(data: bytes, file_name: str) -> None:
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise ScrapeFileError(file_name, "the file is empty. Was it still being written? Fetch it again.")
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, kind in _NOT_CSV:
        if start.startswith(magic):
            raise ScrapeFileError(file_name, f"this is {kind}, not CSV. Export it as CSV.", line=1)


def _find_header(records: Iterator[Record], file_name: str) -> tuple[Header, str | None]:
    first = next(records, None)
    second = None if first is None or is_header(first[1]) else next(records, None)
    found = second if second is not None and is_header(second[1]) else first
    if found is None or not is_header(found[1]):
        raise ScrapeFileError(file_name, _no_header(first[1] if first else []), line=found[0] if found else 1)
    if found[2]:
        raise ScrapeFileError(file_name, f"in the header {found[2]}. Close it.", line=found[0])
    try:
        header = read_header(found[1], found[0])
    except HeaderError as error:
        raise ScrapeFileError(file_name, str(error), line=found[0], column=error.column) from error
    return header, ",".join(first[1]).strip() if first is not None and found is second else None


def _no_header(cells: Sequence[str]) -> str:
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if any(is_header(cell.split(separator)) for cell in cells):
            return f"the header is separated by {name}. Export the file with commas."
    if any(is_header(cell.split(",")) for cell in cells):
        return "in the header a quotation mark is opened and never closed. Close it."
    return (
        "no header was found in the first two lines. The first line (or the second, after one line about the "
        'export) must name the columns: "Vin", "Stock", "Type", "Year", "Make", "Model", ..., "Location".'
    )


def _sort_rows(records: Iterator[Record], header: Header, file_name: str) -> tuple[_Fitting, list[dict[str, Any]]]:
    """Rows that fit the header, and rejects for the others."""
    width, vin_at = len(header.names), header.names.index("vin")
    fitting = _Fitting(width)
    rejects: list[dict[str, Any]] = []
    for line_no, cells, problem in records:
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            del cells[width:]
        fits = len(cells) == width and problem is None
        if not (fits and len(cells[vin_at]) == _VIN_LENGTH) and is_header(cells):
            again = f"a second header; the first is in line {header.line_no}. Two files seem to be joined: "
            raise ScrapeFileError(file_name, f"{again}import each alone.", line=line_no)
        if fits:
            fitting.add(line_no, cells)
        else:
            rejects.append(_misfit(line_no, cells, problem, header))
    return fitting, rejects


class _Fitting:
    """The rows that fit, kept by column and with equal texts as one object: a tenth of the memory of the rows."""

    def __init__(self, width: int) -> None:
        self.lines: list[int] = []
        self._block: list[list[str]] = []
        self._columns: list[list[str]] = [[] for _ in range(width)]
        self._known: list[dict[str, str] | None] = [{} for _ in range(width)]

    def add(self, line_no: int, cells: list[str]) -> None:
        self.lines.append(line_no)
        self._block.append(cells)
        if len(self._block) == _BLOCK:
            self._sort_in()

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """line_no, RAW_FIELDS ("" where `names` lacks one), and what else there is."""
        self._sort_in()
        columns: dict[str, Any] = {"line_no": np.array(self.lines, dtype=np.int64)}
        for name in RAW_FIELDS:
            columns[name] = np.full(len(self.lines), "", dtype=object)
        for name, cells in zip(names, self._columns, strict=True):
            columns[name] = np.empty(len(cells), dtype=object)
            columns[name][:] = cells
        return pd.DataFrame(columns, copy=False)

    def _sort_in(self) -> None:
        for position, column in enumerate(self._columns):
            cells = [row[position] for row in self._block]
            known = self._known[position]
            column.extend(cells if known is None else map(known.setdefault, cells, cells))
            if known is not None and len(known) * 2 > len(column):
                self._known[position] = None  # VINs, URLs: a dictionary of them costs more than it saves
        self._block = []


def _misfit(line_no: int, cells: list[str], problem: str | None, header: Header) -> dict[str, Any]:
    width = len(header.names)
    raw = dict(zip(header.names, cells, strict=False))
    raw.update({f"(column {number})": cell for number, cell in enumerate(cells[width:], width + 1)})
    detail = f"The row has {len(cells)} cells, the header has {width}"
    if problem:
        detail = f"{problem[0].upper()}{problem[1:]}; read alone, it has {len(cells)} cells of {width}"
    return {
        "line_no": line_no,
        "location": None,  # with cells missing, what stands at its place may be anything
        "vin": None,
        "code": "field_count",
        "column": None,
        "detail": f"{detail}. Correct the row in the file, or scrape again.",
        "raw": raw,
    }
