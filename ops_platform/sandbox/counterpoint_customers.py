"""Where the stand-in of Counterpoint's API keeps its customers: in memory, or in the stand-in of its database.

With the database a customer made through the API is one that SQL sees, as at a real till. Rules of the API are in
counterpoint_api.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Protocol

import sqlalchemy as sa

from ops_platform.adapters.counterpoint_tables import AR_CUST

Customer = Mapping[str, Any]
_STAMP: Final = "RS_UTC_DT"


class StoreError(Exception):
    """The customers cannot be kept or read just now; the API answers as a real one would: 500, ERROR_UNKNOWN."""


class CustomerStore(Protocol):
    """Customers by number, as the API writes them: RS_UTC_DT is text, in UTC. Errors: StoreError."""

    def get(self, number: str) -> Customer | None:
        """A customer, None when there is none."""
        ...

    def put(self, customer: Customer) -> None:
        """Make a customer, or give one other values."""
        ...

    def all(self) -> list[Customer]:
        """Every customer, by number."""
        ...


class InMemory:
    """Customers that are gone with the process."""

    def __init__(self, customers: Iterable[Customer] = ()) -> None:
        self._lock = threading.Lock()
        self._customers = {str(each["CUST_NO"]): dict(each) for each in customers}

    def get(self, number: str) -> Customer | None:
        """A customer, None when there is none."""
        with self._lock:
            return self._customers.get(number)

    def put(self, customer: Customer) -> None:
        """Make a customer, or give one other values."""
        with self._lock:
            self._customers[str(customer["CUST_NO"])] = dict(customer)

    def all(self) -> list[Customer]:
        """Every customer, by number."""
        with self._lock:
            return [self._customers[number] for number in sorted(self._customers)]


class InDatabase:
    """Customers of AR_CUST, as long as the stand-in of the database runs, else in memory.

    where: the URL of that stand-in, asked at each use, for it comes and goes; None while it does not run. A URL of
    anything but PostgreSQL is never written to. Errors: StoreError.
    """

    def __init__(self, where: Callable[[], str | None]) -> None:
        self._where = where
        self._memory = InMemory()
        self._opened: dict[sa.URL, sa.Engine] = {}

    def get(self, number: str) -> Customer | None:
        """A customer, None when there is none."""
        with self._open() as connection:
            if connection is None:
                return self._memory.get(number)
            row = connection.execute(sa.select(AR_CUST).where(_is(number))).mappings().first()
        return None if row is None else _shown(row)

    def put(self, customer: Customer) -> None:
        """Make a customer, or give one other values."""
        values = {name: value for name, value in customer.items() if name in AR_CUST.c}
        values[_STAMP] = datetime.fromisoformat(customer[_STAMP]).replace(tzinfo=None)
        with self._open() as connection:
            if connection is None:
                self._memory.put(customer)
            elif not connection.execute(sa.update(AR_CUST).where(_is(customer["CUST_NO"])).values(values)).rowcount:
                connection.execute(sa.insert(AR_CUST).values(values))

    def all(self) -> list[Customer]:
        """Every customer, by number."""
        with self._open() as connection:
            if connection is None:
                return self._memory.all()
            rows = connection.execute(sa.select(AR_CUST).order_by(AR_CUST.c.CUST_NO)).mappings().all()
        return [_shown(row) for row in rows]

    @contextmanager
    def _open(self) -> Iterator[sa.Connection | None]:
        url = self._where()
        if url is None:
            yield None
            return
        parsed = sa.make_url(url)
        if not parsed.drivername.startswith("postgresql"):
            raise StoreError("the sandbox only ever writes to the stand-in on PostgreSQL")
        try:
            with self._engine(parsed).begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise StoreError(type(error).__name__) from None

    def _engine(self, url: sa.URL) -> sa.Engine:
        """The engine of this URL; another one when the server came back elsewhere."""
        if url not in self._opened:
            for engine in self._opened.values():
                engine.dispose()
            made = sa.create_engine(url.set(drivername="postgresql+psycopg"), pool_size=1, pool_pre_ping=True)
            self._opened = {url: made}
        return self._opened[url]


def stamp(moment: datetime) -> str:
    """A moment as the API writes it: UTC, seven digits of a second as .NET has them."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0"


def _is(number: str) -> sa.ColumnElement[bool]:
    column = AR_CUST.c.CUST_NO
    return column == number


def _shown(row: sa.RowMapping) -> dict[str, Any]:
    """A row as JSON has it; what is empty is left out."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, datetime):
            found[name] = stamp(value.replace(tzinfo=UTC))
        elif value is not None:
            found[name] = float(value) if isinstance(value, Decimal) else value
    return found
