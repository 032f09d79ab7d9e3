"""The command `ops`: what a person types, and what a script reads (`--json`).

One file a command or group of commands; the work is done by `ops_platform.flows` and `ops_platform.defs`. This
module holds only the entry point, and it imports nothing heavy: `ops --help` must answer at once.
"""

from __future__ import annotations


def main() -> None:
    """Run `ops` with the arguments of this process and end it with the command's exit code."""
    from ops_platform.cli.app import app
    from ops_platform.cli.errors import run

    raise SystemExit(run(lambda: app(prog_name="ops")))
