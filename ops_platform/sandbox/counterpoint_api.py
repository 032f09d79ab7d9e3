"""NCR Counterpoint's REST API, as far as customers go: making one, reading, changing, paging (specification 2.1).

Like the real one it says little about what it refuses: a field that is too long is ERROR_UNKNOWN. Where customers are
kept is in counterpoint_customers.py.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ops_platform.adapters.sandbox_address import COUNTERPOINT_API_PATH, COUNTERPOINT_API_USER, SANDBOX_KEY
from ops_platform.sandbox.counterpoint_customers import Customer, CustomerStore, InMemory, StoreError, stamp
from ops_platform.sandbox.service import Service, Summary, fault_of, json_answer

FAULTS: Final = {
    "error_in_201": "answer 201 with an ErrorCode (`code`, ERROR_UNKNOWN unless set) and no customer",
    "no_template": "act as a workgroup without a template customer or next number",
}
WIDTHS: Final[Mapping[str, int]] = {
    "FST_NAM": 15, "LST_NAM": 25, "EMAIL_ADRS_1": 50, "EMAIL_ADRS_2": 50, "PHONE_1": 25, "PHONE_2": 25,
    "MBL_PHONE_1": 25, "ADRS_1": 40, "ADRS_2": 40, "CITY": 20, "STATE": 10, "ZIP_COD": 15, "CONTCT_1": 40,
    "STR_ID": 10, "SLS_REP": 10, "CUST_TYP": 1, "CUST_NAM_TYP": 1, "CATEG_COD": 10,
}  # fmt: skip
"""Fields a customer may be given -> characters that fit."""

_TEMPLATE: Final = {"CUST_TYP": "C", "CUST_NAM_TYP": "P", "STR_ID": "1", "CATEG_COD": "RETAIL", "LOY_PTS_BAL": 0}
_STORES: Final = frozenset({"1", "WEB"})
_SHOWN: Final = 8
_LARGEST_PAGE: Final = 1000


class ApiRefusedError(Exception):
    """A request that Counterpoint does not do; code: its ErrorCode, status: of HTTP."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def _now() -> datetime:
    return datetime.now(UTC)


