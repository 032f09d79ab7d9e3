"""Whether a mail was accepted after all: the sandbox and a folder of sent mail are asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from ops_platform.adapters.mail import MailError
from ops_platform.adapters.mail_lookup import was_accepted
from ops_platform.sandbox.mail_tls import CERTIFICATE, server_tls
from ops_platform.sandbox.smtp import MailSandbox
from ops_platform.settings import Settings
from ops_platform_tests.adapters.mail_parts import CONTENT, PAT, running_post

THERE, MISSING = "<one@sandbox.example>", "<two@sandbox.example>"


def test_the_sandbox_knows_every_mail_it_was_given_also_after_a_restart(tmp_path: Path) -> None:
    with running_post(tmp_path) as post:
        assert was_accepted(post.settings(), THERE, sandbox_url=post.sandbox.url) is False
        post.send()
        assert was_accepted(post.settings(), THERE, sandbox_url=post.sandbox.url) is True
        assert was_accepted(post.settings(), MISSING, sandbox_url=post.sandbox.url) is False
        post.send(PAT, content=CONTENT)
        assert post.state.times_kept(THERE) == 2
    assert MailSandbox(tmp_path / "smtp").times_kept(THERE) == 2
    with pytest.raises(MailError, match="no connection"):
        was_accepted(post.settings(), THERE, sandbox_url=post.sandbox.url)


@dataclass
class Folder:
    """An IMAP server with one folder of sent mail, over TLS. wrong: the command it refuses."""

    tls_folder: Path
    wrong: str = ""
    heard: list[str] = field(default_factory=list)
    port: int = 0

    def settings(self, **more: object) -> Settings:
        account = {
            "user": "shop",
            "sender": "shop@store.example",
            "password": SecretStr("canary-secret"),
            "mode": "live",
        }
        imap = {"imap_host": "127.0.0.1", "imap_port": self.port, "ca_file": self.tls_folder / CERTIFICATE}
        return Settings(home=self.tls_folder, mail={**account, **imap, "timeout_seconds": 2.0, **more})

    @contextmanager
    def serving(self) -> Iterator[None]:
        tls = server_tls(self.tls_folder, datetime.now(UTC))
        assert tls is not None
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]

            def accept() -> None:
                with suppress(OSError):
                    while True:
                        connection, _ = listener.accept()
                        with connection, suppress(OSError), tls.wrap_socket(connection, server_side=True) as encrypted:
                            self._talk(encrypted)

            thread = threading.Thread(target=accept, daemon=True)
            thread.start()
            yield
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)

    def _talk(self, connection: socket.socket) -> None:
        connection.sendall(b"* OK ready\r\n")
        for raw in connection.makefile("rb"):
            tag, command, *_ = raw.decode().split()
            self.heard.append(raw.decode().strip().partition(" ")[2])
            said = {
                "CAPABILITY": "* CAPABILITY IMAP4rev1\r\n",
                "EXAMINE": "* 3 EXISTS\r\n",
                "SEARCH": "* SEARCH 7\r\n" if THERE in raw.decode() else "* SEARCH\r\n",
                "LOGOUT": "* BYE\r\n",
            }.get(command, "")
            end = f"NO not {PAT}" if command == self.wrong else "OK done"
            connection.sendall(f"{said}{tag} {end}\r\n".encode())


def test_a_folder_of_sent_mail_is_asked_by_message_id_and_only_read(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with folder.serving():
        assert was_accepted(folder.settings(), THERE) is True
        assert was_accepted(folder.settings(), MISSING) is False
    assert 'EXAMINE "[Gmail]/Sent Mail"' in folder.heard
    assert f'SEARCH HEADER Message-ID "{THERE}"' in folder.heard
    assert not [line for line in folder.heard if line.startswith(("SELECT", "STORE", "FETCH"))]


def test_without_a_folder_nobody_can_be_asked(tmp_path: Path) -> None:
    assert was_accepted(Folder(tmp_path, port=1).settings(imap_host=""), THERE) is None


@pytest.mark.parametrize("wrong", ["LOGIN", "EXAMINE", "SEARCH"])
def test_a_folder_that_cannot_be_asked_is_no_answer(tmp_path: Path, wrong: str) -> None:
    folder = Folder(tmp_path, wrong)
    with folder.serving(), pytest.raises(MailError, match=r"could not be asked .*check mail\.imap_host") as caught:
        was_accepted(folder.settings(), THERE)
    assert PAT not in str(caught.value)
    assert "canary-secret" not in str(caught.value)


def test_a_folder_that_nobody_vouches_for_or_that_is_away_is_no_answer(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with folder.serving(), pytest.raises(MailError, match="did not answer"):
        was_accepted(folder.settings(ca_file=None), THERE)
    with pytest.raises(MailError, match=r"did not answer \(connection refused\)"):
        was_accepted(folder.settings(), THERE)
