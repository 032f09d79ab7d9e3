"""How BigCommerce's stand-in takes a request: token, quota, pages, and refusals as the API writes them.

What belongs here: what every resource of the API shares. What does not: any resource.
"""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ops_platform.sandbox.bigcommerce_state import BigcommerceSandbox
from ops_platform.sandbox.faults import Fault
from ops_platform.sandbox.service import fault_of, json_answer

LARGEST_PAGE: Final = 250
_DEFAULT_PAGE: Final = 50
_TYPE: Final = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
_WRONG_TOKEN: Final = {"status": 401, "title": "X-Auth-Token is missing or wrong", "type": _TYPE}


@dataclass(frozen=True)
class Asked:
    """A request that passed the door. path: the parts of the route. body: JSON values or None."""

    path: Mapping[str, str]
    query: QueryParams
    body: Any
    fault: Fault | None = None


@dataclass(frozen=True)
class Said:
    """An answer; without a body when `value` is None."""

    value: Any = None
    status: int = 200


class Refusal(Exception):  # noqa: N818  # it is an answer, not a mistake
    """The request is refused; `said` is what the client is told."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.status)
        self.said = said


Handler = Callable[[Asked], Said]
Shape = TypeVar("Shape", bound=BaseModel)


def refused(status: int, title: str, errors: Mapping[str, str] | None = None) -> Refusal:
    """A refusal as V3 writes it."""
    told: dict[str, Any] = {"status": status, "title": title, "type": _TYPE}
    return Refusal(Said(told | ({"errors": dict(errors)} if errors else {}), status))


def refused_v2(status: int, message: str, **details: Any) -> Refusal:
    """A refusal as V2 writes it."""
    told: dict[str, Any] = {"status": status, "message": message}
    return Refusal(Said([told | ({"details": details} if details else {})], status))


@dataclass
class _Quota:
    """Requests left in the window that runs. It begins with the first request after the one before has ended."""

    state: BigcommerceSandbox
    left: int = 0
    ends: datetime | None = field(default=None)

    def take(self) -> tuple[bool, dict[str, str]]:
        """Whether one more request is let in, and the headers that say what is left."""
        now, window = self.state.clock(), self.state.window
        if self.ends is None or now >= self.ends:
            self.left, self.ends = self.state.quota, now + window
        let_in = self.left > 0
        self.left -= let_in
        return let_in, {
            "x-rate-limit-time-window-ms": _milliseconds(window),
            "x-rate-limit-time-reset-ms": _milliseconds(self.ends - now),
            "x-rate-limit-requests-quota": str(self.state.quota),
            "x-rate-limit-requests-left": str(self.left),
        }


class Door:
    """Makes the routes of one store; all share its quota."""

    def __init__(self, state: BigcommerceSandbox) -> None:
        self._state = state
        self._quota = _Quota(state)

    def route(self, path: str, **handlers: Handler) -> Route:
        """The route of a resource below the store; handlers by method (GET=...)."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            with self._state.lock:
                return self._answer(request, body, handlers[request.method])

        return Route(f"/stores/{{store}}/{path}", endpoint, methods=[*handlers])

    def _answer(self, request: Request, body: bytes, handler: Handler) -> Response:
        given = request.headers.get("x-auth-token", "")
        if request.path_params["store"] != self._state.store or not secrets.compare_digest(
            given.encode(), self._state.token.encode()
        ):
            return json_answer(_WRONG_TOKEN, 401)
        let_in, headers = self._quota.take()
        said = (
            self._said(request, body, handler) if let_in else Said({"status": 429, "title": "Too many requests"}, 429)
        )
        response = Response(None, said.status) if said.value is None else json_answer(said.value, said.status)
        response.headers.update(headers)
        return response

    def _said(self, request: Request, body: bytes, handler: Handler) -> Said:
        try:
            value = json.loads(body, parse_float=Decimal) if body else None
        except ValueError:
            return refused(400, "Input is invalid: the body is no JSON").said
        try:
            return handler(Asked(request.path_params, request.query_params, value, fault_of(request)))
        except Refusal as refusal:
            return refusal.said
        finally:
            self._state.flush()


def whole(query: QueryParams, name: str, default: int, least: int, most: int) -> int:
    """A whole number of the query. Raises Refusal (422)."""
    text = query.get(name, str(default))
    if not text.lstrip("-").isdecimal() or not least <= int(text) <= most:
        raise refused(422, f"The filter '{name}' is invalid", {name: f"must be {least} to {most}"})
    return int(text)


def wanted_ids(query: QueryParams, name: str = "id:in") -> list[int]:
    """The numbers of a list in the query; [] when it is not there. Raises Refusal (422)."""
    parts = [part.strip() for part in query.get(name, "").split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise refused(422, f"The filter '{name}' is invalid", {name: "must be whole numbers"})
    return [int(part) for part in parts]


def number_of(asked: Asked, name: str = "id") -> int:
    """The number in the path. Raises Refusal (404)."""
    text = asked.path[name]
    if not text.isdecimal():
        raise not_found()
    return int(text)


def not_found() -> Refusal:
    """A 404 as V3 writes it."""
    return refused(404, "The requested resource was not found")


def paged(records: Sequence[Mapping[str, Any]], query: QueryParams) -> Said:
    """A page of V3 with its meta. Raises Refusal (422)."""
    limit = whole(query, "limit", _DEFAULT_PAGE, 1, LARGEST_PAGE)
    page = whole(query, "page", 1, 1, 10**9)
    shown = list(records[(page - 1) * limit : page * limit])
    return Said({"data": shown, "meta": {"pagination": pagination(len(records), len(shown), limit, page)}})


def pagination(total: int, count: int, limit: int, page: int) -> dict[str, Any]:
    """What V3 says about a page."""
    pages = max(1, math.ceil(total / limit))
    links = {"current": f"?page={page}&limit={limit}"}
    if page < pages:
        links["next"] = f"?page={page + 1}&limit={limit}"
    return {
        "total": total, "count": count, "per_page": limit, "current_page": page, "total_pages": pages, "links": links,
    }  # fmt: skip


def checked(shape: type[Shape], value: Any) -> tuple[Shape | None, dict[str, str]]:
    """The value as a shape, or what is wrong with it by field."""
    try:
        return shape.model_validate(value), {}
    except ValidationError as error:
        return None, {str(each["loc"][0]) if each["loc"] else "body": each["msg"] for each in error.errors()}


def _milliseconds(span: timedelta) -> str:
    return str(max(0, math.ceil(span / timedelta(milliseconds=1))))
