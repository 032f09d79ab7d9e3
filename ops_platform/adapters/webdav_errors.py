"""What a file server's refusal means for the person who runs the shop. No request is made here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from ops_platform.adapters.http_answers import HttpError

Kind = Literal["settings", "login", "refused", "folder", "locked", "full", "busy", "unreachable", "size", "other"]

_LOGIN: Final = (
    "WebDAV login refused: check OPS_RETAIL__WEBDAV__USER and OPS_RETAIL__WEBDAV__PASSWORD in .env (the web shop shows "
    "both under Settings, File access)"
)
_FOLDER: Final = (
    "folder {folder} does not exist on the WebDAV server and could not be made: check retail.webdav.url and "
    "retail.webdav.folder"
)
_FULL: Final = "the WebDAV server has no room for the file: remove old files there, or ask for more room"
_ELSEWHERE: Final = "the WebDAV server is at another address: set retail.webdav.url to where it is"


class WebDavError(Exception):
    """A file was not published, or not surely; the text says what to do and holds no secret.

    maybe_done: readers may see the new file all the same (a later upload settles it). Else they see the old one.
    """

    def __init__(self, message: str, *, kind: Kind, status: int | None = None, maybe_done: bool = False) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.status = status
        self.maybe_done = maybe_done


_MEANINGS: Final[Mapping[int, tuple[Kind, str]]] = {
    401: ("login", _LOGIN),
    403: ("refused", "the WebDAV user may not write to {folder}: allow it there, or set retail.webdav.folder"),
    **dict.fromkeys((404, 409, 410), ("folder", _FOLDER)),
    423: ("locked", "the file in {folder} is locked by another program: close it there, or try again later"),
    **dict.fromkeys((413, 507), ("full", _FULL)),
    **dict.fromkeys((301, 302, 307, 308), ("settings", _ELSEWHERE)),
    **dict.fromkeys(
        (429, 500, 502, 503, 504), ("busy", "the WebDAV server could not do it now: the next run tries again")
    ),
}
_OTHER: Final[tuple[Kind, str]] = (
    "other",
    "the WebDAV server's answer is none of the usual ones: show it to the server's operator",
)


def told(error: HttpError, *, folder: str, maybe_done: bool = False) -> WebDavError:
    """An answer's error as one of this adapter. folder: where the file was to lie."""
    kind, advice = _meaning(error)
    text = f"{advice.format(folder=folder)} ({error})"
    return WebDavError(text, kind=kind, status=error.status, maybe_done=maybe_done)


def not_moved(error: HttpError, *, folder: str, name: str, maybe_done: bool) -> WebDavError:
    """A MOVE that failed; 404 is about the temporary file."""
    if error.status != 404:
        return told(error, folder=folder, maybe_done=maybe_done)
    return WebDavError(
        f"the temporary file of {folder}/{name} was gone before it could be put in place: the next run tries again; "
        f"if it stays so, look what else cleans up there ({error})",
        kind="other",
        status=404,
        maybe_done=maybe_done,
    )


def short(path: str, size: int | None, wanted: int, *, maybe_done: bool) -> WebDavError:
    """A file that is not as long as what was sent; size None: it is not there."""
    held = "is not there" if size is None else f"holds {size:,} bytes"
    return WebDavError(
        f"{path} {held} after {wanted:,} bytes were sent: the next run tries again; if it stays so, ask the server's "
        "operator",
        kind="size",
        maybe_done=maybe_done,
    )


def _meaning(error: HttpError) -> tuple[Kind, str]:
    if error.kind == "status" and error.status is not None:
        return _MEANINGS.get(error.status, _OTHER)
    if error.kind in {"unreachable", "timeout", "broken"}:
        return "unreachable", "the WebDAV server did not answer: check the network and retail.webdav.url"
    return _OTHER
