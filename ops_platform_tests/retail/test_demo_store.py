"""The demo store: the same days in every demo, amounts to the cent, facts that are true, nobody's personal data."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.adapters.counterpoint_tables import METADATA
from ops_platform.retail.demo_catalogue import BRANDS, CATEGORIES, RACK, product_names
from ops_platform.retail.demo_item_flaws import FLAWS, plant_flaws
from ops_platform.retail.demo_items import LEAST, draw_items
from ops_platform.retail.demo_payments import PAY_CODES, UNKNOWN
from ops_platform.retail.demo_shop import FLAWS as SHOP_FLAWS
from ops_platform.retail.demo_store import DemoStore, demo_settings, demo_store
from ops_platform.sandbox.bigcommerce_state import BigcommerceSandbox
from ops_platform.settings_retail import RetailSettings

TODAY = date(2026, 11, 20)
SINCE = date(2026, 8, 20)
SMALL: dict[str, Any] = {"items": 400, "customers": 600, "scale": 0.3}
HISTORY = ("PS_TKT_HIST", "PS_TKT_HIST_LIN", "PS_TKT_HIST_PMT", "SY_GFC", "PO_RECVR_HIST_LIN")


@pytest.fixture(scope="module")
def store() -> DemoStore:
    return demo_store(as_of=TODAY, since=SINCE, **SMALL)


@pytest.fixture(scope="module")
def large() -> DemoStore:
    """Two years of a store in which everything rare happens, too."""
    return demo_store(as_of=TODAY, years=2)


def digest(store: DemoStore) -> str:
    texts = [frame.to_csv(index=False) for _, frame in sorted(store.tables.items())]
    return hashlib.sha256("".join([*texts, repr(store.products), repr(store.facts)]).encode()).hexdigest()


# -- the same in every demo


def test_another_process_with_another_hash_seed_makes_the_same_store(store: DemoStore) -> None:
    code = (
        "from ops_platform_tests.retail.test_demo_store import *;"
        "print(digest(demo_store(as_of=TODAY, since=SINCE, **SMALL)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == digest(store)


def test_tomorrow_only_adds_tickets_receivings_and_customers(store: DemoStore) -> None:
    later = demo_store(as_of=TODAY + timedelta(days=3), since=SINCE, **SMALL)
    for name in HISTORY:
        before, after = store.tables[name], later.tables[name]
        assert after.head(len(before)).equals(before), name
        assert len(after) > len(before) or name == "SY_GFC"
    for name in ("IM_ITEM", "IM_INV", "IM_PRC", "CPI_BC_PRODUCTS", "CPI_BC_PROD", "SY_USR"):
        assert later.tables[name].equals(store.tables[name]), name
    fixed = [name for name in store.tables["AR_CUST"] if not re.match("LST_SAL|LST_MAINT_DT", name)]
    known = later.tables["AR_CUST"].head(len(store.tables["AR_CUST"]))
    assert known[fixed].equals(store.tables["AR_CUST"][fixed])


@settings(max_examples=5, deadline=None)
@given(days=st.integers(1, 80))
def test_a_later_first_day_only_leaves_out_the_beginning(store: DemoStore, days: int) -> None:
    since = SINCE + timedelta(days=days)
    part = demo_store(as_of=TODAY, since=since, **SMALL)
    for name, day in zip(HISTORY, ("BUS_DAT", "BUS_DAT", "BUS_DAT", "ORIG_DAT", "RECVR_DAT"), strict=True):
        whole = store.tables[name]
        kept = whole[whole[day] >= pd.Timestamp(since)].reset_index(drop=True)
        assert part.tables[name].equals(kept), name


def test_another_seed_makes_another_store(store: DemoStore) -> None:
    other = demo_store(as_of=TODAY, since=SINCE, seed=7, **SMALL)
    assert not other.tables["IM_ITEM"].equals(store.tables["IM_ITEM"])
    assert not other.tables["PS_TKT_HIST"].equals(store.tables["PS_TKT_HIST"])


# -- what fits the point of sale


def test_every_value_fits_its_column_and_every_key_is_there_once(large: DemoStore) -> None:
    for name, frame in large.tables.items():
        table = METADATA.tables[name]
        assert set(frame.columns) <= set(table.c.keys()), name
        keys = [column.name for column in table.primary_key if column.name in frame]
        assert not frame.duplicated(keys).any(), name
        for column in frame.columns:
            width = getattr(table.c[column].type, "length", None)
            if width:
                assert frame[column].dropna().str.len().max() <= width, f"{name}.{column}"
            if not table.c[column].nullable:
                assert frame[column].notna().all(), f"{name}.{column}"


def test_lines_make_tickets_and_payments_pay_them_to_the_cent(large: DemoStore) -> None:
    tickets = large.tables["PS_TKT_HIST"].set_index("DOC_ID")
    lines, payments = large.tables["PS_TKT_HIST_LIN"], large.tables["PS_TKT_HIST_PMT"]
    sums = {kind: of.groupby("DOC_ID")["EXT_PRC"].sum() for kind, of in lines.groupby("LIN_TYP")}
    sold = sums["S"].reindex(tickets.index, fill_value=Decimal(0))
    returned = -sums["R"].reindex(tickets.index, fill_value=Decimal(0))
    assert (tickets["SAL_LIN_TOT"] == sold).all()
    assert (tickets["RET_LIN_TOT"] == returned).all()
    assert (tickets["SUB_TOT"] == sold - returned).all()
    assert (tickets["TOT"] == tickets["SUB_TOT"] + tickets["TAX_AMT"]).all()
    paid = payments.groupby("DOC_ID")["AMT"].sum().reindex(tickets.index, fill_value=Decimal(0))
    assert (tickets["TOT"] == paid).all()
    assert (payments["AMT"] != 0).all()
    assert set(payments["PAY_COD"]) == {*PAY_CODES, UNKNOWN}
    cards = lines[lines["DESCR"].str.startswith("Gift Card", na=False) & (lines["LIN_TYP"] == "S")]
    assert large.tables["SY_GFC"]["ORIG_AMT"].sum() == cards["EXT_PRC"].sum() > 0


def test_the_sign_of_returned_lines_is_a_choice_and_nothing_else_changes(store: DemoStore) -> None:
    other = demo_store(as_of=TODAY, since=SINCE, return_sign=1, **SMALL)
    ours, theirs = store.tables["PS_TKT_HIST_LIN"], other.tables["PS_TKT_HIST_LIN"]
    signed = ["QTY_SOLD", "EXT_PRC", "EXT_COST", "GROSS_EXT_PRC"]
    back = ours["LIN_TYP"] == "R"
    assert back.any()
    assert (ours.loc[back, signed] < 0).all(axis=None)
    assert theirs.loc[back, signed].equals(-ours.loc[back, signed])
    assert theirs.drop(columns=signed).equals(ours.drop(columns=signed))
    assert theirs[~back].equals(ours[~back])
    assert other.tables["PS_TKT_HIST"].equals(store.tables["PS_TKT_HIST"])


def test_a_refund_brings_back_lines_of_its_ticket_with_the_price_that_was_paid(large: DemoStore) -> None:
    tickets, lines = large.tables["PS_TKT_HIST"], large.tables["PS_TKT_HIST_LIN"]
    day = dict(zip(tickets["TKT_NO"], tickets["BUS_DAT"], strict=True))
    refunds = [name for name in day if re.fullmatch(r".-\d{9}R\d", name)]
    assert len(refunds) == large.facts.tickets["refunds"]
    assert {name[-2:] for name in refunds} == {"R1", "R2"}
    found = [name for name in refunds if name[:-2] in day]
    assert len(found) > 0.9 * len(refunds)
    assert all(day[name] > day[name[:-2]] for name in found)
    sold = lines[lines["LIN_TYP"] == "S"]
    of_ticket = set(zip(sold["TKT_NO"], sold["ITEM_NO"].str.strip(), sold["PRC"], sold["EXT_PRC"], strict=True))
    back = lines[lines["TKT_NO"].isin(found)]
    original = back["TKT_NO"].str[:-2]
    assert set(zip(original, back["ITEM_NO"].str.strip(), back["PRC"], -back["EXT_PRC"], strict=True)) <= of_ticket


def test_some_tickets_only_look_like_refunds(large: DemoStore) -> None:
    numbers = set(large.tables["PS_TKT_HIST"]["TKT_NO"])
    fairs = {name for name in numbers if name.startswith("FAIR")}
    assert fairs
    assert all(name.endswith("R1") and name[:-2] not in numbers for name in fairs)


def test_the_store_is_closed_on_sundays_at_christmas_and_new_year(large: DemoStore) -> None:
    days = large.tables["PS_TKT_HIST"]["BUS_DAT"]
    assert set(days.dt.weekday) == set(range(6))
    assert not {(12, 25), (1, 1)} & set(zip(days.dt.month, days.dt.day, strict=True))
    written = large.tables["PS_TKT_HIST"]["TKT_DT"]
    assert (written.dt.normalize() == days).all()


def test_annuals_sell_in_spring_and_christmas_goods_before_christmas(large: DemoStore) -> None:
    lines = large.tables["PS_TKT_HIST_LIN"]
    sold = lines[lines["LIN_TYP"] == "S"]
    months = sold.groupby([sold["CATEG_COD"], sold["BUS_DAT"].dt.month]).size().unstack(fill_value=0)
    assert months.loc["ANNUAL"].idxmax() in (4, 5)
    assert months.loc["CHRISTMAS", 12] > 20 * max(months.loc["CHRISTMAS", 6], 1)
    assert set(months.index) == {category.code for category in CATEGORIES}


# -- the facts are true


def test_the_facts_about_items_are_what_the_tables_say(large: DemoStore) -> None:
    items = large.tables["IM_ITEM"]
    stock = large.tables["IM_INV"]
    by_item = (stock["QTY_ON_HND"] - stock["QTY_COMMIT"]).groupby(stock["ITEM_NO"])
    available = items["ITEM_NO"].map(by_item.sum())
    text = items["LONG_DESCR"].fillna("")
    active, tracked = items["STAT"] == "A", items["TRK_INV"] == "Y"
    parent, bound = items["IS_ADM_TKT"] == "Y", items["USR_PROF_ALPHA_16"].notna()
    labels = sum(text.str.contains(label, regex=False).astype(int) for label in BRANDS)
    no_brand = items["PROF_COD_1"].isna()
    in_rack = text.str.contains(RACK)
    on_web = items["IS_ECOMM_ITEM"] == "Y"
    found = {
        "sold_out": active & (available == 0) & ~in_rack,
        "negative_stock": active & (available < 0),
        "fraction_left": active & (available == Decimal("0.5")),
        "rack_sold_out": in_rack & (available == 0),
        "split_stock": (available >= 1) & (items["ITEM_NO"].map(by_item.min()) < 0),
        "no_stock_row": active & tracked & ~parent & available.isna(),
        "inactive_with_stock": (items["STAT"] == "V") & (available > 0),
        "no_price": items["PRC_1"].isna(),
        "no_regular_price": items["REG_PRC"].isna(),
        "no_description": items["LONG_DESCR"].isna() & items["DESCR"].notna(),
        "no_text": items["LONG_DESCR"].isna() & items["DESCR"].isna(),
        "brand_in_text": no_brand & (labels == 1),
        "two_brands_in_text": no_brand & (labels == 2),
        "no_brand": no_brand & (labels == 0),
        "lower_case": items["CATEG_COD"] != items["CATEG_COD"].str.upper(),
        "formula": text.str.match(r"[=+@-]"),
        "excluded": items["ADDL_DESCR_1"] == "EXCLUDE",
        "web_hidden": items["USR_CPC_IS_ENABLED"] == "N",
        "no_mark": items["USR_ALWAYS_ONLINE"].isna() & items["USR_CPC_IS_ENABLED"].isna() & on_web,
    }
    assert {name: int(rows.sum()) for name, rows in found.items()} == {
        name: count for name, count in large.facts.items.items() if name in FLAWS
    }
    parents = parent.groupby(items["USR_PROF_ALPHA_16"]).sum()
    assert (parents == 0).sum() == large.facts.items["binding_without_parent"] == 1
    assert (parents == 2).sum() == large.facts.items["binding_with_two_parents"] == 1
    sizes = (~parent[bound]).groupby(items["USR_PROF_ALPHA_16"]).sum()
    assert sizes.min() >= 1
    assert sizes.max() == 5


def test_every_flaw_is_put_into_some_item_of_a_store_of_the_usual_size(large: DemoStore) -> None:
    assert all(large.facts.items.get(name) for name in FLAWS)
    assert all(large.facts.shop.get(name) for name in SHOP_FLAWS)


def test_the_facts_about_customers_are_what_the_table_says(large: DemoStore) -> None:
    people = large.tables["AR_CUST"].iloc[1:]  # the first is CASH
    trade = people["CATEG_COD"] == "WHOLESALE"
    balance = people["TOT_LOY_PTS_EARND"] - people["TOT_LOY_PTS_RDM"] + people["TOT_LOY_PTS_ADJ"]
    phone, email = people["PHONE_1"].fillna(""), people["EMAIL_ADRS_1"].fillna("")
    found = {
        "placeholder_name": (people["FST_NAM"] == "Change") & (people["LST_NAM"] == "Name"),
        "no_first_name": people["FST_NAM"].isna() & ~trade,
        "phone_in_brackets": phone.str.startswith("("),
        "phone_without_area": phone.str.len() == 8,
        "landline": people["PHONE_1"].isna() & people["MBL_PHONE_1"].notna(),
        "household_phone": phone == "828-555-0144",
        "email_invalid": (email != "") & ~email.str.contains("@"),
        "email_shared": email == "family@example.com",
        "birth_month_13": people["PROF_COD_2"] == "13",
        "negative_points": people["LOY_PTS_BAL"] < 0,
        "unbalanced_points": people["LOY_PTS_BAL"] != balance,
        "wholesale_in_loyalty": trade & people["LOY_PGM_COD"].notna(),
    }
    counted = {name: int(rows.sum()) for name, rows in found.items()}
    facts = large.facts.customers
    # One of the invented phones is the household's by right.
    counted["household_phone"] = min(counted["household_phone"], facts["household_phone"])
    assert counted == {name: facts[name] for name in found}
    assert people["LST_SAL_DAT"].ge(people["FST_SAL_DAT"]).all()


def test_the_facts_about_tickets_are_what_the_tables_say(large: DemoStore) -> None:
    tickets, lines = large.tables["PS_TKT_HIST"], large.tables["PS_TKT_HIST_LIN"]
    facts = large.facts.tickets
    assert (len(tickets), len(lines)) == (facts["tickets"], facts["lines"])
    assert facts["returned_lines"] == (lines["LIN_TYP"] == "R").sum()
    assert facts["ordered_lines"] == (lines["LIN_TYP"] == "O").sum()
    known = lines["ITEM_NO"].str.strip().isin(large.tables["IM_ITEM"]["ITEM_NO"])
    assert facts["without_item"] == (~known).sum() > 0
    assert facts["no_customer"] == tickets["CUST_NO"].isna().sum() > 0
    assert 0.5 < (tickets["CUST_NO"] == "CASH").mean() < 0.7
    assert set(tickets["CUST_NO"].dropna()) <= set(large.tables["AR_CUST"]["CUST_NO"])
    assert lines["ITEM_NO"].str.endswith(" ").any()


def test_the_last_sale_of_a_customer_is_in_the_history(large: DemoStore) -> None:
    tickets = large.tables["PS_TKT_HIST"]
    sales = tickets[~tickets["TKT_NO"].str.fullmatch(r".-\d{9}R\d")]
    last = sales.groupby("CUST_NO")[["BUS_DAT", "SUB_TOT"]].last().drop(index="CASH")
    people = large.tables["AR_CUST"].set_index("CUST_NO").loc[last.index]
    assert (people["LST_SAL_DAT"].astype("datetime64[s]") == last["BUS_DAT"]).all()
    assert (people["LST_SAL_AMT"] == last["SUB_TOT"]).all()


def test_some_customers_joined_in_the_last_week(large: DemoStore) -> None:
    people = large.tables["AR_CUST"]
    week = people[people["FST_SAL_DAT"] >= pd.Timestamp(TODAY - timedelta(days=7))]
    assert len(week)
    assert week["CUST_NO"].str.startswith("OL-").all()


def test_some_items_came_in_lately_and_some_of_those_were_never_sold(large: DemoStore) -> None:
    received = large.tables["PO_RECVR_HIST_LIN"]
    lately = set(received.loc[received["RECVR_DAT"] >= pd.Timestamp(TODAY - timedelta(days=14)), "ITEM_NO"])
    sold = set(large.tables["PS_TKT_HIST_LIN"]["ITEM_NO"].str.strip())
    assert len(lately) > 20
    assert lately - sold


# -- the web shop


def test_the_web_shop_of_the_sandbox_takes_the_products(large: DemoStore) -> None:
    shop = BigcommerceSandbox(large.products)
    assert len(shop.records("products")) == len(large.products)
    names = [product["name"] for product in large.products]
    assert len(set(names)) == len(names), "the shop takes a name once"


def test_the_facts_about_the_web_shop_are_what_it_says(large: DemoStore) -> None:
    items, products = large.tables["IM_ITEM"], {product["id"]: product for product in large.products}
    maps = large.tables["CPI_BC_PRODUCTS"]
    web = items[items["IS_ECOMM_ITEM"] == "Y"]
    keys = set(web["USR_PROF_ALPHA_16"].fillna(web["ITEM_NO"]))
    mapped = dict(zip(maps["ITEM_NO"], maps["PRODUCT_ID"], strict=True))
    by_sku = {product["sku"]: product for product in products.values()}
    facts = large.facts.shop
    assert set(mapped) <= keys
    assert facts["found_by_sku"] == len((keys - set(mapped)) & set(by_sku))
    assert facts["not_in_shop"] == len(keys - set(mapped) - set(by_sku))
    assert facts["deleted_in_shop"] == len(set(mapped.values()) - set(products))
    assert facts["only_in_shop"] == len(set(by_sku) - keys)
    assert facts["featured_by_hand"] == sum(product["is_featured"] for product in products.values()) == 1
    told = {sku: product["total_sold"] for sku, product in by_sku.items() if sku in keys}
    units = _units(large)
    key_of = dict(zip(items["ITEM_NO"], items["USR_PROF_ALPHA_16"].fillna(items["ITEM_NO"]), strict=True))
    sums: dict[str, Decimal] = {}
    for number, count in units.items():
        if number in key_of:
            sums[key_of[number]] = sums.get(key_of[number], Decimal(0)) + count
    wanted = {sku: max(int(np.floor(sums.get(sku, Decimal(0)) + Decimal("0.5"))), 0) for sku in told}
    assert facts["total_sold_outdated"] == sum(told[sku] != wanted[sku] for sku in told)
    assert facts["total_sold_outdated"] < 0.5 * len(told), "a first run must not look like broken data"


def _units(store: DemoStore) -> dict[str, Decimal]:
    lines = store.tables["PS_TKT_HIST_LIN"]
    sign = lines["LIN_TYP"].map({"S": 1, "R": -1, "O": 0})
    return (lines["QTY_SOLD"].abs() * sign).groupby(lines["ITEM_NO"].str.strip()).sum().to_dict()


def test_the_settings_of_the_store_are_valid() -> None:
    rules = RetailSettings.model_validate(demo_settings())
    assert max(len(brand) for brand in rules.brands.keywords.values()) <= 10


# -- invented people, sane arguments


def test_every_phone_and_every_address_belongs_to_nobody(large: DemoStore) -> None:
    people = large.tables["AR_CUST"]
    phones = pd.concat([people["PHONE_1"], people["MBL_PHONE_1"]]).dropna()
    assert phones.str.contains(r"555-01\d\d$").all()
    emails = people["EMAIL_ADRS_1"].dropna().str.strip().str.lower()
    assert emails[emails.str.contains("@")].str.contains(r"@example\.(?:com|org|net)$").all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": 10},
        {"items": 1_000_000},
        {"years": 9},
        {"since": TODAY + timedelta(days=1)},
        {"return_sign": 0},
        {"scale": 0},
        {"customers": 1},
    ],
)
def test_arguments_that_make_no_store_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"asked|has"):
        demo_store(as_of=TODAY, **{**SMALL, **wrong})


def test_more_names_than_there_are_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer items"):
        product_names(CATEGORIES[0], 10_000, np.random.default_rng(1))


@settings(max_examples=25, deadline=None)
@given(count=st.integers(LEAST, 600), seed=st.integers(0, 2**32))
def test_any_seed_gives_the_number_of_items_asked_for_with_every_category(count: int, seed: int) -> None:
    items = draw_items(count, np.random.default_rng(seed))
    plant_flaws(items, np.random.default_rng(seed))
    assert len({item.item_no for item in items}) == len(items) == count
    assert {item.category.code for item in items} == {category.code for category in CATEGORIES}


def test_a_store_that_opens_today_has_no_history_yet() -> None:
    made = demo_store(as_of=TODAY, since=TODAY, **SMALL)
    assert [len(made.tables[name]) for name in HISTORY] == [0] * len(HISTORY)
    assert len(made.tables["IM_ITEM"]) == SMALL["items"]
