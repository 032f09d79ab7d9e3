"""A mail as bytes, out of what an effect says about it: template, values, pictures, attachments, recipients.

What belongs here: headers, parts, addresses. What does not: wording (templates/email), sending (mail.py), and when.

The bytes are the same for the same payload, key and settings: there is no Date in them (`handed_over` puts it in) and
boundaries come from the key. So a mail can be made anew and recognised.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final, Literal

from email_validator import EmailNotValidError, validate_email
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ops_platform.adapters.mail import LARGEST, MOST_RECIPIENTS, sender_address
from ops_platform.adapters.mail_pictures import PictureError, fit_for_mail
from ops_platform.adapters.mail_templates import Frame, MailText, render_mail_text
from ops_platform.adapters.templates import TemplateProblemError
from ops_platform.core.privacy import mask_email
from ops_platform.settings import Settings
from ops_platform.settings_mail import MailSettings

_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_CID: Final = re.compile(r"[a-z][a-z0-9_.-]*")
_CONTROL: Final = frozenset({"Cc", "Zl", "Zp"})
_LOGO: Final = "logo"


class MailProblemError(ValueError):
    """This mail cannot be made; the text says what is wrong, without anybody's address."""


class Picture(BaseModel):
    """A picture that the HTML shows: a file, or a PNG as base64. optional: left out when its file cannot be read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cid: str
    file: str | None = None
    png_base64: str | None = None
    optional: bool = False


class Attachment(BaseModel):
    """A file that comes along. type: as in text/csv."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    content_base64: str
    type: str


