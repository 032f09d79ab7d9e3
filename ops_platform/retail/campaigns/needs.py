"""What text campaigns ask for beside the customers; flows/retail/gather_texts.py reads it. Only shapes belong here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TextBodies:
    """The bodies of templates/sms/<name>.txt, a row each (column body), which may hold these placeholders."""

    name: str
    placeholders: tuple[str, ...]


@dataclass(frozen=True)
class OptedOut:
    """Phones that get no text: digits, reason, at."""


@dataclass(frozen=True)
class NotTextable:
    """Phones that turned out to be landlines or no numbers: digits, detail, at."""


@dataclass(frozen=True)
class TextPictures:
    """The pictures of campaigns: media, url."""


TextNeed = TextBodies | OptedOut | NotTextable | TextPictures
