"""The queue fills and empties, people decide and take back, and two of them at once do not undo each other's work."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.restaurant.aliases import import_aliases
from ops_platform.flows.restaurant.decisions import (
    AlreadyDecidedError,
    ChangedMeanwhileError,
    Decided,
    UnknownNameError,
    decide,
)
from ops_platform.flows.restaurant.meanings import ReviewError
from ops_platform.flows.restaurant.menu import import_menu
from ops_platform.flows.restaurant.rematching import rematch
from ops_platform.flows.restaurant.review import usual_prices, waiting_names
from ops_platform.flows.restaurant.undoing import NothingToUndoError, undo
from ops_platform.restaurant.name_text import norm_name
from ops_platform.restaurant.queue import Accept, Choose, Decision, NewItem, NoItem, Skip
from ops_platform.settings import Settings
from ops_platform_tests.flows.restaurant.review_parts import (
    DAY,
    LATER,
    MANUAL,
    NOW,
    Line,
    fresh,
    links,
    queue,
    rows,
    sell,
    state,
)

WALNUT = "Walnut Ice Cream (Regular Tub (300ml))"
KULFI = "Pistachio Kulfi"
STRAW = Line("Paper Straw", 5, 2, kind="addon")


@pytest.fixture
def db(module_db: Database) -> Database:
    """The module's database with a small menu and nothing else."""
    fresh(module_db)
    return module_db


def say(db: Database, shop: Settings, name: str, decision: Decision, who: str = "asha", **more: Any) -> Decided:
    return decide(db, norm_name(name), decision, settings=shop, who=who, **{"now": LATER, **more})


def item_id(db: Database, name: str) -> int:
    [row] = rows(db, "SELECT menu_item_id FROM menu_items WHERE name = :name", name=name)
    number: int = row["menu_item_id"]
    return number


# What waits ----------------------------------------------------------------------------------------------------------


def test_names_without_a_sure_link_wait_with_all_their_lines_the_dearest_first(db: Database, shop: Settings) -> None:
    later = DAY + timedelta(days=4)
    report = sell(
        db, shop, Line(KULFI, 10), Line(WALNUT, 300, 2), Line(WALNUT.upper(), 320, day=later), STRAW,
        "Fig Ice Cream (Regular Tub 300ml)",
    )  # fmt: skip
    assert (report.waiting, report.settled) == (3, 0)
    found = waiting_names(db)
    assert [(row["line_count"], row["revenue"]) for row in found] == [(2, 920), (1, 10), (1, 10)]
    walnut = found[0]
    assert (walnut["first_seen"], walnut["last_seen"]) == (DAY, later)
    assert (walnut["reason"], walnut["clean_variant"]) == ("diet", "REGULAR_TUB_300ML")
    assert walnut["candidates"][0]["name"] == "Eggless Walnut Ice Cream"
    assert walnut["candidates"][0]["menu_item_id"] == item_id(db, "Eggless Walnut Ice Cream")


def test_refreshing_with_nothing_new_changes_no_row_and_a_later_load_only_counts(db: Database, shop: Settings) -> None:
    sell(db, shop, WALNUT)
    before = queue(db)
    sell(db, shop, now=LATER)
    assert queue(db) == before
    sell(db, shop, WALNUT, now=LATER)
    assert queue(db)[WALNUT] == before[WALNUT] | {"line_count": 2, "revenue": Decimal(600)}


def test_a_name_the_menu_solves_is_settled_and_waits_again_when_the_menu_forgets_it(
    db: Database, shop: Settings
) -> None:
    sell(db, shop, KULFI)
    item = pd.DataFrame([(KULFI, "Ice Cream", "1_PIECE")], columns=["name", "type", "variant"])
    import_menu(db, item, source="test")
    rematch(db, settings=shop, now=LATER)
    assert queue(db)[KULFI]["status"] == "settled"
    assert links(db)[KULFI] == {(KULFI, "1_PIECE", Decimal(100), "exact")}
    db.execute("DELETE FROM menu_item_variants WHERE menu_item_id = :i", i=item_id(db, KULFI))
    db.execute("UPDATE menu_items SET is_active = false WHERE name = :name", name=KULFI)
    rematch(db, settings=shop, now=LATER)
    assert queue(db)[KULFI]["status"] == "open"
    assert links(db)[KULFI].pop()[0] is None


def test_a_name_is_settled_when_its_last_line_is_gone(db: Database, shop: Settings) -> None:
    sell(db, shop, KULFI)
    db.execute("DELETE FROM orders")
    sell(db, shop, WALNUT)
    assert (queue(db)[KULFI]["status"], queue(db)[KULFI]["line_count"]) == ("settled", 0)


# Decisions -----------------------------------------------------------------------------------------------------------


