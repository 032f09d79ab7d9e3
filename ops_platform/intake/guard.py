"""What is let in at all: names this server answers to, sizes, where a form was sent from; and every page's headers.

ASGI middleware, pure inspection of requests. What belongs here: refusing what no browser of a customer sends. What does
not: what a form says (forms.py), how often somebody may send one (pace.py). Source: OWASP Cross-Site Request Forgery
Prevention Cheat Sheet (checking Origin and Sec-Fetch-Site); HTTP Headers Cheat Sheet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from ops_platform.settings_retail_requests import IntakeSettings
from ops_platform.settings_types import is_loopback

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HARMLESS: Final = frozenset({"GET", "HEAD"})
_FORM: Final = "application/x-www-form-urlencoded"
_BODY_SECONDS: Final = 20.0


class Guard:
    """Refuses before the pages see a request, and adds the headers that keep a page from being misused."""

    def __init__(self, app: App, settings: IntakeSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        guarded = _with_headers(send, self._settings, is_https=scope["scheme"] == "https")
        refusal = verdict(scope, self._settings)
        if refusal is not None:
            status, text = refusal
            await PlainTextResponse(text, status, headers={"connection": "close"})(scope, receive, guarded)
            return
        most = self._settings.max_bytes
        body = await _whole(receive, most)
        if body is None:
            answer = PlainTextResponse(_too_large(most), 413, headers={"connection": "close"})
            await answer(scope, receive, guarded)
            return
        await self._app(scope, _replay(body, receive), guarded)


def verdict(scope: Scope, settings: IntakeSettings) -> tuple[int, str] | None:
    """Why a request is refused: a status and a sentence; None when it may pass."""
    headers = Headers(scope=scope)
    host = headers.get("host", "").strip().lower()
    if len(headers.getlist("host")) != 1 or not _is_ours(_name(host), settings):
        return 403, "This server does not answer to that name (setting intake.allowed_hosts)."
    if scope["method"] in _HARMLESS:
        return None
    if scope["method"] != "POST":
        return 405, "Only GET and POST."
    return _wrong_form(headers, host, settings.max_bytes)


def _wrong_form(headers: Headers, host: str, most: int) -> tuple[int, str] | None:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return 415, "Send a form."
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdecimal():
        return 400, "The Content-Length is no number."
    if int(length) > most:
        return 413, _too_large(most)
    origins = headers.getlist("origin")
    sites = headers.getlist("sec-fetch-site")
    if any(not _same(origin, host) for origin in origins) or any(site.strip() != "same-origin" for site in sites):
        return 403, "This form was sent from another page. Please open it again and send it from there."
    return None


def _is_ours(name: str, settings: IntakeSettings) -> bool:
    if is_loopback(name):
        return True
    return any(
        name == allowed or (allowed.startswith("*.") and name.endswith(allowed[1:]))
        for allowed in settings.allowed_hosts
    )


def _name(host: str) -> str:
    """The Host header without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() and ":" in host else host


def _same(origin: str, host: str) -> bool:
    return origin.strip().lower() in (f"https://{host}", f"http://{host}")


def _too_large(most: int) -> str:
    return f"This is too long: at most {most:,} bytes."


async def _whole(receive: Receive, most: int) -> bytes | None:
    """The body; None when more comes than may (one that is sent in pieces does not say how long it is) or it takes too
    long."""
    body = b""
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > most:
                    return None
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return body
    except TimeoutError:
        return None


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more, for the pages; afterwards what the connection says."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


def _with_headers(send: Send, settings: IntakeSettings, *, is_https: bool) -> Send:
    headers = protective_headers(settings.frame_ancestors, is_https=is_https)

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return wrapped


def protective_headers(ancestors: Sequence[str], *, is_https: bool) -> dict[str, str]:
    """The headers of every answer. ancestors: sites that may show it in a frame."""
    allowed = " ".join(("'self'", *ancestors))
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {allowed}"
    )
    found = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "cross-origin-opener-policy": "same-origin",
    }
    if not ancestors:  # it knows no list of sites
        found["x-frame-options"] = "SAMEORIGIN"
    if is_https:
        found["strict-transport-security"] = "max-age=31536000"
    return found
