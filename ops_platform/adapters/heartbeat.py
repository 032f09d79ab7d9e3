"""A sign of life to an outside service that raises the alarm when it stops: a machine that is off tells nobody itself.

What belongs here: asking one URL. What does not: how often (cli/watching.py). The URL is a key, so it is never shown.
"""

from __future__ import annotations

from typing import Final

_SECONDS: Final = 10.0


class HeartbeatError(Exception):
    """The service did not take the sign of life; the text says why, without the URL."""


def beat(url: str) -> None:
    """GET the URL. Errors: HeartbeatError."""
    import httpx  # noqa: PLC0415  # most installations have no such service

    try:
        answer = httpx.get(url, timeout=_SECONDS, headers={"User-Agent": "ops_platform"})
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise HeartbeatError(f"no answer ({type(error).__name__})") from None
    if not answer.is_success:
        raise HeartbeatError(f"it answered {answer.status_code}")
