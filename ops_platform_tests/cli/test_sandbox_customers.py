"""Where customers of the sandbox's API go: into the stand-in of this home, never into a company's own database."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.cli.sandbox import stand_in
from ops_platform.settings import load_settings


def where(home: Path, **other: str) -> str | None:
    return stand_in(load_settings(home, {"OPS_HOME": str(home), **other}))


def test_while_the_homes_database_runs_it_is_the_one(pg_server: EmbeddedPostgres) -> None:
    assert where(pg_server.home) == pg_server.info.urls.counterpoint


def test_without_a_database_that_runs_there_is_none(tmp_path: Path) -> None:
    assert where(tmp_path) is None


@pytest.mark.parametrize(
    "other",
    [
        {"OPS_RETAIL__COUNTERPOINT__MODE": "live"},
        {"OPS_COUNTERPOINT_DATABASE_URL": "mssql+pymssql://ops:p@pos.example:1433/COMPANY"},
        {"OPS_COUNTERPOINT_DATABASE_URL": "postgresql://ops:p@pos.example/company"},
    ],
)
def test_a_companys_own_database_is_never_written_to(pg_server: EmbeddedPostgres, other: dict[str, str]) -> None:
    assert where(pg_server.home, **other) is None
