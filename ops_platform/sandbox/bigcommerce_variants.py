"""Variants and brands of BigCommerce's stand-in, V3: listed; variants written in batches of fifty; brands made."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from ops_platform.sandbox.bigcommerce_door import Asked, Door, Said, checked, number_of, paged, refused, wanted_ids
from ops_platform.sandbox.bigcommerce_state import BigcommerceSandbox

LARGEST_BATCH: Final = 50


class VariantValues(BaseModel):
    """What may be written of a variant."""

    model_config = ConfigDict(extra="ignore")

    id: StrictInt
    sku: Annotated[StrictStr, Field(max_length=255)] | None = None
    price: Annotated[Decimal, Field(ge=0)] | None = None
    inventory_level: Annotated[StrictInt, Field(ge=0)] | None = None


class Variants:
    """The handlers of variants and brands."""

    def __init__(self, state: BigcommerceSandbox) -> None:
        self._state = state

    def routes(self, door: Door) -> list[Any]:
        """Their routes."""
        return [
            door.route("v3/catalog/variants", GET=self.listed, PUT=self.put_batch),
            door.route("v3/catalog/products/{id}/variants", GET=self.of_product),
            door.route("v3/catalog/brands", GET=self.brands, POST=self.brand_made),
        ]

    def listed(self, asked: Asked) -> Said:
        """GET: filters id:in, product_id:in, sku."""
        ids, products = wanted_ids(asked.query), wanted_ids(asked.query, "product_id:in")
        sku = asked.query.get("sku")
        found = [
            variant
            for variant in self._state.records("variants")
            if (not ids or variant["id"] in ids)
            and (not products or variant["product_id"] in products)
            and (sku is None or variant["sku"] == sku)
        ]
        return paged(found, asked.query)

    def of_product(self, asked: Asked) -> Said:
        """GET the variants of a product."""
        number = number_of(asked)
        return paged([each for each in self._state.records("variants") if each["product_id"] == number], asked.query)

    def put_batch(self, asked: Asked) -> Said:
        """PUT up to fifty."""
        bodies = asked.body
        if not isinstance(bodies, list):
            raise refused(422, "JSON data is missing or invalid", {"body": "must be an array"})
        if len(bodies) > LARGEST_BATCH:
            raise refused(413, f"The maximum items allowed in the array is {LARGEST_BATCH}")
        there = self._state.tables["variants"]
        errors: dict[str, str] = {}
        for place, body in enumerate(bodies):
            values, wrong = checked(VariantValues, body)
            errors |= {f"{place}.{name}": text for name, text in wrong.items()}
            if values is not None and values.id not in there:
                errors[f"{place}.id"] = "no such variant"
        if errors:
            raise refused(422, "JSON data is missing or invalid", errors)
        for body in bodies:
            given = VariantValues.model_validate(body).model_dump(exclude_none=True)
            self._state.put("variants", {**there[body["id"]], **given})
        return Said({"data": [there[body["id"]] for body in bodies], "meta": {}})

    def brands(self, asked: Asked) -> Said:
        """GET brands: filter name."""
        name = asked.query.get("name")
        return paged([b for b in self._state.records("brands") if name is None or b["name"] == name], asked.query)

    def brand_made(self, asked: Asked) -> Said:
        """POST a brand; its name is unique whatever the case."""
        name = asked.body.get("name") if isinstance(asked.body, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise refused(422, "JSON data is missing or invalid", {"name": "missing property"})
        if any(brand["name"].casefold() == name.casefold() for brand in self._state.records("brands")):
            raise refused(409, "The brand name is a duplicate", {"name": "is used by another brand"})
        [number] = self._state.add_brands({"name": name})
        return Said({"data": self._state.tables["brands"][number], "meta": {}})
