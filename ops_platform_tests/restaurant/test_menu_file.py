"""A menu as CSV: what is read, what is refused with its line and column, and that an export reads back."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.restaurant.menu_changes import plan_menu
from ops_platform.restaurant.menu_file import (
    OPTIONAL,
    REQUIRED,
    MenuEntry,
    MenuFile,
    menu_csv,
    read_menu_csv,
    read_menu_frame,
)
from ops_platform.restaurant.sheets import SheetError

HEADER = "name,type,variant,price,petpooja_itemid,petpooja_addonid,addon_eligible,delivery_eligible,is_active\n"


def read(*lines: str, header: str = HEADER) -> MenuFile:
    return read_menu_csv((header + "\n".join(lines) + "\n").encode())


def told(found: MenuFile) -> list[tuple[int | None, str | None]]:
    return [(problem.line, problem.column) for problem in found.problems]


def test_a_row_is_read_whole_and_empty_cells_say_nothing() -> None:
    whole = 'Fig &amp; Orange  Ice Cream,Ice Cream,regular tub 300ml,"₹ 1,440.5",900,A7,yes,0,no'
    found = read(whole, "Cup,Extra,1_PIECE")
    assert found.problems == []
    assert found.is_verified
    assert found.entries == [
        MenuEntry(
            2, None, "Fig & Orange Ice Cream", "Ice Cream", "REGULAR_TUB_300ML", Decimal("1440.50"), 900, "A7",
            addon_eligible=True, delivery_eligible=False, is_active=False,
        ),
        MenuEntry(3, None, "Cup", "Extra", "1_PIECE"),
    ]  # fmt: skip


def test_columns_may_stand_in_any_order_and_others_are_left_out() -> None:
    found = read("1_PIECE,a note,Drinks,Water", header="Variant,Remark,TYPE,\ufeffName\n")
    assert [entry[2:5] for entry in found.entries] == [("Water", "Drinks", "1_PIECE")]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",Drinks,1_PIECE", "name"),
        ("Water,,1_PIECE", "type"),
        ("Water,Drinks,", "variant"),
        ("Water,Drinks,1 (piece)", "variant"),
        ("Water,Drinks,1_PIECE,ten", "price"),
        ("Water,Drinks,1_PIECE,-1", "price"),
        ("Water,Drinks,1_PIECE,999999999", "price"),
        ("Water,Drinks,1_PIECE,1,1.23457E+11", "petpooja_itemid"),
        ("Water,Drinks,1_PIECE,1,99999999999999999999", "petpooja_itemid"),
        ("Water,Drinks,1_PIECE,1,1," + "7" * 101, "petpooja_addonid"),
        ("Water,Drinks,1_PIECE,1,1,1,perhaps", "addon_eligible"),
        ("W" * 256 + ",Drinks,1_PIECE", "name"),
        ("Water," + "D" * 51 + ",1_PIECE", "type"),
        ("Water,Drinks,1_PIECE,1,1,1,1,1,1,more", None),
    ],
)
def test_a_bad_row_is_told_with_line_and_column_and_the_others_are_taken(row: str, column: str | None) -> None:
    found = read("Cup,Extra,1_PIECE", row, "Waffle Cone,Extra,1_PIECE")
    assert told(found) == [(3, column)]
    assert [entry.name for entry in found.entries] == ["Cup", "Waffle Cone"]


def test_a_torn_quote_costs_only_its_own_line() -> None:
    found = read("Cup,Extra,1_PIECE", '"Wa,Drinks,1_PIECE', "Waffle Cone,Extra,1_PIECE")
    assert told(found) == [(3, None)]
    assert len(found.entries) == 2


def test_a_number_that_a_spreadsheet_gave_a_point_is_still_that_number_and_zero_is_none() -> None:
    found = read("Cup,Extra,1_PIECE,,900.0,0")
    assert found.entries[0][6:8] == (900, None)


def test_of_two_rows_about_one_size_the_first_counts_and_the_same_words_twice_are_no_problem() -> None:
    found = read("Cup,Extra,1_PIECE,5", "Cup,Extra,1_PIECE,5", "CUP,extra,1_PIECE,6")
    assert told(found) == [(4, "name")]
    assert "line 2" in found.problems[0].text
    assert [entry.price for entry in found.entries] == [Decimal("5.00")]


def test_a_petpooja_number_belongs_to_one_size_and_the_second_is_loaded_without_it() -> None:
    found = read("Cup,Extra,1_PIECE,,7", "Cone,Extra,1_PIECE,,7")
    assert told(found) == [(3, "petpooja_itemid")]
    assert [entry.petpooja_itemid for entry in found.entries] == [7, None]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"name,type\nCup,Extra\n", "lacks variant"),
        (b"name;type;variant\nCup;Extra;1_PIECE\n", 'separated by ";"'),
        (b"name,type,variant,name\n", "names name twice"),
        (b"name,type,variant\nCup\0,Extra,1_PIECE\n", "line 2"),
    ],
)
def test_a_file_that_is_no_menu_is_refused_with_what_to_do(data: bytes, says: str) -> None:
    with pytest.raises(SheetError, match=says):
        read_menu_csv(data)


def test_a_frame_is_read_like_its_csv() -> None:
    frame = pd.DataFrame(
        [("Cup", "Extra", "1_PIECE", Decimal("5.00"), 7, None, True), ("", "Extra", "1_PIECE", None, None, "9", None)],
        columns=["name", "type", "variant", "price", "petpooja_itemid", "petpooja_addonid", "addon_eligible"],
        dtype=object,
    )
    found = read_menu_frame(frame)
    assert found.entries == [
        MenuEntry(1, None, "Cup", "Extra", "1_PIECE", Decimal("5.00"), 7, None, addon_eligible=True)
    ]
    assert told(found) == [(2, "name")]


def stored(menu_item_id: int | None, *values: object, is_verified: bool = True) -> dict[str, object]:
    columns = (*REQUIRED, *OPTIONAL)
    defaults = (None, None, None, None, None, None, False, True, True)
    row = dict(zip(columns, (*values, *defaults[len(values) :]), strict=True))
    return {"menu_item_id": menu_item_id, "is_verified": is_verified, **row}


def test_the_exported_menu_changes_nothing_when_it_is_imported_and_runs_no_formula() -> None:
    rows = [
        stored(1, "=HYPERLINK(1)", "Extra", "1_PIECE", Decimal("5.00"), 7, "9", True, False, True),
        stored(2, "Fig, & Orange", "Ice Cream", "REGULAR_TUB_300ML", None, None, None, False, True, False),
    ]
    text = menu_csv(rows)
    assert "\n'=HYPERLINK(1)," in text
    found = read_menu_csv(text.encode())
    assert found.problems == []
    plan = plan_menu(rows, found.entries)
    assert (plan.changes, plan.missing, plan.unchanged) == ([], [], 2)


names = st.text(alphabet="aB =+-@&'\",;\n", min_size=1, max_size=8).map(lambda text: f"x{text}x")


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(names, names.map(lambda name: f"={name}")),
            st.sampled_from(["Extra", "Ice Cream"]),
            st.sampled_from(["1_PIECE", "REGULAR_TUB_300ML"]),
            st.one_of(st.none(), st.decimals(0, 99999, places=2)),
        ),
        unique_by=lambda row: (" ".join(row[0].split()).casefold(), row[1], row[2]),
        max_size=6,
    )
)
def test_every_menu_reads_back_as_it_was_exported(rows: list[tuple[str, str, str, Decimal | None]]) -> None:
    clean = [(" ".join(name.split()), *rest) for name, *rest in rows]
    text = menu_csv([stored(number, *row) for number, row in enumerate(clean)])
    found = read_menu_csv(text.encode())
    assert [(entry.name, entry.type, entry.variant, entry.price) for entry in found.entries] == clean
    assert found.problems == []


@settings(deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_make_reading_fail_in_another_way(data: bytes, has_header: bool) -> None:
    try:
        found = read_menu_csv(HEADER.encode() + data if has_header else data)
    except SheetError:
        return
    assert all(problem.line is not None for problem in found.problems)


def test_numbers_that_swap_or_move_are_told_and_leave_their_old_place() -> None:
    rows = [stored(1, "Cup", "Extra", "1_PIECE", None, 5), stored(2, "Cone", "Extra", "1_PIECE", None, 6)]
    plan = plan_menu(rows, read("Cup,Extra,1_PIECE,,6", "Cone,Extra,1_PIECE,,5").entries)
    assert [(c.kind, c.field, c.old, c.new) for c in plan.changes] == [
        ("moved number", "petpooja_itemid 6", "Cone, 1_PIECE", "Cup, 1_PIECE"),
        ("moved number", "petpooja_itemid 5", "Cup, 1_PIECE", "Cone, 1_PIECE"),
    ]
    plan = plan_menu(rows, read("Cup,Extra,1_PIECE", "Tub,Extra,1_PIECE,,5").entries)
    assert [(size.name, size.petpooja_itemid) for size in plan.wanted] == [("Tub", 5)]
    assert [c.kind for c in plan.changes] == ["new item", "moved number"]


def test_an_item_is_the_same_in_other_capitals_and_takes_the_spelling_of_the_file() -> None:
    rows = [stored(1, "fig ice cream", "Ice Cream", "1_PIECE"), stored(1, "fig ice cream", "Ice Cream", "2_PIECES")]
    plan = plan_menu(rows, read("Fig Ice Cream,ICE CREAM,1_PIECE", "FIG Ice Cream,Ice Cream,2_PIECES").entries)
    assert [(c.field, c.old, c.new) for c in plan.changes if c.field == "name"] == [
        ("name", "fig ice cream", "Fig Ice Cream")
    ]
    assert {(size.menu_item_id, size.name, size.type) for size in plan.wanted} == {(1, "Fig Ice Cream", "Ice Cream")}


def test_a_new_item_takes_the_menus_spelling_of_its_type_and_is_one_item_in_all_its_sizes() -> None:
    rows = [stored(1, "Cup", "Extra", "1_PIECE")]
    plan = plan_menu(rows, read("Cone,EXTRA,1_PIECE", "cone,extra,2_PIECES").entries)
    assert {(size.name, size.type) for size in plan.wanted} == {("Cone", "Extra")}


def test_what_the_file_lacks_stays_unless_it_is_to_be_deactivated() -> None:
    rows = [stored(1, "Cup", "Extra", "1_PIECE"), stored(2, "Cone", "Extra", "1_PIECE", None, 6)]
    entries = read("Cup,Extra,1_PIECE,,6").entries
    plan = plan_menu(rows, entries)
    assert [change.name for change in plan.missing] == ["Cone"]
    assert [size.name for size in plan.wanted] == ["Cup"]
    plan = plan_menu(rows, entries, deactivate_missing=True)
    assert [(size.name, size.is_active, size.petpooja_itemid) for size in plan.wanted] == [
        ("Cup", True, 6),
        ("Cone", False, None),
    ]


def test_a_size_that_is_in_the_file_again_is_active_again_and_a_person_has_seen_it() -> None:
    rows = [stored(1, "Cup", "Extra", "1_PIECE", None, None, None, False, True, False, is_verified=False)]
    plan = plan_menu(rows, read("Cup,Extra,1_PIECE").entries)
    assert [(c.field, c.old, c.new) for c in plan.changes] == [("is_active", False, True), ("is_verified", False, True)]
    assert plan_menu(rows, read("Cup,Extra,1_PIECE,,,,,,no").entries, is_verified=False).changes == []
