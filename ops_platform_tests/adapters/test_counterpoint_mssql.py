"""Every statement for Counterpoint as SQL Server gets it, read by a parser that is not ours; no server is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import sqlglot
from sqlalchemy.dialects import mssql

from ops_platform.adapters import counterpoint_writes
from ops_platform.adapters.counterpoint import Counterpoint
from ops_platform.adapters.counterpoint_tables import METADATA
from ops_platform.settings_retail import CounterpointSettings

CANARY = "O'Hare; DROP TABLE IM_ITEM"


def dialect() -> Any:
    made = mssql.dialect()
    made.server_version_info = (16,)  # without it dates and paging are compiled as for SQL Server 2005
    made._setup_version_attributes()
    return made


class Recorded(Counterpoint):
    """A Counterpoint whose statements are kept instead of sent."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(CounterpointSettings(**settings), "postgresql://nobody@127.0.0.1:1/none")
        self.statements: list[sa.ClauseElement] = []

    @contextmanager
    def _connection(self) -> Iterator[Any]:  # type: ignore[override]
        yield self

    def execute(self, statement: sa.ClauseElement) -> Any:
        self.statements.append(statement)
        return self

    def all(self) -> list[Any]:
        return []


READS: dict[str, Callable[[Recorded], Any]] = {
    "items": lambda c: c.items(),
    "stock": lambda c: c.stock(),
    "all sales": lambda c: c.sales(),
    "sales of a window": lambda c: c.sales(date(2025, 11, 1), date(2025, 12, 15), [CANARY, "WEB"]),
    "receivings": lambda c: c.receivings(date(2026, 11, 1)),
    "open documents": lambda c: c.open_documents(),
    "product map": lambda c: c.product_map(),
}


def in_tsql(statement: sa.ClauseElement) -> tuple[str, dict[str, Any]]:
    compiled = statement.compile(dialect=dialect(), compile_kwargs={"render_postcompile": True})
    return str(compiled), dict(compiled.params)


@pytest.mark.parametrize("name", READS)
def test_every_read_is_t_sql_with_bound_values(name: str) -> None:
    recorded = Recorded(locations=(CANARY, "WEB"))
    READS[name](recorded)
    assert recorded.statements
    for statement in recorded.statements:
        text, parameters = in_tsql(statement)
        [parsed] = sqlglot.parse(text, read="tsql")
        assert isinstance(parsed, sqlglot.exp.Select)
        assert CANARY not in text
        if CANARY in str(parameters):
            assert ":" in text or "%(" in text or "?" in text


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("status", "A", "V"),
        ("brand", None, "ACME"),
        ("brand", "O'HARE", "ACME"),
        ("stock_buffer", None, Decimal(3)),
        ("stock_buffer", Decimal(5), Decimal(0)),
        ("always_online", "N", "Y"),
        ("sort_order", "-5", None),
    ],
)
def test_every_write_is_t_sql_with_bound_values_and_its_old_value_in_the_condition(
    field: str, old: Any, new: Any
) -> None:
    pos = Recorded()
    change = counterpoint_writes._wanted(pos, {"key": CANARY, "field": field, "old": old, "new": new})
    text, parameters = in_tsql(
        counterpoint_writes._update(METADATA.tables["IM_ITEM"], CANARY, [change], "OPS", datetime(2026, 11, 21))  # noqa: DTZ001
    )
    [parsed] = sqlglot.parse(text, read="tsql")
    assert isinstance(parsed, sqlglot.exp.Update)
    condition = parsed.args["where"].sql(dialect="tsql")
    assert "ITEM_NO" in condition
    assert pos.columns[field] in condition
    assert CANARY not in text
    assert CANARY in parameters.values()
    assert "QTY_AVAIL" not in text


def test_every_table_can_be_made_on_sql_server() -> None:
    for table in METADATA.sorted_tables:
        text = str(sa.schema.CreateTable(table).compile(dialect=dialect()))
        assert sqlglot.parse(text, read="tsql")
