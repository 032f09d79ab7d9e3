"""The kinds of values settings have: time zones, clock times, PostgreSQL URLs.

What belongs here: checking and reading one value, with a message that tells the form. What does not: the
settings themselves (settings.py).
"""

from __future__ import annotations

import ipaddress
import re
from datetime import time
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, SecretStr

_POSTGRES_SCHEMES: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"})
_COUNTERPOINT_SCHEMES: Final = _POSTGRES_SCHEMES | {"mssql+pymssql", "mssql+pyodbc"}
_URL: Final = re.compile(
    r"^[^:]+://(?:[^:/@]*(?::[^@/]*)?@)?(?:\[[^]]*\]|[^:/?@]*)(?::\d{1,5})?(?:/(?P<database>[^?/]*)(?:\?.*)?)?$"
)


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no time zone is called {name!r}; use a name like America/Chicago") from None
    return name


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on the host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _clock(value: object) -> object:
    # YAML reads an unquoted 16:30 as the number 990 (base 60); 06:00 stays text.
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return time(value // 60, value % 60)
    return value


def _postgres_url(url: SecretStr | None) -> SecretStr | None:
    form = "it has the form postgresql://user:password@host:5432/database, @ : / in the password being %40 %3A %2F"
    other = f"is no PostgreSQL URL (other databases are not supported); {form}"
    return url and _database_url(url, _POSTGRES_SCHEMES, form, other)


def _counterpoint_url(url: SecretStr | None) -> SecretStr | None:
    form = "it has the form mssql+pymssql://user:password@host:1433/database, @ : / in the password being %40 %3A %2F"
    other = f"is no URL of SQL Server (or of PostgreSQL); {form}"
    return url and _database_url(url, _COUNTERPOINT_SCHEMES, form, other)


def _database_url(url: SecretStr, schemes: frozenset[str], form: str, other: str) -> SecretStr:
    text = url.get_secret_value()
    if text.partition("://")[0] not in schemes:
        raise ValueError(other)
    match = _URL.match(text)
    if match is None:
        raise ValueError(f"cannot be read as a URL; {form}")
    if not match["database"]:
        raise ValueError(f"names no database; {form}")
    return url


TimeZoneName = Annotated[str, AfterValidator(_time_zone)]
ClockTime = Annotated[time, BeforeValidator(_clock)]
PostgresUrl = Annotated[SecretStr | None, AfterValidator(_postgres_url)]
CounterpointUrl = Annotated[SecretStr | None, AfterValidator(_counterpoint_url)]
