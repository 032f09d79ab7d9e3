"""The processes behind `ops up`: code server, UI, daemon and watchdog, started, watched and ended together.

`up` is the entry. process.py is one process with everything below it, supervisor.py all of them, child.py what each
does first, endpoint.py where the code server listens, ports.py the UI's port, announcement.py how others know of them.
What the processes do is in cli/code_server.py, cli/webserver.py, cli/daemon.py and cli/watchdog.py.
"""

from __future__ import annotations

from ops_platform.cli.services.supervisor import refused, up

__all__ = ["refused", "up"]
