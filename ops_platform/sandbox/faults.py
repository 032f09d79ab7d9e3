"""Which faults are switched on, and which request each one hits. How a fault is acted out is in exchange.py."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

KINDS: Final[Mapping[str, str]] = {
    "latency": "answer as usual, `seconds` later",
    "refuse": "close the connection without an answer",
    "timeout_before": "take the request, do nothing, never answer",
    "timeout_after": "do what was asked, never answer",
    "reset": "break the connection off in the middle of the answer",
    "short_body": "announce the whole answer, send half of it, close",
    "status": "answer with `status` (and `headers`, `body`) instead",
    "html": "answer 200 with a web page",
    "malformed_json": "answer 200 with half of the JSON",
    "slow_drip": "answer in small pieces, `seconds` between them",
}
"""Faults every service has. With `accepted` the service does what was asked although the answer says otherwise."""


class UnknownFaultError(ValueError):
    """There is no such service or kind of fault; the message lists what there is."""


class Fault(BaseModel):
    """What is to go wrong, and when: from match number `after`+1 on, `times` times (None: until it is switched off).

    method, path: which requests match; path is a prefix, without the service's own (`/orders/`). code, message: for
    the kinds of a service that answer an error of their own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str
    kind: str
    method: str | None = None
    path: str = ""
    times: int | None = Field(1, ge=1)
    after: int = Field(0, ge=0)
    accepted: bool = False
    seconds: float = Field(1.0, ge=0, le=3600)
    status: int = Field(503, ge=200, le=599)
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = ""
    code: str = ""
    message: str = ""

    def matches(self, service: str, method: str, path: str) -> bool:
        """Whether it concerns a request."""
        return (
            service == self.service
            and (self.method is None or self.method.upper() == method.upper())
            and path.startswith(self.path)
        )


@dataclass
class SwitchedOn:
    """A fault with its memory. number: its name when it is switched off. seen: matches so far; applied: hits."""

    number: int
    fault: Fault
    seen: int = 0
    applied: int = 0

    @property
    def spent(self) -> bool:
        """Whether it will not hit again."""
        return self.fault.times is not None and self.applied >= self.fault.times

    def shown(self) -> dict[str, Any]:
        """As JSON values."""
        memory = {"number": self.number, "seen": self.seen, "applied": self.applied, "spent": self.spent}
        return {**memory, **self.fault.model_dump()}


class Faults:
    """The faults of all services, used by many threads. own_kinds: service -> its own kinds -> what they do.

    without_http: services that do not know KINDS.
    """

    def __init__(self, own_kinds: Mapping[str, Mapping[str, str]], without_http: Collection[str] = ()) -> None:
        self._own_kinds = own_kinds
        self._without_http = without_http
        self._lock = threading.Lock()
        self._faults: list[SwitchedOn] = []
        self._last = 0

    def kinds(self, service: str) -> Mapping[str, str]:
        """Every kind of fault a service has -> what it does. Raises UnknownFaultError for an unknown service."""
        if service not in self._own_kinds:
            raise UnknownFaultError(f"there is no service {service!r}; there are: {', '.join(self._own_kinds)}")
        common = {} if service in self._without_http else KINDS
        return {**common, **self._own_kinds[service]}

    def is_own(self, fault: Fault) -> bool:
        """Whether the service itself acts a fault out."""
        return fault.kind in self._own_kinds[fault.service]

    def add(self, service: str, kind: str, **options: Any) -> SwitchedOn:
        """Switch a fault on; options are the fields of Fault.

        Raises UnknownFaultError, pydantic.ValidationError.
        """
        return self.switch_on(Fault(service=service, kind=kind, **options))

    def switch_on(self, fault: Fault) -> SwitchedOn:
        """Switch a fault on. Of several that match a request the oldest that is not spent hits."""
        kinds = self.kinds(fault.service)
        if fault.kind not in kinds:
            raise UnknownFaultError(f"{fault.service} has no fault {fault.kind!r}; it has: {', '.join(kinds)}")
        with self._lock:
            self._last += 1
            found = SwitchedOn(self._last, fault)
            self._faults.append(found)
        return found

    def switch_off(self, number: int | None = None) -> int:
        """Switch one fault off, or all; return how many there were."""
        with self._lock:
            before = len(self._faults)
            self._faults = [] if number is None else [each for each in self._faults if each.number != number]
            return before - len(self._faults)

    def all(self) -> list[SwitchedOn]:
        """Those that are switched on, spent ones too."""
        with self._lock:
            return list(self._faults)

    def take(self, service: str, method: str, path: str) -> Fault | None:
        """The fault that hits this request now, counted as applied."""
        with self._lock:
            hit: Fault | None = None
            for each in self._faults:
                if not each.fault.matches(service, method, path):
                    continue
                each.seen += 1
                if hit is None and not each.spent and each.seen > each.fault.after:
                    each.applied += 1
                    hit = each.fault
            return hit
