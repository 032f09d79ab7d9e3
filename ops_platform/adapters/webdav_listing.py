"""Reading a folder's listing (PROPFIND, RFC 4918). Only names, sizes and times are asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from lxml import etree

from ops_platform.adapters.http_answers import Answer, HttpError

ASK: Final = (
    b'<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>'
    b"<resourcetype/><getcontentlength/><getlastmodified/></prop></propfind>"
)
"""The body of a PROPFIND."""

_DAV: Final = "{DAV:}"


class Listed(NamedTuple):
    """A file of a folder. changed: aware, None when the server does not say."""

    name: str
    size: int
    changed: datetime | None


def listing(answer: Answer) -> list[Listed]:
    """The files of an answer to PROPFIND, without folders. Raises HttpError (content) when it is no listing."""
    try:
        # No entity is resolved and nothing fetched: a server's answer is no trusted document.
        root = etree.fromstring(answer.body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        root = None
    if root is None or root.tag != f"{_DAV}multistatus":
        raise HttpError(f"{answer.where} answered something that is no listing of a folder", kind="content")
    found = (_file(response) for response in root.iter(f"{_DAV}response"))
    return [each for each in found if each is not None]


def _file(response: etree._Element) -> Listed | None:
    if response.find(f".//{_DAV}collection") is not None:
        return None
    path = urlsplit((response.findtext(f"{_DAV}href") or "").strip()).path
    name = unquote(path).rstrip("/").rpartition("/")[2]
    size = (response.findtext(f".//{_DAV}getcontentlength") or "").strip()
    if not name or not size.isdecimal():
        return None
    return Listed(name, int(size), _time(response.findtext(f".//{_DAV}getlastmodified") or ""))


def _time(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text.strip())
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def clock_of(answer: Answer) -> datetime:
    """The server's time, which its files' times are to be compared with; ours when it does not say."""
    return _time(answer.headers.get("date", "")) or datetime.now(UTC)
