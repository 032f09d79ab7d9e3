"""Mail as the platform sends it: through the store's account, or to the stand-in of the sandbox. One connection a run.

What belongs here: which server, and keeping the connection. What does not: the protocol (smtp_session.py), what a mail
looks like (mail_message.py), and that each is sent once and not too fast (flows/effects).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ops_platform.adapters.http import HttpClient, Retry
from ops_platform.adapters.http_answers import HttpError
from ops_platform.adapters.sandbox_address import MAIL_USER, sandbox_of
from ops_platform.adapters.smtp_door import Door
from ops_platform.adapters.smtp_replies import MailError
from ops_platform.adapters.smtp_session import ConnectionLostError, Handed, SmtpSession, open_session
from ops_platform.settings import Settings
from ops_platform.settings_mail import MailSettings

__all__ = ["Handed", "Mail", "MailError", "mail", "sender_address"]

LARGEST: Final = 25 * 1024 * 1024
MOST_RECIPIENTS: Final = 100
"""What Gmail takes in one mail; other servers take more."""


class Mail:
    """Sends mails. A context manager: the connection is closed at its end. One thread at a time.

    door: asked for when the first mail is sent. sender: the address on the envelope. connections: opened so far.
    """

    def __init__(
        self,
        door: Callable[[], Door],
        *,
        sender: str,
        redirect_to: str = "",
    ) -> None:
        self.sender, self.redirect_to = sender, redirect_to
        self.connections = 0
        self._door = door
        self._session: SmtpSession | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def send(self, content: bytes, recipients: Sequence[str]) -> list[Handed]:
        """Hand over one mail; a result for each recipient, in their order. With redirect_to that address gets it.

        A connection that was kept and has died meanwhile is opened once more, because then nobody has the mail.
        Errors: MailError when nothing can be sent now, ValueError for a mail no server would take.
        """
        if not recipients or len(set(recipients)) > MOST_RECIPIENTS:
            raise ValueError(f"a mail has 1 to {MOST_RECIPIENTS} recipients; this one has {len(set(recipients))}")
        if len(content) > LARGEST:
            raise ValueError(f"the mail has {len(content):,} bytes; servers take {LARGEST:,}")
        if self.redirect_to:
            [handed] = self._send(content, [self.redirect_to])
            return [Handed(each, handed.status, handed.reason) for each in recipients]
        return self._send(content, recipients)

    def check(self) -> str:
        """Connect, encrypt, log in, and send nothing; return where. Errors: MailError."""
        door = self._door()
        self._opened(door)
        return f"{door.host}:{door.port}"

    def _send(self, content: bytes, recipients: Sequence[str]) -> list[Handed]:
        kept = self._session is not None and self._session.usable
        session = self._opened()
        try:
            return session.send(content, self.sender, recipients)
        except ConnectionLostError as error:
            if not kept:
                return _not_now(error, recipients)
        except MailError as error:
            if not kept or session.usable or error.kind != "busy":
                raise
        # The server had enough of this connection, as Gmail has after some mails: with a new one it may go on.
        session = self._opened()
        try:
            return session.send(content, self.sender, recipients)
        except ConnectionLostError as error:
            return _not_now(error, recipients)

    def _opened(self, door: Door | None = None) -> SmtpSession:
        if self._session is None or not self._session.usable:
            self.close()
            self._session = open_session(door or self._door())
            self.connections += 1
        return self._session


def mail(settings: Settings, *, sandbox_url: str | None = None) -> Mail:
    """The mail server that `mail.mode` names. sandbox_url: a sandbox; else the one that runs in this home.

    Nothing is connected yet; that no sandbox runs is told by the first `send`.
    """
    section = settings.mail

    def door() -> Door:
        return _live(section) if section.mode == "live" else _sandbox(settings, sandbox_url)

    return Mail(door, sender=sender_address(section), redirect_to=section.redirect_to)


def sender_address(section: MailSettings) -> str:
    """Where mails come from; the sandbox's own address when none is set."""
    return section.sender or MAIL_USER


def sandbox_mail_url(settings: Settings, sandbox_url: str | None) -> str:
    """The pages of the sandbox's mail server. Raises MailError when none runs."""
    running = None if sandbox_url else sandbox_of(settings.home)
    url = sandbox_url or (running.url if running else None)
    if url is None:
        raise MailError("sandbox", "mail.mode is sandbox, and no sandbox is running")
    return f"{url.rstrip('/')}/_sandbox/smtp"


def _live(section: MailSettings) -> Door:
    assert section.password is not None  # the settings are refused without it
    return Door(
        section.host,
        section.port,
        section.security,
        section.user,
        section.password.get_secret_value(),
        trusting(section.ca_file),
        ehlo=section.sender.rpartition("@")[2],
        seconds=section.timeout_seconds,
    )


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Whose certificates are taken: those that the system trusts, or those of one file only. Raises MailError."""
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        raise MailError("setup", f"mail.ca_file {ca_file} cannot be used ({error.strerror or error})") from None


def _sandbox(settings: Settings, sandbox_url: str | None) -> Door:
    url = sandbox_mail_url(settings, sandbox_url)
    try:
        with HttpClient(url, timeout_seconds=settings.mail.timeout_seconds, retry=Retry(attempts=1)) as client:
            found = client.request("GET", "address").json()
        # Only the sandbox's own certificate is trusted here, so that nothing else can pass for it.
        tls = trusting(Path(found["certificate"]))
        return Door(
            found["host"],
            int(found["port"]),
            "starttls",
            found["user"],
            found["password"],
            tls,
            seconds=settings.mail.timeout_seconds,
        )
    except (HttpError, ValueError, KeyError, TypeError):
        raise MailError("sandbox", f"the sandbox at {url} has no mail server that can be used") from None


def _not_now(error: ConnectionLostError, recipients: Sequence[str]) -> list[Handed]:
    """A break on a fresh connection: at MAIL it is the server's doing, later it may be this mail's."""
    if error.at == "MAIL":
        raise MailError("unreachable", str(error)) from None
    return [Handed(each, "later", str(error)) for each in dict.fromkeys(recipients)]
