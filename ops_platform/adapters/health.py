"""What `ops doctor` asks: is each thing the platform depends on there, which version, and what to do if not.

What belongs here: probes that look and report, one Probe each. What does not: repairing, starting or printing.
No probe raises for what it looks at, and none shows a password.
"""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg

from ops_platform.adapters.bigcommerce import BigCommerce, BigCommerceError
from ops_platform.adapters.counterpoint import Counterpoint, CounterpointError
from ops_platform.adapters.counterpoint_api import CounterpointApi, CounterpointApiError
from ops_platform.adapters.health_outside import outside
from ops_platform.adapters.health_probe import Probe
from ops_platform.adapters.http import Retry
from ops_platform.adapters.mail import MailError, mail
from ops_platform.adapters.migrations import MigrationError, migration_status
from ops_platform.adapters.postgres.account import Account
from ops_platform.adapters.postgres.binaries import OLDEST_MAJOR, find_binaries
from ops_platform.adapters.postgres.cluster import data_major
from ops_platform.adapters.postgres.databases import database_urls, needs_embedded
from ops_platform.adapters.postgres.errors import DatabaseNotRunning, PostgresError
from ops_platform.adapters.postgres.urls import mask_url, plain_url
from ops_platform.adapters.webdav import WebDav, WebDavError
from ops_platform.core.privacy import mask_email
from ops_platform.settings import Settings

OLDEST_PYTHON: Final = (3, 11)
# The database, a year of exports and QR pictures of 40 dealerships, and Dagster's event log fit in this.
ENOUGH_BYTES: Final = 2 * 1024**3
_CONNECT_SECONDS: Final = 5
_WEB_SECONDS: Final = 15.0


def check_all(settings: Settings) -> list[Probe]:
    """Every probe, in the order a person would repair things."""
    return [
        python(),
        *([postgres_programs(settings)] if needs_embedded(settings) else []),
        *databases(settings),
        *till_api(settings),
        *web_shop(settings),
        *([webdav(settings)] if settings.retail.webdav.mode == "live" else []),
        *([mail_server(settings)] if settings.mail.mode == "live" else []),
        *([text_account(settings)] if settings.retail.texts.mode == "live" else []),
        *folders(settings),
        disk(settings.home),
        *outside(settings),
    ]


def healthy(probes: list[Probe]) -> bool:
    """Whether nothing that is needed is missing."""
    return all(probe.ok or probe.optional for probe in probes)


def python() -> Probe:
    """The interpreter this process runs on."""
    ok = sys.version_info[:2] >= OLDEST_PYTHON
    wanted = ".".join(map(str, OLDEST_PYTHON))
    advice = "" if ok else f"install Python {wanted} or newer and run `make venv PYTHON=/path/to/python{wanted}`"
    return Probe("python", ok, platform.python_version(), sys.executable, advice)


def postgres_programs(settings: Settings) -> Probe:
    """The programs of the embedded server."""
    major = data_major(settings.home / "postgres" / "data") if _readable(settings.home / "postgres" / "data") else None
    try:
        # Asked as ourselves: where root's stand-in cannot reach them, the start makes a copy.
        found = find_binaries(settings.postgres.bin_dir, Account(), major=major)
    except PostgresError as error:
        return Probe("postgres programs", False, None, str(error), "run `make venv`, or set OPS_POSTGRES__BIN_DIR")
    return Probe("postgres programs", True, found.version, str(found.folder))


def databases(settings: Settings) -> list[Probe]:
    """The three databases: reachable, new enough, and (ours) migrated."""
    try:
        urls = database_urls(settings)
    except DatabaseNotRunning as error:
        # Not running is its normal state while no ops command runs.
        return [Probe("database", False, None, str(error), "start it with `ops up`", optional=True)]
    except PostgresError as error:
        return [Probe("database", False, None, str(error), "do what the message says and start it with `ops up`")]
    return [
        _schema(database("database ops", urls.ops, "OPS_DATABASE_URL"), urls.ops),
        database("database dagster", urls.dagster, "OPS_DAGSTER_DATABASE_URL"),
        counterpoint(settings, urls.counterpoint),
    ]


