"""The watchdog: looks at everything once a minute, outside the daemon and without a run, and tells people.

`python -m ops_platform.cli.watchdog`; `ops up` starts it. What belongs here: the loop. What does not: one look
(watching.py), which `ops watchdog --once` does too. docs/adr/0013-watchdog.md says why it is a process of its own.
"""

from __future__ import annotations

import argparse
import logging
import threading
from contextlib import suppress

from ops_platform.cli.services.child import LIFELINE, prepare
from ops_platform.settings import Settings, load_settings

_log = logging.getLogger("ops_platform.watchdog")


def main(arguments: list[str] | None = None) -> None:
    """Look until a signal, or until the supervisor is gone."""
    parser = argparse.ArgumentParser(prog="python -m ops_platform.cli.watchdog", description=__doc__)
    parser.add_argument(LIFELINE, action="store_true", help="end when standard input does")
    options = parser.parse_args(arguments)
    prepare([LIFELINE] if options.lifeline else [])
    with suppress(KeyboardInterrupt):
        watch(load_settings())


def watch(settings: Settings) -> None:
    """Look every `alerts.every_seconds`, for ever; whatever goes wrong is logged and tried again."""
    pause = threading.Event()
    # Nothing is imported before: the others are just starting, and have the processor to themselves.
    pause.wait(settings.alerts.every_seconds)
    from ops_platform.cli.watching import Watchdog

    with Watchdog(settings) as watchdog:
        while True:
            for work in (watchdog.reload, watchdog.look, watchdog.write_daily_logs):
                try:
                    work()
                except Exception:  # what it would tell of must not end it
                    _log.exception("%s failed; it is tried again", work.__name__)
            pause.wait(watchdog.settings.alerts.every_seconds)


if __name__ == "__main__":
    main()
