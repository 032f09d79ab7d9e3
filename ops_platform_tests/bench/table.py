"""The rows a benchmark reports and the table people read. Not here: what is measured (a file a subject)."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One measured figure beside what it is compared with, both of the same run.

    `measured` is in `unit`; `reference` names the other thing measured, `reference_measured` its figure in the
    same unit (None when the goal is absolute); `ratio` is measured / reference, or the inverse where lower is
    better, as `reach` says; `reach`: the goal in words, such as `>= 15x`; `ok`: whether it is reached.
    """

    name: str
    measured: float
    unit: str
    reference: str
    reference_measured: float | None
    ratio: float | None
    reach: str
    ok: bool


def alone(name: str, measured: float, unit: str, *, reach: str, ok: bool) -> Row:
    """A row of a figure that is compared with nothing but its goal."""
    return Row(
        name=name,
        measured=measured,
        unit=unit,
        reference="",
        reference_measured=None,
        ratio=None,
        reach=reach,
        ok=ok,
    )


def at_most(name: str, measured: float, unit: str, most: float) -> Row:
    """The same where the goal is a limit."""
    # Counts and long times with a comma of thousands, short times with the decimals that matter.
    limit = f"{most:,.0f}" if float(most).is_integer() else f"{most:g}"
    return alone(name, measured, unit, reach=f"<= {limit} {unit}", ok=measured <= most)


def machine() -> str:
    """One line about the machine: cores, memory, Python, system, and how busy it was."""
    memory = psutil.virtual_memory().total / 2**30
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}{load}"
    )


def print_table(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print the rows as a table under a line about the machine."""
    console = console or Console()
    table = Table(title="Measured against reach", caption=machine(), title_justify="left", caption_justify="left")
    table.add_column("work")
    for heading in ("measured", "reference", "ratio", "reach"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for row in rows:
        reference = "" if row.reference_measured is None else f"{_figure(row.reference_measured)} {row.unit}"
        table.add_row(
            row.name,
            f"{_figure(row.measured)} {row.unit}",
            "\n".join(text for text in (row.reference, reference) if text),
            "" if row.ratio is None else _times(row.ratio),
            row.reach,
            "[green]ok[/]" if row.ok else "[bold red]MISSED[/]",
        )
    console.print(table)


def _times(ratio: float) -> str:
    return f"{ratio:.1f}x" if ratio >= 2 else f"{ratio:.2f}x"  # a share of 0.98 is not 1.0


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