def counterpoint(settings: Settings, url: str) -> Probe:
    """The point of sale: reachable, and the columns a live one must have."""
    live = settings.retail.counterpoint.mode == "live"
    if not url:
        advice = "for the store's automations set OPS_COUNTERPOINT_DATABASE_URL"
        return Probe("database counterpoint", False, None, "there is no point of sale", advice, optional=True)
    if not live:
        return database("database counterpoint", url, "OPS_COUNTERPOINT_DATABASE_URL")
    shown, version = mask_url(url), "live"
    try:
        pos = Counterpoint(settings.retail.counterpoint, url)
        missing = pos.missing_columns()
    except (CounterpointError, ValueError, ImportError) as error:
        advice = "do what the message says; the driver for SQL Server is `pip install ops-platform[mssql]`"
        return Probe("database counterpoint", False, None, f"{shown}: {error}", advice)
    if missing:
        advice = "say in retail.counterpoint.columns or customer_columns where this store keeps them: brand: PROF_COD_2"
        return Probe("database counterpoint", False, version, f"{shown} lacks {', '.join(missing)}", advice)
    return Probe("database counterpoint", True, version, shown)


def webdav(settings: Settings) -> Probe:
    """The web shop's file server, when it is a real one: the login, and that a file can be written and removed."""
    section = settings.retail.webdav
    shown = f"{section.url.rstrip('/')}/{section.folder.strip('/')}"
    try:
        with WebDav(section, timeout_seconds=_CONNECT_SECONDS, retry=Retry(attempts=1)) as server:
            there = server.probe()
    except WebDavError as error:
        return Probe("webdav", False, None, f"{shown}: {error}", "do what the message says")
    return Probe("webdav", True, None, f"{shown}, {there} files")


def mail_server(settings: Settings) -> Probe:
    """The mail account, when it is a real one: connection, encryption, login. Nothing is sent."""
    section = settings.mail
    try:
        with mail(settings) as server:
            detail = f"{server.check()}, logged in; mails come from {section.sender}"
    except MailError as error:
        return Probe("mail", False, None, str(error), "do what the message says")
    if section.redirect_to:
        detail += f"; mail.redirect_to is set: all mail goes to {mask_email(section.redirect_to)}"
    return Probe("mail", True, None, detail)


def text_account(settings: Settings) -> Probe:
    """The account that sends texts, when it is a real one: address, account, token. Nothing is sent."""
    from ops_platform.adapters.twilio_api import TextError, twilio  # noqa: PLC0415  # its library loads slowly

    texts = settings.retail.texts
    try:
        with twilio(settings) as account:
            account.check()
    except TextError as error:
        return Probe("texts", False, None, str(error), "do what the message says")
    sender = texts.messaging_service_sid or texts.from_number
    detail = f"account {texts.account_sid[:6]}..., sender {sender}"
    if texts.test_recipients:
        detail += "; retail.texts.test_recipients is set: every text goes there"
    return Probe("texts", True, None, detail)


def till_api(settings: Settings) -> list[Probe]:
    """Counterpoint's REST API, when it is a live one: login and key are taken."""
    api = settings.retail.counterpoint_api
    if api.mode != "live":
        return []
    try:
        with CounterpointApi(api, timeout_seconds=_WEB_SECONDS) as found:
            found.probe()
    except CounterpointApiError as error:
        return [Probe("counterpoint api", False, None, f"{api.url}: {error}", "do what the message says")]
    return [Probe("counterpoint api", True, None, f"{api.url}, workgroup {api.workgroup}")]


def web_shop(settings: Settings) -> list[Probe]:
    """BigCommerce, when it is a live one: reachable, and the token opens products and coupons."""
    shop = settings.retail.bigcommerce
    if shop.mode != "live":
        return []
    where = f"{shop.url}, store {shop.store_hash}"
    try:
        with BigCommerce(shop, timeout_seconds=_WEB_SECONDS, retry=Retry(attempts=1)) as found:
            return [Probe("bigcommerce", True, None, f"{where}: {found.probe():,} products")]
    except BigCommerceError as error:
        return [Probe("bigcommerce", False, None, f"{where}: {error}", "do what the message says")]


