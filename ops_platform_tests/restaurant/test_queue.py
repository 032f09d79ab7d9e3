"""The review queue's rules: which names wait, what is settled, and what rows of a sheet decide."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ops_platform.restaurant.alias_file import alias_csv, read_alias_csv
from ops_platform.restaurant.match import REASONS, RESULT_COLUMNS, match_names
from ops_platform.restaurant.menu import Aliases, Menu
from ops_platform.restaurant.menu_search import MenuChoice, search_menu
from ops_platform.restaurant.name_rules import load_rules
from ops_platform.restaurant.name_text import norm_name
from ops_platform.restaurant.queue import (
    Accept,
    Choose,
    Decision,
    NewItem,
    NoItem,
    Seen,
    Skip,
    plan_queue,
    reason_text,
    seen_names,
)
from ops_platform.restaurant.queue_file import (
    COLUMNS,
    FileRow,
    RowError,
    decision_of,
    queue_csv,
    read_queue_csv,
)
from ops_platform.restaurant.sheets import SheetError

DAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 9, 12, 30, 0, 123457, UTC)


def line(name: str, lines: int = 1, unlinked: int = 0, revenue: int = 100, day: date = DAY) -> dict[str, Any]:
    return {
        "name_raw": name,
        "line_count": lines,
        "unlinked": unlinked,
        "revenue": Decimal(revenue),
        "first_seen": day,
        "last_seen": day,
    }


def matched(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Match results of (name, band, reason)."""
    columns = ["name_raw", "petpooja_id", "kind", *RESULT_COLUMNS]
    made = []
    for name, band, reason in rows:
        linked = band == "automatic"
        link = (1, 2, Decimal(100), "exact") if linked else (None, None, Decimal("71.5"), None)
        made.append((name, None, "item", name, "Extra", "1_PIECE", *link, band, reason, []))
    return pd.DataFrame(made, columns=columns, dtype=object)


def test_spellings_of_one_name_are_one_and_the_usual_one_is_shown() -> None:
    later = DAY + timedelta(days=3)
    seen = seen_names([line("Cup &amp; Lid", 2, 2, 50), line("cup & LID", 5, 1, 70, later), line("Cone")])
    assert seen["cup & lid"] == Seen("cup & LID", 7, 3, Decimal(120), DAY, later)
    assert set(seen) == {"cup & lid", "cone"}


def test_a_name_waits_when_any_row_of_it_is_unsure_and_counts_all_its_lines() -> None:
    rows = matched(("Cup", "automatic", "id_map"), ("CUP", "review", "margin"), ("Cone", "automatic", "exact"))
    plan = plan_queue(rows, seen_names([line("Cup", 3), line("CUP", 1), line("Cone")]), [])
    assert [(row.raw_name_norm, row.line_count, row.reason) for row in plan.waiting] == [("cup", 4, "margin")]
    assert plan.waiting[0].confidence == Decimal("71.5")


def test_what_a_person_decided_never_waits() -> None:
    rows = matched(("Straw", "none", "no_item"), ("Cup", "automatic", "alias"))
    plan = plan_queue(rows, seen_names([line("Straw", 2, 2), line("Cup")]), ["straw", "cup"])
    assert plan.waiting == []
    assert plan.settled == ["cup", "straw"]


def test_a_name_is_settled_only_when_no_line_of_it_is_left_without_a_link() -> None:
    rows = matched(("Cup", "automatic", "id_map"))
    assert plan_queue(rows, seen_names([line("Cup", 2, 1)]), ["cup"]).settled == []
    assert plan_queue(rows, seen_names([line("Cup", 2, 0)]), ["cup"]).settled == ["cup"]


def test_a_name_this_load_did_not_have_waits_on_and_one_without_lines_does_not() -> None:
    plan = plan_queue(matched(), seen_names([line("Cup", 1, 1)]), ["cup", "gone"])
    assert plan.settled == ["gone"]


