"""`ops restaurant review` and the commands about names: keys and screens, a real terminal, files and exit codes."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from ops_platform.adapters.database import Database
from ops_platform.cli.restaurant_desk import Desk
from ops_platform.cli.restaurant_session import ReviewSession, Summary
from ops_platform.flows.restaurant.decisions import decide
from ops_platform.flows.restaurant.undoing import undo
from ops_platform.restaurant.name_text import norm_name
from ops_platform.restaurant.queue import NoItem
from ops_platform.settings import Settings, load_settings
from ops_platform_tests.cli.ops_command import Ops
from ops_platform_tests.flows.restaurant.review_parts import LATER, MANUAL, Line, fresh, links, queue, rows, sell

WALNUT = "Walnut Ice Cream (Regular Tub (300ml))"
KULFI = "Pistachio Kulfi"
STRAW = "Paper Straw"
EGGLESS = ("Eggless Walnut Ice Cream", "REGULAR_TUB_300ML", *MANUAL)

if os.name != "nt":  # Windows has no pseudo terminals that Python can open
    from ops_platform_tests.cli.terminal import terminal
needs_pty = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo terminals that Python can open")


@pytest.fixture
def shop(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, env={"OPS_HOME": str(tmp_path / "home")})


@pytest.fixture
def db(open_db: Database, shop: Settings) -> Database:
    """A small menu and three names that wait, dearest first: WALNUT, KULFI, STRAW."""
    fresh(open_db)
    sell(open_db, shop, Line(WALNUT, 900, 2), Line(WALNUT, 900), Line(KULFI, 500), Line(STRAW, 100))
    return open_db


@pytest.fixture
def ops(tmp_path: Path, db: Database, database_url: str) -> Callable[..., Ops]:
    """The command on that database."""

    class OnThatDatabase(Ops):
        def env(self, **more: str) -> dict[str, str]:
            # All three, or the command would start the embedded server for the others.
            urls = ("OPS_DATABASE_URL", "OPS_DAGSTER_DATABASE_URL", "OPS_COUNTERPOINT_DATABASE_URL")
            return super().env(**dict.fromkeys(urls, database_url), **more)

    def make(*, inside: bool = True) -> Ops:
        return OnThatDatabase(tmp_path / "home", inside=inside)

    return make


class Screens:
    """What was shown, as text."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def __call__(self, what: RenderableType) -> None:
        console = Console(file=io.StringIO(), width=100)
        console.print(what)
        self.shown.append(console.file.getvalue().replace("\u00a0", " "))  # type: ignore[attr-defined]


def play(db: Database, shop: Settings, *keys: str | Callable[[], None], who: str = "asha") -> tuple[Summary, Screens]:
    """Run a session with scripted keys; a function among them is what happens meanwhile. Ends with q."""
    script = iter([*keys, "q"])
    moments = iter(range(1000))
    screens = Screens()

    def key() -> str:
        for step in script:
            if isinstance(step, str):
                return step
            step()
        raise AssertionError("the session asks for more keys after q")

    desk = Desk(db, shop, who, lambda: LATER + timedelta(seconds=next(moments)))
    return ReviewSession(desk, key, screens).run(), screens


# A session -----------------------------------------------------------------------------------------------------------


def test_one_key_decides_each_name_and_the_summary_tells_them_all(db: Database, shop: Settings) -> None:
    summary, screens = play(db, shop, "a", "x", "k")
    assert [(one.raw_name, one.status) for one in summary.decided] == [
        (WALNUT, "accepted"),
        (KULFI, "no_item"),
        (STRAW, "skipped"),
    ]
    assert (summary.left, summary.rupees_left) == (1, 100)
    assert links(db)[WALNUT] == {EGGLESS}
    assert queue(db)[WALNUT]["decided_by"] == "asha"
    assert len(screens.shown) == 3  # nothing is left after the skipped one: no fourth name, and q was not needed


def test_the_screen_shows_what_is_needed_to_decide(db: Database, shop: Settings) -> None:
    _, screens = play(db, shop, "a")
    first, second = screens.shown
    for text in (
        "by asha", "0 of 3 names", "₹0 of ₹3,300", WALNUT, "2 lines, ₹2,700", "05 Jan 2026", "₹900 (2 x)",
        "Walnut Ice Cream   Ice Cream   REGULAR_TUB_300ML", "diet word", "Eggless Walnut Ice Cream", "₹320", "78 %",
        "accept 1", "undo",
    ):  # fmt: skip
        assert text in first
    assert f"{WALNUT} -> Eggless Walnut Ice Cream, REGULAR_TUB_300ML" in second
    assert "1 of 3 names" in second
    assert "₹2,700 of ₹3,300" in second


