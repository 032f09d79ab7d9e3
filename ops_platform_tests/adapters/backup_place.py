"""A folder to back up and an off-site folder for its copies, for tests of both."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from ops_platform.adapters.backup_copy import Made, Order, copy_files
from ops_platform.adapters.backup_store import BackupStore
from ops_platform_tests.conftest import open_temp_dir

DAY, NEXT = date(2026, 5, 14), date(2026, 5, 15)


class Place:
    """A source and an off-site folder."""

    def __init__(self, root: Path) -> None:
        self.src = root / "src"
        self.dst = root / "offsite"
        self.store = BackupStore(self.dst)
        self.store.open(known=False)
        self.write(a="one", **{"sub/b.txt": "two", "sub/deep/c.bin": "three"})

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.src / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def back_up(self, day: date = DAY, **values: Any) -> Made:
        order = Order("photos", day, f"{day}T22:30:00-04:00", values.pop("min_free", 0))
        return copy_files(self.store, order, values.pop("src", self.src), **values)

    def tree(self) -> dict[str, str]:
        return tree(self.src)

    def days(self) -> list[str]:
        return [copy.day.isoformat() for copy in self.store.copies("photos")]

    def left(self) -> list[str]:
        """What lies beside the copies and should not."""
        return [path.name for path in (self.dst / "photos").iterdir() if path.name.startswith(".")]


def tree(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def without_rights() -> Iterator[Path]:
    """A folder of somebody who is not root, while this process acts as that one: root reads everything."""
    folder = open_temp_dir("ops-backup-")
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        shutil.rmtree(folder)
