"""Database URLs: the forms the drivers want, and the form that may be shown.

What belongs here: pure text work on postgresql:// URLs. What does not: connecting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

_SCHEME: Final = re.compile(r"^postgres(?:ql)?(?:\+\w+)?://")
_PASSWORD_IN_USERINFO: Final = re.compile(r"(?P<head>://[^/?#]*?:)(?P<password>.*)(?=@[^@]*$)")
_PASSWORD_IN_QUERY: Final = re.compile(r"(?P<head>[?&](?:ssl)?password=)[^&#]*")


@dataclass(frozen=True)
class Urls:
    """Plain postgresql:// URLs of the platform's three databases; repr() shows none, they hold passwords.

    counterpoint: empty where there is no point of sale.
    """

    ops: str = field(repr=False)
    dagster: str = field(repr=False)
    counterpoint: str = field(repr=False)


def build_url(*, user: str, password: str, host: str, port: int, database: str) -> str:
    """A plain postgresql:// URL; user, password and database are percent-encoded."""
    who = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return f"postgresql://{who}@{host}:{port}/{quote(database, safe='')}"


def plain_url(url: str) -> str:
    """The URL for people, psql and psycopg.connect: postgresql://."""
    return _with_scheme(url, "postgresql")


def app_url(url: str) -> str:
    """The URL for the platform's own SQLAlchemy engines: psycopg 3."""
    return _with_scheme(url, "postgresql+psycopg")


def dagster_url(url: str) -> str:
    """The URL for Dagster's storage: psycopg2, the only driver it knows."""
    return _with_scheme(url, "postgresql+psycopg2")


def mask_url(url: str) -> str:
    """The URL with its passwords replaced by ***: the only form for logs, metadata and messages."""
    masked = _PASSWORD_IN_USERINFO.sub(r"\g<head>***", url)
    return _PASSWORD_IN_QUERY.sub(r"\g<head>***", masked)


def _with_scheme(url: str, scheme: str) -> str:
    changed, count = _SCHEME.subn(f"{scheme}://", url, count=1)
    if count != 1:
        raise ValueError(f"{mask_url(url)!r} is no PostgreSQL URL (postgresql://user:password@host:5432/database)")
    return changed