def test_a_candidate_that_is_hardly_like_the_name_takes_two_presses(db: Database, shop: Settings) -> None:
    summary, screens = play(db, shop, "x", "enter", "x")
    assert [one.status for one in summary.decided] == ["no_item", "no_item"]
    assert "far off. Press it again" in screens.shown[2]
    summary, _ = play(db, shop, "a", "a", "enter")  # the item is not sold in this size: Enter takes the new one
    assert [(one.raw_name, one.meaning and one.meaning.added) for one in summary.decided] == [(STRAW, "size")]


def test_any_candidate_can_be_chosen_and_one_that_is_not_there_is_told(db: Database, shop: Settings) -> None:
    summary, _ = play(db, shop, "2")
    assert str(summary.decided[0].meaning) == "Fig Ice Cream, REGULAR_TUB_300ML"
    db.execute("UPDATE match_review_queue SET candidates = '[]'")
    summary, screens = play(db, shop, "1", "a")
    assert summary.decided == []
    assert "no candidate 1" in screens.shown[1]
    assert "Nothing on the menu is near" in screens.shown[0]


def test_an_item_the_name_s_size_is_not_sold_of_asks_for_the_size(db: Database, shop: Settings) -> None:
    _, screens = play(db, shop, "3", "esc", "3", "2")
    assert "not in this size" in screens.shown[0]
    assert "In which size is it Walnut Brownie?" in screens.shown[1]
    assert "not sold in this size so far" in screens.shown[1]
    assert links(db)[WALNUT] == {("Walnut Brownie", "REGULAR_TUB_300ML", *MANUAL)}


def test_typing_searches_the_menu_and_arrows_or_digits_take_item_and_size(db: Database, shop: Settings) -> None:
    summary, screens = play(
        db, shop, "s", *"walnut", "down", "enter", "enter", "/", *"figg", "backspace", "1", "up", "enter"
    )
    assert [str(one.meaning) for one in summary.decided] == [
        "Eggless Walnut Ice Cream, REGULAR_TUB_300ML",
        "Fig Ice Cream, REGULAR_TUB_300ML",
    ]
    assert "Search the menu  walnut" in screens.shown[7]
    assert "Waffle Cone" not in screens.shown[7]


def test_a_search_that_finds_nothing_says_what_else_can_be_done(db: Database, shop: Settings) -> None:
    summary, screens = play(db, shop, "s", *"qqqq", "enter", "1", "esc")
    assert summary.decided == []
    assert "n for a new item" in screens.shown[5]


def test_a_new_item_is_asked_for_with_what_was_read_filled_in(db: Database, shop: Settings) -> None:
    summary, screens = play(
        db, shop, "k", "n", *" Royal", "down", "clear", *"des", "enter", "clear", *"2 pieces", "enter"
    )
    assert str(summary.decided[1].meaning) == "Pistachio Kulfi Royal, 2_PIECES"
    assert rows(db, "SELECT type FROM menu_items WHERE name = 'Pistachio Kulfi Royal'") == [{"type": "Dessert"}]
    assert "A new item of the menu" in screens.shown[2]
    assert "(new item)" in screens.shown[-1]
    assert summary.changed_menu


def test_a_new_item_that_cannot_be_stored_is_told_and_can_be_mended(db: Database, shop: Settings) -> None:
    wrong = ("down", "clear", *"Sweets", "down", "enter")
    summary, screens = play(db, shop, "n", *wrong, "clear", *"Dessert", "enter", "clear", "enter", *"1_PIECE", "enter")
    assert any('! type: "Sweets" is no type of the menu' in shown for shown in screens.shown)
    assert any("! variant: is empty" in shown for shown in screens.shown)
    assert str(summary.decided[0].meaning) == "Walnut Ice Cream, 1_PIECE"


def test_undo_shows_the_name_again_and_forgets_the_decision(db: Database, shop: Settings) -> None:
    summary, screens = play(db, shop, "a", "u", "x", "u", "u")
    assert summary.decided == []
    assert f"Taken back: {WALNUT} (Eggless Walnut Ice Cream, REGULAR_TUB_300ML)" in screens.shown[2]
    assert WALNUT in screens.shown[2].split("Taken back")[1].split("sold")[0]
    assert "Nothing to undo in this session" in screens.shown[-1]
    assert queue(db)[WALNUT]["status"] == "open"


