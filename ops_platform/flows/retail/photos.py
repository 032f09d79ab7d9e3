"""The folder of product photos: what is in it, and carrying out what resize_photos.py planned.

What belongs here: files. What does not: which files are taken (the automation) and what a picture becomes
(retail/photo.py). A picture appears whole or not at all; its source goes only when the new one is in place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ops_platform.adapters.files import FileWriteError, write_whole
from ops_platform.retail.photo import Photo, PhotoError, fit_photo
from ops_platform.retail.snapshots import PHOTO_FOLDER
from ops_platform.settings_retail import PhotosSettings


@dataclass(frozen=True)
class PhotoOutcome:
    """What became of one file. status: applied, conflict or failed. size: bytes afterwards, None when it was left."""

    name: str
    new_name: str
    status: str
    action: str  # resized, renamed, converted, conflict, refused
    detail: str
    bytes_before: int
    size: int | None = None
    pixels_before: str | None = None
    pixels: str | None = None


def list_photos(folder: Path, *, now: float) -> pd.DataFrame:
    """The files of the folder (snapshots.PHOTO_FOLDER); none when it does not exist. now: seconds since the epoch."""
    rows = []
    if folder.is_dir():
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file() and not entry.name.startswith("."):
                    found = entry.stat()
                    rows.append((entry.name, found.st_size, _age(found, now)))
    return pd.DataFrame(rows, columns=list(PHOTO_FOLDER), dtype=object)


def _age(found: os.stat_result, now: float) -> float:
    """Seconds since a file was written. A camera whose clock is ahead must not keep its photos young for years."""
    written = found.st_mtime if found.st_mtime <= now else found.st_ctime
    return max(0.0, now - written)


def apply_photos(folder: Path, changes: pd.DataFrame, rules: PhotosSettings) -> list[PhotoOutcome]:
    """Carry out a plan, a file at a time on every core (Pillow lets go of the interpreter while it works).

    A file that fails is left as it is and never stops the others.
    """
    rows = changes.to_dict("records")
    # One more than cores: while one waits for the disk to have its picture safely, another is worked on.
    with ThreadPoolExecutor(max_workers=(os.cpu_count() or 1) + 1) as pool:
        return list(pool.map(lambda row: _apply(folder, row, rules), rows))


def _apply(folder: Path, row: Mapping[Any, Any], rules: PhotosSettings) -> PhotoOutcome:
    name, new_name = str(row["key"]), str(row["new"])
    source, target = folder / name, folder / new_name

    def left(status: str, action: str, detail: str) -> PhotoOutcome:
        return PhotoOutcome(name, new_name, status, action, detail, int(row["old"]))

    try:
        with source.open("rb") as file:
            seen = _state(os.fstat(file.fileno()))
            data = file.read()
        if len(data) != row["old"]:
            raise _AnotherError(f"it has {len(data):,} bytes now, the plan was made on {row['old']:,}")
        if _is_another(target, source):
            raise _AnotherError(f"{new_name} is there already")
        photo = fit_photo(data, rules)
        _put(source, target, photo, data, seen)
    except _AnotherError as error:
        return left("conflict", "conflict", str(error))
    except FileNotFoundError:
        return left("conflict", "conflict", "it is not there any more")
    except PhotoError as error:
        return left("failed", "refused", str(error))
    except (FileWriteError, OSError) as error:
        return left("failed", "conflict", f"it could not be written: {error}")
    return PhotoOutcome(
        name,
        new_name,
        "applied",
        _action(source, photo),
        _told(photo, data),
        len(data),
        len(photo.content),
        _pixels(photo.size_before),
        _pixels(photo.size),
    )


class _AnotherError(Exception):
    """There is another picture than the plan was made on, or was worked on; the text says where. It is left."""


def _state(found: os.stat_result) -> tuple[int, int, int]:
    """What tells a file from another one of its name."""
    return found.st_ino, found.st_size, found.st_mtime_ns


def _put(source: Path, target: Path, photo: Photo, data: bytes, seen: tuple[int, int, int]) -> None:
    # A large picture takes a second: a new one that is copied in meanwhile would be gone, and the old one shown.
    if _state(source.stat()) != seen:
        raise _AnotherError("another picture was put there while it was worked on")
    if photo.content is not data:
        write_whole(target, photo.content)
    elif target != source:
        source.rename(target)
        return
    # On a disk that knows no case A.JPG and A.jpg are one file: it was replaced, and must not be removed.
    if target != source and source.exists() and not target.samefile(source):
        if _state(source.stat()) != seen:
            raise _AnotherError(f"another picture was put there when {target.name} was written: keep one of them")
        source.unlink()


def _is_another(target: Path, source: Path) -> bool:
    return target != source and target.exists() and not target.samefile(source)


def _action(source: Path, photo: Photo) -> str:
    if photo.quality is None:
        return "renamed"
    return "resized" if source.suffix.lower() in (".jpg", ".jpeg") else "converted"


def _told(photo: Photo, data: bytes) -> str:
    if photo.quality is not None:
        return f"quality {photo.quality}"
    return "" if photo.content is data else "without the place it was taken at"


def _pixels(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
