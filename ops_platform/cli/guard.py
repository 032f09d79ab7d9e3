"""The guard in front of the Dagster UI: which requests may reach the webserver at all.

Dagster's webserver has no notion of who asks. Measured (1.13): `GET /graphql?query=mutation{launchRun...}`
with a foreign Origin starts a run, so any web page the operator opens while the platform is up could drive
it. This ASGI middleware refuses, before Dagster sees them:

- a Host header that is not one of our own names (DNS rebinding);
- a changing request, a GraphQL request or a WebSocket that another site's page sent (Origin, Sec-Fetch-Site);
- GraphQL by anything but a POST of JSON: a form or a link cannot send that without the browser asking first;
- framing by another page (click-jacking), content sniffing and oversized bodies;
- with credentials configured, everybody who does not present them (HTTP Basic).

Pure request inspection belongs here. Starting a server does not (webserver.py), nor anything about Dagster.
Sources: OWASP Cross-Site Request Forgery Prevention Cheat Sheet; Fetch Metadata Request Headers (W3C).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 4 * 1024 * 1024  # the largest run configuration the launchpad sends is far below

_HARMLESS_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_PROTECTIVE_HEADERS = [
    (b"x-frame-options", b"DENY"),
    # Sent beside the webserver's own policy; a browser enforces both.
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"same-origin"),
]


class ExposedWithoutPasswordError(ValueError):
    """The UI would be reachable from other machines and asks nobody for a password."""


@dataclass(frozen=True)
class Policy:
    """What the guard lets through. Build it with `policy_for`.

    hosts: accepted values of the Host header, lower case, with the port where it is not 80.
    any_own_address: also accept the literal IP address a connection came in on (bound to all interfaces).
    credentials: (user, password) every request must present, or None.
    """

    hosts: frozenset[str]
    port: int
    any_own_address: bool = False
    credentials: tuple[str, str] | None = None
    max_body_bytes: int = MAX_BODY_BYTES


@dataclass(frozen=True)
class Refusal:
    """Why a request is turned away: an HTTP status and a sentence for the person who made it."""

    status: int
    reason: str


def policy_for(host: str, port: int, *, user: str | None = None, password: str | None = None) -> Policy:
    """Return the policy for a UI bound to `host`:`port`.

    Errors: ExposedWithoutPasswordError when `host` is not loopback and no user and password are set.
    """
    credentials = (user, password) if user and password else None
    if not is_loopback(host) and credentials is None:
        raise ExposedWithoutPasswordError(
            f"The UI would listen on {host}, where other machines reach it, and it starts runs for anyone. "
            "Set ui.auth_user and ui.auth_password (OPS_UI__AUTH_USER, OPS_UI__AUTH_PASSWORD), "
            "or set ui.host back to 127.0.0.1."
        )
    everywhere = host in ("0.0.0.0", "::", "")  # noqa: S104  # compared, not bound
    names = (*_LOOPBACK_NAMES, socket.gethostname() if everywhere else _bracketed(host))
    hosts = {f"{name.lower()}:{port}" for name in names}
    if port == 80:
        hosts |= {name.lower() for name in names}
    return Policy(frozenset(hosts), port, any_own_address=everywhere, credentials=credentials)


def is_loopback(host: str) -> bool:
    """Tell whether an address or name reaches this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware that applies a Policy in front of `app`."""

    def __init__(self, app: App, policy: Policy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the refusal."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = verdict(scope, self._policy)
        if scope["type"] == "websocket":
            if refusal:
                # Before the handshake is accepted the server turns this into an HTTP 403.
                await send({"type": "websocket.close", "code": 1008, "reason": refusal.reason[:120]})
            else:
                await self._app(scope, receive, send)
            return
        guarded_send = _with_protective_headers(send)
        if refusal:
            await _answer(guarded_send, refusal)
        else:
            await self._app(scope, receive, guarded_send)


def verdict(scope: Scope, policy: Policy) -> Refusal | None:
    """Return why a request is refused, or None when it may pass. `scope`: ASGI, type http or websocket."""
    headers = _Headers(scope)
    return (
        _check_host(scope, headers, policy)
        or _check_credentials(headers, policy)
        or _check_source(scope, headers)
        or _check_graphql(scope, headers)
        or _check_length(headers, policy)
    )


class _Headers:
    """The request's headers; a header sent twice is refused by its reader instead of guessed."""

    def __init__(self, scope: Scope) -> None:
        self._pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]

    def one(self, name: str) -> str | None:
        values = self.all(name)
        return values[0].strip() if len(values) == 1 else None


