"""Promotions and their codes in BigCommerce's stand-in, V3.

Two traps of the API are here too: a code that is POSTed without max_uses may be used without limit, and a promotion
cannot be deleted while it has codes.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from ops_platform.sandbox.bigcommerce_door import (
    LARGEST_PAGE,
    Asked,
    Door,
    Refusal,
    Said,
    checked,
    not_found,
    number_of,
    paged,
    pagination,
    refused,
    wanted_ids,
    whole,
)
from ops_platform.sandbox.bigcommerce_state import BigcommerceSandbox

MOST_DELETED: Final = 50
_LETTERS: Final = string.ascii_uppercase + string.digits
_Uses = Annotated[StrictInt, Field(ge=0, le=100_000)]


class PromotionValues(BaseModel):
    """What may be written of a promotion that wants a coupon."""

    model_config = ConfigDict(extra="allow")

    name: Annotated[StrictStr, Field(min_length=1, max_length=100)]
    redemption_type: Literal["COUPON"]
    coupon_type: Literal["SINGLE", "BULK"] = "SINGLE"
    rules: Annotated[list[dict[str, Any]], Field(min_length=1)]
    start_date: datetime | None = None
    end_date: datetime | None = None
    max_uses: _Uses | None = None
    status: Literal["ENABLED", "DISABLED"] = "ENABLED"


class CodeValues(BaseModel):
    """What may be written of a code; 0 uses are uses without limit."""

    code: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9 _-]+$", max_length=50)]
    max_uses: _Uses = 0
    max_uses_per_customer: _Uses = 0


class CodeBatch(BaseModel):
    """How many codes are to be made up, and how."""

    batch_size: Annotated[StrictInt, Field(ge=1, le=250)]
    prefix: StrictStr = ""
    suffix: StrictStr = ""
    max_uses: _Uses = 1
    max_uses_per_customer: _Uses = 1
    code_length: Annotated[StrictInt, Field(ge=6, le=16)] = 8


class Promotions:
    """The handlers of /v3/promotions."""

    def __init__(self, state: BigcommerceSandbox) -> None:
        self._state = state

    def routes(self, door: Door) -> list[Any]:
        """Their routes; /codes before /{id}, which would take it for a number."""
        return [
            door.route("v3/promotions", GET=self.listed, POST=self.created, DELETE=self.dropped),
            door.route("v3/promotions/codes", GET=self.code_found),
            door.route("v3/promotions/{id}", GET=self.one, DELETE=self.drop_one),
            door.route("v3/promotions/{id}/codes", GET=self.codes, POST=self.code_made, DELETE=self.codes_dropped),
            door.route("v3/promotions/{id}/codegen", POST=self.codes_made_up),
        ]

    def listed(self, asked: Asked) -> Said:
        """GET: filter name."""
        name = asked.query.get("name")
        return paged([p for p in self._state.records("promotions") if name is None or p["name"] == name], asked.query)

    def one(self, asked: Asked) -> Said:
        """GET one."""
        return Said({"data": self._promotion(asked), "meta": {}})

    def created(self, asked: Asked) -> Said:
        """POST one."""
        values, wrong = checked(PromotionValues, asked.body)
        if values is None:
            raise refused(422, "The request payload is invalid", wrong)
        record = {**asked.body, "coupon_type": values.coupon_type, "status": values.status, "current_uses": 0}
        return Said({"data": self._state.tables["promotions"][self._state.put("promotions", record)], "meta": {}}, 201)

    def dropped(self, asked: Asked) -> Said:
        """DELETE those of id:in; those that still have codes stay."""
        ids = _some(wanted_ids(asked.query))
        kept = [number for number in ids if self._codes_of(number)]
        for number in set(ids) - set(kept):
            self._state.drop("promotions", number)
        if kept:
            raise _bulk({f"{ids.index(n)}.code": f"Failed for id={n}: codes are still present" for n in kept}, ids)
        return Said(None, 204)

    def drop_one(self, asked: Asked) -> Said:
        """DELETE one; one that is not there is no error."""
        number = number_of(asked)
        if self._codes_of(number):
            raise refused(422, "The promotion still has codes")
        self._state.drop("promotions", number)
        return Said(None, 204)

    def codes(self, asked: Asked) -> Said:
        """GET the codes of a promotion behind a cursor: filter code."""
        promotion, code = self._promotion(asked), asked.query.get("code")
        codes = [each for each in self._codes_of(promotion["id"]) if code is None or each["code"] == code]
        limit = whole(asked.query, "limit", 50, 1, LARGEST_PAGE)
        after = whole(asked.query, "after", 0, 0, 10**12)
        rest = [each for each in codes if each["id"] > after]
        page = rest[:limit]
        cursor: dict[str, Any] = {"count": len(page), "per_page": limit, "links": {}}
        if page:
            cursor |= {"start_cursor": str(page[0]["id"]), "end_cursor": str(page[-1]["id"])}
        if len(rest) > limit:
            cursor["links"] = {"next": f"?limit={limit}&after={page[-1]['id']}"}
        meta = {"cursor_pagination": cursor, "pagination": pagination(len(codes), len(page), limit, 1)}
        return Said({"data": [_shown(each) for each in page], "meta": meta})

    def code_found(self, asked: Asked) -> Said:
        """GET one code, whatever its promotion."""
        code = asked.query.get("code", "")
        found = [_shown(each) for each in self._state.records("codes") if each["code"].casefold() == code.casefold()]
        return Said({"data": found, "meta": {"cursor_pagination": {"count": len(found), "links": {}}}})

    def code_made(self, asked: Asked) -> Said:
        """POST a code of one's own."""
        promotion = self._promotion(asked)
        values, wrong = checked(CodeValues, asked.body)
        if values is None:
            raise refused(422, "The request payload is invalid", wrong)
        if promotion["coupon_type"] == "SINGLE" and self._codes_of(promotion["id"]):
            raise refused(422, "The promotion has its code already")
        taken = {each["code"].casefold() for table in ("codes", "coupons") for each in self._state.records(table)}
        if values.code.casefold() in taken:
            raise refused(422, "The request payload is invalid", {"code": "is used already"})
        return Said({"data": self._kept(promotion["id"], values.model_dump()), "meta": {}}, 201)

    def codes_made_up(self, asked: Asked) -> Said:
        """POST for random codes."""
        promotion = self._promotion(asked)
        if promotion["coupon_type"] != "BULK":
            raise refused(405, "Only a promotion of coupon_type BULK has codes made up")
        values, wrong = checked(CodeBatch, asked.body)
        if values is None:
            raise refused(422, "The request payload is invalid", wrong)
        uses = {"max_uses": values.max_uses, "max_uses_per_customer": values.max_uses_per_customer}
        made = []
        for _ in range(values.batch_size):
            middle = "".join(secrets.choice(_LETTERS) for _ in range(values.code_length))
            made.append(self._kept(promotion["id"], {"code": f"{values.prefix}{middle}{values.suffix}", **uses}))
        codes = [{"code": each["code"]} for each in made]
        return Said({"data": {**uses, "batch_size": values.batch_size, "codes": codes}, "meta": {}}, 201)

    def codes_dropped(self, asked: Asked) -> Said:
        """DELETE the codes of id:in."""
        promotion = self._promotion(asked)
        mine = {each["id"] for each in self._codes_of(promotion["id"])}
        for number in mine.intersection(_some(wanted_ids(asked.query))):
            self._state.drop("codes", number)
        return Said(None, 204)

    def _promotion(self, asked: Asked) -> dict[str, Any]:
        found = self._state.tables["promotions"].get(number_of(asked))
        if found is None:
            raise not_found()
        return found

    def _codes_of(self, promotion: int) -> list[dict[str, Any]]:
        return [each for each in self._state.records("codes") if each["promotion_id"] == promotion]

    def _kept(self, promotion: int, record: dict[str, Any]) -> dict[str, Any]:
        created = self._state.clock().isoformat()
        number = self._state.put("codes", {**record, "promotion_id": promotion, "current_uses": 0, "created": created})
        return _shown(self._state.tables["codes"][number])


def _shown(code: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in code.items() if name != "promotion_id"}


def _some(ids: Sequence[int]) -> list[int]:
    if not ids:
        raise _bulk({}, ids, "Parameter id:in is required")
    if len(ids) > MOST_DELETED:
        raise _bulk({}, ids, f"At most {MOST_DELETED} can be deleted at once")
    return list(ids)


def _bulk(errors: dict[str, str], ids: Sequence[int], title: str = "Errors occurred in bulk delete action.") -> Refusal:
    told = refused(422, title, errors).said
    meta = {"total": len(ids), "success": len(ids) - len(errors), "failed": len(errors)}
    return Refusal(Said({"errors": [told.value], "meta": meta}, 422))
