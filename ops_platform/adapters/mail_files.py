"""A copy of every mail as it left: <home>/mail/YYYY/MM/DD/<key>.eml, whole, for this user's eyes only.

What belongs here: keeping, finding and clearing away these files. What does not: whether a mail was sent; that is in
the ledger. Headers of our own stand before the mail: its key, who was named to the server, and, when some recipients
took it and others did not, who took it, so that a repeat goes to the others only.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Final

from ops_platform.adapters.files import explain, write_whole

_OWN: Final = "X-Ops-"
_FOLDER: Final = "mail"
_LONGEST: Final = 80


@dataclass(frozen=True)
class KeptMail:
    """A kept mail. to: the envelope; accepted: who took it, where not all did. date: as its header says."""

    file: Path
    key: str
    subject: str
    date: datetime | None
    to: tuple[str, ...]
    accepted: tuple[str, ...]
    size: int


def keep_mail(
    home: Path,
    key: str,
    content: bytes,
    to: Sequence[str],
    day: date,
    *,
    accepted: Sequence[str] = (),
    keep_days: int = 0,
) -> Path:
    """Keep a mail as it leaves. day: the folder, the same for every try of a mail. keep_days: older ones go, 0: none.

    Errors: FileWriteError.
    """
    root = home / _FOLDER
    file = root / f"{day:%Y}" / f"{day:%m}" / f"{day:%d}" / f"{slug(key)}.eml"
    own = {"Key": " ".join(key.split()), "Envelope-To": ", ".join(to)}
    own |= {"Accepted": ", ".join(accepted)} if accepted else {}
    head = "".join(f"{_OWN}{name}: {value}\r\n" for name, value in own.items())
    try:
        if not file.parent.is_dir():
            root.mkdir(parents=True, exist_ok=True)
            root.chmod(0o700)  # before the first file: one is readable for a moment until its own mode is set
            if keep_days:
                _clear(root, day - timedelta(days=keep_days))
        write_whole(file, head.encode("ascii", "replace") + content, private=True)
    except OSError as error:
        raise explain(error, file) from None
    return file


def find_mail(home: Path, key: str) -> Path | None:
    """The newest kept mail of a key."""
    found = sorted((home / _FOLDER).glob(f"[0-9]*/*/*/{slug(key)}.eml"))
    return found[-1] if found else None


def kept_mails(home: Path) -> Iterator[KeptMail]:
    """The kept mails, those of the newest day first, by time within a day."""
    for day in sorted((home / _FOLDER).glob("[0-9]*/*/*"), reverse=True):
        yield from sorted(map(read_head, day.glob("*.eml")), key=_time, reverse=True)


def read_head(file: Path) -> KeptMail:
    """What stands at the head of a kept mail. Errors: OSError."""
    with file.open("rb") as stream:
        message = BytesHeaderParser(policy=policy.default).parse(stream)
    with contextlib.suppress(ValueError, AttributeError, TypeError):
        sent = message["Date"].datetime
        return _head(file, message, sent)
    return _head(file, message, None)


def read_mail(file: Path) -> EmailMessage:
    """The whole mail. Errors: OSError."""
    return message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=policy.default)


def slug(key: str) -> str:
    """A key as the name of a file, on every system; different for different keys."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", key).strip("-.")[:_LONGEST]
    return f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def _head(file: Path, message: object, sent: datetime | None) -> KeptMail:
    assert isinstance(message, EmailMessage)
    return KeptMail(
        file,
        str(message.get(f"{_OWN}Key", "")),
        str(message.get("Subject", "")),
        sent,
        _listed(message, "Envelope-To"),
        _listed(message, "Accepted"),
        file.stat().st_size,
    )


def _listed(message: EmailMessage, name: str) -> tuple[str, ...]:
    return tuple(each for each in (part.strip() for part in str(message.get(_OWN + name, "")).split(",")) if each)


def _time(kept: KeptMail) -> float:
    return kept.date.timestamp() if kept.date else 0.0


def _clear(root: Path, before: date) -> None:
    """Remove the days before one; what cannot be removed now is found the next time."""
    for day in root.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]"):
        with contextlib.suppress(ValueError):
            if date(int(day.parent.parent.name), int(day.parent.name), int(day.name)) < before:
                shutil.rmtree(day, ignore_errors=True)
