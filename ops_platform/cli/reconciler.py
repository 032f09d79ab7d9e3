"""The reconciler: runs that no process executes any more are ended, and their pool slots given back.

After a power cut, or a kill -9 of a run together with its code server, nothing in Dagster notices: the run
stays STARTED for ever, its pool slot stays held, and the next run of the pool stays QUEUED for ever. At its
start the daemon holds the daemon lock, so nothing is being launched, and every run in progress either has a
living process on this machine or is dead (`reconcile`). The same happens when a run dies while the database is
away, because the code server's own watch dies of that too; so the daemon goes on looking (`keep_reconciling`).

How a run's process is known: runs that `ops` executes in its own process carry `process_tags()`; runs of a
code server record the pid of their process as an event. A pid counts only for a process older than that
record, so a new process under an old number does not keep a dead run alive.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from dataclasses import dataclass
from typing import NoReturn

import psutil
from dagster import DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from dagster._core.events import JobFailureData, RunFailureReason
from dagster._core.storage.dagster_run import FINISHED_STATUSES

HOST_TAG = "ops/host"
PID_TAG = "ops/pid"
STARTED_TAG = "ops/process_started"

_LOG = logging.getLogger("ops_platform.reconciler")
_IN_PROGRESS = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
# Start times are computed from the boot time, which moves when the clock is set.
_CLOCK_TOLERANCE_SECONDS = 60.0


@dataclass(frozen=True)
class RunProcess:
    """The process a run was executed in: on which host, its number, and when it was certainly running."""

    host: str
    pid: int
    seen_at: float


def process_tags() -> dict[str, str]:
    """Tags for a run executed in this very process (`materialize(..., tags=...)`, `execute_in_process`).

    With them a start of `ops up` in another terminal knows that the run is alive, and later that it is not.
    """
    started = psutil.Process().create_time()
    return {HOST_TAG: socket.gethostname(), PID_TAG: str(os.getpid()), STARTED_TAG: f"{started:.2f}"}


def reconcile(instance: DagsterInstance) -> list[str]:
    """End every run in progress whose process is gone, free the slots of ended runs, return the runs' ids.

    STARTING and STARTED runs become FAILURE, CANCELING ones CANCELED as their user wished. QUEUED ones are
    kept: they start when the daemon does. Runs of another host are kept too; only their host can know.
    Call it while holding the daemon lock and before anything is launched.
    """
    return _end_all(instance, _gone(instance))


def reconcile_again(instance: DagsterInstance, suspects: set[str]) -> set[str]:
    """As `reconcile`, while runs are being launched; return the suspects for the next call, a minute later.

    Ends only runs that had a process and were already suspects: one found dead for the first time may have said
    its last word a moment ago, and one without a process is about to get it.
    """
    gone = [(run, process) for run, process in _gone(instance) if process]
    _end_all(instance, [(run, process) for run, process in gone if run.run_id in suspects])
    return {run.run_id for run, _ in gone}


def keep_reconciling(instance: DagsterInstance, seconds: float = 60.0) -> NoReturn:
    """Call `reconcile_again` for ever; whatever goes wrong is logged and tried again."""
    suspects: set[str] = set()
    while True:
        time.sleep(seconds)
        try:
            suspects = reconcile_again(instance, suspects)
        except Exception:  # the database may be away; ending this watch is what it is there to mend
            _LOG.warning("could not look for dead runs", exc_info=True)


def _gone(instance: DagsterInstance) -> list[tuple[DagsterRun, RunProcess | None]]:
    """The runs in progress that no living process of this host executes, with the process that did."""
    runs = instance.get_runs(filters=RunsFilter(statuses=_IN_PROGRESS))
    found = [(run, run_process(instance, run)) for run in runs]
    here = socket.gethostname()
    return [
        (run, process) for run, process in found if process is None or (process.host == here and not is_alive(process))
    ]


def _end_all(instance: DagsterInstance, gone: list[tuple[DagsterRun, RunProcess | None]]) -> list[str]:
    for run, process in gone:
        _end(instance, run, process)
    _free_slots(instance)
    ended = [run.run_id for run, _ in gone]
    if ended:
        _LOG.warning("ended %d runs whose process was gone: %s", len(ended), ", ".join(ended))
    return ended


def run_process(instance: DagsterInstance, run: DagsterRun) -> RunProcess | None:
    """Return the process that executes or executed a run, or None when it never got so far as to say."""
    # A run executed again from the UI inherits the tags of the first one, whose process is long gone.
    if PID_TAG in run.tags and run.parent_run_id is None:
        return RunProcess(run.tags.get(HOST_TAG, ""), int(run.tags[PID_TAG]), float(run.tags.get(STARTED_TAG, "inf")))
    for entry in reversed(instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT)):
        event = entry.dagster_event
        pid = event.engine_event_data.metadata.get("pid") if event else None
        if pid is not None:
            # The code server is always this machine's: it listens on a socket or on loopback.
            return RunProcess(socket.gethostname(), int(str(pid.value)), entry.timestamp)
    return None


def is_alive(process: RunProcess) -> bool:
    """Tell whether a process of this host still runs, and is not another one that got the same number."""
    try:
        found = psutil.Process(process.pid)
        older = float(found.create_time()) <= process.seen_at + _CLOCK_TOLERANCE_SECONDS
        return older and found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _end(instance: DagsterInstance, run: DagsterRun, process: RunProcess | None) -> None:
    which = f"process {process.pid}" if process else "the process that was to execute it"
    message = (
        f"Found by the platform: {which} is gone and did not say how the run ended (a power cut, a kill, "
        "a crash of the machine or of the database). What the run had already done stays done."
    )
    if run.status is DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, message)
    else:
        reason = JobFailureData(error=None, failure_reason=RunFailureReason.UNEXPECTED_TERMINATION)
        instance.report_run_failed(run, message, reason)


def _free_slots(instance: DagsterInstance) -> None:
    storage = instance.event_log_storage
    holders = storage.get_concurrency_run_ids()
    if not holders:
        return
    known = {run.run_id: run.status for run in instance.get_runs(filters=RunsFilter(run_ids=list(holders)))}
    for run_id in holders:
        # A run that was deleted while it held a slot would hold it for ever.
        if run_id not in known or known[run_id] in FINISHED_STATUSES:
            storage.free_concurrency_slots_for_run(run_id)
