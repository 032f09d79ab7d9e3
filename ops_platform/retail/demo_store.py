"""The demo store "Willet & Moss": a seasonal garden centre's point of sale and web shop, made from a seed and a day.

Belongs here: what a caller asks for, and the facts a run can be checked against. Not here: how its parts come to be
(the other demo_* modules). No clock, environment or file is read. docs/demo_data.md says what is in it.

A day's tickets are drawn from the seed and its own date alone: a demo that goes on tomorrow is today's with one more
day of tickets, receivings and new customers; items and the web shop stay what they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from ops_platform.retail.demo_catalogue import BRANDS, BUFFERS, COMPANY_BRAND, RACK
from ops_platform.retail.demo_customers import Sales, customer_numbers, demo_customers
from ops_platform.retail.demo_days import LONGEST_TO_REFUND, NOBODY, Drawer, days_between, people_until
from ops_platform.retail.demo_documents import document_tables, receiving_table
from ops_platform.retail.demo_item_flaws import plant_flaws
from ops_platform.retail.demo_item_tables import EPOCH, frame, item_tables
from ops_platform.retail.demo_items import DemoItem, draw_items, shelf_of
from ops_platform.retail.demo_payments import pay_code_table, payment_table
from ops_platform.retail.demo_shop import Shop
from ops_platform.retail.demo_tickets import ORDER, REPS, RETURN, SALE, Book, make_book, ticket_tables
from ops_platform.retail.windows import years_before

NAME: Final = "Willet & Moss"
WEBSITE: Final = "https://willet-moss.example"
SEED: Final = 2026
_ITEMS, _FLAWS, _SHOP = 1, 2, 3
_WARM_UP: Final = LONGEST_TO_REFUND + 10  # days before the first whose tickets may come back in the history


@dataclass(frozen=True)
class DemoFacts:
    """What is in a demo store on purpose, by name -> how many.

    items: demo_item_flaws.FLAWS, and two bindings with a wrong number of parent rows. customers: dirt of AR_CUST. shop:
    demo_shop.FLAWS. tickets: tickets, lines, payments, refunds (tickets R1 and R2), returned_lines, ordered_lines,
    without_item (lines of numbers that IM_ITEM does not know), no_customer (tickets).
    """

    items: dict[str, int]
    customers: dict[str, int]
    shop: dict[str, int]
    tickets: dict[str, int]


@dataclass(frozen=True)
class DemoStore:
    """A store on a day, before it opens: tickets are of the days from `since` to the day before `as_of`.

    tables: by name, with the columns that hold something; money and quantities are Decimal, text and None objects, days
    and times datetime64 or datetime without a zone. products: of the web shop, as its API writes them.
    """

    as_of: date
    since: date
    tables: dict[str, pd.DataFrame]
    products: list[dict[str, Any]]
    facts: DemoFacts


def demo_store(
    *,
    as_of: date,
    items: int = 800,
    customers: int = 5_000,
    years: int = 3,
    since: date | None = None,
    scale: float = 1.0,
    return_sign: int = -1,
    seed: int = SEED,
) -> DemoStore:
    """A store with so many items and about so many customers. scale 1 is about 70 tickets a day.

    since: the first day of the history instead of the one `years` before; the same days are the same tickets, whatever
    else is asked for. return_sign: how quantities and amounts of returned lines are written, -1 or 1.
    ValueError: a history before EPOCH, items or scale out of range, another sign.
    """
    first = years_before(as_of, years) if since is None else since
    if not EPOCH + timedelta(days=_WARM_UP) <= first <= as_of:
        raise ValueError(f"a demo store's history begins after {EPOCH} and before {as_of}; asked: from {first}")
    if return_sign not in (-1, 1) or not 0 < scale <= 100 or customers < 100:
        raise ValueError("a demo store has return_sign -1 or 1, scale over 0 up to 100, at least 100 customers")
    stocked = draw_items(items, np.random.default_rng([seed, _ITEMS]))
    flaws = plant_flaws(stocked, np.random.default_rng([seed, _FLAWS]))
    shelf, people = shelf_of(stocked), people_until(as_of, customers=customers, seed=seed)
    drawer = Drawer(shelf, people, scale=scale, seed=seed)
    days = [drawer.draw(day) for day in days_between(first - timedelta(days=_WARM_UP), as_of)]
    book = make_book(days, shelf, people.trade, since=first, until=as_of)
    numbers = customer_numbers(people, people.known + people.before(as_of))
    ar_cust, dirt = demo_customers(people, as_of, _sales(book), seed=seed)
    shop = Shop(stocked, _net_units(book, stocked), np.random.default_rng([seed, _SHOP]))
    tables = {
        **item_tables(stocked),
        **shop.maps(),
        "AR_CUST": ar_cust,
        **ticket_tables(book, stocked, numbers, return_sign),
        "PS_TKT_HIST_PMT": payment_table(book),
        "PO_RECVR_HIST_LIN": receiving_table(stocked, since=first, until=as_of, seed=seed),
        **document_tables(stocked, numbers[people.trade : people.known].tolist(), until=as_of, seed=seed),
        "SY_PAY_COD": pay_code_table(),
        "SY_USR": frame({"USR_ID": name, "NAM": name.title(), "IS_SLS_REP": "Y"} for name in REPS),
    }
    facts = DemoFacts(dict(flaws), dict(dirt), dict(shop.planted), _ticket_facts(book, len(tables["PS_TKT_HIST_PMT"])))
    return DemoStore(as_of, first, tables, shop.records, facts)


def demo_settings() -> dict[str, Any]:
    """What this store would set (the section `retail`): brands by their labels, buffers, the supplier's rack."""
    return {
        "brands": {"keywords": dict(BRANDS), "company_brand": COMPANY_BRAND},
        "stock_buffer": {"vendors": dict(BUFFERS)},
        "inactive_products": {"exclude_description": [RACK]},
        "lead_followup": {"recipients": ["design@willet-moss.example"]},
        "stock_notifications": {"shop_url": WEBSITE},
        # So that a small store has some, too.
        "refunded_customers": {"lookback_days": 90},
    }