class MailPayload(BaseModel):
    """What an effect of kind `email` says. to: addresses; several get one mail together, so only staff do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    template: str
    to: tuple[str, ...] = Field(min_length=1, max_length=MOST_RECIPIENTS)
    context: dict[str, Any] = Field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    kind_of_mail: Literal["customer", "staff"]


@dataclass(frozen=True)
class RenderedMail:
    """A mail as it is kept and sent. content: without a Date. html_bytes: the size of its HTML."""

    content: bytes
    subject: str
    html_bytes: int
    message_id: str
    text: MailText


def read_payload(payload: Mapping[str, Any]) -> MailPayload:
    """The payload, checked. Errors: MailProblemError."""
    try:
        found = MailPayload.model_validate(dict(payload))
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)
        )
        raise MailProblemError(f"the mail's payload is wrong: {told}") from None
    if found.kind_of_mail == "customer" and len(found.to) > 1:
        raise MailProblemError("a mail to customers has one recipient: they would see each other's addresses")
    return found


def render_mail(
    payload: Mapping[str, Any], key: str, settings: Settings, *, templates: Path | None = None
) -> RenderedMail:
    """Make the mail of an effect. key: the effect's; Message-ID and boundaries come from it. templates: another folder.

    Errors: MailProblemError for whatever is wrong with it: template, values, addresses, pictures, sizes.
    """
    wanted = read_payload(payload)
    try:
        return _rendered(wanted, key, settings.mail, templates)
    except MailProblemError:
        raise
    except (TemplateProblemError, ValueError, TypeError, LookupError) as error:  # a library's, for odd characters
        raise MailProblemError(str(error)) from None


def _rendered(wanted: MailPayload, key: str, section: MailSettings, templates: Path | None) -> RenderedMail:
    pictures = _pictures(wanted.pictures)
    logo = _logo(section)
    frame = Frame(section.store, wanted.kind_of_mail, section.website, section.postal, logo is not None)
    text = render_mail_text(wanted.template, wanted.context, frame, set(pictures), templates)
    shown = {**pictures, **({_LOGO: logo} if logo else {})}
    message = _message(text, {cid: shown[cid] for cid in sorted(shown) if cid in text.cids})
    for attachment in wanted.attachments:
        _attach(message, attachment)
    sender = address(sender_address(section))
    message_id = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    headers = _headers(wanted, section, sender)
    for name, value in {**headers, "Subject": text.subject, "Message-ID": message_id}.items():
        _put(message, name, value)
    _settle_boundaries(message, key)
    content = message.as_bytes(policy=SMTP)
    if len(content) > LARGEST:
        raise MailProblemError(f"the mail has {len(content):,} bytes; servers take {LARGEST:,}. Attach less")
    return RenderedMail(content, text.subject, len(text.html.encode()), message_id, text)


def handed_over(content: bytes, at: datetime, redirect_to: str = "", sender: str = "") -> bytes:
    """The mail as it leaves, with its Date. at: aware. redirect_to: who gets it instead, told as RFC 5322 wants it."""
    date = format_datetime(at)
    head = [f"Date: {date}"]
    if redirect_to:
        head = [f"Resent-Date: {date}", f"Resent-From: {sender}", f"Resent-To: {redirect_to}", *head]
    return "".join(f"{line}\r\n" for line in head).encode("ascii") + content


def address(text: str) -> str:
    """An address in the form servers take (A@Bücher.example: a@xn--bcher-kva.example). No server is asked.

    Errors: MailProblemError, with the address masked.
    """
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        raise MailProblemError(
            f"{mask_email(text) if '@' in text else 'a recipient'} is no mail address: {reason}"
        ) from None
    assert found.ascii_email is not None  # without SMTPUTF8 every address has one
    return found.ascii_email


def _headers(wanted: MailPayload, section: MailSettings, sender: str) -> dict[str, Any]:
    """Those that say who and why; EmailMessage encodes names outside ASCII."""
    reply_to = wanted.reply_to or section.reply_to
    headers: dict[str, Any] = {
        "From": Address(_one_line(section.sender_name or section.store, "mail.sender_name"), addr_spec=sender),
        "To": [Address(addr_spec=address(each)) for each in wanted.to],
    }
    if reply_to:
        headers["Reply-To"] = Address(addr_spec=address(reply_to))
    headers["Auto-Submitted"] = "auto-generated"  # so that no "out of office" answers it (RFC 3834)
    headers["X-Auto-Response-Suppress"] = "All"
    if wanted.kind_of_mail == "customer" and section.unsubscribe:
        headers["List-Unsubscribe"] = f"<{section.unsubscribe}>"
        if section.unsubscribe.startswith("https://"):
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _message(text: MailText, pictures: Mapping[str, tuple[bytes, str]]) -> EmailMessage:
    """alternative(text, related(html, pictures))."""
    message = EmailMessage(policy=SMTP)
    message.set_content(text.text, cte="quoted-printable")  # lines of tables are longer than a mail's may be
    message.add_alternative(text.html, subtype="html", cte="quoted-printable")
    html = message.get_payload()[1]  # type: ignore[index]  # of the two parts just made
    assert isinstance(html, EmailMessage)
    for cid, (content, kind) in pictures.items():
        html.add_related(content, "image", kind, cid=f"<{cid}>", filename=f"{cid}.{kind}", disposition="inline")
    return message


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    name = _one_line(attachment.name, "the name of an attachment")
    if not name or name != Path(name).name or "\\" in name or name.startswith("."):
        raise MailProblemError(f"{name!r} is no name of an attachment")
    if not _TYPE.fullmatch(attachment.type):
        raise MailProblemError(f"attachment {name}: {attachment.type!r} is no type; write it as text/csv")
    main, _, sub = attachment.type.partition("/")
    content = _decoded(attachment.content_base64, f"attachment {name}")
    message.add_attachment(content, maintype=main, subtype=sub, filename=name)


def _pictures(wanted: Iterable[Picture]) -> dict[str, tuple[bytes, str]]:
    found: dict[str, tuple[bytes, str]] = {}
    for each in wanted:
        if not _CID.fullmatch(each.cid) or each.cid == _LOGO or each.cid in found:
            raise MailProblemError(
                f"picture {each.cid!r}: a Content-ID is small letters, digits, . _ - and stands once"
            )
        try:
            found[each.cid] = fit_for_mail(_picture_bytes(each))
        except (OSError, PictureError) as error:
            if each.optional:
                continue
            reason = (error.strerror or "cannot be read") if isinstance(error, OSError) else str(error)
            raise MailProblemError(f"picture {each.cid}: {Path(each.file or 'png').name} {reason}") from None
    return found


def _picture_bytes(picture: Picture) -> bytes:
    if (picture.file is None) == (picture.png_base64 is None):
        raise MailProblemError(f"picture {picture.cid}: give a file or png_base64, one of the two")
    if picture.png_base64 is not None:
        return _decoded(picture.png_base64, f"picture {picture.cid}")
    return Path(picture.file or "").read_bytes()


def _logo(section: MailSettings) -> tuple[bytes, str] | None:
    if section.logo is None:
        return None
    try:
        return fit_for_mail(section.logo.read_bytes())
    except (OSError, PictureError) as error:
        raise MailProblemError(f"mail.logo {section.logo}: {error}") from None


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MailProblemError(f"{what} is no base64") from None


def _put(message: EmailMessage, name: str, value: Any) -> None:
    if isinstance(value, str):
        value = _one_line(value, name)
    try:
        message[name] = value
    except (ValueError, TypeError) as error:
        raise MailProblemError(f"{name} cannot be a header: {error}") from None


def _one_line(text: str, what: str) -> str:
    """A text for a header. Errors: MailProblemError for line ends and other control characters, of any alphabet."""
    if any(unicodedata.category(each) in _CONTROL for each in text):
        raise MailProblemError(f"{what} holds a line end or a control character, which could forge a header")
    return text


def _settle_boundaries(message: EmailMessage, key: str) -> None:
    """Boundaries from the key instead of chance."""
    digest = hashlib.sha256(f"boundary {key}".encode()).hexdigest()[:24]
    parts: Sequence[Any] = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(parts):
        part.set_boundary(f"=_{digest}_{number}")
