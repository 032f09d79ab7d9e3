"""Who may write orders and links now: one at a time. Nothing else belongs here."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from ops_platform.adapters.database import lock_in_transaction
from ops_platform.flows.restaurant.review import lock_names

LOAD_LOCK: Final = "restaurant.load"


def wait_for_turn(connection: sa.Connection) -> None:
    """Wait until no other load is at work, and hold that until the transaction ends.

    Two loads that hold the same order must see each other's. Nor may a person decide about a name while lines of that
    name are being written.
    """
    lock_in_transaction(connection, LOAD_LOCK)
    lock_names(connection)