def test_a_name_somebody_else_decided_meanwhile_is_told_and_left_alone(db: Database, shop: Settings) -> None:
    def ravi() -> None:
        decide(db, norm_name(WALNUT), NoItem(), settings=shop, who="ravi", now=LATER)

    summary, screens = play(db, shop, ravi, "a")
    assert summary.decided == []
    assert f'! ravi decided about "{WALNUT}" meanwhile: it is no item' in screens.shown[1]
    assert KULFI in screens.shown[1]
    assert queue(db)[WALNUT]["decided_by"] == "ravi"


def test_undo_does_not_take_back_what_somebody_else_decided_since(db: Database, shop: Settings) -> None:
    def ravi() -> None:
        undo(db, settings=shop, who="ravi", now=LATER + timedelta(hours=1), raw_name_norm=norm_name(WALNUT))
        decide(db, norm_name(WALNUT), NoItem(), settings=shop, who="ravi", now=LATER + timedelta(hours=2))

    _, screens = play(db, shop, "a", ravi, "u")
    assert "! ravi decided about" in screens.shown[2]
    assert queue(db)[WALNUT]["status"] == "no_item"


def test_a_best_candidate_that_changed_meanwhile_is_shown_before_it_is_accepted(db: Database, shop: Settings) -> None:
    def reload() -> None:
        db.execute("UPDATE match_review_queue SET updated_at = now(), candidates = candidates - 0")

    summary, screens = play(db, shop, reload, "a", "a", "a")
    assert "look again" in screens.shown[1]
    assert "far off" in screens.shown[2]
    assert [str(one.meaning) for one in summary.decided] == ["Fig Ice Cream, REGULAR_TUB_300ML"]


# A real terminal -----------------------------------------------------------------------------------------------------


@needs_pty
def test_a_session_in_a_real_terminal_decides_and_leaves_the_terminal_as_it_was(
    db: Database, ops: Callable[..., Ops]
) -> None:
    with terminal(["restaurant", "review", "--by", "asha"], ops().env()) as screen:
        mode = screen.mode()
        screen.until(WALNUT)
        screen.press("a")
        screen.until("1 of 3 names")
        screen.press("s")
        screen.until("Search the menu")
        screen.press("brow")
        screen.until("Walnut Brownie")
        screen.press("\r\r")
        screen.until(STRAW)
        screen.press("nq")  # q is typed into the form, and does not end the session
        screen.until("Paper Strawq")
        screen.press("\x1b")
        screen.until("accept")
        screen.press("q")
        told = screen.until("names wait, worth ₹100")
        assert "2 names decided, 3 lines worth ₹3,200" in told
        assert screen.process.wait(timeout=60) == 0
        assert screen.mode() == mode
    assert links(db)[WALNUT] == {EGGLESS}
    assert links(db)[KULFI] == {("Walnut Brownie", "1_PIECE", *MANUAL)}


@needs_pty
def test_ctrl_c_keeps_what_was_decided_and_gives_the_terminal_back(db: Database, ops: Callable[..., Ops]) -> None:
    with terminal(["restaurant", "review", "--by", "asha"], ops().env()) as screen:
        mode = screen.mode()
        screen.until(WALNUT)
        screen.press("x")
        screen.until("1 of 3 names")
        screen.press("\x03")
        screen.until("1 names decided")
        assert screen.process.wait(timeout=60) == 130
        assert screen.mode() == mode
    assert queue(db)[WALNUT]["status"] == "no_item"


def test_without_a_terminal_the_way_by_files_is_told(ops: Callable[..., Ops]) -> None:
    answer = ops(inside=False).run("restaurant", "review", code=2)
    assert "ops restaurant queue export" in answer.err
    assert "Traceback" not in answer.err


# Files ---------------------------------------------------------------------------------------------------------------


def test_the_queue_goes_to_a_spreadsheet_and_back(db: Database, ops: Callable[..., Ops], tmp_path: Path) -> None:
    file = tmp_path / "queue.csv"
    assert "3 names" in ops().run("restaurant", "queue", "export", str(file)).out
    lines = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
    for line, decision in zip(lines, ("accept", "perhaps", ""), strict=True):
        line["decision"] = decision
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, lines[0].keys())
        writer.writeheader()
        writer.writerows(lines)
    answer = ops().run("restaurant", "queue", "import", str(file), "--by", "ravi", code=1)
    assert 'queue.csv, line 3, decision: "perhaps" is none of accept' in answer.err
    assert "1 names are decided by ravi" in answer.out
    assert links(db)[WALNUT] == {EGGLESS}
    told = ops().json("restaurant", "queue", "import", str(file), "--by", "ravi", code=1)
    assert (told["decided"], told["unchanged"], told["blank"], len(told["problems"])) == ([], 1, 1, 1)
    assert [name["raw_name"] for name in ops().json("restaurant", "queue", "list")] == [KULFI, STRAW]
    assert "2 names wait, 2 lines worth 600.00 rupees" in ops().run("restaurant", "queue", "list").out


