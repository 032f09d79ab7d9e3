"""The UI: dagster-webserver's ASGI application under uvicorn, inside the guard.

`python -m ops_platform.cli.webserver --workspace FILE [--port N]`; `ops up` starts it. The address and the
password come from the settings, so that no secret is on a command line. What is let through is in guard.py.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ops_platform.cli.guard import MAX_BODY_BYTES, Guard, policy_for
from ops_platform.cli.services.child import LIFELINE, prepare
from ops_platform.cli.services.endpoint import wait_for_code
from ops_platform.settings import Settings, load_settings

_STATEMENT_TIMEOUT_MS = 15_000  # a query of the UI that takes longer is given up, as in dagster-webserver
_POOL_RECYCLE_SECONDS = 3_600
_POOL_OVERFLOW = 20


def main(arguments: list[str] | None = None) -> None:
    """Serve until a signal, or until the supervisor is gone."""
    parser = argparse.ArgumentParser(prog="python -m ops_platform.cli.webserver", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--port", type=int, help="instead of ui.port")
    parser.add_argument(LIFELINE, action="store_true", help="end when standard input does")
    options = parser.parse_args(arguments)
    prepare([LIFELINE] if options.lifeline else [])
    try:
        serve(load_settings(), workspace=options.workspace, port=options.port)
    except KeyboardInterrupt:
        return


def serve(settings: Settings, *, workspace: Path, port: int | None = None) -> None:
    """Serve the UI of the workspace until interrupted. Errors: ExposedWithoutPasswordError, TimeoutError."""
    import uvicorn  # with dagster some 2 s: not for who only wants the module
    from dagster import DagsterInstance
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster_webserver.app import create_app_from_workspace_process_context
    from dagster_webserver.version import __version__

    ui = settings.ui
    port = ui.port if port is None else port
    password = ui.auth_password.get_secret_value() if ui.auth_password else None
    policy = policy_for(ui.host, port, user=ui.auth_user, password=password)
    wait_for_code(workspace)
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(_STATEMENT_TIMEOUT_MS, _POOL_RECYCLE_SECONDS, _POOL_OVERFLOW)
        target = WorkspaceFileTarget(paths=[str(workspace)])
        with WorkspaceProcessContext(instance, target, version=__version__) as context:
            app = Guard(create_app_from_workspace_process_context(context), policy)
            uvicorn.run(
                app,
                host=ui.host,
                port=port,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,  # nobody stands in front: whoever claims so is not to be believed
                ws_max_size=MAX_BODY_BYTES,
                timeout_graceful_shutdown=2,  # an open browser tab holds its WebSocket for ever
            )


if __name__ == "__main__":
    main()
