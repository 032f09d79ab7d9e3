"""The demo's items as the tables of the point of sale: stock, prices, barcodes, web categories with them.

Belongs here: which field of an item stands in which column. Not here: items themselves (demo_items). Money and stock
are Decimal, text is object, days are datetime64; computed columns are left out, and columns of no row, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pandas as pd

from ops_platform.retail.demo_catalogue import CATEGORIES
from ops_platform.retail.demo_items import DemoItem

EPOCH: Final = date(2020, 1, 1)
"""Nothing in a demo store is older, but for its first customers."""

_FIRST_BARCODE: Final = 2_000_000_000_000  # GS1 keeps numbers that begin with 2 for use inside a shop


def item_tables(items: Sequence[DemoItem]) -> dict[str, pd.DataFrame]:
    """IM_ITEM, IM_INV, IM_PRC, IM_BARCOD, IM_CATEG_COD, EC_CATEG, EC_CATEG_ITEM, EC_ITEM_DESCR."""
    on_web = [item for item in items if item.on_web]
    heads = [item for item in on_web if item.is_parent or item.binding_id is None]
    return {
        "IM_ITEM": frame(_item(item) for item in items),
        "IM_INV": frame(row for item in items for row in _stock(item)),
        "IM_PRC": frame(_prices(item) for item in items if item.price is not None),
        "IM_BARCOD": frame(
            {"ITEM_NO": item.item_no, "SEQ_NO": 1, "BARCOD": str(_FIRST_BARCODE + place), "BARCOD_ID": "EAN13"}
            for place, item in enumerate(items)
            if item.tracks_stock and not item.is_parent
        ),
        "IM_CATEG_COD": frame({"CATEG_COD": each.code, "DESCR": each.title} for each in CATEGORIES),
        "EC_CATEG": frame({"CATEG_ID": each.code, "DESCR": each.title, "PARENT_ID": "0"} for each in CATEGORIES),
        "EC_CATEG_ITEM": frame(
            {"CATEG_ID": item.category.code, "ITEM_NO": item.item_no, "ENTRY_SEQ_NO": place}
            for place, item in enumerate(heads)
            if item.flaw != "excluded"
        ),
        "EC_ITEM_DESCR": frame(_web_text(item, place) for place, item in enumerate(heads)),
    }


def frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows, all of the same keys, as a frame whose columns are of type object; None stays None."""
    made = list(rows)
    names = list(made[0]) if made else []
    # A row that lacks a key or has one more would be written without a word: KeyError, and the width below.
    columns = {name: pd.Series([row[name] for row in made], dtype=object) for name in names}
    assert all(len(row) == len(names) for row in made)
    return pd.DataFrame(columns)


def cents(amount: int | None) -> Decimal | None:
    """Cents, or hundredths of a piece, as a Decimal of two places."""
    return None if amount is None else Decimal(amount).scaleb(-2)


def _item(item: DemoItem) -> dict[str, Any]:
    maintained = datetime(EPOCH.year, EPOCH.month, EPOCH.day, 7, 30) + timedelta(days=item.maintained_day)  # noqa: DTZ001  # the point of sale keeps local time
    return {
        "ITEM_NO": item.item_no,
        "DESCR": item.descr,
        "SHORT_DESCR": item.descr[:15] if item.descr else None,
        "LONG_DESCR": item.long_descr,
        "ADDL_DESCR_1": item.title,
        "ITEM_TYP": "I" if item.tracks_stock else "N",
        "TRK_INV": "Y" if item.tracks_stock else "N",
        "CATEG_COD": item.code,
        "STAT": item.status,
        "ITEM_VEND_NO": item.vendor,
        "PRC_1": cents(item.price),
        "REG_PRC": cents(item.regular),
        "LST_COST": cents(item.cost),
        "IS_ECOMM_ITEM": "Y" if item.on_web else "N",
        "ECOMM_NEW": item.featured,
        "IS_ADM_TKT": "Y" if item.is_parent else "N",
        "PROF_COD_1": item.brand,
        "PROF_NO_1": None if item.buffer is None else Decimal(item.buffer),
        "USR_CPC_IS_ENABLED": item.web_visible,
        "USR_ALWAYS_ONLINE": item.always_online,
        "USR_PROF_ALPHA_16": item.binding_id,
        "USR_PROF_ALPHA_17": item.size if item.binding_id and not item.is_parent else None,
        "USR_PROF_ALPHA_27": item.sort_order,
        "LST_MAINT_DT": maintained,
        "LST_MAINT_USR_ID": "SETUP",
        "RS_UTC_DT": maintained + timedelta(hours=5),
    }


def _stock(item: DemoItem) -> Iterable[dict[str, Any]]:
    for place, (location, available) in enumerate(item.available.items()):
        committed = 0 if place else item.committed
        yield {
            "ITEM_NO": item.item_no,
            "LOC_ID": location,
            "QTY_ON_HND": cents(available + committed),
            "QTY_COMMIT": cents(committed),
            "QTY_ON_PO": cents(0 if place else item.on_order),
            "LST_COST": cents(item.cost),
        }


def _prices(item: DemoItem) -> dict[str, Any]:
    on_sale = item.price is not None and item.product % 20 == 3  # one product in twenty is reduced
    return {
        "ITEM_NO": item.item_no,
        "LOC_ID": "*",
        "PRC_1": cents(item.price),
        "PRC_2": cents((item.price or 0) * 4 // 5) if on_sale else None,
        "REG_PRC": cents(item.regular),
    }


def _web_text(item: DemoItem, place: int) -> dict[str, Any]:
    """The shop's description; every twentieth is too short to be of use."""
    short = f"<p>{item.name}</p>"
    long = f"<p>{item.name} from our own yard, looked after by people who like it. {item.category.title}.</p>"
    return {"ITEM_NO": item.item_no, "HTML_DESCR": long if place % 20 else short}