def _net_units(book: Book, items: list[DemoItem]) -> np.ndarray:
    """Sold less returned by place of the item, in hundredths."""
    lines = book.lines
    sign = np.select([lines["kind"] == SALE, lines["kind"] == RETURN], [1, -1], 0)
    known = lines["item"] >= 0
    sums = np.bincount(lines["item"][known], (sign * lines["quantity"])[known], len(items))
    return np.rint(sums).astype(np.int64)


def _sales(book: Book) -> Sales:
    """When each customer bought; what was brought back later does not change it, as in the point of sale."""
    tickets = book.tickets
    bought = np.flatnonzero((tickets["customer"] >= 0) & (tickets["refund_of"] == 0))
    who, net = tickets["customer"][bought].tolist(), book.net[bought].tolist()
    days = tickets["day"][bought].tolist()
    first: dict[int, date] = {}
    last: dict[int, tuple[date, int]] = {}
    for customer, day, amount in zip(who, days, net, strict=True):
        bought_on = date.fromordinal(day)
        first.setdefault(customer, bought_on)
        last[customer] = (bought_on, amount)
    return Sales(first, last)


def _ticket_facts(book: Book, payments: int) -> dict[str, int]:
    tickets, kind = book.tickets, book.lines["kind"]
    return {
        "tickets": len(tickets["day"]),
        "lines": len(kind),
        "payments": payments,
        "refunds": int((tickets["refund_of"] > 0).sum()),
        "returned_lines": int((kind == RETURN).sum()),
        "ordered_lines": int((kind == ORDER).sum()),
        "without_item": int((book.lines["item"] < 0).sum()),
        "no_customer": int((tickets["customer"] == NOBODY).sum()),
    }