def test_accepting_links_every_line_of_every_spelling_and_tells_before_and_after(db: Database, shop: Settings) -> None:
    sell(db, shop, WALNUT, Line(WALNUT, 310), WALNUT.upper())
    decided = say(db, shop, WALNUT, Accept())
    assert str(decided.meaning) == "Eggless Walnut Ice Cream, REGULAR_TUB_300ML"
    linked = {("Eggless Walnut Ice Cream", "REGULAR_TUB_300ML", *MANUAL)}
    assert links(db) == {WALNUT: linked, WALNUT.upper(): linked}
    [alias] = rows(db, "SELECT * FROM item_aliases")
    assert (alias["source"], alias["verified_by"], alias["created_at"]) == ("manual", "asha", LATER)
    row = queue(db)[WALNUT]
    assert (row["status"], row["decided_by"], row["alias_id"]) == ("accepted", "asha", alias["alias_id"])
    changes = rows(db, "SELECT name_raw, line_count, old_menu_item_id, new_method, reason FROM match_changes")
    assert sorted((c["name_raw"], c["line_count"]) for c in changes) == [(WALNUT.upper(), 1), (WALNUT, 2)]
    assert {(c["old_menu_item_id"], c["new_method"], c["reason"]) for c in changes} == {(None, "manual", "decision")}


@pytest.mark.parametrize("decision", [Accept(), NewItem("Straw", "Extra", "1_PIECE"), NoItem(), Skip()])
def test_after_a_decision_matching_again_changes_nothing(db: Database, shop: Settings, decision: Decision) -> None:
    sell(db, shop, STRAW, "Fig Ice Cream")
    say(db, shop, STRAW.name, decision)
    before = state(db)
    assert rematch(db, settings=shop, now=LATER).changed == 0
    assert state(db) == before


def test_choosing_a_size_the_item_lacks_adds_it_to_the_menu(db: Database, shop: Settings) -> None:
    sell(db, shop, KULFI)
    decided = say(db, shop, KULFI, Choose(item_id(db, "Fig Ice Cream"), "2_PIECES"))
    assert decided.meaning is not None
    assert (decided.status, decided.meaning.added) == ("chosen", "size")
    assert links(db)[KULFI] == {("Fig Ice Cream", "2_PIECES", *MANUAL)}
    [variant] = rows(db, "SELECT unit, value FROM variants WHERE variant_name = '2_PIECES'")
    assert variant == {"unit": "piece", "value": 2}


def test_a_new_item_is_on_the_menu_as_verified_and_one_that_was_there_all_along_is_taken(
    db: Database, shop: Settings
) -> None:
    sell(db, shop, KULFI, "Kulfi with Pistachio Nuts")
    first = say(db, shop, KULFI, NewItem(KULFI, "DESSERT", "1_PIECE"))
    [item] = rows(db, "SELECT type, is_verified, is_active FROM menu_items WHERE name = :n", n=KULFI)
    assert item == {"type": "Dessert", "is_verified": True, "is_active": True}
    second = say(db, shop, "Kulfi with Pistachio Nuts", NewItem("pistachio kulfi", "Dessert", "1_PIECE"))
    assert (first.status, second.status) == ("new_item", "chosen")
    assert first.meaning is not None
    assert second.meaning is not None
    assert first.meaning.menu_item_id == second.meaning.menu_item_id
    assert second.meaning.name == KULFI


def test_no_item_leaves_lines_without_a_link_and_nobody_is_asked_again(db: Database, shop: Settings) -> None:
    sell(db, shop, STRAW)
    say(db, shop, STRAW.name, NoItem())
    sell(db, shop, STRAW, now=LATER)
    assert links(db)[STRAW.name] == {(None, None, None, None)}
    assert queue(db)[STRAW.name]["status"] == "no_item"
    assert queue(db)[STRAW.name]["line_count"] == 2
    assert waiting_names(db) == []


def test_a_decided_name_links_later_lines_by_itself(db: Database, shop: Settings) -> None:
    sell(db, shop, WALNUT)
    say(db, shop, WALNUT, Accept())
    sell(db, shop, WALNUT.lower(), now=LATER)
    assert links(db)[WALNUT.lower()] == {("Eggless Walnut Ice Cream", "REGULAR_TUB_300ML", *MANUAL)}
    assert waiting_names(db) == []


def test_a_line_whose_number_is_on_the_menu_under_a_like_name_keeps_the_item_of_its_number(
    db: Database, shop: Settings
) -> None:
    sell(db, shop, Line("Fig &amp; Honey Ice Cream", petpooja_id=77), "Fig & Honey Ice Cream")
    say(db, shop, "Fig & Honey Ice Cream", NoItem())
    assert links(db)["Fig &amp; Honey Ice Cream"] == {
        ("Fig Ice Cream", "REGULAR_TUB_300ML", Decimal(100), "exact"),
    }
    assert links(db)["Fig & Honey Ice Cream"] == {(None, None, None, None)}


