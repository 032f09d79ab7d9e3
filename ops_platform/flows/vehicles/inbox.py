"""What lies in the imports folder: a listing, which files nobody writes any more, which contents are not loaded.

Loading a file is importing.py; when a file is ready is decided by the pure rule in vehicles/arrivals.py.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops_platform.adapters.database import Database
from ops_platform.vehicles.arrivals import Cursor, Listed, ready_files
from ops_platform.vehicles.scans import date_in

# A file whose time lies this far back is not being written; a younger one is looked at twice, this long apart.
QUIET_SECONDS = 30.0
LOOK_AGAIN_SECONDS = 1.0


class InboxError(Exception):
    """The imports folder cannot be read; the message says what to do."""


@dataclass(frozen=True)
class FailedFile:
    """A file that lies in the folder and could not be loaded, with the reason of the last attempt."""

    name: str
    error: str


def look(folder: Path) -> list[Listed]:
    """Return every file of the folder, by name. Errors: InboxError; could not read is not empty."""
    found = []
    try:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                stat = path.stat()
                found.append(Listed(path.name, stat.st_size, stat.st_mtime_ns))
    except FileNotFoundError:
        raise InboxError(
            f"the imports folder {folder} is not there: create it, mount it, or set OPS_VEHICLES__IMPORTS_DIR "
            "to the folder the scraper writes to"
        ) from None
    except OSError as error:
        raise InboxError(
            f"the imports folder {folder} cannot be read ({error.strerror or error}): give this user the right "
            "to list and read it, or set OPS_VEHICLES__IMPORTS_DIR to another folder"
        ) from error
    return found


def scrapes(folder: Path) -> list[Path]:
    """Return the scrape files of the folder, by name, whether or not somebody still writes them."""
    return [folder / file.name for file in _scrapes(look(folder))]


def settled(folder: Path, *, wait: Callable[[float], None] = time.sleep) -> tuple[list[Path], list[str]]:
    """Return the scrapes nobody writes any more, by name, and the names of those somebody still does.

    One look cannot tell a whole file from the first half of one, and a half would be loaded as a whole: files of
    the last half minute are looked at again a second later.
    """
    first = _scrapes(look(folder))
    if any(time.time() - file.mtime_ns / 1e9 < QUIET_SECONDS for file in first):
        wait(LOOK_AGAIN_SECONDS)
    ready, _ = ready_files(look(folder), Cursor(last_look=tuple(file.identity for file in first)))
    names = {file.name for file in ready}
    return (
        [folder / file.name for file in ready],
        [file.name for file in first if file.name not in names],
    )


def not_loaded(db: Database, files: Sequence[Path]) -> list[Path]:
    """Return the files that were not loaded yet, in their order; files that vanished are left out.

    The same content under the name of another day is another scan (docs/adr/0005). A file that cannot be read is among
    them: loading it fails and says why.
    """
    hashes = _hashes(files)
    found = db.frame("vehicles/summary_loaded_hashes", hashes=list(hashes.values()))
    known = set(zip(found["file_sha256"], found["scan_date"], strict=True)) | {(h, None) for h in found["file_sha256"]}
    return [path for path, digest in hashes.items() if (digest, date_in(path.name)) not in known]


def failed_files(db: Database, files: Sequence[Path]) -> list[FailedFile]:
    """Return the files that cannot be read, or were tried and could not be loaded, in their order."""
    hashes = _hashes(files)
    found = db.frame("vehicles/summary_failed_files", hashes=list(hashes.values()))
    errors = dict(zip(found["file_sha256"], found["error"], strict=True))
    return [
        FailedFile(path.name, errors.get(digest) or digest)
        for path, digest in hashes.items()
        if digest in errors or digest.startswith(_UNREADABLE)
    ]


_UNREADABLE = "cannot be read: "


def _scrapes(listing: Sequence[Listed]) -> list[Listed]:
    """The rule of arrivals.py without the waiting."""
    candidates, _ = ready_files(listing, Cursor(last_look=tuple(file.identity for file in listing)))
    return candidates


def _hashes(files: Sequence[Path]) -> dict[Path, str]:
    """Each file's SHA-256, or why there is none."""
    found = {}
    for path in files:
        try:
            with path.open("rb") as file:
                found[path] = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:  # moved away since the look
            continue
        except OSError as error:
            found[path] = f"{_UNREADABLE}{error.strerror or error}"
    return found
