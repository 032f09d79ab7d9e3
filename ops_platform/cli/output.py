"""What a person or a script reads: one console, tables, JSON. No wording of a command belongs here."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, tzinfo
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

_FILE_WIDTH = 140  # of tables in files and pipes, where rich would take 80 and break every name
_TO_FILE = not sys.stdout.isatty() and "COLUMNS" not in os.environ

console = Console(highlight=False, width=_FILE_WIDTH if _TO_FILE else None)
errors = Console(stderr=True, highlight=False)

_zone: list[tzinfo | None] = [None]  # None: this machine's

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output instead.")]


def print_json(value: Any) -> None:
    """Write one JSON document to standard output, with nothing around it.

    Dates are ISO 8601, decimals numbers; whatever else JSON does not know becomes text.
    """
    json.dump(value, sys.stdout, indent=2, default=_plain, ensure_ascii=False)
    sys.stdout.write("\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if hasattr(value, "as_tuple"):  # Decimal, without importing it for --help
        return int(value) if value == int(value) else float(value)
    return str(value)


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> None:
    """Show rows; None is a dash. `right` names the columns of numbers, `whole` those never broken over lines."""
    if title:
        heading(title)
    table = Table(
        header_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 2 if console.width >= 100 else 1, 0, 0),
    )
    for column in columns:
        table.add_column(
            column,
            justify="right" if column in right else "left",
            overflow="fold",
            no_wrap=column in right or column in whole,
        )
    for row in rows:
        table.add_row(*(Text(shown(value)) for value in row))
    console.print(table)
    console.print()


def shown(value: Any) -> str:
    """A value as a person reads it: a dash for nothing, 1,234, time to the minute in the zone of `use_zone`."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value.astimezone(_zone[0]):%Y-%m-%d %H:%M}"
    return str(value)


def use_zone(zone: tzinfo) -> None:
    """Show times in the business's own zone from here on."""
    _zone[0] = zone


def say(message: str) -> None:
    """One line for the person, in rich's markup: only for text of ours."""
    console.print(message, soft_wrap=True)


def line(text: str) -> None:
    """One line with names, paths or values in it: brackets are text, and nothing is broken at the edge."""
    console.print(text, markup=False, soft_wrap=True)


def warn(message: str) -> None:
    """One line that needs attention; on standard error so that --json stays JSON."""
    errors.print(Text.assemble(("! ", "yellow"), message), soft_wrap=True)


def indented(text: str, width: int = 4) -> None:
    """A paragraph that keeps its indent where it is broken at the edge."""
    console.print(Padding(Text(text), (0, 0, 0, width)))


def heading(text: str) -> None:
    """A line that opens a part of the output."""
    console.print(Text(text, "bold"), soft_wrap=True)


class Working:
    """A progress bar on standard error; nothing is drawn when that is no terminal."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def step(self, text: str) -> None:
        """Say what is being done now."""
        self._bar.update(self._task, description=escape(text))

    def at(self, done: int, total: int) -> None:
        """Say how much is done."""
        self._bar.update(self._task, completed=done, total=total)


@contextmanager
def working(text: str, *, total: int | None = None) -> Iterator[Working]:
    """Show a progress bar for as long as the block runs; it vanishes at the end."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        yield Working(bar, bar.add_task(escape(text), total=total))
