"""Frames of a store for tests: the columns of retail/snapshots.py, one ordinary row unless told otherwise.

inputs = {
    "items": items("A", row("B", price="19.95", category="POTTERY")),
    "stock": stock({"A": 5, "B": 0}),
    "sales": sales({"A": (3, "30.00")}),
    "catalogue": catalogue(row(101, sku="A"), row(102, sku="B", is_visible=False)),
    "product_map": product_map({"A": 101, "B": 102}),
}
after = applied(inputs, plan.changes)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.retail import snapshots
from ops_platform.retail.automation import Automation, Inputs, Plan
from ops_platform.settings_retail import RetailSettings

ZONE = ZoneInfo("America/New_York")
AS_OF = datetime(2026, 5, 14, 4, 0, tzinfo=ZONE)
"""A Thursday in the season, before the store opens."""
TODAY = AS_OF.date()

ITEM: dict[str, Any] = {
    "descr": None,
    "long_descr": None,
    "web_title": None,
    "category": "PERENNIAL",
    "status": "A",
    "item_type": "I",
    "tracks_stock": True,
    "vendor": None,
    "price": Decimal("19.95"),
    "regular_price": None,
    "is_web_item": True,
    "is_web_visible": True,
    "is_parent": False,
    "binding_id": None,
    "variant_name": None,
    "brand": None,
    "stock_buffer": None,
    "always_online": "N",
    "featured": "N",
    "sort_order": None,
    "last_maintained": datetime(2026, 1, 2, 3, 4),  # noqa: DTZ001 -- the point of sale keeps local time without a zone
}
PRODUCT: dict[str, Any] = {
    "sku": None,
    "total_sold": 0,
    "related_products": (),
    "sort_order": 0,
    "is_featured": False,
    "is_visible": True,
}


def row(key: str | int, **differences: Any) -> dict[str, Any]:
    """A row of `items` (its key an item number) or `catalogue` (a product id) that is not the ordinary one."""
    return {"": key, **differences}


def items(*rows: str | Mapping[str, Any]) -> pd.DataFrame:
    """Items: by number an active web item at 19.95; by `row` with differences. Amounts may be text or int."""
    made = []
    for given in rows:
        item = _with_key("item_no", given)
        item = {**ITEM, "descr": f"Item {item['item_no']}", **item}
        made.append({**item, **{name: _amount(item[name]) for name in ("price", "regular_price", "stock_buffer")}})
    return _frame(made, snapshots.ITEMS)


def bound(binding_id: str, *rows: str | Mapping[str, Any], parent: str | None) -> list[dict[str, Any]]:
    """Rows for `items` that are the children of one bound product, and its parent row unless that is None."""
    made = [{**_with_key("", given), "binding_id": binding_id} for given in rows]
    return [*([row(parent, binding_id=binding_id, is_parent=True)] if parent else []), *made]


def stock(available: Mapping[str, Any], on_order: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Stock by item number; an item that is not named has no row."""
    return _frame(
        [
            {"item_no": item_no, "available": _amount(count), "on_order": _amount((on_order or {}).get(item_no, 0))}
            for item_no, count in available.items()
        ],
        snapshots.STOCK,
    )


def sales(sold: Mapping[str, tuple[Any, Any]]) -> pd.DataFrame:
    """Net sales by item number: units and revenue."""
    return _frame(
        [
            {"item_no": item_no, "units": _amount(units), "revenue": _amount(revenue)}
            for item_no, (units, revenue) in sold.items()
        ],
        snapshots.SALES,
    )


def receivings(received: Mapping[str, date]) -> pd.DataFrame:
    """The newest receiving day by item number."""
    return _frame([{"item_no": item_no, "received_on": day} for item_no, day in received.items()], snapshots.RECEIVINGS)


def open_documents(*item_nos: str) -> pd.DataFrame:
    """Items on open orders and holds."""
    return _frame([{"item_no": item_no} for item_no in item_nos], snapshots.OPEN_DOCUMENTS)


def catalogue(*rows: int | Mapping[str, Any]) -> pd.DataFrame:
    """Products of the web shop: by id a visible one that was never sold; by `row` with differences."""
    made = []
    for given in rows:
        product = _with_key("product_id", given)
        product = {**PRODUCT, "name": f"Product {product['product_id']}", **product}
        made.append({**product, "related_products": list(product["related_products"])})
    return _frame(made, snapshots.CATALOGUE)


