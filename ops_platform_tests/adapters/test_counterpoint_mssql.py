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

from ops_platform.adapters import counterpoint_reports as reports
from ops_platform.adapters import counterpoint_writes
from ops_platform.adapters.counterpoint import Counterpoint
from ops_platform.adapters.counterpoint_change import wanted_change
from ops_platform.adapters.counterpoint_customers import (
    _tickets_of,
    customers,
    customers_like,
    refunded_tickets,
)
from ops_platform.adapters.counterpoint_tables import METADATA
from ops_platform.settings_retail import CounterpointSettings

WEEK = (date(2026, 11, 8), date(2026, 11, 14))
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
    "customers": customers,
    "customers like a lead": lambda c: customers_like(c, email=CANARY.lower(), phone="8285551234"),
    "customers with a refund": lambda c: refunded_tickets(c, date(2026, 11, 1), [CANARY]),
    "tickets of customers": lambda c: c.frame(_tickets_of([CANARY, "1001"]), []),
    "web descriptions": lambda c: c.web_descriptions(),
    "first day": reports.history_start,
    "daily sales": lambda c: reports.daily_sales(c, *WEEK),
    "sales by rep": lambda c: reports.rep_sales(c, *WEEK),
    "sales by customer": lambda c: reports.customer_sales(c, *WEEK, [CANARY, "WHOLESALE"]),
    "sales by category": lambda c: reports.category_sales(c, *WEEK),
    "payments": lambda c: reports.payments(c, *WEEK),
    "ticket totals": lambda c: reports.ticket_totals(c, *WEEK),
    "deposits": lambda c: reports.deposits(c, *WEEK),
    "gift cards": lambda c: reports.gift_cards(c, *WEEK),
    "web categories": reports.web_categories,
}


def in_tsql(statement: sa.ClauseElement) -> tuple[str, dict[str, Any]]:
    compiled = statement.compile(dialect=dialect(), compile_kwargs={"render_postcompile": True})
    return str(compiled), dict(compiled.params)


@pytest.mark.parametrize("name", READS)
def test_every_read_is_t_sql_with_bound_values(name: str) -> None:
    recorded = Recorded(locations=(CANARY, "WEB"), walk_in_customers=(CANARY,))
    READS[name](recorded)
    assert recorded.statements
    for statement in recorded.statements:
        text, parameters = in_tsql(statement)
        [parsed] = sqlglot.parse(text, read="tsql")
        assert isinstance(parsed, sqlglot.exp.Select | sqlglot.exp.Union)
        assert CANARY not in text
        if CANARY in str(parameters):
            assert ":" in text or "%(" in text or "?" in text


@pytest.mark.parametrize(
    ("table", "field", "old", "new"),
    [
        ("items", "status", "A", "V"),
        ("items", "brand", None, "ACME"),
        ("items", "brand", "O'HARE", "ACME"),
        ("items", "stock_buffer", None, Decimal(3)),
        ("items", "stock_buffer", Decimal(5), Decimal(0)),
        ("items", "always_online", "N", "Y"),
        ("items", "sort_order", "-5", None),
        ("customers", "contact_1", None, CANARY),
        ("customers", "points", Decimal(-15), Decimal(0)),
        ("customers", "last_sale", date(2026, 5, 20), date(2026, 5, 1)),
        ("customers", "last_sale", "2026-05-20", None),
        ("customers", "first_sale", None, "2026-05-20"),
    ],
)
def test_every_write_is_t_sql_with_bound_values_and_its_old_value_in_the_condition(
    table: str, field: str, old: Any, new: Any
) -> None:
    pos = Recorded()
    fields = pos.item_fields if table == "items" else pos.customer_fields
    change = wanted_change(fields, {"key": CANARY, "field": field, "old": old, "new": new})
    place = counterpoint_writes._Place(fields, "OPS", datetime(2026, 11, 21))  # noqa: DTZ001
    text, parameters = in_tsql(counterpoint_writes._update(place, CANARY, [change]))
    [parsed] = sqlglot.parse(text, read="tsql")
    assert isinstance(parsed, sqlglot.exp.Update)
    condition = parsed.args["where"].sql(dialect="tsql")
    assert fields.key in condition
    assert fields.columns[field] in condition
    assert CANARY not in text
    assert CANARY in parameters.values()
    assert "QTY_AVAIL" not in text


def test_every_table_can_be_made_on_sql_server() -> None:
    for table in METADATA.sorted_tables:
        text = str(sa.schema.CreateTable(table).compile(dialect=dialect()))
        assert sqlglot.parse(text, read="tsql")
