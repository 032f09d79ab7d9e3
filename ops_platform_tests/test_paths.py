"""Where the checkout's files are, and what is said when they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops_platform import paths
from ops_platform.adapters.database import statement


def test_the_checkout_has_its_folders() -> None:
    root = paths.project_root()
    assert paths.sql_dir() == root / "sql"
    assert paths.migrations_dir() == root / "sql" / "migrations"
    assert (paths.alembic_dir() / "env.py").is_file()
    assert (root / "ops_platform" / "paths.py").is_file()


def test_a_missing_folder_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(paths.PathsError, match=r"templates/ is not in .*runs from its checkout.*make venv"):
        paths.templates_dir(tmp_path)


def test_a_query_is_found_by_business_and_name(tmp_path: Path) -> None:
    file = tmp_path / "sql" / "vehicles" / "stale_locations.sql"
    file.parent.mkdir(parents=True)
    file.write_text("SELECT 1")
    assert paths.query_file("vehicles", "stale_locations", tmp_path) == file
    with pytest.raises(paths.PathsError, match=r"no query sql/vehicles/other\.sql"):
        paths.query_file("vehicles", "other", tmp_path)


@pytest.mark.parametrize("name", ["../migrations/0001_vehicles", "a/b", "", "A", "x.sql", "x;y"])
def test_a_query_is_never_named_by_a_path(name: str) -> None:
    with pytest.raises(paths.PathsError, match="is no name of a query"):
        paths.query_file("vehicles", name)
    with pytest.raises(paths.PathsError, match="is no name of a query"):
        statement(f"vehicles/{name}")
