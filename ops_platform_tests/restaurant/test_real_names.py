"""The operator's verified names and menu: the goals of matching, and what slips of the finger do to them.

Belongs here: what only real names can show. Nothing of the files is copied; figures are worked out here anew, next to
those of the evaluation.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pandas as pd
import pytest

from ops_platform.restaurant.calibration import with_slips
from ops_platform.restaurant.clean_names import clean_name
from ops_platform.restaurant.evaluate import Label, evaluate, read_labels, read_menu
from ops_platform.restaurant.match import match_names
from ops_platform.restaurant.menu import Aliases, Menu
from ops_platform.restaurant.name_rules import load_rules

pytestmark = pytest.mark.realdata
FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "restaurant"
OPERATOR, SEED = load_rules("operator"), load_rules("seed")


@pytest.fixture(scope="module")
def labels() -> list[Label]:
    if not FOLDER.is_dir():
        pytest.skip(f"the operator's files are not in {FOLDER}")
    return read_labels((FOLDER / "labelled_names.csv").read_bytes(), "labelled_names.csv")


@pytest.fixture(scope="module")
def menu(labels: list[Label]) -> Menu:
    return read_menu((FOLDER / "menu_catalog.csv").read_bytes(), "menu_catalog.csv")


def found_for(raws: list[str], menu: Menu) -> pd.DataFrame:
    names = pd.DataFrame({"name_raw": raws, "petpooja_id": None, "kind": "item"})
    return match_names(names, menu, Aliases(), OPERATOR)


def test_the_files_are_read_whole(labels: list[Label], menu: Menu) -> None:
    with (FOLDER / "labelled_names.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
    assert [tuple(label) for label in labels] == rows
    with (FOLDER / "menu_catalog.csv").open(encoding="utf-8", newline="") as file:
        sizes = {(row["name"], row["type"], row["variant"]) for row in csv.DictReader(file)}
    assert {(item.name, item.type, size) for item in menu.items.values() for size in item.variants} == sizes


def test_the_goals_of_matching_are_met(labels: list[Label], menu: Menu) -> None:
    found = evaluate(labels, menu, OPERATOR, open_world=True)
    assert found.top1 >= 0.97
    assert found.automatic_precision >= 0.99
    assert found.coverage > 0.95
    assert found.open_world_automatic is not None
    assert found.open_world_automatic <= 0.01
    assert found.variant_accuracy > 0.99


def test_the_figures_are_those_of_a_plain_count(labels: list[Label], menu: Menu) -> None:
    found = found_for([label.raw_name for label in labels], menu)
    items = [menu.items.get(number) for number in found["menu_item_id"]]
    right = [
        item is not None and (item.name, item.type) == (label.name, label.type)
        for item, label in zip(items, labels, strict=True)
    ]
    linked = [item for item in items if item is not None]
    figures = evaluate(labels, menu, OPERATOR)
    assert figures.automatic == len(linked)
    assert figures.automatic_precision == pytest.approx(sum(right) / len(linked))
    # The earlier loader linked 88.4 %, right or wrong.
    assert len(linked) / len(labels) > 0.884


def test_the_designs_own_rules_know_types_and_sizes_and_half_the_names(labels: list[Label], menu: Menu) -> None:
    figures = evaluate(labels, menu, SEED)
    assert figures.type_accuracy > 0.98
    assert figures.variant_accuracy > 0.93
    assert figures.name_accuracy > 0.55


@pytest.mark.parametrize("slips", [1, 2, 3])
def test_sure_links_are_right_under_slips_of_the_finger(labels: list[Label], menu: Menu, slips: int) -> None:
    chance = random.Random(1000 + slips)
    asked = [label for label in labels for _ in range(2)]
    found = found_for([with_slips(label.raw_name, slips, chance) for label in asked], menu)
    sure = [
        (row.candidates[0]["name"], row.candidates[0]["type"]) == (label.name, label.type)
        for row, label in zip(found.itertuples(), asked, strict=True)
        if row.match_method is not None and row.match_confidence >= 90
    ]
    assert len(sure) > 0.3 * len(asked)
    assert sum(sure) >= 0.99 * len(sure)
    best = [
        bool(row.candidates) and (row.candidates[0]["name"], row.candidates[0]["type"]) == (label.name, label.type)
        for row, label in zip(found.itertuples(), asked, strict=True)
    ]
    assert sum(best) >= 0.97 * len(best)


def test_the_sizes_of_an_item_do_not_change_which_item_it_is(labels: list[Label]) -> None:
    """Rules are about flavours: a flavour learned in one size has its name in every other."""
    sizes = [
        "",
        " 200ml",
        " (160gm)",
        " (Regular Tub (220gms))",
        " (Perfect Plenty (300ml))",
        " Small Scoop",
        " (2pcs)",
    ]
    for label in labels:
        if label.type == "Ice Cream":
            names = {clean_name(f"{label.name}{size}", OPERATOR).name for size in sizes}
            assert len(names) == 1 or "Ice Cream" not in label.name


def test_a_cleaned_name_is_clean(labels: list[Label]) -> None:
    for rules in (OPERATOR, SEED):
        for label in labels:
            name = clean_name(label.raw_name, rules).name
            assert clean_name(name, rules).name == name


def test_the_verified_names_are_names_the_rules_leave_alone(labels: list[Label]) -> None:
    assert [label.name for label in labels if clean_name(label.name, OPERATOR).name != label.name] == []
