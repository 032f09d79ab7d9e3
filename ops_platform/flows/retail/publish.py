"""Publishing files: on the web shop's file server, or as exports in the platform's own folder for people to fetch.

What did not change is not sent, every attempt is written down.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ops_platform.adapters.database import Database, scalar
from ops_platform.adapters.files import FileWriteError, stat_if_same, write_whole
from ops_platform.adapters.webdav import WebDavError
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.automation import PlannedFile

_DIED: Final = "its run died while it was sent; the next run sends it anew"


@dataclass(frozen=True)
class FileOutcome:
    """What became of a file. status: published, unchanged, held or failed."""

    name: str
    status: str
    rows: int
    size: int
    detail: str = ""
    place: str = "webdav"


def exports_folder(home: Path) -> Path:
    """Where files for people lie."""
    return home / "retail" / "exports"


def publish(
    db: Database,
    systems: Systems,
    automation: str,
    files: Iterable[PlannedFile],
    *,
    run_id: str | None,
    held: str | None = None,
) -> list[FileOutcome]:
    """Publish files; one that fails never stops the others. held: why none is sent; the files there stay."""
    last: dict[bool, dict[str, str | None]] = {}
    outcomes = []
    for file in files:
        is_sandbox = systems.is_sandbox(file.place)
        if is_sandbox not in last:
            known = db.frame("retail/last_published", automation=automation, is_sandbox=is_sandbox)
            last[is_sandbox] = dict(zip(known["name"], known["sha256"], strict=True))
        digest = hashlib.sha256(file.content).hexdigest()
        # Written down before it is tried: a run that dies here leaves it told as failed, and the next one sends anew.
        noted = _noted(
            db,
            automation=automation,
            name=file.name,
            sha256=digest,
            size=len(file.content),
            rows=file.rows,
            status="held" if held else "failed",
            detail=held or _DIED,
            is_sandbox=is_sandbox,
            run_id=run_id,
        )
        if held:
            status, detail = "held", held
        else:
            status, detail = _put(systems, file, unchanged=last[is_sandbox].get(file.name) == digest)
            db.execute("retail/put_published", published_id=noted, status=status, detail=detail or None)
        outcomes.append(FileOutcome(file.name, status, file.rows, len(file.content), detail, file.place))
    return outcomes


def _noted(db: Database, **row: Any) -> int:
    with db.transaction() as connection:
        return int(scalar(connection, "retail/insert_published", **row))


def _put(systems: Systems, file: PlannedFile, *, unchanged: bool) -> tuple[str, str]:
    try:
        if file.place == "exports":
            return _exported(exports_folder(systems.settings.home), file), ""
        # The server is asked whether the unchanged file is still there: somebody may have deleted it.
        result = systems.webdav.upload(file.name, file.content, unchanged=unchanged)
    except (WebDavError, FileWriteError) as error:
        return "failed", str(error)
    return result.status, ""


def _exported(folder: Path, file: PlannedFile) -> str:
    path = (folder / file.name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError(f"{file.name!r} would not lie in {folder}")
    if stat_if_same(path, file.content) and not (file.private and _others_may_read(path)):
        return "unchanged"
    write_whole(path, file.content, private=file.private)
    return "published"


def _others_may_read(path: Path) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)  # Windows has other rights
