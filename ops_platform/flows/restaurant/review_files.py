"""The review queue as a file: written for a spreadsheet, and its decisions taken.

What belongs here: between files and decisions. What does not: the sheet's form (restaurant/queue_file.py), and what a
decision does (decisions.py). All good rows of a file are one transaction; a bad row is told and stops none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from ops_platform.adapters.database import Database
from ops_platform.adapters.files import write_whole
from ops_platform.flows.restaurant.decisions import (
    Answer,
    Decided,
    QueueName,
    apply_answers,
    item_of,
    names_in_queue,
    who_decided,
)
from ops_platform.flows.restaurant.menu import menu_sizes
from ops_platform.flows.restaurant.review import lock_names, waiting_names
from ops_platform.restaurant.menu_search import MenuChoice, menu_choices
from ops_platform.restaurant.queue import DECIDED, OPEN, Choose, Decision, NewItem, NoItem, Skip
from ops_platform.restaurant.queue_file import FileRow, RowError, decision_of, queue_csv, read_queue_csv
from ops_platform.restaurant.sheets import Problem
from ops_platform.settings import Settings


@dataclass(frozen=True)
class DecisionsReport:
    """What a file decided. unchanged: rows whose decision stands already; blank: rows that decide nothing."""

    decided: tuple[Decided, ...]
    unchanged: int
    blank: int
    problems: tuple[Problem, ...]


class _Judged(NamedTuple):
    answer: Answer
    is_unchanged: bool


def export_queue(db: Database, file: Path, *, with_decided: bool = False) -> int:
    """Write what waits (and what is decided) to a CSV file that `import_decisions` takes; return how many names.

    The file begins with a byte order mark, without which Excel garbles every name that is not plain ASCII.
    """
    names = waiting_names(db, (*OPEN, *DECIDED) if with_decided else OPEN)
    write_whole(file, queue_csv(names).encode("utf-8-sig"))
    return len(names)


def import_decisions(db: Database, data: bytes, *, settings: Settings, who: str, now: datetime) -> DecisionsReport:
    """Apply the rows of a sheet in which a decision is filled in.

    A decision that stands already changes nothing, so the same file can be taken twice. One about a name that somebody
    decided about after the export is refused. Errors: SheetError for a file that is no such sheet.
    """
    sheet = read_queue_csv(data)
    problems = list(sheet.problems)
    answers: list[Answer] = []
    unchanged = 0
    with db.transaction() as connection:
        lock_names(connection)
        names = names_in_queue(connection, [row.norm for row in sheet.rows])
        menu = menu_choices(menu_sizes(connection))
        for row in sheet.rows:
            try:
                judged = _judge(row, names.get(row.norm), menu)
            except RowError as error:
                problems.append(Problem(row.line, error.column, str(error)))
                continue
            if judged.is_unchanged:
                unchanged += 1
            else:
                answers.append(judged.answer)
        decided = _apply(connection, answers, names, settings=settings, who=who, now=now)
    problems.sort(key=lambda problem: problem.line or 0)
    return DecisionsReport(tuple(decided), unchanged, sheet.blank, tuple(problems))


def _apply(
    connection: sa.Connection,
    answers: Sequence[Answer],
    names: dict[str, dict[str, object]],
    *,
    settings: Settings,
    who: str,
    now: datetime,
) -> list[Decided]:
    return apply_answers(connection, answers, names, settings=settings, who=who, now=now) if answers else []


def _judge(row: FileRow, name: QueueName | None, menu: Sequence[MenuChoice]) -> _Judged:
    """What a row decides, and whether that stands already. Errors: RowError."""
    if name is None:
        raise RowError("raw_name", f'"{row.raw_name}" is not in the queue; export it again')
    newer = name["decided_at"] is not None and (row.token is None or name["decided_at"] > row.token)
    meanwhile = newer and (name["status"] in DECIDED or row.token is not None)
    try:
        decision = decision_of(row, name, menu)
    except RowError:
        if meanwhile:
            raise RowError("decision", f"{who_decided(name)}; export the queue again to change it") from None
        raise
    if _stands(decision, name, menu):
        return _Judged(Answer(row.norm, decision), is_unchanged=True)
    if meanwhile:
        raise RowError("decision", f"{who_decided(name)}; export the queue again to change it")
    return _Judged(Answer(row.norm, decision, row.cells.get("note") or None), is_unchanged=False)


def _stands(decision: Decision, name: QueueName, menu: Sequence[MenuChoice]) -> bool:
    """Whether a decision says what the queue says already."""
    if isinstance(decision, Skip):
        return bool(name["status"] == "skipped")
    if name["status"] not in DECIDED:
        return False
    if isinstance(decision, NoItem):
        return bool(name["status"] == "no_item")
    item = item_of(decision, name)
    return item is not None and _words(item, menu) == (name["item_name"], name["item_type"], name["item_variant"])


def _words(item: Choose | NewItem, menu: Sequence[MenuChoice]) -> tuple[str, str, str]:
    """Name, type and variant of an item, in the menu's spelling if it is there."""
    for known in menu:
        same = (
            known.menu_item_id == item.menu_item_id
            if isinstance(item, Choose)
            else (known.name.casefold(), known.type.casefold()) == (item.name.casefold(), item.type.casefold())
        )
        if same:
            return known.name, known.type, item.variant
    return ("", "", item.variant) if isinstance(item, Choose) else (item.name, item.type, item.variant)
