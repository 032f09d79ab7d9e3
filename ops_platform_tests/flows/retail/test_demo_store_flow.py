"""The demo store in a database: loaded whole, read as automations read it, gone on with, never over real data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from threading import Thread

import pandas as pd
import pytest
import sqlalchemy as sa

from ops_platform.adapters.counterpoint import Counterpoint
from ops_platform.adapters.counterpoint_tables import METADATA
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.flows.retail.demo_store import DemoStoreError, LoadedStore, StoreArgs, load_demo_store
from ops_platform.retail.demo_store import demo_store
from ops_platform.settings_retail import CounterpointSettings

TODAY = date(2026, 11, 20)
ARGS = StoreArgs(items=300, customers=300, years=1, scale=0.05)


@pytest.fixture
def url(pg_server: EmbeddedPostgres) -> Iterator[str]:
    made = pg_server.create_database("counterpoint_demo")
    yield made
    pg_server.drop_database("counterpoint_demo")


@pytest.fixture
def counterpoint(url: str) -> Iterator[Counterpoint]:
    made = Counterpoint(CounterpointSettings(), url)
    yield made
    made.close()


def counts(counterpoint: Counterpoint) -> dict[str, int]:
    with counterpoint.engine.connect() as connection:
        return {
            name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in METADATA.tables.items()
        }


def table(counterpoint: Counterpoint, name: str) -> pd.DataFrame:
    found = METADATA.tables[name]
    with counterpoint.engine.connect() as connection:
        rows = connection.execute(sa.select(found).order_by(*found.primary_key.columns)).all()
    return pd.DataFrame(list(map(tuple, rows)), columns=list(found.c.keys()), dtype=object)


def test_a_loaded_store_is_read_as_it_was_made(url: str, counterpoint: Counterpoint) -> None:
    loaded = load_demo_store(url, as_of=TODAY, args=ARGS)
    assert counts(counterpoint) == dict(loaded.added)
    assert loaded.products
    assert loaded.facts
    assert counterpoint.missing_columns() == []
    items, stock = counterpoint.items(), counterpoint.stock()
    assert len(items) == ARGS.items
    assert (stock["available"] < 0).sum() == loaded.facts.items["negative_stock"]
    assert items["price"].isna().sum() == loaded.facts.items["no_price"]
    made = demo_store(as_of=TODAY, items=300, customers=300, years=1, scale=0.05)
    lines = made.tables["PS_TKT_HIST_LIN"]
    sign = lines["LIN_TYP"].map({"S": 1, "R": -1, "O": 0})
    net = (lines["EXT_PRC"].abs() * sign).groupby(lines["ITEM_NO"].str.strip()).sum()
    sales = counterpoint.sales().set_index("item_no")["revenue"]
    assert sales.sort_index().tolist() == net.sort_index().tolist()
    assert not counterpoint.receivings(TODAY - timedelta(days=14)).empty
    assert not counterpoint.open_documents().empty
    first = loaded.since
    assert first == date(2025, 11, 20)


def test_loading_again_changes_nothing(url: str, counterpoint: Counterpoint) -> None:
    load_demo_store(url, as_of=TODAY, args=ARGS)
    before = {name: table(counterpoint, name) for name in METADATA.tables}
    assert load_demo_store(url, as_of=TODAY, args=ARGS) == LoadedStore()
    assert all(table(counterpoint, name).equals(before[name]) for name in METADATA.tables)


def test_a_store_that_goes_on_is_the_one_that_would_be_loaded_later(url: str, counterpoint: Counterpoint) -> None:
    first = load_demo_store(url, as_of=TODAY, args=ARGS)
    with counterpoint.engine.begin() as connection:
        items = METADATA.tables["IM_ITEM"]
        connection.execute(sa.update(items).values(STAT="V", PRC_1=Decimal(1)))
    later = TODAY + timedelta(days=20)
    more = load_demo_store(url, as_of=later, args=ARGS)
    assert more.since == TODAY
    assert more.products is None
    whole = demo_store(as_of=later, since=first.since, items=300, customers=300, scale=0.05)
    there = counts(counterpoint)
    assert there == {name: len(rows) for name, rows in whole.tables.items()}
    assert set(table(counterpoint, "IM_ITEM")["STAT"]) == {"V"}, "what was changed since stays"
    stored = table(counterpoint, "AR_CUST").set_index("CUST_NO")[["FST_SAL_DAT", "LST_SAL_DAT", "LST_SAL_AMT"]]
    wanted = whole.tables["AR_CUST"].set_index("CUST_NO").loc[stored.index, stored.columns]
    for name in stored:
        assert stored[name].tolist() == wanted[name].tolist(), name
    documents = set(table(counterpoint, "PS_DOC_HDR")["DOC_ID"])
    assert documents == set(whole.tables["PS_DOC_HDR"]["DOC_ID"])


def test_a_database_with_other_items_is_left_alone(url: str, counterpoint: Counterpoint) -> None:
    load_demo_store(url, as_of=TODAY, args=ARGS)
    before = counts(counterpoint)
    with pytest.raises(DemoStoreError, match="300 items that are not those of the demo store"):
        load_demo_store(url, as_of=TODAY + timedelta(days=9), args=replace(ARGS, seed=7))
    assert counts(counterpoint) == before


def test_a_store_of_somebody_without_tickets_is_left_alone(url: str, counterpoint: Counterpoint) -> None:
    METADATA.create_all(counterpoint.engine)
    with counterpoint.engine.begin() as connection:
        connection.execute(sa.insert(METADATA.tables["IM_ITEM"]).values(ITEM_NO="REAL"))
    with pytest.raises(DemoStoreError, match="nothing was written"):
        load_demo_store(url, as_of=TODAY, args=ARGS)
    assert sum(counts(counterpoint).values()) == 1


def test_a_database_that_is_no_stand_in_is_never_opened() -> None:
    with pytest.raises(DemoStoreError, match="only loaded into the stand-in"):
        load_demo_store("mssql+pymssql://sa@till.example/SHOP", as_of=TODAY, args=ARGS)


def test_two_at_once_load_it_once(url: str, counterpoint: Counterpoint) -> None:
    METADATA.create_all(counterpoint.engine)
    loaded: list[LoadedStore] = []
    threads = [Thread(target=lambda: loaded.append(load_demo_store(url, as_of=TODAY, args=ARGS))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bool(store.added) for store in loaded) == [False, True]
