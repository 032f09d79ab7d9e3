"""The queue and verified names as files: a round trip through a spreadsheet, twice, late, and with mistakes."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.restaurant.aliases import export_aliases, import_aliases, list_aliases
from ops_platform.flows.restaurant.decisions import decide
from ops_platform.flows.restaurant.rematching import rematch
from ops_platform.flows.restaurant.review import waiting_names
from ops_platform.flows.restaurant.review_files import DecisionsReport, export_queue, import_decisions
from ops_platform.flows.restaurant.undoing import undo
from ops_platform.restaurant.name_text import norm_name
from ops_platform.restaurant.queue import NoItem, Skip
from ops_platform.settings import Settings
from ops_platform_tests.conftest import REAL_VEHICLES
from ops_platform_tests.flows.restaurant.conftest import event, item, put
from ops_platform_tests.flows.restaurant.review_parts import (
    LATER,
    MANUAL,
    Line,
    fresh,
    links,
    queue,
    rows,
    sell,
    state,
)

WALNUT = "Walnut Ice Cream (Regular Tub (300ml))"
KULFI = "=Pistachio Kulfi"
STRAW = "Paper Straw"
SUNDAE = "Sundae of the Day"


@pytest.fixture
def db(module_db: Database) -> Database:
    """The module's database with a small menu and nothing else."""
    fresh(module_db)
    return module_db


@pytest.fixture
def sheet(db: Database, shop: Settings, tmp_path: Path) -> Path:
    """The exported queue: four names, the dearest first."""
    sell(db, shop, Line(WALNUT, 900), Line(KULFI, 500), Line(STRAW, 100), Line(SUNDAE, 50))
    file = tmp_path / "queue.csv"
    assert export_queue(db, file) == 4
    return file


def fill(file: Path, **cells: dict[str, str]) -> bytes:
    """Fill rows in as a person with a spreadsheet does, by the beginning of the name."""
    lines = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
    for line in lines:
        for name, values in cells.items():
            if line["raw_name"].lstrip("'=").startswith(name):
                line.update(values)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, lines[0].keys())
    writer.writeheader()
    writer.writerows(lines)
    file.write_bytes(out.getvalue().encode("utf-8-sig"))
    return file.read_bytes()


def take(db: Database, shop: Settings, data: bytes, who: str = "ravi", minutes: int = 0) -> DecisionsReport:
    return import_decisions(db, data, settings=shop, who=who, now=LATER + timedelta(minutes=minutes))


def test_filled_rows_are_decided_and_the_same_file_a_second_time_changes_nothing(
    db: Database, shop: Settings, sheet: Path
) -> None:
    data = fill(
        sheet,
        Walnut={"decision": "accept", "note": "asked the kitchen"},
        Pistachio={"decision": "new", "name": "Pistachio Kulfi", "type": "Dessert"},
        Paper={"decision": "none"},
    )
    report = take(db, shop, data)
    assert [(one.raw_name, one.status) for one in report.decided] == [
        (WALNUT, "accepted"),
        (KULFI, "new_item"),
        (STRAW, "no_item"),
    ]
    assert (report.unchanged, report.blank, report.problems) == (0, 1, ())
    assert links(db)[WALNUT] == {("Eggless Walnut Ice Cream", "REGULAR_TUB_300ML", *MANUAL)}
    assert links(db)[KULFI] == {("Pistachio Kulfi", "1_PIECE", *MANUAL)}
    assert queue(db)[STRAW]["decided_by"] == "ravi"
    assert rows(db, "SELECT note FROM item_aliases WHERE note IS NOT NULL") == [{"note": "asked the kitchen"}]
    before = state(db)
    again = take(db, shop, data, minutes=5)
    assert (len(again.decided), again.unchanged, again.blank, again.problems) == (0, 3, 1, ())
    assert state(db) == before