def product_map(products: Mapping[str, int] | list[tuple[str, int]]) -> pd.DataFrame:
    """Which product an item number or binding id is; pairs in a list for a key that stands twice."""
    pairs = products.items() if isinstance(products, Mapping) else products
    return _frame([{"key": key, "product_id": product_id} for key, product_id in pairs], snapshots.PRODUCT_MAP)


def own(values: Mapping[str, Any], applied_at: datetime = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)) -> pd.DataFrame:
    """What an automation wrote last, by key."""
    return _frame(
        [{"key": key, "value": value, "applied_at": applied_at} for key, value in values.items()], snapshots.OWN
    )


def published(
    *files: tuple[str, int, str], published_at: datetime = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)
) -> pd.DataFrame:
    """Files published before: name, rows, sha256."""
    return _frame(
        [{"name": name, "rows": rows, "sha256": sha, "published_at": published_at} for name, rows, sha in files],
        snapshots.PUBLISHED,
    )


def selling(
    *rows: Any,
    sold: dict[str, Any],
    left: dict[str, Any] | None = None,
    mapped: dict[str, int] | None = None,
    products: list[Any] | None = None,
) -> dict[str, pd.DataFrame]:
    """Items sold for so much, 5 left of each unless `left` says otherwise; product ids 1, 2, ... in their order."""
    frame = items(*(rows or sold))
    mapped = mapped or {number: place for place, number in enumerate(frame["item_no"], start=1)}
    return {
        "items": frame,
        "stock": stock({**dict.fromkeys(frame["item_no"], 5), **(left or {})}),
        "sales": sales({number: (1, revenue) for number, revenue in sold.items()}),
        "product_map": product_map(mapped),
        "catalogue": catalogue(*(sorted(set(mapped.values())) if products is None else products)),
    }


def applied(inputs: Inputs, changes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The inputs as they would be read after every change was written."""
    after = dict(inputs)
    for target, name in (("counterpoint", "items"), ("bigcommerce", "catalogue")):
        if name in after:
            after[name] = _written(after[name], changes[changes["target"] == target])
    return after


def shuffled(inputs: Inputs, seed: int) -> dict[str, pd.DataFrame]:
    """The inputs with the rows of every frame in another order."""
    return {name: frame.sample(frac=1, random_state=seed).reset_index(drop=True) for name, frame in inputs.items()}


def planned(automation: Automation, inputs: Inputs, as_of: datetime = AS_OF, **sections: Any) -> Plan:
    """The plan of an automation; `sections` are settings by section: sort_order={"days": 30}."""
    settings = RetailSettings.model_validate(sections)
    missing = set(automation.needs(settings, as_of)) - set(inputs)
    assert not missing, f"the test gives no {missing}"
    return automation.plan(inputs, settings, as_of)


def wanted(plan: Plan, target: str | None = None) -> dict[str, Any]:
    """The new values of a plan by key, of one target where two are written to."""
    changes = plan.changes if target is None else plan.changes[plan.changes["target"] == target]
    assert changes["key"].is_unique
    return dict(zip(changes["key"], changes["new"], strict=True))


def reasons(plan: Plan) -> dict[str, str]:
    """The reasons of a plan by key."""
    return dict(zip(plan.changes["key"], plan.changes["reason"], strict=True))


def noted(plan: Plan) -> set[tuple[str, str]]:
    """Code and key of a plan's notes."""
    return set(zip(plan.notes["code"], plan.notes["key"], strict=True))


def same_plan(one: Plan, other: Plan) -> bool:
    """Whether two plans are the same in everything, the order of their rows included."""
    frames = [(plan.changes, plan.notes, plan.effects) for plan in (one, other)]
    plain = [replace(plan, changes=None, notes=None, effects=None) for plan in (one, other)]  # type: ignore[arg-type]
    return plain[0] == plain[1] and all(a.equals(b) for a, b in zip(*frames, strict=True))


def _written(frame: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    places = {str(key): place for place, key in enumerate(frame.iloc[:, 0])}
    for change in changes.itertuples():
        place, column = places[change.key], frame.columns.get_loc(change.field)
        assert frame.iat[place, column] == change.old, "planned on another value than the one read"
        frame.iat[place, column] = change.new
    return frame


def _with_key(name: str, given: str | int | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        return {name: given}
    return {name: given[""], **{column: value for column, value in given.items() if column}}


def _amount(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _frame(rows: list[dict[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    unknown = {name for made in rows for name in made} - set(columns)
    assert not unknown, f"no such column: {unknown}"
    return pd.DataFrame(rows, columns=list(columns), dtype=object)
