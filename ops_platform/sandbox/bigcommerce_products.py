"""The catalogue of BigCommerce's stand-in, V3: products one by one and in batches. Variants and brands: _variants.py.

What the API says about a batch: at most ten, each with its id; 200 when all went well, 207 when some did; a name or a
SKU that another product has is a 409, a wrong value a 422, and then nothing of the batch is done.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr
from starlette.datastructures import QueryParams

from ops_platform.sandbox.bigcommerce_door import (
    Asked,
    Door,
    Said,
    checked,
    not_found,
    number_of,
    paged,
    refused,
    wanted_ids,
)
from ops_platform.sandbox.bigcommerce_state import BigcommerceSandbox

LARGEST_BATCH: Final = 10
MOST_FEATURED: Final = 25
FAULTS: Final = {
    "partial": "refuse the products of a batch whose ids stand in `code` (1,2,3) and answer 207",
    "page_short": "leave out the last product of a page",
    "page_repeated": "answer the page before once more",
    "total_changed": "count one product more than there are",
    "no_data": "answer a batch without its `data`, as the published example does",
}
_INT32: Final = 2**31
_Int32 = Annotated[StrictInt, Field(ge=-_INT32, lt=_INT32)]
_Natural = Annotated[StrictInt, Field(ge=0, lt=_INT32)]
_Price = Annotated[Decimal, Field(ge=0)]


class ProductValues(BaseModel):
    """What may be written of a product; what is left out stays. Unknown names are ignored, as the API does."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[StrictStr, Field(min_length=1, max_length=250)] | None = None
    type: Literal["physical", "digital"] | None = None
    sku: Annotated[StrictStr, Field(max_length=255)] | None = None
    description: StrictStr | None = None
    weight: _Price | None = None
    price: _Price | None = None
    sale_price: _Price | None = None
    categories: Annotated[list[_Natural], Field(max_length=1000)] | None = None
    brand_id: _Natural | None = None
    inventory_level: _Natural | None = None
    inventory_tracking: Literal["none", "product", "variant"] | None = None
    is_visible: StrictBool | None = None
    is_featured: StrictBool | None = None
    related_products: Annotated[list[Annotated[StrictInt, Field(ge=-1)]], Field(max_length=50)] | None = None
    sort_order: _Int32 | None = None
    total_sold: _Natural | None = None
    availability: Literal["available", "disabled", "preorder"] | None = None
    availability_description: Annotated[StrictStr, Field(max_length=255)] | None = None


class NewProduct(ProductValues):
    """What a new product must have."""

    name: Annotated[StrictStr, Field(min_length=1, max_length=250)]
    type: Literal["physical", "digital"]
    weight: _Price
    price: _Price


