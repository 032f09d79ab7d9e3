"""The off-site folder: dated copies that appear whole, each with its manifest, and nothing removed that is not ours.

    <dst>/.ops-backups.json           shows that this is the folder, and not an empty mount point in its place
    <dst>/<name>/2026-05-14/          manifest.json, and the files in files/ or files.zip

What belongs here: making, looking through and removing copies. What does not: which are kept (retail/retention.py) and
reading what is copied (backup_source.py). A copy is made under a temporary name, read back, and renamed; what a killed
run leaves is put right by the next one.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from ops_platform.adapters.backup_manifest import FILE, MADE_BY, Manifest, ManifestError, read_manifest
from ops_platform.adapters.files import FileWriteError, explain, sync_folders, write_whole

MARK: Final = ".ops-backups.json"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_LEFT: Final = re.compile(r"\.(?P<what>partial|old|gone)-(?P<day>\d{4}-\d{2}-\d{2})-[0-9a-f]{8}")


class BackupStoreError(Exception):
    """The off-site folder cannot be used, or a copy in it; the text says why and what to do."""


@dataclass(frozen=True)
class Copy:
    """A copy that is there. problem: why its manifest cannot be believed; manifest is None then."""

    name: str
    day: date
    folder: Path
    manifest: Manifest | None
    problem: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether everything can be restored from it, as far as its manifest says."""
        return self.manifest is not None and self.manifest.is_complete


