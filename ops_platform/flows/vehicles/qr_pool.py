"""Chunks of work over the cores, each in a process of its own, safe on every system.

Here: when processes pay, how they start, and what happens when one dies. Not here: what the work is.

Processes are spawned, never forked: a fork of a process with threads (Dagster's, a database driver's) may
hang, and Windows knows only spawning. They do not import the main script, as spawned ones usually do: that
costs seconds where it is Dagster's, and it would run a person's script without a `__main__` guard once more a
process, jobs and all.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_MOST_PROCESSES = 61  # more than Windows can wait for
_CHUNKS_THAT_PAY = 12  # below, starting processes takes longer than the work
_hiding = threading.Lock()


def run_chunks(
    work: Callable[[Sequence[T]], list[R]],
    chunks: Sequence[Sequence[T]],
    *,
    processes: int | None = None,
    report: Callable[[int], None] = lambda done: None,
) -> list[list[R]]:
    """`work(chunk)` for every chunk, results in order. `work` must be importable by name.

    `processes`: None for one a core when there are enough chunks, 1 for none beside this one.
    `report(done)` is called with the number of items finished. When the processes die (killed, out of memory),
    what is left is done in this process.
    """
    wanted = processes or (_cores() if len(chunks) >= _CHUNKS_THAT_PAY else 1)
    results: dict[int, list[R]] = {}
    done = 0

    def keep(index: int, result: list[R]) -> None:
        nonlocal done
        results[index] = result
        done += len(chunks[index])
        report(done)

    if wanted > 1 and len(chunks) > 1:
        _in_processes(work, chunks, min(wanted, len(chunks), _MOST_PROCESSES), keep)
    for index, chunk in enumerate(chunks):
        if index not in results:
            keep(index, work(chunk))
    return [results[index] for index in range(len(chunks))]


def _in_processes(
    work: Callable[[Sequence[T]], list[R]],
    chunks: Sequence[Sequence[T]],
    processes: int,
    keep: Callable[[int, list[R]], None],
) -> None:
    """Keep what the pool finishes; return early when it breaks."""
    pool = ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context("spawn"), initializer=_leave_with_parent
    )
    try:
        with _main_hidden():  # the processes start while work is handed in
            futures: dict[Future[list[R]], int] = {
                pool.submit(work, chunk): index for index, chunk in enumerate(chunks)
            }
        for future in as_completed(futures):
            keep(futures[future], future.result())
    except BrokenProcessPool:
        return
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _main_hidden() -> Iterator[None]:
    """Processes started inside find no main script to import (multiprocessing.spawn looks for these two names)."""
    main = sys.modules["__main__"]
    with _hiding:
        kept: dict[str, Any] = {name: vars(main)[name] for name in ("__spec__", "__file__") if name in vars(main)}
        main.__spec__ = None
        vars(main).pop("__file__", None)
        try:
            yield
        finally:
            vars(main).update(kept)


def _leave_with_parent() -> None:
    """In a worker: end when the parent is gone.

    After a kill -9 of the parent a pool's workers wait for work for ever, because each holds the other's end
    of the queue open.
    """

    def wait() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)  # at once: what is half written is a temporary file only

    threading.Thread(target=wait, daemon=True).start()


def _cores() -> int:
    """Cores this process may use: a container's or a task set's, not always the machine's."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