class CounterpointApiSandbox:
    """The customers, in memory unless told otherwise.

    first_number: NXT_CUST_NO of the workgroup. user, password, key: what a request has to bring.
    """

    def __init__(
        self,
        customers: CustomerStore | None = None,
        *,
        first_number: int = 100001,
        user: str = COUNTERPOINT_API_USER,
        password: str = SANDBOX_KEY,
        key: str = SANDBOX_KEY,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.user, self.password, self.key, self.clock = user, password, key, clock
        self._lock = threading.Lock()
        self._customers = InMemory() if customers is None else customers
        self._next = first_number

    def create(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Make a customer from a request's body. Raises ApiRefusedError."""
        given = asked.get("AR_CUST")
        if not isinstance(given, dict) or not all(
            str(given.get(name) or "").strip() for name in ("FST_NAM", "LST_NAM")
        ):
            raise ApiRefusedError("ERROR_MISSING_REQUIRED_DATA", "Required data is missing", 400)
        if str(asked.get("Workgroup")) != "1":
            raise ApiRefusedError("ERROR_INVALID_CONFIGURATION", "Invalid workgroup", 400)
        _check(given)
        with self._lock:
            while self._customers.get(str(self._next)) is not None:
                self._next += 1
            made = self._stamped({**_TEMPLATE, **given, "CUST_NO": str(self._next)})
            self._customers.put(made)
        return made

    def change(self, number: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Give a customer other values. Raises ApiRefusedError."""
        given = asked.get("AR_CUST")
        if not isinstance(given, dict) or not given:
            raise ApiRefusedError("ERROR_MISSING_REQUIRED_DATA", "Required data is missing", 400)
        _check(given)
        found = self.one(number)
        with self._lock:
            self._customers.put(self._stamped({**found, **given}))
        return self.one(number)

    def one(self, number: str) -> dict[str, Any]:
        """A customer. Raises ApiRefusedError."""
        found = self._customers.get(number)
        if found is None:
            raise ApiRefusedError("ERROR_RECORD_NOT_FOUND", "Record not found", 404)
        return dict(found)

    def all(self) -> list[Customer]:
        """Every customer, by number."""
        return self._customers.all()

    def summary(self) -> Summary:
        """The newest customers, without their names."""
        newest = sorted(self._looked_at(), key=lambda each: each.get("RS_UTC_DT", ""), reverse=True)
        rows = [
            (each["CUST_NO"], each.get("CITY") or "-", each.get("RS_UTC_DT", "")[5:16].replace("T", " "))
            for each in newest[:_SHOWN]
        ]
        return Summary({"customers": len(newest)}, ("number", "city", "changed, UTC"), rows)

    def _looked_at(self) -> list[Customer]:
        try:
            return self.all()
        except StoreError:  # the page about it must stand
            return []

    def _stamped(self, customer: dict[str, Any]) -> dict[str, Any]:
        name = f"{customer.get('FST_NAM', '')} {customer.get('LST_NAM', '')}".strip()
        return {**customer, "NAM": name, "RS_UTC_DT": stamp(self.clock())}


def counterpoint_api_service(state: CounterpointApiSandbox) -> Service:
    """The service under /counterpoint. GET /_sandbox/counterpoint/customers tells a test every customer."""

    async def create(request: Request) -> Response:
        fault = fault_of(request)
        if fault is not None and fault.kind == "error_in_201":
            return json_answer({"ErrorCode": fault.code or "ERROR_UNKNOWN", "Message": fault.message}, 201)
        if fault is not None:
            raise ApiRefusedError("ERROR_UNKNOWN", "Object reference not set to an instance of an object.", 500)
        number = state.create(await _body(request))["CUST_NO"]
        link = {"rel": "self", "uri": f"/Customer/{number}", "method": "GET"}
        return json_answer({"CUST_NO": number, "reference": number, "Link": link, "ErrorCode": "SUCCESS"}, 201)

    async def one(request: Request) -> Response:
        number = request.path_params["number"]
        if request.method == "PATCH":
            state.change(number, await _body(request))
            return json_answer({"CUST_NO": number, "ErrorCode": "SUCCESS"})
        return json_answer({"AR_CUST": state.one(number), "ErrorCode": "SUCCESS"})

    async def listed(request: Request) -> Response:
        asked = request.query_params
        size = min(max(_number(asked.get("Rows"), 50), 1), _LARGEST_PAGE)
        start = (max(_number(asked.get("Page"), 1), 1) - 1) * size
        since, until = asked.get("StartDate", ""), asked.get("EndDate", "9")
        found = [each for each in state.all() if since <= each.get("RS_UTC_DT", "") <= until]
        return json_answer({"Customers": found[start : start + size], "ErrorCode": "SUCCESS"})

    async def customers(_request: Request) -> Response:
        return json_answer(state.all())

    work = {"/Customer": (create, "POST"), "/Customers": (listed, "GET"), "/Customers/EC": (listed, "GET")}
    return Service(
        name=COUNTERPOINT_API_PATH,
        title="Counterpoint's REST API",
        routes=[
            *(Route(path, _guarded(state, each), methods=[method]) for path, (each, method) in work.items()),
            Route("/Customer/{number}", _guarded(state, one), methods=["GET", "PATCH"]),
        ],
        summary=state.summary,
        faults=FAULTS,
        pages=[Route("/customers", customers)],
    )


def _guarded(state: CounterpointApiSandbox, work: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """The login, the key, and refusals as the API writes them."""
    login = "Basic " + base64.b64encode(f"{state.user}:{state.password}".encode()).decode()

    async def answer(request: Request) -> Response:
        try:
            if not secrets.compare_digest(request.headers.get("authorization", "").encode(), login.encode()):
                raise ApiRefusedError("ERROR_UNKNOWN", "Invalid user or password", 401)
            if not secrets.compare_digest(request.headers.get("apikey", "").encode(), state.key.encode()):
                raise ApiRefusedError("ERROR_INVALID_APIKEY", "Invalid API key", 401)
            return await work(request)
        except ApiRefusedError as error:
            return json_answer({"ErrorCode": error.code, "Message": str(error)}, error.status)
        except StoreError:
            return json_answer({"ErrorCode": "ERROR_UNKNOWN", "Message": "A database error occurred"}, 500)

    return answer


def _check(given: Mapping[str, Any]) -> None:
    """What the database behind the API takes; it says no more than this when it does not."""
    unknown = given.keys() - WIDTHS.keys()
    long = any(len(str(value)) > WIDTHS.get(name, 0) for name, value in given.items())
    if unknown or long or str(given.get("STR_ID", "1")) not in _STORES:
        raise ApiRefusedError("ERROR_UNKNOWN", "An unknown error occurred", 500)


async def _body(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(await request.body())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ApiRefusedError("ERROR_MISSING_REQUIRED_DATA", "Required data is missing", 400)
    return found


def _number(text: str | None, usual: int) -> int:
    return int(text) if text is not None and text.isdecimal() else usual
