"""The processes behind `ops up`: code server, UI and daemon, started, watched and ended together.

`up` is the entry. process.py is one process with everything below it, supervisor.py the three of them,
child.py what each does first, endpoint.py where the code server listens, ports.py the UI's port. What the
processes do is in cli/code_server.py, cli/webserver.py and cli/daemon.py.
"""

from __future__ import annotations

from ops_platform.cli.services.supervisor import up

__all__ = ["up"]
