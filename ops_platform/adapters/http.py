"""HTTP as the platform asks for it: one client with deadlines, careful retries and a size limit.

What belongs here: reaching a server and getting one whole answer. What does not: what an answer means; the adapter of
each system says which setting is wrong when its server refuses.

Only requests that may be repeated are repeated: GET, HEAD, OPTIONS, PUT, DELETE, and those the caller says are
(RFC 9110, 9.2.2). `HttpError.maybe_done` says whether a failed one may have had its effect all the same.
"""

from __future__ import annotations

import functools
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from ops_platform.adapters.http_answers import Answer, HttpError
from ops_platform.settings_types import is_loopback

_MAX_BYTES: Final = 64 * 1024 * 1024  # 500 orders are 1.5 MB; more than this is no answer to any question of ours
_CONNECT_SECONDS: Final = 10.0
_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_PASSING: Final = frozenset({"unreachable", "timeout", "broken"})


# httpx writes whole URLs at INFO, and a query may hold an email address; httpcore writes the headers of answers.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.INFO)


@dataclass(frozen=True)
class Retry:
    """How often and how patiently a request is repeated.

    attempts: 1 means never again. first_wait: seconds, doubled each time. longest_wait: the limit, also of what a
    server asks for with Retry-After: one that wants more is not waited for.
    """

    attempts: int = 4
    first_wait: float = 1.0
    longest_wait: float = 60.0


PATIENT: Final = Retry()
"""Four attempts, some seven seconds of waiting unless the server asks for more."""


class HttpClient:
    """Requests to one server. A context manager: the connections are closed at its end.

    base_url: `https://host/path`; paths of requests are put behind it. headers: sent with each request, with secrets
    made fit by `header_value`. auth: a login that is more than a header. ca_file: certificates (PEM) to trust besides
    the usual ones, of a server that signed its own. timeout_seconds: for a whole answer, however slowly it drips.
    Raises HttpError (address) when base_url is no URL or ca_file cannot be read.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        ca_file: Path | None = None,
        timeout_seconds: float = 60.0,
        retry: Retry = PATIENT,
        max_bytes: int = _MAX_BYTES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        url = _address(base_url)
        self._base = str(url).rstrip("/")
        self._seconds = timeout_seconds
        self._retry = retry
        self._max_bytes = max_bytes
        self._sleep = sleep
        self._client = httpx.Client(
            headers={"User-Agent": "ops_platform", **(headers or {})},
            auth=auth,
            timeout=httpx.Timeout(timeout_seconds, connect=min(_CONNECT_SECONDS, timeout_seconds)),
            follow_redirects=False,  # else the key would go wherever the server says
            trust_env=not is_loopback(url.host),  # a proxy of the environment cannot see this machine's own servers
            verify=_certificates(ca_file),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """Ask once, or, when the request is repeatable, until there is an answer or the attempts are used up.

        content: a body as it is; bytes, because a login by Digest sends it twice. repeatable: None goes by the method.
        Raises HttpError for everything but a whole 2xx answer.
        """
        again = method in _REPEATABLE if repeatable is None else repeatable
        retrying = Retrying(
            stop=stop_after_attempt(self._retry.attempts if again else 1),
            wait=self._pause,
            retry=retry_if_exception(self._worth_repeating),
            sleep=self._sleep,
            reraise=True,
        )
        built = {"params": params, "json": json, "content": content, "headers": headers}
        return retrying(self._once, method, path, {name: value for name, value in built.items() if value is not None})

    def _once(self, method: str, path: str, built: dict[str, Any]) -> Answer:
        url = f"{self._base}/{path.lstrip('/')}"
        where = f"{method} {url.partition('?')[0]}"
        began = time.monotonic()
        try:
            with self._client.stream(method, url, **built) as response:
                body = self._read(response, where, began)
        except httpx.HTTPError as error:
            raise _explained(error, where, self._seconds) from None
        if response.is_success:
            return Answer(where, response.status_code, response.headers, body)
        raise _refused(response, where, body)

    def _read(self, response: httpx.Response, where: str, began: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            size += len(part)
            if size > self._max_bytes:
                raise HttpError(
                    f"{where} answered more than {self._max_bytes:,} bytes", kind="too_large", maybe_done=True
                )
            # The library's timeout is one for each read: a byte a minute would never end.
            if time.monotonic() - began > self._seconds:
                raise _too_slow(where, self._seconds)
            parts.append(part)
        return b"".join(parts)

    def _worth_repeating(self, error: BaseException) -> bool:
        if not isinstance(error, HttpError):
            return False
        if (error.retry_after or 0) > self._retry.longest_wait:
            return False
        return error.kind in _PASSING or error.status in _BUSY

    def _pause(self, state: RetryCallState) -> float:
        wait = self._retry.first_wait * 2.0 ** (state.attempt_number - 1)
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, HttpError) else None
        return min(max(wait, asked or 0.0), self._retry.longest_wait)


@functools.cache
def _certificates(ca_file: Path | None) -> ssl.SSLContext:
    """Whom a server's certificate may come from. Reading them takes longer than most requests: once a process."""
    context = httpx.create_ssl_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            reason = (
                error.strerror if isinstance(error, FileNotFoundError | PermissionError) else "no certificate in it"
            )
            raise HttpError(f"{ca_file} cannot be used: {reason}", kind="address") from None
    return context


def _address(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url.strip())
    except (httpx.InvalidURL, ValueError):
        raise HttpError("is no URL; write it as https://host/path", kind="address") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise HttpError("is no URL of a server; it begins with https:// and a host", kind="address")
    if url.userinfo or url.query:
        raise HttpError("must hold no user, password or query; those have settings of their own", kind="address")
    return url


def _explained(error: httpx.HTTPError, where: str, seconds: float) -> HttpError:
    """What a library error means. Its own text may quote headers, so only its kind is used, and the system's words."""
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return HttpError(f"{where}: no connection within {min(seconds, _CONNECT_SECONDS):g} s", kind="unreachable")
        case httpx.TimeoutException():
            return _too_slow(where, seconds)
        case httpx.ConnectError() | httpx.ProxyError() | httpx.UnsupportedProtocol():
            return HttpError(f"{where}: no connection ({_system_words(error)})", kind="unreachable")
        case httpx.LocalProtocolError():
            return HttpError(
                f"{where}: the request cannot be written; look at the settings of its keys", kind="address"
            )
        case _:
            return HttpError(
                f"{where}: the connection was cut before the answer was whole", kind="broken", maybe_done=True
            )


def _system_words(error: Exception) -> str:
    words = str(error)
    return words if len(words) < 200 else type(error).__name__


def _too_slow(where: str, seconds: float) -> HttpError:
    return HttpError(f"{where}: no whole answer within {seconds:g} s", kind="timeout", maybe_done=True)


def _refused(response: httpx.Response, where: str, body: bytes) -> HttpError:
    status = response.status_code
    wait = _retry_after(response.headers)
    asks = f", and asks to wait {wait:,.0f} s" if wait else ""
    phrase = f" {response.reason_phrase}" if response.reason_phrase else ""
    return HttpError(
        f"{where} answered {status}{phrase}{asks}",
        kind="status",
        status=status,
        headers=response.headers,
        body=body,
        maybe_done=status >= 500,
        retry_after=wait,
    )


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds of a Retry-After header: a number, or a date (RFC 9110, 10.2.3)."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
