"""A mail as a person would see it: its HTML with pictures inside, its text, what is attached. Nothing is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser

from ops_platform.adapters.mail_page import bytes_of, text_of, with_pictures


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
        text=text_of(text),
        html=None if html is None else with_pictures(text_of(html) or "", message),
        attached=tuple(
            (part.get_filename() or "-", part.get_content_type(), _size(part)) for part in _attached(message)
        ),
    )


def message_id(raw: bytes) -> str:
    """The Message-ID of a mail, as in <a@b.example>; empty when there is none."""
    return " ".join(str(BytesHeaderParser(policy=policy.compat32).parsebytes(raw).get("Message-ID", "")).split())


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError):  # what the library raises for some broken headers
        return "(cannot be read)"


def _attached(message: EmailMessage) -> list[EmailMessage]:
    return [part for part in message.walk() if part.get_content_disposition() == "attachment"]


def _size(part: EmailMessage) -> int:
    return len(bytes_of(part))
