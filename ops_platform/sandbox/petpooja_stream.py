"""The shop's order stream, as specification 2.1 tells it: `GET /orders/?limit&cursor` with X-API-Key."""

from __future__ import annotations

import bisect
import secrets
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ops_platform.adapters.sandbox_address import STREAM_PATH
from ops_platform.sandbox.petpooja import PetpoojaSandbox
from ops_platform.sandbox.service import Service, fault_of, json_answer

LARGEST_PAGE: Final = 500
FAULTS: Final = {
    "page_repeated": "begin the page with the last events of the page before it",
    "page_skipped": "leave out a page: its events are never shown to this reader",
    "cursor_loop": "answer the events before the cursor again, and none after it",
    "error_in_200": "answer 200 with an error and no data (`code`, `message`)",
}


def stream_service(state: PetpoojaSandbox) -> Service:
    """The service under /petpooja-stream."""

    async def orders(request: Request) -> Response:
        given = request.headers.get("x-api-key", "")
        if not secrets.compare_digest(given.encode(), state.api_key.encode()):
            return json_answer({"detail": "Invalid API key"}, 401)
        try:
            limit = int(request.query_params.get("limit", "100"))
            cursor = int(request.query_params.get("cursor", "0"))
        except ValueError:
            return json_answer({"detail": "limit and cursor are whole numbers"}, 422)
        if not 1 <= limit <= LARGEST_PAGE:
            return json_answer({"detail": f"limit is 1 to {LARGEST_PAGE}"}, 422)
        fault = fault_of(request)
        if fault is not None and fault.kind == "error_in_200":
            return json_answer({"status": "error", "code": fault.code, "message": fault.message or "internal error"})
        return json_answer(_page(state, cursor, limit, fault.kind if fault else None))

    return Service(
        name=STREAM_PATH,
        title="The shop's order stream",
        routes=[Route("/orders/", orders)],
        summary=state.summary,
        faults=FAULTS,
        settings={
            "OPS_RESTAURANT__ORDERS_FROM": "stream",
            "OPS_RESTAURANT__STREAM__URL": "{url}",
            "OPS_RESTAURANT__STREAM__API_KEY": state.api_key,
        },
    )


def _page(state: PetpoojaSandbox, cursor: int, limit: int, fault: str | None) -> dict[str, Any]:
    events = state.visible()
    start = bisect.bisect_right(events, cursor, key=lambda each: each.stream_id)
    end = start + limit
    if fault == "page_repeated":
        start = max(0, start - limit // 2)
        end = start + limit
    elif fault == "page_skipped":
        start, end = end, end + limit
    elif fault == "cursor_loop" and start > 0:
        start, end = max(0, start - limit), start
    return {"data": [each.event for each in events[start:end]], "total": len(events)}
