"""Whether a mail was accepted after all, by its Message-ID: the sandbox is asked, or the account's folder of sent mail.

What belongs here: asking. What does not: what follows from it (flows/effects/mail.py).
"""

from __future__ import annotations

import contextlib
import imaplib

from ops_platform.adapters.http import HttpClient, Retry
from ops_platform.adapters.http_answers import HttpError
from ops_platform.adapters.mail import sandbox_mail_url, trusting
from ops_platform.adapters.smtp_replies import MailError, Reply
from ops_platform.settings import Settings
from ops_platform.settings_mail import MailSettings


def was_accepted(settings: Settings, message_id: str, *, sandbox_url: str | None = None) -> bool | None:
    """Whether the other side has a mail; None when nobody can be asked, because mail.imap_host is not set.

    message_id: with its angle brackets. Errors: MailError when the asking failed.
    """
    section = settings.mail
    if section.mode == "sandbox":
        return _in_sandbox(settings, message_id, sandbox_url)
    return _in_folder(section, message_id) if section.imap_host else None


def _in_sandbox(settings: Settings, message_id: str, sandbox_url: str | None) -> bool:
    url = sandbox_mail_url(settings, sandbox_url)
    try:
        with HttpClient(url, timeout_seconds=settings.mail.timeout_seconds, retry=Retry(attempts=1)) as client:
            found = client.request("GET", "times", params={"message_id": message_id}).json()
    except HttpError as error:
        raise MailError("sandbox", str(error)) from None
    return int(found["times"]) > 0


def _in_folder(section: MailSettings, message_id: str) -> bool:
    """Whether the account's folder of sent mail has it; the folder is opened for reading only."""
    where = f"the mail folder at {section.imap_host}:{section.imap_port}"
    assert section.password is not None  # the settings are refused without it
    try:
        server = imaplib.IMAP4_SSL(
            section.imap_host,
            section.imap_port,
            ssl_context=trusting(section.ca_file),
            timeout=section.timeout_seconds,
        )
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailError("imap", f"{where} did not answer ({_words(error)})") from None
    try:
        server.login(section.user, section.password.get_secret_value())
        _said(server.select(_quoted(section.imap_folder), readonly=True), f"open {section.imap_folder}")
        found = _said(server.search(None, "HEADER", "Message-ID", _quoted(message_id)), "search")
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailError("imap", f"{where} could not be asked ({_words(error)})") from None
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            server.logout()
    return bool(found.split())


def _said(answer: tuple[str, list[bytes | None]], what: str) -> bytes:
    status, data = answer
    first = (data or [b""])[0] or b""
    if status != "OK":
        raise imaplib.IMAP4.error(f"it refused to {what}: {Reply.of(0, first).text}")
    return first


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _words(error: Exception) -> str:
    """One line, masked: a server may quote the login."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return Reply.of(0, str(error).encode()).text or type(error).__name__
