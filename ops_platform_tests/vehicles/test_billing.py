from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.vehicles.billing import OrderComparison, billing_sheet, compare_order


def produced(*cars: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(cars, columns=["vin", "vehicle_condition"], dtype=object)


def sheet(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def totals(content: bytes) -> dict[str, str]:
    return {row[0].rstrip(":"): row[1] for row in sheet(content) if row[0]}


def test_the_sheet_has_the_operators_layout() -> None:
    made = billing_sheet(["B", "A", "C"], produced(("C", "new"), ("A", "po")), {"A"})
    assert made.decode() == (
        "Totals:,,,DUPLICATES,,,,ORDERED,PRODUCED\n"
        "Total Ordered,3,,A,,,,A,C\n"
        "Total Produced:,2,,,,,,B,A\n"
        "Total New:,1,,,,,,C,\n"
        "Total Used:,1,,,,,,,\n"
        ",,,,,,,,\n"
        "Used Duplicates:,1,,,,,,,\n"
        "New Duplicates,0,,,,,,,\n"
        "Duplicates:,1,,,,,,,\n"
    )


def test_an_empty_order_has_all_totals() -> None:
    assert totals(billing_sheet([], produced(), set())) == {
        "Totals": "",
        "Total Ordered": "0",
        "Total Produced": "0",
        "Total New": "0",
        "Total Used": "0",
        "Used Duplicates": "0",
        "New Duplicates": "0",
        "Duplicates": "0",
    }


def test_a_car_made_twice_or_ordered_before_is_a_duplicate_of_its_kind() -> None:
    made = billing_sheet(
        ["A", "B", "C"], produced(("A", "new"), ("A", "new"), ("B", "cpo"), ("C", "po"), ("C", "po")), {"B"}
    )
    assert totals(made)["New Duplicates"] == "1"
    assert totals(made)["Used Duplicates"] == "2"
    assert [row[3] for row in sheet(made)[1:4]] == ["A", "B", "C"]


def test_vins_as_people_paste_them_are_the_same_cars() -> None:
    made = billing_sheet([" 1hgcy1f42sa049723 ", "", "A"], produced(), set())
    assert totals(made)["Total Ordered"] == "2"
    assert [row[7] for row in sheet(made)[1:3]] == ["1HGCY1F42SA049723", "A"]


def test_a_pasted_formula_is_harmless_in_the_sheet() -> None:
    made = sheet(billing_sheet(["=cmd|'/c calc'!A1"], produced(), set()))
    assert made[1][7].startswith("'=")


def test_an_order_is_sorted_into_new_ordered_before_and_unknown() -> None:
    assert compare_order(["c", "A", "B", "A", "X "], {"A", "B", "C"}, {"B", "Y"}) == OrderComparison(
        wanted=("C", "A"), ordered_before=("B",), unknown=("X",)
    )


vins = st.sampled_from(["A", "B", "C", "D"])


@settings(deadline=None)
@given(st.lists(vins), st.lists(st.tuples(vins, st.sampled_from(["new", "po", "cpo"]))), st.sets(vins))
def test_the_totals_agree_with_the_columns(ordered: list[str], cars: list[tuple[str, str]], before: set[str]) -> None:
    made = billing_sheet(ordered, produced(*cars), before)
    rows, counts = sheet(made), totals(made)
    columns = {row[0]: [cell for cell in row[1:] if cell] for row in zip(*rows, strict=True)}
    assert columns["ORDERED"] == sorted(ordered)
    assert columns["PRODUCED"] == [vin for vin, _ in cars]
    assert int(counts["Total Ordered"]) == len(ordered)
    assert int(counts["Total New"]) + int(counts["Total Used"]) == int(counts["Total Produced"]) == len(cars)
    assert int(counts["Duplicates"]) == len(columns["DUPLICATES"])
    assert int(counts["New Duplicates"]) + int(counts["Used Duplicates"]) == int(counts["Duplicates"])
    made_once = {vin for vin, _ in cars} - before
    assert len(cars) - len(made_once) == int(counts["Duplicates"])


@given(st.lists(vins), st.sets(vins), st.sets(vins))
def test_every_ordered_car_is_in_exactly_one_list(ordered: list[str], inventory: set[str], before: set[str]) -> None:
    found = compare_order(ordered, inventory, before)
    assert sorted(found.wanted + found.ordered_before + found.unknown) == sorted(set(ordered))


@pytest.mark.realdata
def test_the_operators_own_sheet_comes_out_of_its_lists(real_vehicles: Path) -> None:
    expected = (real_vehicles / "billing_sheet_example.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(expected, newline="")))
    ordered = [row[7] for row in rows[1:] if row[7]]
    made = billing_sheet(ordered[::-1], produced(*((row[8], "po") for row in rows[1:] if row[8])), set())
    assert made.decode().rstrip("\n") == expected.rstrip("\n")
