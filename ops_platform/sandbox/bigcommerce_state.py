"""What BigCommerce's stand-in knows: products, variants, brands, coupons, promotions and codes, each a table by id.

What belongs here: keeping records, and writing them to a folder so that a sandbox that is started again goes on. What
does not: what a request may do with them (bigcommerce_products.py, _coupons.py, _promotions.py).
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

from ops_platform.adapters.files import write_whole
from ops_platform.adapters.sandbox_address import BIGCOMMERCE_STORE, SANDBOX_KEY
from ops_platform.core.names import slugify
from ops_platform.sandbox.service import Summary, json_answer

TABLES: Final = ("products", "variants", "brands", "coupons", "promotions", "codes")
_SHOWN_COUPONS: Final = 4
_SHOWN: Final = 8
_PRODUCT: Final[Mapping[str, Any]] = {
    "type": "physical", "sku": "", "description": "", "weight": 1, "price": 0, "sale_price": 0, "categories": [],
    "brand_id": 0, "inventory_level": 0, "inventory_tracking": "none", "is_visible": True, "is_featured": False,
    "related_products": [-1], "sort_order": 0, "total_sold": 0, "availability": "available",
    "availability_description": "",
}  # fmt: skip
_COUPON: Final[Mapping[str, Any]] = {
    "type": "per_total_discount", "amount": "0.0000", "min_purchase": "0.0000", "expires": "", "enabled": True,
    "applies_to": {"entity": "categories", "ids": [0]}, "num_uses": 0, "max_uses": 0, "max_uses_per_customer": 0,
    "restricted_to": {}, "shipping_methods": None,
}  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC)


def _own_page(product: Mapping[str, Any]) -> dict[str, Any]:
    """The page the store makes for a product by its name."""
    return {"url": f"/{slugify(str(product['name'])).replace('_', '-')}/", "is_customized": False}


class BigcommerceSandbox:
    """The state. products, brands, coupons: records as the API writes them; what is left out has the API's default.

    folder: where the tables are kept, one JSON file each; a table that is there already is taken instead of the
    records given. quota: requests a window. clock: what now is.
    Raises ValueError for a product without a name or a coupon without a code, OSError for an unreadable folder.
    """

    def __init__(
        self,
        products: Iterable[Mapping[str, Any]] = (),
        *,
        brands: Iterable[Mapping[str, Any]] = (),
        coupons: Iterable[Mapping[str, Any]] = (),
        folder: Path | None = None,
        token: str = SANDBOX_KEY,
        store: str = BIGCOMMERCE_STORE,
        quota: int = 450,
        window: timedelta = timedelta(seconds=30),
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.token, self.store, self.quota, self.window, self.clock = token, store, quota, window, clock
        self.lock = threading.RLock()
        self.refused: dict[int, str] = {}
        """Products whose every change is refused -> why: in a batch as its part of a 207, alone as a 422."""
        self._folder = folder
        self._dirty: set[str] = set()
        kept = {name: self._kept(name) for name in TABLES}
        self.tables: dict[str, dict[int, dict[str, Any]]] = {name: kept[name] or {} for name in TABLES}
        for product in self.tables["products"].values():
            product.setdefault("custom_url", _own_page(product))  # kept by an earlier version
        self._last = {name: max(table, default=0) for name, table in self.tables.items()}
        if kept["brands"] is None:
            self.add_brands(*brands)
        if kept["products"] is None:
            self.add_products(*products)
        if kept["coupons"] is None:
            self.add_coupons(*coupons)

    def add_products(self, *records: Mapping[str, Any]) -> list[int]:
        """Put products into the store and give each one variant; return their ids. Raises ValueError."""
        with self.lock:
            for record in records:
                if not record.get("name"):
                    raise ValueError(f"a product has a name: {record!r}")
            whole = ({**copy.deepcopy(dict(_PRODUCT)), "custom_url": _own_page(each), **each} for each in records)
            ids = [self.put("products", each) for each in whole]
            for number in ids:
                product = self.tables["products"][number]
                fields = {name: product[name] for name in ("sku", "price", "inventory_level")}
                product["base_variant_id"] = self.put("variants", {"product_id": number, **fields})
            self.flush()
            return ids

    def add_brands(self, *records: Mapping[str, Any]) -> list[int]:
        """Put brands into the store; return their ids."""
        with self.lock:
            ids = [self.put("brands", {"page_title": "", **record}) for record in records]
            self.flush()
            return ids

    def add_coupons(self, *records: Mapping[str, Any]) -> list[int]:
        """Put coupons into the store; return their ids. Raises ValueError."""
        made = self.clock().strftime("%a, %d %b %Y %H:%M:%S +0000")
        with self.lock:
            for record in records:
                if not record.get("code") or not record.get("name"):
                    raise ValueError(f"a coupon has a code and a name: {record!r}")
            whole = ({**copy.deepcopy(dict(_COUPON)), "date_created": made, **record} for record in records)
            ids = [self.put("coupons", each) for each in whole]
            self.flush()
            return ids

    def put(self, table: str, record: Mapping[str, Any]) -> int:
        """Keep a record under its `id`, a new one when it has none; return it. `flush` writes it to the folder."""
        number = int(record.get("id") or self._last[table] + 1)
        stamped = {"date_modified": self.clock().isoformat()} if table in {"products", "promotions"} else {}
        self.tables[table][number] = {**record, "id": number, **stamped}
        self._last[table] = max(self._last[table], number)
        self._dirty.add(table)
        return number

    def drop(self, table: str, number: int) -> bool:
        """Take a record out; False when there is none."""
        self._dirty.add(table)
        return self.tables[table].pop(number, None) is not None

    def records(self, table: str) -> list[dict[str, Any]]:
        """Copies of a table's records by id."""
        with self.lock:
            return [copy.deepcopy(self.tables[table][number]) for number in sorted(self.tables[table])]

    def product(self, number: int) -> dict[str, Any]:
        """A copy of one product. Raises KeyError."""
        with self.lock:
            return copy.deepcopy(self.tables["products"][number])

    def flush(self) -> None:
        """Write the tables that changed to the folder, if there is one; each file is the old one or the new one."""
        dirty, self._dirty = self._dirty, set()
        if self._folder is None:
            return
        for name in sorted(dirty):
            write_whole(self._folder / f"{name}.json", bytes(json_answer(list(self.tables[name].values())).body))

    def _kept(self, table: str) -> dict[int, dict[str, Any]] | None:
        """A table as it lies in the folder; None when it does not."""
        if self._folder is None or not (self._folder / f"{table}.json").is_file():
            return None
        text = (self._folder / f"{table}.json").read_text(encoding="utf-8")
        return {record["id"]: record for record in json.loads(text, parse_float=Decimal)}

    def summary(self) -> Summary:
        """For the index page: counts, and the coupons and products that came or changed last."""
        with self.lock:
            products, coupons = self.tables["products"].values(), self.tables["coupons"].values()
            facts: dict[str, str | int] = {name: len(self.tables[name]) for name in TABLES if name != "variants"}
            facts["featured"] = sum(bool(product["is_featured"]) for product in products)
            changed = sorted(products, key=lambda each: (each["date_modified"], each["id"]), reverse=True)[:_SHOWN]
            newest = sorted(coupons, key=lambda each: each["id"], reverse=True)[:_SHOWN_COUPONS]
            rows = [*map(_coupon_row, newest), *map(_product_row, changed)]
        columns = ("what", "name", "is now", "changed, UTC")
        return Summary(facts, columns, rows)


def _product_row(product: Mapping[str, Any]) -> list[str]:
    featured = ", featured" if product["is_featured"] else ""
    state = f"{product['total_sold']:,} sold, place {product['sort_order']}{featured}"
    changed = datetime.fromisoformat(str(product["date_modified"]))
    return [f"product {product['id']}", str(product["name"]), state, f"{changed:%m-%d %H:%M}"]


def _coupon_row(coupon: Mapping[str, Any]) -> list[str]:
    """Without its code, which belongs to who got it by mail."""
    amount = str(coupon["amount"]).removesuffix("0000").removesuffix(".")
    state = f"{amount} off, until {_moment(coupon['expires'], '%Y-%m-%d') if coupon.get('expires') else 'for ever'}"
    return [f"coupon {coupon['id']}", str(coupon["name"]), state, _moment(coupon["date_created"], "%m-%d %H:%M")]


def _moment(text: str, form: str) -> str:
    """A date as V2 writes it, in another form; what is none stays as it is."""
    try:
        return f"{parsedate_to_datetime(text):{form}}"
    except (TypeError, ValueError):
        return str(text)
