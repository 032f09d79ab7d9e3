"""`ops intake`: the forms of the shop's web page, until Ctrl-C; and the process of `ops up` that serves them.

`python -m ops_platform.cli.intake`; `ops up` starts it where intake.enabled is set.
"""

from __future__ import annotations

import argparse
import http.client
from contextlib import suppress
from typing import Final

from ops_platform.cli.services.child import LIFELINE, prepare
from ops_platform.settings import Settings, load_settings

HEALTH: Final = b"the forms are served"
"""What `/health` answers: another server on the port must not be taken for ours."""
_SECONDS: Final = 2.0


def main(arguments: list[str] | None = None) -> None:
    """Serve until a signal, or until the supervisor is gone."""
    parser = argparse.ArgumentParser(prog="python -m ops_platform.cli.intake", description=__doc__)
    parser.add_argument(LIFELINE, action="store_true", help="end when standard input does")
    options = parser.parse_args(arguments)
    prepare([LIFELINE] if options.lifeline else [])
    with suppress(KeyboardInterrupt):
        _serve(load_settings())


def run(*, port: int | None) -> int:
    """Serve until Ctrl-C; return the exit code. Errors: PortTakenError, SettingsError, PostgresError."""
    from ops_platform.cli.output import line
    from ops_platform.cli.services.ports import require_free_port

    settings = load_settings()
    own = settings.intake if port is None else settings.intake.model_copy(update={"port": port})
    require_free_port(own.host, own.port, what="the forms", section="intake")
    line(f"The forms are at http://{own.host}:{own.port}  (Ctrl-C ends them)")
    if not own.allowed_hosts:
        line("Only this machine opens them: intake.allowed_hosts names the hosts they are opened by from elsewhere.")
    with suppress(KeyboardInterrupt):
        _serve(settings.model_copy(update={"intake": own}))
    line("The forms are stopped.")
    return 0


def served(host: str, port: int) -> bool:
    """Whether the forms answer there."""
    reached = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104  # compared, not bound
    connection = http.client.HTTPConnection(reached, port, timeout=_SECONDS)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().read(100) == HEALTH
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _serve(settings: Settings) -> None:
    from ops_platform.flows.session import open_platform  # with pandas: not for who only wants the module
    from ops_platform.intake.server import serve

    with open_platform(settings) as session:
        serve(session.db, settings)


if __name__ == "__main__":
    main()
