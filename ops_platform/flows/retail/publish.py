"""Publishing files on the web shop's file server: what did not change is not sent, every attempt is written down."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from ops_platform.adapters.database import Database
from ops_platform.adapters.webdav import WebDavError
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.automation import PlannedFile


@dataclass(frozen=True)
class FileOutcome:
    """What became of a file. status: published, unchanged, held or failed."""

    name: str
    status: str
    rows: int
    size: int
    detail: str = ""


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
    is_sandbox = systems.is_sandbox("webdav")
    known = db.frame("retail/last_published", automation=automation, is_sandbox=is_sandbox)
    last = dict(zip(known["name"], known["sha256"], strict=True))
    outcomes = []
    for file in files:
        digest = hashlib.sha256(file.content).hexdigest()
        status, detail = ("held", held) if held else _sent(systems, file, unchanged=last.get(file.name) == digest)
        db.execute(
            "retail/insert_published",
            automation=automation,
            name=file.name,
            sha256=digest,
            size=len(file.content),
            rows=file.rows,
            status=status,
            detail=detail or None,
            is_sandbox=is_sandbox,
            run_id=run_id,
        )
        outcomes.append(FileOutcome(file.name, status, file.rows, len(file.content), detail))
    return outcomes


def _sent(systems: Systems, file: PlannedFile, *, unchanged: bool) -> tuple[str, str]:
    try:
        # The server is asked whether the unchanged file is still there: somebody may have deleted it.
        result = systems.webdav.upload(file.name, file.content, unchanged=unchanged)
    except WebDavError as error:
        return "failed", str(error)
    return result.status, ""
