"""Mail for tests: the sandbox's server with its faults, and a server that says word for word what a test wants."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from ops_platform.adapters.mail import Handed, Mail, mail
from ops_platform.adapters.smtp_door import Door
from ops_platform.sandbox.mail_pages import mail_service
from ops_platform.sandbox.mail_tls import CERTIFICATE, server_tls
from ops_platform.sandbox.mail_view import Mail as Arrived
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.smtp import MailSandbox
from ops_platform.settings import Settings

PAT, LEE, KIM = "pat@customers.example", "lee@customers.example", "kim@customers.example"
CONTENT = b"Subject: Hello\r\nMessage-ID: <one@sandbox.example>\r\n\r\nHi Pat\r\n.a dot first\r\n"
NOON = datetime(2026, 5, 14, 16, 0, tzinfo=UTC)


@dataclass
class Post:
    """The sandbox's mail server and a home. Faults and mails of the test before are gone (`fresh`)."""

    home: Path
    state: MailSandbox
    sandbox: Sandbox
    _seen: int = 0

    def settings(self, **section: Any) -> Settings:
        return Settings(home=self.home, mail={"timeout_seconds": 5.0, **section})

    def client(self, **section: Any) -> Mail:
        return mail(self.settings(**section), sandbox_url=self.sandbox.url)

    def send(self, *to: str, content: bytes = CONTENT, **section: Any) -> list[Handed]:
        with self.client(**section) as client:
            return client.send(content, to or (PAT,))

    def fault(self, kind: str, **options: Any) -> None:
        self.sandbox.faults.add("smtp", kind, **options)

    def arrived(self) -> list[Arrived]:
        """The mails of this test, oldest first."""
        count = self._count() - self._seen
        return self.state.mails(count)[::-1] if count else []

    def fresh(self) -> Post:
        self.sandbox.faults.switch_off()
        self._seen = self._count()
        return self

    def _count(self) -> int:
        return int(self.state.summary().facts["mails"])


@contextmanager
def running_post(folder: Path) -> Iterator[Post]:
    """A mail server of the sandbox while the block runs."""
    state = MailSandbox(folder / "smtp")
    with running_sandbox([mail_service(state)]) as sandbox:
        yield Post(folder / "home", state, sandbox)


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, _class=EmailMessage, policy=policy.default)


OFFERS = "250-here\r\n250-SIZE 30000000\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN"
USUAL = {
    "CONNECT": "220 here", "EHLO": OFFERS, "STARTTLS": "220 go", "AUTH": "235 welcome", "MAIL": "250 ok",
    "RCPT": "250 ok", "DATA": "354 go on", "DOT": "250 taken", "RSET": "250 ok", "QUIT": "221 bye",
}  # fmt: skip
HANG, HANG_UP, DRIP, CUT = "(hang)", "(hang up)", "(drip)", "(cut)"


@dataclass
class Scripted:
    """A mail server that answers each command as `says` has it, else as servers do.

    Commands: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, DOT (the whole mail). An answer is a line, HANG, HANG_UP,
    DRIP (a byte now and then, for ever), CUT (half a yes), or a list of those, one each time. heard: what came.
    """

    folder: Path
    says: Mapping[str, Any] = field(default_factory=dict)
    encrypted: bool = False
    heard: list[str] = field(default_factory=list)
    port: int = 0
    _turn: dict[str, int] = field(default_factory=dict)
    _end: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.tls = server_tls(self.folder, datetime.now(UTC))

    def door(self, **changes: Any) -> Door:
        trusted = ssl.create_default_context(cafile=str(self.folder / CERTIFICATE))
        way: Any = "ssl" if self.encrypted else "starttls"
        usual = {"host": "127.0.0.1", "port": self.port, "security": way, "user": "shop", "password": "canary-secret"}
        return Door(**{**usual, "tls": trusted, "seconds": 2.0, **changes})

    def client(self, **changes: Any) -> Mail:
        return Mail(lambda: self.door(**changes), sender="shop@store.example")

    def send(self, *to: str, content: bytes = CONTENT, **changes: Any) -> list[Handed]:
        with self.client(**changes) as client:
            return client.send(content, to or (PAT,))

    @contextmanager
    def serving(self) -> Iterator[Scripted]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            thread = threading.Thread(target=self._accept, args=(listener,), daemon=True)
            thread.start()
            try:
                yield self
            finally:
                self._end.set()
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                thread.join(5)

    def _accept(self, listener: socket.socket) -> None:
        while not self._end.is_set():
            connection, _ = listener.accept()
            with connection, suppress(OSError, EOFError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        if self.encrypted:
            assert self.tls is not None
            connection = self.tls.wrap_socket(connection, server_side=True)
        self._answer(connection, "CONNECT")
        lines = connection.makefile("rb")
        while line := lines.readline():
            command = line.decode("latin-1").split(" ")[0].strip().upper()
            self.heard.append(command)
            said = self._answer(connection, command)
            if command == "STARTTLS" and said.startswith("220"):
                assert self.tls is not None
                connection = self.tls.wrap_socket(connection, server_side=True)
                lines = connection.makefile("rb")
            if command == "DATA" and said.startswith("354"):
                while lines.readline() not in (b".\r\n", b""):
                    pass
                self.heard.append("DOT")
                self._answer(connection, "DOT")
            if command == "QUIT":
                return

    def _answer(self, connection: socket.socket, command: str) -> str:
        said = self.says.get(command, USUAL.get(command, "502 what"))
        if isinstance(said, list):
            turn = self._turn[command] = self._turn.get(command, -1) + 1
            said = said[min(turn, len(said) - 1)]
        if said == HANG_UP:
            raise EOFError
        if said == CUT:
            connection.sendall(b"250 o")
            raise EOFError
        if said == HANG:
            self._end.wait(10)
            raise EOFError
        while said == DRIP and not self._end.wait(0.02):
            connection.sendall(b"2")
        connection.sendall(f"{said}\r\n".encode())
        return str(said)


def scripted(tmp_path: Path, **says: Any) -> Scripted:
    """A server that answers some commands as it is told."""
    return Scripted(tmp_path, {name.upper(): said for name, said in says.items()})


def statuses(handed: list[Handed]) -> list[tuple[str, str]]:
    """Who has the mail, and who has not."""
    return [(each.address, each.status) for each in handed]
