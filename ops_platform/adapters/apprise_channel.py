"""Messages to whatever Apprise knows: ntfy, Slack, Teams, Telegram, SMS providers and a hundred others, by URL.

What belongs here: sending a text and saying which services did not take it. What does not: what is said, and to whom.
URLs hold passwords, so only a service's kind is ever shown.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote


class AppriseError(Exception):
    """A service did not take the message, or its URL is none; the text names its kind only."""


def notify(url: str, *, title: str, body: str, is_error: bool = True) -> None:
    """Send a text to the service of one URL. Errors: AppriseError."""
    import apprise  # noqa: PLC0415  # half a second, and most installations use mail only

    service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if service is None:
        raise AppriseError(f"{kind_of(url)}: this is no URL that Apprise knows; see github.com/caronc/apprise")
    with _said() as said:
        kind = apprise.NotifyType.FAILURE if is_error else apprise.NotifyType.INFO
        sent = service.notify(title=title, body=body, notify_type=kind)
    if not sent:
        reason = next((line for line in said if "error" in line.casefold()), "it did not take the message")
        raise AppriseError(f"{kind_of(url)}: {_without(url, reason)}")


def check(urls: Sequence[str]) -> list[str]:
    """What is wrong with URLs, without sending anything."""
    import apprise  # noqa: PLC0415

    unknown = [url for url in urls if apprise.Apprise.instantiate(url, suppress_exceptions=True) is None]
    return [f"{kind_of(url)}: this is no URL that Apprise knows" for url in unknown]


def kind_of(url: str) -> str:
    """`ntfys` of ntfys://user:password@host/topic: all of a URL that may be shown."""
    scheme, colon, _ = url.partition("://")
    return scheme if colon and scheme.isalnum() else "a URL"


def _without(url: str, text: str) -> str:
    """A text without any part of the URL that could be a key."""
    parts = re.split(r"[/:@?&=]+", url.partition("://")[2])
    for part in sorted({*parts, *map(unquote, parts)}, key=len, reverse=True):
        # A host has a dot, and says which service it was.
        if len(part) >= 4 and "." not in part:
            text = text.replace(part, "***")
    return text


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextlib.contextmanager
def _said() -> Iterator[list[str]]:
    """Apprise tells why it failed in its log only."""
    handler, logger = _Lines(), logging.getLogger("apprise")
    logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)
