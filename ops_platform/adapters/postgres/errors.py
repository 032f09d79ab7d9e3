"""What can go wrong with the embedded server, as sentences for a person.

What belongs here: exception types of this package. What does not: errors of queries.
"""

from __future__ import annotations


class PostgresError(Exception):
    """The embedded PostgreSQL cannot be used; the message says why and what to do."""


class DatabaseNotRunning(PostgresError):  # noqa: N818 - a state that is told, not a fault
    """A database without a URL of its own is wanted, and the embedded server is not running."""
