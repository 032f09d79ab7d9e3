"""Reading BigCommerce's catalogue: whole, or not at all.

What belongs here: pages of V3 put together, and products as the columns of snapshots.CATALOGUE. A page that is short,
comes twice or counts otherwise than the first makes the reading begin anew: half a catalogue would look like products
that were deleted.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from ops_platform.adapters.bigcommerce_api import Api, BigCommerceError, Reply

PRODUCTS: Final = "v3/catalog/products"
LARGEST_PAGE: Final = 250
_FIELDS: Final = (
    "sku", "name", "total_sold", "related_products", "sort_order", "is_featured", "is_visible",
)  # fmt: skip  # in the order of snapshots.CATALOGUE; the id always comes
_TIMES: Final = 3
_IDS_AT_ONCE: Final = 200  # some 1,600 letters of URL


_PAGE_COLUMNS: Final = ["product_id", "path", "description"]


class _Moved(Exception):  # noqa: N818  # begins the reading anew
    """The pages do not fit together."""


class _Product(BaseModel):
    """A product as the API writes it, with the fields asked for."""

    model_config = ConfigDict(strict=True, extra="ignore")

    id: int
    sku: str | None
    name: str
    total_sold: int
    related_products: list[int]
    sort_order: int
    is_featured: bool
    is_visible: bool


class _Page(NamedTuple):
    """A page with what it says about all pages."""

    records: list[dict[str, Any]]
    total: int
    per_page: int
    number: int


_PRODUCTS: Final = TypeAdapter(list[_Product])


def read_catalogue(api: Api) -> pd.DataFrame:
    """Every product, by id, with the columns of snapshots.CATALOGUE. Raises BigCommerceError.

    A store without products is an empty frame: whether that can be is for the caller to judge.
    """
    records = read_all(api, PRODUCTS, {"include_fields": ",".join(_FIELDS)})
    return _frame(records)


def read_pages(api: Api) -> pd.DataFrame:
    """The page and description of every product, by id, with the columns of snapshots.PRODUCT_PAGES.

    path: None where a product has none of its own. Raises BigCommerceError.
    """
    records = read_all(api, PRODUCTS, {"include_fields": "custom_url,description"})
    rows = [[record["id"], _path(record.get("custom_url")), str(record.get("description") or "")] for record in records]
    return pd.DataFrame(rows, columns=_PAGE_COLUMNS, dtype=object)


def count_products(api: Api) -> int:
    """How many products there are. Raises BigCommerceError."""
    try:
        return _page(api.ask("GET", PRODUCTS, params={"limit": 1, "page": 1}), 1).total
    except _Moved as moved:
        raise BigCommerceError(f"GET {PRODUCTS}: {moved}; ask again") from None


def read_products(api: Api, ids: Iterable[int], fields: Sequence[str]) -> dict[int, dict[str, Any]]:
    """Those of the products that exist, by id, each with its id and the fields. Raises BigCommerceError."""
    wanted = sorted(set(ids))
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = ",".join(map(str, wanted[start : start + _IDS_AT_ONCE]))
        for record in read_all(api, PRODUCTS, {"id:in": some, "include_fields": ",".join(fields)}):
            found[record["id"]] = record
    return {number: found[number] for number in wanted if number in found}


def read_all(api: Api, path: str, params: Mapping[str, str | int]) -> list[dict[str, Any]]:
    """Every record of a V3 list, by id. Raises BigCommerceError, also when the pages never fit together."""
    reason = ""
    for _ in range(_TIMES):
        try:
            return _all_pages(api, path, params)
        except _Moved as moved:
            reason = str(moved)
    raise BigCommerceError(
        f"GET {path}: the list changed each of the {_TIMES} times it was read ({reason}), so it was not taken. "
        "Run it again when nobody imports products"
    )


def _all_pages(api: Api, path: str, params: Mapping[str, str | int]) -> list[dict[str, Any]]:
    records: dict[int, dict[str, Any]] = {}
    first: _Page | None = None
    for page in _pages(api, path, params):
        first = first or page
        if (page.total, page.per_page) != (first.total, first.per_page):
            raise _Moved(f"page {page.number} counts {page.total:,}, the first page counted {first.total:,}")
        due = max(0, min(page.per_page, page.total - page.per_page * (page.number - 1)))
        if len(page.records) != due:
            raise _Moved(f"page {page.number} has {len(page.records):,} of {due:,}")
        before = len(records)
        records |= {record["id"]: record for record in page.records}
        if len(records) - before != due:
            raise _Moved(f"page {page.number} repeats what came before")
    return [records[number] for number in sorted(records)]


def _pages(api: Api, path: str, params: Mapping[str, str | int]) -> Iterator[_Page]:
    for number in itertools.count(1):
        # By id: what is changed while we read does not move to another page.
        asked = {**params, "sort": "id", "direction": "asc", "limit": LARGEST_PAGE, "page": number}
        page = _page(api.ask("GET", path, params=asked), number)
        yield page
        if number >= math.ceil(page.total / page.per_page):
            return


def _page(reply: Reply, number: int) -> _Page:
    value = reply.value if isinstance(reply.value, dict) else {}
    data, meta = value.get("data"), value.get("meta")
    told = meta.get("pagination") if isinstance(meta, dict) else None
    counts = [told.get(name) if isinstance(told, dict) else None for name in ("total", "per_page", "current_page")]
    if not isinstance(data, list) or not all(type(count) is int for count in counts):
        raise BigCommerceError(
            f"{reply.where} answered JSON without data and pagination, so it is no list of BigCommerce: look at "
            "retail.bigcommerce.url"
        )
    if not all(isinstance(record, dict) and type(record.get("id")) is int for record in data):
        raise BigCommerceError(f"{reply.where} answered records without an id; nothing was taken from it")
    total, per_page, current = counts
    assert isinstance(total, int)
    assert isinstance(per_page, int)
    if current != number or per_page < 1 or total < 0:
        raise _Moved(f"page {current} came where page {number} was asked for")
    return _Page(data, total, per_page, number)


def _path(custom_url: Any) -> str | None:
    path = custom_url.get("url") if isinstance(custom_url, dict) else None
    return path if isinstance(path, str) and path.startswith("/") else None


def _frame(records: list[dict[str, Any]]) -> pd.DataFrame:
    try:
        products = _PRODUCTS.validate_python(records)
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        number = records[place[0]].get("id") if isinstance(place[0], int) else "?"
        raise BigCommerceError(
            f"GET {PRODUCTS}: product {number} has no usable {place[-1]} ({error.errors()[0]['msg']}); nothing was "
            "taken from the catalogue. Ask BigCommerce's support, or correct the product in the control panel"
        ) from None
    rows = [
        [product.id, product.sku or None, *(getattr(product, name) for name in _FIELDS[1:])] for product in products
    ]
    return pd.DataFrame(rows, columns=["product_id", *_FIELDS], dtype=object)
