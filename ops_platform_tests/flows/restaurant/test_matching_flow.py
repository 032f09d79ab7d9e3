"""Matching applied: at the load, again after a change, and never over what a person decided."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.restaurant.decisions import decide
from ops_platform.flows.restaurant.fetching import reload_day
from ops_platform.flows.restaurant.matching import load_aliases, load_menu
from ops_platform.flows.restaurant.menu import import_menu
from ops_platform.flows.restaurant.rematching import RematchReport, rematch
from ops_platform.flows.restaurant.undoing import undo
from ops_platform.restaurant.name_text import norm_name
from ops_platform.restaurant.queue import Choose, NoItem
from ops_platform.settings import Settings
from ops_platform_tests.flows.restaurant.conftest import NOON, NOW, addon, event, everything, item, put, rows

VANILLA = "Old Fashion Vanilla Ice Cream (Perfect Plenty (300ml))"
FIG = "Fig Ice Cream (Regular Tub (300ml))"
STRANGE = "Zebra Crossing Special"
MENU = [
    ("Old Fashion Vanilla Ice Cream", "Ice Cream", "REGULAR_TUB_300ML", 360, None),
    ("Fig Ice Cream", "Ice Cream", "REGULAR_TUB_300ML", 300, 77),
    ("Cup", "Extra", "1_PIECE", 0, None),
]
LINKS = """
    SELECT i.name_raw, m.name, v.variant_name, i.match_confidence, i.match_method
    FROM order_items i LEFT JOIN menu_items m USING (menu_item_id) LEFT JOIN variants v USING (variant_id)
    ORDER BY order_item_id"""
CHANGES = "SELECT entity, name_raw, line_count, old_method, new_method, reason, run_id FROM match_changes ORDER BY 1, 2"
FLAGS = "SELECT entity, line_no, addon_no, code, detail FROM data_quality_flags WHERE code LIKE '%variant%' ORDER BY 1"


def sold(db: Database, *entries: tuple[Any, ...]) -> None:
    columns = ["name", "type", "variant", "price", "petpooja_itemid"]
    import_menu(db, pd.DataFrame(list(entries), columns=columns, dtype=object), source="test")


@pytest.fixture
def menu(db: Database) -> None:
    sold(db, *MENU)


def again(db: Database, shop: Settings, **options: Any) -> RematchReport:
    return rematch(db, settings=shop, now=NOW, **options)


def link(db: Database, name: str) -> tuple[Any, ...]:
    [found] = {row[1:] for row in rows(db, LINKS) if row[0] == name}
    return found


def queue(db: Database) -> dict[str, str]:
    return dict(rows(db, "SELECT raw_name, status FROM match_review_queue"))


@pytest.mark.usefixtures("menu")
def test_lines_are_matched_as_they_are_loaded(db: Database, shop: Settings) -> None:
    lines = [item(VANILLA, addon=[addon("Cup")]), item("Till name", itemid=77), item(STRANGE, itemid=5)]
    report = put(db, shop, event(110, lines=lines))
    assert rows(db, LINKS)[0] == (
        VANILLA,
        "Old Fashion Vanilla Ice Cream",
        "REGULAR_TUB_300ML",
        Decimal("100.00"),
        "exact",
    )
    assert link(db, "Till name")[:2] == ("Fig Ice Cream", "REGULAR_TUB_300ML")
    assert link(db, STRANGE)[0] is None and link(db, STRANGE)[3] is None
    assert rows(db, "SELECT m.name, match_method FROM order_item_addons JOIN menu_items m USING (menu_item_id)") == [
        ("Cup", "exact")
    ]
    assert (report.items_linked, report.addons_linked, round(report.matched or 0, 2)) == (2, 1, 0.67)
    assert queue(db)[STRANGE] == "open"


@pytest.mark.usefixtures("menu")
def test_the_menu_and_the_decisions_in_force_are_read_for_matching(db: Database, shop: Settings) -> None:
    db.execute("UPDATE menu_items SET is_active = false WHERE name = 'Cup'")
    put(db, shop, event(110, lines=[item(STRANGE)]))
    decide(db, norm_name(STRANGE), NoItem(), settings=shop, who="a person", now=NOW)
    with db.engine.connect() as connection:
        menu, aliases = load_menu(connection), load_aliases(connection)
    assert {one.name: one.is_active for one in menu.items.values()} == {
        "Old Fashion Vanilla Ice Cream": True,
        "Fig Ice Cream": True,
        "Cup": False,
    }
    assert set(menu.by_itemid) == {"77"} and "REGULAR_TUB_300ML" in menu.variant_ids
    assert list(aliases.by_name) == [norm_name(STRANGE)]


def test_matching_again_after_the_menu_changed_links_what_had_no_link(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, lines=[item(VANILLA), item(FIG)]), event(111, lines=[item(FIG, addon=[addon("Cup")])]))
    sold(db, *MENU)
    report = again(db, shop, run_id="run 7")
    assert (report.lines, report.changed, report.linked, report.unlinked) == (4, 4, 4, 0)
    assert link(db, FIG) == ("Fig Ice Cream", "REGULAR_TUB_300ML", Decimal("100.00"), "exact")
    assert rows(db, CHANGES) == [
        ("order_item", FIG, 2, None, "exact", "exact", "run 7"),
        ("order_item", VANILLA, 1, None, "exact", "exact", "run 7"),
        ("order_item_addon", "Cup", 1, None, "exact", "exact", "run 7"),
    ]
    assert set(queue(db).values()) == {"settled"}
    assert again(db, shop).changed == 0 and len(rows(db, CHANGES)) == 3


def test_a_dry_run_tells_the_difference_and_writes_nothing(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, lines=[item(FIG)]))
    sold(db, *MENU)
    before, queued = everything(db), queue(db)
    report = again(db, shop, dry_run=True)
    assert report.dry_run and (report.changed, report.linked) == (1, 1)
    [change] = report.changes
    assert (change["name_raw"], change["old"], change["new"], change["new_method"]) == (
        FIG,
        None,
        "Fig Ice Cream, REGULAR_TUB_300ML",
        "exact",
    )
    assert (everything(db), queue(db), rows(db, CHANGES)) == (before, queued, [])
    assert report.as_dict()["changes"] == report.changes


def test_only_the_days_asked_for_are_matched_again(db: Database, shop: Settings) -> None:
    later = f"{NOON + timedelta(days=2):%Y-%m-%d %H:%M:%S}"
    put(db, shop, event(110, lines=[item(FIG)]), event(111, lines=[item(FIG)], created_on=later))
    sold(db, *MENU)
    assert again(db, shop, since=date(2026, 1, 5), until=date(2026, 1, 5)).changed == 1
    assert [row[4] for row in rows(db, LINKS)] == [None, "exact"]
    assert again(db, shop, since=date(2026, 1, 3)).changed == 1


@pytest.mark.usefixtures("menu")
def test_what_a_person_decided_stays_until_the_decision_is_taken_back(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, lines=[item(STRANGE)]))
    fig = rows(db, "SELECT menu_item_id FROM menu_items WHERE name = 'Fig Ice Cream'")[0][0]
    decide(db, norm_name(STRANGE), Choose(fig, "REGULAR_TUB_300ML"), settings=shop, who="a person", now=NOW)
    sold(db, (STRANGE, "Ice Cream", "1_PIECE", 100, None))
    assert again(db, shop).changed == 0
    put(db, shop, event(110, 200, lines=[item(STRANGE, quantity=2, total=720.0)]))
    assert link(db, STRANGE) == ("Fig Ice Cream", "REGULAR_TUB_300ML", Decimal("100.00"), "manual")
    undo(db, raw_name_norm=norm_name(STRANGE), settings=shop, who="a person", now=NOW)
    again(db, shop)
    assert link(db, STRANGE)[0] == STRANGE


@pytest.mark.usefixtures("menu")
def test_a_manual_link_without_any_decision_is_never_touched(db: Database, shop: Settings) -> None:
    """Somebody linked a line with SQL."""
    put(db, shop, event(110, lines=[item(VANILLA)]))
    fig = "(SELECT menu_item_id FROM menu_items WHERE name = 'Fig Ice Cream')"
    db.execute(f"UPDATE order_items SET menu_item_id = {fig}, match_method = 'manual', match_confidence = 100")
    assert again(db, shop).changed == 0
    reload_day(db, NOON.date(), settings=shop, now=NOW)
    assert link(db, VANILLA)[0] == "Fig Ice Cream"


@pytest.mark.usefixtures("menu")
def test_a_decision_that_came_another_way_reaches_the_lines_that_were_sure(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, lines=[item(VANILLA)]))
    db.execute(
        "INSERT INTO item_aliases (raw_name_norm, raw_name, menu_item_id, variant_id, source, verified_by) "
        "SELECT :norm, :raw, menu_item_id, variant_id, 'import', 'a list' FROM menu_item_variants "
        "JOIN menu_items USING (menu_item_id) WHERE name = 'Fig Ice Cream'",
        norm=norm_name(VANILLA),
        raw=VANILLA,
    )
    assert again(db, shop).changed == 1
    assert link(db, VANILLA)[0::3] == ("Fig Ice Cream", "manual")


@pytest.mark.usefixtures("menu")
def test_a_sure_link_is_looked_at_again_only_when_its_item_is_no_longer_sold(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, lines=[item(VANILLA), item(FIG)]))
    assert again(db, shop).names == 0
    sold(db, ("Old Fashioned Vanilla Ice Cream", "Ice Cream", "REGULAR_TUB_300ML", 360, None))
    db.execute("UPDATE menu_items SET is_active = false WHERE name = 'Old Fashion Vanilla Ice Cream'")
    assert again(db, shop).names == 1
    db.execute(
        "DELETE FROM menu_item_variants p USING menu_items i WHERE i.menu_item_id = p.menu_item_id AND name LIKE 'Fig%'"
    )
    assert again(db, shop).names == 2
    assert [flag[:4] for flag in rows(db, FLAGS)] == [("order_item", 2, 0, "variant_not_of_item")]


@pytest.mark.usefixtures("menu")
def test_a_size_the_item_is_not_sold_in_is_flagged_and_the_flag_goes_with_its_cause(
    db: Database, shop: Settings
) -> None:
    put(db, shop, event(110, lines=[item(FIG), item(VANILLA, addon=[addon("Cup")])]))
    assert rows(db, FLAGS) == []
    db.execute("INSERT INTO variants (variant_name) VALUES ('1KG')")
    kilo = "(SELECT variant_id FROM variants WHERE variant_name = '1KG')"
    db.execute(f"UPDATE order_items SET variant_id = {kilo}, match_confidence = 50 WHERE name_raw = :n", n=VANILLA)
    db.execute("UPDATE order_item_addons SET variant_id = NULL, match_confidence = 50")
    put(db, shop, event(110, 200, comment="so that the order is looked at", lines=[
        item(FIG), item(VANILLA, addon=[addon("Cup")])
    ]))  # fmt: skip
    assert rows(db, FLAGS) == [
        ("order_item", 2, 0, "variant_not_of_item", "Old Fashion Vanilla Ice Cream (Ice Cream) is not sold as 1KG"),
        ("order_item_addon", 2, 1, "item_without_variant", "Cup (Extra) is linked without a size"),
    ]
    assert again(db, shop).changed == 2
    assert rows(db, FLAGS) == []


@pytest.mark.usefixtures("menu")
def test_a_line_that_changes_its_name_is_matched_anew(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, lines=[item(VANILLA), item(FIG)]))
    put(db, shop, event(110, 200, lines=[item(FIG), item(STRANGE)]))
    assert [row[1] for row in rows(db, LINKS)] == ["Fig Ice Cream", None]


@pytest.mark.usefixtures("menu")
def test_every_distinct_name_is_matched_once_a_load(db: Database, shop: Settings) -> None:
    put(db, shop, *(event(number, lines=[item(VANILLA), item(FIG)]) for number in range(1, 60)))
    assert {row[4] for row in rows(db, LINKS)} == {"exact"} and len(rows(db, LINKS)) == 118


@pytest.mark.usefixtures("menu")
def test_reading_a_day_again_matches_its_lines_anew(db: Database, shop: Settings) -> None:
    put(db, shop, event(110, lines=[item(STRANGE)]))
    sold(db, (STRANGE, "Ice Cream", "1_PIECE", 100, None))
    report = reload_day(db, NOON.date(), settings=shop, now=NOW, run_id="run 8")
    assert (report.load.orders_duplicate, report.rematch.linked) == (1, 1)
    assert link(db, STRANGE)[0] == STRANGE
    assert rows(db, CHANGES)[0][-1] == "run 8"