def _check_host(scope: Scope, headers: _Headers, policy: Policy) -> Refusal | None:
    host = (headers.one("host") or "").lower()
    if host in policy.hosts or (policy.any_own_address and host in _own_address(scope, policy.port)):
        return None
    return Refusal(
        403,
        f"This server does not answer to the name {host!r}. Open it as http://127.0.0.1:{policy.port} "
        "or by the address in ui.host.",
    )


def _own_address(scope: Scope, port: int) -> set[str]:
    """The literal address this connection was made to. A rebinding page can only offer a name, never this."""
    server = scope.get("server")
    if not server or not server[0]:
        return set()
    address = _bracketed(str(server[0]).lower())
    return {f"{address}:{port}"} | ({address} if port == 80 else set())


def _check_credentials(headers: _Headers, policy: Policy) -> Refusal | None:
    if policy.credentials is None:
        return None
    scheme, _, encoded = (headers.one("authorization") or "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        given = b""
    expected = ":".join(policy.credentials).encode()
    if secrets.compare_digest(given, expected):
        return None
    return Refusal(401, "Sign in with the user and password of ui.auth_user and ui.auth_password.")


def _check_source(scope: Scope, headers: _Headers) -> Refusal | None:
    """Refuse what another site's page sent. Programs (curl, scripts) send neither header and pass."""
    websocket = scope["type"] == "websocket"
    if not websocket and scope["method"] in _HARMLESS_METHODS and not _is_graphql(scope):
        return None
    foreign = Refusal(403, "Refused: the request came from a page of another site.")
    origins = headers.all("origin")
    if origins and not (len(origins) == 1 and _same_origin(origins[0], headers)):
        return foreign
    # Not "none" either: that is a typed address or a bookmark, which never changes anything.
    if any(site.strip().lower() != "same-origin" for site in headers.all("sec-fetch-site")):
        return foreign
    return None


def _same_origin(origin: str, headers: _Headers) -> bool:
    host = (headers.one("host") or "").lower()
    return origin.strip().lower() in (f"http://{host}", f"https://{host}")


def _check_graphql(scope: Scope, headers: _Headers) -> Refusal | None:
    if scope["type"] == "websocket" or not _is_graphql(scope):
        return None
    if scope["method"] != "POST":
        return Refusal(405, "GraphQL is answered to POST of JSON only; a link must not start runs.")
    media_type = (headers.one("content-type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        return Refusal(415, "GraphQL is answered to POST of JSON only; a form must not start runs.")
    return None


def _check_length(headers: _Headers, policy: Policy) -> Refusal | None:
    """Refuse by the declared length, which the server enforces; a chunked body declares none."""
    if headers.all("transfer-encoding"):
        return Refusal(411, "Send the request with a Content-Length.")
    length = headers.one("content-length") or "0"
    if not length.isdigit():
        return Refusal(400, "The Content-Length header is not a number.")
    if int(length) > policy.max_body_bytes:
        return Refusal(413, f"The request is larger than {policy.max_body_bytes:,} bytes.")
    return None


def _is_graphql(scope: Scope) -> bool:
    return str(scope["path"]).strip("/").lower() == "graphql"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _with_protective_headers(send: Send) -> Send:
    replaced = {name for name, _ in _PROTECTIVE_HEADERS} - {b"content-security-policy"}

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", []) if bytes(pair[0]).lower() not in replaced]
            message = {**message, "headers": [*kept, *_PROTECTIVE_HEADERS]}
        await send(message)

    return wrapped


async def _answer(send: Send, refusal: Refusal) -> None:
    body = refusal.reason.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b'Basic realm="ops_platform", charset="UTF-8"'))
    if refusal.status == 405:
        headers.append((b"allow", b"POST"))
    # The body was not read: without this a client could go on sending into a connection that is kept.
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
