"""What tests of jobs, QR files and print files share: an inventory, edits that are put back, disks that are full.

Fixtures stand in conftest.py; here are plain functions and context managers.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.importing import import_file
from ops_platform.flows.vehicles.jobs import JobOutcome, JobRequest, run_jobs
from ops_platform_tests.flows.conftest import BMW, NOW, car

COLUMBIA = "Columbia BMW"
TRACKED = "SELECT * FROM qr_file_tracking WHERE vin = :vin AND dealership_name = :name"


def vin(number: int) -> str:
    """The VIN of the car with that number."""
    return car(number)["vin"]


def file_of(folders: VehicleFolders, number: int, folder: str = "bmw_west_stl") -> Path:
    """Where that car's QR file lies."""
    return folders.qr_file(f"C:\\qr_codes\\{folder}\\{vin(number)}.png")


def tracked(db: Database, number: int, name: str = BMW) -> dict[str, Any]:
    """What is recorded of that car's QR file."""
    return one(db, TRACKED, vin=vin(number), name=name)


def load(db: Database, path: Path) -> None:
    """Import a scrape file whose day is in its name."""
    import_file(db, path, as_of=date(2025, 12, 31), drop_ratio=0.0)


def edit_rules(db: Database, dealership: str, kind: str = "filtering_rules", **rules: Any) -> None:
    """Change keys of a dealership's filtering_rules or output_rules, as an operator does."""
    changed = db.execute(
        f"UPDATE dealership_configs SET {kind} = {kind} || CAST(:rules AS jsonb) WHERE name = :name",
        name=dealership,
        rules=json.dumps(rules),
    )
    assert changed == 1


def set_folder(db: Database, dealership: str, folder: str) -> None:
    """Give a dealership another QR folder."""
    query = "UPDATE dealership_configs SET qr_output_path = :folder WHERE name = :name"
    assert db.execute(query, name=dealership, folder=folder) == 1


def run(
    db: Database, folders: VehicleFolders, *requests: JobRequest | str, now: Any = NOW, **options: Any
) -> list[JobOutcome]:
    """Run jobs; a bare name is a standard job of that dealership."""
    asked = [JobRequest(each) if isinstance(each, str) else each for each in requests]
    return run_jobs(db, folders, asked, now=now, created_by="a test", **options)


def rows(path: str | Path) -> list[dict[str, str]]:
    """The records of a CSV file."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def one(db: Database, query: str, **parameters: Any) -> dict[str, Any]:
    """The single row of a query."""
    found = db.frame(query, **parameters).to_dict("records")
    assert len(found) == 1, found
    return {str(key): value for key, value in found[0].items()}


def values(db: Database, query: str, **parameters: Any) -> list[Any]:
    """The first column of a query."""
    found: list[Any] = db.frame(query, **parameters).iloc[:, 0].tolist()
    return found


def temps(folder: Path) -> list[str]:
    """Names of temporary files below a folder; none may stay."""
    return [path.name for path in folder.rglob("*.tmp")]


@contextmanager
def small_disk(folder: Path, *, kilobytes: int = 1024) -> Iterator[Callable[[int], None]]:
    """Mount a disk of its own size at `folder`; yields a function that leaves so many bytes free on it.

    Skips where this account may not mount.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _mount(["-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)])

    def leave(free: int) -> None:
        ballast = folder / "ballast"
        ballast.unlink(missing_ok=True)
        room = shutil.disk_usage(folder).free - free
        ballast.write_bytes(b"x" * max(0, room))

    try:
        yield leave
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder refuse new files: a read-only mount for root, whom permissions do not stop; else its mode."""
    if os.name == "posix" and os.geteuid() != 0:
        mode = folder.stat().st_mode
        folder.chmod(0o555)
        try:
            yield
        finally:
            folder.chmod(mode)
        return
    _mount(["--bind", str(folder), str(folder)])
    try:
        _mount(["-o", "remount,bind,ro", str(folder)])
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(arguments: Sequence[str]) -> None:
    if shutil.which("mount") is None:
        pytest.skip("this system has no mount command")
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this account may not mount a disk of its own: {done.stderr.strip()}")
