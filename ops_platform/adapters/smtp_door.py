"""The way into a mail server: connect, encrypt, log in. What goes wrong there concerns every mail.

What belongs here: the conversation up to the login, and how long a step may take. What does not: mails
(smtp_session.py) and what an answer means (smtp_replies.py).
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from ops_platform.adapters.smtp_replies import MailError, Reply, about_us

BREAKS: Final = (OSError, smtplib.SMTPException)
"""What a broken connection raises. Answers are read, so none of smtplib's own errors stands for one."""
_LOGINS: Final = ("PLAIN", "LOGIN")
_ANSWER: Final = re.compile(rb"[2-5][0-9]{2}[ \r\n-]")
_LONGEST_LINE, _MOST_LINES = 4096, 200


@dataclass(frozen=True)
class Door:
    """Where the server is and how one gets in. ehlo: what we call ourselves. longest: seconds for one mail in all."""

    host: str
    port: int
    security: Literal["starttls", "ssl"]
    user: str
    password: str = field(repr=False)
    tls: ssl.SSLContext = field(repr=False)
    ehlo: str = "localhost"
    seconds: float = 30.0
    longest: float = 80.0


class WholeAnswers(smtplib.SMTP):
    """smtplib, which takes half a line for an answer: one that is cut after `25` could have been any.

    is_ended: we ended the connection, because the server was too slow (`ended_after`).
    """

    is_ended = False

    def getreply(self) -> tuple[int, bytes]:
        """The next answer: its code, -1 for what is none, and its lines."""
        if self.file is None:
            assert self.sock is not None
            self.file = self.sock.makefile("rb")
        texts: list[bytes] = []
        while len(texts) < _MOST_LINES:
            try:
                line = self.file.readline(_LONGEST_LINE)
            except OSError as error:
                self.close()
                raise smtplib.SMTPServerDisconnected(str(error)) from None
            if not line.endswith(b"\n"):
                break
            texts.append(line[4:].strip())
            if not _ANSWER.match(line):
                return -1, line.strip()
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(texts)
        self.close()
        raise smtplib.SMTPServerDisconnected("no whole answer")


class _WholeAnswersSsl(WholeAnswers, smtplib.SMTP_SSL):
    """The same, encrypted from the start."""


def logged_in(door: Door) -> WholeAnswers:
    """Connect, encrypt and log in. Errors: MailError; the password is only ever sent encrypted."""
    smtp = _client(door)
    try:
        with ended_after(smtp, door.longest):
            _connect(door, smtp)
            _greet(smtp)
            if door.security == "starttls":
                _encrypt(door, smtp)
                _greet(smtp)
            _log_in(door, smtp)
    except MailError:
        _leave(smtp)
        raise
    except BREAKS as error:
        smtp.close()
        raise MailError("unreachable", f"{_where(door)} ended the conversation ({system_words(smtp, error)})") from None
    return smtp


def _client(door: Door) -> WholeAnswers:
    smtp = (
        _WholeAnswersSsl(local_hostname=door.ehlo, timeout=door.seconds, context=door.tls)
        if door.security == "ssl"
        else WholeAnswers(local_hostname=door.ehlo, timeout=door.seconds)
    )
    # What the certificate is checked against. The constructor sets it only when it connects at once, and then nothing
    # bounds how long the greeting may take.
    smtp._host = door.host  # type: ignore[attr-defined]
    return smtp


def _connect(door: Door, smtp: WholeAnswers) -> None:
    try:
        reply = Reply.of(*smtp.connect(door.host, door.port))
    except ssl.SSLError as error:
        raise _tls_error(door, error) from None
    except BREAKS as error:
        raise MailError("unreachable", f"{_where(door)} did not answer ({system_words(smtp, error)})") from None
    if reply.code < 0:
        raise MailError("unreachable", f"{_where(door)} is no mail server")
    # The final dot travels by itself: it must not wait for the server's word about what came before it.
    assert smtp.sock is not None
    smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not reply.ok:
        raise about_us(reply, "CONNECT")


def _greet(smtp: smtplib.SMTP) -> None:
    reply = Reply.of(*smtp.ehlo())
    if not reply.ok:
        raise about_us(reply, "EHLO")


def _encrypt(door: Door, smtp: smtplib.SMTP) -> None:
    if not smtp.has_extn("starttls"):
        raise MailError("tls", f"{_where(door)} offers no encryption (STARTTLS)")
    try:
        reply = Reply.of(*smtp.starttls(context=door.tls))
    except smtplib.SMTPResponseException as error:
        reply = Reply.of(error.smtp_code, _bytes(error.smtp_error))
    except ssl.SSLError as error:
        raise _tls_error(door, error) from None
    if not reply.ok:
        raise MailError("busy" if reply.temporary else "tls", f"{_where(door)} answered {reply} to STARTTLS")


def _log_in(door: Door, smtp: smtplib.SMTP) -> None:
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    way = next((each for each in _LOGINS if each in offered), None)
    if way is None:
        raise MailError("login", f"{_where(door)} offers no login by password ({' '.join(offered) or 'none at all'})")
    smtp.user, smtp.password = door.user, door.password
    try:
        smtp.auth(way, smtp.auth_plain if way == "PLAIN" else smtp.auth_login)
    except smtplib.SMTPAuthenticationError as error:
        raise about_us(Reply.of(error.smtp_code, _bytes(error.smtp_error)), "AUTH") from None
    except UnicodeError:
        raise MailError("login", "the user or the password holds letters that no mail server takes") from None


def _tls_error(door: Door, error: ssl.SSLError) -> MailError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return MailError("tls", f"the certificate of {_where(door)} is not trusted ({error.verify_message})")
    return MailError("tls", f"no encrypted connection to {_where(door)} ({error.reason or 'TLS failed'})")


def _where(door: Door) -> str:
    return f"the mail server {door.host}:{door.port}"


def system_words(smtp: WholeAnswers, error: BaseException) -> str:
    """What happened, from the system's words; a library's may quote what was sent. Who ended it is told, too."""
    if smtp.is_ended or isinstance(error, TimeoutError) or "timed out" in str(error):
        return "timed out"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it hung up"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")


def _leave(smtp: smtplib.SMTP) -> None:
    with contextlib.suppress(*BREAKS):
        smtp.quit()
    smtp.close()


@contextlib.contextmanager
def ended_after(smtp: WholeAnswers, seconds: float) -> Iterator[None]:
    """End the connection when a step takes too long in all: a byte a second keeps every single timeout."""

    def end() -> None:
        smtp.is_ended = True
        with contextlib.suppress(OSError, AttributeError):  # it may be closed by now
            smtp.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
