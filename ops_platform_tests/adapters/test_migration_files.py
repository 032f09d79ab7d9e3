"""The files of sql/migrations: released ones are never edited, and what the helper commands do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.adapters.migration_files import (
    EditedMigrationError,
    MigrationError,
    edited_files,
    failure_line,
    new_migration,
    record,
    recorded,
    statements,
    unrecorded_files,
)
from ops_platform.paths import alembic_dir, project_root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with one migration."""
    (tmp_path / "sql" / "migrations").mkdir(parents=True)
    (tmp_path / "sql" / "alembic" / "versions").mkdir(parents=True)
    shutil.copy(alembic_dir() / "script.py.mako", tmp_path / "sql" / "alembic")
    new_migration("first", tmp_path)
    return tmp_path


def test_no_released_migration_of_this_checkout_was_edited() -> None:
    assert edited_files() == []


def test_every_migration_of_this_checkout_is_noted() -> None:
    hint = "run: .venv/bin/python -m ops_platform.adapters.migration_files record"
    assert unrecorded_files() == [], hint


def test_noting_adds_only_what_is_new(root: Path) -> None:
    assert record(root) == ["0001_first.sql"]
    before = recorded(root)
    new_migration("second", root)
    assert unrecorded_files(root) == ["0002_second.sql"]
    assert record(root) == ["0002_second.sql"]
    assert {name: recorded(root)[name] for name in before} == before
    assert record(root) == []


def test_an_edited_or_lost_file_is_found_and_never_noted_again(root: Path) -> None:
    record(root)
    file = root / "sql" / "migrations" / "0001_first.sql"
    text = file.read_text()
    file.write_text(text + "SELECT 1;\n")
    assert "0001_first.sql was edited after its release" in edited_files(root)[0]
    with pytest.raises(EditedMigrationError):
        record(root)
    file.unlink()
    assert "is gone" in edited_files(root)[0]
    file.write_bytes(text.replace("\n", "\r\n").encode())
    assert edited_files(root) == []


def test_the_checksums_are_what_sha256sum_checks(root: Path) -> None:
    record(root)
    if shutil.which("sha256sum") is None:
        pytest.skip("sha256sum is not installed")
    done = subprocess.run(
        ["sha256sum", "--check", "checksums.txt"], cwd=root / "sql" / "migrations", capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_new_migration_gets_the_next_number_and_a_revision_that_follows_the_last(root: Path) -> None:
    sql_file, revision = new_migration("add_things", root)
    assert sql_file.name == "0002_add_things.sql"
    namespace: dict[str, object] = {}
    exec(compile(revision.read_text(), str(revision), "exec"), namespace)
    assert (namespace["revision"], namespace["down_revision"]) == ("0002", "0001")
    assert 'run_sql("0002_add_things.sql")' in revision.read_text()


@pytest.mark.parametrize("name", ["Add", "a", "../x", "1st", "add-x", "a" * 60])
def test_a_name_that_is_no_stem_is_refused(root: Path, name: str) -> None:
    with pytest.raises(MigrationError, match="is no name of a migration"):
        new_migration(name, root)


def test_the_command_says_how_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops_platform.adapters.migration_files"],
        cwd=project_root(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "usage:" in done.stderr


PIECES = st.sampled_from(
    ["SELECT 1", "SELECT 'a;b'", 'SELECT "x;y"', "DO $$ BEGIN; END; $$", "SELECT $t$;$$;$t$", "SELECT E'\\';'"]
)
GAPS = st.sampled_from([";", ";\n", "; -- a;b\n", ";\n/* ; */\n", ";;\n"])


@given(st.lists(st.tuples(PIECES, GAPS), max_size=8))
def test_every_statement_is_found_whole_and_on_its_line(pairs: list[tuple[str, str]]) -> None:
    text, expected = "", []
    for piece, gap in pairs:
        expected.append((text.count("\n") + 1, piece))
        text += piece + gap
    assert list(statements(text)) == expected
    for number, (line, _) in enumerate(expected):
        assert failure_line(text, position=None, completed=number) == line


@given(st.text(max_size=200))
def test_any_text_is_taken_apart_without_an_error(text: str) -> None:
    for line, statement in statements(text):
        assert 1 <= line <= text.count("\n") + 1
        assert statement.strip()


def test_the_servers_position_counts_characters() -> None:
    assert failure_line("é\né\nx", position=5, completed=0) == 3