def test_a_skipped_name_goes_to_the_end_until_more_of_it_is_sold(db: Database, shop: Settings) -> None:
    sell(db, shop, Line(WALNUT, 900), Line(KULFI, 100))
    say(db, shop, WALNUT, Skip())
    assert [row["raw_name"] for row in waiting_names(db)] == [KULFI, WALNUT]
    sell(db, shop, KULFI, now=LATER)
    assert queue(db)[WALNUT]["status"] == "skipped"
    sell(db, shop, WALNUT, now=LATER)
    assert queue(db)[WALNUT]["status"] == "open"
    assert rows(db, "SELECT * FROM item_aliases") == []


def test_flags_about_sizes_follow_the_decision(db: Database, shop: Settings) -> None:
    sell(db, shop, "Waffle Cone (Mini Tub 200ml)")
    count = "SELECT count(*) AS n FROM data_quality_flags WHERE code = 'variant_not_of_item'"
    assert rows(db, count) == [{"n": 1}]
    db.execute(
        "INSERT INTO match_review_queue (raw_name_norm, raw_name, clean_name, clean_type, clean_variant, line_count, "
        "revenue, first_seen, last_seen, reason) VALUES (:norm, 'x', 'x', 'x', 'x', 1, 1, now(), now(), 'x')",
        norm=norm_name("Waffle Cone (Mini Tub 200ml)"),
    )
    say(db, shop, "Waffle Cone (Mini Tub 200ml)", Choose(item_id(db, "Waffle Cone"), "1_PIECE"))
    assert rows(db, count) == [{"n": 0}]


def test_what_cannot_be_decided_is_refused_and_changes_nothing(db: Database, shop: Settings) -> None:
    sell(db, shop, KULFI)
    before = state(db)
    with pytest.raises(UnknownNameError, match="not in the queue"):
        say(db, shop, "never sold", Accept())
    with pytest.raises(ReviewError, match="no item 999"):
        say(db, shop, KULFI, Choose(999, "1_PIECE"))
    db.execute("UPDATE match_review_queue SET candidates = '[]'")
    changed = state(db)
    with pytest.raises(ReviewError, match="no candidate to accept"):
        say(db, shop, KULFI, Accept())
    assert state(db) == changed != before


# Two people ----------------------------------------------------------------------------------------------------------


def test_the_second_decision_about_a_name_is_told_who_was_first_and_changes_nothing(
    db: Database, shop: Settings
) -> None:
    sell(db, shop, WALNUT)
    say(db, shop, WALNUT, Accept(), who="asha")
    before = state(db)
    with pytest.raises(AlreadyDecidedError, match=r"asha decided .*it is Eggless Walnut Ice Cream, REGULAR_TUB_300ML"):
        say(db, shop, WALNUT, NoItem(), who="ravi")
    assert state(db) == before


