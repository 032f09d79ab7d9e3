"""The item report (part of item 15): what is wrong with items, list by list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final

from ops_platform.retail.automation import Items, Need, PhotoFolder, Stock, WebDescriptions
from ops_platform.retail.reports import periods
from ops_platform.retail.reports.about import About, Part, sections
from ops_platform.retail.reports.document import Block, Column, Report, Section, Table, Tile, Tiles, Value
from ops_platform.retail.reports.files import ReportFile, report_file
from ops_platform.retail.reports.item_lists import LISTS, ItemList, Listed
from ops_platform.retail.reports.needs import MayFail, WebCategories
from ops_platform.settings_retail import RetailSettings

NAME: Final = "item_report"
_FILE: Final = ("list", "item_no", "item", "category", "status", "available", "characters")


def needs(settings: RetailSettings, today: date) -> Mapping[str, Need]:
    """Items and stock; what only some lists need may fail."""
    return {
        "items": Items(),
        "stock": Stock(),
        "photo_folder": MayFail(PhotoFolder()),
        "web_categories": MayFail(WebCategories()),
        "web_descriptions": MayFail(WebDescriptions()),
    }


def item_report(about: About) -> Report:
    """The report of a morning: how many on each list, and their first lines."""
    lists = sections([Part(each.name, each.title, partial(_blocks, of=each), each.advice) for each in LISTS], about)
    tiles = [Tile(section.title, _count(section), "number") for section in lists if section.error is None]
    found = [tile for tile in tiles if tile.value]
    return Report(
        name=NAME,
        template=NAME,
        title=f"Items to look at, {periods.day_name(about.today)}",
        lead="Of a bound product its parent row is listed. Items with the web title "
        f"{about.settings.reports.hidden_title or '(none)'} are on no list.",
        preheader=", ".join(f"{tile.label}: {tile.value:,}" for tile in found) or "Nothing is wrong with any item.",
        why="You get this because your address stands in retail.item_report.recipients.",
        end=about.today,
        sections=[Section("counts", "How many", [Tiles(tiles)]), *lists],
    )


def files(about: About, report: Report) -> Iterator[ReportFile]:
    """All lists, whole; with the mail when one of them is cut there."""
    failed = {section.name for section in report.failed}
    rows = [
        _file_row(about, each, listed) for each in LISTS if each.name not in failed for listed in each.find(about).rows
    ]
    yield report_file(file_name(about), _FILE, rows, attached=any(_more(section) for section in report.sections))


def file_name(about: About) -> str:
    """The file's name, with the day."""
    return f"items_{about.today.isoformat()}.csv"


def _blocks(about: About, of: ItemList) -> Sequence[Block]:
    found = of.find(about)
    most = about.settings.item_report.rows_in_mail
    of_text = any(listed.characters is not None for listed in found.rows)
    columns = [
        Column("Item"), Column("Number"), Column("Category", wide=True), Column("Available", "number", wide=of_text),
        *([Column("Characters", "number")] if of_text else []),
    ]  # fmt: skip
    rows = [_row(about, listed)[: len(columns)] for listed in found.rows[:most]]
    empty = f"None of {found.of:,}."
    return [Table(columns, rows, more=len(found.rows) - len(rows), where=file_name(about), empty=empty)]


def _row(about: About, listed: Listed) -> Sequence[Value]:
    item = listed.item
    return [about.name(item["item_no"]), item["item_no"], item["category"], listed.available, listed.characters]


def _file_row(about: About, of: ItemList, listed: Listed) -> Sequence[Value]:
    item = listed.item
    return [
        of.name, item["item_no"], about.name(item["item_no"]), item["category"], item["status"], listed.available,
        listed.characters,
    ]  # fmt: skip


def _count(section: Section) -> int:
    return sum(len(block.rows) + block.more for block in section.blocks if isinstance(block, Table))


def _more(section: Section) -> int:
    return sum(block.more for block in section.blocks if isinstance(block, Table))
