"""A file server over WebDAV for tests of what is published there and of what goes wrong meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops_platform.adapters.http import Retry
from ops_platform.adapters.webdav import UploadResult, WebDav
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.webdav import DavSandbox, webdav_service
from ops_platform.settings_retail import WebdavSettings

NAME = "retail.csv"
OLD, NEW = b"old," * 700, b"new,\r\n" * 900
TWICE = Retry(attempts=2, first_wait=0.0, longest_wait=5.0)
ONCE = Retry(attempts=1)


@dataclass(frozen=True)
class Dav:
    """A file server with one published file, and how to reach it."""

    state: DavSandbox
    sandbox: Sandbox

    @property
    def content(self) -> Path:
        return self.state.folder / "content"

    def client(
        self, retry: Retry = TWICE, *, folder: str = "/content", url: str = "", seconds: float = 10.0, **login: str
    ) -> WebDav:
        login = {"user": self.state.user, "password": self.state.password, **login}
        return WebDav(
            WebdavSettings(folder=folder),
            url=url or f"{self.sandbox.url}/webdav",
            timeout_seconds=seconds,
            retry=retry,
            sleep=lambda _: None,
            **login,
        )

    def upload(self, content: bytes = NEW, **options: Any) -> UploadResult:
        with self.client(**options) as client:
            return client.upload(NAME, content)

    def fault(self, kind: str, **options: Any) -> None:
        self.sandbox.faults.add("webdav", kind, **options)

    def asked(self) -> list[str]:
        return [entry.method for entry in self.sandbox.log.entries("webdav")]


@contextmanager
def running_dav(folder: Path) -> Iterator[Dav]:
    """A file server of the sandbox while the block runs; its published file is the old one."""
    state = DavSandbox(folder / "dav")
    with running_sandbox([webdav_service(state)]) as sandbox:
        (state.folder / "content" / NAME).write_bytes(OLD)
        yield Dav(state, sandbox)