def test_matching_and_the_queue_agree_about_names_and_reasons() -> None:
    menu = Menu.from_frame(
        pd.DataFrame(
            [(1, "Fig Ice Cream", "Ice Cream", 1, "1_PIECE", None, None, True)],
            columns=[
                *("menu_item_id", "name", "type", "variant_id", "variant"),
                *("petpooja_itemid", "petpooja_addonid", "is_active"),
            ],
        )
    )
    names = pd.DataFrame({"name_raw": ["Kulfi", "Fig Ice Cream"], "petpooja_id": None, "kind": "item"})
    rows = match_names(names, menu, Aliases(), load_rules("seed"))
    plan = plan_queue(rows, seen_names([line("Kulfi", 1, 1), line("Fig Ice Cream")]), [])
    assert [row.raw_name for row in plan.waiting] == ["Kulfi"]
    assert reason_text(plan.waiting[0].reason) == REASONS[plan.waiting[0].reason]


# Sheets of decisions -------------------------------------------------------------------------------------------------

FIG = {"menu_item_id": 1, "name": "Fig Ice Cream", "type": "Ice Cream", "variant": "REGULAR_TUB_300ML", "score": 81.25}
CUP = {"menu_item_id": 2, "name": "Cup", "type": "Extra", "variant": "REGULAR_TUB_300ML", "score": 40.0}
MENU = [
    MenuChoice(1, "Fig Ice Cream", "Ice Cream", ("MINI_TUB_200ML",), is_active=True),
    MenuChoice(2, "Cup", "Extra", ("1_PIECE",), is_active=True),
    MenuChoice(3, "Cup", "Service", ("1_PIECE",), is_active=True),
]


def name(raw_name: str = "=Figg (300ml)", **changes: Any) -> dict[str, Any]:
    return {
        "raw_name": raw_name,
        "clean_name": "Figg",
        "clean_type": "Ice Cream",
        "clean_variant": "REGULAR_TUB_300ML",
        "line_count": 1200,
        "revenue": Decimal("1234.50"),
        "reason": "margin",
        "candidates": [FIG, CUP],
        "updated_at": NOW,
        **changes,
    }


def filled(cells: dict[str, str], **changes: Any) -> FileRow:
    """The one row of an exported sheet, filled in as a spreadsheet would."""
    [row] = csv.DictReader(io.StringIO(queue_csv([name(**changes)]), newline=""))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerow(row | cells)
    [read] = read_queue_csv(out.getvalue().encode()).rows
    return read


def test_a_sheet_shows_what_a_person_needs_and_runs_no_formula() -> None:
    header, row = queue_csv([name()]).splitlines()
    assert header.split(",") == list(COLUMNS)
    assert row.split(",") == [
        "'=Figg (300ml)", "1200", "1234.50", "Figg | Ice Cream | REGULAR_TUB_300ML", REASONS["margin"],
        "Fig Ice Cream | Ice Cream | REGULAR_TUB_300ML (81.2)", "Cup | Extra | REGULAR_TUB_300ML (40.0)", "",
        "", "", "", "", "", "t1767961800123457",
    ]  # fmt: skip


def test_a_sheet_that_nobody_filled_in_decides_nothing() -> None:
    sheet = read_queue_csv(queue_csv([name(), name("Cup")]).encode())
    assert (sheet.rows, sheet.blank, sheet.problems) == ([], 2, [])


def test_a_filled_row_finds_its_name_and_its_moment_again() -> None:
    row = filled({"decision": "none"})
    assert (row.norm, row.token) == (norm_name("=Figg (300ml)"), NOW)