class Products:
    """The handlers of /v3/catalog/products."""

    def __init__(self, state: BigcommerceSandbox) -> None:
        self._state = state

    def routes(self, door: Door) -> list[Any]:
        """Their routes."""
        return [
            door.route(
                "v3/catalog/products", GET=self.listed, PUT=self.put_batch, POST=self.created, DELETE=self.dropped
            ),
            door.route("v3/catalog/products/{id}", GET=self.one, PUT=self.put_one, DELETE=self.drop_one),
        ]

    def listed(self, asked: Asked) -> Said:
        """GET: filters id:in, sku:in, sku, is_featured, is_visible, date_modified:min; include_fields; pages."""
        query, kind = asked.query, asked.fault.kind if asked.fault else ""
        matches = _filter(query)
        products = self._state.tables["products"]
        found = [products[number] for number in sorted(products) if matches(products[number])]
        if query.get("direction") == "desc":
            found.reverse()
        page = int(query.get("page", "1")) if query.get("page", "1").isdecimal() else 1
        if kind == "page_repeated" and page > 1:
            query = QueryParams({**query, "page": str(page - 1)})
        said = paged(found, query)
        meta, data = said.value["meta"]["pagination"], said.value["data"]
        said.value["data"] = [_shown(product, query.get("include_fields")) for product in data]
        if kind == "page_short":
            said.value["data"] = said.value["data"][:-1]
        elif kind == "page_repeated":
            meta["current_page"] = page
        elif kind == "total_changed":
            meta["total"] += 1
        return said

    def one(self, asked: Asked) -> Said:
        """GET one."""
        return Said({"data": _shown(self._product(number_of(asked)), asked.query.get("include_fields"))})

    def put_batch(self, asked: Asked) -> Said:
        """PUT up to ten."""
        bodies = asked.body
        if not isinstance(bodies, list):
            raise refused(422, "JSON data is missing or invalid", {"body": "must be an array"})
        if len(bodies) > LARGEST_BATCH:
            raise refused(413, f"The maximum items allowed in the array is {LARGEST_BATCH}")
        ids = [body.get("id") if isinstance(body, dict) else None for body in bodies]
        if not all(isinstance(number, int) and not isinstance(number, bool) for number in ids):
            raise refused(422, "JSON data is missing or invalid", {f"{ids.index(None)}.id": "missing property"})
        changed = self._changed(bodies, prefixed=True)
        bad = {number: self._state.refused[number] for number in changed if number in self._state.refused}
        if asked.fault is not None and asked.fault.kind == "partial":
            scripted = {int(part) for part in asked.fault.code.split(",") if part.strip().isdecimal()}
            bad |= dict.fromkeys(scripted & changed.keys(), asked.fault.message or "refused by the sandbox's script")
        good = {number: product for number, product in changed.items() if number not in bad}
        if not good and bad:
            raise refused(422, "No product was updated", {f"{ids.index(n)}.id": why for n, why in bad.items()})
        self._keep(good)
        shown = [_shown(self._product(number)) for number in good]
        answer: dict[str, Any] = {"data": shown, "meta": {"total": len(ids), "success": len(good), "failed": len(bad)}}
        if asked.fault is not None and asked.fault.kind == "no_data":
            del answer["data"]
        if bad:
            answer["errors"] = {f"{ids.index(number)}.id": f"product {number}: {why}" for number, why in bad.items()}
        return Said(answer, 207 if bad else 200)

    def put_one(self, asked: Asked) -> Said:
        """PUT one."""
        number = number_of(asked)
        self._product(number)
        if not isinstance(asked.body, dict):
            raise refused(422, "JSON data is missing or invalid", {"body": "must be an object"})
        changed = self._changed([{**asked.body, "id": number}])
        if number in self._state.refused:
            raise refused(422, self._state.refused[number])
        self._keep(changed)
        return Said({"data": _shown(self._product(number))})

    def created(self, asked: Asked) -> Said:
        """POST one."""
        values, wrong = checked(NewProduct, asked.body)
        if values is None:
            raise refused(422, "JSON data is missing or invalid", wrong)
        record = values.model_dump(exclude_none=True)
        for name in ("name", "sku"):
            if record.get(name):
                self._refuse_taken(name, {-1: record[name]})
        [number] = self._state.add_products(record)
        return Said({"data": _shown(self._product(number)), "meta": {}}, 200)

    def dropped(self, asked: Asked) -> Said:
        """DELETE by id:in. Without it the API would empty the store; this one refuses."""
        ids = wanted_ids(asked.query)
        if not ids:
            raise refused(422, "A filter is needed to delete products")
        for number in ids:
            self._drop(number)
        return Said(None, 204)

    def drop_one(self, asked: Asked) -> Said:
        """DELETE one."""
        self._product(number_of(asked))
        self._drop(number_of(asked))
        return Said(None, 204)

    def _drop(self, number: int) -> None:
        self._state.drop("products", number)
        for variant in self._state.records("variants"):
            if variant["product_id"] == number:
                self._state.drop("variants", variant["id"])

    def _product(self, number: int) -> dict[str, Any]:
        found = self._state.tables["products"].get(number)
        if found is None:
            raise not_found()
        return found

    def _changed(self, bodies: Sequence[Mapping[str, Any]], *, prefixed: bool = False) -> dict[int, dict[str, Any]]:
        """The products as they would be, by id. Raises Refusal: 404, 409, 422."""
        errors: dict[str, str] = {}
        products: dict[int, dict[str, Any]] = {}
        for place, body in enumerate(bodies):
            values, wrong = checked(ProductValues, body)
            errors |= {(f"{place}.{name}" if prefixed else name): text for name, text in wrong.items()}
            before = products.get(body["id"]) or self._product(body["id"])
            given = {name: body[name] for name in values.model_fields_set} if values else {}
            products[body["id"]] = {**before, **copy.deepcopy(given)}
        if errors:
            raise refused(422, "JSON data is missing or invalid", errors)
        for name in ("name", "sku"):
            self._refuse_taken(name, {body["id"]: body[name] for body in bodies if body.get(name)})
        self._refuse_too_many_featured(products)
        return products

    def _refuse_taken(self, name: str, given: Mapping[int, str]) -> None:
        """A 409 when a product would get a name or SKU that another one has."""
        if not given:
            return
        there = {each["id"]: each[name] for each in self._state.tables["products"].values()}
        counts = Counter(str(value).casefold() for value in (there | dict(given)).values())
        if any(counts[value.casefold()] > 1 for value in given.values()):
            raise refused(409, f"The product {name} is a duplicate", {name: "is used by another product"})

    def _refuse_too_many_featured(self, products: Mapping[int, Mapping[str, Any]]) -> None:
        there = self._state.tables["products"]
        before = sum(bool(each["is_featured"]) for each in there.values())
        now = sum(bool(each["is_featured"]) for each in ({**there, **products}).values())
        if now > max(before, MOST_FEATURED):
            raise refused(
                422, "Too many featured products", {"is_featured": f"at most {MOST_FEATURED} can be featured"}
            )

    def _keep(self, products: Mapping[int, Mapping[str, Any]]) -> None:
        for product in products.values():
            self._state.put("products", product)


def _shown(product: Mapping[str, Any], fields: str | None = None) -> dict[str, Any]:
    if fields is None:
        return dict(product)
    names = [name.strip() for name in fields.split(",") if name.strip()]
    unknown = [name for name in names if name == "id" or name not in product]
    if unknown:
        raise refused(422, "The filter 'include_fields' is invalid", {"include_fields": f"has {unknown[0]}"})
    return {"id": product["id"], **{name: product[name] for name in names}}


def _filter(query: QueryParams) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a product is asked for. Raises Refusal (422)."""
    ids = set(wanted_ids(query))
    skus = {sku for sku in query.get("sku:in", query.get("sku", "")).split(",") if sku}
    flags = {name: query[name] == "true" for name in ("is_featured", "is_visible") if name in query}
    since = _moment(query["date_modified:min"]) if "date_modified:min" in query else None

    def matches(product: Mapping[str, Any]) -> bool:
        return (
            (not ids or product["id"] in ids)
            and (not skus or product["sku"] in skus)
            and all(product[name] is flag for name, flag in flags.items())
            and (since is None or _moment(product["date_modified"]) >= since)
        )

    return matches


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise refused(422, "The filter 'date_modified:min' is invalid") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
