"""Coupons of BigCommerce's stand-in, V2: amounts are text, dates RFC 2822, and no coupons are a 204 without a body.

DELETE without a filter deletes every coupon, as the API does.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from ops_platform.sandbox.bigcommerce_door import LARGEST_PAGE, Asked, Door, Refusal, Said, checked, refused_v2
from ops_platform.sandbox.bigcommerce_state import BigcommerceSandbox

_DEFAULT_PAGE: Final = 50
_CODE: Final = re.compile(r"[A-Za-z0-9 _-]{1,50}")


def _amount(text: str) -> str:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError("must be a number as text") from None
    if not value.is_finite() or value < 0:
        raise ValueError("must be 0 or more")
    return f"{value:.4f}"


def _date(text: str) -> str:
    if text:
        try:
            parsedate_to_datetime(text)
        except ValueError:
            raise ValueError("must be an RFC 2822 date") from None
    return text


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError("must be letters, digits, blanks, _ and -, at most 50")
    return text


_Amount = Annotated[StrictStr, AfterValidator(_amount)]
_Count = Annotated[StrictInt, Field(ge=0)]


class AppliesTo(BaseModel):
    """What a coupon is for; category 0 is all."""

    entity: Literal["categories", "products"]
    ids: list[StrictInt]


class CouponValues(BaseModel):
    """What may be written of a coupon."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[StrictStr, Field(min_length=1, max_length=100)] | None = None
    code: Annotated[StrictStr, AfterValidator(_code)] | None = None
    type: (
        Literal[
            "per_total_discount", "per_item_discount", "percentage_discount", "shipping_discount", "free_shipping",
            "promotion",
        ]
        | None
    ) = None  # fmt: skip
    amount: _Amount | None = None
    min_purchase: _Amount | None = None
    expires: Annotated[StrictStr, AfterValidator(_date)] | None = None
    enabled: StrictBool | None = None
    max_uses: _Count | None = None
    max_uses_per_customer: _Count | None = None
    applies_to: AppliesTo | None = None


class NewCoupon(CouponValues):
    """What a new coupon must have."""

    name: Annotated[StrictStr, Field(min_length=1, max_length=100)]
    code: Annotated[StrictStr, AfterValidator(_code)]
    type: Literal[
        "per_total_discount", "per_item_discount", "percentage_discount", "shipping_discount", "free_shipping",
        "promotion",
    ]  # fmt: skip
    amount: _Amount
    applies_to: AppliesTo


class Coupons:
    """The handlers of /v2/coupons."""

    def __init__(self, state: BigcommerceSandbox) -> None:
        self._state = state

    def routes(self, door: Door) -> list[Any]:
        """Their routes."""
        return [
            door.route("v2/coupons", GET=self.listed, POST=self.created, DELETE=self.dropped),
            door.route("v2/coupons/count", GET=self.counted),
            door.route("v2/coupons/{id}", PUT=self.put_one, DELETE=self.drop_one),
        ]

    def listed(self, asked: Asked) -> Said:
        """GET: filters id, code, name, min_id, max_id; page and limit."""
        query = asked.query
        limit = min(_whole(query.get("limit"), _DEFAULT_PAGE), LARGEST_PAGE)
        page = _whole(query.get("page"), 1)
        least, most = _whole(query.get("min_id"), 0), _whole(query.get("max_id"), 2**63)
        wanted = {name: query[name] for name in ("id", "code", "name") if name in query}
        coupons = self._state.tables["coupons"]
        found = [
            coupon
            for coupon in (coupons[number] for number in sorted(coupons))
            if least <= coupon["id"] <= most and all(str(coupon[name]) == text for name, text in wanted.items())
        ][(page - 1) * limit : page * limit]
        return Said(found) if found else Said(None, 204)

    def counted(self, _asked: Asked) -> Said:
        """GET how many there are."""
        return Said({"count": len(self._state.tables["coupons"])})

    def created(self, asked: Asked) -> Said:
        """POST one."""
        values, wrong = checked(NewCoupon, asked.body)
        if values is None:
            raise _wrong_field(wrong)
        record = values.model_dump(exclude_none=True)
        self._refuse_taken(None, record)
        [number] = self._state.add_coupons(record)
        return Said(self._state.tables["coupons"][number], 201)

    def put_one(self, asked: Asked) -> Said:
        """PUT one."""
        before = self._coupon(asked)
        values, wrong = checked(CouponValues, asked.body)
        if values is None:
            raise _wrong_field(wrong)
        record = {**before, **values.model_dump(exclude_none=True)}
        self._refuse_taken(before["id"], record)
        self._state.put("coupons", record)
        return Said(record)

    def drop_one(self, asked: Asked) -> Said:
        """DELETE one."""
        self._state.drop("coupons", self._coupon(asked)["id"])
        return Said(None, 204)

    def dropped(self, asked: Asked) -> Said:
        """DELETE those of id:in, or all."""
        listed = asked.query.get("id:in")
        parts = [str(each) for each in self._state.tables["coupons"]] if listed is None else listed.split(",")
        if not all(part.strip().isdecimal() for part in parts):
            raise refused_v2(400, "The field 'id:in' is invalid.")
        for part in parts:
            self._state.drop("coupons", int(part))
        return Said(None, 204)

    def _coupon(self, asked: Asked) -> dict[str, Any]:
        text = asked.path["id"]
        found = self._state.tables["coupons"].get(int(text)) if text.isdecimal() else None
        if found is None:
            raise refused_v2(404, "The requested resource was not found.")
        return found

    def _refuse_taken(self, number: int | None, record: dict[str, Any]) -> None:
        for name in ("code", "name"):
            for other in self._state.tables["coupons"].values():
                if other["id"] != number and other[name].casefold() == record[name].casefold():
                    raise refused_v2(409, f"The {name} is used by another coupon.", conflict_reason=name)


def _wrong_field(wrong: dict[str, str]) -> Refusal:
    name, text = next(iter(wrong.items()))
    return refused_v2(400, f"The field '{name}' is invalid.", invalid_reason=text)


def _whole(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdecimal():
        raise refused_v2(400, "A filter is no whole number.")
    return int(text)