def test_a_bad_row_is_told_with_line_and_column_and_the_others_are_decided(
    db: Database, shop: Settings, sheet: Path
) -> None:
    data = fill(
        sheet,
        Walnut={"decision": "yes please"},
        Pistachio={"name": "Waffle Cone", "type": "Extra", "variant": "1_PIECE"},
        Paper={"decision": "7"},
        Sundae={"raw_name": "Sundae of another day", "decision": "none"},
    )
    report = take(db, shop, data)
    assert [(problem.line, problem.column) for problem in report.problems] == [
        (2, "decision"),
        (4, "decision"),
        (5, "raw_name"),
    ]
    assert links(db)[KULFI] == {("Waffle Cone", "1_PIECE", *MANUAL)}
    assert [row["raw_name"] for row in waiting_names(db)] == [WALNUT, STRAW, SUNDAE]


def test_a_decision_made_after_the_export_is_not_overwritten(db: Database, shop: Settings, sheet: Path) -> None:
    decide(db, norm_name(WALNUT), NoItem(), settings=shop, who="asha", now=LATER)
    decide(db, norm_name(KULFI), NoItem(), settings=shop, who="asha", now=LATER)
    decide(db, norm_name(STRAW), Skip(), settings=shop, who="asha", now=LATER)
    undo(db, settings=shop, who="asha", now=LATER + timedelta(minutes=1), raw_name_norm=norm_name(KULFI))
    before = state(db)
    accept = {"decision": "accept"}
    report = take(db, shop, fill(sheet, Walnut=accept, Pistachio=accept, Paper=accept), minutes=5)
    assert [str(problem) for problem in report.problems] == [
        f'line {line}, decision: asha decided about "{name}" meanwhile: {what}; export the queue again to change it'
        for line, name, what in ((2, WALNUT, "it is no item"), (3, KULFI, "to look at it again"), (4, STRAW, "not now"))
    ]
    assert state(db) == before


def test_a_fresh_export_can_change_what_was_decided(db: Database, shop: Settings, sheet: Path) -> None:
    decide(db, norm_name(WALNUT), NoItem(), settings=shop, who="asha", now=LATER)
    assert export_queue(db, sheet, with_decided=True) == 4
    report = take(db, shop, fill(sheet, Walnut={"decision": "accept"}), minutes=5)
    assert [one.status for one in report.decided] == ["accepted"]
    aliases = rows(db, "SELECT replaced_at IS NULL AS stands, verified_by FROM item_aliases ORDER BY alias_id")
    assert [(alias["stands"], alias["verified_by"]) for alias in aliases] == [(False, "asha"), (True, "ravi")]


def test_a_sheet_without_tokens_decides_what_waits_and_nothing_else(db: Database, shop: Settings, sheet: Path) -> None:
    decide(db, norm_name(WALNUT), NoItem(), settings=shop, who="asha", now=LATER)
    data = f"raw_name,decision\n{WALNUT},accept\n{STRAW},none\n".encode()
    report = take(db, shop, data)
    assert [one.raw_name for one in report.decided] == [STRAW]
    assert [problem.line for problem in report.problems] == [2]


def test_two_names_can_become_one_new_item_in_one_file(db: Database, shop: Settings, sheet: Path) -> None:
    new = {"decision": "new", "name": "Day Special", "type": "Dessert", "variant": "1_PIECE"}
    report = take(db, shop, fill(sheet, Sundae=new, Pistachio=new | {"variant": "2_PIECES"}))
    assert report.problems == ()
    assert {one.meaning and one.meaning.name for one in report.decided} == {"Day Special"}
    assert len(rows(db, "SELECT * FROM menu_items WHERE name = 'Day Special'")) == 1


# Verified names ------------------------------------------------------------------------------------------------------

NAMES = (
    "raw_name,name,type,variant,no_item\n"
    f"{WALNUT.upper()},Eggless Walnut Ice Cream,Ice Cream,REGULAR_TUB_300ML,\n"
    f"'{KULFI},Pistachio Kulfi,Dessert,1_PIECE,\n"
    f"{STRAW},,,,yes\n"
    "Never Sold,Waffle Cone,Extra,3_PIECES,\n"
)


