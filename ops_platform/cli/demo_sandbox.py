"""The sandbox of `ops demo`: its settings, its mark on the home folder, its invented scrapes.

Nothing real is touched: the demo works only with the embedded database and with folders inside home, whatever the
settings name, and refuses a home whose database holds scrapes that it did not make itself.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Self, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ops_platform.adapters.files import write_if_changed, write_whole
from ops_platform.adapters.postgres.databases import embedded_server
from ops_platform.cli.demo_mark import MARK
from ops_platform.cli.demo_retail import demo_environment, demo_targets
from ops_platform.cli.errors import USAGE, CommandError
from ops_platform.settings import Settings, load_settings
from ops_platform.vehicles.dealerships import (
    SHIPPED_FILE,
    SHIPPED_PACKAGE,
    load_aliases,
    load_dealerships,
)
from ops_platform.vehicles.demo_data import DemoScrape, demo_dealerships, generate_scrapes

DEFAULT_CARS: Final = 10_000
DEFAULT_DAYS: Final = 3
LONGEST: Final = 30
"""Days a demo goes on by itself, one scrape a day; then it has to begin anew."""

_WIPED: Final = ("dagster", "vehicles", "retail", "sandbox", "backups", "logs")
_TOLD_TO_NOBODY: Final = {
    "OPS_ALERTS__APPRISE_URLS": " ",  # an empty variable would be no variable
    "OPS_ALERTS__HEARTBEAT_URL": " ",
    "OPS_INTAKE__ENABLED": "false",
}
"""Ways to people that have no mode: real people are not called for invented trouble, and no customer meets a demo."""


def sandbox_settings() -> Settings:
    """The settings of this home with everything that could lead outside taken out.

    The folders are set in this process's environment, so that Dagster here and in the services sees the same.
    Raises CommandError when a database URL is set, SettingsError.
    """
    settings = load_settings()
    given = {
        "OPS_DATABASE_URL": settings.database_url,
        "OPS_DAGSTER_DATABASE_URL": settings.dagster_database_url,
        "OPS_COUNTERPOINT_DATABASE_URL": settings.counterpoint_database_url,
    }
    if named := [name for name, url in given.items() if url is not None]:
        outside = all(name in os.environ for name in named)
        take_away = f"Unset it (unset {' '.join(named)})" if outside else "Take it out of .env and ops.yaml"
        raise CommandError(
            f"the demo never writes to a server of yours, and {', '.join(named)} is set. {take_away}, and give "
            f"the demo a home of its own: OPS_HOME={settings.home}-demo ops demo",
            code=USAGE,
        )
    inside = settings.home / "vehicles"
    os.environ["OPS_HOME"] = str(settings.home)
    os.environ.update({name: str(settings.home / folder) for name, folder in _folders(Settings)})
    os.environ.update({**dict.fromkeys(_outside(Settings), "sandbox"), **_TOLD_TO_NOBODY, **demo_environment()})
    os.environ["OPS_RETAIL__BACKUPS__DST"] = str(settings.home / "backups")
    os.environ["OPS_RETAIL__BACKUPS__TARGETS"] = json.dumps(demo_targets(settings.home))
    # Logical roots of ops.yaml stay known, but lead into the sandbox too.
    roots = {root: str(inside / _inside(root)) for root in settings.vehicles.path_map}
    os.environ["OPS_VEHICLES__PATH_MAP"] = json.dumps(roots)
    return load_settings()


def _outside(section: type[BaseModel]) -> Iterator[str]:
    """The variables that choose between the sandbox and something real, also those of systems that come later."""
    return (name for name, setting in _variables(section) if "sandbox" in get_args(setting.annotation))


def _folders(section: type[BaseModel]) -> Iterator[tuple[str, Path]]:
    """The variables of everything that lies in home unless somebody says where else, with where that is."""
    for name, setting in _variables(section):
        usual = setting.default
        if isinstance(usual, Path) and not usual.is_absolute() and name != "OPS_HOME":
            yield name, usual


def _variables(section: type[BaseModel], name: str = "OPS") -> Iterator[tuple[str, FieldInfo]]:
    for key, setting in section.model_fields.items():
        kind, variable = setting.annotation, f"{name}{'_' if name == 'OPS' else '__'}{key.upper()}"
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _variables(kind, variable)
        else:
            yield variable, setting


def _inside(root: str) -> str:
    known = {"c:\\qr_codes": "qr_codes", "c:\\exports": "exports"}
    return known.get(root.casefold().rstrip("\\/"), f"other/{hashlib.sha256(root.encode()).hexdigest()[:8]}")


@dataclass
class Sandbox:
    """What the demo noted about itself in `<home>/demo.json`. files: name -> SHA-256 of what it wrote."""

    first_day: str
    cars: int
    days: int
    files: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, home: Path) -> Self | None:
        """The note of an earlier demo in this home, if there was one."""
        try:
            return cls(**json.loads((home / MARK).read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None  # one that cannot be read proves nothing: what is loaded then counts as real

    @classmethod
    def open(cls, home: Path, *, cars: int | None, days: int | None, today: date) -> Self:
        """The demo of this home, begun now if there was none. Raises CommandError for other sizes than it has."""
        found = cls.read(home)
        if found is None:
            days = days or DEFAULT_DAYS
            first = today - timedelta(days=days - 1)
            return cls(first.isoformat(), cars or DEFAULT_CARS, days)
        if (cars or found.cars) != found.cars or (days or found.days) != found.days:
            raise CommandError(
                f"the demo in {home} was begun with {found.cars} cars a day and {found.days} days; add --fresh to "
                "throw it away and begin anew",
                code=USAGE,
            )
        return found

    def days_until(self, today: date) -> int:
        """How many days it holds by today: those it began with, and one for each day since, 30 at most."""
        since = (today - date.fromisoformat(self.first_day)).days + 1
        return max(self.days, min(since, LONGEST))

    def write_scrapes(self, imports: Path, home: Path, today: date) -> list[DemoScrape]:
        """Put the scrapes up to today into the imports folder; return all of them, written now or before.

        The note comes first: a demo that is killed here must know its own files the next time.
        """
        text = (importlib.resources.files(SHIPPED_PACKAGE) / SHIPPED_FILE).read_text("utf-8")
        aliases = load_aliases(text)
        scrapes = generate_scrapes(
            dealerships=demo_dealerships([d.name for d in load_dealerships(text)], aliases),
            first_day=date.fromisoformat(self.first_day),
            days=self.days_until(today),
            cars_per_day=self.cars,
            ignored_location=next((alias for alias, name in aliases.items() if name is None), None),
        )
        self.files |= {scrape.file_name: hashlib.sha256(scrape.text).hexdigest() for scrape in scrapes}
        write_whole(home / MARK, json.dumps(asdict(self), indent=2).encode())
        for scrape in scrapes:
            write_if_changed(imports / scrape.file_name, scrape.text)
        return scrapes


def refuse_real_scrapes(home: Path, loaded: dict[str, str], sandbox: Sandbox | None) -> None:
    """Raise CommandError when the database holds scrapes (SHA-256 -> file name) that no demo made."""
    ours = set(sandbox.files.values()) if sandbox else set()
    real = [name for digest, name in loaded.items() if digest not in ours]
    if real:
        raise CommandError(
            f"the database in {home} holds scrapes that are not the demo's ({len(real)}, the last {real[-1]}), and "
            "invented cars must not get between real ones. Give the demo a home of its own: "
            f"OPS_HOME={home}-demo ops demo",
            code=USAGE,
        )


def refuse_waiting_scrapes(imports: Path, sandbox: Sandbox | None) -> None:
    """Raise CommandError when the imports folder holds files that no demo wrote: they would be loaded, or lost."""
    ours = set(sandbox.files.values()) if sandbox else set()
    files = [file for file in sorted(imports.glob("*")) if file.is_file()]
    real = [file.name for file in files if hashlib.sha256(file.read_bytes()).hexdigest() not in ours]
    if real:
        raise CommandError(
            f"{imports} holds files that are not the demo's ({len(real)}, the first {real[0]}). Move them away, or "
            "give the demo a home of its own with OPS_HOME",
            code=USAGE,
        )


def wipe(settings: Settings) -> None:
    """Remove an earlier demo from this home. Raises CommandError when there was none, or while it runs."""
    home = settings.home
    sandbox = Sandbox.read(home)
    refuse_waiting_scrapes(settings.vehicles.imports_dir, sandbox)
    if sandbox is None:
        if not (home / "postgres").exists():
            return
        raise CommandError(
            f"--fresh removes an earlier demo only, and {home} holds none; whatever is in its database stays",
            code=USAGE,
        )
    if embedded_server(settings).peek() is not None:
        raise CommandError(f"the platform in {home} is running; end it (Ctrl-C, `ops database stop`) and try again")
    base = home / "postgres"
    for folder in (base.resolve(), *(home / name for name in _WIPED)):
        shutil.rmtree(folder, ignore_errors=True)
    if base.is_symlink():
        base.unlink()
    (home / MARK).unlink()
