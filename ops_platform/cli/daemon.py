"""The daemon: schedules, sensors, the run queue and run monitoring, as the only one on its database.

`python -m ops_platform.cli.daemon --workspace FILE`; `ops up` starts it. It takes the daemon lock first (see
dagster_instance/daemon_lock.py), then fails the runs whose processes are gone, then runs dagster-daemon and
goes on looking for such runs. It ends with EXIT_ANOTHER_DAEMON when the lock is held elsewhere and with
EXIT_LOCK_LOST when it loses it.
"""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

from ops_platform.cli.services.child import LIFELINE, prepare
from ops_platform.cli.services.endpoint import wait_for_code


def main(arguments: list[str] | None = None) -> None:
    """Run until a signal, until the lock is lost, or until the supervisor is gone."""
    parser = argparse.ArgumentParser(prog="python -m ops_platform.cli.daemon", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument(LIFELINE, action="store_true", help="end when standard input does")
    options = parser.parse_args(arguments)
    prepare([LIFELINE] if options.lifeline else [])
    try:
        run(options.workspace)
    except KeyboardInterrupt:
        return


def run(workspace: Path) -> None:
    """Hold the lock, reconcile, run the daemon until interrupted.

    Errors: DatabaseNotReadyError, TimeoutError when the code server does not come.
    """
    from dagster import DagsterInstance  # some 2 s: not for who only wants the module
    from dagster._daemon.cli import cli

    from ops_platform.cli.reconciler import keep_reconciling, reconcile
    from ops_platform.dagster_instance.daemon_lock import hold_daemon_lock
    from ops_platform.dagster_instance.storage import find_database_url

    with DagsterInstance.get() as instance:
        hold_daemon_lock(find_database_url())
        reconcile(instance)
        threading.Thread(target=keep_reconciling, args=(instance,), name="reconciler", daemon=True).start()
        wait_for_code(workspace)
        cli(args=["run", "--workspace", str(workspace)], prog_name="dagster-daemon")


if __name__ == "__main__":
    main()
