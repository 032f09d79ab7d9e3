"""PetPooja's orders API with the habits of the real one (specification 2.2): errors in 200, two days, pages of 50."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ops_platform.adapters.sandbox_address import PETPOOJA_PATH
from ops_platform.sandbox.petpooja import PetpoojaSandbox, head, properties
from ops_platform.sandbox.service import Service, Summary, fault_of, json_answer

_SHOWN_DAYS: Final = 3
FAULTS: Final = {
    "error_in_200": "answer 200 with an error (`code`, 101 unless set, and `message`)",
    "page_repeated": "answer the first page again, whatever refId is asked for",
}
_FORBIDDEN: Final = (
    "<!doctype html><html><head><title>ERROR</title></head><body><h1>403 ERROR</h1>Bad request</body></html>"
)


def api_service(state: PetpoojaSandbox) -> Service:
    """The service under /petpooja."""

    async def orders(request: Request) -> Response:
        if request.method == "GET":
            return HTMLResponse(_FORBIDDEN, 403)  # the network in front of the API refuses a GET with a body
        fault = fault_of(request)
        if fault is not None and fault.kind == "error_in_200":
            return _error(fault.code or "101", fault.message or "Something went wrong.")
        asked = await _asked(request)
        refusal = _refusal(state, asked)
        if refusal is not None:
            return refusal
        try:
            day = date.fromisoformat(asked["order_date"])
        except ValueError:
            return _error("101", "Invalid order date.")
        found = _orders(state, day)
        reference = "" if fault is not None else asked.get("refId", "")
        return json_answer(
            {"success": "1", "code": "200", "message": "", "order_json": _page(found, reference, state.page)}
        )

    return Service(
        name=PETPOOJA_PATH,
        title="PetPooja's orders API",
        routes=[Route("/V1/thirdparty/generic_get_orders/", orders, methods=["GET", "POST"])],
        summary=lambda: _summary(state),
        faults=FAULTS,
        settings={
            "OPS_RESTAURANT__ORDERS_FROM": "petpooja",
            "OPS_RESTAURANT__PETPOOJA__URL": "{url}",
            "OPS_RESTAURANT__PETPOOJA__REST_ID": state.rest_id,
            **{f"OPS_RESTAURANT__PETPOOJA__{name.upper()}": value for name, value in state.keys.items()},
        },
    )


def _summary(state: PetpoojaSandbox) -> Summary:
    """How many orders the newest days have."""
    orders = {_key(properties(each.event)) for each in state.visible()}
    days = Counter(day for day, _ in orders if day)
    return Summary({f"orders of {day}": days[day] for day in sorted(days, reverse=True)[:_SHOWN_DAYS]})


def _key(order: dict[str, Any]) -> tuple[str, str]:
    """What makes an order one: the day on its bill, empty when it is none, and its number, which begins anew."""
    written = str(head(order).get("created_on", ""))[:10]
    try:
        date.fromisoformat(written)
    except ValueError:
        written = ""
    return written, str(head(order).get("orderID"))


async def _asked(request: Request) -> dict[str, str]:
    try:
        found = json.loads(await request.body())
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _refusal(state: PetpoojaSandbox, asked: dict[str, str]) -> Response | None:
    if any(asked.get(name) != state.keys[name] for name in ("app_key", "app_secret")):
        return _error("GN_105", "Invalid client credentials.")
    if asked.get("access_token") != state.keys["access_token"]:
        return _error("GN_102", "Invalid Token.")
    if asked.get("restID") != state.rest_id:
        return _error("103", "There were some error in restaurant mapping.")
    if not asked.get("order_date"):
        return _error("100", "Order date is required.")
    return None


def _error(code: str, message: str) -> Response:
    return json_answer({"success": "0", "code": code, "message": message, "order_json": []})


def _orders(state: PetpoojaSandbox, day: date) -> list[dict[str, Any]]:
    """The orders of a day and the day before, each as it is now, with the two keys only this API writes."""
    days = {day.isoformat(), (day - timedelta(days=1)).isoformat()}
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for each in state.visible():
        order = properties(each.event)
        key = _key(order)
        if key[0] in days:
            newest[key] = {**order, "Order": {**head(order), "order_date": key[0], "refId": str(each.stream_id)}}
    return list(newest.values())


def _page(orders: list[dict[str, Any]], reference: str, size: int) -> list[dict[str, Any]]:
    places = [head(order)["refId"] for order in orders]
    start = places.index(reference) + 1 if reference in places else 0
    return orders[start : start + size]
