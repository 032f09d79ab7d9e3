"""From the rows of a batch to the staging tables: which rows, in which form.

What belongs here: making, filling and emptying the temporary tables. What does not: using them (merging.py).

Lines are staged under their number in the database, counted from 1 without holes: a line that was refused has none,
and the lines of an order are numbered by order_item_id ever after. Flags point to the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from psycopg.types.json import Jsonb

from ops_platform.adapters.database import copy_rows, execute
from ops_platform.flows.restaurant import tables
from ops_platform.flows.restaurant.newest import has_chain
from ops_platform.restaurant.rows import AddonRow, FlagRow, ItemRow, OrderBatch, OrderRow, RejectRow


class StagedReject(NamedTuple):
    """A reject as it is stored. is_past: a newer event of the order is good already. is_line: its order is loaded."""

    row: RejectRow
    digest: str
    is_past: bool
    is_line: bool


def make_stages(connection: sa.Connection) -> None:
    """Make the temporary tables; they end with the transaction."""
    for name, columns in (tables.STAGES | tables.KEPT_STAGES).items():
        listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        listed += f", PRIMARY KEY ({tables.KEYS[name]})" if name in tables.KEYS else ""
        execute(connection, f"CREATE TEMP TABLE {name} ({listed}) ON COMMIT DROP")
    execute(connection, "CREATE INDEX ON stage_matches (name_raw)")


def empty_stages(connection: sa.Connection) -> None:
    """Make room for the next part of a load."""
    execute(connection, f"TRUNCATE {', '.join(tables.STAGES)}")


def stage_orders(connection: sa.Connection, batch: OrderBatch, kept: Sequence[OrderRow]) -> None:
    """Stage the orders that count with everything of theirs."""
    wanted = {order.order_no for order in kept}
    copy_rows(connection, "stage_orders", tables.ORDERS, ((*order[:-1], has_chain(order)) for order in kept))
    copy_rows(connection, "stage_raws", tables.RAWS, ((order.order_no, Jsonb(order.raw)) for order in kept))
    numbers = _Numbers()
    items = list(numbers.items(row for row in batch.items if row.order_no in wanted))
    copy_rows(connection, "stage_items", tables.ITEMS, items)
    addons = list(numbers.addons(row for row in batch.addons if row.order_no in wanted))
    copy_rows(connection, "stage_addons", tables.ADDONS, addons)
    for name, columns, others in (
        ("stage_taxes", tables.TAXES, batch.taxes),
        ("stage_discounts", tables.DISCOUNTS, batch.discounts),
    ):
        copy_rows(connection, name, columns, (row for row in others if row.order_no in wanted))
    flags = numbers.flags(row for row in batch.flags if row.order_no in wanted)
    copy_rows(connection, "stage_flags", tables.FLAGS, flags)


def stage_rejects(connection: sa.Connection, rejects: Iterable[StagedReject]) -> None:
    """Stage what was refused."""
    copy_rows(connection, "stage_rejects", tables.REJECTS, (_reject_values(reject) for reject in rejects))


def _reject_values(reject: StagedReject) -> tuple[Any, ...]:
    row = reject.row
    told = (row.place, row.entity, row.stream_id, row.petpooja_order_id, row.code, row.column_name, row.detail)
    return (*told, Jsonb(row.raw), reject.digest, reject.is_past, reject.is_line)


@dataclass
class _Numbers:
    """The bill's numbers of lines and add-ons -> their numbers without holes."""

    lines: dict[tuple[int, int], int] = field(default_factory=dict)
    pieces: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def items(self, rows: Iterable[ItemRow]) -> Iterator[ItemRow]:
        order_no, number = -1, 0
        for row in rows:
            number = number + 1 if row.order_no == order_no else 1
            order_no = row.order_no
            self.lines[order_no, row.line_no] = number
            yield row if row.line_no == number else row._replace(line_no=number)

    def addons(self, rows: Iterable[AddonRow]) -> Iterator[AddonRow]:
        place, number = (-1, -1), 0
        for row in rows:
            number = number + 1 if row[:2] == place else 1
            place = (row.order_no, row.line_no)
            self.pieces[(*place, row.addon_no)] = number
            line_no = self.lines[place]
            same = row.addon_no == number and row.line_no == line_no
            yield row if same else row._replace(line_no=line_no, addon_no=number)

    def flags(self, rows: Iterable[FlagRow]) -> Iterator[FlagRow]:
        """Flags of what is stored; those of a refused line go, because the order itself is flagged line_rejected."""
        for row in rows:
            place = (row.order_no, row.line_no)
            line_no = self.lines.get(place, 0)
            addon_no = self.pieces.get((*place, row.addon_no), 0)
            if bool(line_no) == bool(row.line_no) and bool(addon_no) == bool(row.addon_no):
                yield row._replace(line_no=line_no, addon_no=addon_no)
