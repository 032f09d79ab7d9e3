"""The mail server: STARTTLS, a login, a maildir, and what goes wrong between two servers. Nothing is ever sent on.

A mail is kept byte by byte behind three headers of the sandbox's own, which say who was named to the server and when.
The maildir stays over a restart.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import mailbox
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from ops_platform.adapters.sandbox_address import MAIL_USER, SANDBOX_KEY
from ops_platform.sandbox.faults import Fault, Faults
from ops_platform.sandbox.listening import ended, listening
from ops_platform.sandbox.mail_tls import CERTIFICATE, server_tls
from ops_platform.sandbox.mail_view import Mail, message_id, parsed
from ops_platform.sandbox.request_log import RequestLog
from ops_platform.sandbox.service import Link, Summary

NAME: Final = "smtp"
FAULTS: Final = {
    "reply": "answer `status` (and `message`) to the command `method`: AUTH, MAIL, RCPT, DATA; 421 also hangs up",
    "drop": "break the connection instead of answering; for DATA after the final dot, with `accepted` the mail is kept",
    "latency": "answer `seconds` later",
}
HOST: Final = "127.0.0.1"
_OWN: Final = "X-Sandbox-"
_LARGEST: Final = 25 * 1024 * 1024
_SHOWN: Final = 8
_PARSED: Final = 256
_SECONDS: Final = 10.0


def _now() -> datetime:
    return datetime.now(UTC)


class _Known(NamedTuple):
    """What can be told of a mail without reading all of it again."""

    at: str
    key: str
    message_id: str
    to: tuple[str, ...]

    @classmethod
    def of(cls, key: str, raw: bytes) -> _Known:
        found = parsed(key, raw, _OWN)
        return cls(found.at, key, message_id(raw), found.envelope_to)


class MailSandbox:
    """The state: a maildir. user, password: the login. port: 0 takes a free one; once it runs `port` is the real one.

    folder: where the maildir and the certificate lie. Raises OSError when it cannot be written to.
    """

    def __init__(
        self,
        folder: Path,
        *,
        user: str = MAIL_USER,
        password: str = SANDBOX_KEY,
        port: int = 0,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.user, self.password, self.port = user, password, port
        self.clock = clock
        self._lock = threading.Lock()
        self._known: list[_Known] | None = None
        self._kept = mailbox.Maildir(folder / "maildir", create=True)
        # A mail that was kept never changes, and reading one takes longer than everything else on the page.
        self._parsed = lru_cache(_PARSED)(self._parse)
        self._tls = server_tls(folder, clock())
        self.certificate = folder / CERTIFICATE if self._tls else None

    def keep(self, sender: str, recipients: list[str], content: bytes) -> None:
        """Put one mail into the maildir."""
        own = {"At": self.clock().isoformat(), "From": sender, "To": " ".join(recipients)}
        head = "".join(f"{_OWN}{name}: {value}\r\n" for name, value in own.items())
        with self._lock:
            known = self._index()
            key = self._kept.add(head.encode("utf-8", "replace") + content)
            known.append(_Known(own["At"], key, message_id(content), tuple(recipients)))

    def times_kept(self, wanted: str) -> int:
        """How many mails have this Message-ID; quick however many there are."""
        with self._lock:
            return sum(known.message_id == wanted for known in self._index())

    def mails(self, newest: int | None = None) -> list[Mail]:
        """The mails, newest first."""
        with self._lock:
            keys = [known.key for known in sorted(self._index(), key=lambda known: known.at, reverse=True)][:newest]
            return [self._parsed(key) for key in keys]

    def _parse(self, key: str) -> Mail:
        return parsed(key, self._kept.get_bytes(key), _OWN)

    def _index(self) -> list[_Known]:
        """What is known of each mail, read when it is first asked for; the caller holds the lock."""
        if self._known is None:
            self._known = [_Known.of(key, self._kept.get_bytes(key)) for key in self._kept.keys()]  # noqa: SIM118 - a maildir is no dict
        return self._known

    def mail(self, key: str) -> Mail | None:
        """One mail; None when there is none of this key."""
        with self._lock:
            return self._parsed(key) if key in self._kept else None

    @property
    def address(self) -> dict[str, Any]:
        """Where the server is and what it wants, as JSON values."""
        return {
            "host": HOST,
            "port": self.port,
            "starttls": self._tls is not None,
            "certificate": str(self.certificate) if self.certificate else None,
            "user": self.user,
            "password": self.password,
        }

    def summary(self) -> Summary:
        """The newest mails."""
        with self._lock:
            known = list(self._index())
        facts: dict[str, str | int] = {
            "address": f"{HOST}:{self.port}" if self.port else "not running",
            "mails": len(known),
            "recipients": len({each for mail in known for each in mail.to}),
        }
        return Summary(facts, ("subject", "to", "at, UTC"), [_row(mail) for mail in self.mails(_SHOWN)])

    @contextmanager
    def serving(self, log: RequestLog, faults: Faults) -> Iterator[None]:
        """Serve while the block runs. Raises OSError when the port is taken."""
        asked = self.port
        listener = listening(HOST, asked)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="sandbox mail", daemon=True)
        thread.start()
        handler = _Handler(self, log, faults)
        try:
            started = asyncio.run_coroutine_threadsafe(
                loop.create_server(lambda: self._session(handler, loop), sock=listener), loop
            )
            server = started.result(_SECONDS)
            self.port = listener.getsockname()[1]
            try:
                yield
            finally:
                asyncio.run_coroutine_threadsafe(ended(server), loop).result(_SECONDS)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
            listener.close()
            self.port = asked

    def _session(self, handler: _Handler, loop: asyncio.AbstractEventLoop) -> SMTP:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it would write addresses
        return SMTP(
            handler,
            hostname="localhost",
            ident="sandbox",
            data_size_limit=_LARGEST,
            enable_SMTPUTF8=True,
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            auth_required=True,
            auth_require_tls=self._tls is not None,
            authenticator=handler.login,
            loop=loop,
        )


def _row(mail: Mail) -> tuple[str | int | Link, ...]:
    to = ", ".join(mail.envelope_to[:3]) + (f" and {len(mail.envelope_to) - 3} more" if mail.envelope_to[3:] else "")
    return (
        Link(mail.subject or "(no subject)", f"/_sandbox/{NAME}/mails/{mail.key}"),
        to,
        mail.at[5:16].replace("T", " "),
    )


@dataclass
class _Handler:
    """aiosmtpd's hooks: one for each command that a fault can hit."""

    state: MailSandbox
    log: RequestLog
    faults: Faults

    def login(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:
        """Whether a login is right. A latency here would hold up everybody, so it is none."""
        fault = self.faults.take(NAME, "AUTH", "")
        if fault is not None and fault.kind == "reply":
            self._note("AUTH", fault.status, fault=fault)
            return AuthResult(success=False, handled=False, message=_reply(fault))
        right = isinstance(given, LoginPassword) and all(
            secrets.compare_digest(one, other.encode())
            for one, other in ((given.login, self.state.user), (given.password, self.state.password))
        )
        if not right:
            self._note("AUTH", 535)
        return AuthResult(success=right, handled=False, message=None if right else "535 5.7.8 wrong user or password")

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The sender."""
        refusal = await self._hit(server, "MAIL", address)
        if refusal is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return refusal or "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """One recipient."""
        refusal = await self._hit(server, "RCPT", address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """The mail, after its final dot."""
        content = envelope.original_content or b""
        fault = self.faults.take(NAME, "DATA", envelope.rcpt_tos[0])
        kept = fault is None or fault.kind == "latency" or fault.accepted
        if kept:
            self.state.keep(envelope.mail_from or "", envelope.rcpt_tos, content)
        dropped = fault is not None and fault.kind == "drop"
        status = None if dropped else fault.status if fault is not None and fault.kind == "reply" else 250
        self._note("DATA", status, fault=fault, content=content, reached=kept)
        return await self._act(server, fault) or "250 OK"

    async def _hit(self, server: SMTP, command: str, address: str) -> str | None:
        """The answer of the fault that hits a command, if one does and it is a refusal."""
        fault = self.faults.take(NAME, command, address)
        if fault is not None:
            self._note(command, fault.status if fault.kind == "reply" else None, fault=fault)
        return await self._act(server, fault)

    async def _act(self, server: SMTP, fault: Fault | None) -> str | None:
        if fault is None:
            return None
        if fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
            return None
        hangs_up = fault.kind == "drop"
        if fault.kind == "reply" and fault.status == 421:
            await server.push(_reply(fault))
            hangs_up = True
        if hangs_up:
            assert isinstance(server.transport, asyncio.Transport)
            end = server.transport.abort if fault.kind == "drop" else server.transport.close
            end()
            await asyncio.sleep(_SECONDS)  # the end of the connection ends this session
        return _reply(fault)

    def _note(
        self,
        command: str,
        status: int | None,
        *,
        fault: Fault | None = None,
        content: bytes = b"",
        reached: bool = False,
    ) -> None:
        """Write to the request log; no address stands there."""
        self.log.add(
            at=self.state.clock().isoformat(),
            service=NAME,
            method=command,
            path="",
            request_bytes=len(content),
            request_sha256=hashlib.sha256(content).hexdigest() if content else "",
            reached=reached,
            status=status,
            whole=fault is None or fault.kind != "drop",
            fault=None if fault is None else fault.kind,
        )


def _reply(fault: Fault) -> str:
    return f"{fault.status} {fault.message or 'refused by the sandbox'}"
