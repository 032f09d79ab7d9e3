"""What `ops doctor` asks about the world around the platform: the browser for competitors' sites, the off-site folder.

Probes that look and report, as in health.py; none raises for what it looks at.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from typing import Final

from ops_platform.adapters.backup_store import BackupStore, BackupStoreError
from ops_platform.adapters.browser import find_chromium
from ops_platform.adapters.health_probe import Probe
from ops_platform.adapters.postgres.dump import DumpError, find_program
from ops_platform.settings import Settings

_GIB: Final = 1024**3


def outside(settings: Settings) -> list[Probe]:
    """Every probe of this module."""
    scraping = settings.retail.scraping
    engines = {site.engine or scraping.engine for site in scraping.sites.values()} if scraping.mode == "live" else set()
    return [browser(is_needed="browser" in engines), *off_site(settings)]


def browser(*, is_needed: bool = False) -> Probe:
    """Chromium and its driver. is_needed: a competitor's site is read with it; else only the browser tests use it."""
    found = find_chromium()
    if found is None:
        missing = "Chromium" if shutil.which("chromedriver") else "Chromium or chromedriver"
        why = (
            "a competitor's site is read with it" if is_needed else "only sites with scripts and browser tests need it"
        )
        advice = f"{why}; on Debian: sudo apt-get install chromium chromium-driver"
        return Probe("browser", False, None, f"{missing} was not found on PATH", advice, optional=not is_needed)
    version = _first_version([found.chromium, "--version"])
    return Probe("browser", True, version, ", ".join(found), optional=not is_needed)


def off_site(settings: Settings) -> list[Probe]:
    """The folder of the backups, where one is set, and the program that dumps the database."""
    rules = settings.retail.backups
    probes = []
    if rules.dst is not None:
        advice = "mount the share or plug the disk in, let the user who runs ops write there, or set retail.backups.dst"
        there = rules.dst if rules.dst.is_dir() else rules.dst.parent
        try:
            with tempfile.TemporaryFile(dir=there):
                known = BackupStore(rules.dst).check(known=False)
                free = shutil.disk_usage(there).free / _GIB
            said = f"{rules.dst}, {free:.1f} GB free{'' if known else ' (nothing was backed up there yet)'}"
            probes.append(Probe("backups", True, None, said))
        except (OSError, BackupStoreError) as error:
            reason = getattr(error, "strerror", None) or error
            probes.append(Probe("backups", False, None, f"{rules.dst} cannot be used: {reason}", advice))
    if rules.database:
        try:
            program = find_program("pg_dump", settings.postgres.bin_dir)
            probes.append(Probe("pg_dump", True, _first_version([program, "--version"]), program))
        except DumpError as error:
            probes.append(
                Probe("pg_dump", False, None, str(error), "do what the message says; the database is not backed up")
            )
    return probes


def _first_version(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return next((word for word in done.stdout.split() if word[:1].isdigit()), None)
