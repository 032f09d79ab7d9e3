"""Runs sql/migrations/0005_effects.sql."""

from __future__ import annotations

from ops_platform.adapters.migrations import refuse_downgrade, run_sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    run_sql("0005_effects.sql")


def downgrade() -> None:
    """Explain why there is no way back."""
    refuse_downgrade()
