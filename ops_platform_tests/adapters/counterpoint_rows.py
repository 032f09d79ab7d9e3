"""A small Counterpoint database for tests: rows by keyword, with the defaults a till would write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ops_platform.adapters.counterpoint import Counterpoint, make_tables
from ops_platform.adapters.counterpoint_tables import METADATA
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
