"""Invented stores for property tests: items bound and unbound, on the web and not, mapped well and badly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from ops_platform_tests.retail.store import (
    TODAY,
    catalogue,
    items,
    own,
    product_map,
    receivings,
    row,
    sales,
    stock,
)

NUMBERS = [f"{10000 + place}" for place in range(8)]
BINDINGS = ["B0001", "B0002"]
PRODUCTS = list(range(1, 13))
UNSEEN = "OLD"
"""A number that was sold and is no longer an item."""

amounts = st.integers(-300, 3000).map(lambda cents: f"{cents / 10:.2f}")
units = st.sampled_from(["-2", "-0.5", "0", "0.5", "1", "1.5", "3", "40"])
item_rows = st.fixed_dictionaries(
    {
        "binding_id": st.sampled_from([None, None, *BINDINGS]),
        "is_parent": st.sampled_from([False, False, True]),
        "is_web_item": st.sampled_from([True, True, True, False]),
        "is_web_visible": st.sampled_from([True, True, None, False]),
        "item_type": st.sampled_from(["I", "I", "I", "N", "S"]),
        "status": st.sampled_from(["A", "A", "V"]),
        "category": st.sampled_from(["POTTERY", "TREES", None]),
        "price": st.sampled_from([None, "14.94", "14.95", "30"]),
        "stock_buffer": st.sampled_from([None, "2", "5"]),
        "always_online": st.sampled_from([None, "N", "Y"]),
        "featured": st.sampled_from([None, "N", "Y"]),
        "sort_order": st.sampled_from([None, "-3", "0"]),
    }
)
product_rows = st.fixed_dictionaries(
    {
        "sku": st.sampled_from([None, *NUMBERS, *BINDINGS]),
        "total_sold": st.integers(0, 4),
        "related_products": st.sampled_from([[], [-1], [1, 2], [3]]),
        "sort_order": st.integers(-4, 1),
        "is_featured": st.booleans(),
        "is_visible": st.sampled_from([True, True, False]),
    }
)


@st.composite
def stores(draw: st.DrawFn) -> dict[str, pd.DataFrame]:
    """All that the automations may ask for, of a small store."""
    sold_numbers = st.sampled_from([*NUMBERS, UNSEEN])
    sold = st.dictionaries(sold_numbers, st.tuples(units, amounts), max_size=9)
    products = draw(st.lists(st.sampled_from(PRODUCTS), unique=True))
    rows: list[dict[str, Any]] = [row(product_id, **draw(product_rows)) for product_id in products]
    keys = st.sampled_from([*NUMBERS, *BINDINGS, UNSEEN])
    mapped = draw(st.lists(st.tuples(keys, st.sampled_from(PRODUCTS)), max_size=14, unique=True))
    days = st.integers(0, 20).map(lambda ago: TODAY - timedelta(days=ago))
    numbers = st.sampled_from(NUMBERS)
    return {
        "items": items(*(row(number, **draw(item_rows)) for number in draw(st.lists(numbers, unique=True)))),
        "stock": stock(draw(st.dictionaries(numbers, st.sampled_from(["-1", "0.5", "3", "9"])))),
        "sales": sales(draw(sold)),
        "recent_sales": sales(draw(sold)),
        "receivings": receivings(draw(st.dictionaries(numbers, days))),
        "product_map": product_map(mapped),
        "catalogue": catalogue(*rows),
        "own_bigcommerce": own(draw(st.dictionaries(st.sampled_from([str(p) for p in PRODUCTS]), st.booleans()))),
        "own_counterpoint": own(draw(st.dictionaries(numbers, st.sampled_from(["Y", "N"])))),
    }
