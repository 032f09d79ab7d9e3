"""The CSV of an order: the owner's file format, its row order, its name, and the QR path of each car.

What belongs here: turning chosen cars into the file of the owner's guide, byte for byte in header and number
format. What does not: choosing the cars (eligibility.py), layouts for print programs (illustrator.py,
order_templates.py), writing files (adapters).

The file is UTF-8 without a byte order mark, comma separated, minimally quoted, with LF line ends like the
owner's examples. It is a machine file: values stand as they are, no spreadsheet guard is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ops_platform.core.csvtext import column_texts, csv_text
from ops_platform.core.logical_paths import join_logical_names, last_part
from ops_platform.core.names import MAX_SLUG_LENGTH, is_safe_file_name, slugify, timestamp_text
from ops_platform.vehicles.output_rules import OutputRules

QR_COLUMN: Final = "qr_code_path"
QR_SUFFIX: Final = ".png"

_STORED_AS: Final = {"condition": "vehicle_condition"}


def seed_csv(frame: pd.DataFrame, rules: OutputRules, qr_output_path: str) -> bytes:
    """The export file of an order.

    `frame` holds stored vehicles (columns of normalized_vehicle_data), one car a row, already chosen;
    `qr_output_path` is the dealership's logical QR folder. Columns by `seed_columns`, rows by
    `sort_vehicles`. Raises LogicalPathError when a VIN cannot be a file name.
    """
    table = export_table(sort_vehicles(frame, rules.sort_by), rules, qr_output_path)
    return csv_text(list(table), list(zip(*table.values(), strict=True))).encode()


def seed_columns(rules: OutputRules) -> list[str]:
    """The header: the fields of the rules, then `condition`, then `qr_code_path` if the rules include QR."""
    columns = list(rules.columns)
    if "condition" not in columns:
        columns.append("condition")
    return [*columns, QR_COLUMN] if rules.include_qr else columns


def export_table(frame: pd.DataFrame, rules: OutputRules, qr_output_path: str) -> dict[str, list[str]]:
    """The export as text cells by column, in the row order of `frame`."""
    table = {}
    for column in seed_columns(rules):
        if column == QR_COLUMN:
            table[column] = qr_paths(frame["vin"].tolist(), qr_output_path)
        else:
            table[column] = column_texts(frame[stored_column(column)])
    return table


def stored_column(field: str) -> str:
    """The stored column behind a field of output_rules: `condition` -> `vehicle_condition`."""
    return _STORED_AS.get(field, field)


def qr_paths(vins: Sequence[str], qr_output_path: str) -> list[str]:
    """The logical path of each car's QR picture, `<folder><VIN>.png`, written as the folder is written."""
    return join_logical_names(qr_output_path, [vin + QR_SUFFIX for vin in vins])


def sort_vehicles(frame: pd.DataFrame, sort_by: Sequence[str]) -> pd.DataFrame:
    """The cars by the given fields, then by VIN: ascending, text without case, missing values last."""
    keys = [_rank(frame[stored_column(field)]) for field in (*sort_by, "vin")]
    return frame.iloc[np.lexsort(keys[::-1])]


def export_file_name(slug: str, job_type: str, moment: datetime, job_id: int, suffix: str = ".csv") -> str:
    """`<slug>_<job_type>_<YYYYmmdd_HHMMSS>_job<id><suffix>`; the id keeps two jobs of one second apart.

    `suffix` tells the files of one job apart, e.g. `_illustrator.csv`.
    """
    return f"{slug}_{slugify(job_type)}_{timestamp_text(moment)}_job{job_id}{suffix}"


def dealership_slug(name: str, qr_output_path: str) -> str:
    """A dealership's name in file names: the last part of its QR folder, else made from its name.

    A folder too long to leave room for job type, time and number is not taken.
    """
    folder = last_part(qr_output_path)
    return folder if is_safe_file_name(folder) and len(folder.encode()) <= MAX_SLUG_LENGTH else slugify(name)


def _rank(column: pd.Series) -> npt.NDArray[np.int64]:
    """Each value's place among the sorted distinct values; missing values come last."""
    if column.dtype == object:
        column = column.map(lambda value: value.casefold() if isinstance(value, str) else value)
    codes, distinct = pd.factorize(column, sort=True)
    return np.where(codes < 0, len(distinct), codes)
