"""A menu goes into the database: new, changed, moved, deactivated; a second time and a dry run change nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.restaurant.menu import MenuReport, import_menu, menu_sizes
from ops_platform.restaurant.menu_file import menu_csv
from ops_platform.restaurant.sheets import SheetError
from ops_platform_tests.conftest import REAL_VEHICLES
from ops_platform_tests.restaurant.test_petpooja_menu import VANILLA

STATE = """
SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS hash FROM (
    SELECT m::text FROM menu_items m UNION ALL SELECT s::text FROM menu_item_variants s
    UNION ALL SELECT v::text FROM variants v
) t (t)
"""
HEADER = "name,type,variant,price,petpooja_itemid,is_active"


@pytest.fixture
def catalogue() -> Path:
    """The shop's own catalogue."""
    file = REAL_VEHICLES.parent / "restaurant" / "menu_catalog.csv"
    if not file.is_file():
        pytest.skip(f"the shop's catalogue is not at {file}")
    return file


def take(db: Database, folder: Path, *lines: str, **options: Any) -> MenuReport:
    file = folder / "menu.csv"
    file.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return import_menu(db, file, source=file.name, **options)


def state(db: Database) -> Any:
    return db.frame(STATE)["hash"].item()


def sizes(db: Database) -> dict[tuple[str, str], dict[str, Any]]:
    with db.engine.connect() as connection:
        return {(row["name"], row["variant"]): row for row in menu_sizes(connection)}


def test_items_sizes_and_their_variants_are_made_with_what_their_names_say(db: Database, tmp_path: Path) -> None:
    report = take(db, tmp_path, "Fig Ice Cream,Ice Cream,REGULAR_TUB_300ML,300.5,77", "Fig Ice Cream,Ice Cream,1KG")
    assert (report.read, report.count("new item"), report.problems) == (2, 2, ())
    stored = sizes(db)
    assert stored["Fig Ice Cream", "REGULAR_TUB_300ML"]["price"] == Decimal("300.50")
    assert stored["Fig Ice Cream", "REGULAR_TUB_300ML"]["petpooja_itemid"] == 77
    assert stored["Fig Ice Cream", "1KG"]["is_verified"] is True
    assert len({row["menu_item_id"] for row in stored.values()}) == 1
    variants = db.frame("SELECT variant_name, unit, value, description FROM variants ORDER BY 1").to_dict("records")
    assert variants == [
        {"variant_name": "1KG", "unit": "g", "value": Decimal("1000.00"), "description": "1 kg"},
        {
            "variant_name": "REGULAR_TUB_300ML",
            "unit": "ml",
            "value": Decimal("300.00"),
            "description": "Regular tub, 300 ml",
        },
    ]


def test_the_same_file_a_second_time_changes_nothing_at_all(db: Database, tmp_path: Path) -> None:
    lines = ("Fig Ice Cream,Ice Cream,REGULAR_TUB_300ML,300,77", "Cup,Extra,1_PIECE,,78,no")
    take(db, tmp_path, *lines)
    before = state(db)
    report = take(db, tmp_path, *lines)
    assert (report.changes, report.unchanged) == ((), 2)
    assert state(db) == before


def test_a_dry_run_tells_old_and_new_and_writes_nothing(db: Database, tmp_path: Path) -> None:
    take(db, tmp_path, "Cup,Extra,1_PIECE,5")
    before = state(db)
    report = take(db, tmp_path, "Cup,Extra,1_PIECE,6", "Cone,Extra,1_PIECE,9", dry_run=True)
    assert [(c.kind, c.name, c.field, c.old, c.new) for c in report.changes] == [
        ("changed", "Cup", "price", Decimal("5.00"), Decimal("6.00")),
        ("new item", "Cone", "price", None, Decimal("9.00")),
    ]
    assert state(db) == before
    take(db, tmp_path, "Cup,Extra,1_PIECE,6", "Cone,Extra,1_PIECE,9")
    assert sizes(db)["Cup", "1_PIECE"]["price"] == Decimal("6.00")


def test_what_a_file_does_not_say_stays_and_so_does_what_it_does_not_name(db: Database, tmp_path: Path) -> None:
    take(db, tmp_path, "Cup,Extra,1_PIECE,5,77", "Cone,Extra,1_PIECE,9")
    report = take(db, tmp_path, "Cup,Extra,1_PIECE,,")
    assert report.changes == ()
    assert [change.name for change in report.missing] == ["Cone"]
    assert sizes(db)["Cup", "1_PIECE"]["petpooja_itemid"] == 77
    assert sizes(db)["Cone", "1_PIECE"]["is_active"] is True


