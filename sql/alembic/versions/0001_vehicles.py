"""Runs sql/migrations/0001_vehicles.sql."""

from __future__ import annotations

from ops_platform.adapters.migrations import refuse_downgrade, run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    run_sql("0001_vehicles.sql")


def downgrade() -> None:
    """Explain why there is no way back."""
    refuse_downgrade()