def test_a_menu_import_shows_changes_matches_again_and_asks_before_it_deactivates(
    db: Database, ops: Callable[..., Ops], tmp_path: Path
) -> None:
    file = tmp_path / "menu.csv"
    file.write_text(f"name,type,variant,price\n{KULFI},Ice Cream,1_PIECE,90\nBad,,1_PIECE,\n", encoding="utf-8")
    answer = ops().run("restaurant", "menu", "import", str(file), "--dry-run", code=1)
    assert "new item" in answer.out
    assert "Nothing was written" in answer.out
    assert links(db)[KULFI].pop()[0] is None
    answer = ops().run("restaurant", "menu", "import", str(file), code=1)
    assert "menu.csv, line 3, type: is empty" in answer.err
    assert "1 have a link now that had none" in answer.out
    assert links(db)[KULFI].pop()[:2] == (KULFI, "1_PIECE")
    refused = ops().run("restaurant", "menu", "import", str(file), "--deactivate-missing", code=1)
    assert "what the file lacks is not known" in refused.err
    file.write_text(f"name,type,variant\n{KULFI},Ice Cream,1_PIECE\n", encoding="utf-8")
    refused = ops(inside=False).run("restaurant", "menu", "import", str(file), "--deactivate-missing", code=2)
    assert "add --yes" in refused.err
    assert "Waffle Cone" in refused.out
    told = ops().json("restaurant", "menu", "import", str(file), "--deactivate-missing", "--yes")
    assert {change["kind"] for change in told["changes"]} == {"deactivated"}
    assert "(sold no more)" in ops().run("restaurant", "menu", "list", "--type", "extra").out
    assert 'no item is of the type "Sweets"' in ops().run("restaurant", "menu", "list", "--type", "Sweets", code=2).err


def test_the_menu_and_the_verified_names_can_be_exported_and_imported(
    db: Database, ops: Callable[..., Ops], tmp_path: Path
) -> None:
    menu, names = tmp_path / "menu.csv", tmp_path / "names.csv"
    ops().run("restaurant", "menu", "export", str(menu))
    told = ops().json("restaurant", "menu", "import", str(menu))
    assert (told["read"], told["unchanged"], told["changes"], told["rematch"]) == (5, 5, [], None)
    names.write_text(f"raw_name,name,type,variant\n{KULFI},{KULFI},Dessert,1_PIECE\n{STRAW},,,\n", encoding="utf-8")
    answer = ops().run("restaurant", "aliases", "import", str(names), "--by", "asha", code=1)
    assert "names.csv, line 2, name:" in answer.err
    assert "names.csv, line 3, name: is empty" in answer.err
    names.write_text(f"raw_name,name,type,variant\n{KULFI},{KULFI},Dessert,1_PIECE\n", encoding="utf-8")
    answer = ops().run("restaurant", "aliases", "import", str(names), "--by", "asha", "--create-missing")
    assert "1 new, 0 mean something else now, 0 as they were, 1 sizes put on the menu; verified by asha" in answer.out
    ops().run("restaurant", "aliases", "export", str(names))
    assert ops().json("restaurant", "aliases", "import", str(names), "--by", "x")["unchanged"] == 1
    assert [row["verified_by"] for row in ops().json("restaurant", "aliases", "list")] == ["asha"]
    answer = ops().run("restaurant", "aliases", "remove", KULFI.upper(), "never decided", "--by", "asha", code=1)
    assert f'"{KULFI}" meant {KULFI}, 1_PIECE; that is taken back, and it waits in the queue.' in answer.out
    assert "nobody has decided" in answer.err


def test_a_file_that_is_no_menu_and_an_empty_queue_are_told(
    db: Database, ops: Callable[..., Ops], tmp_path: Path
) -> None:
    file = tmp_path / "menu.csv"
    file.write_text("a;b\n1;2\n", encoding="utf-8")
    assert 'separated by ";"' in ops().run("restaurant", "menu", "import", str(file), code=1).err
    db.execute("TRUNCATE match_review_queue")
    assert "No name waits" in ops().run("restaurant", "queue", "list").out
