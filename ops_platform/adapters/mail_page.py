"""A mail as one page for a browser: its HTML with the pictures it brings along inside. Nothing is fetched.

What belongs here: bytes of a mail to HTML. What does not: keeping mails (mail_files.py), and the sandbox's page around
one.
"""

from __future__ import annotations

import base64
import re
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from html import escape
from typing import Final

_CID: Final = re.compile(r"cid:([^\"'\s>)]+)")
_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif"})


def as_page(content: bytes) -> str:
    """The HTML of a mail with its pictures as data URLs; of one without HTML its text."""
    message = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
    html = message.get_body(("html",))
    if html is None:
        return f"<!doctype html><pre>{escape(text_of(message.get_body(('plain',))) or '')}</pre>"
    return with_pictures(text_of(html) or "", message)


def text_of(part: MIMEPart | None) -> str | None:
    """What a part says, as well as it can be read."""
    if part is None:
        return None
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a character set nobody knows
        return str(part.get_payload())


def with_pictures(html: str, message: EmailMessage) -> str:
    """HTML with `cid:` pictures as data URLs; those the mail does not have stay as they are."""
    pictures = {
        str(part.get("Content-ID", "")).strip("<> "): part
        for part in message.walk()
        if part.get_content_type() in _PICTURES and part.get("Content-ID")
    }

    def data_url(found: re.Match[str]) -> str:
        part = pictures.get(found[1])
        if part is None:
            return found[0]
        return f"data:{part.get_content_type()};base64,{base64.b64encode(bytes_of(part)).decode()}"

    return _CID.sub(data_url, html)


def bytes_of(part: MIMEPart) -> bytes:
    """The bytes a part holds; none for one that holds parts."""
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""
