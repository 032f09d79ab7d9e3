"""That `ops up` runs here, in `<home>/platform.json`: for the watchdog and for whoever asks from outside.

What belongs here: writing and reading that file. Nothing of Dagster is imported. After an end as asked it says so;
after a power cut it names a process that is gone, and that is how the two are told apart.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psutil

from ops_platform.adapters.files import FileWriteError, write_whole

_KEPT: Final = timedelta(hours=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Announcement:
    """What `ops up` says of itself. born: when its process began, because process numbers are used again.

    began_at: when all services answered. ended_at: when it ended as asked. restarts: service -> when it was started
    again, of the last hour. ui: host and port; workspace: the file that names the code server.
    """

    pid: int
    born: float
    began_at: datetime
    ui: tuple[str, int]
    workspace: str
    ended_at: datetime | None = None
    restarts: dict[str, list[datetime]] = field(default_factory=dict)

    @property
    def is_up(self) -> bool:
        """Whether its process lives and was not asked to end."""
        if self.ended_at is not None:
            return False
        try:
            return abs(psutil.Process(self.pid).create_time() - self.born) < 1
        except psutil.Error:
            return False


class Announcer:
    """Keeps the file of one `ops up` right. A disk that is full costs the announcement, never the platform."""

    def __init__(self, home: Path, *, ui: tuple[str, int], workspace: str) -> None:
        self._file = announcement_file(home)
        born = psutil.Process().create_time()
        self._said = Announcement(os.getpid(), born, datetime.now(UTC), ui, workspace)

    def up(self) -> None:
        """Say that all services answer."""
        self._say(replace(self._said, began_at=datetime.now(UTC)))

    def restarted(self, service: str) -> None:
        """Note that a service ended and is started again."""
        now = datetime.now(UTC)
        lately = [each for each in self._said.restarts.get(service, []) if now - each < _KEPT]
        self._say(replace(self._said, restarts={**self._said.restarts, service: [*lately, now]}))

    def ended(self) -> None:
        """Say that it ends because somebody asked."""
        self._say(replace(self._said, ended_at=datetime.now(UTC)))

    def _say(self, said: Announcement) -> None:
        self._said = said
        try:
            write_whole(self._file, json.dumps(asdict(said), default=datetime.isoformat, indent=1).encode())
        except FileWriteError as error:
            _log.warning("%s", error)


def announcement_file(home: Path) -> Path:
    """Where it stands."""
    return home / "platform.json"


def announced(home: Path) -> Announcement | None:
    """What the last `ops up` of this home said; None when it never ran or said nothing that can be read."""
    try:
        found: dict[str, Any] = json.loads(announcement_file(home).read_text(encoding="utf-8"))
        moments = {name: _moment(found[name]) for name in ("began_at", "ended_at")}
        restarts = {name: [datetime.fromisoformat(at) for at in times] for name, times in found["restarts"].items()}
        host, port = found["ui"]
        return Announcement(**{**found, **moments, "restarts": restarts, "ui": (str(host), int(port))})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
