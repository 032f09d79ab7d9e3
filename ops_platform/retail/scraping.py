"""From the HTML of a competitor's list to typed rows: find the table, see that its columns are the right ones, read.

What belongs here: what is on a page. What does not: getting the page (adapters/browser.py, adapters/web_session.py),
comparing with the list before (price_changes.py). A page that is not as the settings say is an error that names what is
there instead; it is never an empty list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ops_platform.retail.amounts import names_a_number, price, quantity
from ops_platform.retail.automation import note
from ops_platform.retail.html_tables import grid_of
from ops_platform.settings_retail_outside import SiteSettings

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final = ["key", "name", "size", "available", "available_raw", "price", "price_raw"]
"""key: what tells the row apart on its site, also from a twin. available: int, price: Decimal, or None where the page
says no number; *_raw: as the page writes it. size, available and available_raw are None where the site has none."""

_TALK: Final = re.compile(r"\s+")


class LayoutError(ValueError):
    """A page is not as the settings say. code: no_table, missing_column, ambiguous_column."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Read:
    """What a site's pages hold. rows: COLUMNS, in the order of the pages. notes: rows of Plan.notes."""

    rows: pd.DataFrame
    notes: list[dict[str, Any]]


def read_pages(name: str, pages: Sequence[str], site: SiteSettings) -> Read:
    """Read the table of every page of a site. name: of the site, for the notes. Errors: LayoutError."""
    import pandas as pd  # noqa: PLC0415

    reader = _Reader(name, site)
    for number, page in enumerate(pages, 1):
        reader.read(page, number)
    rows = pd.DataFrame(reader.rows, columns=COLUMNS, dtype=object)
    return Read(rows, reader.notes)


class _Reader:
    def __init__(self, name: str, site: SiteSettings) -> None:
        self._name = name
        self._site = site
        self._seen: dict[str, int] = {}
        self.rows: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []

    def read(self, page: str, number: int) -> None:
        where = "" if number == 1 else f" (page {number})"
        grid = grid_of(page, self._site.table)
        if grid is None or not grid.header:
            raise LayoutError(
                "no_table",
                f"there is no table {self._site.table!r} on the page{where}. Look at the page that was kept; the "
                "site's table is set by its `table`",
            )
        places = _places(grid.header, self._site, where)
        talk = self._site.talk_rows(number)  # a site that says it once must not lose plants of every further page
        for place, cells in enumerate(grid.rows):
            self._row(cells, places, len(grid.header), is_talk=place < talk)

    def _row(self, cells: Sequence[str], places: dict[str, int], width: int, *, is_talk: bool) -> None:
        row = {meaning: cells[at] if at < len(cells) else "" for meaning, at in places.items()}
        is_product = len(cells) >= width and bool(row["name"])
        if is_talk:
            if is_product and price(row["price"]) is not None:
                self._note("dropped_row", f"{row['name']}: drop_rows drops it, and it looks like a plant")
            return
        if not is_product:
            if said := " ".join(filter(None, cells)):
                self._note("skipped_row", said[:200])
            return
        self.rows.append(self._typed(row))

    def _typed(self, row: dict[str, str]) -> dict[str, Any]:
        said = row.get("available")
        typed: dict[str, Any] = {
            "key": self._key(row),
            "name": row["name"],
            "size": row.get("size"),
            "available": None if said is None else quantity(said),
            "available_raw": said,
            "price": price(row["price"]),
            "price_raw": row["price"],
        }
        for meaning in ("price", "available"):
            raw = typed[f"{meaning}_raw"]
            if typed[meaning] is None and raw and names_a_number(str(raw)):
                self._note("unread_number", f"{typed['name']}: {meaning} {raw!r} is no single number")
        return typed

    def _key(self, row: dict[str, str]) -> str:
        key = " | ".join(" ".join(row[meaning].split()).casefold() for meaning in self._site.key)
        self._seen[key] = self._seen.get(key, 0) + 1
        if self._seen[key] == 1:
            return key
        self._note("scraped_twice", " | ".join(row[meaning] for meaning in self._site.key))
        return f"{key} | {self._seen[key]}"

    def _note(self, code: str, detail: str) -> None:
        self.notes.append(note(code, self._name, detail))


def _places(header: Sequence[str], site: SiteSettings, where: str) -> dict[str, int]:
    """Meaning -> place of its column. Errors: LayoutError that names what is missing and what is there."""
    there = [_folded(text) for text in header]
    wanted = {meaning: _folded(text) for meaning, text in site.columns.items()}
    missing = [meaning for meaning, text in wanted.items() if text not in there]
    shown = ", ".join(text or "(no header)" for text in header)
    if missing:
        names = " and ".join(f"{site.columns[meaning]!r}" for meaning in missing)
        subject = f"the column {names} is" if len(missing) == 1 else f"the columns {names} are"
        strange = [text for text, folded in zip(header, there, strict=True) if folded not in wanted.values()]
        renamed = f". Is {site.columns[missing[0]]!r} now {strange[0]!r}?" if len(missing) == len(strange) == 1 else "."
        raise LayoutError(
            "missing_column",
            f"{subject} not in the table{where}, which has: {shown}{renamed} Correct the site's `columns`",
        )
    if twice := [text for text in wanted.values() if there.count(text) > 1]:
        raise LayoutError(
            "ambiguous_column",
            f"the table{where} has the column {twice[0]!r} more than once: {shown}. Set another `table`",
        )
    return {meaning: there.index(text) for meaning, text in wanted.items()}


def _folded(header: str) -> str:
    return _TALK.sub(" ", header).strip().casefold()


def shrank(rows: int, before: int | None, share: float) -> str | None:
    """Why a list is held: it is empty, or has too few of the rows it had before; None when it is not."""
    if rows == 0:
        return "the list is empty. The list before stays the latest"
    if before and rows < share * before:
        return f"the list has {rows:,} rows, the one before had {before:,}. That one stays the latest"
    return None


def cents(amount: Decimal) -> str:
    """A price as it is written in lists: two decimals, more where it has more."""
    whole = amount.quantize(Decimal("0.01"))
    return f"{whole if whole == amount else amount.normalize():f}"
