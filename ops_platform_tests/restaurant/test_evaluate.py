"""Measuring matching on verified names: the figures, the files they come from, and the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops_platform.restaurant.calibration import samples
from ops_platform.restaurant.evaluate import EvaluationError, Label, evaluate, read_labels, read_menu
from ops_platform.restaurant.match import MatchLimits
from ops_platform.restaurant.name_rules import load_rules
from ops_platform_tests.cli.ops_command import Ops
from ops_platform_tests.restaurant.name_menus import SCOOP, SHOP, TUB, shop_menu

SEED = load_rules("seed")
RIGHT = Label("Guava Chilli Ice Cream (Regular)", "Guava Chilli Ice Cream", "Ice Cream", SCOOP)
SLIP = Label("Guava Chili Ice Cream 200ml", "Guava Chilli Ice Cream", "Ice Cream", TUB)
TWIN = Label("Eggless Guava Chilli Ice Cream", "Eggless Guava Chilli Ice Cream", "Ice Cream", "1_PIECE")
WRONG = Label("Honey & Walnut Ice Cream 200ml", "Eggless Honey & Walnut Ice Cream", "Ice Cream", TUB)
NOTHING = Label("Gift Voucher", "Gift Voucher", "Extra", "1_PIECE")
LABELS_TEXT = (
    "raw_name,name,type,variant\nGuava Chili Ice Cream 200ml,Guava Chilli Ice Cream,Ice Cream,MINI_TUB_200ML\n"
)
MENU_TEXT = "\n".join(["name,type,variant", *(f'"{n}",{t},{size}' for n, t, sizes in SHOP for size in sizes)])


def test_every_figure_is_what_it_says() -> None:
    found = evaluate([RIGHT, SLIP, TWIN, WRONG, NOTHING], shop_menu(), SEED)
    assert found.n == 5
    assert found.top1 == pytest.approx(2 / 5)
    assert (found.automatic, found.review, found.none) == (3, 1, 1)
    assert found.coverage == pytest.approx(3 / 5)
    assert found.automatic_precision == pytest.approx(2 / 3)
    assert (found.review_share, found.none_share) == (pytest.approx(1 / 5), pytest.approx(1 / 5))
    assert found.name_accuracy == pytest.approx(3 / 5)
    assert found.type_accuracy == pytest.approx(4 / 5)
    assert found.variant_accuracy == 1
    assert [miss.raw_name for miss in found.wrong_links] == [WRONG.raw_name]
    assert [miss.raw_name for miss in found.confusions] == [TWIN.raw_name, WRONG.raw_name, NOTHING.raw_name]
    assert found.confusions[0].reason == "diet"
    assert found.open_world_automatic is None


def test_the_best_candidate_counts_even_where_a_person_has_to_look() -> None:
    found = evaluate([SLIP], shop_menu(), SEED, MatchLimits(automatic_from=100))
    assert (found.top1, found.coverage, found.automatic_precision) == (1, 0, 1)


def test_the_open_world_takes_each_labels_own_item_off_the_menu() -> None:
    shop = (*SHOP, ("Guava Chillis Ice Cream", "Ice Cream", (SCOOP,)))
    found = evaluate([RIGHT, NOTHING], shop_menu(shop), SEED, open_world=True)
    assert found.open_world_automatic == pytest.approx(1 / 2)
    [miss] = found.open_world_links
    assert (miss.raw_name, miss.got) == (RIGHT.raw_name, "Guava Chillis Ice Cream")
    assert evaluate([RIGHT], shop_menu(), SEED, open_world=True).open_world_automatic == 0


def test_labels_and_menu_are_read_from_sheets() -> None:
    assert read_labels(LABELS_TEXT.encode("utf-8-sig"), "labels.csv") == [SLIP]
    escaped = "variant,type,name,raw_name\n1_PIECE,Dessert,Pie & Custard,Pie &amp; Custard\n"
    assert read_labels(escaped.encode(), "labels.csv")[0].raw_name == "Pie &amp; Custard"
    menu = read_menu(MENU_TEXT.encode(), "menu.csv")
    assert [(item.name, item.type) for item in menu.items.values()] == [(name, kind) for name, kind, _ in SHOP]
    assert set(menu.items[1].variants) == {SCOOP, TUB}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "labels.csv: the file is empty"),
        ("raw_name,name\na,b\n", "labels.csv: the first line lacks type, variant"),
        ("raw_name;name;type;variant\n", 'labels.csv: the columns are separated by ";"'),
        ("raw_name,name,type,variant\n", "labels.csv: line 1: there is no row"),
        ("raw_name,name,type,variant\na,b,c,d\na,b,,d\n", "labels.csv: line 3, type: is empty"),
        ("raw_name,name,type,variant\na,b,c,d,e\n", "labels.csv: line 2"),
        ('raw_name,name,type,variant\n"a,b,c,d\n', "labels.csv: line 2"),
    ],
)
def test_a_bad_file_is_told_with_line_and_column(text: str, said: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        read_labels(text.encode(), "labels.csv")
    assert str(caught.value).startswith(said)


def test_many_problems_of_a_file_are_counted() -> None:
    text = "raw_name,name,type,variant\n" + "a,b,,d\n" * 20
    with pytest.raises(EvaluationError, match=r"line 6, type: is empty; and 15 more"):
        read_labels(text.encode(), "labels.csv")


def test_samples_are_the_same_for_a_seed_and_wrong_where_the_item_is_missing() -> None:
    shop = (*SHOP, ("Guava Chillis Ice Cream", "Ice Cream", (SCOOP,)))
    found = list(samples([RIGHT], shop_menu(shop), SEED, seed=4))
    assert found == list(samples([RIGHT], shop_menu(shop), SEED, seed=4))
    assert found != list(samples([RIGHT], shop_menu(shop), SEED, seed=5))
    assert {right for _, right in found} == {True, False}
    assert all(0 < likeness <= 100 for likeness, _ in found)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    labels, menu = tmp_path / "labels.csv", tmp_path / "menu.csv"
    unknown = f"{NOTHING.raw_name},{NOTHING.name},{NOTHING.type},{NOTHING.variant}\n"
    labels.write_text(LABELS_TEXT + unknown, encoding="utf-8")
    menu.write_text(MENU_TEXT, encoding="utf-8")
    return str(labels), str(menu)


def test_the_command_prints_one_json_document_of_fractions(files: tuple[str, str], tmp_path: Path) -> None:
    labels, menu = files
    ops = Ops(tmp_path, inside=True)
    found = ops.json("restaurant", "evaluate", labels, "--menu", menu)
    assert (found["n"], found["top1"], found["coverage"], found["automatic_precision"]) == (2, 0.5, 0.5, 1.0)
    assert found["rules"] == "operator"
    assert found["open_world_automatic"] is None
    found = ops.json("restaurant", "evaluate", labels, "--menu", menu, "--rules", "seed", "--open-world")
    assert (found["rules"], found["open_world_automatic"]) == ("seed", 0.0)
    [miss] = found["confusions"]
    assert (miss["raw_name"], miss["band"]) == ("Gift Voucher", "none")


def test_the_command_shows_the_figures_and_every_miss(files: tuple[str, str], tmp_path: Path) -> None:
    labels, menu = files
    shown = Ops(tmp_path, inside=True).run("restaurant", "evaluate", labels, "--menu", menu, "--open-world").out
    assert "50.0%" in shown
    assert "Gift Voucher" in shown
    assert "below_review" in shown
    assert "off the menu" in shown


def test_a_bad_file_ends_the_command_with_one_line(files: tuple[str, str], tmp_path: Path) -> None:
    labels, menu = files
    answer = Ops(tmp_path, inside=True).run("restaurant", "evaluate", menu, "--menu", labels, code=1)
    assert "menu.csv: the first line lacks raw_name" in answer.err
    assert "Traceback" not in answer.err
