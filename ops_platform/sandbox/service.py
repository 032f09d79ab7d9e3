"""What one stand-in brings to the sandbox: its routes, what it shows, the faults only it knows. The frame is app.py."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ops_platform.sandbox.faults import Fault, Faults
from ops_platform.sandbox.request_log import RequestLog

FAULT_STATE: Final = "sandbox_fault"
"""Under this name a request's state holds the fault of its own kind that the service is to act out."""


class Link(NamedTuple):
    """A cell of a summary that leads somewhere: href begins with a slash and is on this sandbox."""

    text: str
    href: str


@dataclass(frozen=True)
class Summary:
    """What the index page shows of a service. facts: name -> value; rows: the newest that arrived, under columns.

    Invented people only, and no secrets: everybody on this machine can read the page.
    """

    facts: Mapping[str, str | int]
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str | int | Link]] = ()


@dataclass(frozen=True)
class Service:
    """A stand-in under `/<name>`. summary: asked for each look at the index page.

    faults: kinds only this service knows -> what they do; a request finds its own with `fault_of`. settings: what a
    person sets so that the platform talks to it, name -> value; `{url}` is where the service is.
    pages: under `/_sandbox/<name>`, for a person or a test to look at what arrived: not logged, never faulty.
    alongside: what else runs while the sandbox does, such as a server of another protocol; speaks_http: False when
    that one is the service, and HTTP's faults mean nothing to it.
    """

    name: str
    title: str
    routes: Sequence[Route]
    summary: Callable[[], Summary]
    faults: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    pages: Sequence[BaseRoute] = ()
    alongside: Callable[[RequestLog, Faults], AbstractContextManager[None]] | None = None
    speaks_http: bool = True


def fault_of(request: Request) -> Fault | None:
    """The fault of the service's own kind that applies to this request."""
    return getattr(request.state, FAULT_STATE, None)


def json_answer(value: Any, status: int = 200) -> Response:
    """A JSON answer; decimals become numbers, as the real systems write them."""
    text = json.dumps(value, default=_number, ensure_ascii=False)
    return Response(text.encode(), status, media_type="application/json")


def json_page(work: Callable[[dict[str, Any]], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """A page that takes a JSON object. A form of another site's page cannot send that without the browser asking."""

    async def page(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return json_answer({"error": "send JSON (Content-Type: application/json)"}, 415)
        try:
            found = json.loads(await request.body())
        except ValueError:
            found = None
        if not isinstance(found, dict):
            return json_answer({"error": "send a JSON object"}, 422)
        return await work(found)

    return page


def _number(value: Any) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    raise TypeError(f"{type(value).__name__} is nothing JSON knows")
