"""What a store may set about the world around it: the internet, competitors' web sites, off-site backups.

Part of settings_retail.py. Only shapes and the rules between keys belong here; no reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from ops_platform.settings_section import Mode, Section
from ops_platform.settings_types import is_loopback

Engine = Literal["browser", "http"]
Meaning = Literal["name", "size", "available", "price"]
_USUAL: Final[dict[Meaning, str]] = {"name": "Name", "available": "Available", "size": "Size", "price": "Price"}

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_IS_NAME: Final = "name it with small letters, digits, - and _: folders and files are called so"


class InternetSettings(Section):
    """The internet check (item 3). live: asks `hosts`; sandbox: asks the sandbox, and never runs a command."""

    mode: Mode = "sandbox"
    hosts: tuple[str, ...] = Field(
        ("www.google.com", "1.1.1.1", "8.8.8.8"),
        min_length=1,
        max_length=20,
        description="disconnected only if all fail; a scheme and a path are dropped, a port may follow (host:853)",
    )
    port: int = Field(443, ge=1, le=65535, description="for hosts that name none")
    https: bool = Field(False, description="a host counts only if it answers HTTPS with a certificate of its own")
    timeout_seconds: float = Field(3.0, gt=0, le=60)
    action: Literal["log", "command"] = "log"
    command: tuple[str, ...] = Field((), description="program and arguments; no shell reads them")
    command_seconds: float = Field(60.0, gt=0, le=240, description="a command that takes longer is ended")
    failures: int = Field(2, ge=1, le=24, description="checks in a row that must have failed before the command runs")
    gap_hours: float = Field(6.0, ge=1, description="the least time between two commands")
    at_work: Literal["wait", "run"] = Field(
        "wait", description="while other automations are at work the command waits for them, or runs and says so"
    )

    @field_validator("hosts")
    @classmethod
    def _hosts_can_be_asked(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            host_and_port(host, 443)
        return hosts

    @model_validator(mode="after")
    def _a_command_is_given(self) -> Self:
        if self.action == "command" and not (self.command and self.command[0].strip()):
            raise ValueError('action is command: set command, as in ["shutdown", "-r", "-f", "-t", "2"]')
        return self


def host_and_port(text: str, port: int) -> tuple[str, int]:
    """Host and port of `https://www.google.com/`, `1.1.1.1`, `dns.example:853`, `[2606::1]:53`. Errors: ValueError."""
    bare = text.strip()
    try:
        found = urlsplit(bare if "://" in bare else f"//{bare}")
        host, given = found.hostname, found.port
    except ValueError:
        host, given = None, None
    if not host or any(sign.isspace() for sign in host) or found.username:
        raise ValueError(f"hosts: {text!r} is no host; write www.google.com, 1.1.1.1 or host:853")
    usual = 80 if found.scheme == "http" else port
    return host, given or usual


class LoginSettings(Section):
    """The login form of a site. Its password is one of retail.scraping.passwords."""

    url: str
    user: str = Field(min_length=1)
    user_field: str = Field("username", min_length=1, description="name or id of the form's field")
    password_field: str = Field("password", min_length=1)
    submit: str = Field("", description="CSS selector of the button; empty: the form is sent")

    @model_validator(mode="after")
    def _the_password_travels_safely(self) -> Self:
        _check_url(self.url, login=True)
        return self


class SiteSettings(Section):
    """A competitor's site: where its table is, and what is in it."""

    url: str = Field(description="the page with the table")
    engine: Engine | None = Field(None, description="none: scraping.engine")
    login: LoginSettings | None = None
    table: str = Field("table", min_length=1, description="CSS selector; the first that fits is read")
    columns: dict[Meaning, str] = Field(
        default_factory=lambda: dict(_USUAL),
        description="meaning -> the header the site writes above it",
    )
    key: tuple[Meaning, ...] = Field(("name", "size"), min_length=1, description="what tells two rows apart")
    drop_rows: int = Field(0, ge=0, le=100, description="rows of talk at the top of the table")
    drop_rows_on: Literal["first_page", "each_page"] = Field(
        "first_page", description="each_page: the site says its talk again on every page"
    )
    next: str = Field("", description="CSS selector of the link to the next page; empty: there is one page")
    max_pages: int = Field(50, ge=1, le=1000)
    wait_for: str = Field("", description="CSS selector that fits once a script has filled the table; for the browser")

    @model_validator(mode="after")
    def _it_can_be_read(self) -> Self:
        _check_url(self.url, login=False)
        if missing := {"name", "price"} - set(self.columns):
            raise ValueError(f"columns: say which header is the {' and the '.join(sorted(missing))}")
        if unknown := [meaning for meaning in self.key if meaning not in self.columns]:
            raise ValueError(f"key: {unknown[0]} is none of the columns")
        headers = [" ".join(header.split()).casefold() for header in self.columns.values()]
        if len(set(headers)) < len(headers) or "" in headers:
            raise ValueError("columns: every meaning needs a header of its own")
        return self

    def talk_rows(self, page: int) -> int:
        """How many rows at the top of a page's table are talk. page: its number, from 1."""
        return self.drop_rows if page == 1 or self.drop_rows_on == "each_page" else 0


