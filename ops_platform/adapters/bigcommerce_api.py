"""Asking BigCommerce: the token, the quota its headers tell, patience, and errors a person can act on.

What belongs here: getting one whole JSON answer, or knowing why not. What does not: any resource (bigcommerce_*.py).
GET, PUT and DELETE are repeated, because all we PUT are absolute values; a POST never after it may have been done.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import SecretStr
from tenacity import RetryCallState, Retrying, retry_if_exception

from ops_platform.adapters.http import HttpClient, Retry
from ops_platform.adapters.http_answers import HttpError, header_value, masked

PATIENCE: Final = Retry(attempts=5, first_wait=1.0, longest_wait=60.0)
MOST_WAITING: Final = 180.0
_ONCE: Final = Retry(attempts=1)
_REPEATABLE: Final = frozenset({"GET", "PUT", "DELETE"})
_JUDGED: Final = frozenset({400, 404, 405, 409, 413, 422})
_PASSING: Final = frozenset({"timeout", "broken", "content"})
_BUSY_FACTOR: Final = 5.0  # a 429 without the quota's headers is the whole platform's, and takes longer to pass
_EMAIL: Final = re.compile(r"[^\s<>\"'(),;]+@[^\s<>\"'(),;]+")


class BigCommerceError(Exception):
    """No usable answer of BigCommerce; the text says what to do. maybe_done: what was asked may have been done."""

    def __init__(self, message: str, *, maybe_done: bool = False) -> None:
        super().__init__(message)
        self.maybe_done = maybe_done


class BigCommerceRefusedError(BigCommerceError):
    """BigCommerce judged the request and did nothing. status: the HTTP status; detail: its own words, masked."""

    def __init__(self, message: str, *, status: int, detail: str) -> None:
        super().__init__(message)
        self.status = status
        self.detail = detail


@dataclass(frozen=True)
class Reply:
    """An answer. value: its JSON values, None for 204. where: method and URL without its query."""

    status: int
    value: Any
    where: str


class Api:
    """One store's API. root: up to and with the store hash. `calls` counts the requests sent, repeated ones too.

    sleep and clock (seconds that only grow) are replaced in tests. Raises BigCommerceError for a root that is no URL
    or a token no header can hold.
    """

    def __init__(
        self,
        root: str,
        token: SecretStr,
        *,
        url_setting: str = "retail.bigcommerce.url",
        token_setting: str = "OPS_RETAIL__BIGCOMMERCE__TOKEN in .env",  # noqa: S107  # the setting's name, no token
        timeout_seconds: float = 60.0,
        retry: Retry = PATIENCE,
        most_waiting: float = MOST_WAITING,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.calls = 0
        self._url_setting, self._token_setting = url_setting, token_setting
        self._retry, self._most_waiting, self._sleep, self._clock = retry, most_waiting, sleep, clock
        self._not_before = clock()
        self._token = token.get_secret_value()
        try:
            headers = {"X-Auth-Token": header_value(self._token, token_setting), "Accept": "application/json"}
        except HttpError as error:
            raise BigCommerceError(str(error)) from None
        try:
            self._http = HttpClient(root, headers=headers, timeout_seconds=timeout_seconds, retry=_ONCE)
        except HttpError as error:
            raise BigCommerceError(f"{url_setting} {error}") from None

    def close(self) -> None:
        """Close the connections."""
        self._http.__exit__(None, None, None)

    def ask(self, method: str, path: str, *, params: Mapping[str, str | int] | None = None, body: Any = None) -> Reply:
        """Ask until there is an answer or patience ends. params: the query. body: what is sent as JSON.

        Raises BigCommerceRefusedError for what the server judged, BigCommerceError for all else without an answer.
        """
        retrying = Retrying(
            stop=self._enough, wait=self._pause, sleep=self._sleep, reraise=True,
            retry=retry_if_exception(lambda error: self._worth_repeating(error, again=method in _REPEATABLE)),
        )  # fmt: skip
        try:
            return retrying(self._once, method, path, params, body)
        except HttpError as error:
            raise self._told(error) from None

    def rest(self, attempt: int) -> None:
        """Wait before a request is tried once more by its caller; not before the first, attempt 0."""
        if attempt:
            self._sleep(min(self._retry.first_wait * 2.0 ** (attempt - 1), self._retry.longest_wait))

    def _once(self, method: str, path: str, params: Mapping[str, str | int] | None, body: Any) -> Reply:
        wait = self._not_before - self._clock()
        if wait > 0:
            self._sleep(wait)
        self.calls += 1
        try:
            answer = self._http.request(method, path, params=params, json=body)
        except HttpError as error:
            self._note_quota(error.headers)
            raise
        self._note_quota(answer.headers)
        return Reply(answer.status, None if answer.status == 204 else answer.json(), answer.where)

    def _note_quota(self, headers: Mapping[str, str]) -> None:
        """Remember to wait for the next window when this one is all but used: other programs share the quota."""
        left, quota = _number(headers, "x-rate-limit-requests-left"), _number(headers, "x-rate-limit-requests-quota")
        reset = _number(headers, "x-rate-limit-time-reset-ms")
        if left is not None and reset is not None and left < max(1.0, (quota or 0.0) / 20):
            self._not_before = self._clock() + min(reset / 1000, self._retry.longest_wait)

    def _worth_repeating(self, error: BaseException, *, again: bool) -> bool:
        if not isinstance(error, HttpError):
            return False
        if error.status == 429:
            return (_asked_to_wait(error) or 0.0) <= self._retry.longest_wait
        if error.kind == "unreachable":
            return True
        return again and (error.kind in _PASSING or (error.status or 0) >= 500)

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        wait = self._retry.first_wait * 2.0 ** (state.attempt_number - 1)
        if isinstance(error, HttpError) and error.status == 429:
            asked = _asked_to_wait(error)
            wait = wait * _BUSY_FACTOR if asked is None else asked
        return min(wait, self._retry.longest_wait)

    def _enough(self, state: RetryCallState) -> bool:
        return (
            state.attempt_number >= self._retry.attempts or state.idle_for + state.upcoming_sleep > self._most_waiting
        )

    def _told(self, error: HttpError) -> BigCommerceError:
        """The error as a person is told it."""
        if error.status in {401, 403}:
            return BigCommerceError(
                f"{error}: BigCommerce does not accept the token, or the token may not do this: look at "
                f"{self._token_setting} and retail.bigcommerce.store_hash; it needs the scopes Products (modify) and "
                "Marketing (modify)"
            )
        if error.status in _JUDGED:
            detail = _EMAIL.sub("***", masked(_words(error.body), [self._token]))
            return BigCommerceRefusedError(f"{error}: {detail}", status=error.status or 0, detail=detail)
        if error.kind == "address" or (error.kind == "status" and (error.status or 0) < 429):
            advice = f"that is not where BigCommerce is: look at {self._url_setting}"
        elif error.kind == "content":
            advice = (
                f"look at {self._url_setting}; if it is right, BigCommerce has an error, and the next run asks again"
            )
        else:
            advice = "the next run asks again; if it stays, look at status.bigcommerce.com"
        return BigCommerceError(f"{error}: {advice}", maybe_done=error.maybe_done)


def _asked_to_wait(error: HttpError) -> float | None:
    """Seconds a 429 asks to wait; None when it does not say."""
    reset = _number(error.headers, "x-rate-limit-time-reset-ms")
    return error.retry_after if reset is None else reset / 1000


def _number(headers: Mapping[str, str], name: str) -> float | None:
    text = headers.get(name, "").strip()
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _words(body: bytes) -> str:
    """What a refusal says: V3 writes an object with a title and errors by field, V2 a list of messages."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return "no reason was given"
    found = [part for each in (value if isinstance(value, list) else [value]) for part in _parts(each)]
    return "; ".join(found) or "no reason was given"


def _parts(value: Any) -> list[str]:
    if not isinstance(value, dict):
        return []
    errors, details = value.get("errors"), value.get("details")
    found = [str(value[name]) for name in ("title", "message") if value.get(name)]
    found += [f"{name}: {text}" for part in (errors, details) if isinstance(part, dict) for name, text in part.items()]
    nested = errors if isinstance(errors, list) else []
    return found + [part for each in nested for part in _parts(each)]
