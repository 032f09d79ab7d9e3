"""The data contracts of the restaurant tables: orders, their lines, their add-ons. Imported by checks only.

The tables' constraints hold most of it one by one; a contract says it for people, and also what no constraint can: a
link and its method come together, a total is there for every order, nothing of a day is there twice.
"""

from __future__ import annotations

import pandas as pd
from dagster_pandas import PandasColumn
from dagster_pandas.constraints import InRangeColumnConstraint

from ops_platform.defs.contracts import Contract, EachRow, present_column, text_column

METHODS = frozenset({"exact", "fuzzy", "manual"})
RUPEES = 99_999_999.99  # numeric(10,2)


def _money(name: str, *, below_zero: bool = False) -> PandasColumn:
    return PandasColumn.float_column(name, min_value=-RUPEES if below_zero else 0.0, max_value=RUPEES)


def _whole(name: str, least: int = 1) -> PandasColumn:
    return PandasColumn.integer_column(name, min_value=least, non_nullable=True)


def _methods_are_known(frame: pd.DataFrame) -> pd.Series:
    return frame["match_method"].isna() | frame["match_method"].isin(METHODS)


_LINKS = [
    EachRow("a method is exact, fuzzy or manual", _methods_are_known),
    EachRow(
        "a link says how it was found, and without a link there is no method",
        lambda frame: frame["menu_item_id"].isna() == frame["match_method"].isna(),
    ),
    EachRow(
        "a link has a confidence",
        lambda frame: frame["menu_item_id"].isna() | frame["match_confidence"].notna(),
    ),
    EachRow(
        "a size belongs to an item",
        lambda frame: frame["variant_id"].isna() | frame["menu_item_id"].notna(),
    ),
]
_CONFIDENCE = PandasColumn("match_confidence", [InRangeColumnConstraint(0.0, 100.0, ignore_missing_vals=True)])

ORDERS = Contract(
    "Orders",
    [
        _whole("order_id"),
        _whole("restaurant_id"),
        _whole("petpooja_order_id", least=0),
        present_column("business_date"),
        present_column("created_on"),
        text_column("order_status"),
        _money("core_total", below_zero=True),
        _money("tax_total", below_zero=True),
        _money("discount_total", below_zero=True),
        _money("total", below_zero=True),
    ],
    [
        EachRow(
            "one row an order: restaurant, business date and PetPooja's number",
            lambda frame: ~frame.duplicated(["restaurant_id", "business_date", "petpooja_order_id"], keep=False),
        ),
        EachRow(
            "one row an event of the stream",
            lambda frame: frame["stream_id"].isna() | ~frame.duplicated(["stream_id"], keep=False),
        ),
    ],
    ("order_id", "restaurant_id", "petpooja_order_id"),
)

ITEMS = Contract(
    "OrderItems",
    [
        _whole("order_item_id"),
        _whole("order_id"),
        text_column("name_raw"),
        _whole("quantity"),
        _money("unit_price"),
        _money("total_price"),
        _CONFIDENCE,
    ],
    [EachRow("one row a line", lambda frame: ~frame.duplicated(["order_item_id"], keep=False)), *_LINKS],
    ("order_item_id", "order_id", "quantity"),
)

ADDONS = Contract(
    "OrderItemAddons",
    [
        _whole("order_item_addon_id"),
        _whole("order_item_id"),
        text_column("name_raw"),
        _whole("quantity"),
        _money("price"),
        _CONFIDENCE,
    ],
    [EachRow("one row an add-on", lambda frame: ~frame.duplicated(["order_item_addon_id"], keep=False)), *_LINKS],
    ("order_item_addon_id", "order_item_id", "quantity"),
)
