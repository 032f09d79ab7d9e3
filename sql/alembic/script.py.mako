"""Runs sql/migrations/${stem}.sql."""

from __future__ import annotations

from ops_platform.adapters.migrations import refuse_downgrade, run_sql

revision = "${revision}"
down_revision = ${down_revision}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    run_sql("${stem}.sql")


def downgrade() -> None:
    """Explain why there is no way back."""
    refuse_downgrade()
