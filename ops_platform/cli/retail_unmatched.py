"""`ops retail unmatched`: web items and products of the web shop that do not find each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from ops_platform.adapters.files import write_whole
from ops_platform.cli.errors import USAGE, CommandError
from ops_platform.cli.output import indented, line, print_json, print_table
from ops_platform.cli.retail_session import open_store
from ops_platform.core.csvtext import cell_text, csv_text
from ops_platform.flows.retail.gather import Gathered
from ops_platform.retail import automation as ask
from ops_platform.retail.matching import COLUMNS, unmatched
from ops_platform.retail.notes import CODES

_SHOWN: Final = 40
_TITLES: Final = {
    "product_without_item": "products of the web shop that are no item",
    "unmatched_item": "web items that are no product of the web shop",
    "product_gone": "web items whose product is gone",
    "mapped_twice": "items that are mapped to several products",
    "shared_product": "products that several items are",
    "no_parent": "bound products without a parent row",
    "several_parents": "bound products with several parent rows",
}


def show(*, code: str | None, csv_file: Path | None, as_json: bool) -> None:
    """Show or write what does not find its partner now; nothing is changed."""
    if code is not None and code not in _TITLES:
        raise CommandError(f"there is no code {code!r}; there are: {', '.join(_TITLES)}", code=USAGE)
    with open_store() as (platform, systems, _now):
        read = Gathered(platform.db, systems)
        found = unmatched(read.frame(ask.Items()), read.frame(ask.ProductMap()), read.frame(ask.Catalogue()))
        rows = [
            {str(name): value for name, value in row.items()}
            for row in found.to_dict("records")
            if code in (None, row["code"])
        ]
    if csv_file is not None:
        cells = ([cell_text(row[name]) for name in COLUMNS] for row in rows)
        write_whole(csv_file, csv_text(list(COLUMNS), cells, for_people=True).encode("utf-8-sig"))
    if as_json:
        print_json({"unmatched": rows})
    elif csv_file is not None:
        line(f"{len(rows):,} rows, written to {csv_file}")
    elif not rows:
        line("Every web item is a product of the web shop, and every product an item.")
    else:
        _print(rows)


def _print(rows: Sequence[dict[str, Any]]) -> None:
    for code, some in groupby(rows, key=lambda row: str(row["code"])):
        found = list(some)
        columns: dict[str, list[Any]] = {
            "name": [row["name"] for row in found],
            "item": [row["item_no"] for row in found],
            "binding": [row["binding_id"] for row in found],
            "product": [None if row["product_id"] is None else str(row["product_id"]) for row in found],
            "SKU": [row["sku"] for row in found],
            "what was found": [row["detail"] if row["detail"] != row["name"] else None for row in found],
            "perhaps": [row["perhaps"] for row in found],
        }
        told = {name: column for name, column in columns.items() if any(value is not None for value in column)}
        shown = [list(row) for row in zip(*told.values(), strict=True)][:_SHOWN]
        if len(shown) < len(found):
            shown.append([f"and {len(found) - len(shown):,} more: --code {code} --csv FILE", *[""] * (len(told) - 1)])
        print_table(f"{len(found):,} {_TITLES[code]}", list(told), shown, whole=["item", "binding", "product", "SKU"])
        indented(CODES[code], 2)
        line("")
