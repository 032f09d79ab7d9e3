"""The web shop's file server: wsgidav over a folder on this machine, with a login by Digest only, as the real one asks.

Files stay where they are over a restart. A MOVE replaces a file in one step, as the usual servers do (wsgidav itself
removes the old one first; the fault `half_move` acts that out).
"""

from __future__ import annotations

import io
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from wsgidav.fs_dav_provider import FileResource, FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from ops_platform.adapters.sandbox_address import SANDBOX_KEY, WEBDAV_FOLDER, WEBDAV_PATH, WEBDAV_USER
from ops_platform.sandbox.service import Link, Service, Summary, fault_of

METHODS: Final = (
    "OPTIONS", "HEAD", "GET", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "MKCOL", "MOVE", "COPY", "LOCK", "UNLOCK",
)  # fmt: skip
FAULTS: Final = {
    "half_stored": "store half of what a PUT sends and answer as if it were all",
    "half_move": "on a MOVE remove the old file, answer `status`, and move nothing",
}
_SHOWN: Final = 12
_SAFE: Final = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'; sandbox"}


class DavSandbox:
    """The state: a folder. user, password: the login. mount: the path the service is under."""

    def __init__(
        self, folder: Path, *, user: str = WEBDAV_USER, password: str = SANDBOX_KEY, mount: str = f"/{WEBDAV_PATH}"
    ) -> None:
        self.folder = folder.absolute()
        self.user, self.password, self.mount = user, password, mount
        (self.folder / WEBDAV_FOLDER.strip("/")).mkdir(parents=True, exist_ok=True)
        logging.getLogger("wsgidav").setLevel(logging.CRITICAL)  # what it was asked stands in the request log
        self.app = WsgiDAVApp(
            {
                "verbose": 0,
                "mount_path": mount,
                "provider_mapping": {"/": _Files(str(self.folder), readonly=False, fs_opts={})},
                "http_authenticator": {"accept_basic": False, "accept_digest": True, "default_to_digest": True},
                "simple_dc": {"user_mapping": {"*": {user: {"password": password}}}},
                "dir_browser": {"enable": False},
            }
        )

    def files(self) -> dict[str, Path]:
        """Path as the server calls it (`/content/retail.csv`) -> file, by path."""
        found = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        return {f"/{path.relative_to(self.folder).as_posix()}": path for path in found}

    def serve(self, environ: dict[str, Any]) -> Response:
        """One request, as WSGI tells it."""
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
            said.append((status, headers))

        answer = self.app(environ, start)
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, headers = said[-1]
        response = Response(body, int(status[:3]))
        response.raw_headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return response

    def summary(self) -> Summary:
        """The newest files."""
        newest = sorted(self.files().items(), key=lambda each: each[1].stat().st_mtime, reverse=True)
        facts: dict[str, str | int] = {"files": len(newest), "bytes": sum(path.stat().st_size for _, path in newest)}
        return Summary(facts, ("file", "bytes", "written, UTC"), [_row(name, path) for name, path in newest[:_SHOWN]])


class _Files(FilesystemProvider):  # type: ignore[misc]  # wsgidav has no types
    """wsgidav's folder on disk, whose files are moved in one step."""

    def get_resource_inst(self, path: str, environ: dict[str, Any]) -> Any:
        found = super().get_resource_inst(path, environ)
        return _File(found.path, environ, found._file_path) if isinstance(found, FileResource) else found


class _File(FileResource):  # type: ignore[misc]  # wsgidav has no types
    def handle_move(self, dest_path: str) -> bool:
        """Rename over whatever is there. False leaves a folder in the way to wsgidav."""
        target = Path(self.provider._loc_to_file_path(dest_path, self.environ))
        if target.is_dir():
            return False
        Path(self._file_path).replace(target)
        return True


def webdav_service(state: DavSandbox) -> Service:
    """The service under /webdav, its files for a person under /_sandbox/webdav/files."""

    async def dav(request: Request) -> Response:
        body = await request.body()
        fault = fault_of(request)
        if fault is not None and fault.kind == "half_stored" and request.method == "PUT":
            body = body[: len(body) // 2]
        if fault is not None and fault.kind == "half_move" and request.method == "MOVE":
            return _half_move(state, request.headers.get("destination", ""), fault.status)
        return await run_in_threadpool(state.serve, _environ(request, body, state.mount))

    async def file(request: Request) -> Response:
        path = state.files().get(f"/{request.path_params['path']}")
        if path is None:
            return PlainTextResponse("there is no such file", 404)
        image = path.suffix.lower() in {".jpg", ".jpeg", ".png"}
        return FileResponse(path, media_type=None if image else "text/plain; charset=utf-8", headers=_SAFE)

    return Service(
        name=state.mount.strip("/"),
        title="The web shop's files (WebDAV)",
        routes=[Route("/{path:path}", dav, methods=list(METHODS))],
        summary=state.summary,
        faults=FAULTS,
        settings={
            "OPS_RETAIL__WEBDAV__MODE": "live",
            "OPS_RETAIL__WEBDAV__URL": "{url}",
            "OPS_RETAIL__WEBDAV__USER": state.user,
            "OPS_RETAIL__WEBDAV__PASSWORD": state.password,
            "OPS_RETAIL__WEBDAV__FOLDER": WEBDAV_FOLDER,
        },
        pages=[Route("/files/{path:path}", file)],
    )


def _row(name: str, path: Path) -> tuple[str | int | Link, ...]:
    found = path.stat()
    written = f"{datetime.fromtimestamp(found.st_mtime, UTC):%m-%d %H:%M}"
    return Link(name, f"/_sandbox/{WEBDAV_PATH}/files{quote(name)}"), f"{found.st_size:,}", written


def _half_move(state: DavSandbox, destination: str, status: int) -> Response:
    """What a server does that removes the old file first and then has no luck."""
    for name, path in state.files().items():
        if destination.endswith(state.mount + quote(name)):
            path.unlink()
    return PlainTextResponse("the move failed", status)


def _environ(request: Request, body: bytes, mount: str) -> dict[str, Any]:
    """A request as WSGI tells it (PEP 3333: text is bytes read as Latin-1)."""
    path = request.scope["path"].removeprefix(mount) or "/"
    server = request.scope["server"] or ("127.0.0.1", 80)
    headers = {
        f"HTTP_{name.decode().upper().replace('-', '_')}": value.decode("latin-1") for name, value in _headers(request)
    }
    return {
        **headers,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": mount,
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": request.scope["query_string"].decode("latin-1"),
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _headers(request: Request) -> list[tuple[bytes, bytes]]:
    own = {b"content-type", b"content-length", b"transfer-encoding"}
    return [(name, value) for name, value in request.scope["headers"] if name not in own]
