"""The review queue as a sheet: what is written for a spreadsheet, and what its filled rows decide.

What belongs here: columns, words, and judging one row against the queue and the menu. What does not: storing decisions
(flows/restaurant/decisions.py).

The column `token` says when a name was exported, so that a decision made meanwhile is not overwritten; spreadsheets
leave it alone because it is no date and no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from ops_platform.core.csvtext import csv_text
from ops_platform.core.text import nearest_name
from ops_platform.restaurant.menu_file import EntryError, item_name, item_type, item_variant
from ops_platform.restaurant.menu_search import MenuChoice
from ops_platform.restaurant.name_text import norm_name
from ops_platform.restaurant.queue import Accept, Choose, Decision, NewItem, NoItem, Skip, reason_text
from ops_platform.restaurant.sheets import Problem, SheetRow, read_sheet

CANDIDATES: Final = ("candidate_1", "candidate_2", "candidate_3")
COLUMNS: Final = (
    *("raw_name", "lines", "revenue", "cleaned", "reason"),
    *CANDIDATES,
    *("decision", "name", "type", "variant", "note", "token"),
)
WORDS: Final = ("accept", "1", "2", "3", "new", "none", "skip")
_FILLED: Final = ("decision", "name", "type", "variant")
_SCORE: Final = re.compile(r"\s*\([0-9]{1,3}(?:[.,][0-9]+)?\)$")
_TOKEN: Final = re.compile(r"t([0-9]{1,16})")
_TO_ADD: Final = 'write "new" in decision to add it'
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class FileRow(NamedTuple):
    """A row of the sheet in which a person decided something. token: when it was exported; None: not said."""

    line: int
    raw_name: str
    norm: str
    cells: Mapping[str, str]
    token: datetime | None


class QueueFile(NamedTuple):
    """What a sheet holds: rows that decide, how many do not, and what cannot be read."""

    rows: list[FileRow]
    blank: int
    problems: list[Problem]


class RowError(ValueError):
    """What a row decides cannot be done. column: where that stands; the text says what to write instead."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column


