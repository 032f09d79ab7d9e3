"""The code server: Dagster's gRPC server with the definitions loaded, and the parent of every run.

`python -m ops_platform.cli.code_server --module M (--socket FILE | --host H --port N)`; `ops up` starts it.
Runs import this module again (multiprocessing), so nothing heavy is imported at its top.
"""

from __future__ import annotations

import sys
import traceback

from ops_platform.cli.services.child import LIFELINE, prepare
from ops_platform.cli.services.endpoint import LOCATION_NAME


def main() -> None:
    """Serve until a signal, or until the supervisor is gone."""
    arguments = sys.argv[1:]
    prepare(arguments)
    from dagster._cli import cli  # some 1 s: runs import this module before they need it
    from dagster._core.errors import DagsterUserCodeLoadError

    options = [argument for argument in arguments if argument != LIFELINE]
    try:
        cli(args=["api", "grpc", "--location-name", LOCATION_NAME, *options], prog_name="dagster")
    except DagsterUserCodeLoadError as error:
        # Without the forty frames of Dagster that follow: `ops up` shows the end of this to the person.
        traceback.print_exception(error.__cause__ or error)
        sys.exit(1)


if __name__ == "__main__":
    main()
