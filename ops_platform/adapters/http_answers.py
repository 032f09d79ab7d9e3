"""A whole HTTP answer, what can go wrong instead, and keys on their way in and out. Asking is in http.py.

No secret stands in an error's text: URLs appear without their query, bodies and headers not at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NoReturn

import httpx

Kind = Literal["address", "unreachable", "timeout", "broken", "too_large", "status", "content"]


class HttpError(Exception):
    """No usable answer. The text says what happened and where, without secrets.

    kind: address (the URL is none), unreachable (no connection), timeout, broken (the answer ended too early),
    too_large, status (not 2xx), content (not what was asked for). status, headers, body: of a whole answer, if there
    was one; what a server says of its refusal may quote what it was sent, so its body is no part of the text.
    maybe_done: the server may have done what was asked. retry_after: seconds it asks to wait.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: Kind,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        maybe_done: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.headers = dict(headers or {})
        self.body = body
        self.maybe_done = maybe_done
        self.retry_after = retry_after


@dataclass(frozen=True)
class Answer:
    """A whole answer with a status of 200 to 299. `where`: method and URL without its query."""

    where: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type, lower case, without parameters; empty when there is none."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    def json(self, *, any_type: bool = False) -> Any:
        """Return the body as JSON values, numbers with a point as Decimal.

        any_type: believe the body, not the Content-Type (some servers call all they say text/html).
        Raises HttpError (content): HTML, half a document, NaN, Infinity.
        """
        if not any_type and not (self.content_type == "application/json" or self.content_type.endswith("+json")):
            self._refuse(f"answered {self._looks_like()} where JSON was expected")
        try:
            return json.loads(self.body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_number)
        except UnicodeDecodeError as error:
            self._refuse(f"answered a text that is no UTF-8 (byte {error.start})")
        except RecursionError:
            self._refuse("answered JSON that is nested too deeply")
        except ValueError as error:
            what = f"{error.msg}, character {error.pos}" if isinstance(error, json.JSONDecodeError) else str(error)
            self._refuse(f"answered {self._looks_like()} that is no whole JSON document ({what})")

    def _looks_like(self) -> str:
        if self.body.lstrip()[:1] == b"<":
            return "a web page"
        return f"{len(self.body):,} bytes of {self.content_type or 'no type'}"

    def _refuse(self, what: str) -> NoReturn:
        raise HttpError(
            f"{self.where} {what}", kind="content", status=self.status, headers=self.headers, maybe_done=True
        ) from None


def header_value(secret: str, setting: str) -> str:
    """Return a secret as it may stand in a header, without blanks around it.

    Raises HttpError (address) that names the setting: the HTTP library's own error would quote the secret.
    """
    value = secret.strip()
    if not value or not value.isascii() or not value.isprintable():
        raise HttpError(
            f"{setting} is empty or holds a line break or a letter that no key has; copy it anew", kind="address"
        )
    return value


def masked(text: str, secrets: list[str], *, longest: int = 300) -> str:
    """Return a server's words on one line with our secrets taken out: some servers quote what they refuse."""
    line = " ".join(text.split())
    for secret in sorted((secret for secret in secrets if secret), key=len, reverse=True):
        line = line.replace(secret, "***")
    return line if len(line) <= longest else line[:longest] + "..."


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
