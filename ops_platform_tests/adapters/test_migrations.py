"""Migrations: what they promise on a real server, with the shipped files and with made-up ones."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from alembic import command
from psycopg import sql

from ops_platform.adapters.migration_files import new_migration, statements
from ops_platform.adapters.migration_state import alembic_config
from ops_platform.adapters.migrations import (
    EditedMigrationError,
    MigrationError,
    migrate,
    migration_status,
    set_search_path,
)
from ops_platform.adapters.postgres.cluster import GROUPS
from ops_platform.adapters.postgres.probe import connect
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.paths import alembic_dir, migrations_dir, project_root
from ops_platform_tests.conftest import open_temp_dir, remove_home

_numbers = count(1)
PATH = "vehicles, restaurant, retail, ops, public"


@pytest.fixture
def empty_url(pg_server: EmbeddedPostgres) -> Iterator[str]:
    """The URL of an empty database."""
    name = f"migration_{next(_numbers)}"
    yield pg_server.create_database(name)
    pg_server.drop_database(name)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with Alembic's files and no migration yet."""
    (tmp_path / "sql" / "migrations").mkdir(parents=True)
    (tmp_path / "sql" / "alembic" / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        (tmp_path / "sql" / "alembic" / name).write_bytes((alembic_dir() / name).read_bytes())
    return tmp_path


@pytest.fixture
def add(root: Path) -> Callable[[str, str], Path]:
    """Adds a migration to that checkout and returns its SQL file."""

    def add_one(name: str, text: str) -> Path:
        file, _ = new_migration(name, root)
        file.write_text(text, encoding="utf-8")
        return file

    return add_one


def fetch(url: str, query: str) -> list[tuple[object, ...]]:
    """The rows of a query."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def test_the_shipped_migrations_bring_an_empty_database_up_to_date(empty_url: str) -> None:
    names = sorted(file.stem for file in migrations_dir().glob("*.sql"))
    report = migrate(empty_url)
    assert report.applied == names
    assert (report.from_revision, report.to_revision) == (None, names[-1][:4])
    status = migration_status(empty_url)
    assert (status.current, status.pending, status.edited, status.newer) == (names[-1][:4], [], [], False)
    again = migrate(empty_url)
    assert (again.applied, again.from_revision) == ([], names[-1][:4])


def test_unqualified_names_of_every_business_are_found(database_url: str) -> None:
    assert fetch(database_url, "SHOW search_path") == [(PATH,)]
    assert fetch(database_url, "SELECT count(*) FROM dealership_configs")


def test_every_shipped_file_has_its_revision_and_the_numbers_have_no_gap() -> None:
    stems = sorted(file.stem for file in migrations_dir().glob("*.sql"))
    assert stems == sorted(file.stem for file in (alembic_dir() / "versions").glob("[0-9]*.py"))
    assert [stem[:4] for stem in stems] == [f"{number:04d}" for number in range(1, len(stems) + 1)]


def test_text_goes_to_the_server_as_it_is(empty_url: str, root: Path, add: Callable[[str, str], Path]) -> None:
    add(
        "odd_signs",
        """
        CREATE TABLE odd (t text);  -- 100% of :these; and 'that
        INSERT INTO odd VALUES ('50% :name; %s %(x)s {y} \\'), (E'\\';'), ($$a;b$$);
        CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $body$
        BEGIN
            RETURN n % 7 * 2;
        END;
        $body$;
        /* COMMIT; /* nested */ */
        """,
    )
    assert migrate(empty_url, root=root).applied == ["0001_odd_signs"]
    assert fetch(empty_url, "SELECT t FROM odd") == [("50% :name; %s %(x)s {y} \\",), ("';",), ("a;b",)]
    assert fetch(empty_url, "SELECT twice(10)") == [(6,)]


def test_progress_is_told_before_each_migration(empty_url: str, root: Path, add: Callable[[str, str], Path]) -> None:
    add("one", "SELECT 1")
    add("two", "SELECT 2")
    told: list[tuple[str, int, int]] = []
    migrate(empty_url, root=root, progress=lambda *each: told.append(each))
    assert told == [("0001_one", 1, 2), ("0002_two", 2, 2)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CREATE TABLE b (n int);\n\nCREATE TABEL c (n int);\n", r"line 3: syntax error at or near \"TABEL\""),
        ("CREATE TABLE b (n int);\nSELECT\n  nowhere\nFROM a;\n", 'line 3: column "nowhere" does not exist'),
        ("CREATE TABLE b (n int);\n-- half;\nINSERT INTO b\nVALUES (1 / 0);\n", "line 3: division by zero"),
        ("INSERT INTO a VALUES (1);\nINSERT INTO a VALUES (1);", "line 2: duplicate key(.|\n)*already exists"),
    ],
)
def test_a_failing_migration_leaves_the_previous_state_and_names_file_and_line(
    empty_url: str, root: Path, add: Callable[[str, str], Path], text: str, said: str
) -> None:
    add("first", "CREATE TABLE a (n int PRIMARY KEY);")
    broken = add("broken", text)
    with pytest.raises(MigrationError, match=r"sql/migrations/0002_broken\.sql, " + said):
        migrate(empty_url, root=root)
    assert fetch(empty_url, "SELECT to_regclass('a') IS NOT NULL, to_regclass('b') IS NULL") == [(True, True)]
    assert fetch(empty_url, "SELECT count(*) FROM a") == [(0,)]
    assert migration_status(empty_url, root=root).current == "0001"
    broken.write_text("CREATE TABLE b (n int);")
    report = migrate(empty_url, root=root)
    assert (report.from_revision, report.to_revision, report.applied) == ("0001", "0002", ["0002_broken"])


@pytest.mark.parametrize("ending", ["COMMIT", "begin work", "ROLLBACK", "END", "start transaction"])
def test_a_migration_may_not_end_its_transaction(
    empty_url: str, root: Path, add: Callable[[str, str], Path], ending: str
) -> None:
    add("leaky", f"CREATE TABLE a (n int);\n{ending};\nSELECT 1 / 0;")
    with pytest.raises(MigrationError, match=rf"0001_leaky\.sql, line 2: {ending} is not allowed"):
        migrate(empty_url, root=root)
    assert fetch(empty_url, "SELECT to_regclass('a') IS NULL") == [(True,)]


def test_copy_from_stdin_is_refused_and_nothing_hangs(
    empty_url: str, root: Path, add: Callable[[str, str], Path]
) -> None:
    add("copy", "CREATE TABLE a (n int); COPY a FROM STDIN;")
    with pytest.raises(MigrationError, match="COPY with STDIN"):
        migrate(empty_url, root=root)
    assert fetch(empty_url, "SELECT to_regclass('a') IS NULL") == [(True,)]


def test_a_missing_file_is_told(empty_url: str, root: Path, add: Callable[[str, str], Path]) -> None:
    add("gone", "SELECT 1").unlink()
    with pytest.raises(MigrationError, match=r"sql/migrations/0001_gone\.sql is missing"):
        migrate(empty_url, root=root)


def test_six_processes_at_once_apply_each_migration_once(
    empty_url: str, root: Path, add: Callable[[str, str], Path]
) -> None:
    add("slow", "CREATE TABLE applied (who int); SELECT pg_sleep(0.3); INSERT INTO applied VALUES (pg_backend_pid());")
    add("more", "INSERT INTO applied VALUES (pg_backend_pid());")
    code = (
        "import sys; from pathlib import Path; from ops_platform.adapters.migrations import migrate; "
        "print(len(migrate(sys.argv[1], root=Path(sys.argv[2])).applied))"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, empty_url, str(root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=project_root(),
        )
        for _ in range(6)
    ]
    results = [(child.communicate(), child.returncode) for child in children]
    assert all(code == 0 for _, code in results), results
    assert sorted(output.strip() for (output, _), _ in results) == ["0", "0", "0", "0", "0", "2"]
    assert fetch(empty_url, "SELECT count(*) FROM applied") == [(2,)]


def test_a_killed_migration_leaves_the_previous_state_and_no_lock(
    empty_url: str, root: Path, add: Callable[[str, str], Path]
) -> None:
    file = add("slow", "CREATE TABLE half (n int); SELECT pg_sleep(2);")
    code = (
        "import sys; from pathlib import Path; from ops_platform.adapters.migrations import migrate; "
        "migrate(sys.argv[1], root=Path(sys.argv[2]), progress=lambda *each: print('now', flush=True))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, empty_url, str(root)], stdout=subprocess.PIPE, text=True, cwd=project_root()
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "now\n"
    child.kill()
    child.communicate()
    assert migration_status(empty_url, root=root).current is None
    file.write_text("CREATE TABLE half (n int);")
    assert migrate(empty_url, root=root).applied == ["0001_slow"]


def test_an_edited_applied_file_is_refused(empty_url: str, root: Path, add: Callable[[str, str], Path]) -> None:
    file = add("first", "CREATE TABLE a (n int);\n")
    migrate(empty_url, root=root)
    file.write_bytes(b"CREATE TABLE a (n int);\r\n")  # what git does on Windows is no edit
    migrate(empty_url, root=root)
    file.write_text("CREATE TABLE a (n bigint);\n")
    assert migration_status(empty_url, root=root).edited == ["0001_first"]
    with pytest.raises(EditedMigrationError, match=r"sql/migrations/0001_first\.sql was edited after it had been"):
        migrate(empty_url, root=root)


def test_a_database_of_newer_code_is_refused(empty_url: str, root: Path, add: Callable[[str, str], Path]) -> None:
    add("first", "SELECT 1")
    newer = add("second", "SELECT 2")
    migrate(empty_url, root=root)
    newer.unlink()
    (root / "sql" / "alembic" / "versions" / "0002_second.py").unlink()
    assert migration_status(empty_url, root=root).newer
    with pytest.raises(MigrationError, match=r"is at migration 0002, .* up to 0001: .*git pull"):
        migrate(empty_url, root=root)


def test_two_migrations_after_the_same_one_are_told(
    empty_url: str, root: Path, add: Callable[[str, str], Path]
) -> None:
    add("first", "SELECT 1")
    revision = root / "sql" / "alembic" / "versions" / "0001_first.py"
    revision.with_name("0002_other.py").write_text(
        revision.read_text().replace("0001_first", "0002_other").replace('"0001"', '"0002"')
    )
    with pytest.raises(MigrationError, match="two migrations follow the same one"):
        migrate(empty_url, root=root)


def test_the_way_back_is_refused_with_an_explanation(database_url: str) -> None:
    import sqlalchemy

    engine = sqlalchemy.create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        with pytest.raises(MigrationError, match="migrations only go forward"):
            command.downgrade(config, "base")
    engine.dispose()


def test_alembic_by_itself_says_which_command_to_use() -> None:
    with pytest.raises(SystemExit, match="Run `ops migrate`"):
        command.upgrade(alembic_config(), "head")


def test_a_login_that_does_not_own_the_database_gets_the_search_path_for_itself(
    pg_server: EmbeddedPostgres, empty_url: str, root: Path, add: Callable[[str, str], Path]
) -> None:
    add("first", "CREATE SCHEMA vehicles; CREATE TABLE vehicles.cars (n int)")
    database = empty_url.rpartition("/")[2]
    visitor = empty_url.replace("//ops:", "//visitor:")
    with connect(pg_server.info.folder, pg_server.info.port) as admin:
        password = empty_url.partition("//ops:")[2].partition("@")[0]
        admin.execute(sql.SQL("CREATE ROLE visitor LOGIN PASSWORD {}").format(sql.Literal(password)))
        try:
            with pytest.raises(MigrationError, match=r"login visitor may not create schemas .*OWNER TO visitor"):
                migrate(visitor, root=root)
            admin.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO visitor").format(sql.Identifier(database)))
            migrate(visitor, root=root)
            assert fetch(visitor, "SHOW search_path") == [(PATH,)]
            assert fetch(visitor, "SELECT count(*) FROM cars") == [(0,)]
            assert fetch(empty_url, "SHOW search_path") != [(PATH,)]
        finally:
            pg_server.drop_database(database)
            admin.execute("DROP ROLE visitor")


def test_the_search_path_is_set_once(empty_url: str) -> None:
    set_search_path(empty_url)
    before = fetch(empty_url, "SELECT xmin FROM pg_db_role_setting")
    set_search_path(empty_url)
    assert fetch(empty_url, "SELECT xmin FROM pg_db_role_setting") == before


def test_missing_group_roles_are_made_or_asked_for(root: Path, add: Callable[[str, str], Path]) -> None:
    add("first", "SELECT 1")
    home = open_temp_dir("ops-groups-")
    try:
        with EmbeddedPostgres(home, fsync=False) as server, connect(server.info.folder, server.info.port) as admin:
            for group in GROUPS:
                admin.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(group)))
            with pytest.raises(MigrationError, match="CREATE ROLE ops_app NOLOGIN; CREATE ROLE ops_report NOLOGIN;"):
                migrate(server.info.urls.ops, root=root)
            admin.execute("ALTER ROLE ops CREATEROLE")
            migrate(server.info.urls.ops, root=root)
            rows = admin.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", (list(GROUPS),)).fetchall()
            assert sorted(rows) == [(group,) for group in GROUPS]
    finally:
        remove_home(home)


def test_statements_are_found_with_the_line_they_begin_on() -> None:
    text = "-- a;\nSELECT 1;\n\n/* ; */ SELECT\n'x;y', \"a;b\", $f$;$f$, E'\\';' ;\n ; \nEND"
    assert list(statements(text)) == [
        (2, "SELECT 1"),
        (4, "SELECT\n'x;y', \"a;b\", $f$;$f$, E'\\';'"),
        (7, "END"),
    ]
