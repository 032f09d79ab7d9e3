"""How much is wrong with items: only the counts, the lists are the item report."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ops_platform.retail.reports.about import About, Part, sections
from ops_platform.retail.reports.document import Block, Cell, Column, Remark, Table
from ops_platform.retail.reports.item_lists import LISTS, ItemList


def blocks(about: About) -> Sequence[Block]:
    """A line a list; one that cannot be counted says why, as the others are counted all the same."""
    counted = sections([Part(each.name, each.title, partial(_count, of=each)) for each in LISTS], about)
    rows = [row for each in counted for table in each.blocks if isinstance(table, Table) for row in table.rows]
    lost = [Remark(f"{each.title}: {each.error}", "bad") for each in counted if each.error is not None]
    return [Table([Column("What"), Column("Items", "number")], rows), *lost]


def _count(about: About, of: ItemList) -> Sequence[Block]:
    count = len(of.find(about).rows)
    return [Table((), [[of.title, Cell(count, "bad" if count else "good")]])]
