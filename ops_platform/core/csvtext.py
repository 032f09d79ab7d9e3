"""CSV files as text and bytes: one exact form for numbers, dates and line ends.

What belongs here: how a cell and a line look in the files the platform writes. What does not: which columns
a file has (the business's package), where it goes (adapters), reading CSV.

Two kinds of files exist. Machine files (layout programs, feeds) carry their values unchanged. Sheets that
people open in a spreadsheet get `for_people=True`: text that a spreadsheet would run as a formula is made
harmless (spec reliability, security).
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

LINE_END: Final = "\n"
"""Line feed, as in the owner's example files; Illustrator, InDesign and Excel read it on every system."""

# Everything a program could take for the end of a record, and NUL, which ends a string for many.
_BREAKS: Final = re.compile(r"[\r\n\v\f\x00\x1c-\x1e\x85\u2028\u2029]+")
_FORMULA_START: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def number_text(value: object) -> str:
    """A number as the seed's CSV shows it: whole numbers bare (`65000`), others with cents (`65000.50`).

    Takes any number (int, float, Decimal, numpy). None, NA, NaN and infinities (no price can be one) give an
    empty cell.
    """
    import pandas as pd  # noqa: PLC0415  # half a second that whoever only lists the automations must not pay

    if value is None or value is pd.NA:
        return ""
    hundredfold = float(value) * 100  # type: ignore[arg-type]
    if not math.isfinite(hundredfold):
        return ""
    cents = round(hundredfold)
    return str(cents // 100) if cents % 100 == 0 else f"{cents / 100:.2f}"


def cell_text(value: object) -> str:
    """One value of a frame as a cell: missing values empty, numbers by `number_text`, dates as YYYY-MM-DD."""
    if isinstance(value, str):
        return value
    import pandas as pd  # noqa: PLC0415

    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return number_text(value)


def column_texts(column: pd.Series) -> list[str]:
    """A column of a frame as cells, by `cell_text`."""
    return [value if type(value) is str else cell_text(value) for value in column.tolist()]


def one_line(text: str) -> str:
    """`text` with every run of line breaks (and NUL) as one space: a record is always exactly one line.

    Illustrator and InDesign refuse or split records whose cells hold line breaks, quoted or not.
    """
    return _BREAKS.sub(" ", text)


def harmless_in_spreadsheet(text: str) -> str:
    """`text`, after an apostrophe if a spreadsheet would run it as a formula (`=` `+` `-` `@` TAB CR)."""
    return f"'{text}" if text.startswith(_FORMULA_START) else text


def csv_text(header: Sequence[str] | None, rows: Iterable[Sequence[str]], *, for_people: bool = False) -> str:
    """Header and rows of cells as CSV text: minimal quoting, `LINE_END` after every line, one line a record.

    Raises ValueError when a row has another number of cells than the header: a shifted column in a print
    file is only noticed on paper.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=LINE_END, quoting=csv.QUOTE_MINIMAL)
    width = None if header is None else len(header)
    if header is not None:
        writer.writerow(_clean(header, for_people))
    for number, row in enumerate(rows, 1):
        if width is not None and len(row) != width:
            raise ValueError(f"row {number} has {len(row)} cells, the header has {width}")
        writer.writerow(_clean(row, for_people))
    return out.getvalue()


def _clean(row: Sequence[str], for_people: bool) -> Sequence[str]:
    if for_people:
        # Before line breaks are folded: a leading CR is one of the starts that a spreadsheet skips over.
        row = [harmless_in_spreadsheet(cell) for cell in row]
    if _BREAKS.search("".join(row)):
        row = [one_line(cell) for cell in row]
    return row
