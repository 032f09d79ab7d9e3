"""Open the platform and the store's outside systems for one command."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from ops_platform.cli.output import use_zone
from ops_platform.cli.session import Platform, open_session
from ops_platform.flows.retail.systems import Systems, open_systems


@contextmanager
def open_store() -> Iterator[tuple[Platform, Systems, datetime]]:
    """Yield the platform, the store's systems (connected when they are asked) and this moment in the store's zone."""
    with open_session() as platform:
        zone = ZoneInfo(platform.settings.retail.timezone)
        use_zone(zone)
        assert platform.session.urls is not None  # open_session always knows them
        with open_systems(platform.settings, platform.session.urls.counterpoint) as systems:
            yield platform, systems, datetime.now(zone)


def user(given: str | None) -> str:
    """Who decides: as given, else the name of the person who is logged in."""
    return given or getpass.getuser()