@pytest.mark.parametrize(
    ("cells", "decision"),
    [
        ({"decision": "Accept"}, Accept()),
        ({"decision": "1"}, Choose(1, "REGULAR_TUB_300ML")),
        ({"decision": "2"}, Choose(2, "REGULAR_TUB_300ML")),
        ({"decision": "NONE"}, NoItem()),
        ({"decision": "skip"}, Skip()),
        ({"decision": "new"}, NewItem("Figg", "Ice Cream", "REGULAR_TUB_300ML")),
        ({"decision": "new", "name": "Figs", "type": "Dessert", "variant": "1 pc"}, NewItem("Figs", "Dessert", "1_PC")),
        ({"name": "fig ice cream", "variant": "mini tub 200ml"}, Choose(1, "MINI_TUB_200ML")),
        ({"name": "Cup", "type": "extra", "variant": "1_PIECE"}, Choose(2, "1_PIECE")),
    ],
)  # fmt: skip
def test_what_a_row_decides(cells: dict[str, str], decision: Decision) -> None:
    assert decision_of(filled(cells), name(), MENU) == decision


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"decision": "yes"}, "decision", "none of accept, 1, 2, 3, new, none, skip"),
        ({"decision": "3"}, "decision", "no candidate 3"),
        ({"decision": "accept", "name": "Cup"}, "decision", "leave one of them empty"),
        ({"decision": "new", "variant": "½"}, "variant", "no variant"),
        ({"name": "Fig Ice Creem", "variant": "1_PIECE"}, "name", 'did you mean "Fig Ice Cream"'),
        ({"name": "Fig Ice Cream"}, "variant", r"not on the menu as REGULAR_TUB_300ML \(MINI_TUB_200ML\)"),
        ({"name": "Cup", "variant": "1_PIECE"}, "type", "Extra and Service"),
        ({"name": "Cup", "type": "Drinks", "variant": "1_PIECE"}, "type", "not \"Drinks\""),
        ({"variant": "1_PIECE"}, "name", "is empty"),
        ({"decision": "1", "candidate_1": "Cup | Extra | 1_PIECE (99.0)"}, "candidate_1", "by now"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_done_says_where_and_what_to_write(cells: dict[str, str], column: str, says: str) -> None:
    with pytest.raises(RowError, match=says) as refused:
        decision_of(filled(cells), name(), MENU)
    assert refused.value.column == column


def test_rows_that_cannot_be_read_are_told_with_their_line_and_the_others_are_taken() -> None:
    text = "raw_name,decision,token\n,accept,\nCup,none,t5x\nCone,none,t5\ncone,skip,t5\nTub,none,\n"
    sheet = read_queue_csv(text.encode())
    assert [(problem.line, problem.column) for problem in sheet.problems] == [
        (2, "raw_name"),
        (3, "token"),
        (5, "raw_name"),
    ]
    assert [row.raw_name for row in sheet.rows] == ["Cone", "Tub"]
    with pytest.raises(SheetError, match="lacks decision"):
        read_queue_csv(b"raw_name\nCup\n")


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=30),
    st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_every_name_and_moment_come_back_from_the_sheet(raw_name: str, moment: datetime) -> None:
    # A name that begins with an apostrophe and a sign cannot be told from one that was made harmless.
    assume(norm_name(raw_name) and not raw_name.strip().startswith("'"))
    row = filled({"decision": "skip"}, raw_name=raw_name, updated_at=moment)
    assert (row.norm, row.token) == (norm_name(raw_name), moment)


def test_verified_names_read_back_as_they_were_written() -> None:
    alias = {"raw_name": "+Figg", "name": "Fig", "type": "Ice Cream", "variant": "1_PIECE", "menu_item_id": 1}
    more = {"note": None, "source": "manual", "verified_by": "asha", "created_at": NOW}
    nothing = {"raw_name": "Straw", "name": None, "type": None, "variant": None, "menu_item_id": None}
    file = read_alias_csv(alias_csv([alias | more, nothing | more]).encode())
    assert file.problems == []
    assert [(row.raw_name, row.item) for row in file.rows] == [
        ("+Figg", NewItem("Fig", "Ice Cream", "1_PIECE")),
        ("Straw", None),
    ]


def test_a_verified_name_that_says_two_things_or_half_a_thing_is_told() -> None:
    text = (
        "raw_name,name,type,variant,no_item\nFigg,Fig,Ice Cream,1_PIECE,\nFIGG,Cup,Extra,1_PIECE,\nTub,,,,\nX,Y,,,yes\n"
    )
    file = read_alias_csv(text.encode())
    assert [(problem.line, problem.column) for problem in file.problems] == [
        (3, "raw_name"),
        (4, "name"),
        (5, "no_item"),
    ]
    assert [row.raw_name for row in file.rows] == ["Figg"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [("fig", "Fig Ice Cream"), ("ice fi", "Fig Ice Cream"), ("cup ser", "Cup"), ("figg icecream", "Fig Ice Cream")],
)
def test_an_item_is_found_by_the_beginnings_of_its_words_or_nearly_its_name(typed: str, first: str) -> None:
    assert search_menu(MENU, typed)[0].name == first


def test_nothing_typed_shows_the_menu_and_nonsense_shows_nothing() -> None:
    assert len(search_menu(MENU, "")) == 3
    assert search_menu(MENU, "qqqqqq") == []
    assert search_menu(MENU, "cup ser")[0].type == "Service"
