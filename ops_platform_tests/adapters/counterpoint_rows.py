"""A small Counterpoint database for tests: rows by keyword, with the defaults a till would write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ops_platform.adapters.counterpoint import Counterpoint, make_tables
from ops_platform.adapters.counterpoint_tables import METADATA
from ops_platform.adapters.database import Database
from ops_platform.settings_retail import CounterpointSettings

NOW = datetime(2026, 11, 20, 4, 0)  # noqa: DTZ001  # as Counterpoint writes it


class Store:
    """The tables, and what a test puts into them."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.url = url
        self.counterpoint = Counterpoint(CounterpointSettings(**settings), url)

    def insert(self, table: str, *rows: dict[str, Any]) -> None:
        """Put rows into a table; keys are column names."""
        with self.counterpoint.engine.begin() as connection:
            for row in rows:
                connection.execute(sa.insert(METADATA.tables[table]).values(**row))

    def item(self, item_no: str, **values: Any) -> None:
        """Put an item into IM_ITEM."""
        self.insert("IM_ITEM", {"ITEM_NO": item_no, **values})

    def line(self, item_no: str, quantity: float, price: float, *, kind: str = "S", **values: Any) -> None:
        """Put a ticket line into the history."""
        with self.counterpoint.engine.begin() as connection:
            table = METADATA.tables["PS_TKT_HIST_LIN"]
            number = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() + 1
            row = {"BUS_DAT": NOW, "DOC_ID": number, "LIN_SEQ_NO": 1, "LIN_TYP": kind, "ITEM_NO": item_no} | values
            connection.execute(sa.insert(table).values(QTY_SOLD=quantity, EXT_PRC=price, **row))

    def present(self, item_no: str) -> dict[str, Any]:
        """An item as it stands in the database now."""
        table = METADATA.tables["IM_ITEM"]
        with self.counterpoint.engine.connect() as connection:
            return dict(connection.execute(sa.select(table).where(table.c["ITEM_NO"] == item_no)).mappings().one())

    def add_customer(self, cust_no: str, **values: Any) -> None:
        """Put a customer into AR_CUST."""
        self.insert("AR_CUST", {"CUST_NO": cust_no, "NAM": f"Customer {cust_no}", "CATEG_COD": "RETAIL", **values})

    def customer(self, cust_no: str) -> dict[str, Any] | None:
        """A customer as it stands in the database now."""
        table = METADATA.tables["AR_CUST"]
        with self.counterpoint.engine.connect() as connection:
            found = connection.execute(sa.select(table).where(table.c["CUST_NO"] == cust_no)).mappings().first()
        return None if found is None else dict(found)

    def ticket(
        self, number: str, day: str, cust_no: str | None, *lines: tuple[str, float, float], store: str = "1"
    ) -> None:
        """A ticket of a day with lines of item, quantity and amount; negative ones were brought back."""
        with self.counterpoint.engine.begin() as connection:
            tickets, table = METADATA.tables["PS_TKT_HIST"], METADATA.tables["PS_TKT_HIST_LIN"]
            count = connection.execute(sa.select(sa.func.count()).select_from(tickets)).scalar_one()
            key = {"BUS_DAT": datetime.fromisoformat(day), "DOC_ID": 1000 + count, "TKT_NO": number, "STR_ID": store}
            total = sum(amount for _, _, amount in lines)
            connection.execute(sa.insert(tickets).values(**key, CUST_NO=cust_no, SUB_TOT=total))
            for place, (item, quantity, amount) in enumerate(lines, 1):
                kind = "S" if quantity > 0 else "R"
                row = {**key, "LIN_SEQ_NO": place, "LIN_TYP": kind, "ITEM_NO": item}
                connection.execute(sa.insert(table).values(**row, QTY_SOLD=quantity, EXT_PRC=amount))


@contextmanager
def counted(pos: Counterpoint | Database) -> Iterator[list[str]]:
    """The statements that are sent to the database while the block runs."""
    sent: list[str] = []

    def listener(*given: Any) -> None:
        sent.append(given[2])

    sa.event.listen(pos.engine, "before_cursor_execute", listener)
    try:
        yield sent
    finally:
        sa.event.remove(pos.engine, "before_cursor_execute", listener)


@contextmanager
def store(url: str, **settings: Any) -> Iterator[Store]:
    """A store without a row."""
    make_tables(url)
    made = Store(url, **settings)
    with made.counterpoint.engine.begin() as connection:
        names = ", ".join(f'"{name}"' for name in METADATA.tables)
        connection.execute(sa.text(f"TRUNCATE {names}"))
    try:
        yield made
    finally:
        made.counterpoint.close()
