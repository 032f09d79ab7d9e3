"""Runs sql/migrations/0008_alerts.sql."""

from __future__ import annotations

from ops_platform.adapters.migrations import refuse_downgrade, run_sql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    run_sql("0008_alerts.sql")


def downgrade() -> None:
    """Explain why there is no way back."""
    refuse_downgrade()