class BackupStore:
    """The folder `dst`. Nothing is looked at before it is asked.

    make: it may be made with the folders above it, because it is our own. Else only the last of its folders is made: a
    path whose beginning is missing is a share that is not mounted.
    """

    def __init__(self, dst: Path, *, make: bool = False) -> None:
        self.dst = dst
        self._make = make

    def check(self, *, known: bool) -> bool:
        """Whether the folder is ours already. known: copies were put there before.

        Errors: BackupStoreError: it was, and is not now.
        """
        try:
            ours = (self.dst / MARK).is_file()
        except OSError as error:
            raise BackupStoreError(
                f"the off-site folder {self.dst} cannot be used: {error.strerror or error}"
            ) from None
        if known and not ours:
            there = f"{self.dst} is there, but without {MARK}" if self.dst.is_dir() else f"{self.dst} is not there"
            raise BackupStoreError(
                f"the off-site folder is away: {there}. Mount the share or plug the disk in, then `ops backup run`. If "
                "the copies are really gone, set another folder in retail.backups.dst"
            )
        return ours

    def open(self, *, known: bool) -> None:
        """See that the folder can be used, and make it the first time. Errors: BackupStoreError."""
        if self.check(known=known):
            return
        try:
            self.dst.mkdir(mode=0o700, exist_ok=True, parents=self._make)
            write_whole(self.dst / MARK, json.dumps({"made_by": MADE_BY, "store": secrets.token_hex(8)}).encode())
        except FileNotFoundError:
            raise BackupStoreError(
                f"the off-site folder {self.dst} cannot be made: {self._missing()} is not there. Is the share mounted, "
                "the disk plugged in?"
            ) from None
        except FileWriteError as error:
            raise BackupStoreError(f"the off-site folder cannot be used: {error}") from None
        except OSError as error:
            raise BackupStoreError(
                f"the off-site folder {self.dst} cannot be used: {error.strerror or error}"
            ) from None

    def free_bytes(self) -> int:
        """Room on the disk of the folder. Errors: BackupStoreError."""
        try:
            return shutil.disk_usage(self.dst).free
        except OSError as error:
            raise BackupStoreError(f"the off-site folder {self.dst} cannot be asked: {error.strerror}") from None

    def names(self) -> list[str]:
        """What there are copies of. Errors: BackupStoreError."""
        try:
            found = [entry.name for entry in self.dst.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BackupStoreError(f"the off-site folder {self.dst} cannot be read: {error.strerror}") from None
        return sorted(found)

    def copies(self, name: str) -> list[Copy]:
        """The copies of one name, the oldest first. What else lies in its folder is left alone, here and always.

        Errors: BackupStoreError: could not be read is not the same as none.
        """
        try:
            entries = [entry for entry in (self.dst / name).iterdir() if _DAY.fullmatch(entry.name) and entry.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BackupStoreError(f"the copies of {name} cannot be read: {error.strerror or error}") from None
        found = (self._copy(name, entry) for entry in entries)
        return sorted((copy for copy in found if copy is not None), key=lambda copy: copy.day)

    def copy(self, name: str, day: date | None = None) -> Copy:
        """The copy of a day; without a day the newest complete one. Errors: BackupStoreError when there is none."""
        there = self.copies(name)
        wanted = [copy for copy in there if (copy.is_complete if day is None else copy.day == day)]
        if wanted:
            return wanted[-1]
        days = ", ".join(str(copy.day) for copy in there[-10:]) or "none"
        what = "complete copy" if day is None else f"copy of {day}"
        known = "" if there else f". There are copies of: {', '.join(self.names()) or 'nothing'}"
        raise BackupStoreError(f"there is no {what} of {name!r} in {self.dst}; there are: {days}{known}")

    @contextmanager
    def new_copy(self, name: str, day: date) -> Iterator[Path]:
        """Yield an empty folder for a copy; it is thrown away unless `keep` was called with it."""
        folder = self.dst / name / _left_name("partial", day)
        try:
            folder.mkdir(mode=0o700, parents=True)
            yield folder
        except OSError as error:
            raise explain(error, Path(error.filename or folder)) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, folder: Path, manifest: Manifest) -> Path:
        """Put a finished copy in its place, instead of one of the same day; return where it is. Errors: FileWriteError.

        Killed between the two renames, the copy before is under another name; `repair` puts it back. A folder of that
        name without a manifest of ours is put aside and stays.
        """
        manifest.write(folder)
        place = self.dst / manifest.name / manifest.day.isoformat()
        old = place.with_name(_left_name("old", manifest.day))
        try:
            before = self._copy(manifest.name, place) if place.exists() else None
            if before is not None and before.manifest is None:
                place.rename(place.with_name(f"{place.name}.set-aside-{secrets.token_hex(4)}"))
            elif before is not None:
                place.rename(old)
            folder.rename(place)
            sync_folders([place.parent])
        except OSError as error:
            if old.exists() and not place.exists():
                old.rename(place)
            raise explain(error, place) from error
        shutil.rmtree(old, ignore_errors=True)
        return place

    def remove(self, name: str, day: date) -> bool:
        """Remove a copy of ours; whether there was one. Errors: BackupStoreError for a folder that is not ours."""
        place = self.dst / name / day.isoformat()
        if not place.exists():
            return False
        copy = self._copy(name, place)
        if copy is None or copy.manifest is None:
            raise BackupStoreError(
                f"{place} was left: {copy.problem if copy else 'it is no copy'}. Remove it by hand if it is not needed"
            )
        # Renamed first: killed while it is removed, half a copy never stands under a date.
        gone = place.with_name(_left_name("gone", day))
        try:
            place.rename(gone)
            shutil.rmtree(gone)
        except OSError as error:
            raise BackupStoreError(f"{place} could not be removed: {error.strerror or error}") from None
        return True

    def repair(self, name: str) -> int:
        """Put right what a killed run left behind; return how many things. Only one run may be at work."""
        folder = self.dst / name
        left = [entry for entry in folder.iterdir() if _LEFT.fullmatch(entry.name)] if folder.is_dir() else []
        for entry in sorted(left):
            match = _LEFT.fullmatch(entry.name)
            assert match is not None
            place = folder / match["day"]
            if match["what"] == "old" and not place.exists():
                entry.rename(place)
            else:
                shutil.rmtree(entry, ignore_errors=True)
        return len(left)

    def _copy(self, name: str, folder: Path) -> Copy | None:
        try:
            day = date.fromisoformat(folder.name)
        except ValueError:
            return None  # 2026-02-30 is somebody's own
        try:
            manifest = read_manifest(folder)
        except ManifestError as error:
            return Copy(name, day, folder, None, str(error))
        if (manifest.name, manifest.day) != (name, day):
            return Copy(name, day, folder, None, f"{folder / FILE} is that of {manifest.name} of {manifest.day}")
        return Copy(name, day, folder, manifest)

    def _missing(self) -> Path:
        return next((parent for parent in reversed(self.dst.parents) if not parent.exists()), self.dst)


def _left_name(what: str, day: date) -> str:
    return f".{what}-{day.isoformat()}-{secrets.token_hex(4)}"