def queue_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Names of the queue (rows of match_review_queue) as a sheet to fill in; formulas in names are made harmless."""
    return csv_text(COLUMNS, (_cells(row) for row in rows), for_people=True)


def _cells(row: Mapping[str, Any]) -> list[str]:
    candidates = [f"{described(c)} ({c['score']:.1f})" for c in row["candidates"][: len(CANDIDATES)]]
    return [
        " ".join(row["raw_name"].split()),
        str(row["line_count"]),
        f"{row['revenue']:.2f}",
        f"{row['clean_name']} | {row['clean_type']} | {row['clean_variant']}",
        reason_text(row["reason"]),
        *candidates,
        *[""] * (len(CANDIDATES) - len(candidates) + len(_FILLED) + 1),
        token_of(row["updated_at"]),
    ]


def described(candidate: Mapping[str, Any]) -> str:
    """A candidate as sheets and messages name it."""
    return f"{candidate['name']} | {candidate['type']} | {candidate['variant']}"


def token_of(moment: datetime) -> str:
    """The moment a name last changed, exactly."""
    return f"t{(moment - _EPOCH) // timedelta(microseconds=1)}"


def read_queue_csv(data: bytes) -> QueueFile:
    """Read a sheet. Errors: sheets.SheetError when it lacks raw_name or decision.

    Of two rows about one name only the first is taken; the other is a problem unless it is left blank.
    """
    sheet = read_sheet(data, required=("raw_name", "decision"), optional=COLUMNS, verbatim=("raw_name",))
    rows: dict[str, FileRow] = {}
    problems = list(sheet.problems)
    blank = 0
    for row in sheet.rows:
        if not any(row.cells.get(column) for column in _FILLED):
            blank += 1
            continue
        try:
            read = _file_row(row)
        except RowError as error:
            problems.append(Problem(row.line, error.column, str(error)))
            continue
        first = rows.setdefault(read.norm, read)
        if first is not read:
            problems.append(Problem(row.line, "raw_name", f"stands in line {first.line} too, which counts"))
    return QueueFile(list(rows.values()), blank, problems)


def _file_row(row: SheetRow) -> FileRow:
    cells = row.cells
    if not cells["raw_name"]:
        raise RowError("raw_name", "is empty; export the queue again")
    token = cells.get("token", "")
    found = _TOKEN.fullmatch(token)
    if token and found is None:
        raise RowError("token", f'"{token}" is not what was exported; export the queue again')
    moment = None if found is None else _EPOCH + timedelta(microseconds=int(found[1]))
    return FileRow(row.line, cells["raw_name"], norm_name(cells["raw_name"]), cells, moment)


def decision_of(row: FileRow, name: Mapping[str, Any], menu: Sequence[MenuChoice]) -> Decision:
    """Return what a row decides about a name of the queue (a row of match_review_queue).

    Errors: RowError, with what to write instead.
    """
    cells = row.cells
    word = cells.get("decision", "").lower()
    given = [column for column in ("name", "type", "variant") if cells.get(column)]
    if word == "new":
        return _new_item(cells, name)
    if not word:
        return _item_of_the_menu(cells, name, menu)
    if given:
        raise RowError("decision", f'"{word}" and a {given[0]} are filled in; leave one of them empty')
    if word in ("accept", "1", "2", "3"):
        return _candidate(1 if word == "accept" else int(word), cells, name, accepted=word == "accept")
    if word == "none":
        return NoItem()
    if word == "skip":
        return Skip()
    raise RowError("decision", f'"{word}" is none of {", ".join(WORDS)}')


def _new_item(cells: Mapping[str, str], name: Mapping[str, Any]) -> NewItem:
    """What is left empty is as it was read from the name."""
    try:
        return NewItem(
            item_name(cells.get("name") or name["clean_name"]),
            item_type(cells.get("type") or name["clean_type"]),
            item_variant(cells.get("variant") or name["clean_variant"]),
        )
    except EntryError as error:
        raise RowError(error.column, str(error)) from None


def _candidate(number: int, cells: Mapping[str, str], name: Mapping[str, Any], *, accepted: bool) -> Decision:
    candidates = name["candidates"]
    if number > len(candidates):
        raise RowError("decision", f"there is no candidate {number}; write a name, or new, none, skip")
    candidate = candidates[number - 1]
    column = CANDIDATES[number - 1]
    seen = _SCORE.sub("", cells.get(column, ""))
    if seen and seen != " ".join(described(candidate).split()):
        raise RowError(column, f"is {described(candidate)} by now; export the queue again, or write name and variant")
    return Accept() if accepted else Choose(candidate["menu_item_id"], candidate["variant"])


def _item_of_the_menu(cells: Mapping[str, str], name: Mapping[str, Any], menu: Sequence[MenuChoice]) -> Choose:
    if not cells.get("name"):
        raise RowError("name", "is empty; write the item's name, or a decision")
    try:
        variant = item_variant(cells.get("variant") or name["clean_variant"])
    except EntryError as error:
        raise RowError(error.column, str(error)) from None
    item = item_named(menu, cells["name"], cells.get("type", ""), _TO_ADD)
    if variant not in item.sizes:
        sizes = ", ".join(item.sizes) or "no size"
        raise RowError("variant", f"{item.name} is not on the menu as {variant} ({sizes}); {_TO_ADD}")
    return Choose(item.menu_item_id, variant)


def item_named(menu: Sequence[MenuChoice], name: str, type_: str, to_add: str) -> MenuChoice:
    """The item of that name and type, whatever the capitals; the type may be left out where only one has the name.

    to_add: how to add one. Errors: RowError with the nearest name.
    """
    named = [item for item in menu if item.name.casefold() == name.casefold()]
    found = [item for item in named if not type_ or item.type.casefold() == type_.casefold()]
    if len(found) > 1:
        raise RowError("type", f"{name} is {' and '.join(item.type for item in found)}; write which")
    if not found and named:
        raise RowError("type", f'{named[0].name} is {named[0].type} on the menu, not "{type_}"')
    if not found:
        near = nearest_name(name, [item.name for item in menu])
        hint = f'did you mean "{near}"? ' if near else ""
        raise RowError("name", f'"{name}" is not on the menu; {hint}{to_add}')
    return found[0]
