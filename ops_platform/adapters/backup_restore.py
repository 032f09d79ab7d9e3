"""Reading copies back: whether every file is still what was saved, and bringing files into a folder.

What belongs here: one copy and its files. What does not: making copies (backup_copy.py), databases (postgres/dump.py).
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, cast

from ops_platform.adapters.backup_manifest import FileEntry, Manifest
from ops_platform.adapters.backup_source import pieces
from ops_platform.adapters.backup_store import BackupStoreError, Copy
from ops_platform.adapters.files import explain

FILES: Final = "files"
ZIP: Final = "files.zip"
DUMP: Final = "database.dump"

Open = Callable[[str], BinaryIO]


def broken_files(folder: Path, manifest: Manifest) -> list[str]:
    """Read a whole copy and compare it with its manifest; what is not as it was saved, one sentence each."""
    try:
        with _opener(folder, manifest) as read:
            return [told for entry in manifest.files if (told := _broken(read, entry))]
    except (OSError, zipfile.BadZipFile) as error:
        return [f"{folder} cannot be read: {error}"]


def broken(copy: Copy) -> list[str]:
    """The same for a copy whose manifest may be unreadable."""
    return [copy.problem] if copy.manifest is None else broken_files(copy.folder, copy.manifest)


def restore_files(
    copy: Copy, to: Path, *, wanted: Callable[[str], bool] = lambda _: True
) -> tuple[list[str], list[str]]:
    """Bring the files of a copy into an empty folder; return those that are there, and what could not be restored.

    Each file is compared with the manifest and appears whole or not at all. wanted: which paths.
    Errors: BackupStoreError: the folder is not empty, or the copy cannot be read; FileWriteError.
    """
    manifest = copy.manifest
    if manifest is None:
        raise BackupStoreError(f"{copy.problem}. Restore another day, or copy the files by hand")
    if to.exists() and not (to.is_dir() and not any(to.iterdir())):
        raise BackupStoreError(f"{to} is not empty, and what is there is never overwritten; give a new folder")
    done, lost = list[str](), list[str]()
    try:
        with _opener(copy.folder, manifest) as read:
            _make_folders(to, ["", *filter(wanted, manifest.folders)])
            for entry in (entry for entry in manifest.files if wanted(entry.path)):
                told = _restored(read, entry, to / entry.path)
                (lost if told else done).append(told or entry.path)
    except zipfile.BadZipFile as error:
        raise BackupStoreError(f"{copy.folder / ZIP} cannot be read: {error}. Restore another day") from None
    return done, lost


@contextmanager
def _opener(folder: Path, manifest: Manifest) -> Iterator[Open]:
    """Yield what opens a file of a copy by its path."""
    if not manifest.is_zip:
        yield lambda path: (folder / FILES / path).open("rb")
        return
    with zipfile.ZipFile(folder / ZIP) as packed:
        yield cast("Open", packed.open)  # of another type, and readable, which is all that is asked


def _broken(read: Open, entry: FileEntry) -> str:
    digest, size = hashlib.sha256(), 0
    try:
        with read(entry.path) as stream:
            _forget_cache(stream)
            for piece in pieces(stream):
                digest.update(piece)
                size += len(piece)
    except (KeyError, FileNotFoundError):
        return f"{entry.path} is missing"
    except (OSError, zipfile.BadZipFile, EOFError) as error:
        return f"{entry.path} cannot be read: {error}"
    except Exception as error:  # zlib's own error, for a packed file that was changed
        return f"{entry.path} cannot be unpacked: {error}"
    return "" if (size, digest.hexdigest()) == (entry.size, entry.sha256) else f"{entry.path} is not what was saved"


def _forget_cache(stream: BinaryIO) -> None:
    """Read what the disk holds, and not what memory still knows of it, where the system can be asked for that."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError, ValueError, AttributeError):
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _restored(read: Open, entry: FileEntry, place: Path) -> str:
    """Bring one file to its place; why not, when it could not be."""
    half = place.with_name(f".restoring-{hashlib.sha256(entry.path.encode()).hexdigest()[:12]}")
    digest = hashlib.sha256()
    _make_folders(place.parent, [""])
    try:
        with half.open("xb") as into:
            try:
                with read(entry.path) as stream:
                    for piece in pieces(stream):
                        digest.update(piece)
                        into.write(piece)
            except (KeyError, FileNotFoundError):
                return f"{entry.path} is missing in the copy"
            except (zipfile.BadZipFile, EOFError) as error:
                return f"{entry.path} cannot be read: {error}"
            into.flush()
            os.fsync(into.fileno())
        if digest.hexdigest() != entry.sha256:
            return f"{entry.path} is not what was saved; restore it from another day"
        half.chmod(entry.mode)
        os.utime(half, (entry.mtime, entry.mtime))
        half.rename(place)
    except OSError as error:
        raise explain(error, place) from error
    finally:
        with suppress(OSError):
            half.unlink()
    return ""


def _make_folders(to: Path, paths: list[str]) -> None:
    for path in paths:
        try:
            (to / path).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise explain(error, to / path) from error
