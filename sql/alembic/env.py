"""Alembic's entry: runs the revisions on the connection that ops_platform.adapters.migrations hands over."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Run `ops migrate`: it takes the lock, checks the files and knows the database.")

context.configure(
    connection=connection,
    # Not "alembic_version": Dagster has one too, and the two may share a database.
    version_table="migration_version",
    version_table_schema="ops",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