def test_verified_names_link_their_lines_and_what_is_not_on_the_menu_is_told(db: Database, shop: Settings) -> None:
    sell(db, shop, WALNUT, KULFI, STRAW)
    report = import_aliases(db, NAMES.encode(), settings=shop, who="asha", now=LATER)
    assert (report.read, report.new, report.unchanged, report.created) == (2, 2, 0, 0)
    assert [(problem.line, problem.column) for problem in report.problems] == [(3, "name"), (5, "variant")]
    assert "--create-missing" in report.problems[0].text
    assert links(db)[WALNUT] == {("Eggless Walnut Ice Cream", "REGULAR_TUB_300ML", *MANUAL)}
    assert {name: row["status"] for name, row in queue(db).items()} == {
        WALNUT: "chosen",
        STRAW: "no_item",
        KULFI: "open",
    }
    before = state(db)
    again = import_aliases(db, NAMES.encode(), settings=shop, who="ravi", now=LATER)
    assert (again.new, again.changes, again.unchanged) == (0, (), 2)
    assert state(db) == before


def test_missing_items_and_sizes_are_made_when_asked_for(db: Database, shop: Settings) -> None:
    sell(db, shop, KULFI)
    report = import_aliases(db, NAMES.encode(), settings=shop, who="asha", now=LATER, create_missing=True)
    assert (report.read, report.created, report.problems) == (4, 2, ())
    assert links(db)[KULFI] == {("Pistachio Kulfi", "1_PIECE", *MANUAL)}
    assert rematch(db, settings=shop, now=LATER).changed == 0


def test_another_meaning_of_a_verified_name_is_told_old_and_new_and_moves_its_lines(
    db: Database, shop: Settings
) -> None:
    sell(db, shop, WALNUT)
    import_aliases(db, NAMES.encode(), settings=shop, who="asha", now=LATER)
    text = f"raw_name,name,type,variant\n{WALNUT},Waffle Cone,Extra,1_PIECE\n"
    report = import_aliases(db, text.encode(), settings=shop, who="ravi", now=LATER + timedelta(minutes=1))
    assert [change[1:] for change in report.changes] == [
        ("Eggless Walnut Ice Cream, REGULAR_TUB_300ML", "Waffle Cone, 1_PIECE")
    ]
    assert links(db)[WALNUT] == {("Waffle Cone", "1_PIECE", *MANUAL)}


def test_exported_names_can_be_imported_and_removed_ones_are_matched_again(
    db: Database, shop: Settings, tmp_path: Path
) -> None:
    sell(db, shop, WALNUT, KULFI, STRAW)
    import_aliases(db, NAMES.encode(), settings=shop, who="asha", now=LATER, create_missing=True)
    file = tmp_path / "names.csv"
    assert export_aliases(db, file) == 4
    report = import_aliases(db, file.read_bytes(), settings=shop, who="ravi", now=LATER)
    assert (report.unchanged, report.problems) == (4, ())
    for name in (WALNUT, KULFI, STRAW, "Never Sold"):
        undo(db, settings=shop, who="ravi", now=LATER, raw_name_norm=norm_name(name), restore=False)
    assert list_aliases(db) == []
    assert {method for found in links(db).values() for *_, method in found} <= {None, "exact"}
    assert {row["raw_name"] for row in waiting_names(db)} == {WALNUT, KULFI, STRAW}


def test_a_load_fills_the_queue_and_what_was_decided_counts_for_the_next_load(db: Database, shop: Settings) -> None:
    put(db, shop, event(1, lines=[item(WALNUT), item(STRAW)]))
    assert {row["raw_name"] for row in waiting_names(db)} == {WALNUT, STRAW}
    decide(db, norm_name(STRAW), NoItem(), settings=shop, who="asha", now=LATER)
    put(db, shop, event(2, lines=[item(STRAW), item(WALNUT, total=720.0, quantity=2)]))
    [walnut] = waiting_names(db)
    assert (walnut["line_count"], walnut["revenue"]) == (2, 1080)
    assert queue(db)[STRAW]["line_count"] == 2


@pytest.mark.realdata
def test_the_names_the_shops_people_verified_are_taken_whole(db: Database, shop: Settings) -> None:
    file = REAL_VEHICLES.parent / "restaurant" / "labelled_names.csv"
    if not file.is_file():
        pytest.skip(f"the shop's verified names are not at {file}")
    report = import_aliases(db, file.read_bytes(), settings=shop, who="asha", now=LATER, create_missing=True)
    assert report.problems == ()
    assert report.read == report.new == len(list_aliases(db)) > 270
