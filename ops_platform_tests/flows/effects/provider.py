"""A provider of messages over real HTTP, and the sender that talks to it: what the campaigns kill and count.

The provider writes down what it accepted and refuses nothing twice: whether something was sent twice is seen by its log
alone. Faults are switched on for a key, or for all (""), and used up in their order.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import httpx

from ops_platform.flows.effects.senders import (
    Answer,
    CannotTell,
    Effect,
    Finding,
    Found,
    NotThere,
    Refused,
    RetryLater,
    Sent,
    UnfitError,
    Unknown,
)


@dataclass
class Provider:
    """What the other side has: `accepted` in the order of arrival, as key and process."""

    url: str = ""
    seconds: float = 0.0
    accepted: list[tuple[str, str]] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    faults: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keys(self) -> list[str]:
        """Keys of what was accepted."""
        return [key for key, _ in self.accepted]

    def twice(self) -> list[str]:
        """Keys of what was accepted more than once."""
        return [key for key, count in Counter(self.keys()).items() if count > 1]

    def fault(self, *kinds: str, key: str = "") -> None:
        """Answer the next calls so: 400, 429, 503, accept_then_cut, cut, gone (no look-up works)."""
        self.faults[key].extend(kinds)

    def _next_fault(self, key: str) -> str:
        for name in (key, ""):
            if self.faults[name]:
                return self.faults[name].popleft()
        return ""


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider on this machine while the block runs."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer takes 40 ms longer

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            time.sleep(provider.seconds)
            with provider.lock:
                fault = provider._next_fault(asked["key"])
                if fault in ("", "accept_then_cut"):
                    provider.accepted.append((asked["key"], asked["process"]))
                number = len(provider.accepted)
            if fault in ("cut", "accept_then_cut"):
                self.close_connection = True
                self.connection.close()
                return
            self._answer(int(fault or 201), {"id": f"message-{number}"})

        def do_GET(self) -> None:
            key = unquote(self.path.removeprefix("/messages/"))
            with provider.lock:
                provider.looked_up.append(key)
                gone = bool(provider.faults["look_up"]) and provider.faults["look_up"].popleft()
                places = [place for place, accepted in enumerate(provider.keys(), 1) if accepted == key]
            self._answer(503 if gone else 200, {"ids": [f"message-{place}" for place in places]})

        def _answer(self, status: int, value: dict[str, Any]) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that are killed cut their connections
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class HttpSender:
    """Sends to the provider; tells as much of the truth as HTTP lets it know."""

    def __init__(self, url: str, kind: str = "email", process: str = "test") -> None:
        self.kind, self._process = kind, process
        self._client = httpx.Client(base_url=url, timeout=5, trust_env=False)

    def prepare(self, effect: Effect) -> bytes | None:
        if effect.payload.get("unfit"):
            raise UnfitError("no message can be made for jane.doe@example.com")
        return f"to {effect.target}: {effect.payload.get('text')}".encode()

    def send(self, effect: Effect) -> Answer:
        try:
            told = self._client.post("/send", json={"key": effect.key, "process": self._process})
        except httpx.ConnectError:
            return RetryLater("nobody listens", stop=True)
        except httpx.HTTPError as error:
            return Unknown(f"no answer: {type(error).__name__}")
        if told.status_code == 201:
            return Sent(told.json()["id"])
        if told.status_code == 429:
            return RetryLater("too many for +1 828 555 1234")
        if told.status_code == 401:
            return RetryLater("login refused", stop=True)
        return Refused(f"HTTP {told.status_code}") if told.status_code == 400 else Unknown(f"HTTP {told.status_code}")

    def look_up(self, effect: Effect) -> Finding:
        told = self._client.get(f"/messages/{effect.key}")
        if told.status_code != 200:
            return CannotTell(f"HTTP {told.status_code}")
        return Found(told.json()["ids"][0]) if told.json()["ids"] else NotThere()
