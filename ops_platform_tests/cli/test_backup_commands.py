"""`ops backup ...` as a person types it: making, proving, restoring, also on a new machine with only the copies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.postgres.databases import database_urls
from ops_platform.settings import load_settings
from ops_platform_tests.cli.ops_command import Ops, ops_home

DAYS = "SELECT site FROM retail.scrapes ORDER BY site"


class Kept:
    """A home with something in it, an off-site folder, and what was there when it was backed up."""

    def __init__(self, ops: Ops, root: Path) -> None:
        self.ops = ops
        self.dst = root / "offsite"
        self.photos = root / "photos"
        self.env = {
            "OPS_RETAIL__BACKUPS__DST": str(self.dst),
            "OPS_RETAIL__BACKUPS__TARGETS": json.dumps({"photos": {"src": str(self.photos)}}),
            "OPS_RETAIL__BACKUPS__MIN_FREE_MB": "0",
            "OPS_RETAIL__BACKUPS__TEST_RESTORE_DAYS": "0",
        }

    @property
    def today(self) -> str:
        return datetime.now(ZoneInfo("America/New_York")).date().isoformat()

    def run(self, *arguments: str, code: int = 0) -> str:
        answer = self.ops.run("backup", *arguments, code=code, **self.env)
        return answer.out + answer.err

    def sites(self) -> list[str]:
        db = Database(database_urls(load_settings(env={"OPS_HOME": str(self.ops.home)})).ops)
        try:
            return [str(row) for row in db.frame(DAYS)["site"]]
        finally:
            db.close()

    def execute(self, statement: str) -> None:
        db = Database(database_urls(load_settings(env={"OPS_HOME": str(self.ops.home)})).ops)
        db.execute(statement)
        db.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    root = tmp_path_factory.mktemp("backup")
    with ops_home(inside=True) as ops:
        made = Kept(ops, root)
        for name in ("a.jpg", "2026/b.jpg", "2026/c.txt"):
            (made.photos / name).parent.mkdir(parents=True, exist_ok=True)
            (made.photos / name).write_text(name)
        ops.run("migrate")
        made.execute(
            "INSERT INTO retail.scrapes (site, engine, scraped_at, scraped_on, status, is_sandbox) "
            "VALUES ('kept', 'http', now(), current_date, 'accepted', true)"
        )
        out = made.run("run")
        assert "database" in out
        assert "photos" in out
        yield made


def test_copies_are_listed_without_a_database(kept: Kept, tmp_path: Path) -> None:
    out = kept.run("list")
    assert str(kept.dst) in out
    assert out.count(kept.today) == 2
    elsewhere = Ops(tmp_path / "no-home", inside=True)  # nothing runs there, and nothing is started for it
    listed = json.loads(elsewhere.run("backup", "list", "photos", "--json", **kept.env).out)
    assert [(copy["name"], copy["files"], copy["complete"]) for copy in listed["copies"]] == [("photos", 3, True)]
    assert not (tmp_path / "no-home").exists()


def test_verify_reads_everything_back(kept: Kept) -> None:
    assert "photos of" in kept.run("verify")
    document = kept.ops.json("backup", "verify", "photos", **kept.env)
    assert (document["ok"], document["copies"][0]["broken"]) == (True, [])


def test_a_corrupt_copy_fails_verify_and_is_named(kept: Kept) -> None:
    file = kept.dst / "photos" / kept.today / "files" / "a.jpg"
    before = file.read_bytes()
    file.write_bytes(b"?")
    try:
        out = kept.run("verify", "--all", code=1)
        assert "NOT as it was saved" in out
        assert "a.jpg is not what was saved" in out
        assert "database of" in out
    finally:
        file.write_bytes(before)


def test_files_come_back_into_a_new_folder(kept: Kept, tmp_path: Path) -> None:
    out = kept.run("restore", "photos", "--to", str(tmp_path / "back"))
    assert "3 files of photos" in out
    assert (tmp_path / "back/2026/b.jpg").read_text() == "2026/b.jpg"
    refused = kept.run("restore", "photos", "--to", str(tmp_path / "back"), code=1)
    assert "never overwritten" in refused


def test_some_files_of_a_day_come_back(kept: Kept, tmp_path: Path) -> None:
    kept.run("restore", "photos", "--date", kept.today, "--to", str(tmp_path / "some"), "--only", "2026/*.jpg")
    assert [path.name for path in (tmp_path / "some").rglob("*") if path.is_file()] == ["b.jpg"]
    assert "no file of photos" in kept.run("restore", "photos", "--to", str(tmp_path / "x"), "--only", "no", code=1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("restore", "videos", "--to", "x"), "There are copies of: database, photos"),
        (("restore", "photos", "--date", "2020-01-01", "--to", "x"), "there is no copy of 2020-01-01"),
        (("list", "videos"), "there are no copies of 'videos'"),
        (("restore-database", "--date", "2020-01-01"), "there is no copy of 2020-01-01"),
        (("restore-database", "--to", "Not A Name"), "cannot be a database name"),
        (("restore-database", "--to", "ops"), "there is a database ops already"),
    ],
)
def test_what_cannot_be_restored_is_told_with_what_can(kept: Kept, arguments: tuple[str, ...], told: str) -> None:
    assert told in " ".join(kept.run(*arguments, code=1).split())


def test_the_database_comes_back_beside_and_then_in_the_place_of_the_lost_one(kept: Kept) -> None:
    kept.execute("TRUNCATE retail.scrapes CASCADE")
    beside = kept.run("restore-database")
    assert "as they were saved" in beside
    assert "***" in beside
    assert kept.sites() == []
    document = kept.ops.json("backup", "restore-database", "--to", "ops_again", "--replace", **kept.env)
    assert document["ok"]
    assert document["aside"].startswith("ops_before_")
    assert kept.sites() == ["kept"]
    kept.ops.run("migrate")  # the schema of the copy is known and brought up to date


def test_while_the_platform_is_used_nothing_is_put_in_its_place(kept: Kept) -> None:
    db = Database(database_urls(load_settings(env={"OPS_HOME": str(kept.ops.home)})).ops)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        out = kept.run("restore-database", "--to", "ops_third", "--replace", code=1)
    db.close()
    assert "connections use the database ops: end `ops up`" in " ".join(out.split())
    assert kept.sites() == ["kept"]


def test_a_broken_dump_is_never_restored(kept: Kept) -> None:
    file = kept.dst / "database" / kept.today / "files" / "database.dump"
    content = file.read_bytes()
    file.write_bytes(content[:-5] + b"xxxxx")
    try:
        assert "is not as it was saved" in kept.run("restore-database", "--to", "ops_fourth", code=1)
    finally:
        file.write_bytes(content)


def test_a_new_machine_gets_everything_back_from_the_copies_alone(kept: Kept, tmp_path: Path) -> None:
    with ops_home(inside=True) as fresh:
        out = fresh.run("backup", "restore-database", "--replace", **kept.env).out
        assert "It is the platform's own now" in out
        fresh.run("migrate")
        fresh.run("backup", "restore", "photos", "--to", str(tmp_path / "photos"), **kept.env)
        assert Kept(fresh, tmp_path).sites() == ["kept"]
    assert sorted(path.name for path in (tmp_path / "photos").rglob("*") if path.is_file()) == [
        "a.jpg",
        "b.jpg",
        "c.txt",
    ]