def database(name: str, url: str, variable: str) -> Probe:
    """Whether a database answers and is new enough. `variable` is the setting that holds its URL."""
    shown = mask_url(url)
    try:
        with psycopg.connect(plain_url(url), connect_timeout=_CONNECT_SECONDS) as connection:
            number = connection.info.server_version
            version = (connection.info.parameter_status("server_version") or "").partition(" ")[0]
    except psycopg.Error as error:
        reason = " ".join(str(error).split()) or "no answer"
        advice = f"look whether the server runs and {variable} is right (host, port, user, password, database)"
        return Probe(name, False, None, f"{shown}: {reason}", advice)
    if number < OLDEST_MAJOR * 10000:
        return Probe(name, False, version, shown, f"use PostgreSQL {OLDEST_MAJOR} or newer")
    return Probe(name, True, version, shown)


def folders(settings: Settings) -> list[Probe]:
    """Where the platform reads and writes: each folder writable, or able to be made."""
    wanted = {
        "folder home": settings.home,
        "folder imports": settings.vehicles.imports_dir,
        "folder exports": settings.vehicles.exports_dir,
        "folder qr": settings.vehicles.qr_dir,
        "folder photos": settings.retail.photos.folder,
    }
    listed = [folder(name, path) for name, path in wanted.items()]
    others = {path for path in settings.vehicles.path_map.values() if path not in wanted.values()}
    return [*listed, *(folder(f"folder {path.name}", path) for path in sorted(others))]


def folder(name: str, path: Path) -> Probe:
    """Whether files can be written in a folder; one that is not there yet is judged by where it would be made."""
    there = _nearest(path)
    advice = f"let the user who runs ops write to {there} (chown or chmod), or set another folder in ops.yaml"
    try:
        with tempfile.TemporaryFile(dir=there) as probe:
            probe.write(b"x")
            probe.flush()
    except OSError as error:
        return Probe(name, False, None, f"{path}: {there} cannot be written to: {error.strerror}", advice)
    return Probe(name, True, None, str(path) if there == path else f"{path} (made when it is needed)")


def disk(path: Path, enough: int = ENOUGH_BYTES) -> Probe:
    """Whether the disk of a folder has room."""
    free = shutil.disk_usage(_nearest(path)).free
    detail = f"{free / 1024**3:.1f} GB free for {path}"
    advice = f"free some space: at least {enough / 1024**3:.0f} GB, or set OPS_HOME to a folder on a larger disk"
    return Probe("disk", free >= enough, None, detail, "" if free >= enough else advice)


def _schema(probe: Probe, url: str) -> Probe:
    """The probe of the ops database, with the state of its migrations."""
    if not probe.ok:
        return probe
    name, version, shown = probe.name, probe.version, probe.detail
    try:
        status = migration_status(url)
    except (MigrationError, psycopg.Error) as error:
        return Probe(name, False, version, f"{shown}: {error}", "do what the message says, then run `ops migrate`")
    if status.newer:
        advice = "update the checkout (git pull): the database was migrated by newer code"
        return Probe(name, False, version, f"{shown}: at migration {status.current}", advice)
    if status.edited:
        detail = f"{shown}: edited after they were applied: {', '.join(status.edited)}"
        return Probe(name, False, version, detail, "restore the files of sql/migrations (git checkout)")
    if status.pending:
        detail = f"{shown}: not migrated yet: {', '.join(status.pending)}"
        return Probe(name, False, version, detail, "run `ops migrate`")
    return Probe(name, True, version, f"{shown}, migration {status.current or 'none'}")


def _nearest(path: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next(each for each in _upwards(path) if each.is_dir())


def _upwards(path: Path) -> Iterator[Path]:
    yield path
    yield from path.parents


def _readable(path: Path) -> bool:
    try:
        return path.is_dir() and (path / "PG_VERSION").is_file()
    except OSError:
        return False
