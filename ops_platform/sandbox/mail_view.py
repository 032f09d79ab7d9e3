"""A mail as a person would see it: its HTML with pictures inside, its text, what is attached. Nothing is fetched."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from typing import Final

_CID: Final = re.compile(r"cid:([^\"'\s>)]+)")
_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif"})


@dataclass(frozen=True)
class Mail:
    """A mail that arrived. envelope_from, envelope_to: whom the server was told, not what the headers say.

    html: with `cid:` pictures as data URLs, None when the mail has none. attached: name, media type, bytes.
    """

    key: str
    at: str
    envelope_from: str
    envelope_to: tuple[str, ...]
    subject: str
    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attached: tuple[tuple[str, str, int], ...]


def parsed(key: str, raw: bytes, own: str) -> Mail:
    """Read a mail as it was kept. own: the prefix of the headers that the sandbox put before it."""
    message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    kept = {name.removeprefix(own): _header(message, name) for name in message.keys() if name.startswith(own)}  # noqa: SIM118 - a message is no dict
    names = [name for name in dict.fromkeys(message.keys()) if not name.startswith(own)]
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    return Mail(
        key=key,
        at=kept.get("At", ""),
        envelope_from=kept.get("From", ""),
        envelope_to=tuple(kept.get("To", "").split()),
        subject=_header(message, "Subject"),
        headers=tuple((name, _header(message, name)) for name in names),
        text=_content(text),
        html=None if html is None else _with_pictures(_content(html) or "", message),
        attached=tuple(
            (part.get_filename() or "-", part.get_content_type(), _size(part)) for part in _attached(message)
        ),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError):  # what the library raises for some broken headers
        return "(cannot be read)"


def _content(part: MIMEPart | None) -> str | None:
    if part is None:
        return None
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a character set nobody knows
        return str(part.get_payload())


def _with_pictures(html: str, message: EmailMessage) -> str:
    pictures = {
        str(part.get("Content-ID", "")).strip("<> "): part
        for part in message.walk()
        if part.get_content_type() in _PICTURES and part.get("Content-ID")
    }

    def data_url(found: re.Match[str]) -> str:
        part = pictures.get(found[1])
        if part is None:
            return found[0]
        return f"data:{part.get_content_type()};base64,{base64.b64encode(_bytes(part)).decode()}"

    return _CID.sub(data_url, html)


def _attached(message: EmailMessage) -> list[EmailMessage]:
    return [part for part in message.walk() if part.get_content_disposition() == "attachment"]


def _bytes(part: EmailMessage) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _size(part: EmailMessage) -> int:
    return len(_bytes(part))