def test_petpooja_numbers_can_swap_and_move_to_a_new_size(db: Database, tmp_path: Path) -> None:
    take(db, tmp_path, "Cup,Extra,1_PIECE,,1", "Cone,Extra,1_PIECE,,2", "Tub,Extra,1_PIECE,,3")
    report = take(db, tmp_path, "Cup,Extra,1_PIECE,,2", "Cone,Extra,1_PIECE,,1", "Tub,Extra,2_PIECES,,3")
    assert report.count("moved number") == 3
    assert {key: row["petpooja_itemid"] for key, row in sizes(db).items()} == {
        ("Cup", "1_PIECE"): 2,
        ("Cone", "1_PIECE"): 1,
        ("Tub", "1_PIECE"): None,
        ("Tub", "2_PIECES"): 3,
    }


def test_an_item_is_inactive_once_none_of_its_sizes_is_active_and_comes_back_with_one(
    db: Database, tmp_path: Path
) -> None:
    take(db, tmp_path, "Cup,Extra,1_PIECE", "Cup,Extra,2_PIECES", "Cone,Extra,1_PIECE")
    report = take(db, tmp_path, "Cone,Extra,1_PIECE", deactivate_missing=True)
    assert [(change.kind, change.name, change.variant) for change in report.changes] == [
        ("deactivated", "Cup", "1_PIECE"),
        ("deactivated", "Cup", "2_PIECES"),
    ]
    assert {row["name"]: row["item_is_active"] for row in sizes(db).values()} == {"Cup": False, "Cone": True}
    take(db, tmp_path, "Cup,Extra,2_PIECES")
    assert sizes(db)["Cup", "2_PIECES"]["item_is_active"] is True
    assert sizes(db)["Cup", "1_PIECE"]["is_active"] is False


def test_nothing_is_deactivated_for_rows_that_could_not_be_read(db: Database, tmp_path: Path) -> None:
    take(db, tmp_path, "Cup,Extra,1_PIECE", "Cone,Extra,1_PIECE")
    before = state(db)
    with pytest.raises(SheetError, match=r"1 rows cannot be taken \(line 3, price.*without deactivating"):
        take(db, tmp_path, "Cone,Extra,1_PIECE", "Cup,Extra,1_PIECE,five", deactivate_missing=True)
    with pytest.raises(SheetError, match="no item"):
        take(db, tmp_path, deactivate_missing=True)
    assert state(db) == before


def test_bad_rows_are_told_and_the_others_are_imported(db: Database, tmp_path: Path) -> None:
    report = take(db, tmp_path, "Cup,Extra,1_PIECE", "Cone,Extra,1_PIECE,five", "Tub,Extra,1_PIECE")
    assert [str(problem) for problem in report.problems] == [
        "line 3, price: 'five' is no amount; write it like 1440.00"
    ]
    assert {name for name, _ in sizes(db)} == {"Cup", "Tub"}


def test_a_petpooja_menu_is_imported_with_the_rules_that_split_its_names(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "menu.txt"
    file.write_text(json.dumps({"items": [VANILLA]}), encoding="utf-8")
    import_menu(db, file, source="petpooja", rules="operator")
    assert {(variant, row["petpooja_itemid"]) for (_, variant), row in sizes(db).items()} == {
        ("PERFECT_PLENTY_300ML", 501),
        ("MINI_TUB_160GMS", 502),
    }
    assert not any(row["is_verified"] for row in sizes(db).values())
    assert import_menu(db, file, source="petpooja", rules="operator").changes == ()


def test_a_frame_is_taken_like_a_file_and_the_export_of_the_menu_changes_nothing(db: Database, tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["Cup", "Cone"], "type": "Extra", "variant": "1_PIECE", "price": [5, None]})
    assert import_menu(db, frame, source="demo").count("new item") == 2
    before = state(db)
    file = tmp_path / "export.csv"
    file.write_text(menu_csv(sizes(db).values()), encoding="utf-8")
    assert import_menu(db, file, source="export").unchanged == 2
    assert state(db) == before


@pytest.mark.realdata
def test_the_shops_own_catalogue_is_taken_whole(db: Database, catalogue: Path) -> None:
    report = import_menu(db, catalogue, source="catalogue")
    assert (report.read, len(report.problems)) == (368, 0)
    assert len(sizes(db)) == 368
    nothing_said = {"FAMILY", "SINGLE"}
    unread = db.frame("SELECT variant_name FROM variants WHERE unit IS NULL")["variant_name"]
    assert set(unread) <= nothing_said
