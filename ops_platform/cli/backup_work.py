"""`ops backup list`, `verify`, `restore` and `restore-database`: copies as they are, proved, brought back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import typer

from ops_platform.adapters.backup_restore import DUMP, FILES, broken, restore_files
from ops_platform.adapters.backup_store import BackupStore, BackupStoreError, Copy
from ops_platform.adapters.postgres import dump
from ops_platform.adapters.postgres.databases import database_urls, embedded_server, needs_embedded
from ops_platform.adapters.postgres.new_database import drop_database, new_database, put_in_place
from ops_platform.adapters.postgres.urls import mask_url
from ops_platform.cli.errors import FAILED, CommandError
from ops_platform.cli.output import indented, line, print_json, print_table, warn, working
from ops_platform.core.globs import excluder
from ops_platform.flows.retail.backups import store_of
from ops_platform.retail.automations.back_up import DATABASE
from ops_platform.settings import Settings, load_settings

NAME: Final = "ops_restored"
_SHOWN: Final = 20


def list_copies(name: str | None, *, as_json: bool) -> None:
    """Every copy, the newest of each name last."""
    store = store_of(load_settings())
    copies = [copy for each in _names(store, name) for copy in store.copies(each)]
    if as_json:
        print_json({"dst": str(store.dst), "copies": [_document(copy) for copy in copies]})
        return
    line(f"Copies in {store.dst}")
    print_table(
        "",
        ["name", "day", "complete", "files", "MB", "of"],
        [
            [
                copy.name,
                str(copy.day),
                copy.is_complete,
                None if copy.manifest is None else len(copy.manifest.files),
                None if copy.manifest is None else f"{copy.manifest.size / 1024**2:,.1f}",
                copy.problem if copy.manifest is None else copy.manifest.source,
            ]
            for copy in copies
        ],
        right=["files", "MB"],
        whole=["name", "day"],
    )


def verify(name: str | None, *, day: date | None, every: bool, as_json: bool) -> None:
    """Read copies back. Ends with exit code 1 when one is not as it was saved, or there is none."""
    store = store_of(load_settings())
    copies = list(_chosen(store, name, day, every))
    told: list[tuple[Copy, list[str]]] = []
    with working("reading", total=len(copies)) as progress:
        for done, copy in enumerate(copies):
            progress.step(f"{copy.name} of {copy.day}")
            told.append((copy, broken(copy)))
            progress.at(done + 1, len(copies))
    bad = [(copy, what) for copy, what in told if what]
    if as_json:
        print_json({"ok": not bad, "copies": [{**_document(copy), "broken": what} for copy, what in told]})
    for copy, what in () if as_json else told:
        files = 0 if copy.manifest is None else len(copy.manifest.files)
        line(f"{copy.name} of {copy.day}: {'NOT as it was saved' if what else f'as it was saved ({files:,} files)'}")
        for each in what[:_SHOWN]:
            indented(each)
        if copy.manifest is not None and copy.manifest.lost:
            warn(f"{len(copy.manifest.lost):,} files were not copied that day, the first: {copy.manifest.lost[0].path}")
    if bad:
        raise typer.Exit(FAILED)


def restore(name: str, *, day: date | None, to: Path, only: Sequence[str], as_json: bool) -> None:
    """Bring files back. Ends with exit code 1 when one could not be restored."""
    copy = store_of(load_settings()).copy(name, day)
    wanted = excluder(only) if only else lambda _path: True
    with working(f"restoring {copy.name} of {copy.day}"):
        done, lost = restore_files(copy, to.expanduser().absolute(), wanted=wanted)
    if as_json:
        print_json({"ok": not lost, "name": copy.name, "day": copy.day, "to": str(to), "restored": done, "lost": lost})
    else:
        line(f"{len(done):,} files of {copy.name} of {copy.day} are in {to}.")
        for each in lost[:_SHOWN]:
            warn(each)
        _warn_incomplete(copy)
    if only and not (done or lost):
        raise CommandError(f"no file of {copy.name} of {copy.day} fits {', '.join(only)}")
    if lost:
        raise typer.Exit(FAILED)


def restore_database(*, day: date | None, name: str | None, replace: bool, as_json: bool) -> None:
    """Bring the database back into a new one, compare it, and with `replace` let it take the old one's place."""
    settings = load_settings()
    copy = store_of(settings).copy(DATABASE, day)
    if told := broken(copy):
        raise BackupStoreError(
            f"the copy of {copy.day} is not as it was saved: {told[0]}. Restore another day (--date)"
        )
    assert copy.manifest is not None
    with _server(settings) as url:
        made = name or NAME
        there = new_database(settings, url, made)
        try:
            with working(f"restoring the database of {copy.day}"):
                held = dump.restore_database(
                    copy.folder / FILES / DUMP, there, copy.manifest.tables, bin_dir=settings.postgres.bin_dir
                )
        except BaseException:
            drop_database(settings, url, made)
            raise
        aside = f"ops_before_{datetime.now(UTC):%Y%m%d_%H%M%S}" if replace else None
        if aside is not None:
            put_in_place(settings, url, made, aside=aside)
    rows = sum(table.rows for table in held if table.digest)
    document = {"ok": True, "day": copy.day, "database": made, "tables": len(held), "rows": rows, "aside": aside}
    if as_json:
        print_json(document)
        return
    line(
        f"The database of {copy.day} is back: {rows:,} rows in {len(held):,} tables and sequences, as they were saved."
    )
    if aside is not None:
        line(f"It is the platform's own now; the one of before is kept as {aside}. `ops doctor` looks it over.")
    else:
        line(f"It is {mask_url(there)}, beside the platform's own. Look into it, or give it its place:")
        indented("ops backup restore-database --replace")


@contextmanager
def _server(settings: Settings) -> Iterator[str]:
    """Yield the URL of the platform's own database, on a server that runs; the database may be empty or broken."""
    if needs_embedded(settings):
        with embedded_server(settings):
            yield database_urls(settings).ops
    else:
        yield database_urls(settings).ops


def _names(store: BackupStore, name: str | None) -> list[str]:
    there = store.names()
    if name is None:
        return there
    if name not in there:
        raise BackupStoreError(
            f"there are no copies of {name!r} in {store.dst}; there are: {', '.join(there) or 'none'}"
        )
    return [name]


def _chosen(store: BackupStore, name: str | None, day: date | None, every: bool) -> Iterator[Copy]:
    names = _names(store, name)
    if not names:
        raise BackupStoreError(f"there are no copies in {store.dst}: `ops backup run` makes the first")
    for each in names:
        if every:
            yield from store.copies(each)
        else:
            yield store.copy(each, day)


def _document(copy: Copy) -> dict[str, Any]:
    manifest = copy.manifest
    return {
        "name": copy.name,
        "day": copy.day,
        "complete": copy.is_complete,
        "files": 0 if manifest is None else len(manifest.files),
        "bytes": 0 if manifest is None else manifest.size,
        "made_at": None if manifest is None else manifest.made_at,
        "source": None if manifest is None else manifest.source,
        "lost": [] if manifest is None else [each.__dict__ for each in manifest.lost],
        "problem": copy.problem or None,
        "folder": str(copy.folder),
    }


def _warn_incomplete(copy: Copy) -> None:
    if copy.manifest is not None and copy.manifest.lost:
        warn(f"{len(copy.manifest.lost):,} files could not be copied that day; an older copy may have them")
