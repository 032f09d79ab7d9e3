"""Whether a picture that others fetch by its address can be fetched: answered, a picture, and not too large.

What belongs here: one look at an address. What does not: which pictures a text has. Twilio fetches them itself and
charges for a text whose picture it did not get.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ops_platform.adapters.http import HttpClient, Retry
from ops_platform.adapters.http_answers import HttpError

LARGEST_BYTES = 5_000_000
_TYPES = frozenset({"image/jpeg", "image/png", "image/gif"})


def picture_problem(url: str, *, timeout_seconds: float = 10.0) -> str | None:
    """Why phones would not get this picture, and what to do; None when they would."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
        return f"the picture {url!r} is no plain address; write it as https://host/path.jpg"
    base = f"{parts.scheme}://{parts.netloc}"
    retry = Retry(attempts=2, first_wait=0.2)
    try:
        with HttpClient(base, timeout_seconds=timeout_seconds, retry=retry, max_bytes=LARGEST_BYTES) as client:
            answer = client.request("GET", parts.path)
    except HttpError as error:
        if error.kind == "too_large":
            return f"the picture {url} is larger than the 5 MB that phones take; make it smaller"
        return f"the picture cannot be fetched: {error}. Upload it, or correct retail.texts.media"
    if answer.content_type not in _TYPES:
        found = answer.content_type or "nothing that is named"
        return f"the address {url} is no picture but {found}; correct retail.texts.media"
    return None
