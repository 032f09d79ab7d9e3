"""What the sandbox was asked: kept in memory for the index page, and as JSON lines for whoever checks a run.

Bodies are not kept, only their size and SHA-256; values of a query that may be keys or name a person are blotted out.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TextIO
from urllib.parse import parse_qsl, urlencode

KEPT: Final = 2000
FILE: Final = "requests.jsonl"
_HIDDEN: Final = re.compile(r"key|token|secret|pass|sign|auth|cookie|mail|phone|name", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """A request and what became of it.

    at: ISO 8601, UTC. reached: the service did what was asked. status: what the client was told, None when nothing.
    whole: the answer was sent to its end. fault: the kind that hit. seconds: what the service took.
    """

    number: int
    at: str
    service: str
    method: str
    path: str
    query: str
    request_bytes: int
    request_sha256: str
    reached: bool
    status: int | None
    whole: bool
    fault: str | None
    response_bytes: int
    seconds: float


class RequestLog:
    """The requests of all services, written by many threads. folder: where requests.jsonl is appended to, if anywhere.

    Raises OSError when the folder cannot be written to.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._kept: deque[Entry] = deque(maxlen=KEPT)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._file: TextIO | None = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            # By line: a checker reads while requests come in.
            self._file = (folder / FILE).open("a", encoding="utf-8", newline="\n", buffering=1)

    def close(self) -> None:
        """Close the file; entries are still kept in memory."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def add(
        self,
        *,
        at: str,
        service: str,
        method: str,
        path: str,
        query: str = "",
        request_bytes: int = 0,
        request_sha256: str = "",
        reached: bool,
        status: int | None,
        whole: bool = True,
        fault: str | None = None,
        response_bytes: int = 0,
        seconds: float = 0.0,
    ) -> Entry:
        """Note one request; its number is the next. The query is blotted here."""
        with self._lock:
            number = self._counts["", "all"] + 1
            entry = Entry(
                number, at, service, method, path, blotted(query), request_bytes, request_sha256,
                reached, status, whole, fault, response_bytes, round(seconds, 4),
            )  # fmt: skip
            self._kept.append(entry)
            self._counts["", "all"] += 1
            self._counts[service, "requests"] += 1
            self._counts[service, "faults"] += fault is not None
            if self._file is not None:
                self._file.write(json.dumps(asdict(entry)) + "\n")
        return entry

    def entries(self, service: str | None = None, *, after: int = 0) -> list[Entry]:
        """The entries kept (the newest 2,000), oldest first, of one service or all, with a higher number."""
        with self._lock:
            return [each for each in self._kept if each.number > after and service in {None, each.service}]

    def counts(self, service: str) -> Mapping[str, int]:
        """`requests` and `faults` of a service since the start."""
        with self._lock:
            return {what: self._counts[service, what] for what in ("requests", "faults")}


def blotted(query: str) -> str:
    """A query with *** for values that may be a key or name a person."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([(name, "***" if _HIDDEN.search(name) else value) for name, value in pairs], safe="*:,")