def _check_url(url: str, *, login: bool) -> None:
    try:
        found = urlsplit(url)
        host = found.hostname or ""
    except ValueError:
        host, found = "", urlsplit("")
    if found.scheme not in ("http", "https") or not host:
        raise ValueError(f"url: {url!r} is no address of a web page; it begins with https://")
    if found.username:
        raise ValueError("url: must hold no user or password; they have settings of their own")
    if login and found.scheme == "http" and not is_loopback(host):
        raise ValueError(f"url: {url} would send the password readable for everybody on the way; use https://")


class ScrapingSettings(Section):
    """Competitors' availability lists (item 20). sandbox: the invented competitor; live: `sites`."""

    mode: Mode = "sandbox"
    engine: Engine = Field("browser", description="browser: Chromium by Selenium, for any site; http: without scripts")
    sites: dict[str, SiteSettings] = Field(default_factory=dict)
    passwords: dict[str, SecretStr] = Field(default_factory=dict, description="site -> password of its login")
    timeout_seconds: float = Field(30.0, gt=0, le=300, description="for one page")
    delay_seconds: float = Field(1.0, ge=0, le=60, description="between two requests to a site")
    min_share_of_last: float = Field(0.5, ge=0, le=1, description="a list with fewer rows than this share is held")
    keep_failures: int = Field(10, ge=1, le=1000, description="pictures and pages of failed visits kept a site")
    mail_to: tuple[str, ...] = Field((), description="who gets a mail when prices changed")

    @model_validator(mode="after")
    def _sites_are_complete(self) -> Self:
        for name, site in self.sites.items():
            if not _NAME.fullmatch(name):
                raise ValueError(f"sites: {name!r} is no name; {_IS_NAME}")
            if site.login is not None and name not in self.passwords:
                raise ValueError(
                    f"sites.{name} has a login: put its password into OPS_RETAIL__SCRAPING__PASSWORDS in .env, as in "
                    f'{{"{name}": "..."}}'
                )
        if unknown := sorted(set(self.passwords) - set(self.sites)):
            raise ValueError(f"passwords: {unknown[0]} is none of the sites")
        return self


class BackupTarget(Section):
    """A folder or file to copy. exclude: names (`*.tmp`) at any depth, or paths from src (`cache/**`)."""

    src: Path
    exclude: tuple[str, ...] = ()


_OF_THE_PLATFORM: Final = BackupTarget(
    src=Path(),
    exclude=("postgres", "backups", "sandbox", "dagster", "logs", "vehicles/qr_codes", "*.tmp", "*.lock"),
)


class BackupsSettings(Section):
    """Off-site backups (item 21): copies of folders and files, and of the platform's own database."""

    dst: Path | None = Field(None, description="the off-site folder; none: <home>/backups, to try it out")
    targets: dict[str, BackupTarget] = Field(
        default_factory=lambda: {"platform": _OF_THE_PLATFORM}, description="name -> what is copied; relative: in home"
    )
    database: bool = Field(True, description="dump the platform's own database too, of all its businesses")
    zip: bool = Field(False, description="keep a folder as one zip file")
    keep_daily: int = Field(14, ge=1, le=10_000, description="newest copies kept of each")
    keep_monthly: int = Field(12, ge=0, le=1_000, description="and the last one of so many months")
    min_free_mb: int = Field(500, ge=0, description="room that a copy must leave on the disk")
    max_age_hours: float = Field(26.0, gt=0, description="an older newest copy is an error")
    test_restore_days: int = Field(7, ge=0, le=366, description="the dump is restored to try it so often; 0: never")

    @model_validator(mode="after")
    def _names_are_folders(self) -> Self:
        for name in self.targets:
            if not _NAME.fullmatch(name):
                raise ValueError(f"targets: {name!r} is no name; {_IS_NAME}")
        if "database" in self.targets:
            raise ValueError("targets: database is the name of the dump; choose another")
        return self

    def inside(self, home: Path, absolute: Callable[[Path, Path], Path]) -> Self:
        """The same with absolute folders. absolute: from a path and its base."""
        targets = {
            name: target.model_copy(update={"src": absolute(target.src, home)}) for name, target in self.targets.items()
        }
        dst = None if self.dst is None else absolute(self.dst, home)
        return self.model_copy(update={"dst": dst, "targets": targets})
