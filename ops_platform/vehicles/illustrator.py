"""Data files for print programs: the companion of an export for Illustrator, and the one for InDesign.

What belongs here: what Adobe's importers ask of a CSV. What does not: the owner's own CSV (exports.py), the
operator's order templates (order_templates.py), whether a picture exists (the caller tells).

What they ask (facts of the vehicles specification, 1.5):

- Illustrator reads a column as pictures only when its name begins with `@`; the owner's `qr_code_path` comes
  in as text. The companion therefore names it `@qr_code_path`, the variable stays `qr_code_path`.
- A variable's name must be an XML name, for it becomes one in Illustrator's variable library.
- A picture's path must be absolute and the file must exist: cars without a picture are left out and listed.
- A record is one line. More than 5,000 records are refused by Illustrator's API.
- InDesign takes `@` too (`#` would be a QR code drawn by InDesign, so no name begins with it) and reads text
  beyond ASCII only as UTF-16.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

import pandas as pd

from ops_platform.core.csvtext import column_texts, csv_text
from ops_platform.core.names import ascii_fold
from ops_platform.vehicles.exports import QR_COLUMN, export_table, qr_paths, sort_vehicles
from ops_platform.vehicles.output_rules import IllustratorRules, OutputRules

MAX_ROWS: Final = 5000


@dataclass(frozen=True)
class MissingPicture:
    """A car left out of a print file because its QR picture does not exist (yet)."""

    vin: str
    stock: str
    expected_path: str


@dataclass(frozen=True)
class PrintFile:
    """A rendered data file: its bytes, how many cars it holds, which it left out, what to tell a person."""

    content: bytes
    rows: int
    missing: tuple[MissingPicture, ...]
    warnings: tuple[str, ...]


def illustrator_csv(frame: pd.DataFrame, rules: OutputRules, qr_output_path: str, pictures: Set[str]) -> PrintFile:
    """The Illustrator companion of an export: its columns and row order, the QR path as a picture variable.

    `pictures` are the VINs whose QR file exists; the other cars go to `missing`. Options in
    `rules.illustrator`: a UTF-8 byte order mark, spelling in ASCII.
    """
    cars, missing = with_pictures(sort_vehicles(frame, rules.sort_by), qr_output_path, pictures)
    return illustrator_file(_companion_table(cars, rules, qr_output_path), missing, rules.illustrator)


def indesign_csv(frame: pd.DataFrame, rules: OutputRules, qr_output_path: str, pictures: Set[str]) -> PrintFile:
    """The same data for InDesign's Data Merge: ASCII when the text allows it, else UTF-16 with its mark."""
    cars, missing = with_pictures(sort_vehicles(frame, rules.sort_by), qr_output_path, pictures)
    table = _companion_table(cars, rules, qr_output_path)
    text = _table_text(table)
    content = text.encode() if text.isascii() else codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    return PrintFile(content, _row_count(table), missing, _missing_warnings(missing))


def with_pictures(
    frame: pd.DataFrame, qr_output_path: str, pictures: Set[str]
) -> tuple[pd.DataFrame, tuple[MissingPicture, ...]]:
    """Split the cars into those with a QR picture and the list of the others; the order is kept."""
    has = frame["vin"].isin(pictures)
    without = frame[~has]
    paths = qr_paths(without["vin"].tolist(), qr_output_path)
    stocks = column_texts(without["stock"])
    missing = map(MissingPicture, without["vin"].tolist(), stocks, paths)
    return frame[has], tuple(missing)


def illustrator_file(
    table: Mapping[str, Sequence[str]], missing: tuple[MissingPicture, ...], options: IllustratorRules
) -> PrintFile:
    """Encode a table, its column names with their prefixes, as a file for Illustrator's Variables panel."""
    if options.ascii_fold:
        # Cell by cell: a folded quote or comma must still be quoted. Paths stay: they name real files.
        table = {
            name: cells if name.startswith("@") else [ascii_fold(cell) for cell in cells]
            for name, cells in table.items()
        }
    text = _table_text(table)
    rows = _row_count(table)
    warnings = _missing_warnings(missing)
    if rows > MAX_ROWS:
        warnings += (f"{rows:,} cars, but Illustrator takes {MAX_ROWS:,} records in one file; split the order",)
    return PrintFile(text.encode("utf-8-sig" if options.bom else "utf-8"), rows, missing, warnings)


def variable_name(column: str) -> str:
    """A column's name as an XML name (ASCII letters, digits, `_`, `-`, `.`), as Illustrator's variables need.

    Other characters become `_`; a name that begins with a digit, `-`, `.` or with "xml" gets a leading `_`.
    """
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", column)
    return f"_{name}" if not re.match(r"(?!xml)[A-Za-z_]", name, re.IGNORECASE) else name


def _companion_table(cars: pd.DataFrame, rules: OutputRules, qr_output_path: str) -> dict[str, list[str]]:
    with_qr = rules.model_copy(update={"include_qr": True})
    table = export_table(cars, with_qr, qr_output_path)
    return {
        f"@{variable_name(column)}" if column == QR_COLUMN else variable_name(column): cells
        for column, cells in table.items()
    }


def _table_text(table: Mapping[str, Sequence[str]]) -> str:
    return csv_text(list(table), list(zip(*table.values(), strict=True)))


def _row_count(table: Mapping[str, Sequence[str]]) -> int:
    return len(next(iter(table.values())))


def _missing_warnings(missing: Sequence[MissingPicture]) -> tuple[str, ...]:
    if not missing:
        return ()
    return (f"{len(missing):,} cars are left out because their QR picture does not exist yet",)
