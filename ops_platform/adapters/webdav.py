"""The web shop's file server: publishing a file so that its readers see the old one or the new one, whole.

A file is sent under a temporary name, its size is checked, and one MOVE puts it in place. Where a server knows no MOVE,
it is sent to its place and checked there; only then a reader may meet half a file, until the next attempt.
What is worth publishing is not decided here.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Literal, Self
from urllib.parse import quote

import httpx

from ops_platform.adapters.http import PATIENT, HttpClient, Retry
from ops_platform.adapters.http_answers import Answer, HttpError
from ops_platform.adapters.sandbox_address import SANDBOX_KEY, WEBDAV_PATH, WEBDAV_USER, sandbox_of
from ops_platform.adapters.webdav_errors import WebDavError, not_moved, short, told
from ops_platform.adapters.webdav_listing import ASK, Listed, clock_of, listing
from ops_platform.settings import Settings
from ops_platform.settings_retail import WebdavSettings

__all__ = ["UploadResult", "WebDav", "WebDavError", "web_dav"]

LEFTOVER_AFTER: Final = timedelta(days=1)
"""A temporary file of ours that is older was left behind by a run that died."""

_TEMPORARY: Final = re.compile(r".+\.tmp-ops[0-9a-f]{12}")
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f/\\?#;]{1,200}")  # some servers read ? # ; as URLs do, quoted or not
_NO_MOVE: Final = frozenset({405, 501})
_NO_FOLDER: Final = frozenset({404, 409})
_TRIES: Final = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class UploadResult:
    """A file that is on the server, whole. how: moved there, sent there (`put`), or it lay there already (`none`)."""

    name: str
    status: Literal["published", "unchanged"]
    size: int
    how: Literal["move", "put", "none"]


def web_dav(
    settings: Settings,
    *,
    sandbox_url: str | None = None,
    retry: Retry = PATIENT,
    sleep: Callable[[float], None] = time.sleep,
) -> WebDav:
    """Return the server that `retail.webdav.mode` names. sandbox_url: a sandbox; else the one that runs in this home.

    Nothing is asked yet. Raises WebDavError when no sandbox runs.
    """
    section = settings.retail.webdav
    if section.mode == "live":
        return WebDav(section, retry=retry, sleep=sleep)
    running = sandbox_of(settings.home) if sandbox_url is None else None
    base = sandbox_url if running is None else running.url
    if base is None:
        raise WebDavError(
            "retail.webdav.mode is sandbox, and no sandbox is running: `ops demo` or `ops sandbox` starts it. Your own "
            "web shop gets the files when mode is live (ops.yaml)",
            kind="settings",
        )
    address = f"{base.rstrip('/')}/{WEBDAV_PATH}"
    return WebDav(section, url=address, user=WEBDAV_USER, password=SANDBOX_KEY, retry=retry, sleep=sleep)


class WebDav:
    """One folder of the server. A context manager: the connections are closed at its end.

    url, user, password: instead of the section's. timeout_seconds: for one answer.
    Raises WebDavError (settings) when one of them is missing or url is no URL.
    """

    def __init__(
        self,
        section: WebdavSettings,
        *,
        url: str | None = None,
        user: str | None = None,
        password: str | None = None,
        timeout_seconds: float = 60.0,
        retry: Retry = PATIENT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        secret = password or (section.password.get_secret_value() if section.password else "")
        base, login = (url or section.url).rstrip("/"), user or section.user
        if not (base and login and secret):
            raise WebDavError(
                "retail.webdav lacks its url, user or password: set url and user in ops.yaml, and "
                "OPS_RETAIL__WEBDAV__PASSWORD in .env",
                kind="settings",
            )
        self.folder = "/" + section.folder.strip("/")
        self._base = base
        self._logged_in = self._swept = False
        try:
            self._client = HttpClient(
                base,
                headers={"Accept-Encoding": "identity"},  # the length of a packed answer is not that of the file
                auth=httpx.DigestAuth(login.encode(), secret.encode()),
                timeout_seconds=timeout_seconds,
                retry=retry,
                sleep=sleep,
            )
        except HttpError as error:
            raise WebDavError(f"retail.webdav.url {error}", kind="settings") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.__exit__(kind, error, trace)

    def upload(self, name: str, content: bytes, *, unchanged: bool = False) -> UploadResult:
        """Publish `content` as `name` in the folder, making the folder when needed.

        unchanged: it is what was published last; then it is only looked whether that is still there.
        Raises WebDavError; ValueError for a name that is a path.
        """
        if not _NAME.fullmatch(name) or name.startswith(".") or _TEMPORARY.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a file to publish")
        if unchanged and self.exists_with_size(name, len(content)):
            return UploadResult(name, "unchanged", len(content), "none")
        self._log_in(name)
        temporary = _temporary(name)
        try:
            self._send(temporary, content, live=False)
            how: Literal["move", "put"] = "move" if self._move(temporary, name, content) else "put"
        except BaseException:
            self._discard(temporary)
            raise
        if how == "put":
            self._discard(temporary)
            self._send(name, content, live=True)
        self._sweep()
        return UploadResult(name, "published", len(content), how)

    def exists_with_size(self, name: str, size: int) -> bool:
        """Whether the folder holds a file of this name and size in bytes. Raises WebDavError."""
        try:
            return self._size(name) == size
        except HttpError as error:
            raise told(error, folder=self.folder) from None

    def read(self, name: str) -> bytes | None:
        """The content of a file of the folder; None when there is none. Raises WebDavError."""
        try:
            return self._client.request("GET", self._path(name)).body
        except HttpError as error:
            if error.status == 404:
                return None
            raise told(error, folder=self.folder) from None

    def files(self) -> list[Listed]:
        """What lies in the folder, without folders below it. Raises WebDavError."""
        try:
            return listing(self._ask("PROPFIND", self._path(""), {"Depth": "1"}))
        except HttpError as error:
            raise told(error, folder=self.folder) from None

    def probe(self) -> int:
        """Send a file of one byte under a temporary name, remove it, and say how many files the folder holds.

        Raises WebDavError, also when it could not be removed.
        """
        self._log_in("probe")
        temporary = _temporary("probe")
        self._send(temporary, b"x", live=False)
        try:
            self._client.request("DELETE", self._path(temporary))
        except HttpError as error:
            raise told(error, folder=self.folder) from None
        return len(self.files())

    def remove_leftovers(self, now: datetime | None = None) -> int:
        """Remove temporary files of ours older than a day, and say how many. now: else the server's own clock.

        Raises WebDavError when the folder cannot be listed; what cannot be removed is found the next time.
        """
        try:
            answer = self._ask("PROPFIND", self._path(""), {"Depth": "1"})
            old = [each.name for each in listing(answer) if _left_over(each, now or clock_of(answer))]
        except HttpError as error:
            raise told(error, folder=self.folder) from None
        return sum(self._discard(name) for name in old)

    def _log_in(self, name: str) -> None:
        """Once a connection: ask for something small, so that no large body meets the login's refusal."""
        if not self._logged_in:
            self.exists_with_size(name, 0)
            self._logged_in = True

    def _send(self, name: str, content: bytes, *, live: bool) -> None:
        """PUT until all of it is there. live: readers know the name."""
        size: int | None = None
        for _ in range(_TRIES):
            try:
                self._put(name, content)
                size = self._size(name)
            except HttpError as error:
                raise told(error, folder=self.folder, maybe_done=live) from None
            if size == len(content):
                return
        raise short(f"{self.folder}/{name}", size, len(content), maybe_done=live)

    def _put(self, name: str, content: bytes) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        try:
            self._client.request("PUT", self._path(name), content=content, headers=headers)
        except HttpError as error:
            if error.status not in _NO_FOLDER:
                raise
            self._make_folder()
            self._client.request("PUT", self._path(name), content=content, headers=headers)

    def _make_folder(self) -> None:
        """Make the folder and those above it; 405 says that one is there."""
        parts = self.folder.strip("/").split("/")
        for depth in range(1, len(parts) + 1):
            try:
                self._ask("MKCOL", quote("/".join(parts[:depth])) + "/", {})
            except HttpError as error:
                if error.status != 405:
                    raise

    def _move(self, temporary: str, name: str, content: bytes) -> bool:
        """Put the temporary file in place; False when the server knows no MOVE, or lost the old file over it.

        An attempt whose answer was lost may have done it: the next one then finds nothing to move. So any failure is
        judged by what a reader finds.
        """
        headers = {"Destination": f"{self._base}/{self._path(name)}", "Overwrite": "T"}
        try:
            self._ask("MOVE", self._path(temporary), headers)
            size = self._size(name)
        except HttpError as error:
            seen = self._seen(name, content)
            if seen == "new":
                self._discard(temporary)  # it is there when the old content was the same
                return True
            if error.status in _NO_MOVE or seen == "nothing":
                return False
            raise not_moved(error, folder=self.folder, name=name, maybe_done=seen == "unknown") from None
        if size != len(content):
            raise short(f"{self.folder}/{name}", size, len(content), maybe_done=True)
        return True

    def _seen(self, name: str, content: bytes) -> Literal["new", "old", "nothing", "unknown"]:
        """What a reader finds now."""
        try:
            found = self.read(name)
        except WebDavError:
            return "unknown"
        return "nothing" if found is None else "new" if found == content else "old"

    def _size(self, name: str) -> int | None:
        """Bytes of a file; None when there is none."""
        try:
            length = self._client.request("HEAD", self._path(name)).headers.get("content-length", "")
            if length.isdecimal():
                return int(length)
            return listing(self._ask("PROPFIND", self._path(name), {"Depth": "0"}))[0].size
        except (HttpError, IndexError) as error:
            if isinstance(error, IndexError) or error.status == 404:
                return None
            raise

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> Answer:
        """One of WebDAV's own requests; ours may all be repeated."""
        body = ASK if method == "PROPFIND" else None
        typed = {**headers, "Content-Type": "application/xml"} if body else headers
        return self._client.request(method, path, content=body, headers=typed, repeatable=True)

    def _discard(self, temporary: str) -> bool:
        """Remove a temporary file, if it is there; never raises: what stays is found by a later run."""
        try:
            self._client.request("DELETE", self._path(temporary), repeatable=False)  # no long wait for a dead server
        except HttpError as error:
            if error.status != 404:
                _log.warning("%s/%s could not be removed: %s", self.folder, temporary, error)
            return False
        return True

    def _sweep(self) -> None:
        """Once a connection: remove what earlier crashes left. The upload has succeeded whatever comes of it."""
        if self._swept:
            return
        self._swept = True
        try:
            self.remove_leftovers()
        except WebDavError as error:
            _log.warning("temporary files were not looked for: %s", error)

    def _path(self, name: str) -> str:
        return quote(f"{self.folder.strip('/')}/{name}".lstrip("/"))


def _temporary(name: str) -> str:
    return f"{name}.tmp-ops{secrets.token_hex(6)}"


def _left_over(each: Listed, now: datetime) -> bool:
    return bool(_TEMPORARY.fullmatch(each.name)) and each.changed is not None and now - each.changed > LEFTOVER_AFTER
