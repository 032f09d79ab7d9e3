"""The item report: which items stand on which list, how much of it is in the mail, and what is in the file."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from ops_platform.adapters.mail_templates import LARGEST_HTML
from ops_platform.retail import snapshots
from ops_platform.retail.reports import needs
from ops_platform.retail.reports.about import About
from ops_platform.retail.reports.document import Table, Tiles
from ops_platform.retail.reports.item_lists import LISTS
from ops_platform.retail.reports.item_report import files, item_report
from ops_platform_tests.retail.reports.office import frame, mailed, office, section, tables
from ops_platform_tests.retail.store import bound, items, row, stock


def photos(*names: str) -> Any:
    return frame(snapshots.PHOTO_FOLDER, *((name, 1, 1.0) for name in names))


def texts(**characters: int) -> Any:
    return frame(snapshots.WEB_DESCRIPTIONS, *characters.items())


def placed(*numbers: str) -> Any:
    return frame(needs.WEB_CATEGORIES, *([number] for number in numbers))


def on(name: str, about: About) -> list[str]:
    """The items on a list."""
    [found] = [each for each in LISTS if each.name == name]
    return [listed.item["item_no"] for listed in found.find(about).rows]


@pytest.mark.parametrize("name", ["A.jpg", "a.JPG", "A^1.jpg", "A^12.jpeg", "A.png"])
def test_a_web_item_has_a_photo_when_a_file_has_its_number(name: str) -> None:
    assert on("items_without_photo", office(items=items("A"), photo_folder=photos(name))) == []


@pytest.mark.parametrize("name", ["AA.jpg", "A-1.jpg", "A.txt", "A", "B.jpg"])
def test_another_file_is_no_photo_of_it(name: str) -> None:
    assert on("items_without_photo", office(items=items("A"), photo_folder=photos(name))) == ["A"]


def test_a_bound_product_is_one_entry_and_any_size_may_have_the_photo() -> None:
    rows = bound("B1", "C1", "C2", parent="P")
    assert on("items_without_photo", office(items=items(*rows))) == ["P"]
    assert on("items_without_photo", office(items=items(*rows), photo_folder=photos("C2^1.jpg"))) == []
    assert on("items_without_photo", office(items=items(*bound("B1", "C1", parent=None)))) == []


def test_only_active_web_items_have_to_have_photo_category_and_text() -> None:
    about = office(items=items(row("V", status="V"), row("N", is_web_item=False), row("H", web_title="Exclude"), "A"))
    for name in ("items_without_photo", "web_items_without_category", "web_items_without_text"):
        assert on(name, about) == ["A"]


def test_less_than_nothing_is_listed_whatever_the_item_is() -> None:
    about = office(
        items=items("A", row("V", status="V"), "ZERO", "NONE", row("H", web_title="EXCLUDE")),
        stock=stock({"A": -1, "V": "-0.5", "ZERO": 0, "H": -9}),
    )
    assert on("items_below_zero", about) == ["A", "V"]


def test_what_stands_in_a_category_of_the_web_shop_is_found_there() -> None:
    about = office(items=items("A", "B", *bound("B1", "C1", parent="P")), web_categories=placed("A", "C1"))
    assert on("web_items_without_category", about) == ["B", "P"]


def test_stock_that_is_not_offered_is_listed_unless_its_title_hides_it() -> None:
    about = office(
        items=items(*(row(number, is_web_item=False) for number in "ABC"), row("V", is_web_item=False, status="V"),
                    row("H", is_web_item=False, web_title="EXCLUDE"), "W"),
        stock=stock({"A": 1, "B": 0, "V": 5, "H": 5, "W": 5}),
    )  # fmt: skip
    assert on("stock_not_on_the_web", about) == ["A"]


def test_inactive_and_discontinued_items_in_stock_are_listed() -> None:
    about = office(
        items=items(row("V", status="V"), row("D", status="D"), "A", row("V0", status="V")),
        stock=stock({"V": 1, "D": "0.5", "A": 9, "V0": 0}),
    )
    assert on("inactive_items_with_stock", about) == ["D", "V"]


def test_a_web_description_below_sixty_characters_is_too_short() -> None:
    about = office(items=items("A", "B", "C", "D"), web_descriptions=texts(A=60, B=59, C=0))
    assert on("web_items_without_text", about) == ["B", "C", "D"]
    [table] = tables(item_report(about), "web_items_without_text").values()
    assert [line[-1] for line in table.rows] == [59, 0, 0]
    longer = office(
        items=items("A"), web_descriptions=texts(A=60), settings={"item_report": {"shortest_description": 61}}
    )
    assert on("web_items_without_text", longer) == ["A"]


def test_lists_are_in_the_order_of_category_and_name() -> None:
    about = office(items=items(row("1", category="TREES"), row("3", descr="Aster"), row("2", descr="Iris"),
                               row("4", category=None)))  # fmt: skip
    assert on("items_without_photo", about) == ["4", "3", "2", "1"]


def test_the_mail_counts_every_list_and_shows_the_first_lines() -> None:
    numbers = [f"{10_000 + place}" for place in range(60)]
    about = office(items=items(*numbers), stock=stock(dict.fromkeys(numbers, -1)))
    report = item_report(about)
    [tiles] = section(report, "counts").blocks
    assert isinstance(tiles, Tiles)
    assert {tile.label: tile.value for tile in tiles.tiles} == {
        "Web items without a photo": 60, "Less than nothing in stock": 60, "Web items in no category": 60,
        "In stock, but not on the web": 0, "Inactive, but in stock": 0, "Web description missing or short": 60,
    }  # fmt: skip
    mail = mailed(report)
    assert mail.subject == "Items to look at, Monday, May 18, 2026"
    assert mail.text.count("and 35 more, in items_2026-05-18.csv") == 4
    assert "None of 60." in mail.text


def test_the_file_has_every_line_and_comes_along_when_the_mail_has_not() -> None:
    about = office(items=items("A", row("B", descr="+1 Fern", category="=CMD")), stock=stock({"A": "-2.5"}))
    report = item_report(about)
    [file] = files(about, report)
    rows = list(csv.DictReader(io.StringIO(file.content.decode())))
    assert (file.name, file.attached) == ("items_2026-05-18.csv", False)
    assert rows[0] == {
        "list": "items_without_photo", "item_no": "B", "item": "'+1 Fern", "category": "'=CMD", "status": "A",
        "available": "", "characters": "",
    }  # fmt: skip
    assert {row["available"] for row in rows if row["list"] == "items_below_zero"} == {"-2.5"}
    many = office(items=items(*map(str, range(26))))
    [file] = files(many, item_report(many))
    assert file.attached


def test_a_list_that_cannot_be_read_says_so_and_the_others_are_there() -> None:
    about = office(items=items("A"), stock=stock({"A": -1}), errors={"web_categories": RuntimeError("gone")})
    report = item_report(about)
    assert [each.name for each in report.failed] == ["web_items_without_category"]
    mail = mailed(report)
    assert "could not be computed: RuntimeError: gone" in mail.html
    [file] = files(about, report)
    assert {row["list"] for row in csv.DictReader(io.StringIO(file.content.decode()))} == {
        "items_without_photo", "items_below_zero", "web_items_without_text",
    }  # fmt: skip


def test_when_nothing_is_wrong_the_mail_says_so() -> None:
    about = office(
        items=items("A"), stock=stock({"A": 5}), photo_folder=photos("A.jpg"), web_categories=placed("A"),
        web_descriptions=texts(A=90),
    )  # fmt: skip
    report = item_report(about)
    assert report.preheader == "Nothing is wrong with any item."
    assert all(not block.rows for each in report.sections for block in each.blocks if isinstance(block, Table))


def test_20_000_items_on_every_list_fit_into_a_mail() -> None:
    numbers = [f"{place:06}" for place in range(20_000)]
    about = office(
        items=items(*(row(number, descr="<&>" * 10, category="&" * 10) for number in numbers)),
        stock=stock(dict.fromkeys(numbers, -1)),
        settings={"item_report": {"rows_in_mail": 100}},
    )
    report = item_report(about)
    assert len(mailed(report).html.encode()) < LARGEST_HTML
    [file] = files(about, report)
    assert (file.rows, file.attached) == (80_000, False)  # too large to be mailed; it lies in the folder of exports


def test_every_list_has_a_name_of_its_own() -> None:
    assert len({each.name for each in LISTS}) == len({each.title for each in LISTS}) == len(LISTS) == 6
