"""Small events and a small service for tests that talk to a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ops_platform.adapters.http import Retry
from ops_platform.sandbox.service import Service, Summary, fault_of, json_answer

NOON = datetime(2026, 1, 3, 12, 0, tzinfo=UTC)
AT_ONCE = Retry(attempts=3, first_wait=0.0, longest_wait=5.0)


def event(
    stream_id: int, *, at: datetime = NOON, created_on: str = "2026-01-03 17:30:00", **order: Any
) -> dict[str, Any]:
    """A stream envelope of one order, number = stream_id unless `orderID` says otherwise."""
    properties = {
        "Restaurant": {"restID": "demo0001", "res_name": "Test Creamery"},
        "Customer": {"name": "", "phone": ""},
        "Order": {"orderID": stream_id, "created_on": created_on, "order_from": "POS", "total": 241.2, **order},
        "OrderItem": [],
        "Tax": [],
        "Discount": [],
    }
    payload = {"event": "orderdetails", "token": "", "properties": properties}
    return {
        "stream_id": stream_id,
        "event_id": f"00000000-0000-4000-8000-{stream_id:012d}",
        "aggregate_type": "order",
        "occurred_at": at.isoformat(),
        "raw_event": {"source": "petpooja", "raw_payload": payload},
    }


def events(numbers: Iterable[int], *, every: timedelta = timedelta(0)) -> list[dict[str, Any]]:
    """Events with these numbers; each `every` later than the one before."""
    return [event(number, at=NOON + every * place) for place, number in enumerate(numbers)]


@dataclass
class Echo:
    """A service that counts what was done, to tell an effect from an answer."""

    done: list[bytes] = field(default_factory=list)

    def service(self, name: str = "echo") -> Service:
        async def answer(request: Request) -> Response:
            body = await request.body()
            self.done.append(body)
            if (fault := fault_of(request)) is not None:
                return json_answer({"own": fault.kind, "message": fault.message})
            return json_answer({"echo": "x" * 2000, "size": len(body)})

        async def breaks(_request: Request) -> Response:
            raise RuntimeError("a defect in a service")

        routes = [Route("/things", answer, methods=["GET", "POST"]), Route("/breaks", breaks)]
        return Service(name, "An echo", routes, self._summary, faults={"odd": "answer oddly"})

    def _summary(self) -> Summary:
        return Summary({"done": len(self.done)}, ("body",), [(body.decode(),) for body in self.done])


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def no_sleep(into: list[float]) -> Callable[[float], None]:
    """A sleep that only notes how long it would have been."""
    return into.append
