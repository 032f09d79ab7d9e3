"""`ops up`: the platform with the person's own settings, until Ctrl-C."""

from __future__ import annotations

import os
import sys

from ops_platform.cli.demo_mark import warn_if_demo
from ops_platform.cli.output import line
from ops_platform.cli.services import up
from ops_platform.cli.session import Platform, open_session


def run(*, port: int | None, browser: bool) -> int:
    """Open the platform, serve it, close it; return the exit code."""
    with open_session() as platform:
        applied = platform.session.migration.applied if platform.session.migration else []
        if applied:
            line(f"The database is brought up to date: {', '.join(applied)}.")
        warn_if_demo(platform.settings.home)
        code = serve(platform, port=port, browser=browser)
    if code == 0:
        line("The platform is stopped.")
    return code


def serve(platform: Platform, *, port: int | None, browser: bool) -> int:
    """Run UI, schedules and sensors until Ctrl-C; return the exit code."""
    assert platform.session.urls is not None  # open_session always knows them
    return up(platform.settings, platform.session.urls, port=port, open_browser=browser and has_desktop())


def has_desktop() -> bool:
    """Whether a browser window can appear. On a server `webbrowser` would start lynx in this terminal."""
    if not sys.stdout.isatty():
        return False
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