def test_of_two_decisions_at_the_same_moment_exactly_one_stands(db: Database, shop: Settings) -> None:
    sell(db, shop, WALNUT)
    told: list[str] = []
    barrier = threading.Barrier(4)

    def person(number: int) -> None:
        barrier.wait()
        try:
            told.append(say(db, shop, WALNUT, NoItem() if number % 2 else Accept(), who=f"p{number}").status)
        except AlreadyDecidedError:
            told.append("late")

    threads = [threading.Thread(target=person, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told)[1:] == ["late"] * 3 or sorted(told)[:3] == ["late"] * 3
    assert len(rows(db, "SELECT * FROM item_aliases")) == 1


def test_the_best_candidate_is_not_accepted_when_it_is_not_the_one_that_was_seen(db: Database, shop: Settings) -> None:
    sell(db, shop, WALNUT)
    seen = queue(db)[WALNUT]["updated_at"]
    item = pd.DataFrame([("Walnutt Ice Cream", "Ice Cream", "REGULAR_TUB_300ML")], columns=["name", "type", "variant"])
    import_menu(db, pd.concat([item, item.assign(name="Walnuts Ice Cream")]), source="test")
    rematch(db, settings=shop, now=LATER)
    with pytest.raises(ChangedMeanwhileError, match="look again"):
        say(db, shop, WALNUT, Accept(), seen=seen)
    say(db, shop, WALNUT, Accept(), seen=queue(db)[WALNUT]["updated_at"])


# Taking back ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", [Accept(), NewItem(KULFI, "Dessert", "2_PIECES"), NoItem(), Skip()])
def test_undo_puts_lines_and_queue_back_and_keeps_the_history(db: Database, shop: Settings, decision: Decision) -> None:
    sell(db, shop, KULFI, STRAW)
    lines, waiting = links(db), [row["raw_name"] for row in waiting_names(db)]
    say(db, shop, KULFI, decision)
    undone = undo(db, settings=shop, who="asha", now=LATER + timedelta(minutes=1))
    assert (undone.raw_name, undone.status) == (KULFI, "open")
    assert links(db) == lines
    assert [row["raw_name"] for row in waiting_names(db)] == waiting
    aliases = rows(db, "SELECT replaced_at FROM item_aliases")
    assert [alias["replaced_at"] is not None for alias in aliases] == [True] * (not isinstance(decision, Skip))
    assert rematch(db, settings=shop, now=LATER).changed == 0
    reasons = {row["reason"] for row in rows(db, "SELECT reason FROM match_changes")}
    assert reasons == (set() if isinstance(decision, Skip) else {"decision", "undo"})


def test_undo_takes_a_new_item_off_the_menu_unless_it_is_used_by_now(db: Database, shop: Settings) -> None:
    sell(db, shop, KULFI, WALNUT)
    new = NewItem(KULFI, "Ice Cream", "1_PIECE")
    active = "SELECT is_active FROM menu_items WHERE name = :name"
    say(db, shop, KULFI, new)
    undo(db, settings=shop, who="asha", now=LATER)
    assert rows(db, active, name=KULFI) == [{"is_active": False}]
    say(db, shop, KULFI, new, now=LATER + timedelta(minutes=5))
    assert rows(db, active, name=KULFI) == [{"is_active": True}]
    say(db, shop, WALNUT, new)
    undo(db, settings=shop, who="asha", now=LATER, raw_name_norm=norm_name(KULFI))
    assert rows(db, active, name=KULFI) == [{"is_active": True}]
    assert links(db)[WALNUT] == {(KULFI, "1_PIECE", *MANUAL)}


def test_undo_leaves_an_item_on_the_menu_that_a_verified_name_means(db: Database, shop: Settings) -> None:
    sell(db, shop, KULFI)
    say(db, shop, KULFI, NewItem(KULFI, "Ice Cream", "1_PIECE"))
    names = f"raw_name,name,type,variant\nNever Sold,{KULFI},Ice Cream,1_PIECE\n"
    import_aliases(db, names.encode(), settings=shop, who="ravi", now=LATER)
    undo(db, settings=shop, who="asha", now=LATER)
    assert rows(db, "SELECT is_active FROM menu_items WHERE name = :name", name=KULFI) == [{"is_active": True}]


def test_undo_takes_back_ones_own_newest_decision_and_not_anothers(db: Database, shop: Settings) -> None:
    sell(db, shop, KULFI, WALNUT, STRAW)
    say(db, shop, KULFI, NoItem(), who="asha")
    say(db, shop, STRAW.name, NoItem(), who="asha", now=LATER + timedelta(minutes=1))
    say(db, shop, WALNUT, Accept(), who="ravi", now=LATER + timedelta(minutes=2))
    later = LATER + timedelta(minutes=3)
    assert undo(db, settings=shop, who="asha", now=later).raw_name == STRAW.name
    assert undo(db, settings=shop, who="asha", now=later).raw_name == KULFI
    with pytest.raises(NothingToUndoError, match="asha has decided nothing"):
        undo(db, settings=shop, who="asha", now=later)
    undone = undo(db, settings=shop, who="asha", now=later, raw_name_norm=norm_name(WALNUT))
    assert undone.was == "Eggless Walnut Ice Cream, REGULAR_TUB_300ML"


def test_undoing_a_second_thought_brings_the_first_one_back(db: Database, shop: Settings) -> None:
    sell(db, shop, WALNUT)
    say(db, shop, WALNUT, Accept())
    db.execute("UPDATE match_review_queue SET status = 'open'")
    say(db, shop, WALNUT, NoItem(), who="ravi", now=LATER + timedelta(minutes=1))
    undone = undo(db, settings=shop, who="ravi", now=LATER + timedelta(minutes=2))
    assert (undone.was, undone.status) == ("no item", "chosen")
    assert links(db)[WALNUT] == {("Eggless Walnut Ice Cream", "REGULAR_TUB_300ML", *MANUAL)}
    assert queue(db)[WALNUT]["decided_by"] == "asha"
    assert len(rows(db, "SELECT * FROM item_aliases")) == 3
    undone = undo(db, settings=shop, who="x", now=LATER + timedelta(minutes=3), raw_name_norm=norm_name(WALNUT))
    assert undone.status == "open"


def test_the_usual_price_of_a_name_comes_first(db: Database, shop: Settings) -> None:
    sell(db, shop, Line(KULFI, 90), Line(KULFI.upper(), 110), Line(KULFI, 110), Line(KULFI, 90), Line(KULFI, 90))
    assert [(row["price"], row["lines"]) for row in usual_prices(db, norm_name(KULFI))] == [(90, 3), (110, 2)]
    assert NOW < LATER
