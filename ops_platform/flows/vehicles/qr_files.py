"""The QR files of cars: which are missing or changed, made over all cores, read back, put in place.

Gather (sizes and times of the folders), plan (what differs from the records), apply (make, write, read back,
rename). Functions take and return plain dataclasses; the caller keeps the records in qr_file_tracking.
Not here: the database, what a code says and looks like (vehicles/qr.py), how a file gets in place whole
(adapters/files.py), the processes (flows/vehicles/qr_pool.py).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ops_platform.adapters.files import (
    FileStat,
    list_files,
    remove_stale_temps,
    stat_if_same,
    write_batch,
)
from ops_platform.flows.vehicles.qr_pool import run_chunks
from ops_platform.vehicles.qr import QrError, QrImage, QrLook, look_key, make_qr, payload_hash
from ops_platform.vehicles.qr_decode import QrUnreadableError, read_qr_png

_CHUNK = 64  # about a tenth of a second of work: progress moves, and a kill loses little


@dataclass(frozen=True, slots=True)
class QrRecord:
    """What qr_file_tracking says about a file: the facts of the moment it was put in place."""

    payload_hash: str
    look: str
    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class QrTask:
    """One wanted file. `payload`: the text to encode (vehicles.qr.qr_payload); `path`: the real file;
    `record`: what is known of it from before, None when nothing."""

    vin: str
    payload: str
    look: QrLook
    path: Path
    record: QrRecord | None = None


@dataclass(frozen=True, slots=True)
class QrResult:
    """What became of a task.

    `made`: a new file stands there, read back by a second library. `unchanged`: the right file was there.
    `failed`: nothing was touched; `reason` says why and what to do, and `record` is None.
    `record` is what to keep for the next run. `warnings`: sentences about codes that will print badly.
    """

    vin: str
    path: Path
    state: Literal["made", "unchanged", "failed"]
    record: QrRecord | None
    reason: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QrCheck:
    """What stands on disk for a task.

    `ok`; `missing`: no file; `torn`: empty, cut off or unreadable; `swapped`: a good code that says something
    else (another car's, or an old URL). `record` is the file's present state when ok, else None.
    """

    vin: str
    path: Path
    state: Literal["ok", "missing", "torn", "swapped"]
    record: QrRecord | None
    reason: str | None = None


def make_qr_files(
    tasks: Sequence[QrTask],
    *,
    processes: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[QrResult]:
    """Bring the files of `tasks` up to date; results in the order of the tasks.

    A file whose size, time, payload hash and look are those of its record is not opened. The others are made,
    written, read back by a second library and renamed into place, in `processes` processes (default: one a
    core when there is enough to do). `progress(done, total)` counts all tasks.

    A task that fails does not stop the rest. A process killed at any moment leaves whole files only; the next
    run makes what is missing and removes what the dead one left.
    """
    folders = {task.path.parent for task in tasks}
    for folder in folders:
        remove_stale_temps(folder)
    results, twins = _settled(tasks)
    todo = [index for index in range(len(tasks)) if index not in results and index not in twins]
    todo.sort(key=lambda index: str(tasks[index].path))  # neighbours share a folder, and its one sync
    settled = len(results)
    if progress is not None:
        progress(settled, len(tasks))

    def report(done: int) -> None:
        if progress is not None:
            progress(settled + done, len(tasks))

    chunks = [todo[start : start + _CHUNK] for start in range(0, len(todo), _CHUNK)]
    made = run_chunks(
        make_chunk,
        [[tasks[index] for index in chunk] for chunk in chunks],
        processes=processes,
        report=report,
    )
    for chunk, chunk_results in zip(chunks, made, strict=True):
        results.update(zip(chunk, chunk_results, strict=True))
    for folder in {tasks[index].path.parent for index in todo}:
        remove_stale_temps(folder)
    results.update({index: results[twin] for index, twin in twins.items()})
    return [results[index] for index in range(len(tasks))]


def _settled(tasks: Sequence[QrTask]) -> tuple[dict[int, QrResult], dict[int, int]]:
    """The tasks that need no work, by index: unchanged files, unreadable folders, contested paths.

    And the twins, index -> index of an earlier task that wants the very same file.
    """
    folders: dict[Path, dict[str, FileStat] | str] = {}
    owners: dict[str, int] = {}
    results: dict[int, QrResult] = {}
    twins: dict[int, int] = {}
    for index, task in enumerate(tasks):
        folder = task.path.parent
        if folder not in folders:
            folders[folder] = _folder_state(folder)
        found = folders[folder]
        owner = owners.setdefault(os.path.normcase(task.path), index)
        if isinstance(found, str):
            results[index] = _failed(task, found)
        elif owner != index and _same_file(task, tasks[owner]):
            twins[index] = owner
        elif owner != index:
            # Two writers of one file would race, and the file would change with every run.
            other = f"VIN {tasks[owner].vin} says {tasks[owner].payload!r}"
            results[index] = _failed(
                task, f"{task.path} is wanted twice with different content ({other}). Use two folders."
            )
        else:
            stat = found.get(task.path.name)
            if stat is not None and (record := _still_right(task, stat)) is not None:
                results[index] = QrResult(task.vin, task.path, "unchanged", record)
    return results, twins


def _same_file(one: QrTask, other: QrTask) -> bool:
    return (one.vin, one.payload, one.look) == (other.vin, other.payload, other.look)


def _folder_state(folder: Path) -> dict[str, FileStat] | str:
    try:
        return list_files(folder)
    except OSError as error:
        return f"{folder} cannot be read: {error.strerror or error}. Check the folder and its permissions."


def _still_right(task: QrTask, stat: FileStat) -> QrRecord | None:
    """The record when the file is the recorded one and the wanted one, without opening it if possible."""
    record = task.record
    if record is None or stat.size != record.size or stat.size == 0:
        return None
    if record.payload_hash != payload_hash(task.payload) or record.look != look_key(task.look, task.payload):
        return None
    if stat.mtime_ns == record.mtime_ns:
        return record
    # A folder copied or restored from a backup has new times and the old content.
    try:
        content = task.path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() != record.sha256:
        return None
    return replace(record, mtime_ns=stat.mtime_ns)


def make_chunk(tasks: Sequence[QrTask]) -> list[QrResult]:
    """Make the files of some tasks in this process. Public only because other processes import it by name."""
    results: dict[int, QrResult] = {}
    images: dict[int, QrImage] = {}
    for index, task in enumerate(tasks):
        try:
            image = make_qr(task.vin, task.payload, task.look)
        except QrError as error:
            results[index] = _failed(task, str(error))
        except Exception as error:  # a library's own fault: this file fails, the others go on
            results[index] = _failed(task, f"The QR engine failed on {task.payload!r}: {error!r}.")
        else:
            if stat := stat_if_same(task.path, image.png):
                results[index] = _done(task, "unchanged", image, stat)
            else:
                images[index] = image

    wanted = {tasks[index].path: image for index, image in images.items()}

    def check(path: Path, written: bytes) -> None:
        _prove(path, written, wanted[path])

    outcomes = write_batch([(path, image.png) for path, image in wanted.items()], check)
    for (index, image), outcome in zip(images.items(), outcomes, strict=True):
        if outcome.stat is None:
            results[index] = _failed(tasks[index], str(outcome.error))
        else:
            results[index] = _done(tasks[index], "made", image, outcome.stat)
    return [results[index] for index in range(len(tasks))]


def _prove(path: Path, written: bytes, image: QrImage) -> None:
    """Raise ValueError unless the bytes on disk read back as the payload, in whole modules."""
    wanted = (image.payload, image.level, image.module_px)
    try:
        read = read_qr_png(written)
        found: object = (read.payload, read.level, read.module_px)
    except QrUnreadableError as error:
        found = str(error)
    if found != wanted:
        raise ValueError(
            f"{path} was not written: the new code must read back as {wanted} and gave {found}. "
            "Try again; when it comes back, report it with this sentence."
        )


def _done(task: QrTask, state: Literal["made", "unchanged"], image: QrImage, stat: FileStat) -> QrResult:
    record = QrRecord(
        payload_hash(task.payload),
        look_key(task.look, task.payload),
        stat.size,
        stat.mtime_ns,
        hashlib.sha256(image.png).hexdigest(),
    )
    return QrResult(task.vin, task.path, state, record, warnings=image.warnings)


def _failed(task: QrTask, reason: str) -> QrResult:
    return QrResult(task.vin, task.path, "failed", None, reason)


def verify_qr_files(tasks: Sequence[QrTask]) -> list[QrCheck]:
    """Open each file and judge it; results in the order of the tasks.

    A file with the recorded SHA-256, recorded for this very payload, is ok; any other is decoded and its text
    compared. Nothing is changed on disk.
    """
    return [_verify(task) for task in tasks]


def _verify(task: QrTask) -> QrCheck:
    try:
        mtime_ns = task.path.stat().st_mtime_ns
        content = task.path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return QrCheck(task.vin, task.path, "missing", None, f"{task.path} is not there.")
    except OSError as error:
        reason = f"{task.path} cannot be read: {error.strerror or error}."
        return QrCheck(task.vin, task.path, "torn", None, reason)
    sha256 = hashlib.sha256(content).hexdigest()
    wanted = payload_hash(task.payload)
    known = task.record
    if known is None or known.sha256 != sha256 or known.payload_hash != wanted or not content:
        try:
            payload = read_qr_png(content).payload
        except QrUnreadableError as error:
            return QrCheck(task.vin, task.path, "torn", None, f"{task.path}: {error}")
        if payload != task.payload:
            reason = f"{task.path} says {payload!r} instead of {task.payload!r}."
            return QrCheck(task.vin, task.path, "swapped", None, reason)
    look = known.look if known is not None and known.sha256 == sha256 else ""
    return QrCheck(task.vin, task.path, "ok", QrRecord(wanted, look, len(content), mtime_ns, sha256))
