"""Runs sql/migrations/0003_restaurant_views.sql."""

from __future__ import annotations

from ops_platform.adapters.migrations import refuse_downgrade, run_sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    run_sql("0003_restaurant_views.sql")


def downgrade() -> None:
    """Explain why there is no way back."""
    refuse_downgrade()
