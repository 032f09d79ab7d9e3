"""The demo store's rows added up by hand: what a report should say, by plain loops over what the tables hold.

Nothing of the reports is used here, not even their arithmetic, so that a mistake there cannot hide here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ops_platform.adapters.database import Database

ZERO = Decimal(0)


class RawStore:
    """Every row of the tables a report is made of."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def rows(self, table: str) -> list[dict[str, Any]]:
        with self._db.engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(f'SELECT * FROM "{table}"')).mappings()]

    @cached_property
    def tickets(self) -> dict[int, dict[str, Any]]:
        return {row["DOC_ID"]: row for row in self.rows("PS_TKT_HIST")}

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        """Sold and returned lines with a sign: +1 sold, -1 returned, amounts without one."""
        found = []
        for row in self.rows("PS_TKT_HIST_LIN"):
            if row["LIN_TYP"] in ("S", "R"):
                sign = 1 if row["LIN_TYP"] == "S" else -1
                found.append({**row, "sign": sign, "day": row["BUS_DAT"].date(), "item": row["ITEM_NO"].rstrip()})
        return found

    @cached_property
    def items(self) -> dict[str, dict[str, Any]]:
        return {row["ITEM_NO"]: row for row in self.rows("IM_ITEM")}

    @cached_property
    def segment(self) -> dict[str, str]:
        return {row["CUST_NO"]: (row["CATEG_COD"] or "").strip().upper() for row in self.rows("AR_CUST")}

    @cached_property
    def available(self) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(Decimal)
        for row in self.rows("IM_INV"):
            found[row["ITEM_NO"]] += row["QTY_ON_HND"] - row["QTY_COMMIT"]
        return dict(found)

    def within(self, start: date, end: date) -> list[dict[str, Any]]:
        return [line for line in self.lines if start <= line["day"] <= end]

    def is_wholesale(self, line: dict[str, Any]) -> bool:
        customer = self.tickets[line["DOC_ID"]]["CUST_NO"]
        return self.segment.get(customer, "") == "WHOLESALE"

    def revenue(self, start: date, end: date, only: Callable[[dict[str, Any]], bool] = lambda _: True) -> Decimal:
        return sum((net(line, "EXT_PRC") for line in self.within(start, end) if only(line)), ZERO)

    def buyers(self, start: date, end: date) -> int:
        """Tickets on which something was sold."""
        return len({line["DOC_ID"] for line in self.within(start, end) if line["sign"] > 0})

    def by(
        self, start: date, end: date, key: Callable[[dict[str, Any]], Any], *fields: str
    ) -> dict[Any, list[Decimal]]:
        """Net sums of some fields by what `key` says of a line."""
        found: dict[Any, list[Decimal]] = {}
        for line in self.within(start, end):
            sums = found.setdefault(key(line), [ZERO] * len(fields))
            for place, field in enumerate(fields):
                sums[place] += net(line, field)
        return found


def net(line: dict[str, Any], field: str) -> Decimal:
    return line["sign"] * abs(line[field] or ZERO)
