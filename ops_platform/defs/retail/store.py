"""Open the store's outside systems for a step. Nothing is connected before it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops_platform.flows.retail.systems import Systems
    from ops_platform.settings import Settings


@contextmanager
def store(settings: Settings) -> Iterator[Systems]:
    """Yield the point of sale, the web shop and its file server: each live or in the sandbox, as the settings say."""
    from ops_platform.adapters.postgres.databases import database_urls
    from ops_platform.flows.retail.systems import open_systems

    with open_systems(settings, database_urls(settings).counterpoint) as systems:
        yield systems
