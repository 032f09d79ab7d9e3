"""One request at a service's door: ask the service, note it, answer, and on the way act out a fault.

Breaking a connection in the middle needs the connection itself, which ASGI hides: server.py puts it into the
request's state under TRANSPORT.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops_platform.sandbox.faults import Fault, Faults
from ops_platform.sandbox.request_log import RequestLog
from ops_platform.sandbox.service import FAULT_STATE

TRANSPORT: Final = "sandbox_transport"

_LONGEST_BODY: Final = 64 * 1024 * 1024
_PIECE: Final = 64  # bytes of a slow answer
_LONGEST_SILENCE: Final = 3600.0
_PAGE: Final = b"<!doctype html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"
_HTML: Final = {"content-type": "text/html; charset=utf-8"}
_CUT: Final = frozenset({"reset", "short_body"})
_SILENT: Final = frozenset({"refuse", "timeout_before", "timeout_after"})
# Kinds for which the service is asked all the same; for the others Fault.accepted says so.
_REACHING: Final = frozenset({"latency", "timeout_after", "reset", "short_body", "malformed_json", "slow_drip"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Served:
    """A whole answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True)
class Line:
    """The connection to the client. head_only: it asked with HEAD."""

    receive: Receive
    send: Send
    transport: asyncio.Transport
    head_only: bool = False

    async def answer(self, served: Served, part: int | None = None) -> None:
        """Send the head, which announces the whole body, and the body or its first `part` bytes."""
        headers = list(served.headers)
        if not self.head_only:  # there the length is that of a body which is not sent
            headers = [pair for pair in headers if pair[0].lower() != b"content-length"]
            headers.append((b"content-length", str(len(served.body)).encode()))
        await self.send({"type": "http.response.start", "status": served.status, "headers": headers})
        body = served.body if part is None else served.body[:part]
        await self.send({"type": "http.response.body", "body": body, "more_body": part is not None})

    async def gone(self) -> None:
        """Return when the client has hung up, or the connection was closed here."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def close(self) -> None:
        """End the connection after what was sent."""
        self.transport.close()
        await self.gone()

    async def abort(self) -> None:
        """Break the connection: the client's system reports a reset, not an end."""
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()
        await self.gone()


class Door:
    """The ASGI application in front of one service."""

    def __init__(self, name: str, app: ASGIApp, *, log: RequestLog, faults: Faults) -> None:
        self._name = name
        self._app = app
        self._requests = log
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request to its end."""
        began, at = time.perf_counter(), datetime.now(UTC)
        body = await _whole_body(receive)
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        fault = self._faults.take(self._name, scope["method"], path)
        reached = self._reaches(fault)
        served = await self._serve(scope, body, fault) if reached else None
        reply = _reply(fault, served)
        self._requests.add(
            at=at.isoformat(),
            service=self._name,
            method=scope["method"],
            path=path,
            query=scope["query_string"].decode("latin-1"),
            request_bytes=len(body),
            request_sha256=hashlib.sha256(body).hexdigest() if body else "",
            reached=reached,
            status=None if reply is None else reply.status,
            whole=reply is not None and (fault is None or fault.kind not in _CUT),
            fault=None if fault is None else fault.kind,
            response_bytes=0 if reply is None else len(reply.body),
            seconds=time.perf_counter() - began,
        )
        line = Line(receive, send, scope["state"][TRANSPORT], scope["method"] == "HEAD")
        try:
            await _ACTED[fault.kind if fault and fault.kind in _ACTED else "none"](line, fault, reply)
        except asyncio.CancelledError:
            # The sandbox ends while it keeps a client waiting: silence, not an error page.
            line.transport.abort()
            raise

    def _reaches(self, fault: Fault | None) -> bool:
        return fault is None or fault.kind in _REACHING or fault.accepted or self._faults.is_own(fault)

    async def _serve(self, scope: Scope, body: bytes, fault: Fault | None) -> Served:
        """The service's own answer; a mistake in a service is a 500, as in the real world, and logged."""
        messages: list[Message] = []
        parts = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Message:
            return next(parts, {"type": "http.disconnect"})

        async def send(message: Message) -> None:
            messages.append(message)

        state = {**scope.get("state", {})}
        if fault is not None and self._faults.is_own(fault):
            state[FAULT_STATE] = fault
        try:
            await self._app({**scope, "state": state}, receive, send)
        except Exception:
            _log.exception("the sandbox's %s failed", self._name)
            return Served(500, ((b"content-type", b"text/plain"),), b"the sandbox has a defect; see its log")
        start = messages[0]
        return Served(
            start["status"],
            tuple((bytes(name), bytes(value)) for name, value in start["headers"]),
            b"".join(message.get("body", b"") for message in messages[1:]),
        )


def _reply(fault: Fault | None, served: Served | None) -> Served | None:
    """What the client is to be told; None: nothing."""
    if fault is None or fault.kind in _CUT | {"latency", "slow_drip"}:
        return served
    if fault.kind in _SILENT:
        return None
    if fault.kind == "status":
        return Served(fault.status, _headers({"content-type": "text/plain", **fault.headers}), fault.body.encode())
    if fault.kind == "html":
        return Served(200, _headers(_HTML), _PAGE)
    if fault.kind == "malformed_json" and served is not None:
        return Served(200, served.headers, served.body[: max(1, len(served.body) // 2)])
    return served  # the service acted it out


def _headers(headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


async def _whole_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False) or sum(map(len, parts)) > _LONGEST_BODY:
            return b"".join(parts)


async def _plain(line: Line, _fault: Fault | None, reply: Served | None) -> None:
    assert reply is not None
    await line.answer(reply)


async def _late(line: Line, fault: Fault | None, reply: Served | None) -> None:
    assert fault is not None
    await asyncio.sleep(fault.seconds)
    await _plain(line, fault, reply)


async def _closed(line: Line, _fault: Fault | None, _reply: Served | None) -> None:
    await line.close()


async def _silence(line: Line, _fault: Fault | None, _reply: Served | None) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(line.gone(), _LONGEST_SILENCE)
    line.transport.abort()


async def _half(line: Line, _fault: Fault | None, reply: Served | None) -> None:
    assert reply is not None
    await line.answer(reply, part=len(reply.body) // 2)
    await line.close()


async def _reset(line: Line, _fault: Fault | None, reply: Served | None) -> None:
    assert reply is not None
    await line.answer(reply, part=len(reply.body) // 2)
    await asyncio.sleep(0.05)  # what was sent has to leave before the connection breaks
    await line.abort()


async def _drip(line: Line, fault: Fault | None, reply: Served | None) -> None:
    assert fault is not None
    assert reply is not None
    await line.answer(reply, part=0)
    gone = asyncio.ensure_future(line.gone())
    try:
        for start in range(0, max(1, len(reply.body)), _PIECE):
            await asyncio.wait({gone}, timeout=fault.seconds)
            if gone.done():
                return
            more = start + _PIECE < len(reply.body)
            piece = reply.body[start : start + _PIECE]
            await line.send({"type": "http.response.body", "body": piece, "more_body": more})
    finally:
        gone.cancel()


_Acted = Callable[[Line, Fault | None, Served | None], Awaitable[Any]]
_ACTED: Final[Mapping[str, _Acted]] = {
    "none": _plain,
    "latency": _late,
    "refuse": _closed,
    "timeout_before": _silence,
    "timeout_after": _silence,
    "reset": _reset,
    "short_body": _half,
    "slow_drip": _drip,
}
